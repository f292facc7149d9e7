//! Rates that are withheld by a rule, and those beside them that are not.

use super::practice::{Practice, contents, edition, layout};
use super::stories::MINIMUM;
use super::world::{BlockName, Line, World, dimension};
use super::{Areas, Cause, Contents, Method, check, plain_filter_leaks, resists};
use crate::domain::masking::apart::Apart;
use crate::domain::period::Period;

use sdc::Unwatched;

/// Period, area, age, and how many of how many.
type Rate = (&'static str, &'static str, &'static str, i64, i64);

fn world(releases: &[&[Rate]]) -> World {
    let said: Vec<Vec<Line>> = releases.iter().map(|_| Vec::new()).collect();
    let mut world = World::said(&said);
    world.dimensions = vec![dimension("leeftijd", 4, true)];
    for (delivery, rates) in world.deliveries.iter_mut().zip(releases) {
        for (period, area, age, numerator, denominator) in *rates {
            delivery.rate("", period, area, &[age], *numerator, *denominator);
        }
    }
    world
}

/// Why the rates of a period are withheld in the last of these releases.
fn cause(releases: &[&[Rate]], period: &str) -> Option<Cause> {
    cause_in(&world(releases), period)
}

fn cause_in(world: &World, period: &str) -> Option<Cause> {
    let tables: Vec<_> = world.deliveries.iter().map(|own| world.table(own, &|line| line)).collect();
    let all = Contents::of_all(tables.iter(), &world.dimensions, &Areas::new(&world.areas, []));
    let key = (super::world::RATE, vec![Period::parse(period).expect("a period")]);
    Apart::of(&layout(world), &all.iter().collect::<Vec<_>>()).cause(&key)
}

/// The rates of an area in 2025: of all, and of each age from the first on.
fn ages(area: &'static str, total: (i64, i64), each: &[(i64, i64)]) -> Vec<Rate> {
    let codes = ["totaal", "leeftijd1", "leeftijd2", "leeftijd3"];
    let numbers = std::iter::once(&total).chain(each);
    codes.into_iter().zip(numbers).map(|(age, (counted, of))| ("2025", area, age, *counted, *of)).collect()
}

/// Everybody of a district, in one age or another.
fn distribution() -> Vec<Rate> {
    ages("WK1", (200, 200), &[(90, 200), (107, 200), (3, 200)])
}

/// What is published of these releases under the minimum.
fn published(world: &World) -> Practice {
    let mut practice = Practice::default();
    practice.agree(world, MINIMUM);
    world.deliveries.iter().for_each(|own| practice.publish(world, own, &|line| line));
    practice
}

#[test]
fn a_distribution_with_its_total_and_without_a_category_can_be_audited() {
    let world = world(&[&distribution()]);
    let practice = published(&world);
    assert_eq!(practice.published.len(), 1, "{practice:?}");
    let contents = contents(&world, &practice.published);
    let edition = edition(&practice.published[0], &contents[0]);
    let report = check(&layout(&world), &[], &edition, MINIMUM, &Unwatched).expect("safe");
    assert_eq!(report.blocks[0].method, Method::Withheld(Cause::Distribution));
    assert_eq!(plain_filter_leaks(&layout(&world), &[], &edition, MINIMUM, &Unwatched), Ok(0));
}

#[test]
fn a_release_after_a_distribution_that_is_none_any_more_can_be_published() {
    let of_each = |area| ages(area, (100, 200), &[(40, 80), (40, 80), (20, 40)]);
    let world = world(&[&distribution(), &[of_each("WK1"), of_each("WK2")].concat()]);
    let practice = published(&world);
    assert_eq!(practice.published.len(), 2, "{practice:?}");
}

#[test]
fn a_distribution_of_which_a_category_is_missing_in_most_places_is_one() {
    let two = |area, one, other, of| -> [Rate; 2] {
        [("2025", area, "leeftijd1", one, of), ("2025", area, "leeftijd2", other, of)]
    };
    let rest = [two("WK2", 90, 107, 200), two("WK3", 93, 105, 200), two("BU11", 45, 53, 100)].concat();
    assert_eq!(cause(&[&[distribution(), rest].concat()], "2025"), Some(Cause::Distribution));
}

#[test]
fn a_distribution_over_two_breakdowns_is_one() {
    let mut world = world(&[&[]]);
    world.dimensions = vec![dimension("leeftijd", 3, true), dimension("soort", 2, false)];
    for (age, kind, number) in [
        ("leeftijd1", "soort1", 45),
        ("leeftijd2", "soort1", 50),
        ("leeftijd3", "soort1", 3),
        ("leeftijd1", "soort2", 45),
        ("leeftijd2", "soort2", 37),
        ("leeftijd3", "soort2", 20),
    ] {
        world.deliveries[0].rate("", "2025", "WK1", &[age, kind], number, 200);
    }
    assert_eq!(cause_in(&world, "2025"), Some(Cause::Distribution));
}

#[test]
fn rates_of_each_category_are_no_distribution_also_where_the_categories_are_as_large() {
    let one = ages("WK1", (60, 300), &[(20, 100); 3]);
    let other = ages("WK2", (100, 300), &[(40, 100), (40, 100), (20, 100)]);
    assert_eq!(cause(&[&[one, other].concat()], "2025"), None);
}

#[test]
fn a_distribution_that_is_told_category_by_category_is_one() {
    let areas = [("WK1", [90, 107, 3]), ("WK2", [50, 130, 20])];
    let of = |age: usize| -> Vec<Rate> {
        let code = ["leeftijd1", "leeftijd2", "leeftijd3"][age];
        areas.iter().map(|(area, counted)| ("2025", *area, code, counted[age], 200)).collect()
    };
    // In releases one after the other.
    let releases = [of(0), of(1), of(2)];
    assert_eq!(cause(&[&releases[0]], "2025"), None);
    for last in [2, 3] {
        let releases: Vec<&[Rate]> = releases[..last].iter().map(Vec::as_slice).collect();
        assert_eq!(cause(&releases, "2025"), Some(Cause::Distribution));
    }
    // By several sources of one release.
    let mut by_source = world(&[&[]]);
    for (source, rates) in ["a", "b", "c"].into_iter().zip(&releases) {
        for (period, area, age, counted, of) in rates {
            by_source.deliveries[0].rate(source, period, area, &[age], *counted, *of);
        }
    }
    assert_eq!(cause_in(&by_source, "2025"), Some(Cause::Distribution));
}

#[test]
fn a_distribution_of_which_each_category_is_of_other_areas_is_one() {
    let rates: [Rate; 4] = [
        ("2025", "WK1", "leeftijd1", 90, 200),
        ("2025", "BU11", "leeftijd2", 50, 100),
        ("2025", "BU12", "leeftijd2", 57, 100),
        ("2025", "WK1", "leeftijd3", 3, 200),
    ];
    assert_eq!(cause(&[&rates], "2025"), Some(Cause::Distribution));
}

#[test]
fn a_distribution_of_which_a_category_is_divided_further_is_one() {
    let mut world = world(&[&[]]);
    world.dimensions.push(dimension("soort", 2, true));
    for (age, kind, counted, of) in [
        ("leeftijd1", "totaal", 90, 200),
        ("leeftijd2", "soort1", 50, 100),
        ("leeftijd2", "soort2", 57, 100),
        ("leeftijd3", "totaal", 3, 200),
    ] {
        world.deliveries[0].rate("", "2025", "WK1", &[age, kind], counted, of);
    }
    assert_eq!(cause_in(&world, "2025"), Some(Cause::Distribution));
}

#[test]
fn a_distribution_is_one_also_where_a_category_is_told_again_of_another_number() {
    let of = |age, [one, other]: [i64; 2], of| -> [Rate; 2] {
        [("2025", "WK1", age, one, of), ("2025", "WK2", age, other, of)]
    };
    let (first, second) = (of("leeftijd1", [90, 50], 200), of("leeftijd2", [3, 20], 200));
    assert_eq!(cause(&[&first, &second], "2025"), Some(Cause::Distribution));
    // With what was shown first the third category tells the second.
    let third = [of("leeftijd1", [95, 55], 210), of("leeftijd3", [107, 130], 200)].concat();
    assert_eq!(cause(&[&first, &second, &third], "2025"), Some(Cause::Distribution));
}

#[test]
fn a_distribution_of_which_a_category_does_not_apply_in_a_part_is_one() {
    let rates: [Rate; 3] = [
        ("2025", "BU11", "leeftijd1", 90, 200),
        ("2025", "WK1", "leeftijd2", 107, 200),
        ("2025", "WK1", "leeftijd3", 3, 200),
    ];
    let mut world = world(&[&rates]);
    let name = BlockName { period: Period::Year(2025), source: "", rates: true };
    let place = ("BU12".to_owned(), vec!["leeftijd1".to_owned()]);
    world.deliveries[0].not_applicable.insert((name, place));
    assert_eq!(cause_in(&world, "2025"), Some(Cause::Distribution));
}

#[test]
fn rates_of_each_category_that_are_told_apart_are_no_distribution() {
    let of = |age, of| -> [Rate; 2] { [("2025", "WK1", age, 40, of), ("2025", "WK2", age, 40, of + 7)] };
    let releases = [of("leeftijd1", 80), of("leeftijd2", 120), of("leeftijd3", 100)];
    assert_eq!(cause(&releases.each_ref().map(|own| own.as_slice()), "2025"), None);
}

#[test]
fn periods_that_were_both_shown_before_it_was_known_that_they_add_up_are_withheld() {
    let apart: [Rate; 2] = [("2025", "WK1", "totaal", 83, 900), ("2025Q1", "WK2", "totaal", 40, 900)];
    let whole: [Rate; 2] = [("2025", "GM1", "totaal", 126, 2000), ("2025Q1", "WK2", "totaal", 40, 900)];
    assert_eq!(cause(&[&apart], "2025Q1"), None);
    for period in ["2025", "2025Q1"] {
        assert_eq!(cause(&[&apart, &whole], period), Some(Cause::Periods));
    }
}

#[test]
fn months_beside_a_year_of_one_place_tell_also_where_another_place_has_quarters() {
    let year: [Rate; 5] = [
        ("2025", "WK1", "totaal", 83, 900),
        ("2025-01", "WK1", "totaal", 40, 900),
        ("2025-02", "WK1", "totaal", 40, 900),
        ("2025-03", "WK1", "totaal", 3, 900),
        // Another place has the quarter, and neither year nor months.
        ("2025Q1", "WK2", "totaal", 40, 900),
    ];
    assert_eq!(cause(&[&year], "2025-01"), Some(Cause::Periods));
}

#[test]
fn whether_numerators_of_periods_add_up_is_not_known_in_as_many_places_as_it_is() {
    let tie: [Rate; 6] = [
        ("2025", "WK1", "totaal", 83, 900),
        ("2025Q1", "WK1", "totaal", 40, 900),
        ("2025Q2", "WK1", "totaal", 40, 900),
        // Of these each quarter has as many as the year.
        ("2025", "WK2", "totaal", 40, 900),
        ("2025Q1", "WK2", "totaal", 40, 900),
        ("2025Q2", "WK2", "totaal", 40, 900),
    ];
    assert_eq!(cause(&[&tie], "2025Q1"), Some(Cause::Periods));
    assert_eq!(cause(&[&tie[3..]], "2025Q1"), None);
    // Nothing to compare.
    assert_eq!(
        cause(&[&[("2025", "WK1", "totaal", 83, 900), ("2025Q1", "WK2", "totaal", 40, 900)]], "2025"),
        None
    );
}

#[test]
fn categories_that_can_be_of_one_group_in_half_of_the_places_are_a_distribution() {
    let tie = |area, of: [i64; 2]| {
        let rate = |age, place: usize| -> Rate { ("2025", area, age, 60, of[place]) };
        [rate("leeftijd1", 0), rate("leeftijd2", 1)]
    };
    let (one, other) = (tie("WK1", [200, 200]), tie("WK2", [200, 100]));
    assert_eq!(cause(&[&[one, other].concat()], "2025"), Some(Cause::Distribution));
    assert_eq!(cause(&[&[one, other, tie("WK3", [200, 100])].concat()], "2025"), None);
}

#[test]
fn who_is_alone_in_a_rate_knows_also_how_many_others_there_are_and_that_refuses_nothing() {
    let area = |code, of: [i64; 2]| -> Rate { ("2025", code, "totaal", of[0], of[1]) };
    let rates = [area("GM1", [60, 100]), area("WK1", [1, 3]), area("WK2", [1, 3]), area("WK3", [58, 94])];
    let world = world(&[&rates]);
    let practice = published(&world);
    resists(&world, &practice).expect("nothing is found");
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    // Who knows the one of the two would know the other if the third were shown.
    assert_eq!(practice.published[0].shields[&MINIMUM].mask.count(), 3);
}
