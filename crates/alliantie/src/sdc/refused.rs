//! What is refused in a file, with what is expected instead.

use ::sdc::Unwatched;
use clap::Parser;
use serde_json::{Value, json};

use super::file::File;
use super::{audit, protect};
use crate::cli::{Cli, Command, Sdc};

/// Why there is no audit; nothing when there is one.
fn refused(file: &Value) -> Option<String> {
    refused_text(&file.to_string())
}

fn refused_text(text: &str) -> Option<String> {
    let audited = File::parse(text).and_then(|file| audit::report(&file, &Unwatched));
    audited.err().map(|error| format!("{error:#}"))
}

/// Why there is no mask under a policy; nothing when there is one.
fn unprotected(file: &Value, policy: &[&str]) -> Option<String> {
    let line = ["alliantie", "sdc", "protect", "file", "--policy"].iter().chain(policy);
    let Some(Command::Sdc(Sdc::Protect { policy, .. })) = Cli::try_parse_from(line).unwrap().command else {
        panic!("another command")
    };
    let mask = File::parse(&file.to_string()).and_then(|file| protect::report(&file, &policy, &Unwatched));
    mask.err().map(|error| format!("{error:#}"))
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
        (json!({"cells": [{"id": "a", "value": 1, "mean": 1}]}), "cells[0].mean", "true of false"),
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
fn a_cell_that_is_a_part_of_itself_is_named_with_its_sum() {
    let file = |denominator: Value| {
        let cell = |id: &str| json!({"id": id, "value": 0, "denominator": denominator});
        let sum = |total: &str, parts: &[&str]| json!({"total": total, "parts": parts});
        json!({
            "cells": [cell("t"), cell("a"), cell("b"), cell("c")],
            "relations": [sum("t", &["a", "b"]), sum("a", &["c", "b"]), sum("a", &["t", "b"])],
        })
    };
    for denominator in [Value::Null, json!(0)] {
        let said = refused(&file(denominator)).unwrap();
        let of_a = said.starts_with("relations[2]: \"a\" is een deel van zichzelf;");
        assert!(of_a || said.starts_with("relations[0]: \"t\" is een deel van zichzelf;"), "{said}");
    }
    let own = json!({"cells": [{"id": "a", "value": 1}], "relations": [{"total": "a", "parts": ["a"]}]});
    let said = refused(&own).unwrap();
    assert!(said.starts_with("relations[0]: \"a\" is een deel van zichzelf;"), "{said}");
}

#[test]
fn a_mask_is_made_of_values_that_are_not_under_zero() {
    let cells = json!([{"id": "a", "value": 1}, {"id": "b", "value": -2}]);
    let said = unprotected(&json!({"cells": cells, "relations": []}), &["persons_general"]).unwrap();
    assert!(said.starts_with("cells[1].value: \"b\" is -2; alleen waarden van nul of meer"), "{said}");
}

#[test]
fn who_asks_of_how_many_percentages_are_is_named() {
    let file = json!({"cells": [{"id": "a", "value": 12}], "relations": []});
    let said = unprotected(&file, &["persons_general", "--minimum-denominator", "5"]).unwrap();
    assert!(said.starts_with("cells: --minimum-denominator vraagt van hoeveel"), "{said}");
    let said = unprotected(&file, &["dwellings", "--minimum-denominator", "50"]).unwrap();
    assert!(said.starts_with("cells: het beleid dwellings vraagt van hoeveel"), "{said}");
}

#[test]
fn a_part_that_is_there_twice_and_a_sum_that_does_not_add_up_are_named_with_their_place() {
    let of = |parts: &[&str], integer: bool| {
        let value = |whole: i64| if integer { json!(whole) } else { json!(0.25 + 2.0 * whole as f64) };
        json!({
            "integer": integer,
            "cells": [{"id": "t", "value": value(9)}, {"id": "a", "value": value(4)}, {"id": "b", "value": value(5)}],
            "relations": [{"total": "a", "parts": ["a"]}, {"total": "t", "parts": parts}],
        })
    };
    let said = refused(&of(&["a", "b", "a"], true)).unwrap();
    assert!(said.starts_with("relations[1].parts: \"a\" staat er twee keer"), "{said}");
    let said = refused(&of(&["a"], true)).unwrap();
    assert!(
        said.starts_with("relations[1]: \"t\" is 9 en de delen zijn samen 4; ze moeten precies"),
        "{said}"
    );
    let said = refused(&of(&["a", "b"], false)).unwrap();
    assert!(said.starts_with("relations[1]: \"t\" is 18.25 en de delen zijn samen 18.5;"), "{said}");
}

#[test]
fn a_cell_that_is_there_twice_is_named_with_both_places() {
    let cell = |id: &str| json!({"id": id, "value": 1});
    let said =
        refused(&json!({"cells": [cell("b"), cell("a"), cell("c"), cell("a")], "relations": []})).unwrap();
    assert!(said.starts_with("cells[3].id: \"a\" staat ook in cells[1]; geef elke cel één keer"), "{said}");
}

#[test]
fn a_byte_order_mark_before_a_file_is_skipped() {
    let text = r#"{"cells": [{"id": "a", "value": 1}], "relations": []}"#;
    assert_eq!(refused_text(&format!("\u{feff}{text}")), None);
    assert!(refused_text(&format!("\u{feff}\u{feff}{text}")).is_some(), "there is one");
}

#[test]
fn what_comes_after_the_table_is_refused_with_its_place() {
    let text = "{\"cells\": [], \"relations\": []}\n";
    let said = refused_text(&format!("{text}{text}")).unwrap();
    assert!(said.contains("nog meer (regel 2, kolom 1)"), "{said}");
    assert_ne!(refused_text(text), Some(said));
}

#[test]
fn what_cannot_be_read_is_told_in_dutch_with_place_field_what_is_there_and_what_to_do() {
    for (text, expected) in [
        (
            "null",
            "het bestand (regel 1, kolom 4): er staat null; verwacht wordt een object met cells en relations",
        ),
        ("7", "het bestand (regel 1, kolom 1): er staat 7; verwacht wordt een object"),
        ("", "dit is geen JSON (regel 1, kolom 0): het bestand houdt te vroeg op"),
        ("{\"cells\": [\n{\"id\" \"a\"}]}", "geen JSON (regel 2, kolom 7): verwacht wordt een dubbele punt"),
        ("{\"cells\": [],}", "na de laatste komma komt niets meer"),
        ("{'cells': []}", "de naam van een veld staat tussen aanhalingstekens"),
        ("{\"cells\": [{\"id\": \"a\nb\"}]}", "een stuurteken"),
        ("{\"cells\": [{\"id\": \"a\", \"value\": 07}]}", "dat is geen getal"),
        (
            "{\"cells\": [{\"id\": \"a\", \"value\": 1e999}]}",
            "cells[0].value (regel 1, kolom 38): dat getal is te groot",
        ),
        (
            "{\"cells\": [null]}",
            "cells[0] (regel 1, kolom 15): er staat null; verwacht wordt een cel met id en value",
        ),
        (
            "{\"cells\": [{\"value\": 1}]}",
            "cells[0] (regel 1, kolom 23): \"id\" ontbreekt; geef het veld, een naam",
        ),
        (
            "{\"relations\": [{\"parts\": []}]}",
            "relations[0] (regel 1, kolom 28): \"total\" ontbreekt; geef het veld, een naam",
        ),
        (
            "{\"cells\": [{\"id\": \"a\", \"id\": \"b\", \"value\": 1}]}",
            "\"id\" staat er twee keer; geef elk veld één keer",
        ),
        ("{\"cells\": [], \"cells\": []}", "\"cells\" staat er twee keer"),
        (
            "{\"cells\": [{\"id\": \"a\", \"value\": 1, \"contributors\": -1}]}",
            "cells[0].contributors (regel 1, kolom 53): er staat -1; verwacht wordt een geheel getal",
        ),
        ("{\"cells\": [{\"id\": \"a\", \"value\": true}]}", "er staat true; verwacht wordt een getal"),
        ("{\"cells\": [{\"id\": {}, \"value\": 1}]}", "er staat een object; verwacht wordt een naam"),
        ("{\"id\": []}", "er staat een lijst; verwacht wordt een naam"),
        (
            "{\"relations\": [{\"total\": \"a\", \"parts\": [2.5]}]}",
            "): er staat 2.5; verwacht wordt de naam van een cel",
        ),
        ("{\"magnitude1\": 3}", "): er staat 3; verwacht wordt een object met records"),
        ("[[]]", "het bestand (regel 1, kolom 0): er staat een lijst; verwacht wordt een object met cells"),
        (
            "{\"cells\": [[\"a\", 1]]}",
            "cells[0] (regel 1, kolom 11): er staat een lijst; verwacht wordt een cel met id en value",
        ),
        ("{\"policy\": [5]}", "policy (regel 1, kolom 11): er staat een lijst; verwacht wordt een beleid"),
        (
            "{\"single_cells\": [{\"name\": \"a\", \"rules\": [\"p%=10\"]}]}",
            "single_cells[0].rules (regel 1, kolom 41): er staat een lijst; verwacht wordt een object met regels",
        ),
        (
            "{\"single_cells\": [{\"name\": \"a\", \"rules\": {\"p%=10\": null, \"p%=10\": null}}]}",
            "\"p%=10\" staat er twee keer; geef elk veld één keer",
        ),
        (
            "{\"magnitude1\": {\"records\": [], \"records\": []}}",
            "\"records\" staat er twee keer; geef elk veld één keer",
        ),
        ("{\"magnitude1\": []}", "er staat een lijst; verwacht wordt een object met records"),
    ] {
        let said = refused_text(text).unwrap();
        assert!(said.contains(expected), "{text}: {said}");
        for english in ["expected", "invalid", "struct", "File", "u64", "field ", "line", "missing"] {
            assert!(!said.contains(english), "{text}: {said}");
        }
    }
}

#[test]
fn a_table_of_records_that_cannot_be_judged_is_named_with_what_is_expected() {
    let of = |records: Value, table: &str, geo: &str| {
        let mut file = json!({"magnitude1": {"records": records, "note": "x"}});
        file["magnitude1"][table] = json!([{"geo": geo}]);
        refused(&file)
    };
    let records = || json!([{"geo": "Spain", "value": 7.5}]);
    assert_eq!(of(records(), "T_(1,80)", "Total"), None);
    let twice = || json!([{"land": "Spain", "value": 7.5}, {"firma": "Spain", "value": 2}]);
    for (said, expected) in [
        (of(json!(3), "T_(1,80)", "Total"), "magnitude1: records: verwacht wordt een lijst"),
        (of(json!([{"value": "x"}]), "T_(1,80)", "Total"), "records[0].value: verwacht wordt een getal"),
        (of(json!([{"value": -1}]), "T_(1,80)", "Total"), "records[0].value: -1 is onder nul"),
        (of(records(), "T_(1,80)", "Spanje"), "T_(1,80)[0]: geo: \"Spanje\" staat in geen record"),
        (
            of(twice(), "T_(1,80)", "Spain"),
            "T_(1,80)[0]: geo: \"Spain\" staat in records onder firma en land",
        ),
        (of(records(), "T_all", "Total"), "T_all: de naam noemt geen regel"),
        (of(records(), "T_(1,x)", "Total"), "(n,k)-dominance"),
        (of(records(), "T_at_most_x", "Total"), "na at_most_ wordt een geheel getal verwacht"),
    ] {
        let said = said.unwrap();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_is_wrong_in_a_case_names_the_case() {
    let case = json!({"name": "alles", "publish": ["b"]});
    let said =
        refused(&json!({"cells": [{"id": "a", "value": 1}], "relations": [], "cases": [case]})).unwrap();
    assert!(said.contains("cases, \"alles\": publish noemt \"b\""), "{said}");
}
