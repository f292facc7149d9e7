//! The counts of a release, in blocks: of one indicator, the periods that lie in each other.
//!
//! A rate is three counts: who are counted, all others, and both together. These add up, also over areas
//! and breakdowns; over periods they do not.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::decimal::Decimal;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;
use crate::domain::table::{CellRef, Table};

/// What a count is of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// Who are counted.
    Numerator,
    /// All others.
    Rest,
    /// Both together.
    Denominator,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::Numerator, Self::Rest, Self::Denominator];

    /// The numerator and the denominator are named as the columns of a delivery.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Numerator => "teller",
            Self::Rest => "rest",
            Self::Denominator => "noemer",
        }
    }

    fn of(self, ratio: Ratio) -> i64 {
        i64::from(match self {
            Self::Numerator => ratio.numerator(),
            Self::Rest => ratio.rest(),
            Self::Denominator => ratio.denominator(),
        })
    }
}

/// A count and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<'a> {
    pub period: Period,
    pub area: &'a str,
    pub categories: &'a [String],
    /// What it is of a rate; none of a count by itself.
    pub side: Option<Side>,
    pub value: i64,
}

/// What a count is about.
pub(super) type Place<'a> = (&'a str, Period, &'a [String], Option<Side>);

impl<'a> Count<'a> {
    pub(super) fn place(&self) -> Place<'a> {
        (self.area, self.period, self.categories, self.side)
    }

    /// Codes of area, categories and side, joined by "|".
    pub(super) fn name(&self) -> String {
        let codes = self.categories.iter().map(String::as_str).chain(self.side.map(Side::code));
        std::iter::once(self.area).chain(codes).collect::<Vec<_>>().join("|")
    }
}

/// Counts of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Part<'a> {
    pub cells: Vec<Count<'a>>,
    /// The place of each in the table; the three of a rate have one.
    pub rows: Vec<usize>,
}

impl<'a> Part<'a> {
    fn extend(&mut self, other: &Self) {
        self.cells.extend_from_slice(&other.cells);
        self.rows.extend_from_slice(&other.rows);
    }

    /// Each place in the table once.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let first = |count: &Count<'_>| count.side.is_none_or(|side| side == Side::Numerator);
        self.cells.iter().zip(&self.rows).filter(move |(count, _)| first(count)).map(|(_, row)| *row)
    }

    /// The counts of one side of rates, or those by themselves.
    fn counts_of(&self, side: Option<Side>) -> impl Iterator<Item = Count<'a>> {
        self.cells.iter().copied().filter(move |count| count.side == side)
    }

    /// The counts for which `is` holds.
    pub(super) fn only(&self, is: impl Fn(&Count<'a>) -> bool) -> Self {
        let kept = self.cells.iter().zip(&self.rows).filter(|(count, _)| is(count));
        let (cells, rows) = kept.map(|(count, row)| (*count, *row)).unzip();
        Self { cells, rows }
    }
}

/// A block of one release, by source.
pub(super) type Block<'a> = BTreeMap<&'a str, Part<'a>>;

/// Whether two releases say the same in a block.
pub(super) fn same(one: &Block<'_>, other: &Block<'_>) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((source, part), (of, its))| source == of && part.cells == its.cells)
}

/// The counts of a release, by indicator and period, and the values that are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents<'a> {
    counts: BTreeMap<(&'a str, Period), Block<'a>>,
    /// How many rows the table has.
    pub(super) rows: usize,
    /// The indicators of which the counts are of rates.
    rates: BTreeSet<&'a str>,
    /// The rates, by row, with per how many each is.
    of: BTreeMap<usize, (Ratio, Option<u32>)>,
    /// Rows of values of which it is not known how large the group behind them is: those that do not
    /// add up and do not tell what they are of, and those that add up and are no whole numbers.
    pub(super) unknown: Vec<usize>,
}

impl<'a> Contents<'a> {
    /// The contents of a table.
    pub(crate) fn of(table: &'a Table) -> Self {
        let mut contents = Self { rows: table.len(), ..Self::default() };
        for (row, cell) in table.cells().enumerate() {
            let counts = counts(&cell);
            if counts.is_empty() {
                contents.unknown.extend(cell.value.map(|_| row));
                continue;
            }
            if let Some(ratio) = cell.ratio.filter(|_| !cell.additive) {
                contents.rates.insert(cell.indicator);
                contents.of.insert(row, (ratio, cell.per));
            }
            let block = contents.counts.entry((cell.indicator, cell.period)).or_default();
            let part = block.entry(cell.source).or_default();
            part.rows.extend(counts.iter().map(|_| row));
            part.cells.extend(counts);
        }
        contents
    }

    /// What the rate in a row is of, and per how many it is; none of a row without a rate.
    pub(super) fn rate(&self, row: usize) -> Option<(Ratio, Option<u32>)> {
        self.of.get(&row).copied()
    }

    /// The block of these periods of an indicator; none when the release has no count of it.
    pub(super) fn block(&self, (indicator, periods): &Key<'_>) -> Option<Block<'a>> {
        let mut block = Block::new();
        for period in periods {
            for (source, part) in self.counts.get(&(*indicator, *period)).into_iter().flatten() {
                block.entry(*source).or_default().extend(part);
            }
        }
        (!block.is_empty()).then_some(block)
    }
}

/// The counts that a cell tells; none when it has no value, or tells no count.
fn counts<'a>(cell: &CellRef<'a>) -> Vec<Count<'a>> {
    let count = |side: Option<Side>, value: i64| {
        let (period, area, categories) = (cell.period, cell.area, cell.categories);
        Count { period, area, categories, side, value }
    };
    match (cell.value, cell.ratio) {
        (Some(value), _) if cell.additive => {
            whole(value).map(|value| count(None, value)).into_iter().collect()
        }
        (Some(_), Some(ratio)) => Side::ALL.iter().map(|side| count(Some(*side), side.of(ratio))).collect(),
        (Some(_) | None, _) => Vec::new(),
    }
}

/// Which block: code of the indicator, and its periods, of which the first holds the others.
pub(super) type Key<'a> = (&'a str, Vec<Period>);

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
            if family.len() > 1 && (rates() || !add_up(contents, indicator, &family, None)) {
                keys.extend(family.into_iter().map(|period| (indicator, vec![period])));
            } else {
                keys.push((indicator, family));
            }
        }
    }
    keys
}

/// Whether a block of rates would tell what another block withholds, or is told by it. Then it is withheld
/// as a whole.
pub(super) fn told_by_others(contents: &[&Contents<'_>], key: &Key<'_>) -> bool {
    told_by_periods(contents, key) || told_by_counts(contents, key)
}

/// Whether it is of the same people as the counts of another indicator: in most places with something in
/// them, one side of the rate is that count. Each of the two is protected by itself, so who has both would
/// find in the one what the other withholds.
fn told_by_counts(contents: &[&Contents<'_>], (indicator, periods): &Key<'_>) -> bool {
    type At<'a> = (&'a str, Period, &'a [String]);
    let at = |count: &Count<'_>| count.value > 0 && periods.contains(&count.period);
    let cells = || {
        contents.iter().flat_map(|own| &own.counts).flat_map(|((of, _), block)| {
            block.values().flat_map(|part| &part.cells).map(move |count| (*of, *count))
        })
    };
    let mut rates: BTreeMap<(At<'_>, Option<Side>), i64> = BTreeMap::new();
    for (_, count) in cells().filter(|(of, count)| of == indicator && count.side.is_some() && at(count)) {
        rates.insert(((count.area, count.period, count.categories), count.side), count.value);
    }
    let mut others: BTreeMap<&str, BTreeMap<At<'_>, i64>> = BTreeMap::new();
    for (of, count) in cells().filter(|(_, count)| !rates.is_empty() && count.side.is_none() && at(count)) {
        others.entry(of).or_default().insert((count.area, count.period, count.categories), count.value);
    }
    let is_side = |counts: &BTreeMap<At<'_>, i64>, side: Side| {
        let both = counts.iter().filter_map(|(at, value)| Some((value, rates.get(&(*at, Some(side)))?)));
        let same: Vec<bool> = both.map(|(one, other)| one == other).collect();
        same.iter().filter(|same| **same).count() * 2 > same.len()
    };
    others.values().any(|counts| Side::ALL.into_iter().any(|side| is_side(counts, side)))
}

/// Whether there were rates before of a period that holds its period or lies in it, of which the numerators
/// add up with its own, as reports in a quarter do with those in the year. Of those that came at once, the
/// longest goes before.
fn told_by_periods(contents: &[&Contents<'_>], (indicator, periods): &Key<'_>) -> bool {
    let [period] = periods.as_slice() else { return false };
    if !contents.iter().any(|own| own.rates.contains(indicator)) {
        return false;
    }
    let all: BTreeSet<Period> = contents
        .iter()
        .flat_map(|own| own.counts.keys())
        .filter(|(own, _)| own == indicator)
        .map(|(_, period)| *period)
        .collect();
    let first = |period: Period| {
        contents.iter().position(|own| own.counts.contains_key(&(*indicator, period))).unwrap_or(usize::MAX)
    };
    let goes_before =
        |other: Period| (first(other), !other.contains(*period)) < (first(*period), other.contains(*period));
    let nested = all.iter().filter(|other| other.contains(*period) || period.contains(**other));
    nested.copied().filter(|other| goes_before(*other)).any(|other| {
        let longest = if other.contains(*period) { other } else { *period };
        let parts = all.iter().copied().filter(|part| longest.contains(*part));
        let family: Vec<Period> = std::iter::once(longest).chain(parts).collect();
        add_up(contents, indicator, &family, Some(Side::Numerator))
    })
}

/// Whether periods add up, as births in a year do: where a period and parts of it are both there, the
/// parts are rather the whole than each as much as the whole, as households on a day are, in more than
/// half of the places with something in them. Of each place the newest that a source says in one release
/// counts; the newest figures of all together only where none says both. Where periods add up and parts
/// are still more than their whole, that is a fault, and the delivery is refused for it. Of rates the
/// counts of one side are looked at.
fn add_up(contents: &[&Contents<'_>], indicator: &str, family: &[Period], side: Option<Side>) -> bool {
    let key = (indicator, family.to_vec());
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    let parts = || blocks.iter().flat_map(|block| block.values());
    let counts = |part| Part::counts_of(part, side);
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
        let holders = family.iter().copied().filter(|other| other.contains(*period));
        // The smallest period that holds it.
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

fn whole(value: Decimal) -> Option<i64> {
    let step = 10i128.checked_pow(u32::from(value.scale()))?;
    (value.unscaled() % step == 0).then(|| i64::try_from(value.unscaled() / step).ok()).flatten()
}
