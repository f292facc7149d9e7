//! Whether the periods of a delivery are what is declared of them: where an indicator adds up over time, no more
//! than the period that holds them.

use std::collections::BTreeSet;

use super::sums::amounts;
use super::{Errors, sentence};
use crate::domain::decimal::Decimal;
use crate::domain::declaration::Declarations;
use crate::domain::period::Period;
use crate::domain::table::{Key, Row, Table};

/// Compares every period with those in it, of the same area, categories and source. Some of these can be
/// lacking, and some of the whole can be in none of them. Gives how many were compared.
pub(super) fn check(table: &Table, declared: &Declarations, errors: &mut Errors) -> u64 {
    let mut compared = 0;
    for own in wholes(table, |code| declared.adds_up_over_time(code)) {
        compared += 1;
        if own.is_exceeded() {
            let problem = sentence::sum_of_periods(own.indicator, own.parts);
            errors.push(u64::from(own.line), own.column, &own.whole.to_string(), problem);
        }
    }
    compared
}

/// What figures of an indicator say of whether it adds up over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverTime {
    /// Nothing: no period holds another one.
    Open,
    /// It can be.
    Possible,
    /// It does not: parts are more than what holds them.
    Contradicted,
}

impl OverTime {
    /// What these releases say, each by itself of one area, categories and source.
    pub(crate) fn of(tables: &[&Table], indicator: &str) -> Self {
        let mut wholes = tables.iter().flat_map(|table| wholes(table, |code| code == indicator));
        if wholes.any(|own| own.is_exceeded()) {
            return Self::Contradicted;
        }
        let cells = tables.iter().flat_map(|table| table.cells());
        let periods = cells.filter(|cell| cell.indicator == indicator).map(|cell| cell.period);
        let periods: BTreeSet<Period> = periods.collect();
        // A period comes right before those in it.
        let nested = periods.iter().zip(periods.iter().skip(1)).any(|(one, next)| one.contains(*next));
        if nested { Self::Possible } else { Self::Open }
    }
}

/// A value and the sum of those of the largest periods in its own.
struct Whole<'t> {
    indicator: &'t str,
    line: u32,
    column: &'static str,
    whole: Decimal,
    parts: Decimal,
}

impl Whole<'_> {
    fn is_exceeded(&self) -> bool {
        self.parts.billionths() > self.whole.billionths()
    }
}

fn wholes<'t>(table: &'t Table, is_asked: impl Fn(&str) -> bool) -> impl Iterator<Item = Whole<'t>> {
    table.rows.iter().filter_map(move |row| whole(table, row, &is_asked))
}

/// None of a row with another indicator than is asked, or without periods in its own.
fn whole<'t>(table: &'t Table, row: &Row, is_asked: &impl Fn(&str) -> bool) -> Option<Whole<'t>> {
    let position = |at: u32| usize::try_from(at).ok();
    let indicator = table.indicators.get(position(row.key.indicator)?)?;
    let amount = amounts(indicator.additive).first().filter(|_| is_asked(&indicator.code))?;
    let (own, later) = table.periods.get(position(row.key.period)?..)?.split_first()?;
    let (mut parts, mut last): (Option<Decimal>, Option<Period>) = (None, None);
    // A period comes right before those in it.
    let inside = (row.key.period..).skip(1).zip(later).take_while(|(_, period)| own.contains(**period));
    for (place, period) in inside {
        let part = table.find(Key { period: place, ..row.key }).and_then(|part| (amount.of)(part));
        if let Some(part) = part.filter(|_| last.is_none_or(|last| !last.contains(*period))) {
            parts = Some(parts.unwrap_or(Decimal::ZERO).checked_add(part)?);
            last = Some(*period);
        }
    }
    let (column, line) = (amount.column, row.line);
    Some(Whole { indicator: &indicator.code, line, column, whole: (amount.of)(row)?, parts: parts? })
}
