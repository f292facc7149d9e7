//! Fuzz targets of the file format: random input, for a second each in `cargo test`, and for as long
//! as one likes with `cargo xtask fuzz`. Files are kept small, so that an answer is there at once.

use ::sdc::Unwatched;
use ::sdc::rules::Preset;
use bolero::{TypeGenerator, check};
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::SdcPolicy;

const MOST_CELLS: usize = 7;
const MOST_SUMS: usize = 4;
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
    /// What is behind the first cells: contributors and the largest contributions.
    behind: Vec<(Option<u8>, Option<Vec<Number>>)>,
    /// Of each sum: which cells, how far it is from right, and whether it is published.
    sums: Vec<(u8, u8, bool)>,
    /// Of each case: which cells are published, and which are known.
    cases: Vec<(u16, u16)>,
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
            // Just fits with four decimals.
            245..=246 => i64::MAX / 10_000 - self.1.rem_euclid(25),
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
        for (cell, (contributors, largest)) in all.iter_mut().zip(&self.behind) {
            cell["contributors"] = json!(contributors);
            cell["contributions_largest"] = json!(largest.as_deref().map(amounts));
            cell["denominator"] = json!(contributors);
            cell["respondents"] = json!(contributors);
        }
        let mut relations = Vec::new();
        for (index, (members, off, published)) in self.sums.iter().take(MOST_SUMS).enumerate() {
            let parts =
                || cells.iter().enumerate().filter(|(at, _)| members & (1 << at) != 0).map(|(_, own)| own);
            let sum = parts().fold(0i64, |sum, (_, number, ..)| sum.saturating_add(number.value()));
            let off = if *off > 250 { 1 } else { 0 };
            let total = format!("s{index}");
            all.push(json!({"id": total, "value": sum.saturating_add(off), "published": published}));
            relations.push(json!({"total": total, "parts": parts().map(|(id, ..)| id).collect::<Vec<_>>()}));
        }
        let named = |bits: u16| -> Vec<Value> {
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

#[test]
fn an_audit_finds_nothing_in_what_protect_publishes() {
    check!().with_type::<Seed>().for_each(|seed| {
        let mut text = seed.file();
        let file = File::parse(&text.to_string()).unwrap();
        drop(audit::report(&file, &Unwatched));
        let Ok(answer) = protect::report(&file, &seed.policy(), &Unwatched) else { return };
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
        text["lower_bound"] = i64::from(!zeros).into();
        // What is of fewer than the width has no more room than there are.
        let is_share = text["cells"].as_array().unwrap().iter().any(|cell| cell["denominator"].is_number());
        text["policy"]["min_interval_width"] =
            if is_share { json!(1) } else { answer["interval_width"].clone() };
        text["cases"] = json!([{"name": "what is left", "publish": answer["publish"]}]);
        let file = File::parse(&text.to_string()).unwrap();
        let audited = audit::report(&file, &Unwatched);
        if seed.single.is_none() {
            let case = &audited.unwrap()["cases"][0];
            // Of very large amounts an audit may not be able to say how far they reach, and says so.
            assert!(case["safe"] == true || case.get("unproven").is_some(), "{case} of {text}");
        }
    });
}
