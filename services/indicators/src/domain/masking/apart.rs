//! What cannot be protected by itself, mostly rates. It is withheld, as a whole.

use std::collections::BTreeSet;

use super::Layout;
use super::block::{Contents, Key};
use super::periods::told;
use crate::domain::period::Period;

/// Why figures are withheld whatever their size: what would give them away, or be given away by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The dataset has counts, and a rate can be made of these.
    Counts,
    /// Rates of another period, of which the numerators add up with theirs.
    Periods,
    /// That who contributes how much is not told, and it is agreed that nobody must be able to estimate that.
    Contributions,
    /// The other categories: together they can be everybody, so who has all but one has the last.
    Distribution,
}

/// The rates of a release that are withheld, and why.
#[derive(Debug)]
pub(super) struct Apart<'a> {
    layout: &'a Layout<'a>,
    rates: BTreeSet<&'a str>,
    told: BTreeSet<(&'a str, Period)>,
}

impl<'a> Apart<'a> {
    /// Those of the last of these releases.
    pub(super) fn of(layout: &'a Layout<'a>, contents: &[&Contents<'a>]) -> Self {
        let rates: BTreeSet<&str> = contents.iter().flat_map(|own| own.rates.iter().copied()).collect();
        let told = told(layout, contents, &rates);
        Self { layout, rates, told }
    }

    /// Why a block is withheld; none of one that is protected by itself.
    pub(super) fn cause(&self, (indicator, periods): &Key<'_>) -> Option<Cause> {
        if !self.rates.contains(indicator) {
            return None;
        }
        let is_told = |period: &Period| self.told.contains(&(*indicator, *period));
        if self.layout.has_counts {
            Some(Cause::Counts)
        } else if self.layout.declared.is_distribution(indicator) {
            Some(Cause::Distribution)
        } else {
            periods.iter().any(is_told).then_some(Cause::Periods)
        }
    }
}
