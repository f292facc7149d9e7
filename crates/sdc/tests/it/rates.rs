//! Rates of a made-up table of which the last dimension is that of the shares: both together, who are
//! counted and all others. Of how many each rate is, every reader knows.

use std::collections::BTreeSet;

use sdc::audit::{Question, judge};
use sdc::model::{CellId, Certificate, Cube, Dimension, Floor, Given, Insider, Kind, Need};
use sdc::protect::{Outcome, Task};
use sdc::rules::{Facts, RuleSet};
use sdc::{Mask, Unwatched};

use crate::country::Dice;
use crate::made_up::MadeUp;
use crate::truth::Truth;

/// All cells, the three of a rate after each other.
pub(crate) fn made_up(table: &MadeUp) -> Vec<Given> {
    let sizes: Vec<usize> = table.dimensions.iter().map(|own| own.nodes.len() + own.groups.len()).collect();
    let cell = |(index, value): (usize, &i64)| {
        let (mut rest, mut nodes) = (index, Vec::new());
        for size in sizes.iter().rev() {
            nodes.push(rest % size);
            rest /= size;
        }
        nodes.reverse();
        Given { nodes, value: *value }
    };
    table.values.iter().enumerate().map(cell).collect()
}

/// All cells, the three of a rate after each other.
pub(crate) fn true_ones(truth: &Truth) -> Vec<Given> {
    truth.cells.iter().map(|(nodes, _, value)| Given { nodes: nodes.clone(), value: *value }).collect()
}

/// One time in so many a rate is missing; never when that is 0.
pub(crate) fn with_gaps(cells: &[Given], one_in: u64, dice: &mut Dice) -> Vec<Given> {
    let rates = cells.chunks(3).filter(|_| one_in == 0 || dice.under(one_in) > 0);
    rates.flatten().cloned().collect()
}

pub(crate) fn rules(interval_width: u64, protect_zeros: bool) -> RuleSet {
    RuleSet { minimum_frequency: 5, protect_zeros, interval_width, ..RuleSet::default() }
}

/// Rates to protect.
pub(crate) struct Rates {
    pub cube: Cube,
    /// Of how many the rates are.
    pub totals: Vec<CellId>,
    pub needs: Vec<Need>,
    /// Who is alone somewhere, with all that follows from what they know and the totals.
    pub insiders: Vec<Insider>,
    /// What is shown whatever happens: the totals, and what else a test adds.
    pub must_publish: Vec<CellId>,
    pub must_hide: Vec<CellId>,
    /// The dimension of the shares.
    along: usize,
}

impl Rates {
    /// None when the cells are not understood as a table.
    pub(crate) fn new(dimensions: &[Dimension], editions: &[&[Given]], rules: &RuleSet) -> Option<Self> {
        let along = dimensions.len() - 1;
        let cube = Cube::of_shares(dimensions, editions, along).ok()?;
        let universe = cube.universe();
        let known = (0..universe.len()).filter(|cell| universe.kind(*cell) != Kind::Unknown);
        let (shares, totals): (Vec<CellId>, Vec<CellId>) =
            known.partition(|cell| cube.sums_along(*cell, along).next().is_some());
        let need = |cell: CellId| {
            let all = cube.totals_along(cell, along).into_iter().map(|total| universe.value(total)).min()?;
            let found = rules.assess(&Facts::count(universe.value(cell)))?;
            let need = rules.need(cell, &found, 1);
            (all > 0).then_some(Need { width: need.width.min(all), ..need })
        };
        let needs = shares.into_iter().filter_map(need).collect();
        let is_total = |cell: CellId| totals.binary_search(&cell).is_ok();
        let contributors = |cell: CellId| u64::try_from(universe.value(cell)).ok();
        let insiders = rules.lone_contributors(universe, is_total, contributors);
        let must_publish = totals.clone();
        Some(Self { needs, insiders, must_publish, must_hide: Vec::new(), along, totals, cube })
    }

    pub(crate) fn task(&self) -> Task<'_> {
        Task {
            universe: self.cube.universe(),
            needs: &self.needs,
            floor: Floor::ZERO,
            insiders: &self.insiders,
            must_publish: &self.must_publish,
            must_hide: &self.must_hide,
        }
    }

    pub(crate) fn question<'a>(&'a self, hidden: &'a Mask) -> Question<'a> {
        Question { universe: self.cube.universe(), hidden, known: &[], floor: Floor::ZERO, integer: true }
    }

    /// Whether a mask holds for the auditor.
    pub(crate) fn holds(&self, mask: &Mask, claims: &[Certificate]) -> bool {
        judge(&self.question(mask), &self.needs, &self.insiders, claims, &Unwatched).unwrap().is_safe()
    }

    /// Also where no certificate helps the auditor.
    pub(crate) fn is_safe(&self, outcome: &Outcome) -> bool {
        self.holds(&outcome.mask, &outcome.certificates) && self.holds(&outcome.mask, &[])
    }

    /// Whether no mask holds: not even where all is hidden that may be.
    pub(crate) fn is_impossible(&self) -> bool {
        let universe = self.cube.universe();
        let mut most = Mask::none(universe.len());
        let hidden = (0..universe.len()).filter(|cell| !self.must_publish.contains(cell));
        hidden.for_each(|cell| most.hide(cell));
        !self.holds(&most, &[])
    }

    /// Whether each rate is hidden whole or shown whole: of one side that is shown the other follows.
    pub(crate) fn is_in_whole_rates(&self, mask: &Mask) -> bool {
        let universe = self.cube.universe();
        let sums = (0..universe.len()).flat_map(|cell| self.cube.sums_along(cell, self.along));
        let mut known = sums.filter(|relation| universe.kind(relation.total) != Kind::Unknown);
        known.all(|relation| {
            let given = relation.parts.iter().filter(|cell| universe.kind(**cell) == Kind::Given);
            let hidden: BTreeSet<bool> = given.map(|cell| mask.hides(*cell)).collect();
            hidden.len() < 2
        })
    }
}
