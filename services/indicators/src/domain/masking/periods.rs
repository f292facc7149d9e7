//! Which periods of an indicator belong together: those that lie in each other, where it is declared that they
//! add up.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Contents, Key};
use crate::domain::period::Period;

/// The blocks of these releases. Of counts that add up over time, and of rates of which the numerators do, periods
/// that lie in each other are one; of all others each period is a block of its own.
pub(super) fn keys<'a>(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> Vec<Key<'a>> {
    let mut periods: BTreeMap<&str, BTreeSet<Period>> = BTreeMap::new();
    for (indicator, period) in contents.iter().flat_map(|contents| contents.counts.keys()) {
        periods.entry(indicator).or_default().insert(*period);
    }
    let mut keys = Vec::new();
    for (indicator, periods) in periods {
        if !layout.declared.adds_up_over_time(indicator) {
            keys.extend(periods.into_iter().map(|period| (indicator, vec![period])));
            continue;
        }
        let is_whole = |period: &&Period| !periods.iter().any(|other| other.contains(**period));
        for whole in periods.iter().filter(is_whole) {
            let parts = periods.iter().filter(|period| whole.contains(**period));
            keys.push((indicator, std::iter::once(whole).chain(parts).copied().collect()));
        }
    }
    keys
}
