//! Who contributes how much to a cell.

use std::collections::BTreeMap;

/// The contributions to a cell, one per holding: what one organisation contributes through several
/// parts of itself is one contribution (the "holding" option of tau-ARGUS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    largest_first: Vec<i64>,
    total: i64,
}

impl Contributions {
    /// Groups amounts by who contributes them. Amounts are zero or more; one under zero counts as
    /// its absolute value, as its size is what others could learn.
    pub fn by_holding<H: Ord>(amounts: impl IntoIterator<Item = (H, i64)>) -> Self {
        let mut sums: BTreeMap<H, i64> = BTreeMap::new();
        for (holding, amount) in amounts {
            let sum = sums.entry(holding).or_default();
            *sum = sum.saturating_add(amount.saturating_abs());
        }
        let total = sums.values().fold(0i64, |sum, amount| sum.saturating_add(*amount));
        Self::with_total(sums.into_values().collect(), total)
    }

    /// From the largest contributions, one per holding, and the total of all of them.
    #[must_use]
    pub fn with_total(mut largest: Vec<i64>, total: i64) -> Self {
        largest.sort_unstable_by(|one, other| other.cmp(one));
        Self { largest_first: largest, total }
    }

    /// How many contributions are known one by one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.largest_first.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.largest_first.is_empty()
    }

    /// All contributions together.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.total
    }

    /// The largest contribution.
    #[must_use]
    pub fn largest(&self) -> i64 {
        self.top(1)
    }

    /// The `n` largest contributions together. Of those that are not known one by one each is taken to be as
    /// large as it can be: no larger than the smallest that is known, and all of them no more than what is
    /// left of the total.
    #[must_use]
    pub fn top(&self, n: usize) -> i64 {
        let sum = |amounts: &[i64]| amounts.iter().fold(0i64, |sum, amount| sum.saturating_add(*amount));
        let known = sum(self.largest_first.get(..n).unwrap_or(&self.largest_first));
        let missing = n.saturating_sub(self.largest_first.len());
        if missing == 0 {
            return known;
        }
        let left = self.total.saturating_sub(known).max(0);
        let most = self.largest_first.last().copied().unwrap_or(i64::MAX);
        known.saturating_add(left.min(most.saturating_mul(i64::try_from(missing).unwrap_or(i64::MAX))))
    }

    /// All but the `n` largest together.
    #[must_use]
    pub fn beyond(&self, n: usize) -> i64 {
        self.total.saturating_sub(self.top(n))
    }
}
