//! What everybody knows of what a mask hides, and which parts are categories of a group.

use ::sdc::Unwatched;
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::{Cli, Command, Sdc};

fn protected(file: &Value, policy: &[&str]) -> Result<Value, String> {
    let line = ["alliantie", "sdc", "protect", "file", "--policy"].into_iter().chain(policy.iter().copied());
    let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line).unwrap().command else {
        panic!("another command")
    };
    let file = File::parse(&file.to_string()).unwrap();
    protect::report(&file, &policy, &Unwatched).map_err(|error| format!("{error:#}"))
}

fn counts(lower_bound: i64, values: [i64; 3]) -> Value {
    let [t, a, b] = values;
    json!({
        "lower_bound": lower_bound,
        "cells": [{"id": "t", "value": t}, {"id": "a", "value": a}, {"id": "b", "value": b}],
        "relations": [{"total": "t", "parts": ["a", "b"]}],
    })
}

#[test]
fn a_mask_leaves_room_beside_what_everybody_knows_of_hidden_cells() {
    for (lower_bound, suppressed) in
        [(0, json!(["a", "b"])), (1, json!(["a", "b"])), (4, json!(["t", "a", "b"]))]
    {
        let mut file = counts(lower_bound, [8, 4, 4]);
        let answer = protected(&file, &["persons_general"]).unwrap();
        assert_eq!(answer["suppressed"], suppressed, "{lower_bound}: {answer}");
        file["cases"] = json!([{"name": "mask", "publish": answer["publish"]}]);
        if lower_bound == 0 {
            // That zeros are shown, a reader knows by the policy.
            file["lower_bound"] = 1.into();
        }
        let audited = audit::report(&File::parse(&file.to_string()).unwrap(), &Unwatched).unwrap();
        assert_eq!(audited["cases"][0]["intervals"], answer["intervals"], "{lower_bound}");
    }
}

#[test]
fn a_value_that_must_be_hidden_under_what_everybody_knows_is_refused() {
    let said = protected(&counts(4, [23, 3, 20]), &["persons_general"]).unwrap_err();
    assert!(said.contains("minstens 4 is") && said.contains("niet voor \"a\"; geef een lagere"), "{said}");
    let zero = protected(&counts(1, [20, 0, 20]), &["persons_sensitive"]).unwrap_err();
    assert!(zero.contains("lower_bound") && zero.contains("\"a\""), "{zero}");
    let shown = protected(&counts(4, [23, 0, 23]), &["persons_general"]).unwrap();
    assert_eq!(shown["publish"], json!(["t", "a", "b"]), "a zero that is shown is not hidden");
}

#[test]
fn a_percentage_has_room_between_what_each_side_is_at_least() {
    let file = |lower_bound: i64| {
        json!({
            "lower_bound": lower_bound,
            "cells": [{"id": "a", "value": 3, "denominator": 6}],
            "relations": [],
        })
    };
    let answer = protected(&file(2), &["persons_general"]).unwrap();
    assert_eq!(answer["intervals"], json!({"a": [2, 4]}));
    let said = protected(&file(4), &["persons_general"]).unwrap_err();
    assert!(said.contains("\"a\", \"wie bij") && said.contains("lower_bound"), "{said}");
}

#[test]
fn where_each_sum_says_that_it_is_no_breakdown_none_is() {
    let file = |says: Value| {
        let mut relation = json!({"total": "t", "parts": ["a", "b"]});
        if !says.is_null() {
            relation["breakdown"] = says;
        }
        json!({
            "cells": [{"id": "t", "value": 1000}, {"id": "a", "value": 900}, {"id": "b", "value": 100}],
            "relations": [relation],
        })
    };
    let rule = ["persons_general", "--group-percent", "80", "--protect-zeros"];
    for (says, expected) in
        [(json!(false), json!([])), (json!(true), json!(["a"])), (Value::Null, json!(["a"]))]
    {
        assert_eq!(protected(&file(says.clone()), &rule).unwrap()["protected"], expected, "{says}");
    }
}
