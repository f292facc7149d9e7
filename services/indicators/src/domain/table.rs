//! The cells of one release, in canonical order: by indicator, area, period, categories and source.
//! Texts are kept once; a cell is a handful of numbers.

mod builder;

use std::mem::size_of;

use crate::domain::area::AreaKind;
use crate::domain::contributions::Contributions;
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;

pub(crate) use builder::{NewCell, TableBuilder};

/// An indicator as it was when the release was delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct IndicatorEntry {
    /// Its code.
    pub code: String,
    /// Whether its values are counts that add up.
    pub additive: bool,
    /// Per how many its rates are, 100 for a percentage; none when that is not known.
    pub per: Option<u32>,
}

/// An area as it was when the release was delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AreaEntry {
    /// Its code.
    pub code: String,
    /// What kind of area it is.
    pub kind: AreaKind,
}

/// What tells a cell from all others, as positions in the dictionaries of its table. The
/// dictionaries are sorted, so keys are ordered as the texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::domain) struct Key {
    pub indicator: u32,
    pub area: u32,
    pub period: u32,
    pub categories: u32,
    pub source: u32,
}

/// A cell.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Row {
    pub key: Key,
    /// The line of the delivery that it stands on; 0 when it comes from storage.
    pub line: u32,
    unscaled: i64,
    note: u32,
    contributions: u32,
    scale: u8,
    status: Status,
    ratio: Option<Ratio>,
}

impl Row {
    /// Its value; none when it is not applicable.
    pub(in crate::domain) fn value(&self) -> Option<Decimal> {
        match self.status {
            Status::NotApplicable => None,
            Status::Final | Status::Provisional | Status::Estimated => {
                Decimal::new(i128::from(self.unscaled), self.scale)
            }
        }
    }

    /// What its rate is of; none when that was not delivered.
    pub(in crate::domain) fn ratio(&self) -> Option<Ratio> {
        self.ratio
    }
}

/// The cells of one release.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(in crate::domain) dimensions: Vec<String>,
    pub(in crate::domain) indicators: Vec<IndicatorEntry>,
    pub(in crate::domain) areas: Vec<AreaEntry>,
    pub(in crate::domain) periods: Vec<Period>,
    pub(in crate::domain) categories: Vec<Vec<String>>,
    pub(in crate::domain) sources: Vec<String>,
    pub(in crate::domain) notes: Vec<String>,
    contributions: Vec<Contributions>,
    pub(in crate::domain) rows: Vec<Row>,
}

/// A cell with its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellRef<'a> {
    /// Code of the indicator.
    pub indicator: &'a str,
    /// Whether its values are counts that add up.
    pub additive: bool,
    /// Per how many its rates are, 100 for a percentage; none when that is not known.
    pub per: Option<u32>,
    /// Code of the area.
    pub area: &'a str,
    /// What kind of area it is.
    pub kind: AreaKind,
    /// The period.
    pub period: Period,
    /// A category for each dimension of the table.
    pub categories: &'a [String],
    /// Which of several sources it is from; empty when there is one.
    pub source: &'a str,
    /// The value; none when it is not applicable.
    pub value: Option<Decimal>,
    /// What the value is the rate of; none when that was not delivered.
    pub ratio: Option<Ratio>,
    /// Who contributes how much to the value; none when that was not delivered, or nobody does.
    pub contributions: Option<&'a Contributions>,
    /// What kind of value it is.
    pub status: Status,
    /// What a reader has to know, in Dutch.
    pub note: &'a str,
}

fn at<T>(list: &[T], index: u32) -> Option<&T> {
    list.get(usize::try_from(index).ok()?)
}

impl Table {
    /// How many cells there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The codes of the dimensions, in the order of the categories of a cell.
    #[must_use]
    pub(crate) fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    /// The cell at `index`.
    #[must_use]
    pub(crate) fn cell(&self, index: usize) -> Option<CellRef<'_>> {
        self.resolve(self.rows.get(index)?)
    }

    /// All cells in order.
    pub(crate) fn cells(&self) -> impl ExactSizeIterator<Item = CellRef<'_>> {
        self.rows.iter().map(|row| self.resolve(row).unwrap_or(NOTHING))
    }

    fn resolve(&self, row: &Row) -> Option<CellRef<'_>> {
        let indicator = at(&self.indicators, row.key.indicator)?;
        let area = at(&self.areas, row.key.area)?;
        Some(CellRef {
            indicator: &indicator.code,
            additive: indicator.additive,
            per: indicator.per,
            area: &area.code,
            kind: area.kind,
            period: *at(&self.periods, row.key.period)?,
            categories: at(&self.categories, row.key.categories)?,
            source: at(&self.sources, row.key.source)?,
            value: row.value(),
            ratio: row.ratio,
            contributions: self.contributions(row),
            status: row.status,
            note: at(&self.notes, row.note)?,
        })
    }

    /// Who contributes how much to a cell; none when that was not delivered, or nobody does.
    pub(in crate::domain) fn contributions(&self, row: &Row) -> Option<&Contributions> {
        at(&self.contributions, row.contributions).filter(|own| !own.is_empty())
    }

    /// The cell with this key.
    pub(in crate::domain) fn find(&self, key: Key) -> Option<&Row> {
        let index = self.rows.binary_search_by(|row| row.key.cmp(&key)).ok()?;
        self.rows.get(index)
    }

    /// How many areas have a cell.
    #[must_use]
    pub(crate) fn area_count(&self) -> usize {
        self.areas.len()
    }

    /// The periods that have a cell, in order.
    #[must_use]
    pub(crate) fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        let texts = |list: &[String]| list.iter().map(|text| text.len() + size_of::<String>()).sum::<usize>();
        let categories: usize = self.categories.iter().map(|tuple| texts(tuple)).sum();
        let entries = (self.indicators.len() + self.areas.len()) * (size_of::<AreaEntry>() + 16);
        let contributions: usize = self.contributions.iter().map(Contributions::size).sum();
        let texts = texts(&self.sources) + texts(&self.notes) + categories;
        self.rows.len() * size_of::<Row>() + texts + entries + contributions
    }

    /// Writes the canonical form, of which the digest of a release is taken: for the table the
    /// codes of its dimensions, and then for each cell in order indicator, area, period, the
    /// category of each dimension, source, value, status (as a delivery names it) and note, for a
    /// rate of which these are known numerator and denominator, and for another value of which they are
    /// known who contribute how much, as a delivery tells it, by code. Each text is written as a netstring:
    /// its length in bytes in decimal, a colon, its UTF-8 bytes, a comma. The list of dimensions and
    /// every cell end with a line feed.
    pub(crate) fn write_canonical(&self, mut write: impl FnMut(&[u8])) {
        let mut line = Vec::new();
        let text = |line: &mut Vec<u8>, text: &str| {
            line.extend_from_slice(text.len().to_string().as_bytes());
            line.push(b':');
            line.extend_from_slice(text.as_bytes());
            line.push(b',');
        };
        self.dimensions.iter().for_each(|dimension| text(&mut line, dimension));
        line.push(b'\n');
        write(&line);
        for cell in self.cells() {
            line.clear();
            text(&mut line, cell.indicator);
            text(&mut line, cell.area);
            text(&mut line, &cell.period.to_string());
            cell.categories.iter().for_each(|category| text(&mut line, category));
            text(&mut line, cell.source);
            text(&mut line, &cell.value.map(|value| value.to_string()).unwrap_or_default());
            text(&mut line, cell.status.dutch());
            text(&mut line, cell.note);
            if let Some(ratio) = cell.ratio {
                text(&mut line, &ratio.numerator().to_string());
                text(&mut line, &ratio.denominator().to_string());
            }
            if let Some(contributions) = cell.contributions {
                text(&mut line, &contributions.to_string());
            }
            line.push(b'\n');
            write(&line);
        }
    }
}

/// Stands for a row whose texts are gone. The builder makes no such row.
const NOTHING: CellRef<'static> = CellRef {
    indicator: "",
    additive: false,
    per: None,
    area: "",
    kind: AreaKind::Country,
    period: Period::Year(0),
    categories: &[],
    source: "",
    value: None,
    ratio: None,
    contributions: None,
    status: Status::NotApplicable,
    note: "",
};
