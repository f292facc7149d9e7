//! The worked examples that stand beside the repository, with the answers that were published.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sdc::audit::{self, Findings, Interval, Question};
use sdc::model::{Floor, Linked};
use sdc::rules::{Breach, Contributions, Dominance, Facts, RuleSet, Share};
use sdc::{Mask, Unwatched};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/sdc-examples")
}

fn files() -> BTreeMap<String, Value> {
    let folder = folder();
    let listed = std::fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!(
            "the worked examples for disclosure control are not at {}: {error}. They stand beside the \
             repository as ../shared/sdc-examples; put them there, as nothing else shows that the \
             auditor gives the published answers",
            folder.display()
        )
    });
    let files: BTreeMap<String, Value> = listed
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a file that can be read");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    assert!(files.len() >= 7, "only {} worked examples", files.len());
    files
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .map(|list| list.iter().map(|id| id.as_str().expect("an id")).collect())
        .unwrap_or_default()
}

fn number(value: &Value) -> Option<i64> {
    (!value.is_null()).then(|| value.as_i64().expect("a whole number"))
}

/// What the auditor finds in one case, by the ids of the file.
struct Found {
    recoverable: BTreeMap<String, i64>,
    intervals: BTreeMap<String, Interval>,
    protected: Vec<String>,
}

fn examine(file: &Value, case: &Value) -> Found {
    let list = file["cells"].as_array().expect("cells");
    let cells: Vec<(&str, i64)> = list
        .iter()
        .map(|cell| (cell["id"].as_str().expect("an id"), cell["value"].as_i64().expect("a value")))
        .collect();
    let relations: Vec<(&str, Vec<&str>)> = file["relations"]
        .as_array()
        .expect("relations")
        .iter()
        .map(|relation| (relation["total"].as_str().expect("a total"), ids(&relation["parts"])))
        .collect();
    let linked = Linked::new(&cells, &relations).expect("a universe");
    let place = |id: &str| linked.places()[cells.iter().position(|(own, _)| *own == id).expect("a cell")];
    let shown: Vec<&str> = match case.get("publish") {
        Some(publish) => ids(publish),
        None => list
            .iter()
            .filter(|cell| cell["published"] == true)
            .map(|cell| cell["id"].as_str().unwrap())
            .collect(),
    };
    let visible: Vec<usize> = shown.iter().map(|id| place(id)).collect();
    let mut hidden = Mask::none(linked.universe.len());
    (0..linked.universe.len()).filter(|cell| !visible.contains(cell)).for_each(|cell| hidden.hide(cell));
    let known: Vec<usize> =
        case.get("insider_knows").map(ids).unwrap_or_default().into_iter().map(place).collect();
    let question = Question {
        universe: &linked.universe,
        hidden: &hidden,
        known: &known,
        floor: number(&file["lower_bound"]).map_or(Floor::None, Floor::At),
        integer: file["integer"].as_bool().expect("integer"),
    };
    let findings: Findings = audit::examine(&question, &Unwatched).expect("an answer");
    let hidden_ids = || cells.iter().filter(|(id, _)| !shown.contains(id));
    Found {
        recoverable: hidden_ids()
            .filter(|(id, _)| findings.recoverable.contains(&place(id)))
            .map(|(id, value)| ((*id).to_owned(), *value))
            .collect(),
        intervals: hidden_ids()
            .filter_map(|(id, _)| Some(((*id).to_owned(), findings.interval(place(id))?)))
            .collect(),
        protected: list
            .iter()
            .filter(|cell| cell["protected"] == true)
            .map(|cell| cell["id"].as_str().unwrap().to_owned())
            .collect(),
    }
}

#[test]
fn every_worked_example_gives_the_published_answer() {
    let mut cases = 0;
    for (name, file) in files() {
        for case in file["cases"].as_array().into_iter().flatten() {
            cases += 1;
            compare(&format!("{name}, {}", case["name"]), &examine(&file, case), &case["expected"]);
        }
    }
    assert!(cases >= 11, "only {cases} cases");
}

fn compare(name: &str, found: &Found, expected: &Value) {
    for key in ["recoverable", "recoverable_by_linear_algebra_alone"] {
        if let Some(expected) = expected.get(key).and_then(Value::as_object) {
            let expected: BTreeMap<String, i64> =
                expected.iter().map(|(id, value)| (id.clone(), value.as_i64().expect("a value"))).collect();
            assert_eq!(found.recoverable, expected, "{name}: {key}");
        }
    }
    for key in ["intervals", "intervals_protected"] {
        for (id, bounds) in expected.get(key).and_then(Value::as_object).into_iter().flatten() {
            let own = found.intervals[id];
            let bound =
                |bound: Option<audit::Fraction>| bound.map(|bound| bound.whole().expect("a whole number"));
            let own = (bound(own.low), bound(own.high));
            assert_eq!(own, (number(&bounds[0]), number(&bounds[1])), "{name}: {id}");
        }
    }
    let protected = || found.protected.iter().filter_map(|id| found.intervals.get(id));
    let exact = protected().all(|interval| !interval.is_point());
    let verdicts =
        [("safe", exact), ("safe_exact", exact), ("safe_width5", protected().all(|own| own.spans(5)))];
    for (key, verdict) in verdicts {
        if let Some(expected) = expected.get(key).and_then(Value::as_bool) {
            assert_eq!(verdict, expected, "{name}: {key}");
        }
    }
}

/// Amounts of the examples have at most two decimals.
fn hundredths(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    assert!(decimals.len() <= 2, "{text} has more than two decimals");
    format!("{whole}{decimals:0<2}").parse().expect("an amount")
}

fn breaks(rules: RuleSet, facts: &Facts<'_>, breach: Breach) -> bool {
    rules.assess(facts).is_some_and(|found| found.breaches.contains(&breach))
}

fn dominance(n: usize, thousandths: u32) -> RuleSet {
    RuleSet { dominance: vec![Dominance { n, k: Share::thousandths(thousandths) }], ..RuleSet::default() }
}

#[test]
fn the_rules_for_single_cells_give_the_published_answers() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let mut checked = 0;
    for cell in file["single_cells"].as_array().expect("cells") {
        let Some(rules) = cell.get("rules").and_then(Value::as_object) else { continue };
        let largest = cell["contributions_largest"].as_array().unwrap().iter().map(hundredths).collect();
        let total = hundredths(&cell["total"]);
        let own = Contributions::with_total(largest, total);
        let contributors = cell.get("n_contributors").and_then(Value::as_u64);
        let facts = Facts { value: total, contributors, contributions: Some(&own), ..Facts::default() };
        for (rule, answer) in rules {
            let broken = match rule.as_str() {
                "(1,90)-dominance" => breaks(dominance(1, 90_000), &facts, Breach::Dominance),
                "(2,90.909)-dominance" => breaks(dominance(2, 90_909), &facts, Breach::Dominance),
                "(1,85)-dominance" => breaks(dominance(1, 85_000), &facts, Breach::Dominance),
                "p%=10" => {
                    let rules = RuleSet { p_percent: Some(Share::percent(10)), ..RuleSet::default() };
                    breaks(rules, &facts, Breach::PPercent)
                }
                "min frequency 3" => {
                    breaks(RuleSet { minimum_frequency: 3, ..RuleSet::default() }, &facts, Breach::Frequency)
                }
                "upper_protection_level" => {
                    let level = dominance(1, 85_000).assess(&facts).expect("unsafe").above;
                    // Levels are rounded up to a step of the scale, the answer to the nearest one.
                    assert_eq!(level - 1, hundredths(answer), "{}", cell["name"]);
                    continue;
                }
                _ => continue,
            };
            assert_eq!(broken, answer == "unsafe", "{}: {rule}", cell["name"]);
            checked += 1;
        }
    }
    assert!(checked >= 7, "only {checked} rules");
}

#[test]
fn the_magnitude_tables_of_the_examples_have_the_published_primary_cells() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let both = RuleSet {
        dominance: vec![Dominance { n: 1, k: Share::percent(80) }, Dominance { n: 2, k: Share::percent(99) }],
        ..RuleSet::default()
    };
    for (table, rules) in [
        ("T2_at_most_1_record", RuleSet { minimum_frequency: 2, ..RuleSet::default() }),
        ("T3_(1,80)_dominance_on_records", dominance(1, 80_000)),
        ("T4_(1,80)_or_(2,99)_on_records", both),
    ] {
        for cell in file["magnitude1"][table].as_array().expect("a table") {
            let within = |record: &Value, keys: &[&str], code: &Value| {
                code == "Total" || keys.iter().any(|key| record[*key] == *code)
            };
            let records: Vec<i64> = file["magnitude1"]["records"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|record| within(record, &["sector4", "sector2"], &cell["sector"]))
                .filter(|record| within(record, &["geo", "eu"], &cell["geo"]))
                .map(|record| hundredths(&record["value"]))
                .collect();
            let count = records.len() as u64;
            let own = Contributions::by_holding(records.into_iter().enumerate());
            assert_eq!(own.total(), hundredths(&cell["value"]), "{table}: {cell}");
            let facts = Facts {
                value: own.total(),
                contributors: Some(count),
                contributions: Some(&own),
                ..Facts::default()
            };
            assert_eq!(rules.assess(&facts).is_some(), cell["primary"] == true, "{table}: {cell}");
        }
    }
}
