//! The check of a delivery: a CSV file that comes in pieces of any size, in bounded memory. Every
//! error is found, with its line and column, before anything is stored.

mod contributions;
mod distribution;
mod lines;
mod periods;
mod ratio;
mod record;
mod sentence;
mod sums;

use std::collections::HashMap;

use crate::domain::area::Area;
use crate::domain::dataset::Dimension;
use crate::domain::declaration::Declarations;
use crate::domain::period::Period;
use crate::domain::table::{IndicatorEntry, Table};

use lines::Lines;
use record::Checker;

pub(crate) use periods::OverTime;
pub(crate) use sums::contradiction;

/// Most bytes of a line, its end included.
pub(crate) const MAX_LINE: usize = 64 * 1024;
/// Most errors that are kept; the rest is counted.
const MAX_ERRORS: usize = 1000;
/// Most characters of a found text that are shown.
const MAX_FOUND: usize = 80;
/// Most characters of a source.
const MAX_SOURCE: usize = 200;
/// Most characters of a note.
const MAX_NOTE: usize = 1000;

/// How large a delivery may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Most bytes of a file.
    pub bytes: u64,
    /// Most cells.
    pub cells: u32,
}

/// The delivery is larger than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the delivery is larger than {limit} {unit}")]
pub(crate) struct TooLarge {
    /// The limit.
    pub limit: u64,
    /// Of what: "bytes" or "cells".
    pub unit: &'static str,
}

/// What a delivery is checked against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// The indicators of the dataset by code.
    pub indicators: HashMap<String, IndicatorEntry>,
    /// All areas, by code.
    pub areas: HashMap<String, Area>,
    /// The breakdowns of the dataset.
    pub dimensions: Vec<Dimension>,
    /// What is declared of its indicators.
    pub declared: Declarations,
}

/// What is wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ErrorReason {
    /// The file is empty or its header lacks a column.
    ColumnMissing,
    /// The header has a column that the dataset does not have, or has one twice.
    ColumnUnknown,
    /// The line has another number of fields than the header.
    FieldCount,
    /// The text is not UTF-8.
    NotUtf8,
    /// The indicator does not exist or is not one of the dataset.
    IndicatorUnknown,
    /// The area does not exist, or not in the year of the period.
    AreaUnknown,
    /// The period is not a year, quarter, month or day.
    PeriodInvalid,
    /// The value is not a decimal number of at most 18 digits.
    ValueInvalid,
    /// The value has a decimal comma.
    DecimalComma,
    /// The category is not one of the dimension.
    CategoryUnknown,
    /// The status is not one of the list, or does not go with the value.
    StatusInvalid,
    /// The cell was on an earlier line.
    DuplicateCell,
    /// The parts, or the contributions, do not add up to the whole.
    SumMismatch,
    /// The line is longer than 64 KiB.
    LineTooLong,
    /// A field is empty and must not be.
    FieldEmpty,
    /// Numerator and denominator are not whole numbers of which one is a part of the other, or do not
    /// go with the indicator or the value.
    RatioInvalid,
    /// Contributions are not amounts of organisations, or do not go with the indicator or the value.
    ContributionsInvalid,
    /// The figures contradict what is declared of the indicator.
    NotAsDeclared,
    /// A source or note has control characters or is too long.
    TextInvalid,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryError {
    /// Line in the file, the header being line 1; 0 when it concerns the whole file.
    pub line: u64,
    /// Column by the name in the header; empty when it concerns the whole line.
    pub column: String,
    /// What is wrong.
    pub reason: ErrorReason,
    /// The text that was found, cut off at 80 characters.
    pub found: String,
    /// What is wrong and what to do, in Dutch, to be read after line and column.
    pub message_nl: String,
    /// The same in English.
    pub message_en: String,
}

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Lines read, the header not counted.
    pub line_count: u64,
    /// Cells in it.
    pub cell_count: usize,
    /// Areas in it.
    pub area_count: usize,
    /// Periods in it, in order.
    pub periods: Vec<Period>,
    /// How many sums of parts were compared with their whole.
    pub sums_checked: u64,
    /// How many errors there are in all.
    pub error_count: u64,
    /// The errors by line and column, at most 1000.
    pub errors: Vec<DeliveryError>,
}

/// The errors so far.
#[derive(Debug, Default)]
struct Errors {
    kept: Vec<DeliveryError>,
    count: u64,
}

impl Errors {
    fn push(&mut self, line: u64, column: &str, found: &str, (reason, nl, en): sentence::Problem) {
        self.count += 1;
        if self.kept.len() < MAX_ERRORS {
            self.kept.push(DeliveryError {
                line,
                column: column.to_owned(),
                reason,
                found: found.chars().take(MAX_FOUND).collect(),
                message_nl: nl,
                message_en: en,
            });
        }
    }
}

/// Checks one delivery.
#[derive(Debug)]
pub(crate) struct Validator {
    limits: Limits,
    bytes: u64,
    lines: Lines,
    checker: Checker,
}

impl Validator {
    /// A validator for a delivery to a dataset of this shape.
    #[must_use]
    pub(crate) fn new(shape: Shape, limits: Limits) -> Self {
        Self { limits, bytes: 0, lines: Lines::new(), checker: Checker::new(shape, limits.cells) }
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// When the delivery is larger than the limits; nothing more can be done with it then.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), TooLarge> {
        self.bytes = self.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.bytes > self.limits.bytes {
            return Err(TooLarge { limit: self.limits.bytes, unit: "bytes" });
        }
        let Self { lines, checker, .. } = self;
        lines.feed(piece, &mut |line| checker.line(&line));
        self.within_cells()
    }

    /// Ends the file, checks what concerns it as a whole, and gives the cells in canonical order
    /// when there are no errors.
    ///
    /// # Errors
    /// When the delivery is larger than the limits.
    pub(crate) fn finish(mut self) -> Result<(Option<Table>, Report), TooLarge> {
        let Self { lines, checker, .. } = &mut self;
        lines.end(&mut |line| checker.line(&line));
        self.within_cells()?;
        Ok(self.checker.finish())
    }

    fn within_cells(&self) -> Result<(), TooLarge> {
        if self.checker.too_many_cells() {
            return Err(TooLarge { limit: u64::from(self.limits.cells), unit: "cells" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
