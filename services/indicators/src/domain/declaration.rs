//! What is declared of indicators. What figures mean, they do not tell: who defines an indicator knows it.

use std::collections::BTreeSet;

use super::indicator::Indicator;

/// What is declared of the indicators of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declarations {
    of_a_moment: BTreeSet<String>,
    distributions: BTreeSet<String>,
}

impl Declarations {
    /// Those of these indicators.
    pub(crate) fn of<'a>(indicators: impl IntoIterator<Item = &'a Indicator>) -> Self {
        let mut own = Self::default();
        for indicator in indicators {
            own.declare(&indicator.code, indicator.adds_up_over_time, indicator.distribution);
        }
        own
    }

    /// Declares of an indicator whether it adds up over time, and whether it is a distribution.
    pub(crate) fn declare(&mut self, code: &str, adds_up_over_time: bool, distribution: bool) {
        let put = |set: &mut BTreeSet<String>, is: bool| {
            if is { set.insert(code.to_owned()) } else { set.remove(code) }
        };
        put(&mut self.of_a_moment, !adds_up_over_time);
        put(&mut self.distributions, distribution);
    }

    /// Whether the counts of periods, or the numerators of their rates, are together those of the period that
    /// they make up: births in quarters are those in the year, households on a day are not. So it is where
    /// nothing is declared.
    pub(crate) fn adds_up_over_time(&self, indicator: &str) -> bool {
        !self.of_a_moment.contains(indicator)
    }

    /// Whether the rates of the categories of a breakdown are shares of one and the same group, so that they
    /// can be everybody together.
    pub(crate) fn is_distribution(&self, indicator: &str) -> bool {
        self.distributions.contains(indicator)
    }
}
