//! What is corrected in part: what is new and does not fit with what was shown before of other places, and is not told
//! anew. Of what was shown any can be the one that is not true any more, and a reader may know which.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Count, Place};
use super::effort::Effort;
use super::failure::Failure;
use super::history::{History, Misfit, Saying, codes, failed};
use crate::domain::period::Period;

/// What was shown last of each place.
type Shown<'a> = BTreeMap<Place<'a>, Count<'a>>;

/// The rows of the new release that do not fit with what was shown before by their own source, or by that and another
/// one, each with whether it is a count of nobody. What is told again as its source showed it last is none of them. Any
/// total is taken for one that may be more than its parts.
///
/// # Errors
/// As [`super::history::readings`].
pub(super) fn at_odds(
    layout: &Layout<'_>,
    key: (&str, &[Period]),
    sayings: &[Saying<'_>],
    effort: &mut Effort<'_>,
) -> Result<BTreeMap<usize, bool>, Failure> {
    let codes = codes(layout, key, sayings)?;
    let mut history = History::of_any_total(&codes, sayings, effort);
    let shown = shown_last(sayings);
    let mut standing = shown.clone();
    for Saying { source, part, .. } in sayings.iter().filter(|saying| saying.new) {
        let own = standing.entry(source).or_default();
        part.all().for_each(|count| {
            own.remove(&count.place());
        });
    }
    let mut rows = BTreeMap::new();
    for saying in sayings.iter().filter(|saying| saying.new) {
        let last = shown.get(saying.source);
        let left = left_out(&mut history, saying, last, &standing).map_err(|misfit| failed(misfit, key))?;
        let is_nobody = |count: &Count<'_>| count.side.is_none() && count.value == 0;
        let told = saying.part.told().filter(|(_, row)| left.contains(row));
        rows.extend(told.map(|(count, row)| (row, is_nobody(count))));
    }
    Ok(rows)
}

/// What was shown to anybody before the new release: by source, of each place what it said last, where that was shown.
fn shown_last<'a>(sayings: &[Saying<'a>]) -> BTreeMap<&'a str, Shown<'a>> {
    let mut shown: BTreeMap<&str, Shown<'a>> = BTreeMap::new();
    for saying in sayings.iter().filter(|saying| !saying.new) {
        let own = shown.entry(saying.source).or_default();
        let is_told = |row| saying.edition.answered().any(|other| saying.edition.shows(*other, row));
        for (count, row) in saying.part.told() {
            match is_told(row) {
                true => own.insert(count.place(), *count),
                false => own.remove(&count.place()),
            };
        }
        own.extend(saying.part.none.iter().map(|count| (count.place(), *count)));
    }
    shown
}

/// The rows of one source, which showed `last` what it may tell again, that do not fit with what is `standing` of it, or
/// with that and what is of another one: what was shown and is not told anew. That comes first, and then what is told
/// again as it was.
fn left_out<'a>(
    history: &mut History<'_, '_>,
    saying: &Saying<'a>,
    last: Option<&Shown<'a>>,
    standing: &BTreeMap<&'a str, Shown<'a>>,
) -> Result<BTreeSet<usize>, Misfit> {
    let is_again = |count: &Count<'_>| {
        last.and_then(|last| last.get(&count.place())).is_some_and(|own| own.value == count.value)
    };
    let changed = saying.part.told().filter(|(count, _)| !is_again(count));
    let changed: BTreeSet<usize> = changed.map(|(_, row)| row).collect();
    let told = |is_changed: bool| -> Vec<Count<'a>> {
        let told = saying.part.told().filter(|(_, row)| changed.contains(row) == is_changed);
        told.map(|(count, _)| *count).collect()
    };
    let (now, again) = (told(true), told(false));
    let own: Vec<Count<'a>> =
        standing.get(saying.source).into_iter().flat_map(Shown::values).copied().collect();
    let places: BTreeSet<Place<'_>> = saying.part.all().chain(&own).map(Count::place).collect();
    let others = standing.iter().filter(|(other, _)| **other != saying.source).map(|(_, shown)| {
        shown.values().filter(|count| !places.contains(&count.place())).copied().collect::<Vec<_>>()
    });
    let alone = (!own.is_empty()).then(Vec::new);
    let mut rows = BTreeSet::new();
    for other in alone.into_iter().chain(others.filter(|other| !other.is_empty())) {
        let mut counts = Vec::new();
        for next in [&own, &again, &other, &saying.part.none, &now] {
            history.keep(&mut counts, next)?;
        }
        let kept: BTreeSet<Place<'_>> = counts.iter().map(Count::place).collect();
        let left = saying.part.told();
        let left = left.filter(|(count, row)| changed.contains(row) && !kept.contains(&count.place()));
        rows.extend(left.map(|(_, row)| row));
    }
    Ok(rows)
}
