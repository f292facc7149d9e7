//! Categories that are the sum of others are protected with these.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::practice::Practice;
use super::stories::MINIMUM;
use super::world::{Delivery, Dice, World, YEAR, dimension};
use super::{cases, practise, resists};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::subtotal::Subtotal;

const ALL: [&str; 6] = ["alle", "0", "1+", "1", "2", "3"];
/// How many have any, and one, two or three.
const MORE: &[(&str, &[&str])] = &[("1+", &["1", "2", "3"])];

fn protection() -> Protection {
    Protection { minimum_count: 10, interval_width: 10, protect_zeros: true, ..MINIMUM }
}

fn breakdown(total: Option<&str>, categories: &[&str], subtotals: &[(&str, &[&str])]) -> Dimension {
    let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    let subtotal = |(category, parts): &(&str, &[&str])| Subtotal {
        category: (*category).to_owned(),
        parts: owned(parts),
    };
    Dimension {
        code: "voorzieningen".to_owned(),
        name: "Voorzieningen".to_owned(),
        total: total.map(str::to_owned),
        categories: owned(categories),
        subtotals: subtotals.iter().map(subtotal).collect(),
    }
}

/// What is withheld of one release of a district by these categories; nobody finds what it is.
fn withheld(breakdown: Dimension, counts: &[(&str, i64)], protection: Protection) -> BTreeSet<String> {
    let counts: Vec<_> = counts.iter().map(|(category, count)| ("WK3", *category, *count)).collect();
    let found = withheld_of_areas(breakdown, &counts, protection).into_iter();
    found.map(|(_, category)| category).collect()
}

fn withheld_of_areas(
    breakdown: Dimension,
    counts: &[(&str, &str, i64)],
    protection: Protection,
) -> BTreeSet<(String, String)> {
    let mut world = World::told(&[]);
    world.dimensions = vec![breakdown];
    let mut delivery = Delivery::default();
    for (area, category, count) in counts {
        delivery.count("", "2025", area, &[(*category).to_owned()], *count);
    }
    world.deliveries.push(delivery);
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    let published = &practice.published[0];
    let mask = &published.shields[&protection].mask;
    let hidden = published.table.cells().enumerate().filter(|(row, _)| mask.hides(*row));
    hidden.map(|(_, cell)| (cell.area.to_owned(), cell.categories.join("|"))).collect()
}

#[test]
fn a_small_part_of_a_sub_total_is_withheld_with_another_part_or_the_sub_total() {
    let counts = [("alle", 100), ("1+", 40), ("1", 20), ("2", 3), ("3", 17)];
    let categories = ["alle", "1+", "1", "2", "3"];
    for total in [None, Some("alle")] {
        let found = withheld(breakdown(total, &ALL, MORE), &counts, protection());
        assert!(found.contains("2") && found.len() > 1, "{total:?}: {found:?}");
    }
    let found = withheld(breakdown(None, &categories, MORE), &counts, protection());
    assert!(found.contains("2") && found.len() > 1, "{found:?}");
    // Where it is not declared, only that one is: so it has to be.
    let found = withheld(breakdown(None, &categories, &[]), &counts, protection());
    assert_eq!(found, BTreeSet::from(["2".to_owned()]));
}

#[test]
fn what_is_left_of_a_total_besides_a_sub_total_is_protected_also_where_it_is_not_delivered() {
    // Four have none.
    let counts = [("alle", 100), ("1+", 96), ("1", 50), ("2", 30), ("3", 16)];
    let found = withheld(breakdown(Some("alle"), &ALL, MORE), &counts, protection());
    assert!(found.contains("alle") || found.contains("1+"), "{found:?}");
}

#[test]
fn a_part_of_a_part_of_a_sub_total_does_not_come_back_along_any_sum() {
    let deep: &[(&str, &[&str])] = &[("2+", &["2", "3"]), ("1+", &["1", "2+"])];
    let categories = ["alle", "0", "1+", "1", "2+", "2", "3"];
    let counts = [("alle", 100), ("0", 60), ("1+", 40), ("1", 20), ("2+", 20), ("2", 3), ("3", 17)];
    let found = withheld(breakdown(Some("alle"), &categories, deep), &counts, protection());
    assert!(found.contains("2") && (found.contains("3") || found.contains("2+")), "{found:?}");
    assert!(!found.contains("0") || !found.contains("alle"), "no more than it takes: {found:?}");
}

#[test]
fn what_is_nearly_all_of_a_sub_total_is_nearly_all_of_a_group() {
    let nearly = Protection { group_percent: Some(Reverse(90)), ..MINIMUM };
    let counts = [("alle", 400), ("0", 200), ("1+", 200), ("1", 185), ("2", 8), ("3", 7)];
    let found = withheld(breakdown(Some("alle"), &ALL, MORE), &counts, nearly);
    assert!(found.contains("1"), "{found:?}");
    assert_eq!(withheld(breakdown(Some("alle"), &ALL, &[]), &counts[..2], nearly), BTreeSet::new());
}

#[test]
fn what_is_nearly_all_of_a_total_is_so_where_the_sub_total_between_is_not_known() {
    let nearly = Protection { group_percent: Some(Reverse(90)), ..MINIMUM };
    let counts = [("WK1", "alle", 200), ("WK1", "1", 185), ("GM1", "alle", 900), ("GM1", "1+", 600)];
    let found = withheld_of_areas(breakdown(Some("alle"), &ALL, MORE), &counts, nearly);
    assert!(found.contains(&("WK1".to_owned(), "1".to_owned())), "{found:?}");
}

impl World {
    /// Releases by a breakdown with a sub-total, perhaps one in another, and perhaps by another breakdown.
    fn with_subtotals(dice: &mut Dice) -> Self {
        let periods = dice.one_of(&[&[YEAR][..], &[YEAR], &[YEAR, Period::Quarter(2025, 1)]]);
        let rates = periods.len() == 1 && dice.once_in(4);
        let total = dice.one_of(&[Some("alle"), None]);
        let deep: &[(&str, &[&str])] = &[("1+", &["1", "2+"]), ("2+", &["2", "3"])];
        let own = match dice.under(4) {
            0 => breakdown(total, &["alle", "0", "1+", "1", "2+", "2", "3"], deep),
            1 => breakdown(total, &["alle", "0", "1", "1+", "2"], &[("1+", &["1", "2"])]),
            2 => breakdown(None, &["alle", "1+", "1", "2"], &[("1+", &["1", "2"])]),
            _ => breakdown(
                None,
                &["1+", "1", "2", "0+", "0", "00"],
                &[("1+", &["1", "2"]), ("0+", &["0", "00"])],
            ),
        };
        let is_one = periods.len() == 1 && !rates && dice.once_in(3);
        let other = is_one.then(|| dimension("soort", 2, dice.under(2) == 0));
        Self::made_up(dice, periods, rates, std::iter::once(own).chain(other).collect())
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn who_keeps_all_that_was_shown_of_sub_totals_finds_no_protected_count(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::with_subtotals(&mut dice);
        let practice = practise(&world, &mut dice);
        resists(&world, &practice)?;
    }
}
