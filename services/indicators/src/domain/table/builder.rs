//! Puts cells that come in any order into a table.

use std::collections::HashMap;
use std::hash::Hash;

use super::{AreaEntry, IndicatorEntry, Key, Row, Table};
use crate::domain::contributions::Contributions;
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;

/// Each different entry once.
#[derive(Debug)]
struct Dictionary<T> {
    positions: HashMap<T, u32>,
}

impl<T: Clone + Eq + Hash + Ord> Dictionary<T> {
    fn new() -> Self {
        Self { positions: HashMap::new() }
    }

    fn position<Q>(&mut self, entry: &Q) -> u32
    where
        T: std::borrow::Borrow<Q>,
        Q: ToOwned<Owned = T> + Eq + Hash + ?Sized,
    {
        if let Some(position) = self.positions.get(entry) {
            return *position;
        }
        let next = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        self.positions.insert(entry.to_owned(), next);
        next
    }

    /// The entries in order, and for each old position the new one.
    fn sorted(self) -> (Vec<T>, Vec<u32>) {
        let mut entries: Vec<(T, u32)> = self.positions.into_iter().collect();
        entries.sort_unstable();
        let mut moved = vec![0; entries.len()];
        for (new, (_, old)) in (0u32..).zip(&entries) {
            if let Some(place) = usize::try_from(*old).ok().and_then(|old| moved.get_mut(old)) {
                *place = new;
            }
        }
        (entries.into_iter().map(|(entry, _)| entry).collect(), moved)
    }
}

/// A cell to put into a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewCell<'a> {
    /// The indicator.
    pub indicator: &'a IndicatorEntry,
    /// The area.
    pub area: &'a AreaEntry,
    /// The period.
    pub period: Period,
    /// A category for each dimension of the table.
    pub categories: &'a [String],
    /// Which of several sources it is from; empty when there is one.
    pub source: &'a str,
    /// The value; none when, and only when, it is not applicable.
    pub value: Option<Decimal>,
    /// What the value is the rate of; none when that is not known.
    pub ratio: Option<Ratio>,
    /// Who contributes how much to the value; none when that is not known.
    pub contributions: Option<&'a Contributions>,
    /// What kind of value it is.
    pub status: Status,
    /// What a reader has to know, in Dutch.
    pub note: &'a str,
    /// The line of the delivery that it stands on; 0 when it comes from storage.
    pub line: u32,
}

/// Collects cells.
#[derive(Debug)]
pub(crate) struct TableBuilder {
    dimensions: Vec<String>,
    indicators: Dictionary<IndicatorEntry>,
    areas: Dictionary<AreaEntry>,
    periods: Dictionary<Period>,
    categories: Dictionary<Vec<String>>,
    sources: Dictionary<String>,
    notes: Dictionary<String>,
    contributions: Dictionary<Contributions>,
    rows: Vec<Row>,
}

impl TableBuilder {
    /// An empty table with these dimensions.
    #[must_use]
    pub(crate) fn new(dimensions: Vec<String>) -> Self {
        Self {
            dimensions,
            indicators: Dictionary::new(),
            areas: Dictionary::new(),
            periods: Dictionary::new(),
            categories: Dictionary::new(),
            sources: Dictionary::new(),
            notes: Dictionary::new(),
            contributions: Dictionary::new(),
            rows: Vec::new(),
        }
    }

    /// How many cells there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, cell: &NewCell<'_>) {
        let (unscaled, scale) = match cell.value {
            // 18 digits fit.
            Some(value) => (i64::try_from(value.unscaled()).unwrap_or(i64::MAX), value.scale()),
            None => (0, 0),
        };
        let key = Key {
            indicator: self.indicators.position(cell.indicator),
            area: self.areas.position(cell.area),
            period: self.periods.position(&cell.period),
            categories: self.categories.position(cell.categories),
            source: self.sources.position(cell.source),
        };
        let note = self.notes.position(cell.note);
        let contributions = match cell.contributions {
            Some(told) => self.contributions.position(told),
            None => self.contributions.position(&Contributions::default()),
        };
        let (line, status, ratio) = (cell.line, cell.status, cell.ratio);
        self.rows.push(Row { key, line, unscaled, note, contributions, scale, status, ratio });
    }

    /// The table, its cells in canonical order, and of cells with the same key the one on the first
    /// line first.
    #[must_use]
    pub(crate) fn finish(self) -> Table {
        let (indicators, indicator_at) = self.indicators.sorted();
        let (areas, area_at) = self.areas.sorted();
        let (periods, period_at) = self.periods.sorted();
        let (categories, categories_at) = self.categories.sorted();
        let (sources, source_at) = self.sources.sorted();
        let (notes, note_at) = self.notes.sorted();
        let (contributions, contributions_at) = self.contributions.sorted();
        let moved = |to: &[u32], old: u32| {
            usize::try_from(old).ok().and_then(|old| to.get(old)).copied().unwrap_or(u32::MAX)
        };
        let mut rows = self.rows;
        for row in &mut rows {
            row.key.indicator = moved(&indicator_at, row.key.indicator);
            row.key.area = moved(&area_at, row.key.area);
            row.key.period = moved(&period_at, row.key.period);
            row.key.categories = moved(&categories_at, row.key.categories);
            row.key.source = moved(&source_at, row.key.source);
            row.note = moved(&note_at, row.note);
            row.contributions = moved(&contributions_at, row.contributions);
        }
        rows.sort_unstable_by_key(|row| (row.key, row.line));
        let dimensions = self.dimensions;
        Table { dimensions, indicators, areas, periods, categories, sources, notes, contributions, rows }
    }
}
