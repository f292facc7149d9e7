//! What recipients can compute who put their answers together.

use proptest::prelude::*;
use sdc::audit::{Flaw, View, judge, pooled};
use sdc::model::{CellId, Floor, Linked, Need};
use sdc::protect::{Task, nested, protect};
use sdc::rules::RuleSet;
use sdc::{Mask, Unwatched};

use crate::made_up::{MadeUp, Shape};

fn mask(len: usize, cells: &[CellId]) -> Mask {
    let mut mask = Mask::none(len);
    cells.iter().for_each(|cell| mask.hide(*cell));
    mask
}

fn failures(linked: &Linked, views: &[View<'_>]) -> Vec<(CellId, Flaw)> {
    let verdict = pooled(&linked.universe, views, true, &[], &Unwatched).unwrap();
    verdict.failures.into_iter().map(|failure| (failure.cell, failure.flaw)).collect()
}

#[test]
fn two_masks_that_complement_each_other_are_unsafe_together() {
    let cells = [("t", 40), ("a", 3), ("b", 17), ("c", 20)];
    let linked = Linked::new(&cells, &[("t", vec!["a", "b", "c"])]).unwrap();
    let [a, b, c] = [1, 2, 3].map(|index| linked.places()[index]);
    let needs = [Need::width(a, 5)];
    let (one, other) = (mask(4, &[a, b]), mask(4, &[a, c]));
    let view = |hidden| View { hidden, needs: &needs, floor: Floor::ZERO, insiders: &[] };
    let (one, other) = (view(&one), view(&other));
    assert_eq!(failures(&linked, &[one]), []);
    assert_eq!(failures(&linked, &[other]), []);
    assert_eq!(failures(&linked, &[one, other]), [(a, Flaw::Exact)]);
    // A cell that one of the policies may show needs no protection from who has it.
    let free = View { needs: &[], ..other };
    assert_eq!(failures(&linked, &[one, free]), []);
    assert_eq!(failures(&linked, &[]), []);
}

#[test]
fn the_smallest_need_and_the_highest_floor_count() {
    let linked = Linked::new(&[("t", 5), ("a", 2), ("b", 3)], &[("t", vec!["a", "b"])]).unwrap();
    let [a, b] = [1, 2].map(|index| linked.places()[index]);
    let hidden = mask(3, &[a, b]);
    let need = |width| [Need::width(a, width)];
    let (wide, narrow, narrowest) = (need(5), need(4), need(3));
    let view = |needs, floor| View { hidden: &hidden, needs, floor, insiders: &[] };
    let strict = view(&wide, Floor::ZERO);
    assert_eq!(failures(&linked, &[strict]), []);
    assert_eq!(failures(&linked, &[strict, view(&narrow, Floor::ONE)]), [(a, Flaw::Narrow)]);
    assert_eq!(failures(&linked, &[strict, view(&narrowest, Floor::ONE)]), []);
    let need = Need { cell: a, width: 9, above: 1, below: 4 };
    let other = Need { cell: a, width: 2, above: 3, below: 4 };
    assert_eq!(need.either(other), Need { cell: a, width: 2, above: 1, below: 4 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn masks_that_nest_are_as_safe_together_as_the_looser_one(
        shape in prop_oneof![Just(Shape::Flat), Just(Shape::Crossed), Just(Shape::Overlapping)],
        seed in any::<u64>(), loose in 2u64..4, more in 1u64..4, zeros in any::<bool>(),
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let rules = |minimum: u64| RuleSet {
            minimum_frequency: minimum, interval_width: minimum, protect_zeros: zeros, ..RuleSet::default()
        };
        let (loose, strict) = (rules(loose), rules(loose + more));
        let (inner, outer) = (loose.table_needs(&table, &[1]), strict.table_needs(&table, &[1]));
        let floor = strict.floor(universe, &outer);
        let task = Task {
            universe, needs: &outer, floor, insiders: &[], must_publish: &[], must_hide: &[],
        };
        let Ok(stricter) = protect(&task, &Unwatched) else { return Ok(()) };
        let task = Task { needs: &inner, ..task };
        let looser = nested(&task, &stricter.mask, &Unwatched).unwrap();
        let views = [
            View { hidden: &stricter.mask, needs: &outer, floor, insiders: &[] },
            View { hidden: &looser.mask, needs: &inner, floor, insiders: &[] },
        ];
        let verdict = pooled(universe, &views, true, &looser.certificates, &Unwatched).unwrap();
        prop_assert_eq!(verdict.failures, vec![]);
        // Nothing is judged that the looser policy does not protect.
        let question = sdc::audit::Question {
            universe, hidden: &looser.mask, known: &[], floor, integer: true,
        };
        let alone = judge(&question, &inner, &[], &looser.certificates, &Unwatched).unwrap();
        prop_assert_eq!(verdict.judged, alone.judged);
    }
}
