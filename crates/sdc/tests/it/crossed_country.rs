//! Areas of several levels with two breakdowns that are crossed two by two, as tables of a country are.

use sdc::Unwatched;
use sdc::audit::{Question, judge};
use sdc::model::{Cube, Given};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;

use crate::country;

/// Lowest areas, in three towns.
const LOWEST: usize = 120;

/// The counts of a country that hold at least one total.
fn crossed(seed: u64) -> Cube {
    let dimensions = country::dimensions(LOWEST, &[4, 2]);
    let [ages, sexes] = [1, 2].map(|side| dimensions[side].nodes.len());
    let values = country::counts(&dimensions, seed).into_iter().enumerate();
    let cells = values.map(|(place, value)| {
        let nodes = vec![place / (ages * sexes), place / sexes % ages, place % sexes];
        Given { nodes, value }
    });
    let cells: Vec<Given> = cells.filter(|cell| cell.nodes.contains(&0)).collect();
    Cube::new(&dimensions, &[&cells]).unwrap()
}

#[test]
fn all_counts_of_areas_crossed_two_by_two_have_a_mask_that_the_auditor_proves_by_itself() {
    for seed in [3, 7, 9] {
        let cube = crossed(seed);
        let universe = cube.universe();
        let rules =
            RuleSet { minimum_frequency: 5, interval_width: 5, protect_zeros: true, ..RuleSet::default() };
        let needs = rules.count_needs(universe, |_| Vec::new());
        let floor = rules.floor(universe, &needs);
        let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
        let hidden = &protect(&task, &Unwatched).unwrap().mask;
        let question = Question { universe, hidden, known: &[], floor, integer: true };
        let verdict = judge(&question, &needs, &[], &[], &Unwatched).unwrap();
        assert_eq!(verdict.failures, [], "{seed}");
    }
}
