//! Cells that must be hidden or published whatever the rules say of them.

use proptest::prelude::*;
use sdc::audit::{Question, judge};
use sdc::model::{Floor, Linked, Need};
use sdc::protect::{Engine, NoMask, Task, nested, protect, protect_with};
use sdc::{Mask, Unwatched};

use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};

fn row() -> (Linked, [usize; 5]) {
    let cells = [("t", 40), ("a", 3), ("b", 7), ("c", 10), ("d", 20)];
    let linked = Linked::new(&cells, &[("t", vec!["a", "b", "c", "d"])]).unwrap();
    let places = [0, 1, 2, 3, 4].map(|index| linked.places()[index]);
    (linked, places)
}

fn task<'a>(linked: &'a Linked, needs: &'a [Need]) -> Task<'a> {
    Task {
        universe: &linked.universe,
        needs,
        floor: Floor::ZERO,
        insiders: &[],
        must_publish: &[],
        must_hide: &[],
    }
}

#[test]
fn a_cell_that_must_be_hidden_serves_as_the_secondary_one() {
    let (linked, [_, a, b, _, d]) = row();
    let needs = [Need::width(a, 3)];
    let free = protect(&task(&linked, &needs), &Unwatched).unwrap();
    assert!(free.mask.hides(b) && !free.mask.hides(d));
    let kept = Task { must_hide: &[d], ..task(&linked, &needs) };
    let kept = protect(&kept, &Unwatched).unwrap();
    assert!(kept.mask.hides(d) && !kept.mask.hides(b));
    assert_eq!((kept.mask.count(), kept.secondary), (2, 0));
}

#[test]
fn a_cell_that_must_be_hidden_needs_no_protection_of_its_own() {
    let (linked, [_, _, b, ..]) = row();
    let kept = Task { must_hide: &[b], ..task(&linked, &[]) };
    assert_eq!(protect(&kept, &Unwatched).unwrap().mask.count(), 1);
}

#[test]
fn a_cell_that_was_shown_is_not_hidden_for_another() {
    let (linked, [_, a, b, c, _]) = row();
    let needs = [Need::width(a, 3)];
    let shown = Task { must_publish: &[b], ..task(&linked, &needs) };
    let mask = protect(&shown, &Unwatched).unwrap().mask;
    assert!(mask.hides(a) && !mask.hides(b) && mask.hides(c));
}

#[test]
fn a_cell_that_was_shown_and_must_be_hidden_or_protected_is_named() {
    let (linked, [_, a, b, c, d]) = row();
    let needs = [Need::width(a, 3)];
    let impossible = |cells: &[usize]| Err(NoMask::Impossible { cells: cells.to_vec() });
    let both = Task { must_publish: &[a, d], must_hide: &[d, b], ..task(&linked, &needs) };
    assert_eq!(protect(&both, &Unwatched), impossible(&[a, d]));
    // A zero of which recipients take for granted that it is shown cannot be hidden.
    let zero = Linked::new(&[("t", 5), ("a", 0), ("b", 5)], &[("t", vec!["a", "b"])]).unwrap();
    let place = zero.places()[1];
    let task = Task { floor: Floor::ONE, must_hide: &[place], ..task(&zero, &[]) };
    assert_eq!(protect(&task, &Unwatched), impossible(&[place]));
    let mut stricter = Mask::none(5);
    [a, c].into_iter().for_each(|cell| stricter.hide(cell));
    let outside = Task { must_hide: &[c, d], ..self::task(&linked, &needs) };
    assert_eq!(nested(&outside, &stricter, &Unwatched), impossible(&[d]));
    stricter.hide(d);
    let mask = nested(&outside, &stricter, &Unwatched).unwrap().mask;
    assert!(mask.hides(c) && mask.hides(d));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_must_be_hidden_is_and_what_was_shown_stays_shown(
        shape in prop_oneof![Just(Shape::Flat), Just(Shape::Crossed), Just(Shape::Overlapping)],
        seed in any::<u64>(),
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let dice = &mut Dice::new(!seed);
        let needs: Vec<Need> = (0..universe.len())
            .filter(|cell| universe.value(*cell) < 4)
            .map(|cell| Need::width(cell, 3))
            .collect();
        let mut some = |one_in: u64| -> Vec<usize> {
            table.places().iter().copied().filter(|cell| universe.value(*cell) >= 4 && dice.under(one_in) == 0).collect()
        };
        let hide = some(4);
        let mut publish = some(6);
        publish.retain(|cell| !hide.contains(cell));
        let task = Task {
            universe, needs: &needs, floor: Floor::ZERO, insiders: &[],
            must_publish: &publish, must_hide: &hide,
        };
        for engine in [Engine::Network, Engine::General] {
            let Some(Ok(outcome)) = protect_with(engine, &task, &Unwatched) else { continue };
            prop_assert!(hide.iter().all(|cell| outcome.mask.hides(*cell)));
            prop_assert!(publish.iter().all(|cell| !outcome.mask.hides(*cell)));
            let question = Question {
                universe, hidden: &outcome.mask, known: &[], floor: Floor::ZERO, integer: true,
            };
            let verdict = judge(&question, &needs, &[], &outcome.certificates, &Unwatched).unwrap();
            prop_assert_eq!(verdict.failures, vec![]);
        }
    }
}
