//! Sums of withheld rates, which anybody can compute.
//!
//! What a withheld count can be reaches as far as its minimum, so no sum of withheld counts is under that. What the
//! counts of a rate can be reaches no further than from nobody to everybody. So several rates that are each of few
//! can be of few together, and what they are together is what is left of their total.

use sdc::Mask;
use sdc::model::{CellId, Cube, Kind, Relation};
use sdc::rules::RuleSet;

use super::block::Side;
use super::codes::side;
use super::needs::unsafe_side;

/// Two or more withheld rates that are together computed, and what they are computed from.
pub(super) struct Sum {
    /// The numerators that are withheld.
    pub hidden: Vec<CellId>,
    /// The others of the same sum, the total included, that are shown.
    pub shown: Vec<CellId>,
}

/// The sums of withheld rates that are unsafe as a rate of that many is. `sides` is the dimension of the sides of
/// rates.
pub(super) fn unsafe_sums(rules: &RuleSet, cube: &Cube, hidden: &Mask, sides: usize) -> Vec<Sum> {
    let universe = cube.universe();
    let is_numerator = |cell: CellId| side(cube, cell) == Some(Side::Numerator);
    let of_how_many = |cell: CellId| {
        let known = cube.totals_along(cell, sides).into_iter();
        known.filter(|total| universe.kind(*total) != Kind::Unknown).map(|total| universe.value(total)).min()
    };
    let open = universe.relations().filter(|relation| !hidden.hides(relation.total));
    let of_numerators = open.filter(|relation| {
        is_numerator(relation.total) && relation.parts.first().is_some_and(|part| is_numerator(*part))
    });
    let sum = |relation: Relation<'_>| {
        let (few, shown): (Vec<CellId>, Vec<CellId>) =
            relation.parts.iter().copied().partition(|part| hidden.hides(*part));
        let others: i64 = shown.iter().map(|part| universe.value(*part)).sum();
        let value = universe.value(relation.total).saturating_sub(others);
        let all: Option<i64> = few.iter().map(|part| of_how_many(*part)).sum();
        let is_unsafe = |side, value| unsafe_side(rules, Some(side), value, all).is_some();
        let rest = all.map(|all| all.saturating_sub(value));
        let found = few.len() > 1
            && (is_unsafe(Side::Numerator, value) || rest.is_some_and(|rest| is_unsafe(Side::Rest, rest)));
        let shown = shown.into_iter().chain([relation.total]).collect();
        found.then_some(Sum { hidden: few, shown })
    };
    of_numerators.filter_map(sum).collect()
}
