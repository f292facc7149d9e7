//! Who knows cells of a file, and what it is refused for.

use ::sdc::Unwatched;
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::{Cli, Command, Sdc};

fn audited(file: &Value) -> Value {
    let file = File::parse(&file.to_string()).unwrap();
    audit::report(&file, &Unwatched).unwrap()["cases"].take()
}

fn protected(file: &Value, policy: &[&str]) -> anyhow::Result<Value> {
    let line = ["alliantie", "sdc", "protect", "file"].into_iter().chain(policy.iter().copied());
    let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line)?.command else {
        panic!("another command")
    };
    protect::report(&File::parse(&file.to_string())?, &policy, &Unwatched)
}

fn hidden(id: &str, value: u32, protected: bool) -> Value {
    json!({"id": id, "value": value, "published": false, "protected": protected})
}

#[test]
fn a_cell_that_is_the_same_as_one_that_an_insider_knows_is_known_to_them() {
    let cases = audited(&json!({
        "cells": [{"id": "wijk", "value": 40}, hidden("buurt1", 4, true), hidden("straat", 4, false),
            hidden("buurt2", 36, false)],
        "relations": [{"total": "wijk", "parts": ["buurt1", "buurt2"]}, {"total": "buurt1", "parts": ["straat"]}],
        "cases": [{"name": "straat", "insider_knows": ["straat"]}, {"name": "buurt2", "insider_knows": ["buurt2"]},
            {"name": "buurt1", "insider_knows": ["buurt1"]}],
    }));
    for (case, recoverable) in
        [(0, json!({"buurt1": 4, "buurt2": 36})), (1, json!({"buurt1": 4, "straat": 4}))]
    {
        let case = &cases[case];
        assert_eq!(case["recoverable"], recoverable, "{case}");
        assert_eq!(case["intervals_protected"], json!({"buurt1": [4, 4]}), "{case}");
        let verdict = [&case["safe"], &case["safe_exact"], &case["safe_width5"], &case["min_width"]];
        assert_eq!(verdict, [&json!(false), &json!(false), &json!(false), &json!(0)], "{case}");
    }
    assert_eq!(cases[2]["safe"], true, "what is their own is no secret to them: {}", cases[2]);
}

#[test]
fn that_an_insider_knows_a_cell_keeps_nothing_secret_that_everybody_is_shown() {
    let cases = audited(&json!({
        "cells": [{"id": "wijk", "value": 4}, hidden("buurt1", 4, true), hidden("straat", 4, false)],
        "relations": [{"total": "wijk", "parts": ["buurt1"]}, {"total": "buurt1", "parts": ["straat"]}],
        "cases": [{"name": "nobody"}, {"name": "straat", "insider_knows": ["straat"]}],
    }));
    for case in cases.as_array().unwrap() {
        assert_eq!((&case["safe"], &case["min_width"]), (&json!(false), &json!(0)), "{case}");
        assert_eq!(case["intervals_protected"], json!({"buurt1": [4, 4]}), "{case}");
    }
}

#[test]
fn who_is_alone_on_one_side_of_a_percentage_knows_the_other() {
    for (value, all) in [(1, 3), (2, 3), (1, 1), (0, 1), (1, 2), (39, 40)] {
        let file = json!({"cells": [{"id": "a", "value": value, "denominator": all}], "relations": []});
        for policy in ["persons_sensitive", "persons_general", "income"] {
            let answer = protected(&file, &["--policy", policy]).unwrap();
            assert_eq!(answer["suppressed"], json!(["a"]), "{value} of {all}: {answer}");
        }
    }
}

fn share(id: &str, value: u32, of: u32) -> Value {
    json!({"id": id, "value": value, "denominator": of})
}

#[test]
fn a_part_of_nobody_makes_its_total_the_same_people_as_the_other_part() {
    // Who is counted in xt knows that nobody is in x1, and everybody that y1 is of nobody.
    let sum = |total: &str, parts: &[&str]| json!({"total": total, "parts": parts});
    let file = json!({
        "cells": [share("xt", 1, 36), share("x0", 1, 30), share("x1", 0, 6), share("y1", 0, 0), share("w1", 0, 6)],
        "relations": [sum("xt", &["x0", "x1"]), sum("w1", &["x1", "y1"])],
    });
    for policy in [&["persons_general"][..], &["persons_sensitive"], &["dwellings", "--insiders"]] {
        let answer = protected(&file, &[&["--policy"], policy].concat()).unwrap();
        assert!(answer["suppressed"].as_array().unwrap().contains(&json!("w1")), "{answer}");
    }
    // With somebody of whom nothing is known in it, it is not the same.
    let mut with_others = file.clone();
    with_others["cells"][3] = share("y1", 2, 5);
    with_others["cells"][4] = share("w1", 2, 11);
    assert_eq!(protected(&with_others, &["--policy", "persons_general"]).unwrap()["safe"], true);
}

#[test]
fn a_cell_beside_those_of_the_file_has_a_name() {
    let file = json!({"cells": [{"id": "a", "value": 1, "denominator": 3}], "relations": []});
    let file = File::parse(&file.to_string()).unwrap();
    let tables = file.tables().unwrap();
    let all: Vec<usize> = (0..tables.linked.universe.len()).collect();
    assert_eq!(tables.names(&all).unwrap(), ["a", "wie bij \"a\" niet meetelt", "van wie \"a\" is"]);
}

#[test]
fn a_rule_on_groups_goes_with_hidden_zeros() {
    let cell = |id: &str, value: u32| json!({"id": id, "value": value});
    let file = json!({
        "cells": [cell("t", 20), cell("a", 20), cell("b", 0)],
        "relations": [{"total": "t", "parts": ["a", "b"]}],
    });
    let group = ["--policy", "persons_general", "--group-percent", "90"];
    let said = format!("{:#}", protected(&file, &group).unwrap_err());
    assert!(said.contains("--group-percent") && said.contains("zet --protect-zeros"), "{said}");
    let answer = protected(&file, &[&group[..], &["--protect-zeros"]].concat()).unwrap();
    assert!(answer["suppressed"].as_array().unwrap().contains(&json!("b")), "{answer}");
}
