//! What may be of one moment: what was said at once, with what was said before and what others said.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Count, Part, Place, Side};
use super::history::Saying;
use crate::domain::protection::Protection;

/// Most sources with which one that is at odds with them is put together, each by itself. Where there are
/// more there is no mask.
const MOST_AT_ODDS: usize = 8;

/// The last counts of each place, by source.
type Newest<'a> = BTreeMap<&'a str, BTreeMap<Place<'a>, Count<'a>>>;

/// Counts that readers were shown, or know.
pub(super) type Seen<'a> = BTreeSet<(Place<'a>, i64)>;

/// What the readers under a protection have seen when these rows of the new release are withheld under it, and what all
/// readers together have. Of how many rates of the new release are they know in any case.
pub(super) fn views<'a>(
    sayings: &[Saying<'a>],
    protection: Protection,
    withheld: &BTreeSet<usize>,
) -> Vec<Seen<'a>> {
    let is_shown = |saying: &Saying<'a>, row: usize| match saying.new {
        true => !withheld.contains(&row),
        false => saying.edition.shields.get(&protection).is_some_and(|own| !own.mask.hides(row)),
    };
    let own = seen(sayings, &is_shown);
    let all = seen(sayings, &|saying, row| is_shown(saying, row) || saying.is_shown(row));
    if own == all { vec![all] } else { vec![own, all] }
}

fn seen<'a>(sayings: &[Saying<'a>], is_shown: &dyn Fn(&Saying<'a>, usize) -> bool) -> Seen<'a> {
    let mut seen = Seen::new();
    for saying in sayings {
        let rows = saying.part.cells.iter().zip(&saying.part.rows);
        let is_known = |count: &Count<'_>| saying.new && count.side == Some(Side::Denominator);
        let shown = rows.filter(|(count, row)| is_known(count) || is_shown(saying, **row));
        let shown = shown.map(|(count, _)| count);
        seen.extend(shown.chain(&saying.part.none).map(|count| (count.place(), count.value)));
    }
    seen
}

/// What may be of one moment: counts that were said at once, where they were said not to apply, and older
/// ones, the likeliest first.
#[derive(Clone, Debug)]
pub(super) struct Moment<'a> {
    pub said: Vec<Count<'a>>,
    pub none: Vec<Count<'a>>,
    pub older: Vec<Vec<Count<'a>>>,
}

/// For each saying a moment. What is said in one release is said at once, whatever its sources are called.
pub(super) fn moments<'a>(sayings: &[Saying<'a>]) -> Vec<Moment<'a>> {
    let mut newest = Newest::new();
    let mut moments = Vec::with_capacity(sayings.len());
    for release in sayings.chunk_by(|one, other| std::ptr::eq(one.edition, other.edition)) {
        for saying in release {
            let counts = saying.part.all().map(|count| (count.place(), *count));
            newest.entry(saying.source).or_default().extend(counts);
        }
        moments.extend(release.iter().map(|saying| moment(saying, &newest)));
    }
    moments
}

/// A saying, with what its source said last of other places and then what others did.
fn moment<'a>(saying: &Saying<'a>, newest: &Newest<'a>) -> Moment<'a> {
    let now: BTreeSet<Place<'a>> = saying.part.all().map(Count::place).collect();
    let mut sources: Vec<_> = newest.iter().collect();
    sources.sort_by_key(|(source, _)| **source != saying.source);
    let of_other_places = sources.into_iter().map(|(_, counts)| {
        counts.iter().filter(|(place, _)| !now.contains(*place)).map(|(_, count)| *count).collect()
    });
    let Part { cells, none, .. } = saying.part;
    Moment { said: cells.clone(), none: none.clone(), older: of_other_places.collect() }
}

impl<'a> Moment<'a> {
    /// The same with another source first, for each of which not everything is in the edition of this
    /// moment; and with what readers have seen first, where some of that is not and something else is.
    ///
    /// # Errors
    /// What a source says, where there are too many that are at odds with it.
    pub(super) fn besides(
        &self,
        edition: &[Count<'a>],
        seen: &Seen<'_>,
    ) -> Result<Vec<Self>, &Vec<Count<'a>>> {
        let there: BTreeMap<Place<'a>, i64> =
            edition.iter().map(|count| (count.place(), count.value)).collect();
        let is_there = |count: &Count<'a>| there.get(&count.place()) == Some(&count.value);
        let others = self.older.iter().enumerate().skip(1);
        let at_odds: Vec<_> = others.filter(|(_, counts)| !counts.iter().all(is_there)).collect();
        if let Some((_, counts)) = at_odds.get(MOST_AT_ODDS) {
            return Err(counts);
        }
        let put_first = |(place, _): (usize, _)| {
            let mut older = self.older.clone();
            older.get_mut(..=place).into_iter().for_each(|counts| counts.rotate_right(1));
            self.with(older)
        };
        let mut besides: Vec<Self> = at_odds.into_iter().map(put_first).collect();
        let is_seen = |count: &Count<'a>| seen.contains(&(count.place(), count.value));
        let all = || self.older.iter().flatten();
        if all().any(|count| is_seen(count) && !is_there(count))
            && all().any(|count| !is_seen(count) && is_there(count))
        {
            let parted = self.older.iter().map(|counts| counts.iter().copied().partition(is_seen));
            let (first, last): (Vec<_>, Vec<_>) = parted.unzip();
            besides.push(self.with([first, last].concat()));
        }
        Ok(besides)
    }

    /// The same with what is said and readers have not seen after all others: where something older that they have seen
    /// is left out of the edition of this moment, that keeps none of it out.
    pub(super) fn as_seen(&self, edition: &[Count<'a>], seen: &Seen<'_>) -> Option<Self> {
        let is_seen = |count: &Count<'a>| seen.contains(&(count.place(), count.value));
        let (said, unseen): (Vec<_>, Vec<_>) = self.said.iter().copied().partition(is_seen);
        if unseen.is_empty() || self.left_out(edition, seen).is_empty() {
            return None;
        }
        let older = self.older.iter().cloned().chain([unseen]).collect();
        Some(Self { said, none: self.none.clone(), older })
    }

    /// The older counts that readers have seen, of places of which an edition of this moment has none.
    pub(super) fn left_out(&self, edition: &[Count<'a>], seen: &Seen<'_>) -> Vec<Count<'a>> {
        let there: BTreeSet<Place<'a>> = edition.iter().map(Count::place).collect();
        let is_left_out = |count: &&Count<'a>| {
            seen.contains(&(count.place(), count.value)) && !there.contains(&count.place())
        };
        let left_out = self.older.iter().flatten().filter(is_left_out);
        let mut of_each = BTreeSet::new();
        left_out.filter(|count| of_each.insert(count.place())).copied().collect()
    }

    /// The same with older counts in another order.
    fn with(&self, older: Vec<Vec<Count<'a>>>) -> Self {
        Self { said: self.said.clone(), none: self.none.clone(), older }
    }
}
