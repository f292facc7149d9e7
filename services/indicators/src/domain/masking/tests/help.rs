//! What is said to help where a release cannot be protected.

use proptest::prelude::*;

use super::areas;
use super::axis::Place;
use super::cases;
use super::practice::Practice;
use super::protections::protections;
use super::stories::MINIMUM;
use super::world::{Delivery, Dice, Line, World};
use crate::domain::area::AreaKind::{District, Neighbourhood};
use crate::domain::masking::Without;
use crate::domain::period::Period;
use crate::domain::protection::Protection;

const TEN: Protection = Protection { minimum_count: 10, protect_zeros: true, interval_width: 10, ..MINIMUM };

/// What was shown of a whole leaves its parts no room.
const WIDE: Protection = Protection { interval_width: 1000, ..MINIMUM };

/// What is left of a delivery without these.
fn smaller(world: &World, delivery: &Delivery, without: &[Without]) -> Delivery {
    let mut smaller = delivery.clone();
    for own in without {
        smaller.counts.retain(|name, _| match own {
            Without::Block { periods, .. } => !periods.contains(&name.period),
            Without::Breakdown { .. } | Without::Areas(_) => true,
        });
        let keeps = |(area, categories): &Place| match own {
            Without::Breakdown { code, .. } => {
                let place = world.dimensions.iter().position(|own| own.code == *code).expect("a breakdown");
                world.dimensions[place].total.as_ref() == Some(&categories[place])
            }
            Without::Areas(kind) => world.areas.iter().any(|own| own.code == *area && own.kind != *kind),
            Without::Block { .. } => true,
        };
        smaller.counts.values_mut().for_each(|counts| counts.retain(|place, _| keeps(place)));
        smaller.not_applicable.retain(|(name, place)| smaller.counts.contains_key(name) && keeps(place));
        smaller.bare.retain(|(name, place), _| smaller.counts.contains_key(name) && keeps(place));
    }
    smaller
}

/// Publishes what is said to help; gives how much that is.
fn heed(world: &World, practice: &Practice, delivery: &Delivery) -> usize {
    let help = practice.help.last().expect("what was tried");
    for without in help {
        let mut heeded = practice.clone();
        heeded.publish(world, &smaller(world, delivery, without), &|line| line);
        assert_eq!(heeded.refused.len(), practice.refused.len(), "{without:?}\n{practice:?}");
    }
    help.len()
}

/// What is said to help with the last release of a world, which is refused, under these protections; it does.
fn helped(world: &World, protections: &[Protection]) -> Vec<Vec<Without>> {
    let mut practice = Practice { asks_help: true, ..Practice::default() };
    protections.iter().for_each(|own| practice.agree(world, *own));
    let (last, before) = world.deliveries.split_last().expect("a release");
    before.iter().for_each(|own| practice.publish(world, own, &|line| line));
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    practice.publish(world, last, &|line| line);
    assert_eq!(practice.refused.len(), 1);
    heed(world, &practice, last);
    practice.help.concat()
}

fn of(period: &'static str, counts: &[(&'static str, &'static str, i64)]) -> Vec<Line> {
    counts.iter().map(|(area, age, count)| ("", period, *area, *age, *count)).collect()
}

fn ages() -> Without {
    Without::Breakdown { code: "leeftijd".to_owned(), name: "leeftijd".to_owned() }
}

#[test]
fn what_is_said_to_help_is_safe_under_all_protections_of_the_dataset() {
    let line = |source, area, age, value| -> Line { (source, "2025", area, age, value) };
    let first = vec![
        line("", "WK1", "leeftijd1", 20),
        line("", "WK1", "totaal", 20),
        line("b", "BU21", "leeftijd1", 9),
        line("b", "BU32", "leeftijd1", 9),
        line("b", "GM1", "leeftijd1", 50),
        line("b", "GM1", "totaal", 159),
        line("b", "WK3", "leeftijd2", 100),
    ];
    let second = vec![
        line("", "WK3", "leeftijd2", 100),
        line("b", "GM1", "leeftijd2", 74),
        line("b", "WK1", "totaal", 29),
        line("b", "WK2", "totaal", 18),
    ];
    let mut world = World::said(&[first, second]);
    world.areas = areas::with(&[("WK1", &[]), ("WK2", &["BU21"]), ("WK3", &["BU31", "BU32"])]);
    // Without the ages, the second release is protected under a minimum of five and not under the other.
    assert!(!helped(&world, &[TEN, MINIMUM]).contains(&vec![ages()]));
}

#[test]
fn where_leaving_out_one_thing_does_not_help_two_are_left_out() {
    let whole = of("2025", &[("GM1", "totaal", 100)]);
    let neighbourhood = of("2025", &[("BU11", "totaal", 2)]);
    let district = of("2025", &[("WK1", "totaal", 3)]);
    let age = of("2025", &[("GM1", "leeftijd1", 3)]);
    for (parts, help) in [
        (vec![neighbourhood.clone()], vec![vec![Without::Areas(Neighbourhood)]]),
        (vec![age.clone()], vec![vec![ages()]]),
        (vec![neighbourhood.clone(), age], vec![vec![ages(), Without::Areas(Neighbourhood)]]),
        (vec![district, neighbourhood], vec![vec![Without::Areas(Neighbourhood), Without::Areas(District)]]),
    ] {
        let world = World::said(&[whole.clone(), [vec![whole.clone()], parts].concat().concat()]);
        assert_eq!(helped(&world, &[WIDE]), help);
    }
}

#[test]
fn else_what_fails_is_left_out_if_that_leaves_something() {
    let whole = of("2025", &[("GM1", "totaal", 100)]);
    let part = |period| of(period, &[("WK1", "totaal", 3)]);
    let both = World::said(&[whole.clone(), [part("2024"), part("2025")].concat()]);
    let block = Without::Block { indicator: "aantal".to_owned(), periods: vec![Period::Year(2025)] };
    assert_eq!(helped(&both, &[WIDE]), [[block]]);
    let one = World::said(&[whole, part("2025")]);
    assert_eq!(helped(&one, &[WIDE]), Vec::<Vec<Without>>::new());
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn who_publishes_what_is_said_to_help_is_not_refused(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let mut practice = Practice { asks_help: true, ..Practice::default() };
        for protection in protections(&mut dice) {
            practice.agree(&world, protection);
        }
        for delivery in &world.deliveries {
            let before = practice.refused.len();
            practice.publish(&world, delivery, &|line| line);
            if practice.refused.len() > before {
                heed(&world, &practice, delivery);
            }
        }
    }
}
