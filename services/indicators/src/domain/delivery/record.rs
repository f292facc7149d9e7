//! The check of each line of a delivery.

use super::lines::{Fields, Line};
use super::sentence::{self, Problem};
use super::{Errors, MAX_NOTE, MAX_SOURCE, Report, Shape, contributions, distribution, periods, ratio, sums};
use crate::domain::dataset::{Dimension, FIXED_COLUMNS};
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, Table, TableBuilder};

const INDICATOR: &str = "indicator";
const AREA: &str = "gebied";
const PERIOD: &str = "periode";
const VALUE: &str = "waarde";
const STATUS: &str = "status";
const SOURCE: &str = "bron";
const NOTE: &str = "opmerking";

/// Where each column is.
#[derive(Debug)]
struct Columns {
    count: usize,
    indicator: usize,
    area: usize,
    period: usize,
    value: usize,
    dimensions: Vec<usize>,
    status: Option<usize>,
    source: Option<usize>,
    note: Option<usize>,
    ratio: (Option<usize>, Option<usize>),
    contributions: Option<usize>,
    names: Vec<String>,
}

/// What is known of the header.
#[derive(Debug)]
enum Header {
    /// Still to come.
    Expected,
    /// Wrong, so that the lines below it mean nothing.
    Unusable,
    /// Good.
    Known(Columns),
}

#[derive(Debug)]
pub(super) struct Checker {
    shape: Shape,
    max_cells: u32,
    header: Header,
    table: TableBuilder,
    errors: Errors,
    line_count: u64,
}

impl Checker {
    pub(super) fn new(shape: Shape, max_cells: u32) -> Self {
        let dimensions = shape.dimensions.iter().map(|dimension| dimension.code.clone()).collect();
        Self {
            shape,
            max_cells,
            header: Header::Expected,
            table: TableBuilder::new(dimensions),
            errors: Errors::default(),
            line_count: 0,
        }
    }

    pub(super) fn too_many_cells(&self) -> bool {
        u32::try_from(self.table.len()).map_or(true, |cells| cells > self.max_cells)
    }

    pub(super) fn line(&mut self, line: &Line<'_>) {
        match (&self.header, line) {
            (Header::Expected, Line::TooLong(number)) => {
                self.errors.push(*number, "", "", sentence::line_too_long());
                self.header = Header::Unusable;
            }
            (Header::Expected, Line::Fields(number, fields)) => {
                self.header = self.read_header(*number, *fields);
            }
            (Header::Unusable | Header::Known(_), Line::TooLong(number)) => {
                self.line_count += 1;
                self.errors.push(*number, "", "", sentence::line_too_long());
            }
            (Header::Unusable, Line::Fields(..)) => self.line_count += 1,
            (Header::Known(columns), Line::Fields(number, fields)) => {
                self.line_count += 1;
                if !self.too_many_cells() {
                    read_cell(columns, &self.shape, *number, *fields, &mut self.table, &mut self.errors);
                }
            }
        }
    }

    fn read_header(&mut self, line: u64, fields: Fields<'_>) -> Header {
        let before = self.errors.count;
        let mut names: Vec<String> = Vec::with_capacity(fields.len());
        for field in fields.iter() {
            let Ok(name) = std::str::from_utf8(field) else {
                self.errors.push(line, "", &String::from_utf8_lossy(field), sentence::not_utf8());
                names.push(String::new());
                continue;
            };
            let known = FIXED_COLUMNS.contains(&name)
                || self.shape.dimensions.iter().any(|dimension| dimension.code == name);
            if names.iter().any(|other| other == name) {
                self.errors.push(line, name, name, sentence::column_twice());
            } else if !known {
                self.errors.push(line, name, name, sentence::column_unknown());
            }
            names.push(name.to_owned());
        }
        let header = names.join(",");
        let place = |name: &str| names.iter().position(|other| other == name);
        let mut needed = |name: &str| {
            let found = place(name);
            if found.is_none() {
                self.errors.push(line, name, &header, sentence::column_missing(&header));
            }
            found
        };
        let fixed = (needed(INDICATOR), needed(AREA), needed(PERIOD), needed(VALUE));
        let dimensions: Option<Vec<usize>> =
            self.shape.dimensions.iter().map(|dimension| needed(&dimension.code)).collect();
        match (fixed, dimensions) {
            ((Some(indicator), Some(area), Some(period), Some(value)), Some(dimensions))
                if self.errors.count == before =>
            {
                Header::Known(Columns {
                    count: names.len(),
                    indicator,
                    area,
                    period,
                    value,
                    dimensions,
                    status: place(STATUS),
                    source: place(SOURCE),
                    note: place(NOTE),
                    ratio: (place(ratio::NUMERATOR), place(ratio::DENOMINATOR)),
                    contributions: place(contributions::CONTRIBUTIONS),
                    names,
                })
            }
            _ => Header::Unusable,
        }
    }

    pub(super) fn finish(self) -> (Option<Table>, Report) {
        let Self { shape, header, table, mut errors, line_count, .. } = self;
        match header {
            Header::Expected => errors.push(0, "", "", sentence::file_empty()),
            Header::Known(_) if line_count == 0 => errors.push(0, "", "", sentence::no_cells()),
            Header::Unusable | Header::Known(_) => {}
        }
        let mut table = table.finish();
        sums::drop_duplicates(&mut table, &mut errors);
        let mut sums_checked = sums::check(&table, &shape, &mut errors);
        sums_checked += periods::check(&table, &shape.declared, &mut errors);
        distribution::check(&table, &shape, &mut errors);
        errors.kept.sort_by(|a, b| (a.line, &a.column).cmp(&(b.line, &b.column)));
        let report = Report {
            line_count,
            cell_count: table.len(),
            area_count: table.area_count(),
            periods: table.periods().to_vec(),
            sums_checked,
            error_count: errors.count,
            errors: errors.kept,
        };
        ((report.error_count == 0).then_some(table), report)
    }
}

/// Collects what is wrong with one line.
pub(super) struct LineErrors<'a> {
    line: u64,
    errors: &'a mut Errors,
    before: u64,
}

impl LineErrors<'_> {
    pub(super) fn push(&mut self, column: &str, found: &str, problem: Problem) {
        self.errors.push(self.line, column, found, problem);
    }

    fn none(&self) -> bool {
        self.errors.count == self.before
    }
}

fn read_cell(
    columns: &Columns,
    shape: &Shape,
    line: u64,
    fields: Fields<'_>,
    table: &mut TableBuilder,
    errors: &mut Errors,
) {
    let before = errors.count;
    let mut errors = LineErrors { line, errors, before };
    if fields.len() != columns.count {
        return wrong_count(columns, fields, &mut errors);
    }
    let mut texts: Vec<&str> = Vec::with_capacity(columns.count);
    for (field, name) in fields.iter().zip(&columns.names) {
        texts.push(std::str::from_utf8(field).unwrap_or_else(|_| {
            errors.push(name, &String::from_utf8_lossy(field), sentence::not_utf8());
            ""
        }));
    }
    if !errors.none() {
        return;
    }
    let text = |index: usize| texts.get(index).copied().unwrap_or_default();
    let optional = |index: Option<usize>| index.map(text).unwrap_or_default();

    let indicator = read_indicator(text(columns.indicator), shape, &mut errors);
    let period = read_period(text(columns.period), &mut errors);
    let area = read_area(text(columns.area), period, shape, &mut errors);
    let mut categories = Vec::with_capacity(columns.dimensions.len());
    for (dimension, index) in shape.dimensions.iter().zip(&columns.dimensions) {
        categories.push(read_category(text(*index), dimension, &mut errors));
    }
    let value = read_value(text(columns.value), optional(columns.status), &mut errors);
    let (ratio, contributions) = match (&indicator, value) {
        (Some(indicator), Some((value, _))) => {
            let (numerator, denominator) = columns.ratio;
            let told = (optional(numerator), optional(denominator));
            let ratio = ratio::read(told, indicator, value, &mut errors);
            (ratio, contributions::read(optional(columns.contributions), indicator, value, &mut errors))
        }
        _ => (None, None),
    };
    check_text(SOURCE, optional(columns.source), MAX_SOURCE, &mut errors);
    check_text(NOTE, optional(columns.note), MAX_NOTE, &mut errors);
    if let (Some(indicator), Some(area), Some(period), Some((value, status)), true) =
        (indicator, area, period, value, errors.none())
    {
        table.push(&NewCell {
            indicator: &indicator,
            area: &area,
            period,
            categories: &categories,
            source: optional(columns.source),
            value,
            ratio,
            contributions: contributions.as_ref(),
            status,
            note: optional(columns.note),
            line: u32::try_from(line).unwrap_or(u32::MAX),
        });
    }
}

/// One field too many is most often a decimal comma without quotes.
fn wrong_count(columns: &Columns, fields: Fields<'_>, errors: &mut LineErrors<'_>) {
    let text = |index: usize| fields.get(index).and_then(|field| std::str::from_utf8(field).ok());
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if fields.len() == columns.count + 1
        && let Some(whole) =
            text(columns.value).filter(|part| Decimal::parse(part).is_ok() && !part.contains('.'))
        && let Some(fraction) = text(columns.value + 1).filter(digits)
    {
        let found = format!("{whole},{fraction}");
        return errors.push(VALUE, &found, sentence::decimal_comma(&found));
    }
    errors.push("", "", sentence::field_count(fields.len(), columns.count));
}

fn read_indicator(text: &str, shape: &Shape, errors: &mut LineErrors<'_>) -> Option<IndicatorEntry> {
    if text.is_empty() {
        errors.push(INDICATOR, text, sentence::field_empty());
        return None;
    }
    let indicator = shape.indicators.get(text);
    if indicator.is_none() {
        errors.push(INDICATOR, text, sentence::indicator_unknown(text));
    }
    indicator.cloned()
}

fn read_period(text: &str, errors: &mut LineErrors<'_>) -> Option<Period> {
    if text.is_empty() {
        errors.push(PERIOD, text, sentence::field_empty());
        return None;
    }
    let period = Period::parse(text).ok();
    if period.is_none() {
        errors.push(PERIOD, text, sentence::period_invalid(text));
    }
    period
}

fn read_area(
    text: &str,
    period: Option<Period>,
    shape: &Shape,
    errors: &mut LineErrors<'_>,
) -> Option<AreaEntry> {
    if text.is_empty() {
        errors.push(AREA, text, sentence::field_empty());
        return None;
    }
    let Some(area) = shape.areas.get(text) else {
        errors.push(AREA, text, sentence::area_unknown(text));
        return None;
    };
    if let Some(period) = period
        && !area.has_figures_of(period.year())
    {
        errors.push(AREA, text, sentence::area_not_in_year(text, period.year()));
        return None;
    }
    Some(AreaEntry { code: area.code.clone(), kind: area.kind })
}

fn read_category(text: &str, dimension: &Dimension, errors: &mut LineErrors<'_>) -> String {
    if text.is_empty() {
        errors.push(&dimension.code, text, sentence::field_empty());
    } else if !dimension.categories.iter().any(|category| category == text) {
        errors.push(&dimension.code, text, sentence::category_unknown(text, &dimension.categories));
    }
    text.to_owned()
}

/// A text that a person wrote: short, and all of it to be seen.
fn check_text(column: &str, text: &str, limit: usize, errors: &mut LineErrors<'_>) {
    if text.chars().any(char::is_control) {
        errors.push(column, text, sentence::text_with_control());
    } else if text.chars().count() > limit {
        errors.push(column, text, sentence::text_too_long(limit));
    }
}

fn read_value(value: &str, status: &str, errors: &mut LineErrors<'_>) -> Option<(Option<Decimal>, Status)> {
    let read = if status.is_empty() { Some(Status::Final) } else { Status::of_dutch(status) };
    if read.is_none() {
        errors.push(STATUS, status, sentence::status_invalid(status));
    }
    if value.is_empty() {
        if read == Some(Status::NotApplicable) {
            return Some((None, Status::NotApplicable));
        }
        errors.push(VALUE, value, sentence::value_empty());
        return None;
    }
    match Decimal::parse(value) {
        Ok(_) if read == Some(Status::NotApplicable) => {
            errors.push(STATUS, status, sentence::status_with_value(value));
            None
        }
        Ok(number) => read.map(|status| (Some(number), status)),
        Err(_) => {
            let comma = Decimal::parse(&value.replacen(',', ".", 1)).is_ok();
            let problem = if comma { sentence::decimal_comma(value) } else { sentence::value_invalid(value) };
            errors.push(VALUE, value, problem);
            None
        }
    }
}
