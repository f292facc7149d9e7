//! Which periods of an indicator belong together: those that lie in each other and add up.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::Given;

use super::Layout;
use super::block::{Block, Contents, Count, Key, Part, Place, Side};
use super::codes::Codes;
use super::newest::{Newest, taken_together};
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

/// Whether periods add up, as [`shown`] tells; where it does not show, they are taken to add up where they can.
fn add_up(layout: &Layout<'_>, contents: &[&Contents<'_>], indicator: &str, family: &[Period]) -> bool {
    let key = (indicator, family.to_vec());
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    let said: Vec<(&str, &Part<'_>)> =
        blocks.iter().flatten().map(|(source, part)| (*source, part)).collect();
    let at_once = said.iter().map(|(_, part)| part.cells.as_slice());
    shown(layout, family, &said)
        .unwrap_or_else(|| can_add_up(layout, family, at_once, &taken_together(&newest(&said))))
}

/// Whether it shows that periods add up, as births in a year do: where a period and parts of it are both there,
/// the parts are rather the whole than each as much as the whole, as households on a day are, in half of the
/// places with something in them or more. Of each place the newest that a source says in one release counts;
/// where none says both, the newest figures of all together; and where these have no place in common, they with
/// all sums of them. Where periods add up and parts are still more than their whole, that is a fault, and the
/// delivery is refused for it. None where nothing of that tells.
///
/// `said` is what sources said, the oldest first.
pub(super) fn shown(layout: &Layout<'_>, family: &[Period], said: &[(&str, &Part<'_>)]) -> Option<bool> {
    let of_parts = said.iter().flat_map(|(_, part)| add_up_in(family, &by_place(part.counts_of(None))));
    let of_parts: BTreeMap<_, _> = of_parts.collect();
    most(of_parts.into_values()).or_else(|| shown_together(layout, family, &taken_together(&newest(said))))
}

/// Whether it shows in what can be taken for the newest figures.
fn shown_together(layout: &Layout<'_>, family: &[Period], newest: &[Vec<Count<'_>>]) -> Option<bool> {
    let told = newest.iter().filter_map(|counts| most(votes_of(layout, family, counts)));
    told.reduce(|one, other| one || other)
}

/// Whether it is so in half of the places or more; none without places.
fn most(votes: impl IntoIterator<Item = bool>) -> Option<bool> {
    let votes: Vec<bool> = votes.into_iter().collect();
    let adding_up = votes.iter().filter(|adds_up| **adds_up).count();
    (!votes.is_empty()).then_some(adding_up * 2 >= votes.len())
}

fn newest<'a>(said: &[(&'a str, &Part<'a>)]) -> Newest<'a> {
    let mut newest = Newest::new();
    for (source, part) in said {
        newest.entry(source).or_default().extend(part.all().map(|count| (count.place(), *count)));
    }
    newest
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

/// Whether counts that are nowhere of a period and of parts of it can add up: in half of the places or more the
/// parts that there are are no more than what holds them, also of another area or category, by what is said at
/// once or else by what can be taken for the newest figures. Not where no part has anything to do with a whole:
/// then nothing of the one follows from the other, whether they add up or not.
fn can_add_up<'c, 'a: 'c>(
    layout: &Layout<'_>,
    family: &[Period],
    at_once: impl Iterator<Item = &'c [Count<'a>]>,
    newest: &[Vec<Count<'a>>],
) -> bool {
    let at_once: BTreeMap<Place<'a>, bool> =
        at_once.filter_map(|counts| held(layout, family, counts)).flatten().collect();
    newest.iter().filter_map(|counts| held(layout, family, counts)).any(|mut held| {
        held.extend(&at_once);
        most(held.into_values()).unwrap_or(true)
    })
}

/// For each place of which there is something in other periods whether that is no more than it. None where no
/// part has anything to do with a whole. Where it does not apply nobody is, whether periods add up or not, so
/// that tells nothing.
fn held<'a>(
    layout: &Layout<'_>,
    family: &[Period],
    counts: &[Count<'a>],
) -> Option<BTreeMap<Place<'a>, bool>> {
    let counts: Vec<Count<'a>> = counts.iter().filter(|count| !count.none).copied().collect();
    let codes = Codes::new(layout, family, counts.iter())?;
    let (time, given) = (codes.time()?, codes.given(&counts)?);
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
    let held = sums.held(&given.iter().map(|own| (own.nodes.clone(), own.value)).collect(), time);
    let of_place = |(count, given): (&Count<'a>, &Given)| Some((count.place(), *held.get(&given.nodes)?));
    Some(counts.iter().zip(&given).filter_map(of_place).collect())
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
/// it whether they add up, and the newest of each source.
#[derive(Default)]
struct Numerators<'a> {
    votes: BTreeMap<(Where<'a>, Period), bool>,
    newest: Newest<'a>,
}

impl<'a> Numerators<'a> {
    /// Adds those of one more release, which has these periods.
    fn add(&mut self, block: &Block<'a>, periods: &[Period]) {
        for (source, part) in block {
            let numerators = part.counts_of(Some(Side::Numerator));
            self.votes.extend(add_up_in(periods, &by_place(numerators)));
            let numerators = part.all().filter(|count| count.side == Some(Side::Numerator));
            let of_source = self.newest.entry(source).or_default();
            of_source.extend(numerators.map(|count| (count.place(), *count)));
        }
    }

    /// Whether those of a period add up with those of the periods in it, as [`add_up`] finds it.
    fn add_up(&self, layout: &Layout<'_>, longest: Period) -> bool {
        let is_inside = |period: Period| period == longest || longest.contains(period);
        let votes = self.votes.iter().filter(|((_, holder), _)| is_inside(*holder));
        most(votes.map(|(_, adds_up)| *adds_up)).unwrap_or_else(|| {
            let mut newest = self.newest.clone();
            newest.values_mut().for_each(|counts| counts.retain(|_, count| is_inside(count.period)));
            let periods = newest.values().flat_map(BTreeMap::values).map(|count| count.period);
            let family: Vec<Period> = periods.collect::<BTreeSet<_>>().into_iter().collect();
            let newest = taken_together(&newest);
            shown_together(layout, &family, &newest)
                .unwrap_or_else(|| can_add_up(layout, &family, std::iter::empty(), &newest))
        })
    }
}
