//! Which periods of an indicator belong together: those that lie in each other and add up.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Block, Contents, Count, Key, Part, Place, Side};
use super::codes::Codes;
use super::sums::{Numbers, Sums};
use crate::domain::period::Period;

/// The blocks of these releases. Periods that lie in each other and add up belong together; of those
/// that do not, as those of rates, each is a block of its own.
pub(super) fn keys<'a>(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> Vec<Key<'a>> {
    let mut periods: BTreeMap<&str, BTreeSet<Period>> = BTreeMap::new();
    for (indicator, period) in contents.iter().flat_map(|contents| contents.counts.keys()) {
        periods.entry(indicator).or_default().insert(*period);
    }
    let mut keys = Vec::new();
    for (indicator, periods) in periods {
        let whole = |period: &&Period| !periods.iter().any(|other| other.contains(**period));
        for root in periods.iter().filter(whole) {
            let parts = periods.iter().filter(|period| root.contains(**period));
            let family: Vec<Period> = std::iter::once(root).chain(parts).copied().collect();
            let rates = || contents.iter().any(|own| own.rates.contains(indicator));
            if family.len() > 1 && (rates() || !add_up(layout, contents, indicator, &family)) {
                keys.extend(family.into_iter().map(|period| (indicator, vec![period])));
            } else {
                keys.push((indicator, family));
            }
        }
    }
    keys
}

/// Whether periods add up, as births in a year do: where a period and parts of it are both there, the
/// parts are rather the whole than each as much as the whole, as households on a day are, in more than
/// half of the places with something in them. Of each place the newest that a source says in one release
/// counts; where none says both, the newest figures of all together; and where these have no place in
/// common, they with all sums of them. Where periods add up and parts are still more than their whole, that
/// is a fault, and the delivery is refused for it.
///
/// Where nothing of that tells, they are taken to add up where they can.
fn add_up(layout: &Layout<'_>, contents: &[&Contents<'_>], indicator: &str, family: &[Period]) -> bool {
    let key = (indicator, family.to_vec());
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    let parts = || blocks.iter().flat_map(|block| block.values());
    let of_parts = parts().flat_map(|part| add_up_in(family, &by_place(part.counts_of(None))));
    let mut votes: Vec<bool> = of_parts.collect::<BTreeMap<_, _>>().into_values().collect();
    let newest = newest(parts().flat_map(Part::all).copied());
    if votes.is_empty() {
        votes = votes_of(layout, family, &newest);
    }
    if !votes.is_empty() {
        return votes.iter().filter(|adds_up| **adds_up).count() * 2 > votes.len();
    }
    let said = parts().map(|part| part.all().copied().collect::<Vec<_>>());
    let can_add_up: Vec<bool> =
        said.chain([newest]).filter_map(|counts| can_add_up(layout, family, &counts)).collect();
    !can_add_up.is_empty() && can_add_up.iter().all(|can| *can)
}

/// The last of these counts of each place.
fn newest<'a>(counts: impl Iterator<Item = Count<'a>>) -> Vec<Count<'a>> {
    counts.map(|count| (count.place(), count)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What a count is about but for its period.
type Where<'a> = (&'a str, &'a [String], Option<Side>);

fn by_place<'a>(counts: impl Iterator<Item = Count<'a>>) -> BTreeMap<(Where<'a>, Period), i64> {
    counts.map(|count| (((count.area, count.categories, count.side), count.period), count.value)).collect()
}

/// For each place with a period and parts of it whether these rather add up.
fn add_up_in<K: Ord + Clone>(
    family: &[Period],
    known: &BTreeMap<(K, Period), i64>,
) -> Vec<((K, Period), bool)> {
    let mut sums: BTreeMap<(K, Period), (i128, i128)> = BTreeMap::new();
    for ((place, period), value) in known {
        let is_known = |other: &Period| known.contains_key(&(place.clone(), *other));
        let holders = family.iter().copied().filter(|other| other.contains(*period) && is_known(other));
        // The smallest period of this place that holds it.
        if let Some(holder) = holders.reduce(|one, other| if one.contains(other) { other } else { one }) {
            let (sum, parts) = sums.entry((place.clone(), holder)).or_default();
            *sum += i128::from(*value);
            *parts += 1;
        }
    }
    let something = sums.into_iter().filter(|(_, (sum, _))| *sum > 0);
    let compared = something.filter_map(|(place, own)| {
        let whole = i128::from(*known.get(&place)?);
        Some((place, whole, own))
    });
    compared.map(|(place, whole, (sum, parts))| (place, sum * 2 <= whole * (parts + 1))).collect()
}

/// In which places these counts rather add up over periods and in which they do not: the places that have a
/// period and parts of it, or else those that have them with all sums over areas and categories.
fn votes_of(layout: &Layout<'_>, family: &[Period], counts: &[Count<'_>]) -> Vec<bool> {
    let votes = add_up_in(family, &by_place(counts.iter().copied()));
    if !votes.is_empty() {
        return votes.into_iter().map(|(_, adds_up)| adds_up).collect();
    }
    let all = with_sums(layout, family, counts).unwrap_or_default();
    add_up_in(family, &all).into_iter().map(|(_, adds_up)| adds_up).collect()
}

/// These counts with all that follows from them by sums over areas and categories; none without a period.
fn with_sums(
    layout: &Layout<'_>,
    family: &[Period],
    counts: &[Count<'_>],
) -> Option<BTreeMap<(Vec<usize>, Period), i64>> {
    let codes = Codes::new(layout, family.get(..1)?, counts.iter())?;
    let sums = Sums::of(&codes.axes);
    let mut of_periods: BTreeMap<Period, Numbers> = BTreeMap::new();
    for (count, given) in counts.iter().zip(codes.given(counts)?) {
        of_periods.entry(count.period).or_default().insert(given.nodes, given.value);
    }
    let closed = of_periods.into_iter().flat_map(|(period, mut numbers)| {
        sums.close(&mut numbers);
        numbers.into_iter().map(move |(place, value)| ((place, period), value))
    });
    Some(closed.collect())
}

/// Whether counts that are nowhere of a period and of parts of it can add up: the parts that there are are
/// nowhere more than what holds them, also of another area or category. None where no part has anything to
/// do with a whole: then nothing of the one follows from the other, whether they add up or not.
fn can_add_up(layout: &Layout<'_>, family: &[Period], counts: &[Count<'_>]) -> Option<bool> {
    let codes = Codes::new(layout, family, counts.iter())?;
    let given = codes.given(counts)?;
    let sums = Sums::of(&codes.axes);
    let mut places: BTreeMap<Period, Vec<&[usize]>> = BTreeMap::new();
    for (count, given) in counts.iter().zip(&given) {
        places.entry(count.period).or_default().push(&given.nodes);
    }
    let mut nested = places.iter().flat_map(|(period, whole)| {
        places.iter().filter(|(other, _)| period.contains(**other)).map(move |(_, part)| (whole, part))
    });
    if !nested.any(|(whole, part)| sums.meet(whole, part)) {
        return None;
    }
    Some(!sums.exceed(&given.iter().map(|own| (own.nodes.clone(), own.value)).collect()))
}

/// The rates of these releases, by indicator and period, that are not to be shown in the last of them: of
/// another period, that holds theirs or lies in it, rates were shown, and the numerators of both add up, as
/// reports in a quarter do with those in the year. What was shown first stays; of what came at once, the
/// longest period is shown. Of periods that were both shown before it could be seen that they add up, none
/// is shown any more.
pub(super) fn told<'a>(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> BTreeSet<(&'a str, Period)> {
    let rates: BTreeSet<&str> = contents.iter().flat_map(|own| own.rates.iter().copied()).collect();
    let told = |of| told_of(layout, contents, of).into_iter().map(move |own| (of, own));
    rates.into_iter().flat_map(told).collect()
}

fn told_of(layout: &Layout<'_>, contents: &[&Contents<'_>], indicator: &str) -> Vec<Period> {
    let mut first: BTreeMap<Period, usize> = BTreeMap::new();
    let (mut shown, mut told, mut numerators) = (BTreeMap::new(), Vec::new(), Numerators::default());
    for (place, own) in contents.iter().enumerate() {
        let new = own.counts.keys().filter(|(of, _)| *of == indicator).map(|(_, period)| *period);
        let mut new: Vec<Period> = new.collect();
        new.iter().for_each(|period| {
            first.entry(*period).or_insert(place);
        });
        numerators.add(&own.block(&(indicator, new.clone())).unwrap_or_default(), &new);
        // Of periods that hold each other the longest is the first in their order.
        let turn = |period: Period| (first.get(&period).copied(), period);
        new.sort_by_key(|period| turn(*period));
        told.clear();
        let mut add_up: BTreeMap<Period, bool> = BTreeMap::new();
        for period in new {
            let nested = |other: &Period| other.contains(period) || period.contains(*other);
            let is_before = |(other, since): &(Period, usize)| *since < place || turn(*other) < turn(period);
            let others = shown.iter().map(|(other, since)| (*other, *since));
            let mut before = others.filter(is_before).map(|(other, _)| other).filter(nested);
            let longest = |other: Period| period.min(other);
            let mut is_told = |of| *add_up.entry(of).or_insert_with(|| numerators.add_up(layout, of));
            if before.any(|other| is_told(longest(other))) {
                told.push(period);
            } else {
                shown.entry(period).or_insert(place);
            }
        }
    }
    told
}

/// The numerators of the rates of an indicator in some releases: for each place with a period and parts of
/// it whether they add up, and the newest of each period.
#[derive(Default)]
struct Numerators<'a> {
    votes: BTreeMap<(Where<'a>, Period), bool>,
    newest: BTreeMap<Period, BTreeMap<Place<'a>, Count<'a>>>,
}

impl<'a> Numerators<'a> {
    /// Adds those of one more release, which has these periods.
    fn add(&mut self, block: &Block<'a>, periods: &[Period]) {
        for part in block.values() {
            let numerators = part.counts_of(Some(Side::Numerator));
            self.votes.extend(add_up_in(periods, &by_place(numerators)));
            for count in part.all().filter(|count| count.side == Some(Side::Numerator)) {
                self.newest.entry(count.period).or_default().insert(count.place(), *count);
            }
        }
    }

    /// Whether those of a period add up with those of the periods in it, as [`add_up`] finds it; but in half
    /// of the places is enough, as nothing is shown where it is not known.
    fn add_up(&self, layout: &Layout<'_>, longest: Period) -> bool {
        let is_inside = |period: Period| period == longest || longest.contains(period);
        let votes = self.votes.iter().filter(|((_, holder), _)| is_inside(*holder));
        let mut votes: Vec<bool> = votes.map(|(_, adds_up)| *adds_up).collect();
        if votes.is_empty() {
            let inside = || self.newest.iter().filter(|(period, _)| is_inside(**period));
            let family: Vec<Period> = inside().map(|(period, _)| *period).collect();
            let counts: Vec<Count<'_>> = inside().flat_map(|(_, counts)| counts.values().copied()).collect();
            votes = votes_of(layout, &family, &counts);
            if votes.is_empty() {
                return can_add_up(layout, &family, &counts).unwrap_or(false);
            }
        }
        let adding_up = votes.iter().filter(|adds_up| **adds_up).count();
        adding_up > 0 && adding_up * 2 >= votes.len()
    }
}
