//! Rules for cells on their own: which of them a cell breaks.

use anyhow::{Context, Result};
use sdc::rules::{Contributions, Dominance, Facts, RuleSet, Share};
use serde_json::{Map, Value, json};

use super::file::{self, Single};
use super::number::{Number, decimal, scaled, with_decimals};

/// Contributions are taken in this many decimals.
const DECIMALS: u32 = 4;

/// What a percentage in a rule is.
const PERCENTAGE: &str = "een percentage boven 0 en hoogstens 100 met hoogstens 3 decimalen";

/// What the second largest contributor takes the largest to be, by the names that the sources give it.
const ESTIMATES: [&str; 2] = ["estimate", "second contributor estimate of the largest"];

/// By how many percent that is too high.
const OVERESTIMATE: &str = "overestimate_pct";

/// How far an estimate must be able to be too high, and what it must be able to be.
const LEVELS: [&str; 2] = ["upper_protection_level", "required_upper_bound"];

/// For each cell the rules that it was given with, and whether it is safe under each.
pub(super) fn report(cells: &[Single]) -> Result<Value> {
    let answers =
        cells.iter().map(|cell| one(cell).with_context(|| format!("single_cells, \"{}\"", cell.name)));
    Ok(answers.collect::<Result<Vec<_>>>()?.into())
}

fn one(cell: &Single) -> Result<Value> {
    let largest: Vec<i64> = cell
        .contributions_largest
        .iter()
        .map(|amount| scaled(amount, DECIMALS))
        .collect::<Result<_>>()
        .context("contributions_largest")?;
    let total = match &cell.total {
        Some(total) => scaled(total, DECIMALS).context("total")?,
        None => i64::try_from(largest.iter().map(|amount| i128::from(*amount)).sum::<i128>())
            .context("contributions_largest: de som past niet; gebruik kleinere getallen")?,
    };
    file::within(&largest, total).context("contributions_largest")?;
    let own = Contributions::with_total(largest, total);
    let facts = Facts {
        value: total,
        contributors: cell.n_contributors,
        contributions: Some(&own),
        ..Facts::default()
    };
    let mut rules = Map::new();
    let mut level = 0;
    for name in cell.rules.keys() {
        if ESTIMATES.contains(&name.as_str()) {
            rules.insert(name.clone(), amount(estimate(&own)));
        } else if name == OVERESTIMATE {
            rules.insert(name.clone(), overestimate(&own));
        } else if let Some(rule) = parse(name)? {
            let found = rule.assess(&facts);
            level = level.max(found.as_ref().map_or(0, |found| found.above));
            rules.insert(name.clone(), if found.is_some() { "unsafe" } else { "safe" }.into());
        }
    }
    for (name, value) in LEVELS.into_iter().zip([level, total.saturating_add(level)]) {
        if level > 0 || cell.rules.contains_key(name) {
            rules.insert(name.to_owned(), amount(value));
        }
    }
    Ok(json!({ "name": cell.name, "rules": rules }))
}

/// What the second largest contributor takes the largest to be at most: all but its own.
fn estimate(own: &Contributions) -> i64 {
    own.total().saturating_sub(own.top(2).saturating_sub(own.largest()))
}

/// By how many percent that is too high, rounded to one decimal; null where the largest is nothing.
fn overestimate(own: &Contributions) -> Value {
    let [largest, estimate] = [own.largest(), estimate(own)].map(i128::from);
    if largest == 0 {
        return Value::Null;
    }
    with_decimals((2000 * (estimate - largest) + largest).div_euclid(2 * largest), 1)
}

/// A rule by its name: "(n,k)-dominance", "p%=p" or "min frequency n"; none for what is no rule.
pub(super) fn parse(name: &str) -> Result<Option<RuleSet>> {
    let share = |text: &str| -> Option<Share> {
        let number: Number = serde_json::from_str(text.trim()).ok()?;
        let thousandths = u32::try_from(scaled(&number, 3).ok()?).ok()?;
        (1..=100_000).contains(&thousandths).then(|| Share::thousandths(thousandths))
    };
    let rules = RuleSet::default();
    if let Some(inside) = name.strip_prefix('(').and_then(|rest| rest.strip_suffix(")-dominance")) {
        let rule = || {
            let (n, k) = inside.split_once(',')?;
            let n = n.trim().parse().ok().filter(|n| *n > 0)?;
            Some(Dominance { n, k: share(k)? })
        };
        let rule = rule().with_context(|| {
            format!(
                "rules: \"{name}\" is niet te lezen; verwacht wordt (n,k)-dominance, met voor n een geheel getal van \
                 1 of meer en voor k {PERCENTAGE}, bijvoorbeeld \"(2,90)-dominance\""
            )
        })?;
        return Ok(Some(RuleSet { dominance: vec![rule], ..rules }));
    }
    if let Some(p) = name.strip_prefix("p%=") {
        let p = share(p).with_context(|| {
            format!(
                "rules: \"{name}\" is niet te lezen; verwacht wordt na p%= {PERCENTAGE}, bijvoorbeeld \"p%=10\""
            )
        })?;
        return Ok(Some(RuleSet { p_percent: Some(p), ..rules }));
    }
    let frequency = name.strip_prefix("min frequency ").map(|text| {
        text.trim().parse().with_context(|| {
            format!(
                "rules: \"{name}\" is niet te lezen; verwacht wordt na min frequency een geheel getal van 0 tot en \
                 met {}, bijvoorbeeld \"min frequency 10\"",
                u64::MAX
            )
        })
    });
    Ok(frequency.transpose()?.map(|minimum_frequency| RuleSet { minimum_frequency, ..rules }))
}

/// An amount rounded to two decimals, as the sources give them.
fn amount(scaled: i64) -> Value {
    decimal((i128::from(scaled) + 50).div_euclid(100), 100)
}
