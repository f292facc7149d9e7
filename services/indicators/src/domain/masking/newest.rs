//! What was said last of each place, by each source.

use std::collections::BTreeMap;

use super::block::{Count, Place};

/// The last counts of each source.
pub(super) type Newest<'a> = BTreeMap<&'a str, BTreeMap<Place<'a>, Count<'a>>>;

/// What can be taken for the newest figures: those of all sources, with each that is at odds with these before
/// all others.
pub(super) fn taken_together<'a>(newest: &Newest<'a>) -> Vec<Vec<Count<'a>>> {
    let each = |counts: &BTreeMap<Place<'a>, Count<'a>>| counts.clone().into_iter();
    let all: BTreeMap<Place<'a>, Count<'a>> = newest.values().flat_map(each).collect();
    let is_other = |(place, count): (&Place<'a>, &Count<'a>)| {
        all.get(place).is_some_and(|own| (own.value, own.none) != (count.value, count.none))
    };
    let at_odds = newest.values().filter(|counts| counts.iter().any(is_other));
    let before_all = at_odds.map(|counts| {
        let mut all = all.clone();
        all.extend(each(counts));
        all.into_values().collect()
    });
    std::iter::once(all.values().copied().collect()).chain(before_all).collect()
}
