//! Why a release cannot be protected.

use std::collections::BTreeSet;

use sdc::audit::Verdict;
use sdc::model::ModelError;

use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// Most cells that are named; all of them are counted.
pub(crate) const MOST_CELLS: usize = 100;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Parts are more than their whole, or leave what cannot be.
    NotAdditive {
        /// Whether these are counts of periods that lie in each other.
        over_time: bool,
    },
    /// A count is under zero.
    Negative,
    /// Two areas or categories that are made of the same parts have different counts.
    Unequal,
    /// A count, or their sum, is too large to compute with.
    TooLarge,
    /// What is crossed two by two and not all together has more cells in common than can be protected.
    TooManyCrossed,
    /// So many counts, or counts of so many sources, do not fit together that it takes too long to find out
    /// which older ones do, or which totals are more than their parts. The cells are those of which it is
    /// not known.
    TooManyMisfits,
    /// The cells can be computed, or narrowed down too far, whatever else is withheld.
    Unprotected,
    /// Nothing shows that the cells cannot be computed or narrowed down too far, and nothing that they can.
    NotProven,
    /// The cells can be computed, or narrowed down too far, by who also has answers under this other
    /// protection of the dataset.
    Together(Protection),
    /// The run was ended before there was an answer.
    Cancelled,
}

impl Why {
    /// Whether no mask leaves enough room, so that a smaller delivery or another protection may help.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        matches!(self, Self::Unprotected | Self::NotProven | Self::Together(_))
    }

    /// Whether no other block is looked at after it: the run was ended, or each could take as long.
    pub(super) fn is_the_last(&self) -> bool {
        matches!(self, Self::Cancelled | Self::TooManyMisfits)
    }
}

/// Code of an indicator, and periods that are protected together: one, and those that lie in it.
pub(crate) type BlockName = (String, Vec<Period>);

/// Why a release, or a block of it, cannot be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is wrong.
    pub why: Why,
    /// The cells that it is about, at most [`MOST_CELLS`].
    pub cells: Vec<Unprotected>,
    /// How many there are.
    pub count: usize,
    /// The blocks in which it is wrong.
    pub blocks: BTreeSet<BlockName>,
}

/// A cell that cannot be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unprotected {
    /// Code of the indicator.
    pub indicator: String,
    /// The period.
    pub period: Period,
    /// Which of several sources it is from; empty when there is one.
    pub source: String,
    /// Codes of area and categories, joined by "|".
    pub cell: String,
    /// What it is as it was delivered and what its parts are together, where that is what is wrong.
    pub sum: Option<Sum>,
}

/// A total and its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// What the total is.
    pub total: i128,
    /// What the parts are together.
    pub parts: i128,
}

impl Failure {
    /// The run was ended.
    pub(crate) fn cancelled() -> Self {
        Self { why: Why::Cancelled, cells: Vec::new(), count: 0, blocks: BTreeSet::new() }
    }

    /// A cell that is not in a delivery as it is.
    pub(super) fn place(indicator: &str, periods: &[Period], cell: String) -> Unprotected {
        let period = periods.first().copied().unwrap_or(Period::Year(0));
        Unprotected { indicator: indicator.to_owned(), period, source: String::new(), cell, sum: None }
    }

    /// What an audit found that does not pass.
    pub(super) fn found(verdict: &Verdict) -> Why {
        if Self::is_proven(verdict) { Why::Unprotected } else { Why::NotProven }
    }

    /// Whether an audit showed what can be computed, and not only that it found no proof that it cannot.
    pub(super) fn is_proven(verdict: &Verdict) -> bool {
        verdict.failures.iter().any(|failure| failure.proven)
    }

    /// Adds a failure of another block to those there are; each cause is told once.
    pub(super) fn add(self, failures: &mut Vec<Self>) {
        let Some(own) = failures.iter_mut().find(|own| own.why == self.why) else {
            failures.push(self);
            return;
        };
        own.count = own.count.saturating_add(self.count);
        own.cells.extend(self.cells);
        own.cells.truncate(MOST_CELLS);
        own.blocks.extend(self.blocks);
    }

    pub(super) fn about(why: Why, mut cells: Vec<Unprotected>) -> Self {
        let count = cells.len();
        cells.truncate(MOST_CELLS);
        Self { why, cells, count, blocks: BTreeSet::new() }
    }

    pub(super) fn of(why: Why, (indicator, periods): (&str, &[Period]), names: Vec<String>) -> Self {
        let cells = names.into_iter().map(|name| Self::place(indicator, periods, name));
        Self::about(why, cells.collect())
    }

    /// The same where no delivery is wrong, only figures of several do not fit together.
    pub(super) fn not_of_a_delivery(mut self) -> Self {
        if matches!(self.why, Why::NotAdditive { .. } | Why::Negative | Why::Unequal) {
            self.why = Why::NotProven;
            self.cells.iter_mut().for_each(|cell| cell.sum = None);
        }
        self
    }

    pub(super) fn of_model(error: ModelError, key: (&str, &[Period])) -> Self {
        match error {
            ModelError::NotAdditive { total, value, parts } => {
                let sum = Some(Sum { total: value, parts });
                let cell = Unprotected { sum, ..Self::place(key.0, key.1, total) };
                Self::about(Why::NotAdditive { over_time: key.1.len() > 1 }, vec![cell])
            }
            ModelError::Negative { cell } => Self::of(Why::Negative, key, vec![cell]),
            ModelError::Unequal { one, other } => Self::of(Why::Unequal, key, vec![one, other]),
            ModelError::TooManyCrossed { .. } => Self::of(Why::TooManyCrossed, key, Vec::new()),
            // The dimensions are made of codes that were checked, so nothing else is left than size.
            ModelError::TooLarge { .. }
            | ModelError::Duplicate { .. }
            | ModelError::Unknown { .. }
            | ModelError::Cycle { .. }
            | ModelError::CountedTwice { .. }
            | ModelError::Empty { .. }
            | ModelError::Stopped
            | ModelError::WrongLength { .. } => Self::of(Why::TooLarge, key, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sdc::audit::{Flaw, Interval, Verdict};

    use super::*;

    #[test]
    fn too_many_counts_in_common_are_told_apart_from_what_does_not_add_up() {
        let error = ModelError::TooManyCrossed { cells: 24_000, most: 20_000 };
        assert_eq!(Failure::of_model(error, ("aantal", &[])).why, Why::TooManyCrossed);
    }

    #[test]
    fn a_total_that_is_not_the_sum_of_its_parts_is_named_with_both() {
        let of = |periods: &[Period]| {
            let error = ModelError::NotAdditive { total: "GM1".to_owned(), value: 100, parts: 120 };
            let failure = Failure::of_model(error, ("aantal", periods));
            (failure.why, failure.cells.first().and_then(|cell| cell.sum))
        };
        let (year, quarter) = (Period::Year(2025), Period::Quarter(2025, 1));
        let sum = Some(Sum { total: 100, parts: 120 });
        assert_eq!(of(&[year]), (Why::NotAdditive { over_time: false }, sum));
        assert_eq!(of(&[year, quarter]), (Why::NotAdditive { over_time: true }, sum));
    }

    #[test]
    fn what_is_not_proven_is_told_apart_from_what_can_be_computed() {
        let failure = |proven| {
            let interval = Interval { low: None, high: None, exact: false };
            sdc::audit::Failure { cell: 0, flaw: Flaw::Narrow, proven, interval }
        };
        let of = |failures: &[bool]| {
            Failure::found(&Verdict {
                judged: failures.len(),
                failures: failures.iter().map(|proven| failure(*proven)).collect(),
            })
        };
        assert_eq!(of(&[false, false]), Why::NotProven);
        assert_eq!(of(&[false, true]), Why::Unprotected);
    }
}
