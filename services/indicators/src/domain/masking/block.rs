//! The blocks of a release.

use std::collections::BTreeMap;

use crate::domain::period::Period;
use crate::domain::table::Table;

/// Which block: code of the indicator, period, source.
pub(super) type BlockKey = (String, Period, String);

/// A count and where it stands. Counts are in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<'a> {
    pub area: &'a str,
    pub categories: &'a [String],
    pub value: i128,
}

/// The counts of one indicator, period and source, by area and categories.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub cells: Vec<Count<'a>>,
    /// The place of each in the table.
    pub rows: Vec<usize>,
}

/// All cells of a release that have a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks<'a> {
    pub by_key: BTreeMap<BlockKey, Block<'a>>,
    /// Cells of which it is not known how large the group behind them is: values that are no counts.
    pub unknown: Vec<usize>,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        let mut blocks = Self::default();
        for (row, cell) in table.cells().enumerate() {
            let Some(value) = cell.value else { continue };
            match value.billionths().filter(|_| cell.additive) {
                Some(value) => {
                    let key = (cell.indicator.to_owned(), cell.period, cell.source.to_owned());
                    let block = blocks.by_key.entry(key).or_default();
                    block.cells.push(Count { area: cell.area, categories: cell.categories, value });
                    block.rows.push(row);
                }
                None => blocks.unknown.push(row),
            }
        }
        blocks
    }
}
