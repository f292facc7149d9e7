//! Which periods of an indicator belong together: those that lie in each other and add up.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, Contents, Count, Key, Part, Place, Side};
use crate::domain::period::Period;

/// The blocks of these releases. Periods that lie in each other and add up belong together; of those
/// that do not, as those of rates, each is a block of its own.
pub(super) fn keys<'a>(contents: &[&Contents<'a>]) -> Vec<Key<'a>> {
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
            if family.len() > 1 && (rates() || !add_up(contents, indicator, &family)) {
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
/// counts; the newest figures of all together only where none says both. Where periods add up and parts
/// are still more than their whole, that is a fault, and the delivery is refused for it.
fn add_up(contents: &[&Contents<'_>], indicator: &str, family: &[Period]) -> bool {
    let key = (indicator, family.to_vec());
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    let parts = || blocks.iter().flat_map(|block| block.values());
    let counts = |part| Part::counts_of(part, None);
    let mut votes: BTreeMap<Place<'_>, bool> =
        parts().flat_map(|part| add_up_in(family, counts(part))).collect();
    if votes.is_empty() {
        votes = add_up_in(family, parts().flat_map(counts)).into_iter().collect();
    }
    votes.values().filter(|adds_up| **adds_up).count() * 2 > votes.len()
}

/// For each place with a period and parts of it whether these rather add up; the last count of a place
/// counts.
fn add_up_in<'a>(family: &[Period], counts: impl Iterator<Item = Count<'a>>) -> Vec<(Place<'a>, bool)> {
    let known: BTreeMap<Place<'_>, i64> = counts.map(|count| (count.place(), count.value)).collect();
    let mut sums: BTreeMap<Place<'_>, (i128, i128)> = BTreeMap::new();
    for ((area, period, categories, side), value) in &known {
        let is_known = |other: &Period| known.contains_key(&(*area, *other, *categories, *side));
        let holders = family.iter().copied().filter(|other| other.contains(*period) && is_known(other));
        // The smallest period of this place that holds it.
        if let Some(holder) = holders.reduce(|one, other| if one.contains(other) { other } else { one }) {
            let (sum, parts) = sums.entry((*area, holder, *categories, *side)).or_default();
            *sum += i128::from(*value);
            *parts += 1;
        }
    }
    let something = sums.into_iter().filter(|(_, (sum, _))| *sum > 0);
    let compared = something.filter_map(|(place, own)| Some((place, i128::from(*known.get(&place)?), own)));
    compared.map(|(place, whole, (sum, parts))| (place, sum * 2 <= whole * (parts + 1))).collect()
}

/// The rates of these releases, by indicator and period, that are not to be shown in the last of them: of
/// another period, that holds theirs or lies in it, rates were shown, and the numerators of both add up, as
/// reports in a quarter do with those in the year. What was shown first stays; of what came at once, the
/// longest period is shown.
pub(super) fn told<'a>(contents: &[&Contents<'a>]) -> BTreeSet<(&'a str, Period)> {
    let rates: BTreeSet<&str> = contents.iter().flat_map(|own| own.rates.iter().copied()).collect();
    rates.into_iter().flat_map(|of| told_of(contents, of).into_iter().map(move |own| (of, own))).collect()
}

fn told_of(contents: &[&Contents<'_>], indicator: &str) -> Vec<Period> {
    let mut first: BTreeMap<Period, usize> = BTreeMap::new();
    let (mut shown, mut told, mut numerators) = (BTreeSet::new(), Vec::new(), Numerators::default());
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
            let mut before = shown.iter().copied().filter(nested).filter(|other| turn(*other) < turn(period));
            let longest = |other: Period| period.min(other);
            let mut is_told = |of| *add_up.entry(of).or_insert_with(|| numerators.add_up(of));
            if before.any(|other| is_told(longest(other))) {
                told.push(period);
            } else {
                shown.insert(period);
            }
        }
    }
    told
}

/// The numerators of the rates of an indicator in some releases: for each place with a period and parts of
/// it whether they add up, and the newest of each period.
#[derive(Default)]
struct Numerators<'a> {
    votes: BTreeMap<Place<'a>, bool>,
    newest: BTreeMap<Period, BTreeMap<Place<'a>, Count<'a>>>,
}

impl<'a> Numerators<'a> {
    /// Adds those of one more release, which has these periods.
    fn add(&mut self, block: &Block<'a>, periods: &[Period]) {
        for part in block.values() {
            let counts = || part.counts_of(Some(Side::Numerator));
            self.votes.extend(add_up_in(periods, counts()));
            for count in counts() {
                self.newest.entry(count.period).or_default().insert(count.place(), count);
            }
        }
    }

    /// Whether those of a period add up with those of the periods in it, as [`add_up`] finds it; but in half
    /// of the places is enough, as nothing is shown where it is not known.
    fn add_up(&self, longest: Period) -> bool {
        let is_inside = |period: Period| period == longest || longest.contains(period);
        let votes = self.votes.iter().filter(|((_, holder, ..), _)| is_inside(*holder));
        let mut votes: Vec<bool> = votes.map(|(_, adds_up)| *adds_up).collect();
        if votes.is_empty() {
            let family = || self.newest.iter().filter(|(period, _)| is_inside(**period));
            let periods: Vec<Period> = family().map(|(period, _)| *period).collect();
            let counts = family().flat_map(|(_, counts)| counts.values().copied());
            votes = add_up_in(&periods, counts).into_iter().map(|(_, adds_up)| adds_up).collect();
        }
        let adding_up = votes.iter().filter(|adds_up| **adds_up).count();
        adding_up > 0 && adding_up * 2 >= votes.len()
    }
}
