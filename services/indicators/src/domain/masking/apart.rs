//! What cannot be protected by itself, mostly rates. It is withheld, as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Contents, Key};
use super::{Layout, Shield};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// Why figures are withheld whatever their size: what would give them away, or be given away by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The dataset has counts, and a rate can be made of these.
    Counts,
    /// That who contributes how much is not told, and it is agreed that nobody must be able to estimate that.
    Contributions,
    /// The other categories: together they can be everybody, so who has all but one has the last.
    Distribution,
    /// A count that was shown of an area of which it is not known any more how it lies among others: who has it
    /// may know that.
    Unplaced,
}

/// The indicators and periods of which something was shown, in any of these releases and under any of their
/// protections, that is not known to be protected now: of an area that has no place among the others any more.
pub(crate) fn unplaced<'a>(
    contents: &[Contents<'a>],
    shields: &[BTreeMap<Protection, Shield>],
) -> BTreeSet<(&'a str, Period)> {
    let mut found = BTreeSet::new();
    for (own, shields) in contents.iter().zip(shields) {
        let is_shown = |row: usize| shields.values().any(|shield| !shield.mask.hides(row));
        let shown = own.unknown.iter().filter(|(row, _)| is_shown(**row));
        found.extend(shown.map(|(_, (indicator, count))| (*indicator, count.period)));
    }
    found
}

/// The rates of a release that are withheld, and why.
#[derive(Debug)]
pub(super) struct Apart<'a> {
    layout: &'a Layout<'a>,
    rates: BTreeSet<&'a str>,
}

impl<'a> Apart<'a> {
    /// Those of the last of these releases.
    pub(super) fn of(layout: &'a Layout<'a>, contents: &[&Contents<'a>]) -> Self {
        Self { layout, rates: contents.iter().flat_map(|own| own.rates.iter().copied()).collect() }
    }

    /// Why the blocks of an indicator are withheld; none of one that is protected.
    pub(super) fn cause(&self, indicator: &str) -> Option<Cause> {
        if !self.rates.contains(indicator) {
            return None;
        }
        if self.layout.has_counts {
            Some(Cause::Counts)
        } else {
            self.layout.declared.is_distribution(indicator).then_some(Cause::Distribution)
        }
    }

    /// Why a block is withheld unless it stays as it was; none where nothing was shown of its periods, or of
    /// others that add up with them, of an area that has no place now.
    pub(super) fn beside_unplaced(&self, (indicator, periods): &Key<'_>) -> Option<Cause> {
        let adds_up = self.layout.declared.adds_up_over_time(indicator);
        let add_up = |one: Period, other| adds_up && (one.contains(other) || other.contains(one));
        let is_beside = |of: Period| periods.iter().any(|own| *own == of || add_up(*own, of));
        let mut shown = self.layout.unplaced.iter().filter(|(of, _)| of == indicator);
        shown.any(|(_, period)| is_beside(*period)).then_some(Cause::Unplaced)
    }
}
