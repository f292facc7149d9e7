//! What of a block is unsafe by itself, and how much room it needs.

use std::ops::Range;

use sdc::Mask;
use sdc::audit::View;
use sdc::model::{CellId, Cube, Floor, Insider, Kind, Need};
use sdc::rules::{Facts, RuleSet, Unsafe};

use super::block::Side;
use super::codes::side;
use super::contributions::Contributors;

/// What must hold under one protection.
pub(super) struct Demands {
    pub needs: Vec<Need>,
    pub insiders: Vec<Insider>,
    pub floor: Floor,
}

impl Demands {
    pub(super) fn view<'a>(&'a self, hidden: &'a Mask) -> View<'a> {
        View { hidden, needs: &self.needs, floor: self.floor, insiders: &self.insiders }
    }
}

/// The unsafe cells and what each of them needs: none that is `known` to everybody, and no more room below than
/// the cell can have. `breakdowns` are the dimensions that divide people into categories, so that the totals
/// along them are the groups of a count. `sides` is the dimension of the sides of rates. Of these the denominator
/// is no secret, and both others are unsafe where it is too small, but a zero only where zeros are. The group of
/// who are counted in a rate is everybody that it is of; all others are no category of it, as mostly nearly
/// everybody is among them. `contributors` are of counts, where the rules ask for them.
pub(super) fn needs(
    rules: &RuleSet,
    cube: &Cube,
    known: &Mask,
    breakdowns: Range<usize>,
    sides: Option<usize>,
    contributors: Option<&Contributors<'_>>,
) -> Vec<Need> {
    let universe = cube.universe();
    let totals = |cell: CellId, axis: usize| {
        let known = cube.totals_along(cell, axis).into_iter();
        let known = known.filter(|total| universe.kind(*total) != Kind::Unknown);
        known.map(|total| universe.value(total))
    };
    let of_count = |cell: CellId| {
        let asked = breakdowns.clone().filter(|_| rules.group_share.is_some());
        let groups: Vec<i64> = asked.flat_map(|axis| totals(cell, axis)).collect();
        let facts = Facts { groups: &groups, ..Facts::count(universe.value(cell)) };
        let need = |facts: &Facts<'_>| Some(rules.need(cell, &rules.assess(facts)?, 1));
        let (ways, is_open) = contributors.map_or((Vec::new(), true), |own| own.ways(cell));
        let known = ways.iter().filter_map(|own| need(&Facts { contributions: Some(own), ..facts }));
        known.chain(is_open.then(|| need(&facts)).flatten()).reduce(Need::and)
    };
    let of_rate = |cell: CellId, axis: usize| {
        let value = universe.value(cell);
        let all = totals(cell, axis).min();
        let need = rules.need(cell, &unsafe_side(rules, side(cube, cell), value, all)?, 1);
        // There is no more room than between nobody and everybody.
        let all = all.unwrap_or(i64::MAX);
        let (above, below) = (need.above.min(all.saturating_sub(value)), need.below.min(value));
        Some(Need { width: need.width.min(all), above, below, ..need })
    };
    let is_secret = |cell: &CellId| universe.kind(*cell) != Kind::Unknown && !known.hides(*cell);
    let secret = (0..universe.len()).filter(is_secret);
    if let Some(axis) = sides {
        return secret.filter_map(|cell| of_rate(cell, axis)).collect();
    }
    let needs: Vec<Need> = secret.filter_map(of_count).collect();
    rules.floor(universe, &needs).within_reach(universe, known, needs)
}

/// Why a side of a rate is unsafe by itself, when everybody is so many: none of them when that is not known.
pub(super) fn unsafe_side(
    rules: &RuleSet,
    side: Option<Side>,
    value: i64,
    all: Option<i64>,
) -> Option<Unsafe> {
    // Where zeros are shown, that nobody is counted is no secret, and then neither are all others.
    let all_others = side == Some(Side::Rest) && all == Some(value) && !rules.protect_zeros;
    if side == Some(Side::Denominator) || all == Some(0) || all_others {
        return None;
    }
    // Of how many it is may not be known: of no fewer than it is.
    let denominator = all.or(Some(value)).filter(|_| value > 0);
    let groups = if side == Some(Side::Numerator) { all.as_slice() } else { &[] };
    rules.assess(&Facts { denominator, groups, ..Facts::count(value) })
}
