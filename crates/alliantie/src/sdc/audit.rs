//! What can be computed about hidden cells, per case.

use std::collections::HashSet;

use anyhow::{Context, Result};
use sdc::audit::{Findings, Interval, Question, examine};
use sdc::model::CellId;
use sdc::{Mask, Watch};
use serde_json::{Map, Value, json};

use super::file::{Case, Cell, File, Tables};
use super::{magnitude, single};

/// The width that the format has a verdict for.
const WIDTH: i64 = 5;

/// What follows from the sums alone, by both names that the format has for it: the longer one is for where more follows
/// from what cells cannot be.
const RECOVERABLE: [&str; 2] = ["recoverable", "recoverable_by_linear_algebra_alone"];

/// The answers of all cases in a file.
pub(super) fn report(file: &File, watch: &dyn Watch) -> Result<Value> {
    let mut answer = Map::new();
    if let Some(id) = &file.id {
        answer.insert("id".to_owned(), id.as_str().into());
    }
    if !file.single_cells.is_empty() {
        answer.insert("single_cells".to_owned(), single::report(&file.single_cells)?);
    }
    if !file.magnitude1.is_empty() {
        answer.insert("magnitude1".to_owned(), magnitude::report(&file.magnitude1).context("magnitude1")?);
    }
    let asks_of_cells = !file.cells.is_empty() || !file.cases.is_empty();
    if asks_of_cells || answer.keys().all(|key| key == "id") {
        let tables = file.tables()?;
        let as_published = [Case { name: "as published".to_owned(), ..Case::default() }];
        let cases = if file.cases.is_empty() { &as_published[..] } else { &file.cases };
        let about = |case: &Case| format!("cases, \"{}\"", case.name);
        let answers = cases.iter().map(|case| one(&tables, case, watch).with_context(|| about(case)));
        answer.insert("cases".to_owned(), answers.collect::<Result<Vec<_>>>()?.into());
    }
    Ok(Value::Object(answer))
}

fn one(tables: &Tables<'_>, case: &Case, watch: &dyn Watch) -> Result<Value> {
    let (hidden, known) = tables.view(case)?;
    let universe = &tables.linked.universe;
    let question =
        Question { universe, hidden: &hidden, known: &known, floor: tables.floor, integer: tables.integer };
    let findings = examine(&question, watch)?;
    let mut answer = Map::new();
    let told = told(tables, case, &hidden, &known)?;
    answer.insert("name".to_owned(), case.name.as_str().into());
    answer.insert("suppressed".to_owned(), suppressed(tables, case).map(|cell| cell.id.as_str()).collect());
    let recoverable = with(recoverable(tables, &findings)?, &told, |value| value);
    for key in RECOVERABLE {
        answer.insert(key.to_owned(), recoverable.clone());
    }
    let all = intervals(tables, &findings, |_| true)?;
    answer.insert("intervals".to_owned(), with(all, &told, |value| json!([value.clone(), value])));
    let protected = intervals(tables, &findings, |cell| cell.protected)?;
    let told: Vec<&Cell> = told.into_iter().filter(|cell| cell.protected).collect();
    let protected = with(protected, &told, |value| json!([value.clone(), value]));
    answer.insert("intervals_protected".to_owned(), protected);
    let mut least: Option<Interval> = None;
    let (mut exact, mut wide, mut wide5) = (true, true, true);
    let width = i64::try_from(tables.file.width().unwrap_or(0))?.saturating_mul(tables.unit());
    let is_own = |cell: &Cell| case.insider_knows.contains(&cell.id);
    for cell in tables.file.cells.iter().filter(|cell| cell.protected && !is_own(cell)) {
        let place = tables.place(&cell.id, "cells")?;
        let value = Some(universe.value(place).into());
        let is_shown = Interval { low: value, high: value, exact: true };
        let interval = findings.interval(place).unwrap_or(is_shown);
        exact &= !interval.is_point();
        wide &= interval.spans(width);
        wide5 &= interval.spans(WIDTH.saturating_mul(tables.unit()));
        if least.is_none_or(|least| narrower(interval, least)) {
            least = Some(interval);
        }
    }
    answer.insert("safe".to_owned(), (exact && wide).into());
    answer.insert("safe_exact".to_owned(), exact.into());
    answer.insert("safe_width5".to_owned(), wide5.into());
    answer.insert("min_width".to_owned(), least.map_or(Value::Null, |least| apart(tables, least)));
    let unproven: Vec<&str> = ids(tables, &findings, |interval| !interval.exact)?;
    if !unproven.is_empty() {
        answer.insert("unproven".to_owned(), json!(unproven));
    }
    Ok(Value::Object(answer))
}

/// The cells that a case does not show.
fn suppressed<'a>(tables: &Tables<'a>, case: &'a Case) -> impl Iterator<Item = &'a Cell> {
    let ids = |ids: &'a Vec<String>| ids.iter().map(String::as_str).collect();
    let shown: Option<HashSet<&str>> = case.publish.as_ref().map(ids);
    let is_shown =
        move |cell: &Cell| shown.as_ref().map_or(cell.published, |shown| shown.contains(cell.id.as_str()));
    tables.file.cells.iter().filter(move |cell| !is_shown(cell))
}

/// Cells that a case hides, that its insider is not said to know, and that are the same as a cell that it shows or
/// that its insider knows.
fn told<'a>(tables: &Tables<'a>, case: &'a Case, hidden: &Mask, known: &[CellId]) -> Result<Vec<&'a Cell>> {
    let mut told = Vec::new();
    for cell in suppressed(tables, case) {
        let place = tables.place(&cell.id, "cells")?;
        let is_told = !hidden.hides(place) || known.contains(&place);
        if is_told && !case.insider_knows.contains(&cell.id) {
            told.push(cell);
        }
    }
    Ok(told)
}

/// An answer by cell with these cells besides, of which the value is known.
fn with(answer: Value, told: &[&Cell], known: impl Fn(Value) -> Value) -> Value {
    let Value::Object(mut answer) = answer else { return answer };
    answer.extend(told.iter().map(|cell| (cell.id.clone(), known(cell.value.json()))));
    Value::Object(answer)
}

/// Cells that the relations alone give, with their values.
pub(super) fn recoverable(tables: &Tables<'_>, findings: &Findings) -> Result<Value> {
    let mut answer = Map::new();
    for cell in &tables.file.cells {
        let place = tables.place(&cell.id, "cells")?;
        if findings.recoverable.binary_search(&place).is_ok() {
            answer.insert(cell.id.clone(), tables.number(tables.linked.universe.value(place).into()));
        }
    }
    Ok(Value::Object(answer))
}

/// The intervals of hidden cells.
pub(super) fn intervals(
    tables: &Tables<'_>,
    findings: &Findings,
    wanted: impl Fn(&Cell) -> bool,
) -> Result<Value> {
    let mut answer = Map::new();
    for cell in tables.file.cells.iter().filter(|cell| wanted(cell)) {
        if let Some(interval) = findings.interval(tables.place(&cell.id, "cells")?) {
            let bounds = [interval.low, interval.high];
            let bounds = bounds.map(|bound| bound.map_or(Value::Null, |bound| tables.number(bound)));
            answer.insert(cell.id.clone(), json!(bounds));
        }
    }
    Ok(Value::Object(answer))
}

fn ids<'a>(
    tables: &'a Tables<'_>,
    findings: &Findings,
    wanted: impl Fn(&Interval) -> bool,
) -> Result<Vec<&'a str>> {
    let mut ids = Vec::new();
    for cell in &tables.file.cells {
        if findings.interval(tables.place(&cell.id, "cells")?).is_some_and(|interval| wanted(&interval)) {
            ids.push(cell.id.as_str());
        }
    }
    Ok(ids)
}

fn narrower(one: Interval, other: Interval) -> bool {
    match (one.width(), other.width()) {
        (Some(one), Some(other)) => one < other,
        (one, _) => one.is_some(),
    }
}

fn apart(tables: &Tables<'_>, interval: Interval) -> Value {
    interval.width().map_or(Value::Null, |width| tables.number(width))
}
