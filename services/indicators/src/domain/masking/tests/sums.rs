//! What withheld rates are together.

use super::equations::{CONSTANT, Row, Solved, row};
use super::stories::MINIMUM;
use super::*;
use crate::domain::area::Area;

/// A municipality and its districts, of which each has so many of so many counted.
fn rates(rates: &[(&str, i64, i64)]) -> Delivery {
    let mut delivery = Delivery::default();
    for (area, numerator, denominator) in rates {
        delivery.rate("", "2025", area, &["totaal"], *numerator, *denominator);
    }
    delivery
}

fn published(protection: Protection, deliveries: &[Delivery]) -> (World, Practice) {
    let (world, mut practice) = (World::said(&[]), Practice::default());
    practice.agree(&world, protection);
    deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
    resists(&world, &practice).expect("nothing is found");
    (world, practice)
}

/// What is withheld of the last release, by area.
fn withheld(protection: Protection, deliveries: &[Delivery]) -> Vec<String> {
    let (_, practice) = published(protection, deliveries);
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    let last = practice.published.last().expect("a release");
    let mask = &last.shields[&protection].mask;
    let hidden = last.table.cells().enumerate().filter(|(row, _)| mask.hides(*row));
    hidden.map(|(_, cell)| cell.area.to_owned()).collect()
}

/// Whether so many of so many are of few by the rules of a protection.
fn is_of_few(protection: Protection, counted: i64, of: i64) -> bool {
    let is_few =
        |count: i64| count < i64::from(protection.minimum_count) && (count > 0 || protection.protect_zeros);
    let is_nobody = counted == 0 && !protection.protect_zeros;
    let is_small = of < i64::from(protection.minimum_denominator);
    of > 0 && !is_nobody && (is_small || is_few(counted) || is_few(of - counted))
}

/// A municipality, its districts and their neighbourhoods, mostly with few people.
fn areas_of_few(dice: &mut Dice) -> Vec<(&'static str, i64, i64)> {
    let mut one = || {
        let of = dice.one_of(&[3, 4, 6, 8, 15, 40, 60, 150]);
        (
            i64::try_from(dice.under(of + 1)).expect("a small number"),
            i64::try_from(of).expect("a small number"),
        )
    };
    let parts = ["BU11", "BU12", "BU21", "BU22", "WK3"].map(|area| (area, one()));
    let sum = |of: &[&str]| {
        let all = parts.iter().filter(|(area, _)| of.contains(area));
        all.fold((0, 0), |sum, (_, own)| (sum.0 + own.0, sum.1 + own.1))
    };
    let wholes = [
        ("GM1", sum(&parts.map(|(area, _)| area))),
        ("WK1", sum(&["BU11", "BU12"])),
        ("WK2", sum(&["BU21", "BU22"])),
    ];
    wholes.into_iter().chain(parts).map(|(area, (counted, of))| (area, counted, of)).collect()
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn no_sum_of_withheld_rates_that_follows_is_of_few(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::said(&[]);
        let protection = Protection {
            minimum_count: dice.one_of(&[2, 5, 10]),
            minimum_denominator: dice.one_of(&[0, 0, 20, 100]),
            protect_zeros: dice.once_in(3),
            ..MINIMUM
        };
        let mut practice = Practice::default();
        practice.agree(&world, protection);
        practice.publish(&world, &rates(&areas_of_few(&mut dice)), &|line| line);
        let families = practice.families(&world);
        let all = practice.published.iter().flat_map(|own| families.iter().map(move |family| (own, family)));
        for (published, family) in all.filter(|(_, family)| family.rates) {
            let mask = &published.shields[&protection].mask;
            let rows: Vec<(bool, Vec<(Place, i64)>)> =
                published.rows(family).map(|(row, counts)| (mask.hides(row), counts)).collect();
            let of: BTreeMap<&Place, (bool, i64, i64)> = rows
                .iter()
                .map(|(hidden, counts)| (&counts[0].0, (*hidden, counts[0].1, counts[2].1)))
                .collect();
            let grid = world.grid(family);
            let shown = of.iter().filter(|(_, (hidden, ..))| !hidden);
            let shown: Vec<Row> =
                shown.map(|(place, own)| sum_of(&grid.atoms(place), (CONSTANT, -own.1))).collect();
            let withheld: Vec<_> = of.iter().filter(|(_, (hidden, ..))| *hidden).collect();
            for chosen in (0..1usize << withheld.len()).filter(|chosen| chosen.count_ones() > 1) {
                let own = withheld.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
                let own: Vec<_> = own.map(|(_, (place, own))| (grid.atoms(place), own)).collect();
                let atoms: BTreeSet<usize> = own.iter().flat_map(|(atoms, _)| atoms.clone()).collect();
                if atoms.len() < own.iter().map(|(atoms, _)| atoms.len()).sum() {
                    continue;
                }
                let asked = usize::MAX - 1;
                let rows = shown.iter().cloned().chain([sum_of(&atoms, (asked, -1))]);
                let (counted, all) = own.iter().fold((0, 0), |sum, (_, own)| (sum.0 + own.1, sum.1 + own.2));
                let follows = Solved::of(rows).found().contains_key(&asked);
                let is_few = follows && is_of_few(protection, counted, all);
                prop_assert!(!is_few, "{own:?} {counted}/{all}\n{practice:?}");
            }
        }
    }
}

/// The numerators of the smallest groups, and one thing more, add up to nothing.
fn sum_of(atoms: &BTreeSet<usize>, besides: (usize, i64)) -> Row {
    row(atoms.iter().map(|atom| (*atom, 1)).chain([besides]))
}

const FEW: [(&str, i64, i64); 4] = [("GM1", 54, 158), ("WK1", 2, 4), ("WK2", 2, 4), ("WK3", 50, 150)];

#[test]
fn withheld_rates_are_not_of_few_together() {
    assert_eq!(withheld(MINIMUM, &[rates(&FEW)]), ["WK1", "WK2", "WK3"]);
    // As when they are not delivered.
    assert_eq!(withheld(MINIMUM, &[rates(&[FEW[0], FEW[3]])]).len(), 1);
    // They are of enough together.
    let enough = [("GM1", 60, 164), ("WK1", 5, 7), ("WK2", 5, 7), FEW[3]];
    assert_eq!(withheld(Protection { minimum_count: 3, ..MINIMUM }, &[rates(&enough)]), ["WK1", "WK2"]);
}

#[test]
fn withheld_rates_of_several_districts_are_not_of_few_together() {
    let first = [("BU12", 30, 60), ("BU22", 30, 60), ("WK3", 50, 150)];
    let second = [("GM1", 114, 278), ("WK1", 32, 64), ("WK2", 32, 64), ("BU11", 2, 4), ("BU21", 2, 4)];
    let all = [&first[..], &second].concat();
    // Of the municipality all but the two of four are shown.
    let areas = ["BU11", "BU21", "GM1", "WK1", "WK2"];
    assert_eq!(withheld(MINIMUM, &[rates(&first), rates(&all)]), areas);
}

#[test]
fn withheld_rates_are_not_of_few_together_where_all_of_a_level_between_is_withheld() {
    let first = [("BU12", 30, 60), ("BU22", 30, 60)];
    let second = [("GM1", 64, 128), ("WK1", 32, 64), ("WK2", 32, 64), ("BU11", 2, 4), ("BU21", 2, 4)];
    let (mut world, mut practice) = (World::said(&[]), Practice::default());
    let whole = Area { code: "LD".to_owned(), parents: Vec::new(), ..area(&world, "GM1") };
    let other = Area { code: "GM2".to_owned(), parents: vec!["LD".to_owned()], ..area(&world, "GM1") };
    world.areas.retain(|area| area.code != "WK3");
    for area in &mut world.areas {
        if area.code == "GM1" {
            area.parents = vec!["LD".to_owned()];
        }
    }
    world.areas.extend([whole, other]);
    practice.agree(&world, MINIMUM);
    let all = [&first[..], &second, &[("LD", 114, 278), ("GM2", 50, 150)]].concat();
    for own in [rates(&first), rates(&all)] {
        practice.publish(&world, &own, &|line| line);
    }
    resists(&world, &practice).expect("nothing is found");
    let last = practice.published.last().expect("a release");
    let mask = &last.shields[&MINIMUM].mask;
    let shown = last.table.cells().enumerate().filter(|(row, _)| !mask.hides(*row));
    let shown: BTreeSet<&str> = shown.map(|(_, cell)| cell.area).collect();
    // Of the region either is shown, beside the neighbourhoods.
    let of_region = ["LD", "GM2"].iter().filter(|code| shown.contains(**code)).count();
    assert_eq!((practice.refused.len(), of_region), (0, 1), "{shown:?}");
}

fn area(world: &World, code: &str) -> Area {
    world.areas.iter().find(|area| area.code == code).expect("an area").clone()
}

#[test]
fn what_two_sources_show_alike_is_withheld_of_both() {
    let mut delivery = rates(&FEW);
    let (area, numerator, denominator) = FEW[3];
    delivery.rate("b", "2025", area, &["totaal"], numerator, denominator);
    assert_eq!(withheld(MINIMUM, &[delivery]), ["WK1", "WK2", "WK3", "WK3"]);
}

#[test]
fn withheld_rates_are_not_of_fewer_than_the_minimum_denominator_together() {
    let many = Protection { minimum_denominator: 100, ..MINIMUM };
    let few = [("GM1", 85, 220), ("WK1", 15, 30), ("WK2", 20, 40), ("WK3", 50, 150)];
    assert_eq!(withheld(many, &[rates(&few)]), ["WK1", "WK2", "WK3"]);
    let enough = [("GM1", 115, 280), ("WK1", 30, 60), ("WK2", 35, 70), few[3]];
    assert_eq!(withheld(many, &[rates(&enough)]), ["WK1", "WK2"]);
}

#[test]
fn withheld_rates_are_not_nearly_everybody_together() {
    let group = Protection { minimum_count: 1, group_percent: Some(Reverse(90)), ..MINIMUM };
    let all = [("GM1", 86, 190), ("WK1", 18, 20), ("WK2", 18, 20), ("WK3", 50, 150)];
    assert_eq!(withheld(group, &[rates(&all)]), ["WK1", "WK2", "WK3"]);
}

#[test]
fn rates_that_are_of_few_beside_what_was_shown_are_refused_and_a_kept_mask_is_found_unsafe() {
    // Under a looser protection of before the two were withheld, and the others shown.
    let (world, mut practice) = published(MINIMUM, &[rates(&FEW)]);
    let contents = practice::contents(&world, &practice.published);
    let release = edition(&practice.published[0], &contents[0]);
    check(&layout(&world), &[], &release, MINIMUM, &Unwatched).expect("nothing is found");
    let row = practice.published[0].table.cells().position(|cell| cell.area == "WK3").expect("a row");
    drop(contents);
    let shield = practice.published[0].shields.get_mut(&MINIMUM).expect("a shield");
    let mut mask = sdc::Mask::none(shield.mask.len());
    (0..shield.mask.len()).filter(|at| *at != row && shield.mask.hides(*at)).for_each(|at| mask.hide(at));
    shield.mask = mask;
    let contents = practice::contents(&world, &practice.published);
    let release = edition(&practice.published[0], &contents[0]);
    let found = check(&layout(&world), &[], &release, MINIMUM, &Unwatched).expect_err("4 of 8");
    assert_eq!((found[0].why.clone(), found[0].count), (Why::Unprotected, 2));
    let more = rates(&[FEW[0], FEW[1], FEW[2], FEW[3], ("BU11", 1, 2)]);
    practice.publish(&world, &more, &|line| line);
    assert_eq!(practice.refused.len(), 1);
}
