//! What concerns a delivery as a whole: cells that are there twice, and parts that do not add up.

use std::collections::{BTreeMap, HashMap};

use super::{Errors, Shape, contributions, ratio, sentence};
use crate::domain::contributions::Contributions;
use crate::domain::dataset::Dimension;
use crate::domain::decimal::Decimal;
use crate::domain::declaration::Declarations;
use crate::domain::table::{Key, Row, Table};

/// What adds up, and the column that it is in.
pub(super) struct Amount {
    pub column: &'static str,
    pub of: fn(&Row) -> Option<Decimal>,
}

const COUNTS: [Amount; 1] = [Amount { column: "waarde", of: Row::value }];
/// Rates do not add up; who they are of do.
const RATES: [Amount; 2] = [
    Amount { column: ratio::NUMERATOR, of: |row| whole(row.ratio()?.numerator()) },
    Amount { column: ratio::DENOMINATOR, of: |row| whole(row.ratio()?.denominator()) },
];

/// What adds up of counts, or of rates; over time only the first does.
pub(super) fn amounts(additive: bool) -> &'static [Amount] {
    if additive { &COUNTS } else { &RATES }
}

fn whole(number: u32) -> Option<Decimal> {
    Decimal::new(i128::from(number), 0)
}

/// Reports every cell that was on an earlier line, and keeps the first.
pub(super) fn drop_duplicates(table: &mut Table, errors: &mut Errors) {
    table.rows.dedup_by(|later, first| {
        let same = later.key == first.key;
        if same {
            errors.push(u64::from(later.line), "", "", sentence::duplicate_cell(first.line));
        }
        same
    });
}

/// Compares every whole with the sum of its parts, where all parts are there and have a value, and so what
/// each organisation contributes. Gives how many sums were compared.
pub(super) fn check(table: &Table, shape: &Shape, errors: &mut Errors) -> u64 {
    let breakdowns = breakdowns(table, &shape.dimensions);
    let mut areas = Areas::new(table, shape);
    let mut compared = 0;
    for row in &table.rows {
        let indicator = position(row.key.indicator).and_then(|at| table.indicators.get(at));
        let amounts = amounts(indicator.is_some_and(|indicator| indicator.additive));
        for own in &breakdowns {
            compared += own.compare(table, &shape.declared, row, errors);
        }
        if let Some((level, parts)) = areas.parts(row) {
            let rows = parts.iter().map(|part| table.find(Key { area: *part, ..row.key })).collect();
            let problem = |sum| sentence::sum_of_areas(parts.len(), level, sum);
            compared += compare(table, row, amounts, rows, errors, &problem);
        }
    }
    compared
}

fn position(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

fn number(found: Result<usize, usize>) -> Option<u32> {
    u32::try_from(found.ok()?).ok()
}

/// The first row of a table with a category that is not the sum of what these breakdowns say it is, or is less
/// than what is told of that, and that category.
pub(crate) fn contradiction<'d>(
    table: &Table,
    dimensions: &'d [Dimension],
    declared: &Declarations,
) -> Option<(usize, &'d str)> {
    let breakdowns = breakdowns(table, dimensions);
    table.rows.iter().enumerate().find_map(|(place, row)| {
        let is_wrong = |own: &&Breakdown<'_>| {
            let mut errors = Errors::default();
            own.compare(table, declared, row, &mut errors);
            errors.count > 0 || own.is_exceeded(table, declared, row)
        };
        breakdowns.iter().find(is_wrong).map(|own| (place, own.whole))
    })
}

/// All of them; none where one is lacking.
fn all<'t>(rows: impl Iterator<Item = Option<Vec<&'t Row>>>) -> Option<Vec<&'t Row>> {
    rows.collect::<Option<Vec<_>>>().map(|rows| rows.concat())
}

/// Compares one whole with its parts, and gives in how many ways they could be compared.
fn compare(
    table: &Table,
    row: &Row,
    amounts: &[Amount],
    parts: Option<Vec<&Row>>,
    errors: &mut Errors,
    problem: &dyn Fn(Decimal) -> sentence::Problem,
) -> u64 {
    let Some(parts) = parts else { return 0 };
    let mut compared = 0;
    for amount in amounts {
        let Some((sum, whole)) = sum(parts.iter().map(|part| (amount.of)(part))).zip((amount.of)(row)) else {
            continue;
        };
        if sum.billionths() != whole.billionths() {
            errors.push(u64::from(row.line), amount.column, &whole.to_string(), problem(sum));
        }
        compared += 1;
    }
    if let Some(told) = table.contributions(row) {
        compared += compare_contributions(table, (row, told), &parts, errors, problem);
    }
    compared
}

/// All of them together; none where one is lacking, and of nothing.
fn sum(mut parts: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    let first = parts.next()??;
    parts.try_fold(first, |sum, part| sum.checked_add(part?))
}

/// Compares what each organisation contributes to a whole with what it contributes to the parts, where all of
/// these tell it. To what is zero nobody contributes.
fn compare_contributions(
    table: &Table,
    (row, told): (&Row, &Contributions),
    parts: &[&Row],
    errors: &mut Errors,
    problem: &dyn Fn(Decimal) -> sentence::Problem,
) -> u64 {
    let mut sums: BTreeMap<&str, Decimal> = told.iter().map(|(code, _)| (code, Decimal::ZERO)).collect();
    for part in parts {
        match table.contributions(part) {
            Some(own) => {
                for (code, amount) in own.iter() {
                    let sum = sums.entry(code).or_insert(Decimal::ZERO);
                    let Some(more) = sum.checked_add(amount) else { return 0 };
                    *sum = more;
                }
            }
            None if part.value().is_some_and(|value| value.unscaled() == 0) => {}
            None => return 0,
        }
    }
    let whole: BTreeMap<&str, Decimal> = told.iter().collect();
    for (code, sum) in sums {
        let amount = whole.get(code).copied().unwrap_or(Decimal::ZERO);
        if amount.billionths() != sum.billionths() {
            let problem = sentence::contribution(code, amount, problem(sum));
            errors.push(u64::from(row.line), contributions::CONTRIBUTIONS, &told.to_string(), problem);
        }
    }
    1
}

/// A category of a breakdown that is the sum of others.
struct Breakdown<'a> {
    dimension: &'a Dimension,
    whole: &'a str,
    /// For each combination with it, what makes that up.
    parts_of: HashMap<u32, Vec<Part>>,
}

impl Breakdown<'_> {
    /// What adds up in a row of this category, and what makes it up; none of another row.
    fn sum_of(
        &self,
        table: &Table,
        declared: &Declarations,
        row: &Row,
    ) -> Option<(&'static [Amount], &[Part])> {
        let indicator = position(row.key.indicator).and_then(|at| table.indicators.get(at))?;
        let amounts = amounts(indicator.additive);
        // All categories of a distribution are of the same group.
        let of_one = declared.is_distribution(&indicator.code);
        let amounts = if of_one { amounts.get(..1).unwrap_or_default() } else { amounts };
        Some((amounts, self.parts_of.get(&row.key.categories)?))
    }

    /// Compares a row with what makes it up, when it is of this category; in how many ways it could be.
    fn compare(&self, table: &Table, declared: &Declarations, row: &Row, errors: &mut Errors) -> u64 {
        let Some((amounts, parts)) = self.sum_of(table, declared, row) else { return 0 };
        let parts = all(parts.iter().map(|part| part.rows(table, row)));
        let problem = |sum| sentence::sum_of_categories(self.dimension, self.whole, sum);
        compare(table, row, amounts, parts, errors, &problem)
    }

    /// Whether what is told of what makes up a row is more than that, where nothing is less than zero.
    fn is_exceeded(&self, table: &Table, declared: &Declarations, row: &Row) -> bool {
        let Some((amounts, parts)) = self.sum_of(table, declared, row) else { return false };
        let told: Vec<&Row> = parts.iter().flat_map(|part| part.told(table, row)).collect();
        amounts.iter().any(|amount| {
            let own: Vec<Decimal> = told.iter().filter_map(|part| (amount.of)(part)).collect();
            let is_whole = own.iter().all(|part| part.unscaled() >= 0);
            let sum = sum(own.into_iter().map(Some)).filter(|_| is_whole);
            sum.zip((amount.of)(row)).is_some_and(|(sum, whole)| sum.billionths() > whole.billionths())
        })
    }
}

/// A combination that is a part of another one: where it occurs, and what it is the sum of itself.
struct Part {
    at: Option<u32>,
    parts: Vec<Self>,
}

impl Part {
    /// The row of it beside this one, or else those of what it is the sum of.
    fn rows<'t>(&self, table: &'t Table, row: &Row) -> Option<Vec<&'t Row>> {
        let own = self.at.and_then(|at| table.find(Key { categories: at, ..row.key }));
        let is_sum = !self.parts.is_empty();
        let of_parts = || all(self.parts.iter().map(|part| part.rows(table, row))).filter(|_| is_sum);
        own.map(|own| vec![own]).or_else(of_parts)
    }

    /// As many of these rows as are there.
    fn told<'t>(&self, table: &'t Table, row: &Row) -> Vec<&'t Row> {
        match self.at.and_then(|at| table.find(Key { categories: at, ..row.key })) {
            Some(own) => vec![own],
            None => self.parts.iter().flat_map(|part| part.told(table, row)).collect(),
        }
    }
}

/// The total and the sub-totals of each breakdown.
fn breakdowns<'a>(table: &Table, dimensions: &'a [Dimension]) -> Vec<Breakdown<'a>> {
    let mut all = Vec::new();
    for (index, dimension) in dimensions.iter().enumerate() {
        let sums: HashMap<&str, Vec<&str>> = dimension.sums().into_iter().collect();
        for (whole, _) in dimension.sums() {
            let mut parts_of = HashMap::new();
            for (at, categories) in (0u32..).zip(&table.categories) {
                if categories.get(index).is_some_and(|category| category == whole) {
                    parts_of.insert(at, parts(table, (index, categories), &sums, whole));
                }
            }
            all.push(Breakdown { dimension, whole, parts_of });
        }
    }
    all
}

/// What makes up a category beside these of other breakdowns; nothing of one that is no sum.
fn parts(
    table: &Table,
    (index, beside): (usize, &[String]),
    sums: &HashMap<&str, Vec<&str>>,
    whole: &str,
) -> Vec<Part> {
    let part = |category: &&str| {
        let mut own = beside.to_vec();
        if let Some(own) = own.get_mut(index) {
            (*category).clone_into(own);
        }
        let at = number(table.categories.binary_search(&own));
        Part { at, parts: parts(table, (index, beside), sums, category) }
    };
    sums.get(whole).into_iter().flatten().map(part).collect()
}

/// The areas that make up an area, by the division of a year.
struct Areas<'a> {
    table: &'a Table,
    children: HashMap<&'a str, Vec<&'a crate::domain::area::Area>>,
    known: HashMap<(u32, u16), Option<Vec<u32>>>,
}

impl<'a> Areas<'a> {
    fn new(table: &'a Table, shape: &'a Shape) -> Self {
        let mut children: HashMap<&str, Vec<_>> = HashMap::new();
        for area in shape.areas.values() {
            let parent = area.parents.first().and_then(|code| shape.areas.get(code));
            if let Some(parent) = parent.filter(|parent| parent.kind.made_of() == Some(area.kind)) {
                children.entry(parent.code.as_str()).or_default().push(area);
            }
        }
        Self { table, children, known: HashMap::new() }
    }

    /// The kind of the parts and their positions, when all of them occur somewhere.
    fn parts(&mut self, row: &Row) -> Option<(&'static str, &[u32])> {
        let table = self.table;
        let whole = table.areas.get(position(row.key.area)?)?;
        let level = whole.kind.made_of()?.dutch();
        let year = table.periods.get(position(row.key.period)?)?.year();
        let children = self.children.get(whole.code.as_str())?;
        let parts = self.known.entry((row.key.area, year)).or_insert_with(|| {
            let of_year = children.iter().filter(|area| area.has_figures_of(year));
            of_year
                .map(|area| number(table.areas.binary_search_by(|entry| entry.code.cmp(&area.code))))
                .collect()
        });
        Some((level, parts.as_deref()?))
    }
}
