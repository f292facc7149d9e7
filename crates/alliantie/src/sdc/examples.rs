//! What an audit prints of the worked examples that stand beside the repository, key by key.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ::sdc::Unwatched;
use serde_json::{Map, Value};

use super::audit;
use super::file::File;

pub(super) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/sdc-examples");
    let listed = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("no worked examples at {}: {error}", folder.display()));
    let files = listed.map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect()
}

/// The one with this number.
pub(super) fn numbered(number: &str) -> PathBuf {
    let is_wanted = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(number);
    files().into_iter().find(is_wanted).unwrap()
}

/// What a file says beside what it asks and where it is from.
fn answers<'a>(object: &'a Value, asked: &[&str]) -> Vec<(&'a str, &'a Value)> {
    let fields = object.as_object().unwrap().iter().map(|(key, value)| (key.as_str(), value));
    fields.filter(|(key, _)| !asked.contains(key)).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn ids(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect()
}

fn case(about: &str, file: &Value, printed: &Value) -> usize {
    let mut compared = 0;
    for (key, answer) in answers(file, &["publish", "insider_knows", "note"]) {
        match key {
            "name" => assert_eq!(&printed["name"], answer, "{about}"),
            "expected" => {
                for (key, expected) in object(answer) {
                    assert_eq!(printed.get(key), Some(expected), "{about}: {key}");
                    compared += 1;
                }
            }
            // A sentence, or what the source gives of the answer.
            "published" => {
                for (key, published) in answer.as_object().into_iter().flatten() {
                    match (key.as_str(), published) {
                        ("suppressed", all) => assert_eq!(ids(&printed[key]), ids(all), "{about}: {key}"),
                        ("recoverable", Value::Array(some)) => {
                            let is_there = |id: &Value| printed[key].get(id.as_str().unwrap()).is_some();
                            assert!(some.iter().all(is_there), "{about}: {key}");
                        }
                        ("recoverable" | "intervals", some) => {
                            let is_there = |(id, own): (&String, &Value)| printed[key].get(id) == Some(own);
                            assert!(object(some).iter().all(is_there), "{about}: {key}");
                        }
                        _ => panic!("{about}: nothing is compared with published {key}"),
                    }
                    compared += 1;
                }
            }
            _ => panic!("{about}: nothing is compared with {key}"),
        }
    }
    compared
}

fn single(about: &str, file: &Value, printed: &Value) -> usize {
    let mut compared = 0;
    for (key, answer) in answers(file, &["contributions_largest", "total", "n_contributors", "published"]) {
        match key {
            "name" => assert_eq!(&printed["name"], answer, "{about}"),
            "rules" => {
                for (rule, expected) in object(answer) {
                    assert_eq!(printed["rules"].get(rule), Some(expected), "{about}: {rule}");
                    compared += 1;
                }
            }
            _ => panic!("{about}: nothing is compared with {key}"),
        }
    }
    compared
}

/// The upper protection level that the formulas of a file give under one rule, which name what they take.
fn level(formulas: &Value, cell: &Value, rule: &str) -> f64 {
    let number = |value: &Value| value.as_f64().unwrap();
    let largest: Vec<f64> = list(&cell["contributions_largest"]).iter().map(number).collect();
    let (total, percent) = (number(&cell["total"]), |text: &str| text.parse::<f64>().unwrap());
    let formula = |name: &str, as_known: &str| assert_eq!(formulas[name], as_known);
    if let Some(inside) = rule.strip_prefix('(').and_then(|rest| rest.strip_suffix(")-dominance")) {
        formula("(1,k)", "100/k*x1 - X");
        formula("(n,k)", "100/k*(x1+..+xn) - X");
        let (n, k) = inside.split_once(',').unwrap();
        100.0 / percent(k) * largest.iter().take(n.parse().unwrap()).sum::<f64>() - total
    } else if let Some(p) = rule.strip_prefix("p%=") {
        formula("p%", "p/100*x1 - (X-x1-x2)");
        percent(p) / 100.0 * largest[0] - (total - largest[0] - largest[1])
    } else {
        formula("min_frequency", "0 (exact disclosure only)");
        0.0
    }
}

fn levels(about: &str, formulas: &Value, file: &Value, printed: &Value) -> usize {
    assert_eq!(object(formulas).len(), 4, "{about}: another formula");
    let mut compared = 0;
    for (cell, own) in list(&file["single_cells"]).iter().zip(list(&printed["single_cells"])) {
        let Some(rules) = cell.get("rules") else { continue };
        let judged = object(rules).iter().filter(|(_, answer)| *answer == "safe" || *answer == "unsafe");
        let most = judged.map(|(rule, _)| level(formulas, cell, rule)).fold(0.0, f64::max);
        let own = own["rules"].get("upper_protection_level").map_or(0.0, |own| own.as_f64().unwrap());
        assert!((own - most).abs() < 0.0051, "{about}, {}: {own} is not {most}", cell["name"]);
        compared += 1;
    }
    compared
}

#[test]
fn an_audit_prints_every_answer_of_every_worked_example() {
    let mut compared = 0;
    for path in files() {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let printed = audit::report(&File::read(&path).unwrap(), &Unwatched).unwrap();
        let about = path.file_name().unwrap().to_string_lossy().into_owned();
        let asked = ["kind", "source", "lower_bound", "integer", "policy", "cells", "relations"];
        for (key, answer) in answers(&file, &asked) {
            let each = |compare: fn(&str, &Value, &Value) -> usize| {
                let (answers, own) = (list(answer), list(&printed[key]));
                assert_eq!(answers.len(), own.len(), "{about}: {key}");
                let pairs = answers.iter().zip(own);
                pairs.map(|(answer, own)| compare(&format!("{about}, {}", answer["name"]), answer, own)).sum()
            };
            compared += match key {
                "id" => usize::from(printed["id"] == *answer),
                "cases" => each(case),
                "single_cells" => each(single),
                "upper_protection_level" => levels(&about, answer, &file, &printed),
                "magnitude1" => {
                    let tables = answers_of_tables(answer);
                    for (table, cells) in &tables {
                        assert_eq!(printed[key].get(*table), Some(*cells), "{about}: {table}");
                    }
                    tables.len()
                }
                _ => panic!("{about}: nothing is compared with {key}"),
            };
        }
    }
    assert!(compared > 60, "only {compared} answers");
}

fn answers_of_tables(tables: &Value) -> Vec<(&str, &Value)> {
    answers(tables, &["records", "note"])
}
