//! Ways around masks that were found once.

use super::Why;
use super::practice::Practice;
use super::resists;
use super::world::{Line, World, dimension};
use crate::domain::protection::Protection;

pub(super) const MINIMUM: Protection = Protection {
    minimum_count: 5,
    minimum_denominator: 0,
    group_percent: None,
    interval_width: 0,
    p_percent: 0,
    dominance: None,
    protect_zeros: false,
    rounding_base: 0,
};

/// The releases of a world, published under a protection; gives how many of them were refused.
pub(super) fn told(world: &World, protection: Protection) -> usize {
    let mut practice = Practice::default();
    practice.agree(world, protection);
    world.deliveries.iter().for_each(|delivery| practice.publish(world, delivery, &|line| line));
    resists(world, &practice).expect("nothing is found");
    practice.refused.len()
}

/// Releases of one source and year, published under a minimum of 5; gives how many were refused.
fn refused(deliveries: &[&[(&'static str, &'static str, i64)]]) -> usize {
    told(&World::told(deliveries), MINIMUM)
}

/// Releases of one source, published under a minimum of 5; gives how many were refused.
pub(super) fn refused_of_periods(deliveries: &[&[(&'static str, &'static str, i64)]]) -> usize {
    let line = |(period, area, value): &(&'static str, &'static str, i64)| -> Line {
        ("", *period, *area, "totaal", *value)
    };
    let deliveries: Vec<Vec<Line>> = deliveries.iter().map(|own| own.iter().map(line).collect()).collect();
    told(&World::said(&deliveries), MINIMUM)
}

#[test]
fn old_figures_that_do_not_add_up_with_new_ones_do_not_make_a_total_more_than_its_parts() {
    let before = [("WK1", "leeftijd1", 20), ("WK2", "leeftijd1", 20), ("WK3", "leeftijd1", 20)];
    // The municipality has 40 more in the first age group than its districts had.
    let revised = [
        ("GM1", "leeftijd1", 100),
        ("GM1", "leeftijd2", 59),
        ("WK1", "leeftijd2", 20),
        ("WK2", "leeftijd2", 36),
        ("WK3", "leeftijd2", 3),
    ];
    assert_eq!(refused(&[&before, &revised]), 0);
}

#[test]
fn what_two_earlier_releases_say_together_stays_hidden_when_a_third_does_not_add_up_with_them() {
    let whole = [("GM1", "totaal", 103)];
    // The third district is a group of 3.
    let two = [("WK1", "totaal", 60), ("WK2", "totaal", 40)];
    let parts = [
        ("BU11", "totaal", 30),
        ("BU12", "totaal", 30),
        ("BU21", "totaal", 20),
        ("BU22", "totaal", 20),
        ("WK3", "totaal", 50),
    ];
    assert_eq!(refused(&[&whole, &two, &parts]), 0);
}

#[test]
fn a_release_that_goes_back_to_an_earlier_one_is_new_beside_what_came_between() {
    let first = [("GM1", "totaal", 103), ("WK1", "totaal", 60)];
    let between = [("WK1", "totaal", 50), ("WK2", "totaal", 40)];
    // With the second district as it was shown between, the third is a group of 3.
    assert_eq!(refused(&[&first, &between, &first]), 1);
    assert_eq!(refused(&[&first, &between, &between]), 0);
}

#[test]
fn what_did_not_add_up_with_a_mistake_adds_up_with_its_correction() {
    let parts = [("WK1", "totaal", 60), ("WK2", "totaal", 40)];
    // The third district is a group of 3.
    assert_eq!(refused(&[&parts, &[("GM1", "totaal", 90)], &[("GM1", "totaal", 103)]]), 0);
}

#[test]
fn what_a_source_says_adds_up_with_what_it_said_before_whatever_another_said() {
    let line = |source, area, value| -> Line { (source, "2025", area, "totaal", value) };
    let parts = vec![line("a", "WK1", 60), line("a", "WK2", 40), line("b", "WK1", 50), line("b", "WK2", 30)];
    // The third district is a group of 3 by the one source, and of 23 by both.
    let world = World::said(&[parts, vec![line("a", "GM1", 103)]]);
    assert_eq!(told(&world, MINIMUM), 0);
}

#[test]
fn sources_of_one_release_add_up_whatever_they_are_called() {
    let of = |parts, both| {
        let line = |source, area, value| -> Line { (source, "2025", area, "totaal", value) };
        // By the two districts of the one and the total of the other, the third is a group of 3.
        let lines = [("WK1", 60), ("WK2", 40)].map(|(area, value)| line(parts, area, value));
        let others = [line(both, "WK1", 50), line(both, "GM1", 103)];
        World::said(&[[lines, others].concat()])
    };
    let withheld = |world: &World| {
        let mut practice = Practice::default();
        practice.agree(world, MINIMUM);
        practice.publish(world, &world.deliveries[0], &|line| line);
        resists(world, &practice).expect("nothing is found");
        practice.published[0].shields[&MINIMUM].mask.count()
    };
    assert_eq!(withheld(&of("a", "b")), withheld(&of("b", "a")));
}

#[test]
fn what_another_source_said_adds_up_where_what_the_source_said_itself_does_not_fit_with_it() {
    let line = |source, area, value| -> Line { (source, "2025", area, "totaal", value) };
    let parts = vec![line("a", "WK1", 60), line("a", "WK2", 40), line("b", "WK3", 33)];
    // The third district is a group of 3 by the districts of the one and the whole of the other.
    let world = World::said(&[parts, vec![line("b", "GM1", 103)]]);
    assert_eq!(told(&world, MINIMUM), 0);
}

#[test]
fn three_quarters_and_three_months_are_a_year() {
    let year = [("2025", "GM1", 103), ("2025Q1", "GM1", 40), ("2025Q2", "GM1", 30), ("2025Q3", "GM1", 23)];
    let months = [("2025-10", "GM1", 7), ("2025-11", "GM1", 3), ("2025-12", "GM1", 0)];
    assert_eq!(refused_of_periods(&[&[&year[..], &months].concat()]), 0);
    assert_eq!(refused_of_periods(&[&year, &months]), 0);
}

#[test]
fn all_days_of_a_month_are_the_month() {
    const DAYS: [&str; 28] = [
        "2025-02-01",
        "2025-02-02",
        "2025-02-03",
        "2025-02-04",
        "2025-02-05",
        "2025-02-06",
        "2025-02-07",
        "2025-02-08",
        "2025-02-09",
        "2025-02-10",
        "2025-02-11",
        "2025-02-12",
        "2025-02-13",
        "2025-02-14",
        "2025-02-15",
        "2025-02-16",
        "2025-02-17",
        "2025-02-18",
        "2025-02-19",
        "2025-02-20",
        "2025-02-21",
        "2025-02-22",
        "2025-02-23",
        "2025-02-24",
        "2025-02-25",
        "2025-02-26",
        "2025-02-27",
        "2025-02-28",
    ];
    let mut counts = vec![("2025-02", "GM1", 273)];
    counts.extend(DAYS.iter().enumerate().map(|(place, day)| (*day, "GM1", if place == 9 { 3 } else { 10 })));
    assert_eq!(refused_of_periods(&[&counts]), 0);
}

#[test]
fn months_tell_the_quarter_that_they_are() {
    let year = [("2025", "GM1", 103), ("2025Q1", "GM1", 40), ("2025Q2", "GM1", 30), ("2025Q3", "GM1", 30)];
    // The fourth quarter is a group of 3.
    let months = [("2025-10", "GM1", 1), ("2025-11", "GM1", 1), ("2025-12", "GM1", 1)];
    assert_eq!(refused_of_periods(&[&[&year[..], &months].concat()]), 0);
}

#[test]
fn figures_that_were_revised_a_little_are_parts_all_the_same() {
    let years = [("2025", "WK2", 103), ("2025", "WK1", 60), ("2025", "WK3", 50)];
    // Of the second district the last quarter is a group of 3.
    let quarters = [
        [("2025Q1", "WK1", 20), ("2025Q2", "WK1", 20), ("2025Q3", "WK1", 11), ("2025Q4", "WK1", 11)],
        [("2025Q1", "WK2", 40), ("2025Q2", "WK2", 30), ("2025Q3", "WK2", 30), ("2025Q4", "WK2", 3)],
        [("2025Q1", "WK3", 20), ("2025Q2", "WK3", 11), ("2025Q3", "WK3", 11), ("2025Q4", "WK3", 11)],
    ];
    assert_eq!(refused_of_periods(&[&years, &quarters.concat()]), 0);
}

#[test]
fn who_is_alone_in_a_group_and_in_a_part_of_it_knows_that_the_other_parts_are_empty() {
    let of = |area, counts: [i64; 4]| {
        let ages = ["leeftijd1", "leeftijd2", "leeftijd3", "totaal"];
        ages.into_iter().zip(counts).map(move |(age, count)| -> Line { ("", "2025", area, age, count) })
    };
    let lines =
        of("BU11", [1, 30, 30, 61]).chain(of("BU12", [0, 3, 20, 23])).chain(of("WK1", [1, 33, 50, 84]));
    let mut world = World::said(&[lines.collect()]);
    world.dimensions = vec![dimension("leeftijd", 3, true)];
    assert_eq!(told(&world, Protection { protect_zeros: true, ..MINIMUM }), 0);
}

#[test]
fn who_is_alone_beside_zeros_that_everybody_sees_finds_only_themselves_in_a_sum_that_nobody_gave() {
    let withheld = |world: &World, protection: Protection| {
        let mut practice = Practice::default();
        practice.agree(world, protection);
        world.deliveries.iter().for_each(|delivery| practice.publish(world, delivery, &|line| line));
        resists(world, &practice).expect("nothing is found");
        assert!(practice.refused.is_empty(), "{:?}", practice.refused);
        practice.published.iter().map(|own| own.shields[&protection].mask.count()).sum::<usize>()
    };
    for counts in [
        [("BU11", "totaal", 1), ("BU12", "totaal", 0)].as_slice(),
        &[("WK1", "leeftijd1", 1), ("WK1", "leeftijd2", 0)],
        &[("WK1", "totaal", 1), ("WK2", "totaal", 0), ("WK3", "totaal", 0)],
        &[("BU11", "totaal", 1), ("BU12", "totaal", 0), ("WK2", "totaal", 20), ("WK3", "totaal", 0)],
        &[
            ("BU11", "leeftijd1", 1),
            ("BU11", "leeftijd2", 0),
            ("BU12", "leeftijd1", 0),
            ("BU12", "leeftijd2", 0),
        ],
    ] {
        assert_eq!(withheld(&World::told(&[counts]), MINIMUM), 1, "{counts:?}");
    }
    let mut world = World::told(&[&[("BU11", "totaal", 1)]]);
    let delivery = &mut world.deliveries[0];
    let name = *delivery.counts.keys().next().expect("a block");
    delivery.not_applicable.insert((name, ("BU12".to_owned(), vec!["totaal".to_owned()])));
    assert_eq!(withheld(&world, Protection { protect_zeros: true, ..MINIMUM }), 1);
    let mut world = World::said(&[Vec::new()]);
    for (area, counted) in [("BU11", 1), ("BU12", 0)] {
        world.deliveries[0].rate("", "2025", area, &["totaal"], counted, 3);
    }
    withheld(&world, MINIMUM);
}

#[test]
fn who_is_alone_in_what_is_left_of_rates_knows_all_others_there() {
    let mut world = World::said(&[Vec::new()]);
    // The other two districts are 1 of 3 together: who is that one knows that the others are not.
    for (area, numerator, denominator) in [("GM1", 101, 203), ("WK1", 100, 200)] {
        world.deliveries[0].rate("", "2025", area, &["totaal"], numerator, denominator);
    }
    assert_eq!(told(&world, MINIMUM), 0);
}

#[test]
fn what_is_wrong_in_several_periods_is_told_at_once() {
    let of = |period, counts: &[(&'static str, i64)]| -> Vec<Line> {
        counts.iter().map(|(area, count)| ("", period, *area, "totaal", *count)).collect()
    };
    let both = |counts: &[(&'static str, i64)]| [of("2024", counts), of("2025", counts)].concat();
    let (first, between) = ([("GM1", 103), ("WK1", 60)], [("WK1", 50), ("WK2", 40)]);
    let world = World::said(&[both(&first), both(&between), both(&first)]);
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    world.deliveries.iter().for_each(|delivery| practice.publish(&world, delivery, &|line| line));
    let [failures] = &practice.refused[..] else { panic!("{:?}", practice.refused) };
    let [failure] = &failures[..] else { panic!("{failures:?}") };
    assert_eq!(failure.why, Why::Unprotected);
    let periods: Vec<String> = failure.cells.iter().map(|cell| cell.period.to_string()).collect();
    assert_eq!((failure.count, periods), (2, vec!["2024".to_owned(), "2025".to_owned()]));
}

#[test]
fn that_no_mask_was_found_is_not_said_to_be_that_there_is_none() {
    let mut world = World::said(&[Vec::new(), Vec::new()]);
    world.dimensions = vec![dimension("leeftijd", 2, true), dimension("soort", 2, true)];
    let (ages, kinds) = (["totaal", "leeftijd1", "leeftijd2"], ["totaal", "soort1", "soort2"]);
    // By area and two breakdowns there is more than a network.
    let mut count = |release: usize, area, age: usize, kind: usize, value| {
        let categories = vec![ages[age].to_owned(), kinds[kind].to_owned()];
        world.deliveries[release].count("", "2025", area, &categories, value);
    };
    let parts = [[60, 36, 24], [33, 17, 16], [27, 19, 8]];
    for (age, kind) in (0..3).flat_map(|age| (0..3).map(move |kind| (age, kind))) {
        count(1, "GM1", age, kind, parts[age][kind] * 2);
        for area in ["WK1", "WK2"] {
            count(1, area, age, kind, parts[age][kind]);
        }
    }
    count(0, "GM1", 0, 0, 120);
    let why = |deliveries: &[usize], interval_width| {
        let mut practice = Practice::default();
        practice.agree(&world, Protection { minimum_count: 10, interval_width, ..MINIMUM });
        deliveries.iter().for_each(|own| practice.publish(&world, &world.deliveries[*own], &|line| line));
        practice.refused.into_iter().flatten().map(|failure| failure.why).collect::<Vec<_>>()
    };
    assert_eq!(why(&[0, 1], 0), []);
    // The 120 that was shown leaves less than 500.
    assert_eq!(why(&[0, 1], 500), [Why::NotProven]);
}

#[test]
fn who_is_alone_in_a_later_count_finds_no_other_by_what_a_retired_protection_showed() {
    let first = [("GM1", "totaal", 22), ("WK1", "totaal", 20)];
    let world = World::told(&[&first, &[first[0], first[1], ("WK3", "totaal", 1)]]);
    let mut practice = Practice::default();
    // That the other two districts are 2 is no secret under the first of these.
    for minimum_count in [2, 10] {
        practice.agree(&world, Protection { minimum_count, ..MINIMUM });
    }
    practice.publish(&world, &world.deliveries[0], &|line| line);
    practice.retire(0);
    practice.publish(&world, &world.deliveries[1], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert_eq!(practice.refused.len(), 1);
}

#[test]
fn what_cannot_be_of_the_same_moment_leaves_no_more_room() {
    let line = |source, period, area, value| -> Line { (source, period, area, "totaal", value) };
    let second = vec![
        line("b", "2025", "GM1", 147),
        line("b", "2025Q2", "GM1", 33),
        line("b", "2025Q3", "GM1", 70),
        line("b", "2025", "WK1", 61),
        line("b", "2025Q2", "WK1", 20),
        line("b", "2025Q3", "WK1", 20),
        line("b", "2025Q1", "WK2", 20),
        line("", "2025", "WK3", 91),
    ];
    let world = World::said(&[vec![line("b", "2025Q1", "WK1", 20)], second]);
    told(&world, Protection { minimum_count: 2, interval_width: 6, ..MINIMUM });
}
