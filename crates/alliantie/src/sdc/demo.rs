//! What a minimum count by itself gives away of the fictitious delivery of Weller, and what a mask
//! hides: the same rules, the same figures.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use sdc::audit::{Flaw, Question, judge};
use sdc::model::{Dimension, Floor, Insider, Need, Node, Table};
use sdc::protect::{Task, protect};
use sdc::rules::{Preset, RuleSet};
use sdc::{Mask, Watch};
use serde::Deserialize;

use crate::data;

/// Rent arrears are debts.
const POLICY: Preset = Preset::PersonsSensitive;

/// A row of the delivery.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "gebied")]
    area: String,
    #[serde(rename = "periode")]
    period: String,
    #[serde(rename = "leeftijdsgroep")]
    age: String,
    #[serde(rename = "waarde")]
    count: i64,
}

/// An area of the programme.
#[derive(Debug, Deserialize)]
struct Area {
    code: String,
    #[serde(rename = "ouder")]
    parent: Option<String>,
}

/// What there is to see of one quarter, in cells.
#[derive(Debug, PartialEq, Eq)]
struct Quarter {
    period: String,
    cells: usize,
    /// Under the minimum.
    small: usize,
    /// When the small cells are hidden and no others.
    plain: Found,
    /// Hidden by the mask.
    hidden: usize,
    /// When the mask hides them.
    masked: Found,
}

/// Protected cells that a recipient finds.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Exactly: by taking shown figures from shown totals, and as no count is under zero.
    exact: usize,
    /// Otherwise: within bounds that are narrower than the policy allows, or as an insider.
    narrow: usize,
}

/// The table to print.
pub(super) fn report(watch: &dyn Watch) -> Result<String> {
    let rules = POLICY.rules();
    let mut lines = vec![
        format!(
            "Huurachterstand bij Weller (fictief), regels {}: minimum {}, nullen afgeschermd, marge {}.",
            POLICY.name(),
            rules.minimum_frequency,
            rules.interval_width
        ),
        String::new(),
        "|          |        |       | alleen het minimum       | masker                              |"
            .to_owned(),
        "| kwartaal | cellen | klein |     precies | te precies | verborgen |     precies | te precies |"
            .to_owned(),
        "| -------- | -----: | ----: | ----------: | ---------: | --------: | ----------: | ---------: |"
            .to_owned(),
    ];
    for Quarter { period, cells, small, plain, hidden, masked } in with_sum(quarters(watch)?) {
        lines.push(format!(
            "| {period:8} | {cells:6} | {small:5} | {:11} | {:10} | {hidden:9} | {:11} | {:10} |",
            plain.exact, plain.narrow, masked.exact, masked.narrow
        ));
    }
    lines.push(String::new());
    lines.push(
        "Precies: kleine aantallen die maar één getal kunnen zijn, door getoonde cijfers van totalen af te trekken en \
         omdat geen aantal onder nul is. Te precies: aantallen die meer getallen kunnen zijn, maar binnen een kleinere \
         marge vastliggen dan mag."
            .to_owned(),
    );
    Ok(lines.join("\n"))
}

/// The quarters and what they are together.
fn with_sum(mut quarters: Vec<Quarter>) -> Vec<Quarter> {
    let sum = |count: fn(&Quarter) -> usize| quarters.iter().map(count).sum();
    let found = |found: fn(&Quarter) -> &Found| Found {
        exact: quarters.iter().map(|quarter| found(quarter).exact).sum(),
        narrow: quarters.iter().map(|quarter| found(quarter).narrow).sum(),
    };
    let all = Quarter {
        period: "samen".to_owned(),
        cells: sum(|quarter| quarter.cells),
        small: sum(|quarter| quarter.small),
        plain: found(|quarter| &quarter.plain),
        hidden: sum(|quarter| quarter.hidden),
        masked: found(|quarter| &quarter.masked),
    };
    quarters.push(all);
    quarters
}

fn quarters(watch: &dyn Watch) -> Result<Vec<Quarter>> {
    let mut periods: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in csv::Reader::from_reader(data::demo::WELLER_DELIVERY).deserialize() {
        let row: Row = row.context("de levering van Weller")?;
        periods.entry(row.period.clone()).or_default().push(row);
    }
    let mut parents = HashMap::new();
    for area in csv::Reader::from_reader(data::programme::AREAS).deserialize() {
        let area: Area = area.context("de gebieden van het programma")?;
        parents.insert(area.code, area.parent);
    }
    periods.into_iter().map(|(period, rows)| one(period, &table(&rows, &parents)?, watch)).collect()
}

/// The areas with their parents as far as these are delivered, by the age groups.
fn table(rows: &[Row], parents: &HashMap<String, Option<String>>) -> Result<Table> {
    let counts: BTreeMap<(&str, &str), i64> =
        rows.iter().map(|row| ((row.area.as_str(), row.age.as_str()), row.count)).collect();
    let sorted = |code: fn(&Row) -> &str| -> Vec<&str> {
        let all: std::collections::BTreeSet<&str> = rows.iter().map(code).collect();
        all.into_iter().collect()
    };
    let (areas, ages) = (sorted(|row| &row.area), sorted(|row| &row.age));
    let part_of = |code: &str| {
        let parent = parents.get(code)?.clone()?;
        areas.binary_search(&parent.as_str()).is_ok().then_some(parent)
    };
    let node = |code: &str, parent| Node { code: code.to_owned(), parent };
    let dimension = |name: &str, nodes| Dimension { name: name.to_owned(), nodes, groups: Vec::new() };
    let whole = |age: &str| (age != TOTAL).then(|| TOTAL.to_owned());
    let dimensions = [
        dimension("gebied", areas.iter().map(|code| node(code, part_of(code))).collect()),
        dimension("leeftijdsgroep", ages.iter().map(|age| node(age, whole(age))).collect()),
    ];
    let mut values = Vec::with_capacity(counts.len());
    for area in &areas {
        for age in &ages {
            let count = counts.get(&(*area, *age));
            values.push(*count.with_context(|| format!("de levering heeft geen {area} {age}"))?);
        }
    }
    Ok(Table::new(&dimensions, &values)?)
}

/// The age group of everyone.
const TOTAL: &str = "totaal";

fn one(period: String, table: &Table, watch: &dyn Watch) -> Result<Quarter> {
    let rules = POLICY.rules();
    let universe = &table.universe;
    let needs = rules.table_needs(table, &[1]);
    let minimum = RuleSet { group_share: None, ..rules.clone() };
    let small = minimum.table_needs(table, &[]);
    let mut plain = Mask::none(universe.len());
    small.iter().for_each(|need| plain.hide(need.cell));
    let contributors = |cell| u64::try_from(universe.value(cell)).ok();
    let insiders = rules.lone_contributors(universe, |_| false, contributors);
    let floor = rules.floor(universe, &needs);
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let mask = protect(&task, watch)?.mask;
    Ok(Quarter {
        period,
        cells: universe.len(),
        small: plain.count(),
        plain: found(table, floor, &plain, (&small, &[]), watch)?,
        hidden: mask.count(),
        masked: found(table, floor, &mask, (&needs, &insiders), watch)?,
    })
}

fn found(
    table: &Table,
    floor: Floor,
    hidden: &Mask,
    (needs, insiders): (&[Need], &[Insider]),
    watch: &dyn Watch,
) -> Result<Found> {
    let question = Question { universe: &table.universe, hidden, known: &[], floor, integer: true };
    let failures = judge(&question, needs, insiders, &[], watch)?.failures;
    let exact = failures.iter().filter(|failure| failure.flaw == Flaw::Exact).count();
    Ok(Found { exact, narrow: failures.len().saturating_sub(exact) })
}

#[cfg(test)]
mod tests {
    use sdc::Unwatched;

    use super::*;

    #[test]
    fn a_minimum_alone_gives_small_cells_of_the_delivery_away_and_a_mask_none() {
        let quarters = with_sum(quarters(&Unwatched).unwrap());
        let small: Vec<usize> = quarters.iter().map(|quarter| quarter.small).collect();
        assert_eq!(small, [93, 96, 94, 89, 372]);
        let all = quarters.last().expect("what they are together");
        assert_eq!(all.plain, Found { exact: 113, narrow: 17 });
        for quarter in quarters {
            assert_eq!(quarter.masked, Found { exact: 0, narrow: 0 }, "{}", quarter.period);
        }
        println!("{}", report(&Unwatched).unwrap());
    }
}
