//! The areas of made-up datasets.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::world::Dice;
use crate::domain::area::{Area, AreaKind};
use crate::domain::masking::Areas;

fn area(code: &str, kind: AreaKind, parent: Option<&str>) -> Area {
    Area {
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parents: parent.map(str::to_owned).into_iter().collect(),
        valid_from: None,
        valid_until: None,
        consists_of: Vec::new(),
        note: String::new(),
    }
}

/// Three districts, two of them with two neighbourhoods.
pub(super) fn told() -> Vec<Area> {
    let district = |code| area(code, AreaKind::District, Some("GM1"));
    let neighbourhood = |code, of| area(code, AreaKind::Neighbourhood, Some(of));
    vec![
        area("GM1", AreaKind::Municipality, None),
        district("WK1"),
        district("WK2"),
        district("WK3"),
        neighbourhood("BU11", "WK1"),
        neighbourhood("BU12", "WK1"),
        neighbourhood("BU21", "WK2"),
        neighbourhood("BU22", "WK2"),
    ]
}

/// Districts with these neighbourhoods.
pub(super) fn with(districts: &[(&str, &[&str])]) -> Vec<Area> {
    let mut areas = vec![area("GM1", AreaKind::Municipality, None)];
    for (district, neighbourhoods) in districts {
        areas.push(area(district, AreaKind::District, Some("GM1")));
        areas.extend(neighbourhoods.iter().map(|own| area(own, AreaKind::Neighbourhood, Some(district))));
    }
    areas
}

/// A municipality with districts, most of them with neighbourhoods, one of which may be of earlier or of
/// later years only, as may all in a district and all in the municipality; and perhaps areas of the
/// programme: made of some of these, of whichever level, or of each other, or only known to lie somewhere.
pub(super) fn made_up(dice: &mut Dice, large: bool) -> Vec<Area> {
    let mut areas = vec![area("GM1", AreaKind::Municipality, None)];
    let other_years = dice.one_of(&[(None, Some(2024)), (Some(2026), None)]);
    let all_elsewhere = dice.once_in(8);
    let years = |elsewhere: bool| if elsewhere { other_years } else { (None, None) };
    for district in 1..=2 + dice.under(2) {
        let code = format!("WK{district}");
        let (valid_from, valid_until) = years(all_elsewhere);
        areas.push(Area { valid_from, valid_until, ..area(&code, AreaKind::District, Some("GM1")) });
        let neighbourhoods = if large { dice.under(4) } else { 0 };
        let all_elsewhere = all_elsewhere || dice.once_in(8);
        for number in 1..=neighbourhoods {
            let (valid_from, valid_until) = years(all_elsewhere || dice.once_in(16));
            let mut neighbourhood =
                area(&format!("BU{district}{number}"), AreaKind::Neighbourhood, Some(&code));
            neighbourhood.parents.push("GM1".to_owned());
            areas.push(Area { valid_from, valid_until, ..neighbourhood });
        }
    }
    if all_elsewhere || dice.once_in(3) {
        let programme = programme(&areas, dice);
        areas.extend(programme);
    }
    areas
}

/// Areas of the programme among these.
fn programme(areas: &[Area], dice: &mut Dice) -> Vec<Area> {
    let lowest = areas.iter().any(|own| own.kind == AreaKind::Neighbourhood);
    let kinds: &[AreaKind] = match (lowest, dice.under(3)) {
        (true, 0) => &[AreaKind::District, AreaKind::Neighbourhood],
        (true, _) => &[AreaKind::Neighbourhood],
        (false, _) => &[AreaKind::District],
    };
    let mut programme: Vec<Area> = Vec::new();
    for number in 1..=dice.one_of(&[1, 1, 2]) {
        let mut own = area(&format!("PG{number}"), AreaKind::ProgrammeArea, None);
        let parent = &areas[dice.under(areas.len())];
        match programme.first() {
            Some(first) if dice.once_in(4) => own.consists_of.push(first.code.clone()),
            _ if dice.once_in(6) => {
                own.parents = [std::slice::from_ref(&parent.code), &parent.parents].concat()
            }
            _ => {
                let members = areas.iter().filter(|own| kinds.contains(&own.kind) && dice.under(2) == 0);
                let members: Vec<&Area> = members.collect();
                // None lies in another one.
                let is_inside =
                    |own: &Area| own.parents.iter().any(|of| members.iter().any(|other| other.code == *of));
                let highest = members.iter().filter(|own| !is_inside(own));
                own.consists_of.extend(highest.map(|own| own.code.clone()));
            }
        }
        programme.push(own);
    }
    programme
}

/// Which of these are never delivered: sometimes those of the programme, and some of the others.
pub(super) fn never(all: &[Area], dice: &mut Dice) -> BTreeSet<String> {
    let (programme, others) = (dice.under(2) == 0, dice.one_of(&[0, 0, 6, 3]));
    let is_never = |area: &&Area, dice: &mut Dice| {
        (area.kind == AreaKind::ProgrammeArea && programme)
            || (matches!(area.kind, AreaKind::District | AreaKind::Neighbourhood) && dice.once_in(others))
    };
    all.iter().filter(|area| is_never(area, dice)).map(|area| area.code.clone()).collect()
}

#[test]
fn how_areas_lie_in_a_year_of_which_there_are_counts_is_found_once() {
    let all = told();
    let areas = Areas::new(&all, [2025, 2025]);
    assert!(matches!(areas.clone().year(2025), Cow::Borrowed(_)));
    assert!(matches!(areas.year(2024), Cow::Owned(_)));
}
