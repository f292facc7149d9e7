//! A mask hides no cell that it can do without, but for few outside of networks.

use proptest::prelude::*;
use sdc::audit::judge;
use sdc::model::{Kind, Table};
use sdc::protect::{Engine, Outcome, Task, protect, protect_with};
use sdc::rules::RuleSet;
use sdc::{Mask, Unwatched};

use crate::made_up::{MadeUp, Shape};
use crate::protection::{alone, policies, question, task};

/// The cells that are hidden for the sake of others, and those of them that could be shown.
fn spare(task: &Task<'_>, outcome: &Outcome) -> (usize, Vec<usize>) {
    let (universe, mask) = (task.universe, &outcome.mask);
    let is_needed = |cell: usize| task.needs.iter().any(|need| need.cell == cell);
    let secondary: Vec<usize> = (0..universe.len())
        .filter(|cell| mask.hides(*cell) && universe.kind(*cell) == Kind::Given && !is_needed(*cell))
        .collect();
    assert_eq!(secondary.len(), outcome.secondary);
    let can_be_shown = |shown: &usize| {
        let mut fewer = Mask::none(universe.len());
        (0..universe.len())
            .filter(|cell| cell != shown && mask.hides(*cell))
            .for_each(|cell| fewer.hide(cell));
        judge(&question(task, &fewer), task.needs, task.insiders, &[], &Unwatched).unwrap().is_safe()
    };
    (secondary.len(), secondary.into_iter().filter(can_be_shown).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_cell_that_a_network_hides_for_others_is_needed(
        seed in any::<u64>(), rules in policies(), insiders in any::<bool>()
    ) {
        let table = MadeUp::new(Shape::Flat, seed).table();
        let needs = rules.table_needs(&table, &[1]);
        let knowing = if insiders { alone(&table.universe) } else { Vec::new() };
        let task = task(&table, &rules, &needs, &knowing);
        let Some(Ok(outcome)) = protect_with(Engine::Network, &task, &Unwatched) else { return Ok(()) };
        prop_assert_eq!(spare(&task, &outcome).1, Vec::<usize>::new());
    }
}

#[test]
fn the_general_engine_hides_at_most_a_thirtieth_that_it_can_do_without() {
    let (mut secondary, mut spared) = (0, 0);
    for seed in 0..10 {
        for shape in [Shape::Crossed, Shape::Overlapping, Shape::Both] {
            let table: Table = MadeUp::new(shape, seed).table();
            let rules = RuleSet {
                minimum_frequency: 4,
                protect_zeros: true,
                interval_width: 3,
                ..RuleSet::default()
            };
            let needs = rules.table_needs(&table, shape.breakdowns());
            let task = task(&table, &rules, &needs, &[]);
            let Ok(outcome) = protect(&task, &Unwatched) else { continue };
            let (all, own) = spare(&task, &outcome);
            secondary += all;
            spared += own.len();
        }
    }
    assert!(secondary > 300 && spared * 30 <= secondary, "{spared} of {secondary}");
}
