//! Areas of the programme that are made of areas which the year of the figures does not have.

use std::collections::BTreeSet;

use super::practice::{Practice, contents, edition, layout};
use super::stories::MINIMUM;
use super::world::World;
use super::{Why, check, resists};
use crate::domain::area::{Area, AreaKind};
use crate::domain::protection::Protection;

use sdc::Unwatched;

const DISTRICTS: [&str; 3] = ["WK1", "WK2", "WK3"];

/// An area of the programme with what it lies in and what it is made of.
type Programme<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// Counts of 2025 in a municipality of which these areas are of 2026 and later, under a minimum of 10. Gives
/// the areas that are withheld. Nobody finds a small one.
fn withheld(later: &[&str], programme: &[Programme<'_>], counts: &[(&'static str, i64)]) -> BTreeSet<String> {
    withheld_in(|area| area.valid_from = later.contains(&&*area.code).then_some(2026), programme, counts)
}

fn withheld_in(
    years: impl Fn(&mut Area),
    programme: &[Programme<'_>],
    counts: &[(&'static str, i64)],
) -> BTreeSet<String> {
    let counts: Vec<_> = counts.iter().map(|(area, count)| (*area, "totaal", *count)).collect();
    let mut world = World::told(&[&counts]);
    world.areas.iter_mut().for_each(years);
    for (code, parents, consists_of) in programme {
        let codes = |of: &[&str]| of.iter().map(|own| (*own).to_owned()).collect();
        let (parents, consists_of) = (codes(parents), codes(consists_of));
        let (code, kind) = ((*code).to_owned(), AreaKind::ProgrammeArea);
        world.areas.push(Area { code, kind, parents, consists_of, ..world.areas[0].clone() });
    }
    let mut practice = Practice::default();
    let minimum = Protection { minimum_count: 10, ..MINIMUM };
    practice.agree(&world, minimum);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    let own = &practice.published[0];
    let hidden = own.table.cells().enumerate().filter(|(row, _)| own.shields[&minimum].mask.hides(*row));
    hidden.map(|(_, cell)| cell.area.to_owned()).collect()
}

fn of(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Everything below the municipality.
fn all_below() -> Vec<&'static str> {
    DISTRICTS.into_iter().chain(["BU11", "BU12", "BU21", "BU22"]).collect()
}

const TWO: [Programme<'_>; 2] = [("NOORD", &["GM1"], &["WK1"]), ("OOST", &["GM1"], &["WK2"])];

#[test]
fn areas_made_of_areas_of_a_later_year_are_parts_of_what_the_year_does_not_divide() {
    let counts = [("GM1", 22), ("NOORD", 20), ("OOST", 1)];
    // Without the first of the two, the second is 1 or 2.
    assert_eq!(withheld(&all_below(), &TWO, &counts).len(), 2);
    // Also through other areas of the programme,
    let through = [TWO[0], TWO[1], ("BEIDE", &[], &["NOORD", "OOST"])];
    let counts = [("GM1", 100), ("BEIDE", 21), ("NOORD", 20), ("OOST", 1)];
    assert_eq!(withheld(&all_below(), &through, &counts), of(&["NOORD", "OOST"]));
    // and where the codes lapsed before.
    let before = |area: &mut Area| area.valid_until = (area.code != "GM1").then_some(2024);
    assert_eq!(withheld_in(before, &TWO, &[("GM1", 22), ("NOORD", 20), ("OOST", 1)]).len(), 2);
}

#[test]
fn areas_made_of_areas_of_another_year_are_protected_where_the_others_have_nobody() {
    // Without the first of the two, the second is 1.
    let counts = [("GM1", 21), ("NOORD", 20), ("OOST", 1)];
    assert_eq!(withheld(&all_below(), &TWO, &counts).len(), 2);
    // Where they are areas of the year, it is the same.
    assert_eq!(withheld(&[], &TWO, &counts).len(), 2);
}

#[test]
fn areas_made_of_all_areas_of_another_year_are_all_of_what_they_lie_in() {
    let all = [TWO[0], TWO[1], ("ZUID", &[][..], &["WK3"][..])];
    // What the others leave of the municipality is the second.
    let counts = [("GM1", 60), ("NOORD", 20), ("OOST", 3), ("ZUID", 37)];
    assert_eq!(withheld(&all_below(), &all, &counts).len(), 2);
}

#[test]
fn areas_made_of_areas_of_another_year_withhold_nothing_where_nothing_is_small() {
    let counts = [("GM1", 100), ("NOORD", 20), ("OOST", 30)];
    assert_eq!(withheld(&all_below(), &TWO, &counts), of(&[]));
    // One level below too.
    let below = [("NOORD", &[][..], &["BU11"][..]), ("OOST", &[][..], &["BU12"][..])];
    let counts = [("WK1", 100), ("NOORD", 20), ("OOST", 80)];
    assert_eq!(withheld(&["BU11", "BU12"], &below, &counts), of(&[]));
}

#[test]
fn an_area_of_which_only_is_known_what_it_lies_in_is_a_part_of_that_when_it_is_the_only_one() {
    let one = [("NOORD", &["GM1"][..], &[][..])];
    let counts = [("GM1", 23), ("NOORD", 20)];
    // All others are 3.
    assert_eq!(withheld(&all_below(), &one, &counts).len(), 1);
    assert_eq!(withheld(&all_below(), &one, &[("GM1", 50), ("NOORD", 20)]), of(&[]));
}

#[test]
fn an_area_of_which_it_is_not_known_how_it_lies_among_others_is_withheld() {
    let beside = ("GM1", 100);
    // One that lies in what the year divides, and
    let one = [("NOORD", &["GM1"][..], &[][..])];
    assert_eq!(withheld(&[], &one, &[beside, ("NOORD", 50)]), of(&["NOORD"]));
    // one that may have people in common with another, which is placed without it,
    let two = [one[0], ("OOST", &["GM1"][..], &["WK2"][..])];
    let counts = [beside, ("NOORD", 50), ("OOST", 40)];
    assert_eq!(withheld(&all_below(), &two, &counts), of(&["NOORD"]));
    // one of which a member is of another year than what is beside it,
    let mixed = [("NOORD", &[][..], &["BU11", "BU12"][..])];
    assert_eq!(withheld(&["BU12"], &mixed, &[beside, ("NOORD", 50)]), of(&["NOORD"]));
    // and those that are made of areas that never were there together.
    let years = |area: &mut Area| match &*area.code {
        "WK1" | "BU11" | "BU12" => area.valid_until = Some(2024),
        "GM1" => {}
        _ => area.valid_from = Some(2026),
    };
    assert_eq!(withheld_in(years, &TWO, &[beside, ("NOORD", 50), ("OOST", 40)]), of(&["NOORD", "OOST"]));
}

#[test]
fn an_area_of_the_programme_of_which_nothing_is_known_stands_apart() {
    let none = [("NOORD", &[][..], &[][..])];
    assert_eq!(withheld(&[], &none, &[("GM1", 100), ("NOORD", 95)]), of(&[]));
}

#[test]
fn what_was_shown_of_an_area_that_has_no_place_now_is_found_by_an_audit() {
    let mut world = World::told(&[&[("GM1", "totaal", 100), ("NOORD", "totaal", 95)]]);
    let (code, kind) = ("NOORD".to_owned(), AreaKind::ProgrammeArea);
    world.areas.push(Area { code, kind, parents: Vec::new(), ..world.areas[0].clone() });
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    let audit = |world: &World| {
        let contents = contents(world, &practice.published);
        let edition = edition(&practice.published[0], &contents[0]);
        check(&layout(world), &[], &edition, MINIMUM, &Unwatched)
    };
    assert!(audit(&world).is_ok());
    world.areas.last_mut().expect("an area").parents.push("GM1".to_owned());
    let failures = audit(&world).expect_err("it is shown");
    assert_eq!((failures[0].why.clone(), &*failures[0].cells[0].cell), (Why::Unprotected, "NOORD|totaal"));
}
