//! Which periods of an indicator belong together: those that lie in each other, where it is declared that they
//! add up.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Contents, Key, Part};
use crate::domain::period::Period;

/// The blocks of these releases. Of counts that add up over time, periods that lie in each other are one; of
/// all others, as of rates, each period is a block of its own.
pub(super) fn keys<'a>(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> Vec<Key<'a>> {
    let mut periods: BTreeMap<&str, BTreeSet<Period>> = BTreeMap::new();
    for (indicator, period) in contents.iter().flat_map(|contents| contents.counts.keys()) {
        periods.entry(indicator).or_default().insert(*period);
    }
    let mut keys = Vec::new();
    for (indicator, periods) in periods {
        let of_rates = contents.iter().any(|own| own.rates.contains(indicator));
        if of_rates || !layout.declared.adds_up_over_time(indicator) {
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

/// The rates of these releases, by indicator and period, that are not to be shown in the last of them: rates
/// were shown of another period, that holds theirs or lies in it, and their numerators add up, as evictions in
/// a quarter do with those in the year. What was shown first stays; of what came at once, the longest period is
/// shown.
pub(super) fn told<'a>(
    layout: &Layout<'_>,
    contents: &[&Contents<'a>],
    rates: &BTreeSet<&'a str>,
) -> BTreeSet<(&'a str, Period)> {
    let (mut shown, mut told): (BTreeMap<&str, BTreeSet<Period>>, _) = (BTreeMap::new(), BTreeSet::new());
    // Of periods that hold each other the longest comes first.
    for ((indicator, period), block) in contents.iter().flat_map(|own| &own.counts) {
        let adds_up = rates.contains(indicator) && layout.declared.adds_up_over_time(indicator);
        let tells_nothing = |part: &Part<'_>| part.cells.is_empty();
        if !adds_up || block.values().all(tells_nothing) {
            continue;
        }
        let shown = shown.entry(indicator).or_default();
        if shown.iter().any(|other| other.contains(*period) || period.contains(*other)) {
            told.insert((*indicator, *period));
        } else {
            shown.insert(*period);
        }
    }
    told
}
