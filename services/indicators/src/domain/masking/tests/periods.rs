//! Periods that lie in each other and are delivered of other places each.

use std::collections::{BTreeMap, BTreeSet};

use sdc::Unwatched;

use super::axis::Place;
use super::practice::{Practice, layout};
use super::resists;
use super::stories::{MINIMUM, refused_of_periods, told};
use super::world::{BlockName, COUNT, Dice, Line, World};
use super::{Areas, Contents, Edition, Why, keys, shield};
use crate::domain::area::Area;
use crate::domain::period::Period;
use crate::domain::protection::Protection;

impl World {
    /// Counts of periods that lie in each other, of which the longest has areas or categories that the others
    /// do not have.
    pub(super) fn of_levels(dice: &mut Dice) -> Self {
        loop {
            let mut world = Self::new(dice);
            let (by_area, whole_has_total) = (dice.under(2) == 0, dice.under(2) == 0);
            let longest = world.periods().first().copied();
            let is_there = |name: &BlockName, (area, categories): &Place| {
                let is_total = categories.first().is_some_and(|category| category == "totaal");
                let is_total = if by_area { area == "GM1" } else { is_total };
                !name.rates && is_total == ((Some(name.period) == longest) == whole_has_total)
            };
            for delivery in &mut world.deliveries {
                for (name, counts) in &mut delivery.counts {
                    counts.retain(|place, _| is_there(name, place));
                }
                delivery.counts.retain(|_, counts| !counts.is_empty());
                delivery.not_applicable.retain(|(name, place)| is_there(name, place));
                delivery.bare.clear();
            }
            let periods = world.periods();
            let mut parts = periods.iter().skip(1);
            if periods.len() > 1 && parts.all(|part| periods.iter().take(1).all(|own| own.contains(*part))) {
                return world;
            }
        }
    }

    fn periods(&self) -> BTreeSet<Period> {
        self.deliveries.iter().flat_map(|own| own.counts.keys()).map(|name| name.period).collect()
    }
}

/// Quarters in which each of these areas has 20, but the last area 3 in the first one.
fn quarters(areas: &[&'static str]) -> Vec<(&'static str, &'static str, i64)> {
    let all = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"].map(|quarter| {
        areas.iter().enumerate().map(move |(place, area)| {
            let is_small = quarter == "2025Q1" && place + 1 == areas.len();
            (quarter, *area, if is_small { 3 } else { 20 })
        })
    });
    all.into_iter().flatten().collect()
}

/// A world with these counts, and with a second municipality of two districts.
fn world(releases: &[Vec<Line>]) -> World {
    let mut world = World::said(releases);
    let like = |code: &str| world.areas.iter().find(|area| area.code == code).expect("an area").clone();
    let municipality = Area { code: "GM2".to_owned(), ..like("GM1") };
    let district =
        |code: &str| Area { code: code.to_owned(), parents: vec!["GM2".to_owned()], ..like("WK3") };
    let more = [municipality, district("WK4"), district("WK5")];
    world.areas.extend(more);
    world
}

fn line((period, area, value): &(&'static str, &'static str, i64)) -> Line {
    ("", *period, *area, "totaal", *value)
}

/// How many blocks the counts of a world are.
fn blocks_of(world: &World) -> usize {
    let tables: Vec<_> = world.deliveries.iter().map(|own| world.table(own, &|line| line)).collect();
    let areas = Areas::new(&world.areas, []);
    let contents = Contents::of_all(tables.iter(), &areas);
    keys(&layout(world), &contents.iter().collect::<Vec<_>>()).len()
}

#[test]
fn quarters_of_districts_add_up_with_the_year_of_their_municipality() {
    let quarters = quarters(&["WK1", "WK2", "WK3"]);
    assert_eq!(refused_of_periods(&[&[&quarters[..], &[("2025", "GM1", 223)]].concat()]), 0);
    assert_eq!(refused_of_periods(&[&quarters, &[("2025", "GM1", 223)]]), 0);
}

#[test]
fn years_of_districts_add_up_with_the_quarters_of_their_municipality() {
    let quarters = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"].map(|quarter| (quarter, "GM1", 20));
    let years = [("2025", "WK1", 40), ("2025", "WK2", 37), ("2025", "WK3", 3)];
    assert_eq!(refused_of_periods(&[&[&quarters[..], &years].concat()]), 0);
}

#[test]
fn quarters_of_categories_add_up_with_the_year_of_their_total() {
    let line = |period, age, value| -> Line { ("", period, "WK1", age, value) };
    let ages = |(place, quarter)| {
        [line(quarter, "leeftijd1", if place == 0 { 3 } else { 20 }), line(quarter, "leeftijd2", 30)]
    };
    let quarters = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"].into_iter().enumerate().flat_map(ages);
    let world = World::said(&[quarters.chain([line("2025", "totaal", 183)]).collect()]);
    assert_eq!(told(&world, MINIMUM), 0);
}

#[test]
fn months_of_neighbourhoods_add_up_with_the_quarter_of_their_district_in_another_release() {
    let months = ["2025-01", "2025-02", "2025-03"];
    let months = months
        .into_iter()
        .enumerate()
        .flat_map(|(place, month)| [(month, "BU11", if place == 0 { 3 } else { 20 }), (month, "BU12", 30)]);
    assert_eq!(refused_of_periods(&[&months.collect::<Vec<_>>(), &[("2025Q1", "WK1", 133)]]), 0);
}

#[test]
fn quarters_add_up_with_what_years_leave_of_several_areas_together() {
    let years = [("2025", "GM1", 250), ("2025", "WK1", 107)];
    assert_eq!(refused_of_periods(&[&[&quarters(&["WK2", "WK3"])[..], &years].concat()]), 0);
}

#[test]
fn quarters_of_some_districts_are_no_more_than_the_year_of_all() {
    // In the third district there was one in all of the year.
    assert_eq!(refused_of_periods(&[&[&quarters(&["WK1", "WK2"])[..], &[("2025", "GM1", 144)]].concat()]), 0);
}

#[test]
fn a_year_that_is_less_than_older_quarters_is_of_another_moment_and_is_published() {
    // Of all districts and of some; the quarters are 223 and 120.
    for (areas, year) in [(&["WK1", "WK2", "WK3"][..], 43), (&["WK1", "WK2"], 63)] {
        let quarters = quarters(areas);
        assert_eq!(refused_of_periods(&[&quarters, &[("2025", "GM1", year)]]), 0);
        assert_eq!(refused_of_periods(&[&[("2025", "GM1", year)], &quarters]), 0);
        let mut of_two: Vec<Line> = quarters.iter().map(line).collect();
        of_two.push(("a", "2025", "GM1", "totaal", year));
        assert_eq!(told(&World::said(&[of_two]), MINIMUM), 0, "by another source");
    }
}

#[test]
fn quarters_that_are_more_than_the_year_of_their_municipality_at_once_do_not_add_up() {
    let counts = [&quarters(&["WK1", "WK2", "WK3"])[..], &[("2025", "GM1", 43)]].concat();
    let mut world = world(&[counts.iter().map(line).collect()]);
    let why = |world: &World| {
        let table = world.table(&world.deliveries[0], &|line| line);
        let contents = Contents::of_all(std::iter::once(&table), &Areas::new(&world.areas, []));
        let edition = Edition::new(&contents[0], BTreeMap::new());
        let made = shield(&layout(world), &[], &edition, MINIMUM, &Unwatched);
        made.err().into_iter().flatten().map(|failure| failure.why).collect::<Vec<_>>()
    };
    assert_eq!(why(&world), [Why::NotAdditive { over_time: true }]);
    world.declared.declare(COUNT, false, false);
    assert_eq!(why(&world), []);
}

#[test]
fn periods_that_lie_in_each_other_are_one_block_exactly_where_they_are_declared_to_add_up() {
    // Of one area and of areas apart, whatever the figures.
    for year in [[("2025", "WK1", 99)], [("2025", "WK2", 99)], [("2025", "WK1", 63)]] {
        let counts = [&quarters(&["WK1"])[..], &year].concat();
        let mut world = world(&[counts.iter().map(line).collect()]);
        assert_eq!(blocks_of(&world), 1);
        world.declared.declare(COUNT, false, false);
        assert_eq!(blocks_of(&world), 5);
    }
}

#[test]
fn a_year_of_which_a_count_was_given_away_before_it_was_declared_to_add_up_is_not_published_again() {
    let of = |area, counts: [i64; 5]| -> Vec<Line> {
        let periods = ["2025", "2025Q1", "2025Q2", "2025Q3", "2025Q4"].into_iter().zip(counts);
        periods.map(|(period, count)| ("", period, area, "totaal", count)).collect()
    };
    let new = of("GM1", [211, 50, 51, 57, 53]);
    let other_area = of("GM2", [211, 50, 51, 57, 53]);
    let other_year = vec![("", "2026", "GM1", "totaal", 100)];
    // The last quarter is 100 - 97 = 3.
    let mut world = world(&[of("GM1", [100, 30, 30, 37, 3]), new, other_area, other_year]);
    world.declared.declare(COUNT, false, false);
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    world.declared.declare(COUNT, true, false);
    let why = |practice: &Practice| {
        let own = practice.refused.iter().flatten().map(|failure| (failure.why.clone(), failure.count));
        own.collect::<Vec<_>>()
    };
    for number in [1, 2] {
        practice.publish(&world, &world.deliveries[number], &|line| line);
        assert_eq!(why(&practice), vec![(Why::Unprotected, 1); number]);
    }
    practice.publish(&world, &world.deliveries[3], &|line| line);
    assert_eq!((practice.published.len(), practice.refused.len()), (2, 2));
    // Nor is it when the protection is retired and another one is asked for.
    practice.retire(0);
    practice.agree(&world, Protection { minimum_count: 10, ..MINIMUM });
    practice.publish(&world, &world.deliveries[2], &|line| line);
    assert_eq!(why(&practice)[2..], [(Why::Together(MINIMUM), 1)]);
}

#[test]
fn households_on_a_day_are_protected_period_by_period() {
    let of = |period| [(period, "GM1", 60), (period, "WK1", 60), (period, "WK2", 0), (period, "WK3", 0)];
    let counts = [&["2025", "2025Q1", "2025Q2"].map(of).concat()[..], &[("2025Q3", "GM1", 3)]].concat();
    let mut world = world(&[counts.iter().map(line).collect()]);
    world.declared.declare(COUNT, false, false);
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert_eq!(practice.published[0].shields[&MINIMUM].mask.count(), 1, "nothing beside the 3");
}

#[test]
fn where_the_year_does_not_apply_nobody_is_in_its_quarters_if_they_add_up() {
    let zeros = Protection { protect_zeros: true, ..MINIMUM };
    let counts = [("2025Q1", "WK1", 0), ("2025Q1", "WK2", 7), ("2025", "GM1", 100)];
    for (over_time, hidden) in [(true, 0), (false, 1)] {
        let mut world = World::said(&[counts.iter().map(line).collect()]);
        world.declared.declare(COUNT, over_time, false);
        let name = BlockName { period: Period::Year(2025), source: "", rates: false };
        let place = ("WK1".to_owned(), vec!["totaal".to_owned()]);
        world.deliveries[0].not_applicable.insert((name, place));
        let mut practice = Practice::default();
        practice.agree(&world, zeros);
        practice.publish(&world, &world.deliveries[0], &|line| line);
        resists(&world, &practice).expect("nothing is found");
        // Where they do not add up, nothing of the one follows from the other.
        assert_eq!(practice.published[0].shields[&zeros].mask.count(), hidden);
    }
}

#[test]
fn a_year_that_does_not_apply_beside_quarters_with_somebody_says_nothing() {
    let mut world = World::said(&[quarters(&["WK1", "WK2"]).iter().map(line).collect()]);
    let name = BlockName { period: Period::Year(2025), source: "", rates: false };
    for area in ["GM1", "WK1", "WK2"] {
        let place = (area.to_owned(), vec!["totaal".to_owned()]);
        world.deliveries[0].not_applicable.insert((name, place));
    }
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert_eq!(practice.published[0].shields[&MINIMUM].mask.count(), 1);
}

#[test]
fn quarters_add_up_with_a_year_that_the_same_source_told_whatever_another_says_of_it() {
    let of = |source, counts: &[(&'static str, &'static str, i64)]| -> Vec<Line> {
        counts.iter().map(|(period, area, value)| (source, *period, *area, "totaal", *value)).collect()
    };
    let second = [of("a", &quarters(&["WK1", "WK2"])), of("b", &[("2025", "GM1", 120)])].concat();
    let world = World::said(&[of("a", &[("2025", "GM1", 144)]), second]);
    told(&world, MINIMUM);
    let of_one = World::said(&[of("a", &[("2025", "GM1", 144)]), of("a", &quarters(&["WK1", "WK2"]))]);
    assert_eq!(told(&of_one, MINIMUM), 0);
}
