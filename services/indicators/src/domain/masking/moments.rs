//! What may be of one moment: what was said at once, with what was said before and what others said.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Count, Place, Side};
use super::history::Saying;
use crate::domain::protection::Protection;

/// Most sources with which one that is at odds with them is put together, each by itself. Where there are
/// more there is no mask.
const MOST_AT_ODDS: usize = 8;

/// The last counts of each place, by source.
type Newest<'a> = BTreeMap<&'a str, BTreeMap<Place<'a>, Count<'a>>>;

/// Counts that readers were shown, or know.
pub(super) type Seen<'a> = BTreeSet<(Place<'a>, i64)>;

/// What the readers under a protection have seen when these rows of the new release are withheld under it, with those
/// under each other one, and what all together have.
pub(super) fn views<'a>(
    sayings: &[Saying<'a>],
    protection: Protection,
    withheld: &BTreeSet<usize>,
) -> Vec<Seen<'a>> {
    let others = sayings.iter().flat_map(|saying| saying.edition.answered());
    let others: BTreeSet<Protection> = others.copied().filter(|other| *other != protection).collect();
    let is_shown =
        |saying: &Saying<'a>, row: usize, other: &Protection| match saying.new && *other == protection {
            true => !withheld.contains(&row),
            false => saying.edition.shows(*other, row),
        };
    let under = |pool: &[Protection]| {
        let is_shown = |saying: &Saying<'a>, row| pool.iter().any(|own| is_shown(saying, row, own));
        seen(sayings, &is_shown)
    };
    let all: Vec<Protection> = others.iter().copied().chain([protection]).collect();
    let pools = others.iter().map(|other| vec![protection, *other]).chain([vec![protection], all]);
    let views: BTreeSet<Seen<'a>> = pools.map(|pool| under(&pool)).collect();
    views.into_iter().collect()
}

fn seen<'a>(sayings: &[Saying<'a>], is_shown: &dyn Fn(&Saying<'a>, usize) -> bool) -> Seen<'a> {
    let mut seen = Seen::new();
    for saying in sayings {
        let rows = saying.part.cells.iter().zip(&saying.part.rows);
        let is_known = |count: &Count<'_>| count.side == Some(Side::Denominator);
        let shown = rows.filter(|(count, row)| is_known(count) || is_shown(saying, **row));
        let shown = shown.map(|(count, _)| count);
        seen.extend(shown.chain(&saying.part.none).map(|count| (count.place(), count.value)));
    }
    seen
}

/// What may be of one moment: counts that were said at once, where they were said not to apply, and older
/// ones of other places, the likeliest first.
#[derive(Clone, Debug)]
pub(super) struct Moment<'a> {
    pub said: Vec<Count<'a>>,
    pub none: Vec<Count<'a>>,
    pub older: Vec<Vec<Count<'a>>>,
    /// Where earlier releases said that it does not apply, and this one does not.
    pub before: BTreeSet<Place<'a>>,
}

/// What of sayings is not taken as it is said, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions<'a> {
    /// Those of which the counts are left out: nobody was shown any of them, and they do not add up.
    pub left_out: BTreeSet<usize>,
    /// Places that are counted where everybody knows that nobody is: it does not apply there afterwards either.
    pub nobody: BTreeSet<(usize, Place<'a>)>,
}

impl Exceptions<'_> {
    fn cells<'a>(&self, number: usize, saying: &Saying<'a>) -> &'a [Count<'a>] {
        if self.left_out.contains(&number) { &[] } else { &saying.part.cells }
    }
}

/// For each saying a moment. What is said in one release is said at once, whatever its sources are called.
pub(super) fn moments<'a>(sayings: &[Saying<'a>], but: &Exceptions<'a>) -> Vec<Moment<'a>> {
    over_time(sayings, but, &|_| true)
}

/// The same for who has seen these counts alone, with all that they have not seen after all others. What a source showed
/// before and tells anew without showing it has changed: what did not is shown again.
pub(super) fn moments_as_seen<'a>(
    sayings: &[Saying<'a>],
    but: &Exceptions<'a>,
    seen: &Seen<'_>,
) -> Vec<Moment<'a>> {
    let is_seen = |count: &Count<'_>| count.none || seen.contains(&(count.place(), count.value));
    let mut moments = over_time(sayings, but, &is_seen);
    for (own, all) in moments.iter_mut().zip(self::moments(sayings, but)) {
        let mut places = BTreeSet::new();
        let all = [all.said, all.older.concat()].concat().into_iter();
        own.older.push(all.filter(|count| places.insert(count.place())).collect());
    }
    moments
}

/// For each saying what of it `is_there`, with what of other places its source and then others said last of that.
fn over_time<'a>(
    sayings: &[Saying<'a>],
    but: &Exceptions<'a>,
    is_there: &dyn Fn(&Count<'_>) -> bool,
) -> Vec<Moment<'a>> {
    let mut newest = Newest::new();
    let mut moments = Vec::with_capacity(sayings.len());
    for release in sayings.chunk_by(|one, other| std::ptr::eq(one.edition, other.edition)) {
        let numbered = || (moments.len()..).zip(release);
        let is_none = |count: &&Count<'a>| count.none;
        let before = newest.values().flat_map(BTreeMap::values).filter(is_none).map(Count::place);
        let mut before: BTreeSet<Place<'a>> = before.collect();
        release.iter().flat_map(|saying| &saying.part.none).for_each(|count| {
            before.remove(&count.place());
        });
        let said = |number, saying: &Saying<'a>| -> Vec<Count<'a>> {
            but.cells(number, saying).iter().filter(|count| is_there(count)).copied().collect()
        };
        for (number, saying) in numbered() {
            let is_none = |count: &Count<'a>| count.none || but.nobody.contains(&(number, count.place()));
            let counts = said(number, saying).into_iter().chain(saying.part.none.iter().copied());
            let counts = counts.map(|own| (own.place(), Count { none: is_none(&own), ..own }));
            let own = newest.entry(saying.source).or_default();
            // What it tells anew and is not there has changed.
            but.cells(number, saying).iter().for_each(|count| {
                own.remove(&count.place());
            });
            own.extend(counts);
        }
        let moment = |(number, saying): (usize, &Saying<'a>)| {
            let (said, none) = (said(number, saying), saying.part.none.clone());
            let older = of_other_places(saying.source, &newest, &[said.as_slice(), &none].concat());
            Moment { said, none, older, before: before.clone() }
        };
        let of_release: Vec<Moment<'a>> = numbered().map(moment).collect();
        moments.extend(of_release);
    }
    moments
}

/// What a source and then what others said last of other places than these counts, and of no rates that are of another
/// number in these.
fn of_other_places<'a>(source: &str, newest: &Newest<'a>, now: &[Count<'a>]) -> Vec<Vec<Count<'a>>> {
    let places: BTreeSet<Place<'a>> = now.iter().map(Count::place).collect();
    let mut sources: Vec<_> = newest.iter().collect();
    sources.sort_by_key(|(other, _)| **other != source);
    let counts = sources.into_iter().map(|(_, counts)| {
        let of_another = of_another_number(now, counts.values());
        let is_other =
            |count: &&Count<'a>| !places.contains(&count.place()) && !of_another.contains(&count.rate());
        counts.values().filter(is_other).copied().collect()
    });
    counts.collect()
}

/// The rates of older counts that are of another number than in these.
pub(super) fn of_another_number<'a, 'c>(
    counts: &'c [Count<'a>],
    older: impl Iterator<Item = &'c Count<'a>>,
) -> BTreeSet<Place<'a>>
where
    'a: 'c,
{
    let is_denominator = |count: &&'c Count<'a>| count.side == Some(Side::Denominator);
    let now: BTreeMap<Place<'a>, i64> =
        counts.iter().filter(is_denominator).map(|count| (count.rate(), count.value)).collect();
    let is_other = |count: &&'c Count<'a>| now.get(&count.rate()).is_some_and(|own| *own != count.value);
    older.filter(is_denominator).filter(is_other).map(Count::rate).collect()
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

    /// Whether nothing older is left out of an edition of this moment.
    pub(super) fn is_all_in(&self, edition: &[Count<'a>]) -> bool {
        let there: BTreeSet<(Place<'a>, i64)> =
            edition.iter().map(|count| (count.place(), count.value)).collect();
        self.older.iter().flatten().all(|count| there.contains(&(count.place(), count.value)))
    }

    /// Whether an edition has nothing in the place of an older count that readers have seen, or something that they
    /// have not.
    pub(super) fn is_kept_out(&self, edition: &[Count<'a>], seen: &Seen<'_>) -> bool {
        let there: BTreeMap<Place<'a>, i64> =
            edition.iter().map(|count| (count.place(), count.value)).collect();
        let is_seen = |place: Place<'a>, value: i64| seen.contains(&(place, value));
        self.older.iter().flatten().filter(|count| is_seen(count.place(), count.value)).any(|count| {
            let value = there.get(&count.place());
            value.is_none_or(|value| *value != count.value && !is_seen(count.place(), *value))
        })
    }

    /// The same with older counts in another order.
    fn with(&self, older: Vec<Vec<Count<'a>>>) -> Self {
        Self { older, ..self.clone() }
    }
}
