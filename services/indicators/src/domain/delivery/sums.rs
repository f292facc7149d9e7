//! What concerns a delivery as a whole: cells that are there twice, and parts that do not add up.

use std::collections::{BTreeMap, HashMap};

use super::{Errors, Shape, contributions, ratio, sentence};
use crate::domain::contributions::Contributions;
use crate::domain::decimal::Decimal;
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
    let breakdowns = breakdowns(table, shape);
    let mut areas = Areas::new(table, shape);
    let mut compared = 0;
    for row in &table.rows {
        let indicator = position(row.key.indicator).and_then(|at| table.indicators.get(at));
        let additive = indicator.is_some_and(|indicator| indicator.additive);
        let amounts = amounts(additive);
        for (dimension, parts_of) in &breakdowns {
            let Some(parts) = parts_of.get(&row.key.categories) else {
                continue;
            };
            let keys = parts.iter().map(|part| Key { categories: *part, ..row.key });
            let problem = |sum| sentence::sum_of_categories(dimension, sum);
            // All categories of a distribution are of the same group.
            let of_one = indicator.is_some_and(|own| shape.declared.is_distribution(&own.code));
            let amounts = if of_one { amounts.get(..1).unwrap_or_default() } else { amounts };
            compared += compare(table, row, amounts, keys, errors, &problem);
        }
        if let Some((level, parts)) = areas.parts(row) {
            let keys = parts.iter().map(|part| Key { area: *part, ..row.key });
            let problem = |sum| sentence::sum_of_areas(parts.len(), level, sum);
            compared += compare(table, row, amounts, keys, errors, &problem);
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

/// Compares one whole with its parts, and gives in how many ways they could be compared.
fn compare(
    table: &Table,
    row: &Row,
    amounts: &[Amount],
    parts: impl Iterator<Item = Key>,
    errors: &mut Errors,
    problem: &dyn Fn(Decimal) -> sentence::Problem,
) -> u64 {
    let Some(parts) = parts.map(|part| table.find(part)).collect::<Option<Vec<&Row>>>() else {
        return 0;
    };
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

/// For each dimension with a total: for each combination with that total, the combinations that
/// make it up. Combinations of which a part occurs nowhere are left out.
fn breakdowns<'a>(table: &Table, shape: &'a Shape) -> Vec<(&'a str, HashMap<u32, Vec<u32>>)> {
    let of_dimension = |(index, dimension): (usize, &'a crate::domain::dataset::Dimension)| {
        let total = dimension.total.as_ref()?;
        let mut parts_of = HashMap::new();
        for (whole, categories) in (0u32..).zip(&table.categories) {
            if categories.get(index) != Some(total) {
                continue;
            }
            let others = dimension.categories.iter().filter(|category| *category != total);
            let part = |category: &String| {
                let mut part = categories.clone();
                *part.get_mut(index)? = category.clone();
                number(table.categories.binary_search(&part))
            };
            if let Some(parts) = others.map(part).collect::<Option<Vec<u32>>>() {
                parts_of.insert(whole, parts);
            }
        }
        Some((dimension.code.as_str(), parts_of))
    };
    shape.dimensions.iter().enumerate().filter_map(of_dimension).collect()
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
