//! Which counts of rates are rounded upwards.

use super::practice::{Practice, layout};
use super::world::{BlockName, Delivery, World, beside, dimension};
use super::*;
use crate::domain::area::{Area, AreaKind};
use crate::domain::masking::block::Count;
use crate::domain::masking::codes::units;

#[test]
fn numerators_and_denominators_of_rates_are_rounded_upwards_each_by_themselves() {
    let mut world = World::said(&[]);
    let mut delivery = Delivery::default();
    let counts =
        delivery.counts.entry(BlockName { period: Period::Year(2025), source: "", rates: true }).or_default();
    for area in ["WK1", "WK2", "WK3"] {
        for (age, times) in [("leeftijd1", 1), ("leeftijd2", 1), ("totaal", 2)] {
            let place = (area.to_owned(), vec![age.to_owned()]);
            let sides = SIDES.iter().zip([22, 41, 63]);
            counts.extend(sides.map(|(side, count)| (beside(&place, side), count * times)));
        }
    }
    world.deliveries.push(delivery);
    let rounded = Protection { minimum_count: 10, rounding_base: 5, ..Protection::default() };
    let mut practice = Practice::default();
    practice.agree(&world, rounded);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    let shield = &practice.published[0].shields[&rounded];
    let upwards = shield.upwards.as_ref().expect("rounded");
    let rows = 0..practice.published[0].table.len();
    let drawn: BTreeSet<(bool, bool)> =
        rows.map(|row| (upwards.values.hides(row), upwards.denominators.hides(row))).collect();
    let all = [(false, false), (false, true), (true, false), (true, true)];
    assert_eq!((drawn, shield.mask.count()), (all.into(), 0));
}

/// The areas of the stories with one neighbourhood in the third district, and an area of the programme that is
/// made of these.
fn with_programme(made_of: &[&str]) -> Vec<Area> {
    let mut areas = World::said(&[]).areas;
    let of_third = Area { code: "BU31".to_owned(), parents: vec!["WK3".to_owned()], ..areas[4].clone() };
    let own = Area {
        code: "PR".to_owned(),
        kind: AreaKind::ProgrammeArea,
        parents: Vec::new(),
        consists_of: made_of.iter().map(|code| (*code).to_owned()).collect(),
        ..areas[0].clone()
    };
    areas.extend([of_third, own]);
    areas
}

#[test]
fn a_count_that_did_not_change_is_rounded_alike_whatever_else_is_delivered() {
    let mut world = World::said(&[Vec::new(), Vec::new()]);
    (world.areas, world.dimensions) = (with_programme(&["WK1"]), vec![dimension("leeftijd", 30, true)]);
    let mut total = 0;
    for number in 1..=30 {
        let (age, count) = (vec![format!("leeftijd{number}")], 500 + 7 * number);
        total += count;
        for release in 0..2 {
            world.deliveries[release].count("", "2025", "BU31", &age, count);
        }
        // The district has more than its only neighbourhood.
        world.deliveries[1].count("", "2025", "WK3", &age, count + 50);
    }
    for release in 0..2 {
        world.deliveries[release].count("", "2025", "BU31", &["totaal".to_owned()], total);
    }
    let rounded = Protection { minimum_count: 10, rounding_base: 5, ..Protection::default() };
    let mut practice = Practice::default();
    practice.agree(&world, rounded);
    world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
    let upwards = |published: &Published| {
        let own = published.shields[&rounded].upwards.clone().expect("rounded");
        let cells = published.table.cells().enumerate().filter(|(_, cell)| cell.area == "BU31");
        let drawn = cells.map(|(row, cell)| (cell.categories.to_vec(), own.values.hides(row)));
        drawn.collect::<BTreeMap<_, _>>()
    };
    assert_eq!(upwards(&practice.published[0]), upwards(&practice.published[1]));
}

#[test]
fn counts_of_the_same_units_are_rounded_by_one_name() {
    let name = |made_of: &[&str], area: &str, categories: usize| {
        let mut world = World::said(&[]);
        (world.areas, world.dimensions) =
            (with_programme(made_of), vec![dimension("leeftijd", categories, true)]);
        let count = Count {
            period: Period::Year(2025),
            area,
            categories: &["leeftijd1".to_owned()],
            side: None,
            value: 0,
            none: false,
            contributions: None,
        };
        units(&layout(&world), &count)
    };
    assert_eq!(name(&["BU11"], "BU31", 2), "WK3|leeftijd1");
    assert_eq!(name(&["BU11"], "WK3", 1), "WK3|totaal");
    assert_eq!(name(&["BU11"], "BU11", 2), "BU11|leeftijd1");
    assert_eq!(name(&["BU11"], "PR", 2), "BU11|leeftijd1");
    assert_eq!(name(&["BU11", "BU12"], "PR", 2), "WK1|leeftijd1");
    assert_eq!(name(&["BU11", "WK1", "WK2", "BU31"], "PR", 2), "GM1|leeftijd1");
    assert_eq!(name(&["BU11", "BU21"], "PR", 2), "PR|leeftijd1");
}
