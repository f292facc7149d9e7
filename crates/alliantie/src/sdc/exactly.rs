//! What stands in a file is read as it is written, or refused.

use ::sdc::Unwatched;

use super::audit;
use super::file::File;

/// Why there is no audit; nothing when there is one.
fn refused(text: &str) -> Option<String> {
    let audited = File::parse(text).and_then(|file| audit::report(&file, &Unwatched));
    audited.err().map(|error| format!("{error:#}"))
}

fn sum(integer: bool, [t, a, b]: [&str; 3]) -> Option<String> {
    refused(&format!(
        r#"{{"integer": {integer}, "cells": [{{"id": "t", "value": {t}}}, {{"id": "a", "value": {a}}},
            {{"id": "b", "value": {b}}}], "relations": [{{"total": "t", "parts": ["a", "b"]}}]}}"#
    ))
}

#[test]
fn numbers_in_a_message_are_in_the_scale_of_the_file() {
    let said = sum(false, ["10.5", "7.25", "3"]).unwrap();
    assert!(said.contains("\"t\" is 10.5 en de delen zijn samen 10.25"), "{said}");
}

#[test]
fn numbers_that_no_float_can_have_are_read_as_they_are_or_refused() {
    for integer in [true, false] {
        assert_eq!(sum(integer, ["9007199254740994", "9007199254740993.0", "1"]), None);
        assert!(sum(integer, ["9007199254740993", "9007199254740993.0", "1"]).is_some());
    }
    assert_eq!(sum(false, ["90071992547.9931", "90071992547.9930", "0.0001"]), None);
    // What would be printed of it is another number where it is read as a float.
    let said = sum(false, ["9007199254740.9931", "9007199254740.9930", "0.0001"]).unwrap();
    assert!(said.contains("\"t\": 9007199254740.9931 past niet"), "{said}");
    let said = sum(true, ["1", "1", "1e-400"]).unwrap();
    assert!(said.contains("cells[2].value") && said.contains("1e-400 heeft meer dan 9 decimalen"), "{said}");
}

#[test]
fn a_contribution_under_zero_is_refused() {
    let cell = |integer: bool| {
        refused(&format!(
            r#"{{"integer": {integer}, "relations": [],
                "cells": [{{"id": "a", "value": 10, "contributions_largest": [8, -1]}}]}}"#
        ))
    };
    let said = cell(true).unwrap();
    assert!(said.contains("cells[0].contributions_largest") && said.contains("onder nul"), "{said}");
    assert!(cell(false).is_some());
    let single = r#"{"single_cells": [{"name": "winkels", "contributions_largest": [-1, -2], "rules": {"p%=10": null}}]}"#;
    let said = refused(single).unwrap();
    assert!(said.contains("\"winkels\"") && said.contains("onder nul"), "{said}");
}

#[test]
fn a_rule_that_is_there_twice_is_refused() {
    let single =
        r#"{"single_cells": [{"name": "winkels", "rules": {"p%=10": null, "p%=20": null, "p%=10": null}}]}"#;
    assert!(refused(single).unwrap().contains("single_cells[0].rules"), "{:?}", refused(single));
}

#[test]
fn a_list_is_no_object() {
    for (text, place) in [
        ("[]", ""),
        (r#"{"cells": [["a", 1]], "relations": []}"#, "cells[0]"),
        (r#"{"cells": [{"id": "a", "value": 1}], "relations": [["a", []]]}"#, "relations[0]"),
        (r#"{"cells": [{"id": "a", "value": 1}], "relations": [], "cases": [["x"]]}"#, "cases[0]"),
        (r#"{"cells": [{"id": "a", "value": 1}], "relations": [], "policy": [5]}"#, "policy"),
        (r#"{"single_cells": [["winkels"]]}"#, "single_cells[0]"),
        (r#"{"single_cells": [{"name": "winkels", "rules": ["p%=10"]}]}"#, "single_cells[0].rules"),
    ] {
        let said = refused(text).unwrap_or_else(|| panic!("{text} is taken"));
        assert!(said.contains(place), "{said}");
        assert!(!said.contains("geen cellen"), "{said}");
    }
}
