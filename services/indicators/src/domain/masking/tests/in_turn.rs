//! Figures of one moment that are told in several releases, or by several sources.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sdc::{Mask, Unwatched};

use super::practice::{Practice, contents, layout};
use super::stories::MINIMUM;
use super::world::{Dice, Line, World};
use super::{Edition, Failure, Shield, cases, check};
use crate::domain::area::Area;
use crate::domain::period::Period;
use crate::domain::protection::Protection;

const WIDE: Protection = Protection { interval_width: 5, ..MINIMUM };
const TEN: Protection = Protection { minimum_count: 10, protect_zeros: true, interval_width: 10, ..MINIMUM };

/// A place of a table.
type At = (String, Period, String);

/// The areas of these releases, of which the first district has a third neighbourhood.
fn world(releases: &[Vec<Line>]) -> World {
    let mut world = World::said(releases);
    let like = |code: &str| world.areas.iter().find(|area| area.code == code).expect("an area").clone();
    let third = Area { code: "BU13".to_owned(), ..like("BU12") };
    world.areas.push(third);
    world
}

/// The places that are shown when these releases are published under a protection, and all that was
/// published.
fn shown(releases: &[Vec<Line>], protection: Protection) -> (BTreeSet<At>, Vec<Vec<Line>>) {
    let world = world(releases);
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    let mut published = Vec::new();
    for (delivery, lines) in world.deliveries.iter().zip(releases) {
        let before = practice.published.len();
        practice.publish(&world, delivery, &|line| line);
        published.extend((practice.published.len() > before).then(|| lines.clone()));
    }
    let shown = practice.published.iter().flat_map(|own| {
        let cells = own.table.cells().enumerate();
        cells.filter(|(row, _)| !own.shields[&protection].mask.hides(*row)).map(|(_, cell)| {
            (cell.area.to_owned(), cell.period, cell.categories.first().cloned().unwrap_or_default())
        })
    });
    (shown.collect(), published)
}

/// Audits what these releases show of one moment as if one source had told it at once.
fn audited(releases: &[Vec<Line>], protection: Protection) -> Result<(), Vec<Failure>> {
    let (shown, published) = shown(releases, protection);
    let lines = published.into_iter().flatten();
    let at_once =
        world(&[lines.map(|(_, period, area, age, value)| ("", period, area, age, value)).collect()]);
    let mut practice = Practice::default();
    practice.publish(&at_once, &at_once.deliveries[0], &|line| line);
    let contents = contents(&at_once, &practice.published);
    let table = &practice.published[0].table;
    let mut mask = Mask::none(table.len());
    for (row, cell) in table.cells().enumerate() {
        let at = (cell.area.to_owned(), cell.period, cell.categories.first().cloned().unwrap_or_default());
        if !shown.contains(&at) {
            mask.hide(row);
        }
    }
    let shield = Shield { mask, upwards: None };
    let edition = Edition::new(&contents[0], BTreeMap::from([(protection, &shield)]));
    check(&layout(&at_once), &[], &edition, protection, &Unwatched).map(drop)
}

/// A count of an area in a year.
fn of_area(area: &'static str, value: i64) -> Line {
    ("", "2025", area, "totaal", value)
}

/// Quarters of the municipality.
fn quarters(counts: [i64; 4]) -> Vec<Line> {
    let quarters = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"].into_iter().zip(counts);
    quarters.map(|(quarter, count)| ("", quarter, "GM1", "totaal", count)).collect()
}

fn by(source: &'static str, lines: &[Line]) -> Vec<Line> {
    lines.iter().map(|(_, period, area, age, value)| (source, *period, *area, *age, *value)).collect()
}

#[test]
fn a_year_that_is_more_than_its_quarters_is_one_whoever_tells_it_and_when() {
    let figures = [
        (WIDE, 60, [20, 20, 10, 8]),
        (WIDE, 60, [20, 20, 15, 3]),
        (WIDE, 57, [20, 20, 15, 1]),
        (TEN, 60, [18, 15, 12, 13]),
        (TEN, 57, [20, 20, 15, 1]),
        (TEN, 60, [25, 20, 12, 0]),
    ];
    for (protection, year, counts) in figures {
        let (year, quarters) = (vec![of_area("GM1", year)], quarters(counts));
        let ways = [
            vec![[&year[..], &quarters].concat()],
            vec![year.clone(), quarters.clone()],
            vec![quarters.clone(), year.clone()],
            vec![[by("a", &year), by("b", &quarters)].concat()],
            vec![[by("b", &year), by("a", &quarters)].concat()],
            vec![[&year[..], &quarters[..1]].concat(), quarters[1..].to_vec()],
        ];
        for way in ways {
            assert_eq!(audited(&way, protection), Ok(()), "{way:?}");
        }
    }
}

#[test]
fn a_municipality_that_is_more_than_its_districts_is_so_when_the_parts_of_one_come_later() {
    let first = vec![of_area("GM1", 57), of_area("WK2", 20), of_area("WK3", 15)];
    let second = vec![of_area("BU11", 12), of_area("BU12", 6), of_area("BU13", 2)];
    for way in [[first.clone(), second.clone()], [second, first]] {
        assert_eq!(audited(&way, WIDE), Ok(()), "{way:?}");
    }
}

#[test]
fn an_older_count_that_was_withheld_does_not_keep_those_out_that_were_shown() {
    let (all, parts) = (of_area("WK1", 70), [("BU11", 40), ("BU12", 26), ("BU13", 4)]);
    let (parts, now) = (parts.map(|(area, count)| of_area(area, count)), [of_area("BU12", 27)]);
    let first = |by_all, by_parts| [by(by_all, &[all]), by(by_parts, &parts)].concat();
    // The third is 70 - 40 - 27 = 3 now.
    for (first, now) in [
        (first("", ""), by("", &now)),
        (first("a", "b"), by("a", &now)),
        (first("a", "b"), by("b", &now)),
        (first("a", "b"), by("c", &now)),
    ] {
        let (shown, _) = shown(&[first, now], WIDE);
        let codes: Vec<&str> = shown.iter().map(|(area, ..)| area.as_str()).collect();
        assert_eq!(codes, ["BU11", "WK1"]);
    }
}

/// Counts of a year and its quarters in the municipality and below it, of which now and then some are in no
/// part, told in up to three releases or by two sources.
fn told_in_turn(dice: &mut Dice) -> Vec<Vec<Line>> {
    let by_area = dice.under(2) == 0;
    let mut more = || if dice.once_in(3) { dice.one_of(&[1, 2, 4, 8, 30]) } else { 0 };
    let more: Vec<i64> = (0..3).map(|_| more()).collect();
    let mut count = || dice.one_of(&[1, 3, 6, 12, 20, 20, 35]);
    let counts: Vec<i64> = (0..4).map(|_| count()).collect();
    let lines = match by_area {
        true => {
            let parts = [("BU11", counts[0]), ("BU12", counts[1]), ("BU13", more[0])];
            let first = parts.iter().map(|(_, count)| count).sum::<i64>() + more[1];
            let districts = [("WK1", first), ("WK2", counts[2]), ("WK3", counts[3])];
            let all = districts.iter().map(|(_, count)| count).sum::<i64>() + more[2];
            let all = parts.into_iter().chain(districts).chain([("GM1", all)]);
            all.map(|(area, count)| of_area(area, count)).collect()
        }
        false => {
            let year = counts.iter().sum::<i64>() + more[0];
            let quarters = quarters([counts[0], counts[1], counts[2], counts[3]]);
            quarters.into_iter().chain([of_area("GM1", year)]).collect::<Vec<_>>()
        }
    };
    let mut releases = vec![Vec::new(); 3];
    for line in lines {
        let source = dice.one_of(&["a", "a", "b"]);
        releases[dice.under(3)].extend(by(source, &[line]));
    }
    releases.retain(|own| !own.is_empty());
    releases
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn what_is_told_in_turn_is_withheld_as_what_is_told_at_once(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let (releases, protection) = (told_in_turn(&mut dice), dice.one_of(&[MINIMUM, WIDE, TEN]));
        let audited = audited(&releases, protection);
        prop_assert!(audited.is_ok(), "{audited:?}\n{releases:?}\n{:?}", shown(&releases, protection).0);
    }
}
