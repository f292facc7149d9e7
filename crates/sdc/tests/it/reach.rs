//! No more room below is asked for than a cell can have when everything is hidden.

use proptest::prelude::*;
use sdc::model::{Floor, Linked, Need, Universe};
use sdc::protect::{Engine, Task, protect};
use sdc::rules::{RuleSet, Share};
use sdc::{Mask, Unwatched};

use crate::attacker::{Attacker, Rational};
use crate::made_up::MadeUp;
use crate::protection::shapes;

/// As much room below as there is.
fn all_below(cell: usize) -> Need {
    Need { cell, width: 1, above: 0, below: i64::MAX }
}

/// How far below it the total of these parts, and each of them, can be asked to be possible, when some are known.
fn room(values: &[i64], known: &[usize], floor: Floor) -> Vec<i64> {
    let codes = ["a", "b", "c", "d"];
    let parts = || codes.iter().take(values.len()).copied();
    let cells: Vec<(&str, i64)> =
        std::iter::once(("total", values.iter().sum())).chain(parts().zip(values.iter().copied())).collect();
    let linked = Linked::new(&cells, &[("total", parts().collect())]).unwrap();
    let mut mask = Mask::none(linked.universe.len());
    known.iter().for_each(|cell| mask.hide(linked.places()[*cell]));
    let needs = linked.places().iter().map(|cell| all_below(*cell)).collect();
    floor.within_reach(&linked.universe, &mask, needs).into_iter().map(|need| need.below).collect()
}

#[test]
fn a_sum_of_counts_that_are_something_is_at_least_as_many() {
    assert_eq!(room(&[4, 3, 3], &[], Floor::ONE), [7, 3, 2, 2]);
    assert_eq!(room(&[4, 3, 3], &[], Floor::ZERO), [10, 4, 3, 3]);
    // Where zeros are shown, this one is no part.
    assert_eq!(room(&[4, 0, 3], &[], Floor::ONE), [5, 3, 0, 2]);
}

#[test]
fn what_everybody_knows_leaves_no_room() {
    // The total and a zero are known, so the other part is too.
    assert_eq!(room(&[5, 0], &[0], Floor::ONE), [0, 0, 0]);
    assert_eq!(room(&[5, 4], &[0], Floor::ONE), [0, 4, 3]);
    assert_eq!(room(&[5, 4], &[1], Floor::ONE), [3, 0, 3]);
}

#[test]
fn where_nothing_is_known_nothing_bounds_the_room() {
    assert_eq!(room(&[4, 3, 3], &[], Floor::None), [i64::MAX; 4]);
}

/// Everything that may be.
fn most(universe: &Universe, floor: Floor) -> Mask {
    let mut mask = Mask::none(universe.len());
    let may_be = |cell: &usize| floor.of(universe, *cell).is_none_or(|low| universe.value(*cell) >= low);
    (0..universe.len()).filter(may_be).for_each(|cell| mask.hide(cell));
    mask
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_room_that_a_cell_can_have_is_asked_whole(
        shape in shapes(), seed in any::<u64>(), zeros in any::<bool>()
    ) {
        let universe = MadeUp::new(shape, seed).table().universe;
        let floor = if zeros { Floor::ZERO } else { Floor::ONE };
        let attacker = Attacker::new(&universe, &most(&universe, floor), &[], floor);
        let needs = attacker.cells.iter().map(|cell| all_below(*cell)).collect();
        for need in floor.within_reach(&universe, &Mask::none(universe.len()), needs) {
            let least = Rational::new(i128::from(universe.value(need.cell) - need.below), 1);
            prop_assert!(!attacker.interval(need.cell).0.less_than(least), "cell {}", need.cell);
        }
    }

    #[test]
    fn a_table_of_which_all_can_be_hidden_is_never_refused_for_its_groups(
        seed in any::<u64>(), percent in 1u32..101
    ) {
        let table = MadeUp::new(crate::made_up::Shape::Flat, seed).table();
        let universe = &table.universe;
        let rules = RuleSet { group_share: Some(Share::percent(percent)), ..RuleSet::default() };
        let needs = rules.table_needs(&table, &[1]);
        let floor = rules.floor(universe, &needs);
        let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
        let outcome = protect(&task, &Unwatched);
        prop_assert_eq!(outcome.map(|found| found.engine), Ok(Engine::Network));
    }
}
