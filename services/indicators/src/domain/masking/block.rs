//! The counts of a release, in blocks: of one indicator, the periods that lie in each other.
//!
//! A rate is three counts: who are counted, all others, and both together. These add up, also over areas
//! and breakdowns; over periods only who are counted do, where that is declared.

use std::collections::{BTreeMap, BTreeSet};

use super::areas::Areas;
use crate::domain::contributions::Contributions;
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

    /// The numerator and the denominator are named as the columns of a delivery. All others come after who are
    /// counted, which makes these the share that disclosure control reckons with, as they add up along more.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Numerator => "teller",
            Self::Rest => "verder",
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
    /// Whether it was said not to apply there: then it is zero, and everybody knows that.
    pub none: bool,
    /// Who contributes how much to it; none when that was not delivered, or nobody does.
    pub contributions: Option<&'a Contributions>,
}

/// What a count is about.
pub(super) type Place<'a> = (&'a str, Period, &'a [String], Option<Side>);

impl<'a> Count<'a> {
    pub(super) fn place(&self) -> Place<'a> {
        (self.area, self.period, self.categories, self.side)
    }

    /// What the rate is about that it is one of the counts of.
    pub(super) fn rate(&self) -> Place<'a> {
        (self.area, self.period, self.categories, None)
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
    /// Where it was said not to apply.
    pub none: Vec<Count<'a>>,
}

impl<'a> Part<'a> {
    fn extend(&mut self, other: &Self) {
        self.cells.extend_from_slice(&other.cells);
        self.rows.extend_from_slice(&other.rows);
        self.none.extend_from_slice(&other.none);
    }

    /// What is counted, with its place in the table.
    pub(super) fn told(&self) -> impl Iterator<Item = (&Count<'a>, usize)> {
        self.cells.iter().zip(self.rows.iter().copied())
    }

    /// All that is said, also where it does not apply.
    pub(super) fn all(&self) -> impl Iterator<Item = &Count<'a>> + Clone {
        self.cells.iter().chain(&self.none)
    }

    /// Each place in the table once.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let first = |count: &Count<'_>| count.side.is_none_or(|side| side == Side::Numerator);
        self.cells.iter().zip(&self.rows).filter(move |(count, _)| first(count)).map(|(_, row)| *row)
    }

    /// The counts for which `is` holds.
    pub(super) fn only(&self, is: impl Fn(&Count<'a>) -> bool) -> Self {
        let kept = self.cells.iter().zip(&self.rows).filter(|(count, _)| is(count));
        let (cells, rows) = kept.map(|(count, row)| (*count, *row)).unzip();
        Self { cells, rows, none: self.none.iter().filter(|count| is(count)).copied().collect() }
    }
}

/// A block of one release, by source.
pub(super) type Block<'a> = BTreeMap<&'a str, Part<'a>>;

/// Whether two releases say the same in a block.
pub(super) fn same(one: &Block<'_>, other: &Block<'_>) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((source, part), (of, its))| source == of && part.all().eq(its.all()))
}

/// The counts of a release, by indicator and period, and the values that are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents<'a> {
    pub(super) counts: BTreeMap<(&'a str, Period), Block<'a>>,
    /// How many rows the table has.
    pub(super) rows: usize,
    /// The indicators of which the counts are of rates.
    pub(super) rates: BTreeSet<&'a str>,
    /// The rates, by row, with per how many each is.
    of: BTreeMap<usize, (Ratio, Option<u32>)>,
    /// Values of which it is not known how large the group behind them is, by row: those that do not add
    /// up and do not tell what they are of, and those that add up and are no whole numbers. And all of an
    /// area of which it is not known how it lies among others, also that it does not apply there.
    pub(super) unknown: BTreeMap<usize, (&'a str, Count<'a>)>,
}

impl<'a> Contents<'a> {
    /// The contents of the tables of a dataset, of these areas, by release.
    pub(crate) fn of_all(tables: impl Iterator<Item = &'a Table> + Clone, areas: &Areas<'_>) -> Vec<Self> {
        let cells = tables.clone().flat_map(Table::cells);
        let of_rates = cells.filter(|cell| cell.ratio.is_some() && !cell.additive);
        let rates: BTreeSet<&str> = of_rates.map(|cell| cell.indicator).collect();
        tables.map(|table| Self::of(table, areas, &rates)).collect()
    }

    /// The contents of one table. These indicators are of rates in some release.
    fn of(table: &'a Table, areas: &Areas<'_>, rates: &BTreeSet<&str>) -> Self {
        let mut contents = Self { rows: table.len(), ..Self::default() };
        let mut nobody = Vec::new();
        for (row, cell) in table.cells().enumerate() {
            if areas.year(cell.period.year()).is_unplaced(cell.area) {
                contents.unknown.insert(row, (cell.indicator, count(&cell, None, 0)));
                continue;
            }
            if cell.value.is_none() {
                nobody.push(cell);
                continue;
            }
            let counts = counts(&cell);
            if counts.is_empty() {
                contents.unknown.insert(row, (cell.indicator, count(&cell, None, 0)));
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
        // Of a rate it is nobody of nobody. Of any other value it says nothing of how many there are.
        for cell in nobody.iter().filter(|cell| cell.additive || rates.contains(cell.indicator)) {
            let block = contents.counts.entry((cell.indicator, cell.period)).or_default();
            let sides = Side::ALL.map(Some);
            let sides = if cell.additive { &[None][..] } else { &sides };
            let part = block.entry(cell.source).or_default();
            part.none.extend(sides.iter().map(|side| count(cell, *side, 0)));
        }
        contents
    }

    /// The same with the counts for which `is` holds.
    pub(super) fn only(&self, is: impl Fn(&str, &Count<'a>) -> bool) -> Self {
        let mut kept =
            Self { rows: self.rows, rates: self.rates.clone(), of: self.of.clone(), ..Self::default() };
        for ((indicator, period), block) in &self.counts {
            let parts = block.iter().map(|(source, part)| (*source, part.only(|count| is(indicator, count))));
            let parts: Block<'a> = parts.filter(|(_, part)| part.all().next().is_some()).collect();
            if !parts.is_empty() {
                kept.counts.insert((*indicator, *period), parts);
            }
        }
        let unknown = self.unknown.iter().filter(|(_, (indicator, count))| is(indicator, count));
        kept.unknown = unknown.map(|(row, own)| (*row, *own)).collect();
        kept
    }

    /// All that is told.
    pub(super) fn told(&self) -> impl Iterator<Item = &Count<'a>> {
        let counts = self.counts.values().flat_map(Block::values).flat_map(Part::all);
        counts.chain(self.unknown.values().map(|(_, count)| count))
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
    let count = |side, value| count(cell, side, value);
    match (cell.value, cell.ratio) {
        (Some(value), _) if cell.additive => {
            value.whole().map(|value| count(None, value)).into_iter().collect()
        }
        (Some(_), Some(ratio)) => Side::ALL.iter().map(|side| count(Some(*side), side.of(ratio))).collect(),
        (Some(_) | None, _) => Vec::new(),
    }
}

fn count<'a>(cell: &CellRef<'a>, side: Option<Side>, value: i64) -> Count<'a> {
    let (period, area, categories) = (cell.period, cell.area, cell.categories);
    let contributions = cell.contributions;
    Count { period, area, categories, side, value, none: cell.value.is_none(), contributions }
}

/// Which block: code of the indicator, and its periods, of which the first holds the others.
pub(super) type Key<'a> = (&'a str, Vec<Period>);
