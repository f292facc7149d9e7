//! What was shown under protections that were retired and came back, beside what others show.

use std::cmp::Reverse;

use super::practice::Practice;
use super::stories::MINIMUM;
use super::world::{Line, World, dimension};
use super::*;

const FEW: Protection =
    Protection { interval_width: 5, protect_zeros: true, group_percent: Some(Reverse(90)), ..MINIMUM };
const WIDE: Protection = Protection { interval_width: 12, protect_zeros: true, ..MINIMUM };

const AGES: [&str; 7] =
    ["totaal", "leeftijd1", "leeftijd2", "leeftijd3", "leeftijd4", "leeftijd5", "leeftijd6"];

/// A district by age, the total first.
fn by_age(period: &'static str, area: &'static str, counts: [i64; 7]) -> Vec<Line> {
    AGES.into_iter().zip(counts).map(|(age, count)| ("", period, area, age, count)).collect()
}

/// Figures of which the second cannot be protected by who has seen the first: the 80 is nearly all then.
fn before() -> Vec<Line> {
    by_age("2024", "WK2", [180, 80, 20, 20, 20, 20, 20])
}

fn after() -> Vec<Line> {
    by_age("2024", "WK2", [85, 80, 1, 1, 1, 1, 1])
}

fn world(deliveries: &[Vec<Line>]) -> World {
    let mut world = World::said(deliveries);
    world.dimensions = vec![dimension("leeftijd", 6, true)];
    world
}

fn publish(practice: &mut Practice, world: &World, releases: std::ops::Range<usize>) {
    world.deliveries[releases].iter().for_each(|own| practice.publish(world, own, &|line| line));
}

/// The releases that have a shield under a protection.
fn shielded(practice: &Practice, protection: Protection) -> Vec<bool> {
    practice.published.iter().map(|own| own.shields.contains_key(&protection)).collect()
}

#[test]
fn a_mask_is_not_kept_beside_what_a_protection_shows_that_had_none_in_the_release_before() {
    let figures = by_age("2025", "WK1", [210, 3, 7, 20, 50, 60, 70]);
    let world = world(&[before(), [after(), figures.clone()].concat(), figures]);
    let mut practice = Practice::default();
    practice.agree(&world, FEW);
    publish(&mut practice, &world, 0..1);
    practice.retire(0);
    publish(&mut practice, &world, 1..3);
    practice.agree(&world, FEW);
    practice.agree(&world, WIDE);
    assert_eq!(shielded(&practice, FEW), [true, false, true]);
    assert_eq!(shielded(&practice, WIDE), [true; 3]);
    resists(&world, &practice).expect("nothing is found");
}

#[test]
fn what_was_shown_under_a_protection_without_a_mask_of_a_release_counts_there() {
    let figures = |count, second| by_age("2025", "WK1", [count, 3, second, 20, 50, 60, 70]);
    let last = by_age("2026", "WK3", [120, 20, 20, 20, 20, 20, 20]);
    let world = world(&[[before(), figures(210, 7)].concat(), [after(), figures(211, 8)].concat(), last]);
    let mut practice = Practice::default();
    practice.agree(&world, FEW);
    publish(&mut practice, &world, 0..1);
    practice.retire(0);
    publish(&mut practice, &world, 1..3);
    practice.agree(&world, FEW);
    practice.agree(&world, WIDE);
    assert_eq!(shielded(&practice, FEW), [true, false, true]);
    // With the 20 of the first release, what was to be shown of the second leaves 3.
    assert_eq!(practice.refused.len(), 1);
    resists(&world, &practice).expect("nothing is found");
}

#[test]
fn a_release_with_a_zero_is_published_under_protections_of_which_one_shows_zeros_and_one_does_not() {
    let figures = |second, third| -> Vec<Line> {
        let counts = [("GM1", 30 + second + third), ("WK1", 30), ("WK2", second), ("WK3", third)];
        counts.map(|(area, count)| ("", "2025", area, "totaal", count)).to_vec()
    };
    let world = world(&[figures(30, 30), figures(0, 60)]);
    let mut practice = Practice::default();
    let hiding = Protection { protect_zeros: true, minimum_count: 3, ..MINIMUM };
    practice.agree(&world, hiding);
    practice.agree(&world, MINIMUM);
    publish(&mut practice, &world, 0..2);
    assert_eq!((practice.published.len(), practice.refused.len()), (2, 0));
    resists(&world, &practice).expect("nothing is found");
}

/// Releases published while protections are agreed, retired and agreed again, in any order.
fn coming_and_going(world: &World, dice: &mut Dice) -> Practice {
    let (mut practice, all) = (Practice::default(), protections::protections(dice));
    for delivery in &world.deliveries {
        for _ in 0..dice.under(3) {
            match dice.once_in(3) {
                true => practice.retire(dice.under(all.len())),
                false => practice.agree(world, dice.one_of(&all)),
            }
        }
        practice.publish(world, delivery, &|line| line);
    }
    all.into_iter().for_each(|protection| practice.agree(world, protection));
    practice
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn who_keeps_what_was_shown_under_protections_that_come_and_go_finds_no_protected_count(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let practice = coming_and_going(&world, &mut dice);
        resists(&world, &practice)?;
    }
}
