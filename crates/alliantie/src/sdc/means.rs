//! Means and other ratios, which are no percentages of their denominator.

use ::sdc::Unwatched;
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::{Cli, Command, Sdc};

fn suppressed(file: &Value, policy: &[&str]) -> Value {
    let line = ["alliantie", "sdc", "protect", "file", "--policy"].into_iter().chain(policy.iter().copied());
    let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line).unwrap().command else {
        panic!("another command")
    };
    let file = File::parse(&file.to_string()).unwrap();
    protect::report(&file, &policy, &Unwatched).unwrap()["suppressed"].take()
}

fn one(value: impl Into<Value>, denominator: u32, mean: Value) -> Value {
    let value = value.into();
    let mut cell = json!({"id": "woz", "value": value, "denominator": denominator});
    if !mean.is_null() {
        cell["mean"] = mean;
    }
    json!({"integer": !value.is_f64(), "cells": [cell], "relations": []})
}

#[test]
fn what_is_more_than_its_denominator_is_no_percentage() {
    for (value, units, policy, is_shown) in [
        (json!(240), 100, "dwellings", true),
        (json!(240), 20, "dwellings", true),
        (json!(240), 19, "dwellings", false),
        (json!(31000.25), 400, "dwellings", true),
        (json!(31000.25), 400, "income", true),
        (json!(35000.5), 99, "income", false),
        (json!(240), 4, "persons_general", false),
        (json!(240), 5, "persons_general", true),
    ] {
        let expected = if is_shown { json!([]) } else { json!(["woz"]) };
        assert_eq!(
            suppressed(&one(value.clone(), units, Value::Null), &[policy]),
            expected,
            "{value} of {units}"
        );
    }
}

#[test]
fn a_mean_under_its_denominator_is_no_percentage_where_the_file_says_so() {
    for (value, units, policy) in
        [(240, 241, "persons_general"), (390, 400, "persons_sensitive"), (2, 400, "persons_general")]
    {
        let of = |mean: bool| suppressed(&one(value, units, mean.into()), &[policy]);
        assert_eq!((of(false), of(true)), (json!(["woz"]), json!([])), "{value} of {units}");
    }
    let few = |policy: &[&str]| suppressed(&one(2, 9, true.into()), policy);
    assert_eq!(few(&["persons_sensitive"]), json!(["woz"]), "it is of nine persons");
    assert_eq!(few(&["persons_general"]), json!([]));
    assert_eq!(few(&["persons_general", "--minimum-denominator", "10"]), json!(["woz"]));
    let nobody_has_any = one(0, 400, true.into());
    assert_eq!(suppressed(&nobody_has_any, &["persons_sensitive"]), json!(["woz"]));
    assert_eq!(suppressed(&nobody_has_any, &["persons_general"]), json!([]));
}

#[test]
fn a_mean_is_no_category_of_a_group() {
    let mean = |id: &str, value: u32| json!({"id": id, "value": value, "denominator": 400, "mean": true});
    let file = json!({
        "cells": [mean("t", 200), mean("a", 190), mean("b", 10)],
        "relations": [{"total": "t", "parts": ["a", "b"]}],
    });
    assert_eq!(suppressed(&file, &["persons_sensitive"]), json!([]));
}

#[test]
fn a_mean_has_nobody_who_is_not_counted() {
    let mut file = one(3, 5, true.into());
    file["cells"][0]["published"] = false.into();
    let parsed = File::parse(&file.to_string()).unwrap();
    assert!(parsed.tables().unwrap().shares.is_empty());
    let cases = audit::report(&parsed, &Unwatched).unwrap()["cases"].take();
    assert_eq!(cases[0]["intervals"], json!({"woz": [0, null]}), "it may be more than its denominator");
}

#[test]
fn a_mean_says_over_how_many_units_it_is() {
    let file = json!({"cells": [{"id": "woz", "value": 240, "mean": true}], "relations": []});
    let said = File::parse(&file.to_string()).unwrap().tables().err().unwrap().to_string();
    assert!(said.starts_with("cells[0].mean: \"woz\"") && said.contains("geef over hoeveel"), "{said}");
}

#[test]
fn what_is_something_over_nobody_is_counted_by_its_value() {
    assert_eq!(suppressed(&one(3, 0, Value::Null), &["persons_general"]), json!(["woz"]));
}
