//! What is nearly all of its group is withheld, with what it takes.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::practice::Practice;
use super::resists;
use super::stories::MINIMUM;
use super::world::{Delivery, World};
use crate::domain::protection::Protection;

const FEW: [(&str, i64, i64); 4] = [("GM1", 280, 120), ("WK1", 190, 10), ("WK2", 40, 60), ("WK3", 50, 50)];

fn from(percent: u32) -> Protection {
    Protection { group_percent: Some(Reverse(percent)), ..MINIMUM }
}

/// Areas by two ages and in all, in one release each.
fn by_age(releases: &[&[(&'static str, i64, i64)]]) -> World {
    let lines = |areas: &&[(&'static str, i64, i64)]| -> Vec<(&'static str, &'static str, i64)> {
        let cells = |(area, one, two): &(&'static str, i64, i64)| {
            [(*area, "leeftijd1", *one), (*area, "leeftijd2", *two), (*area, "totaal", one + two)]
        };
        areas.iter().flat_map(cells).collect()
    };
    let lines: Vec<_> = releases.iter().map(lines).collect();
    World::told(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Area, who are counted, and of how many.
fn rates(of: &[(&str, i64, i64)]) -> World {
    let mut world = World::told(&[]);
    let mut delivery = Delivery::default();
    for (area, counted, all) in of {
        delivery.rate("", "2025", area, &["totaal"], *counted, *all);
    }
    world.deliveries.push(delivery);
    world
}

fn practised(world: &World, protection: Protection) -> Practice {
    let mut practice = Practice::default();
    practice.agree(world, protection);
    world.deliveries.iter().for_each(|delivery| practice.publish(world, delivery, &|line| line));
    resists(world, &practice).expect("nothing is found");
    practice
}

/// What is withheld of the only release.
fn withheld(world: &World, protection: Protection) -> BTreeSet<String> {
    let practice = practised(world, protection);
    let published = &practice.published[0];
    let mask = &published.shields[&protection].mask;
    let rows = published.table.cells().enumerate().filter(|(row, _)| mask.hides(*row));
    rows.map(|(_, cell)| format!("{} {}", cell.area, cell.categories.join("|"))).collect()
}

#[test]
fn a_category_that_is_so_large_a_part_of_its_group_does_not_come_back_and_a_smaller_one_is_shown() {
    let world = by_age(&[&FEW]);
    let found = withheld(&world, from(95));
    assert!(found.contains("WK1 leeftijd1"), "{found:?}");
    assert!(found.contains("WK1 leeftijd2") || found.contains("WK1 totaal"), "{found:?}");
    assert!(found.iter().any(|cell| !cell.starts_with("WK1")), "{found:?}");
    assert_eq!(withheld(&world, from(96)), BTreeSet::new(), "190 of 200 is less");
    assert_eq!(withheld(&world, MINIMUM), BTreeSet::new());
}

#[test]
fn a_group_that_is_not_delivered_is_the_sum_of_its_categories() {
    let mut world = by_age(&[&FEW]);
    for counts in world.deliveries[0].counts.values_mut() {
        counts.retain(|(_, categories), _| categories[0] != "totaal");
    }
    assert!(withheld(&world, from(95)).contains("WK1 leeftijd1"));
    assert_eq!(withheld(&world, from(96)), BTreeSet::new());
}

#[test]
fn areas_are_no_categories_of_what_they_lie_in() {
    let world = by_age(&[&[("GM1", 210, 210), ("WK1", 200, 200), ("WK2", 5, 5), ("WK3", 5, 5)]]);
    assert_eq!(withheld(&world, from(90)), BTreeSet::new());
}

#[test]
fn a_rate_of_nearly_everybody_is_withheld_and_one_of_nearly_nobody_is_not() {
    let world = rates(&[("GM1", 300, 800), ("WK1", 190, 200), ("WK2", 10, 200), ("WK3", 100, 400)]);
    let found = withheld(&world, from(95));
    assert!(found.contains("WK1 totaal") && found.len() > 1, "{found:?}");
    assert_eq!(withheld(&world, from(96)), BTreeSet::new());
    let none = rates(&[("GM1", 120, 800), ("WK1", 10, 200), ("WK2", 10, 200), ("WK3", 100, 400)]);
    assert_eq!(withheld(&none, from(50)), BTreeSet::new());
}

#[test]
fn a_shown_count_that_becomes_nearly_all_of_its_group_cannot_be_called_back_so_the_release_is_refused() {
    let before = [("GM1", 280, 220), ("WK1", 190, 110), ("WK2", 40, 60), ("WK3", 50, 50)];
    let refused = |releases: &[&[(&'static str, i64, i64)]]| {
        let practice = practised(&by_age(releases), from(95));
        (practice.published.len(), practice.refused.len())
    };
    assert_eq!(refused(&[&before, &FEW]), (1, 1));
    assert_eq!(refused(&[&FEW, &before]), (2, 0), "what was withheld stays so");
}

#[test]
fn a_new_count_that_is_nearly_all_of_its_group_keeps_nothing_that_was_shown_out() {
    let own = |area, value| (area, "leeftijd1", value);
    let first = [own("GM1", 100), own("WK1", 1), own("WK2", 40), own("WK3", 59)];
    // 100 less 41 and 58 is the 1 of before, as the 12 of 13 are withheld.
    let second = [("WK1", "totaal", 13), own("WK1", 12), own("WK2", 41), own("WK3", 58)];
    let protection = Protection { minimum_count: 10, protect_zeros: true, ..from(90) };
    let practice = practised(&World::told(&[&first, &second]), protection);
    let withheld = practice.published.iter().map(|own| own.shields[&protection].mask.count());
    assert_eq!(withheld.collect::<Vec<_>>(), [2, 3], "{practice:?}");
}

#[test]
fn what_is_nearly_all_of_its_group_for_one_source_does_not_replace_what_another_showed() {
    let by = |source, area, age, value| (source, "2025", area, age, value);
    let parts = |counts: [i64; 3]| -> Vec<_> {
        ["WK1", "WK2", "WK3"].iter().zip(counts).map(|(area, own)| by("b", *area, "leeftijd1", own)).collect()
    };
    let all = |source, of_age| vec![by(source, "GM1", "totaal", 112), by(source, "GM1", "leeftijd1", of_age)];
    // 100 less 41 and 58 is the 1 of before, as the 102 of 112 are withheld.
    let (first, second) = ([all("a", 100), parts([1, 40, 59])].concat(), parts([3, 41, 58]));
    let (at_once, in_turn) = ([all("b", 102), second.clone()].concat(), all("b", 102));
    let protection = Protection { minimum_count: 10, ..from(90) };
    for (releases, expected) in [
        (vec![first.clone(), at_once], vec![2, 3]),
        (vec![first.clone(), in_turn, second.clone()], vec![2, 1, 2]),
        (vec![first, all("c", 102), second], vec![2, 1, 2]),
    ] {
        let practice = practised(&World::said(&releases), protection);
        let withheld = practice.published.iter().map(|own| own.shields[&protection].mask.count());
        assert_eq!(withheld.collect::<Vec<_>>(), expected, "{practice:?}{:?}", practice.refused);
    }
}
