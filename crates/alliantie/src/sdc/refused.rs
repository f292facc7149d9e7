//! What is refused in a file, with what is expected instead.

use ::sdc::Unwatched;
use serde_json::{Value, json};

use super::audit;
use super::file::File;

/// Why there is no audit; nothing when there is one.
fn refused(file: &Value) -> Option<String> {
    refused_text(&file.to_string())
}

fn refused_text(text: &str) -> Option<String> {
    let audited = File::parse(text).and_then(|file| audit::report(&file, &Unwatched));
    audited.err().map(|error| format!("{error:#}"))
}

fn with_rule(rule: &str) -> Option<String> {
    refused(
        &json!({"single_cells": [{"name": "winkels", "contributions_largest": [3, 2], "rules": {rule: null}}]}),
    )
}

#[test]
fn a_rule_that_cannot_be_read_is_named_with_what_is_expected() {
    let huge = "9".repeat(40);
    for (rule, expected) in [
        ("p%=abc".to_owned(), "\"p%=10\""),
        ("p%=".to_owned(), "\"p%=10\""),
        ("p%=0".to_owned(), "boven 0 en hoogstens 100"),
        (format!("p%={huge}"), "boven 0 en hoogstens 100"),
        ("p%=1e300".to_owned(), "\"p%=10\""),
        ("min frequency x".to_owned(), "\"min frequency 10\""),
        ("min frequency -1".to_owned(), "een geheel getal van 0"),
        (format!("min frequency {huge}"), "tot en met 18446744073709551615"),
        ("(0,90)-dominance".to_owned(), "\"(2,90)-dominance\""),
        ("(x,90)-dominance".to_owned(), "\"(2,90)-dominance\""),
        ("(2)-dominance".to_owned(), "(n,k)-dominance"),
        (format!("({huge},90)-dominance"), "een geheel getal van 1 of meer"),
        ("(2,200)-dominance".to_owned(), "hoogstens 100"),
    ] {
        let said = with_rule(&rule).unwrap();
        for part in ["single_cells", "\"winkels\"", "rules", &rule, expected] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
    }
    for right in ["p%=10", "p%=0.5", "min frequency 3", "(2,90.909)-dominance", "estimate"] {
        assert_eq!(with_rule(right), None, "{right}");
    }
}

#[test]
fn a_field_that_cannot_be_read_is_named_with_its_place_and_what_is_expected() {
    for (file, place, expected) in [
        (json!({"cells": [{"id": "a", "value": "x"}]}), "cells[0].value", "een getal, bijvoorbeeld 12"),
        (
            json!({"cells": [{"id": "a", "value": 1, "contributors": 1e30}]}),
            "cells[0].contributors",
            "geheel getal",
        ),
        (
            json!({"cells": [{"id": "a", "value": 1, "published": "ja"}]}),
            "cells[0].published",
            "true of false",
        ),
        (json!({"cells": [{"id": 7, "value": 1}]}), "cells[0].id", "aanhalingstekens"),
        (json!({"relations": [{"total": 7, "parts": []}]}), "relations[0].total", "aanhalingstekens"),
        (json!({"policy": {"min_interval_width": 2.5}}), "policy.min_interval_width", "bijvoorbeeld 5"),
        (json!({"cells": 3}), "cells", "een lijst van cellen"),
    ] {
        let said = refused(&file).unwrap();
        assert!(said.contains(place) && said.contains(expected), "{said}");
    }
    let said = refused_text("{\"cells\": [").unwrap();
    assert!(said.contains("geen JSON") && said.contains("regel 1"), "{said}");
    let large = json!({"relations": [], "cells": [{"id": "a", "value": 10_000_000_000_000_000_000u64}]});
    let said = refused(&large).unwrap();
    assert!(said.contains("\"a\"") && said.contains("hoogstens 9223372036854775807"), "{said}");
}

#[test]
fn contributions_that_are_more_than_the_value_are_refused() {
    let cell = |value: u32, largest: &[u32]| json!({"relations": [], "cells": [{"id": "winkels", "value": value, "contributions_largest": largest}]});
    assert_eq!(refused(&cell(500, &[450, 50])), None);
    let said = refused(&cell(500, &[450, 51])).unwrap();
    assert!(
        said.contains("cells[0].contributions_largest van \"winkels\"") && said.contains("meer dan"),
        "{said}"
    );
    let single =
        json!({"single_cells": [{"name": "winkels", "contributions_largest": [450, 51], "total": 500}]});
    let said = refused(&single).unwrap();
    assert!(said.contains("\"winkels\"") && said.contains("contributions_largest"), "{said}");
}

#[test]
fn a_hidden_value_under_what_everybody_knows_of_it_is_refused() {
    let file = |lowest: Value, published: bool, known: &[&str]| {
        json!({
            "lower_bound": lowest,
            "cells": [{"id": "wijk", "value": 4},
                {"id": "buurt1", "value": 0, "published": published}, {"id": "buurt2", "value": 4, "published": false}],
            "relations": [{"total": "wijk", "parts": ["buurt1", "buurt2"]}],
            "cases": [{"name": "x", "insider_knows": known}],
        })
    };
    let said = refused(&file(json!(1), false, &[])).unwrap();
    assert!(
        said.contains("lower_bound") && said.contains("minstens 1") && said.contains("\"buurt1\";"),
        "{said}"
    );
    assert!(!said.contains("buurt2"), "{said}");
    for right in [file(json!(0), false, &[]), file(Value::Null, false, &[]), file(json!(1), true, &[])] {
        assert_eq!(refused(&right), None, "{right}");
    }
    assert_eq!(refused(&file(json!(1), false, &["buurt1"])), None, "who knows it, knows better");
    let share = json!({
        "lower_bound": 1, "relations": [],
        "cells": [{"id": "buurt1", "value": 9, "denominator": 9, "published": false}],
    });
    let said = refused(&share).unwrap();
    assert!(said.contains("wie bij \"buurt1\" niet meetelt"), "{said}");
}

#[test]
fn a_relation_without_parts_or_with_a_cell_that_is_not_there_is_named() {
    let of = |parts: &[&str]| json!({"cells": [{"id": "t", "value": 1}], "relations": [{"total": "t", "parts": parts}]});
    assert!(refused(&of(&[])).unwrap().contains("relations[0].parts: \"t\" heeft geen delen"));
    assert!(refused(&of(&["x"])).unwrap().contains("relations[0] noemt \"x\""));
}

#[test]
fn what_comes_after_the_table_is_refused_with_its_place() {
    let text = "{\"cells\": [], \"relations\": []}\n";
    let said = refused_text(&format!("{text}{text}")).unwrap();
    assert!(said.contains("nog meer (regel 2, kolom 1)"), "{said}");
    assert_ne!(refused_text(text), Some(said));
}
