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
pub(crate) struct Contents<'a> {
    counts: BTreeMap<(&'a str, Period), Block<'a>>,
    /// How many rows the table has.
    pub(super) rows: usize,
    /// Rows of values of which it is not known how large the group behind them is: those that do not
    /// add up, and those that are no whole numbers.
    pub(super) unknown: Vec<usize>,
}

impl<'a> Contents<'a> {
    /// The contents of a table.
    pub(crate) fn of(table: &'a Table) -> Self {
        let mut contents = Self { rows: table.len(), ..Self::default() };
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

/// The blocks of these releases. Periods that lie in each other and add up belong together; of those
/// that do not, each is a block of its own.
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

/// Whether periods add up, as births in a year do: where a period and parts of it are both there, the
/// parts are rather the whole than each as much as the whole, as households on a day are, in more than
/// half of the places with something in them. What a source says in one release counts; the newest
/// figures of all together only where none says both. Where periods add up and parts are still more than
/// their whole, that is a fault, and the delivery is refused for it.
fn add_up(contents: &[&Contents<'_>], indicator: &str, family: &[Period]) -> bool {
    let key = (indicator, family.to_vec());
    let blocks: Vec<Block<'_>> = contents.iter().filter_map(|contents| contents.block(&key)).collect();
    let parts = || blocks.iter().flat_map(|block| block.values());
    let mut votes: Vec<bool> = parts().flat_map(|part| add_up_in(family, part.cells.iter())).collect();
    if votes.is_empty() {
        votes = add_up_in(family, parts().flat_map(|part| &part.cells));
    }
    votes.iter().filter(|adds_up| **adds_up).count() * 2 > votes.len()
}

/// For each place with a period and parts of it whether these rather add up; the last count of a place
/// counts.
fn add_up_in<'a>(family: &[Period], counts: impl Iterator<Item = &'a Count<'a>>) -> Vec<bool> {
    let known: BTreeMap<Place<'_>, i64> = counts.map(|count| (count.place(), count.value)).collect();
    let mut sums: BTreeMap<Place<'_>, (i128, i128)> = BTreeMap::new();
    for ((area, period, categories), value) in &known {
        let holders = family.iter().copied().filter(|other| other.contains(*period));
        // The smallest period that holds it.
        if let Some(holder) = holders.reduce(|one, other| if one.contains(other) { other } else { one }) {
            let (sum, parts) = sums.entry((*area, holder, *categories)).or_default();
            *sum += i128::from(*value);
            *parts += 1;
        }
    }
    let something = sums.iter().filter(|(_, (sum, _))| *sum > 0);
    let compared = something.filter_map(|(place, own)| Some((i128::from(*known.get(place)?), own)));
    compared.map(|(whole, (sum, parts))| sum * 2 <= whole * (parts + 1)).collect()
}

fn whole(value: Decimal) -> Option<i64> {
    let step = 10i128.checked_pow(u32::from(value.scale()))?;
    (value.unscaled() % step == 0).then(|| i64::try_from(value.unscaled() / step).ok()).flatten()
}
