//! Areas that were shown, and of which it is not known any more how they lie among others.

use std::collections::BTreeSet;

use sdc::Unwatched;

use super::practice::{Practice, contents, edition, layout};
use super::resists;
use super::stories::MINIMUM;
use super::world::{BlockName, COUNT, Line, World};
use super::{Cause, Layout, Method, Reason, check, unplaced, withheld_cells};
use crate::domain::area::{Area, AreaKind};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// Counts of 2025 in a municipality that the year does not divide, with two areas of the programme that are made
/// of later districts; and the same once an old district is registered, so that the year has a division of its
/// own, in which these have no place.
fn worlds(releases: &[&[(&'static str, &'static str, i64)]]) -> [World; 2] {
    let line = |(period, area, value): &(&'static str, &'static str, i64)| -> Line {
        ("", *period, *area, "totaal", *value)
    };
    of(&releases.iter().map(|own| own.iter().map(line).collect()).collect::<Vec<_>>())
}

fn of(releases: &[Vec<Line>]) -> [World; 2] {
    let mut before = World::said(releases);
    before.areas.iter_mut().for_each(|area| area.valid_from = (area.code != "GM1").then_some(2026));
    let like = before.areas[0].clone();
    let codes = |of: &str| vec![of.to_owned()];
    for (code, of) in [("NOORD", "WK1"), ("OOST", "WK2")] {
        let (code, kind) = (code.to_owned(), AreaKind::ProgrammeArea);
        let (parents, consists_of) = (codes("GM1"), codes(of));
        before.areas.push(Area { code, kind, parents, consists_of, ..like.clone() });
    }
    let mut after = before.clone();
    let (code, kind, parents) = ("WK9".to_owned(), AreaKind::District, codes("GM1"));
    after.areas.push(Area { code, kind, parents, valid_until: Some(2025), ..like });
    [before, after]
}

/// The first release is published before, and all others after.
fn published([before, after]: &[World; 2]) -> Practice {
    let mut practice = Practice::default();
    practice.agree(before, MINIMUM);
    for (place, delivery) in before.deliveries.iter().enumerate() {
        practice.publish(if place == 0 { before } else { after }, delivery, &|line| line);
    }
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    // Who reads knows how the areas lie, whatever is registered.
    resists(before, &practice).expect("nothing is found");
    practice
}

/// The areas of a release that are shown under a protection.
fn shown(practice: &Practice, release: usize, protection: Protection) -> BTreeSet<&str> {
    let own = &practice.published[release];
    let cells = own.table.cells().enumerate();
    cells.filter(|(row, _)| !own.shields[&protection].mask.hides(*row)).map(|(_, cell)| cell.area).collect()
}

/// The areas of each release that are shown.
fn all_shown(practice: &Practice) -> Vec<BTreeSet<&str>> {
    (0..practice.published.len()).map(|release| shown(practice, release, MINIMUM)).collect()
}

fn none() -> BTreeSet<&'static str> {
    BTreeSet::new()
}

#[test]
fn counts_beside_one_that_was_shown_of_an_area_that_has_no_place_now_are_withheld() {
    let one = [("2025", "NOORD", 110)];
    let practice = published(&worlds(&[&one, &[("2025", "NOORD", 110), ("2025", "GM1", 113)]]));
    assert_eq!(all_shown(&practice), [BTreeSet::from(["NOORD"]), none()]);
    // Also when several leave little of the municipality together,
    let two = [("2025", "NOORD", 50), ("2025", "OOST", 60)];
    let practice = published(&worlds(&[&two, &[("2025", "GM1", 113)]]));
    assert_eq!(all_shown(&practice), [BTreeSet::from(["NOORD", "OOST"]), none()]);
    // and in every release after that.
    let practice = published(&worlds(&[&one, &[("2025", "OOST", 1)], &[("2025", "GM1", 113)]]));
    assert_eq!(all_shown(&practice)[1..], [none(), none()]);
    // Where it was withheld, nothing is known of it.
    let practice = published(&worlds(&[&[("2025", "NOORD", 1)], &[("2025", "GM1", 50)]]));
    assert_eq!(all_shown(&practice), [none(), BTreeSet::from(["GM1"])]);
}

#[test]
fn what_is_said_as_before_stays_as_it_was_beside_an_area_that_has_no_place_now() {
    let said = [("2025", "NOORD", 110), ("2025", "GM1", 150)];
    let changed = [("2025", "NOORD", 110), ("2025", "GM1", 151)];
    let practice = published(&worlds(&[&said, &said, &changed]));
    assert_eq!(all_shown(&practice)[1..], [BTreeSet::from(["GM1"]), none()]);
}

#[test]
fn periods_that_add_up_with_that_of_an_area_that_has_no_place_now_are_withheld_and_no_others() {
    let quarters =
        [("2025Q1", "NOORD", 30), ("2025Q2", "NOORD", 30), ("2025Q3", "NOORD", 30), ("2025Q4", "NOORD", 20)];
    let later = [("2025", "GM1", 113), ("2024", "GM1", 100)];
    let mut worlds = worlds(&[&quarters, &later]);
    let years = |practice: &Practice| {
        let own = &practice.published[1];
        let cells = own.table.cells().enumerate();
        let shown = cells.filter(|(row, _)| !own.shields[&MINIMUM].mask.hides(*row));
        shown.map(|(_, cell)| cell.period.year()).collect::<Vec<_>>()
    };
    assert_eq!(years(&published(&worlds)), [2024]);
    worlds.iter_mut().for_each(|world| world.declared.declare(COUNT, false, false));
    assert_eq!(years(&published(&worlds)), [2024, 2025]);
}

#[test]
fn that_it_was_said_not_to_apply_in_an_area_that_has_no_place_now_counts_too() {
    let mut worlds = worlds(&[&[], &[("2025", "GM1", 100)]]);
    let name = BlockName { period: Period::Year(2025), source: "", rates: false };
    for world in &mut worlds {
        let place = ("NOORD".to_owned(), vec!["totaal".to_owned()]);
        world.deliveries[0].not_applicable.insert((name, place));
        world.deliveries[0].counts.entry(name).or_default();
    }
    assert_eq!(all_shown(&published(&worlds)), [BTreeSet::from(["NOORD"]), none()]);
}

#[test]
fn rates_beside_one_that_was_shown_of_an_area_that_has_no_place_now_are_withheld() {
    let mut worlds = worlds(&[&[], &[]]);
    for world in &mut worlds {
        world.deliveries[0].rate("", "2025", "NOORD", &["totaal"], 110, 1000);
        world.deliveries[1].rate("", "2025", "GM1", &["totaal"], 113, 1050);
    }
    assert_eq!(all_shown(&published(&worlds)), [BTreeSet::from(["NOORD"]), none()]);
}

#[test]
fn a_protection_that_comes_later_shows_nothing_beside_an_area_that_has_no_place_now() {
    // Without the first age group the second is 8, and without the area of the programme all others are 3.
    let all = [
        vec![("", "2025", "GM1", "leeftijd1", 105)],
        vec![("", "2025", "GM1", "totaal", 113), ("", "2025", "GM1", "leeftijd2", 8)],
        vec![("", "2025", "NOORD", "totaal", 110)],
    ];
    let [before, after] = of(&all);
    let mut practice = Practice::default();
    let strict = Protection { minimum_count: 10, ..MINIMUM };
    practice.agree(&before, strict);
    before.deliveries.iter().for_each(|delivery| practice.publish(&before, delivery, &|line| line));
    assert_eq!(shown(&practice, 2, strict), BTreeSet::from(["NOORD"]));
    practice.agree(&after, MINIMUM);
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    resists(&before, &practice).expect("nothing is found");
    assert_eq!([0, 1, 2].map(|release| shown(&practice, release, MINIMUM)), [none(), none(), none()]);
}

#[test]
fn the_owner_hears_that_counts_are_withheld_beside_an_area_that_has_no_place_now() {
    let worlds = worlds(&[&[("2025", "NOORD", 110)], &[("2025", "GM1", 113)]]);
    let practice = published(&worlds);
    let [_, after] = &worlds;
    let contents = contents(after, &practice.published);
    let editions: Vec<_> =
        practice.published.iter().zip(&contents).map(|(of, own)| edition(of, own)).collect();
    let shields: Vec<_> = practice.published.iter().map(|own| own.shields.clone()).collect();
    let layout = Layout { unplaced: unplaced(&contents, &shields), ..layout(after) };
    let report = check(&layout, &editions[..1], &editions[1], MINIMUM, &Unwatched).expect("safe");
    assert_eq!(report.blocks[0].method, Method::Withheld(Cause::Unplaced));
    let cells = withheld_cells(&layout, &editions[..1], &editions[1], MINIMUM, &Unwatched).expect("safe");
    let reasons: Vec<_> = cells.iter().map(|cell| cell.reason).collect();
    assert_eq!(reasons, [Reason::Whatever(Some(Cause::Unplaced))]);
}
