//! Tables of amounts that are made of records: what each cell is, and whether the rules in the name of its table find it
//! unsafe. Each record is a contributor.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use sdc::rules::{Contributions, Facts, RuleSet};
use serde_json::{Map, Value};

use super::number::{Number, decimals_of, scaled, with_decimals};
use super::single;

/// The code of all records.
const ALL: &str = "Total";

/// A record: its codes, each with its field, and its amount.
struct Record<'a> {
    codes: Vec<(&'a str, &'a str)>,
    amount: Number,
}

/// The amount and the verdict of each cell of each table, in the order of the file. What is no table is left out.
pub(super) fn report(file: &Map<String, Value>) -> Result<Value> {
    let records = records(file.get("records"))?;
    let decimals = records.iter().map(|record| decimals_of(&record.amount)).collect::<Result<Vec<_>>>();
    let decimals = decimals.context("records")?.into_iter().max().unwrap_or(0);
    let mut answer = Map::new();
    for (name, rows) in file.iter().filter(|(name, _)| *name != "records") {
        let Value::Array(rows) = rows else { continue };
        let rules = rules(name)?;
        let cell = |(index, row): (usize, &Value)| {
            cell(row, &rules, &records, decimals).with_context(|| format!("{name}[{index}]"))
        };
        let cells = rows.iter().enumerate().map(cell).collect::<Result<Vec<_>>>()?;
        answer.insert(name.clone(), cells.into());
    }
    Ok(Value::Object(answer))
}

fn records<'a>(list: Option<&'a Value>) -> Result<Vec<Record<'a>>> {
    let list = list.and_then(Value::as_array).context(
        "records: verwacht wordt een lijst van records, bijvoorbeeld [{\"geo\": \"Spain\", \"value\": 7.5}]",
    )?;
    let record = |(index, record): (usize, &'a Value)| {
        let Some(Value::Number(amount)) = record.get("value") else {
            bail!("records[{index}].value: verwacht wordt een getal, bijvoorbeeld 12 of 7.5");
        };
        ensure!(
            !amount.to_string().starts_with('-'),
            "records[{index}].value: {amount} is onder nul; geef een bedrag van nul of meer"
        );
        Ok(Record { codes: codes(record).collect(), amount: amount.into() })
    };
    list.iter().enumerate().map(record).collect()
}

/// The fields of a record or of a cell that are codes.
fn codes(of: &Value) -> impl Iterator<Item = (&str, &str)> {
    let fields = of.as_object().into_iter().flatten();
    fields.filter_map(|(field, code)| Some((field.as_str(), code.as_str()?)))
}

fn cell(row: &Value, rules: &RuleSet, records: &[Record<'_>], decimals: u32) -> Result<Value> {
    let (mut answer, mut within): (Map<String, Value>, Vec<&Record<'_>>) =
        (Map::new(), records.iter().collect());
    for (field, code) in codes(row) {
        if code != ALL {
            let own = (field_of(field, code, records)?, code);
            within.retain(|record| record.codes.contains(&own));
        }
        answer.insert(field.to_owned(), code.into());
    }
    let amounts = within.iter().map(|record| scaled(&record.amount, decimals)).collect::<Result<Vec<_>>>()?;
    let total: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    let own = Contributions::by_holding(amounts.into_iter().enumerate());
    let facts = Facts {
        value: i64::try_from(total).context("value: de som past niet; gebruik kleinere getallen")?,
        contributors: u64::try_from(own.len()).ok(),
        contributions: Some(&own),
        ..Facts::default()
    };
    answer.insert("value".to_owned(), with_decimals(total, decimals));
    answer.insert("primary".to_owned(), rules.assess(&facts).is_some().into());
    Ok(Value::Object(answer))
}

/// The field of records in which this code stands, which the cell may call otherwise: "geo": "EU" is also of records
/// with "eu": "EU". Where it stands in several, it is the one with the name that the cell gives.
fn field_of<'a>(named: &str, code: &str, records: &[Record<'a>]) -> Result<&'a str> {
    let codes = records.iter().flat_map(|record| &record.codes);
    let fields: BTreeSet<&str> = codes.filter(|(_, own)| *own == code).map(|(field, _)| *field).collect();
    let found = fields.get(named).or(fields.first().filter(|_| fields.len() == 1)).copied();
    found.with_context(|| match fields.into_iter().collect::<Vec<_>>().join(" en ") {
        none if none.is_empty() => format!(
            "{named}: \"{code}\" staat in geen record; verbeter de naam, of schrijf \"{ALL}\" voor alle records"
        ),
        several => format!(
            "{named}: \"{code}\" staat in records onder {several}; noem het veld van de cel zoals een van die"
        ),
    })
}

/// The rules in the name of a table: each of its parts between underscores that is "(n,k)" or "p%=p", and
/// "at_most_n".
fn rules(name: &str) -> Result<RuleSet> {
    let mut rules = RuleSet::default();
    if let Some((_, rest)) = name.split_once("at_most_") {
        let most = rest.split('_').next().unwrap_or(rest);
        let least = most.parse::<u64>().ok().and_then(|most| most.checked_add(1));
        rules.minimum_frequency = least.with_context(|| {
            format!("{name}: na at_most_ wordt een geheel getal verwacht, bijvoorbeeld \"at_most_1_record\"")
        })?;
    }
    for part in name.split('_') {
        let rule = if part.starts_with('(') { format!("{part}-dominance") } else { part.to_owned() };
        if let Some(found) = single::parse(&rule).with_context(|| name.to_owned())? {
            rules.dominance.extend(found.dominance);
            rules.p_percent = rules.p_percent.max(found.p_percent);
        }
    }
    ensure!(
        rules != RuleSet::default(),
        "{name}: de naam noemt geen regel; verwacht wordt (n,k), p%=p of at_most_n, met _ ertussen, bijvoorbeeld \
         \"T3_(1,80)_dominance_on_records\""
    );
    Ok(rules)
}
