//! Fuzz targets of the file format: random input, for a second each in `cargo test`, and for as long
//! as one likes with `cargo xtask fuzz`. Files are kept small, so that an answer is there at once.

mod reader;

use std::collections::BTreeSet;

use ::sdc::Unwatched;
use ::sdc::rules::Preset;
use bolero::{TypeGenerator, check};
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::SdcPolicy;

const MOST_CELLS: usize = 10;
const MOST_SUMS: usize = 6;
/// An audit can say of cells of less how far they reach.
const LARGE: i64 = 1_000_000_000;
const RULES: [&str; 8] = [
    "(1,90)-dominance",
    "(2,0.5)-dominance",
    "(x,200)-dominance",
    "p%=10",
    "p%=",
    "min frequency 3",
    "min frequency -1",
    "upper_protection_level",
];

/// What a file is made of.
#[derive(Debug, TypeGenerator)]
struct Seed {
    /// Of each cell that is no sum: its value, and whether it is published and protected.
    cells: Vec<(Number, bool, bool)>,
    /// What is behind the first cells: contributors and the largest contributions, and whether the value is a mean.
    behind: Vec<(Option<u8>, Option<Vec<Number>>, bool)>,
    /// Of each sum: which cells and sums before it, how far it is from right, whether it is published and protected.
    sums: Vec<(u32, u8, bool, bool)>,
    /// Of each case: which cells are published, and which are known.
    cases: Vec<(u32, u32)>,
    single: Option<Single>,
    lower_bound: Option<Number>,
    integer: bool,
    width: u8,
    policy: u8,
    frequency: Option<u8>,
}

/// What a cell on its own is made of.
#[derive(Debug, TypeGenerator)]
struct Single {
    largest: Vec<Number>,
    total: Option<Number>,
    contributors: Option<u64>,
    rule: u8,
}

/// A number as a file has it.
#[derive(Clone, Copy, Debug, TypeGenerator)]
struct Number(u8, i64);

impl Number {
    /// Mostly small and whole.
    fn value(self) -> i64 {
        match self.0 {
            0..=230 => self.1.rem_euclid(25),
            231..=238 => self.1.rem_euclid(25) - 5,
            239..=244 => self.1.rem_euclid(1_000_000_000),
            // Just fits with two decimals.
            245..=246 => 9_999_999_999_999 - self.1.rem_euclid(25),
            _ => self.1,
        }
    }

    fn json(self) -> Value {
        match self.0 {
            250 => json!(1.25),
            251 => json!(1e300),
            252 => json!(0.000_000_000_001),
            _ => self.value().into(),
        }
    }
}

fn amounts(numbers: &[Number]) -> Vec<Value> {
    numbers.iter().take(5).map(|number| number.json()).collect()
}

impl Seed {
    fn file(&self) -> Value {
        let cells: Vec<(String, Number, bool, bool)> = self
            .cells
            .iter()
            .take(MOST_CELLS)
            .enumerate()
            .map(|(index, (number, published, protected))| {
                (format!("c{index}"), *number, *published, *protected)
            })
            .collect();
        let mut all: Vec<Value> = cells
            .iter()
            .map(|(id, number, published, protected)| {
                json!({"id": id, "value": number.json(), "published": published, "protected": protected})
            })
            .collect();
        for (cell, (contributors, largest, is_mean)) in all.iter_mut().zip(&self.behind) {
            cell["contributors"] = json!(contributors);
            cell["contributions_largest"] = json!(largest.as_deref().map(amounts));
            cell["denominator"] = json!(contributors);
            cell["mean"] = (*is_mean && contributors.is_some()).into();
            cell["respondents"] = json!(contributors);
        }
        let mut relations = Vec::new();
        let mut values: Vec<i64> = cells.iter().map(|(_, number, ..)| number.value()).collect();
        for (index, (members, off, published, protected)) in self.sums.iter().take(MOST_SUMS).enumerate() {
            // Most sums are of few.
            let (few, one) =
                (members & (members >> 7), usize::try_from(*members).unwrap() % values.len().max(1));
            let is_part = |at: &usize| *at == one || few & (1 << at) != 0;
            let parts: Vec<usize> = (0..values.len()).filter(is_part).collect();
            let sum = parts.iter().fold(0i64, |sum, at| sum.saturating_add(values[*at]));
            let off = if *off > 250 { 1 } else { 0 };
            let total = format!("s{index}");
            let parts: Vec<Value> = parts.into_iter().map(|at| all[at]["id"].clone()).collect();
            values.push(sum.saturating_add(off));
            all.push(json!({"id": total, "value": sum.saturating_add(off), "published": published, "protected": protected}));
            relations.push(json!({"total": total, "parts": parts}));
        }
        let named = |bits: u32| -> Vec<Value> {
            let chosen = all.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
            chosen.map(|(_, cell)| cell["id"].clone()).collect()
        };
        let cases: Vec<Value> = self
            .cases
            .iter()
            .take(2)
            .map(|(shown, known)| json!({"name": "case", "publish": named(*shown), "insider_knows": named(*known)}))
            .collect();
        let single: Vec<Value> = self
            .single
            .iter()
            .map(|own| {
                let rule = RULES[usize::from(own.rule) % RULES.len()];
                json!({
                    "name": "single",
                    "contributions_largest": amounts(&own.largest),
                    "total": own.total.map(Number::json),
                    "n_contributors": own.contributors,
                    "rules": {rule: null},
                })
            })
            .collect();
        json!({
            "lower_bound": self.lower_bound.map_or(json!(0), Number::json),
            "integer": self.integer,
            "policy": {"min_interval_width": self.width % 12},
            "cells": all,
            "relations": relations,
            "cases": cases,
            "single_cells": single,
        })
    }

    fn policy(&self) -> SdcPolicy {
        SdcPolicy {
            policy: Preset::ALL[usize::from(self.policy) % Preset::ALL.len()],
            minimum_frequency: self.frequency.map(u64::from),
            interval_width: None,
            protect_zeros: self.policy >= 128,
            minimum_denominator: self.frequency.map(u64::from),
            minimum_respondents: None,
            group_percent: (self.width > 50).then(|| u32::from(self.width).min(100)),
            p_percent: (self.width > 200).then_some(20),
            dominance: Vec::new(),
            percentages_only: false,
            insiders: self.policy.is_multiple_of(2),
        }
    }
}

/// Does with a file whatever can be done with it.
fn take(text: &str, policy: &SdcPolicy) {
    if let Ok(file) = File::parse(text) {
        drop(audit::report(&file, &Unwatched));
        drop(protect::report(&file, policy, &Unwatched));
    }
}

#[test]
fn any_text_is_a_file_or_refused() {
    check!().with_type::<(Vec<u8>, Seed, Vec<(u16, u8)>)>().for_each(|(bytes, seed, changes)| {
        take(&String::from_utf8_lossy(bytes), &seed.policy());
        let mut text = seed.file().to_string().into_bytes();
        for (place, byte) in changes.iter().take(3) {
            let place = usize::from(*place) % text.len();
            text[place] = *byte;
        }
        take(&String::from_utf8_lossy(&text), &seed.policy());
    });
}

fn names(listed: &Value) -> BTreeSet<String> {
    listed.as_array().into_iter().flatten().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn keys(of: &Value) -> BTreeSet<String> {
    of.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn an_audit_tells_what_a_reader_computes_who_knows_cells_by_their_names() {
    check!().with_type::<Seed>().for_each(|seed| {
        let mut file = seed.file();
        for cell in file["cells"].as_array_mut().unwrap() {
            // What is beside a percentage has no name.
            cell["denominator"] = Value::Null;
            cell["mean"] = false.into();
        }
        let Ok(answer) = audit::report(&File::parse(&file.to_string()).unwrap(), &Unwatched) else { return };
        let all = |wanted: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
            let cells = file["cells"].as_array().unwrap().iter().filter(|cell| wanted(cell));
            cells.map(|cell| cell["id"].as_str().unwrap().to_owned()).collect()
        };
        let protected = all(&|cell| cell["protected"] == true);
        for (case, found) in file["cases"].as_array().unwrap().iter().zip(answer["cases"].as_array().unwrap())
        {
            let (shown, own) = (names(&case["publish"]), names(&case["insider_knows"]));
            let known: BTreeSet<String> = shown.union(&own).cloned().collect();
            let computed = reader::computed(&file, &known);
            assert_eq!(keys(&found["recoverable"]), computed, "{found} of {file}");
            let hidden: BTreeSet<String> = all(&|_| true).difference(&known).cloned().collect();
            assert_eq!(keys(&found["intervals"]), hidden, "{found} of {file}");
            let is_told = protected.difference(&own).any(|id| shown.contains(id) || computed.contains(id));
            assert!(!is_told || found["safe"] == false && found["safe_exact"] == false, "{found} of {file}");
            let points = keys(&found["intervals_protected"]).into_iter().any(|id| {
                let interval = &found["intervals_protected"][id.as_str()];
                !interval[0].is_null() && interval[0] == interval[1]
            });
            let is_shown = protected.difference(&own).any(|id| shown.contains(id));
            assert_eq!(found["safe_exact"] == false, points || is_shown, "{found} of {file}");
        }
    });
}

#[test]
fn an_audit_finds_nothing_in_what_protect_publishes() {
    check!().with_type::<Seed>().for_each(|seed| {
        let mut text = seed.file();
        let file = File::parse(&text.to_string()).unwrap();
        drop(audit::report(&file, &Unwatched));
        let answer = match protect::report(&file, &seed.policy(), &Unwatched) {
            Ok(answer) => answer,
            Err(refused) => {
                assert!(!format!("{refused:#}").contains(": ;"), "{refused:#} of {text}");
                return;
            }
        };
        let listed = |key: &str, id: &Value| answer[key].as_array().unwrap().contains(id);
        let mut hidden_zero = false;
        for cell in text["cells"].as_array_mut().unwrap() {
            assert_ne!(listed("publish", &cell["id"]), listed("suppressed", &cell["id"]));
            hidden_zero |= cell["protected"] == true && cell["value"] == 0;
            cell["protected"] = listed("protected", &cell["id"]).into();
        }
        let zeros = hidden_zero || answer["protect_zeros"] == true;
        if !zeros && !seed.integer {
            // What a hidden amount is at least, one step of its decimals, is not in the answer.
            return;
        }
        // What everybody knows by the file or by the rules, whichever is more.
        if zeros && text["lower_bound"].as_f64() < Some(0.0)
            || !zeros && text["lower_bound"].as_f64() < Some(1.0)
        {
            text["lower_bound"] = i64::from(!zeros).into();
        }
        // What is of fewer than the width has no more room than there are.
        let is_share = |cell: &Value| cell["denominator"].is_number() && cell["mean"] == false;
        let is_share = text["cells"].as_array().unwrap().iter().any(is_share);
        text["policy"]["min_interval_width"] =
            if is_share { json!(1) } else { answer["interval_width"].clone() };
        let mut cases = vec![json!({"name": "what is left", "publish": answer["publish"]})];
        cases.extend(
            insiders(&text, seed)
                .into_iter()
                .map(|own| json!({"name": "insider", "publish": answer["publish"], "insider_knows": own})),
        );
        text["cases"] = cases.into();
        let file = File::parse(&text.to_string()).unwrap();
        let audited = audit::report(&file, &Unwatched);
        if seed.single.is_some() {
            return;
        }
        let audited = audited.unwrap();
        let case = &audited["cases"][0];
        // Of very large amounts an audit may not be able to say how far they reach, and says so.
        let is_large =
            text["cells"].as_array().unwrap().iter().any(|cell| cell["value"].as_i64() > Some(LARGE));
        let is_unproven = is_large && case.get("unproven").is_some();
        assert!(case["safe"] == true || is_unproven, "{case} of {text}");
        for case in audited["cases"].as_array().unwrap().iter().skip(1) {
            let is_known = |id: &Value| {
                let interval = &case["intervals_protected"][id.as_str().unwrap()];
                !interval[0].is_null() && interval[0] == interval[1]
            };
            let cells = text["cells"].as_array().unwrap().iter();
            let told = cells.filter(|cell| behind(cell, seed.integer) >= Some(2) && is_known(&cell["id"]));
            assert!(is_share || is_large || told.count() == 0, "{case} of {text}");
        }
    });
}

/// How many are behind a cell.
fn behind(cell: &Value, integer: bool) -> Option<u64> {
    cell["contributors"].as_u64().or_else(|| cell["value"].as_u64().filter(|_| integer))
}

/// Who knows cells as the only one in them, where these rules guard against that: each of them, and two of which one
/// can be both.
fn insiders(file: &Value, seed: &Seed) -> Vec<Vec<Value>> {
    let rules = seed.policy();
    if !rules.insiders && !rules.policy.rules().insiders {
        return Vec::new();
    }
    let cells = file["cells"].as_array().unwrap().iter();
    let alone: Vec<&Value> = cells.filter(|cell| behind(cell, seed.integer) == Some(1)).collect();
    let mut sets: Vec<Vec<Value>> = alone.iter().map(|cell| vec![cell["id"].clone()]).collect();
    // Of more that can be one person not each combination is looked at.
    for (place, one) in alone.iter().enumerate().filter(|_| alone.len() <= 5) {
        for other in alone.iter().skip(place + 1) {
            if !reader::apart(file, one["id"].as_str().unwrap(), other["id"].as_str().unwrap()) {
                sets.push(vec![one["id"].clone(), other["id"].clone()]);
            }
        }
    }
    sets
}
