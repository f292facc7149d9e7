//! What of a block is unsafe by itself, and how much room it needs.

use std::ops::Range;

use sdc::Mask;
use sdc::model::{CellId, Cube, Floor, Kind, Need, Universe};
use sdc::rules::{Facts, RuleSet};

use super::block::Side;
use super::codes::side;
use super::contributions::Contributors;

/// The unsafe cells and what each of them needs: none that is `known` to everybody. `breakdowns` are the
/// dimensions that divide people into categories, so that the totals along them are the groups of a count.
/// `sides` is the dimension of the sides of rates. Of these the denominator is no secret, and both others are
/// unsafe where it is too small, but a zero only where zeros are. The group of who are counted in a rate is
/// everybody that it is of; all others are no category of it, as mostly nearly everybody is among them.
/// `contributors` are of counts, where the rules ask for them.
pub(super) fn needs(
    rules: &RuleSet,
    cube: &Cube,
    known: &Mask,
    breakdowns: Range<usize>,
    sides: Option<usize>,
    contributors: Option<&Contributors<'_>>,
) -> Vec<Need> {
    let universe = cube.universe();
    let floor = if rules.protect_zeros { Floor::ZERO } else { Floor::ONE };
    let asks_room = contributors.is_some() || rules.group_share.is_some();
    let lowest = asks_room.then(|| lowest(universe, known, floor));
    let room_below = |cell: CellId| {
        let lowest = lowest.as_ref().and_then(|all| all.get(cell));
        lowest.map_or(i64::MAX, |lowest| universe.value(cell).saturating_sub(*lowest))
    };
    let groups = |cell: CellId| -> Vec<i64> {
        let totals = breakdowns.clone().flat_map(|axis| cube.totals_along(cell, axis));
        let there = totals.filter(|total| universe.kind(*total) != Kind::Unknown);
        there.map(|total| universe.value(total)).collect()
    };
    let of_count = |cell: CellId| {
        let groups = if rules.group_share.is_some() { groups(cell) } else { Vec::new() };
        let facts = Facts { groups: &groups, ..Facts::count(universe.value(cell)) };
        let need = |facts: &Facts<'_>| {
            let need = rules.need(cell, &rules.assess(facts)?, 1);
            Some(Need { below: need.below.min(room_below(cell)), ..need })
        };
        let ways: Vec<_> = contributors.into_iter().flat_map(|own| own.ways(cell)).collect();
        if ways.is_empty() {
            return need(&facts);
        }
        ways.iter().filter_map(|own| need(&Facts { contributions: Some(own), ..facts })).reduce(Need::and)
    };
    let of_rate = |cell: CellId, axis: usize| {
        let (side, value) = (side(cube, cell), universe.value(cell));
        let totals = cube.totals_along(cell, axis).into_iter();
        let known_totals = totals.filter(|total| universe.kind(*total) != Kind::Unknown);
        let all = known_totals.map(|total| universe.value(total)).min();
        // Where zeros are shown, that nobody is counted is no secret, and then neither are all others.
        let all_others = side == Some(Side::Rest) && all == Some(value) && !rules.protect_zeros;
        if side == Some(Side::Denominator) || all == Some(0) || all_others {
            return None;
        }
        // Of how many it is may not be known: of no fewer than it is.
        let denominator = all.or(Some(value)).filter(|_| value > 0);
        let groups = if side == Some(Side::Numerator) { all.as_slice() } else { &[] };
        let facts = Facts { denominator, groups, ..Facts::count(value) };
        let need = rules.need(cell, &rules.assess(&facts)?, 1);
        // There is no more room than between nobody and everybody.
        let all = all.unwrap_or(i64::MAX);
        let (above, below) = (need.above.min(all.saturating_sub(value)), need.below.min(value));
        Some(Need { width: need.width.min(all), above, below, ..need })
    };
    let is_secret = |cell: &CellId| universe.kind(*cell) != Kind::Unknown && !known.hides(*cell);
    let secret = (0..universe.len()).filter(is_secret);
    secret.filter_map(|cell| sides.map_or_else(|| of_count(cell), |axis| of_rate(cell, axis))).collect()
}

/// The lowest that each cell can be when all are withheld of which nobody is known to know the number: who is
/// shown zeros knows that every other count is something. No more room can be asked below a value than there is
/// above this.
fn lowest(universe: &Universe, known: &Mask, floor: Floor) -> Vec<i64> {
    let is_fixed = |cell: CellId| {
        let zero = universe.kind(cell) == Kind::Given && universe.value(cell) == 0 && floor > Floor::ZERO;
        known.hides(cell) || zero
    };
    let least = |cell: CellId| {
        let value = universe.value(cell);
        if is_fixed(cell) {
            return value;
        }
        match universe.kind(cell) {
            Kind::Unknown => 0,
            Kind::Given | Kind::Residual | Kind::Sliver => {
                floor.of(universe, cell).unwrap_or(0).clamp(0, value.max(0))
            }
        }
    };
    let mut lowest: Vec<i64> = (0..universe.len()).map(least).collect();
    let at = |lowest: &[i64], cell: CellId| lowest.get(cell).copied().unwrap_or(0);
    let mut raised = true;
    while std::mem::take(&mut raised) {
        for relation in universe.relations() {
            let sum = relation.parts.iter().fold(0i64, |sum, part| sum.saturating_add(at(&lowest, *part)));
            let mut free = relation.parts.iter().copied().filter(|part| !is_fixed(*part));
            let only = free.next().filter(|_| free.next().is_none());
            let others = only.map_or(0, |only| sum.saturating_sub(at(&lowest, only)));
            let of_part = only.map(|only| (only, at(&lowest, relation.total).saturating_sub(others)));
            for (cell, least) in [Some((relation.total, sum)), of_part].into_iter().flatten() {
                let is_known = universe.kind(cell) != Kind::Unknown;
                if let Some(own) = lowest.get_mut(cell).filter(|own| is_known && **own < least) {
                    *own = least;
                    raised = true;
                }
            }
        }
    }
    lowest
}
