//! The counts of a release, in blocks: of one indicator, the periods that lie in each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::decimal::Decimal;
use crate::domain::period::Period;
use crate::domain::table::Table;

/// A count and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<'a> {
    pub period: Period,
    pub area: &'a str,
    pub categories: &'a [String],
    pub value: i64,
}

/// What a count is about.
pub(super) type Place<'a> = (&'a str, Period, &'a [String]);

impl<'a> Count<'a> {
    pub(super) fn place(&self) -> Place<'a> {
        (self.area, self.period, self.categories)
    }

    /// Codes of area and categories, joined by "|".
    pub(super) fn name(&self) -> String {
        let codes = self.categories.iter().map(String::as_str);
        std::iter::once(self.area).chain(codes).collect::<Vec<_>>().join("|")
    }
}

/// Counts of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Part<'a> {
    pub cells: Vec<Count<'a>>,
    /// The place of each in the table.
    pub rows: Vec<usize>,
}

impl<'a> Part<'a> {
    fn extend(&mut self, other: &Self) {
        self.cells.extend_from_slice(&other.cells);
        self.rows.extend_from_slice(&other.rows);
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
pub(super) struct Contents<'a> {
    counts: BTreeMap<(&'a str, Period), Block<'a>>,
    /// Rows of values of which it is not known how large the group behind them is: those that do not
    /// add up, and those that are no whole numbers.
    pub unknown: Vec<usize>,
}

impl<'a> Contents<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        let mut contents = Self::default();
        for (row, cell) in table.cells().enumerate() {
            let Some(value) = cell.value else { continue };
            match whole(value).filter(|_| cell.additive) {
                Some(value) => {
                    let block = contents.counts.entry((cell.indicator, cell.period)).or_default();
                    let part = block.entry(cell.source).or_default();
                    let (area, categories) = (cell.area, cell.categories);
                    part.cells.push(Count { period: cell.period, area, categories, value });
                    part.rows.push(row);
                }
                None => contents.unknown.push(row),
            }
        }
        contents
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

/// Which block: code of the indicator, and its periods, of which the first holds the others.
pub(super) type Key<'a> = (&'a str, Vec<Period>);

/// The blocks of these releases. Periods that lie in each other belong together, as parts may add up to
/// the whole; where they are more than the whole they do not, and each is a block of its own.
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
            if family.len() > 1 && !add_up(contents, indicator, &family) {
                keys.extend(family.into_iter().map(|period| (indicator, vec![period])));
            } else {
                keys.push((indicator, family));
            }
        }
    }
    keys
}

/// The smallest of these periods that holds a period.
pub(super) fn holder(periods: &[Period], period: Period) -> Option<Period> {
    let holders = periods.iter().copied().filter(|other| other.contains(period));
    holders.reduce(|one, other| if one.contains(other) { other } else { one })
}

/// Whether periods add up: where a period and parts of it are both there, in any release, the parts are
/// more than the whole in less than half of the places. Where they are in some, a revision or a fault is
/// likelier than households on a day, and the delivery is refused for it.
fn add_up(contents: &[&Contents<'_>], indicator: &str, family: &[Period]) -> bool {
    let key = (indicator, family.to_vec());
    let mut known: BTreeMap<Place<'_>, i64> = BTreeMap::new();
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    for part in blocks.iter().flat_map(|block| block.values()) {
        known.extend(part.cells.iter().map(|count| (count.place(), count.value)));
    }
    let mut sums: BTreeMap<Place<'_>, i64> = BTreeMap::new();
    for ((area, period, categories), value) in &known {
        if let Some(holder) = holder(family, *period) {
            let sum = sums.entry((*area, holder, *categories)).or_default();
            *sum = sum.saturating_add(*value);
        }
    }
    let compared: Vec<bool> =
        sums.iter().filter_map(|(place, sum)| Some(*sum > *known.get(place)?)).collect();
    let more = compared.iter().filter(|more| **more).count();
    !compared.is_empty() && more * 2 < compared.len()
}

fn whole(value: Decimal) -> Option<i64> {
    let step = 10i128.checked_pow(u32::from(value.scale()))?;
    (value.unscaled() % step == 0).then(|| i64::try_from(value.unscaled() / step).ok()).flatten()
}
