mod contributions;
mod declared;
mod rates;
mod subtotals;

use proptest::prelude::*;

use super::*;
use crate::domain::area::AreaKind;

const LIMITS: Limits = Limits { bytes: 10_000_000, cells: 10_000 };

fn area(code: &str, kind: AreaKind, parent: Option<&str>) -> (String, Area) {
    let area = Area {
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parents: parent.map(str::to_owned).into_iter().collect(),
        valid_from: (kind == AreaKind::Neighbourhood).then_some(2024),
        valid_until: None,
        consists_of: Vec::new(),
        note: String::new(),
    };
    (code.to_owned(), area)
}

fn indicator(code: &str, per: Option<u32>) -> (String, IndicatorEntry) {
    (code.to_owned(), IndicatorEntry { code: code.to_owned(), additive: per.is_none(), per })
}

fn shape() -> Shape {
    Shape {
        indicators: HashMap::from([indicator("aantal", None), indicator("procent", Some(100))]),
        areas: HashMap::from([
            area("GM1", AreaKind::Municipality, None),
            area("WK1", AreaKind::District, Some("GM1")),
            area("WK2", AreaKind::District, Some("GM1")),
            area("BU1", AreaKind::Neighbourhood, Some("WK1")),
            area("BU2", AreaKind::Neighbourhood, Some("WK1")),
        ]),
        dimensions: vec![Dimension {
            code: "leeftijd".to_owned(),
            name: "Leeftijd".to_owned(),
            total: Some("totaal".to_owned()),
            categories: ["totaal", "jong", "oud"].map(str::to_owned).to_vec(),
            subtotals: Vec::new(),
        }],
        declared: Declarations::default(),
    }
}

const HEADER: &str = "indicator,gebied,periode,leeftijd,waarde,status,bron,opmerking";

fn check(file: &[u8]) -> (Option<Table>, Report) {
    let mut validator = Validator::new(shape(), LIMITS);
    validator.feed(file).expect("small enough");
    validator.finish().expect("small enough")
}

fn check_lines(lines: &[&str]) -> (Option<Table>, Report) {
    check(format!("{HEADER}\n{}\n", lines.join("\n")).as_bytes())
}

/// Line, column and reason of each error.
fn errors(lines: &[&str]) -> Vec<(u64, String, ErrorReason)> {
    let (table, report) = check_lines(lines);
    assert_eq!(table.is_none(), report.error_count > 0);
    report.errors.into_iter().map(|error| (error.line, error.column, error.reason)).collect()
}

fn one(line: &str) -> (String, ErrorReason) {
    let mut found = errors(&[line]);
    assert_eq!(found.len(), 1, "{line}: {found:?}");
    let (number, column, reason) = found.remove(0);
    assert_eq!(number, 2, "{line}");
    (column, reason)
}

#[test]
fn a_source_or_note_is_short_and_has_no_control_characters() {
    let line = |source: &str, note: &str| format!("aantal,GM1,2025,totaal,1,,\"{source}\",\"{note}\"");
    let (source, note) = ("é".repeat(200), "é".repeat(1000));
    assert!(errors(&[&line(&source, &note)]).is_empty());
    for (line, column) in [
        (line(&format!("{source}x"), ""), "bron"),
        (line("", &format!("{note}x")), "opmerking"),
        (line("a\tb", ""), "bron"),
        (line("", "a\nb"), "opmerking"),
        (line("", "a\u{1b}[31m"), "opmerking"),
        (line("", "a\u{85}b"), "opmerking"),
    ] {
        assert_eq!(one(&line), (column.to_owned(), ErrorReason::TextInvalid), "{line}");
    }
}

#[test]
fn every_wrong_field_is_named() {
    use ErrorReason as R;
    for (line, column, reason) in [
        ("foo,GM1,2025,totaal,1,,,", "indicator", R::IndicatorUnknown),
        (",GM1,2025,totaal,1,,,", "indicator", R::FieldEmpty),
        ("aantal,GM9,2025,totaal,1,,,", "gebied", R::AreaUnknown),
        ("aantal,BU1,2023,totaal,1,,,", "gebied", R::AreaUnknown),
        ("aantal,,2025,totaal,1,,,", "gebied", R::FieldEmpty),
        ("aantal,GM1,2023Q5,totaal,1,,,", "periode", R::PeriodInvalid),
        ("aantal,GM1,,totaal,1,,,", "periode", R::FieldEmpty),
        ("aantal,GM1,2025,midden,1,,,", "leeftijd", R::CategoryUnknown),
        ("aantal,GM1,2025,,1,,,", "leeftijd", R::FieldEmpty),
        ("aantal,GM1,2025,totaal,NaN,,,", "waarde", R::ValueInvalid),
        ("aantal,GM1,2025,totaal,10^400,,,", "waarde", R::ValueInvalid),
        ("aantal,GM1,2025,totaal,1e400,,,", "waarde", R::ValueInvalid),
        ("aantal,GM1,2025,totaal,1.000.000,,,", "waarde", R::ValueInvalid),
        ("aantal,GM1,2025,totaal, 1,,,", "waarde", R::ValueInvalid),
        ("aantal,GM1,2025,totaal,\"1,5\",,,", "waarde", R::DecimalComma),
        ("aantal,GM1,2025,totaal,1,5,,,", "waarde", R::DecimalComma),
        ("aantal,GM1,2025,totaal,,,,", "waarde", R::FieldEmpty),
        ("aantal,GM1,2025,totaal,,definitief,,", "waarde", R::FieldEmpty),
        ("aantal,GM1,2025,totaal,1,zeker,,", "status", R::StatusInvalid),
        ("aantal,GM1,2025,totaal,1,niet_van_toepassing,,", "status", R::StatusInvalid),
        ("aantal,GM1,2025,totaal", "", R::FieldCount),
        ("aantal,GM1,2025,totaal,1,,,,x", "", R::FieldCount),
    ] {
        assert_eq!(one(line), (column.to_owned(), reason), "{line}");
    }
}

#[test]
fn every_error_has_both_sentences_and_what_was_found() {
    let long = "x".repeat(500);
    let (_, report) = check_lines(&[&format!("aantal,GM1,2025,totaal,{long},,,")]);
    let error = &report.errors[0];
    assert_eq!(error.found.chars().count(), 80);
    assert!(error.message_nl.contains("geen getal") && error.message_en.contains("not a number"));
    assert!(error.message_en.len() < 200);
}

#[test]
fn all_errors_of_a_line_are_found() {
    let found = errors(&["foo,GM9,2023Q5,midden,NaN,zeker,,"]);
    let columns: Vec<&str> = found.iter().map(|(_, column, _)| column.as_str()).collect();
    assert_eq!(columns, ["gebied", "indicator", "leeftijd", "periode", "status", "waarde"]);
}

#[test]
fn a_cell_that_is_there_twice_is_named_with_its_first_line() {
    let found = errors(&[
        "procent,GM1,2025,totaal,1,,,",
        "procent,GM1,2024,totaal,1,,,",
        "procent,GM1,2025,totaal,1,,,",
    ]);
    assert_eq!(found, [(4, String::new(), ErrorReason::DuplicateCell)]);
    let (_, report) = check_lines(&["procent,GM1,2025,totaal,1,,a,", "procent,GM1,2025,totaal,2,,b,"]);
    assert_eq!(report.error_count, 0, "two sources may disagree");
}

#[test]
fn categories_that_do_not_add_up_are_reported_at_the_whole() {
    let found =
        errors(&["aantal,GM1,2025,jong,1,,,", "aantal,GM1,2025,oud,2,,,", "aantal,GM1,2025,totaal,4,,,"]);
    assert_eq!(found, [(4, "waarde".to_owned(), ErrorReason::SumMismatch)]);
    let (_, report) = check_lines(&[
        "aantal,GM1,2025,jong,1.5,,,",
        "aantal,GM1,2025,oud,2.50,,,",
        "aantal,GM1,2025,totaal,4,,,",
    ]);
    assert_eq!((report.error_count, report.sums_checked), (0, 1));
}

#[test]
fn only_complete_sums_of_counts_are_compared() {
    for lines in [
        ["aantal,GM1,2025,jong,1,,,", "aantal,GM1,2025,totaal,4,,,", "aantal,GM1,2024,oud,2,,,"],
        ["procent,GM1,2025,jong,1,,,", "procent,GM1,2025,oud,2,,,", "procent,GM1,2025,totaal,4,,,"],
        [
            "aantal,GM1,2025,jong,1,,,",
            "aantal,GM1,2025,oud,,niet_van_toepassing,,",
            "aantal,GM1,2025,totaal,4,,,",
        ],
        ["aantal,GM1,2025,jong,1,,a,", "aantal,GM1,2025,oud,2,,b,", "aantal,GM1,2025,totaal,4,,a,"],
    ] {
        let (_, report) = check_lines(&lines);
        assert_eq!((report.error_count, report.sums_checked), (0, 0), "{lines:?}");
    }
}

#[test]
fn areas_that_do_not_add_up_are_reported_at_the_whole() {
    let found = errors(&[
        "aantal,GM1,2025,totaal,6,,,",
        "aantal,WK1,2025,totaal,3,,,",
        "aantal,WK2,2025,totaal,3,,,",
        "aantal,BU1,2025,totaal,1,,,",
        "aantal,BU2,2025,totaal,1,,,",
    ]);
    assert_eq!(found, [(3, "waarde".to_owned(), ErrorReason::SumMismatch)]);
    let missing = errors(&["aantal,WK1,2025,totaal,3,,,", "aantal,BU1,2025,totaal,1,,,"]);
    assert_eq!(missing, [], "a part is not there");
}

#[test]
fn a_wrong_header_is_named_by_column_and_the_lines_below_are_counted() {
    let (table, report) = check(b"indicator,gebied,periode,jaar,bron,bron\n1,2\n3,4\n");
    assert!(table.is_none());
    let found: Vec<(&str, ErrorReason)> =
        report.errors.iter().map(|error| (error.column.as_str(), error.reason)).collect();
    assert_eq!(
        found,
        [
            ("bron", ErrorReason::ColumnUnknown),
            ("jaar", ErrorReason::ColumnUnknown),
            ("leeftijd", ErrorReason::ColumnMissing),
            ("waarde", ErrorReason::ColumnMissing),
        ]
    );
    assert_eq!(report.line_count, 2);
}

#[test]
fn semicolons_are_recognised() {
    let (_, report) = check(b"indicator;gebied;periode;leeftijd;waarde\naantal;GM1;2025;totaal;1\n");
    assert!(report.errors.iter().any(|error| error.message_nl.contains("puntkomma")));
}

#[test]
fn an_empty_file_and_a_file_without_cells_are_refused() {
    assert_eq!(check(b"").1.errors[0].reason, ErrorReason::ColumnMissing);
    assert_eq!(check(b"\xef\xbb\xbf\r\n").1.errors[0].reason, ErrorReason::ColumnMissing);
    assert_eq!(check(HEADER.as_bytes()).1.error_count, 1);
}

#[test]
fn text_that_is_not_utf8_is_named() {
    let file = [HEADER.as_bytes(), b"\naantal,GM1,2025,totaal,1,,,caf\xe9\n"].concat();
    let (_, report) = check(&file);
    let error = &report.errors[0];
    assert_eq!((error.line, error.column.as_str(), error.reason), (2, "opmerking", ErrorReason::NotUtf8));
}

#[test]
fn a_thousand_errors_are_kept_and_the_rest_counted() {
    let lines = vec!["aantal,GM9,2025,totaal,1,,,"; 2500];
    let (_, report) = check_lines(&lines);
    assert_eq!((report.errors.len(), report.error_count, report.line_count), (1000, 2500, 2500));
}

#[test]
fn a_long_line_is_an_error_and_a_large_file_ends_the_check() {
    let mut validator = Validator::new(shape(), LIMITS);
    validator.feed(HEADER.as_bytes()).expect("small enough");
    validator.feed(b"\n").expect("small enough");
    let piece = vec![b'9'; 1_000_000];
    for _ in 0..9 {
        validator.feed(&piece).expect("small enough");
    }
    let refused = validator.feed(&piece).expect_err("10 MB is too much");
    assert_eq!((refused.limit, refused.unit), (10_000_000, "bytes"));
    let (_, report) = check_lines(&[&"9".repeat(70_000)]);
    assert_eq!(report.errors[0].reason, ErrorReason::LineTooLong);
}

#[test]
fn too_many_cells_end_the_check() {
    let mut validator = Validator::new(shape(), Limits { bytes: 10_000_000, cells: 2 });
    let lines = "procent,GM1,2023,totaal,1,,,\nprocent,GM1,2024,totaal,1,,,\nprocent,GM1,2025,totaal,1,,,\n";
    let fed = validator.feed(format!("{HEADER}\n{lines}").as_bytes());
    assert_eq!(fed.expect_err("three are too many").unit, "cells");
}

#[test]
fn the_cells_are_there_in_canonical_order_with_their_texts() {
    let (table, report) = check_lines(&[
        "procent,WK1,2025,totaal,17.0,voorlopig,a,\"let op, voorlopig\"",
        "aantal,GM1,2025Q1,jong,-0.5,,,",
        "aantal,GM1,2025,jong,,niet_van_toepassing,,",
    ]);
    let table = table.expect("no errors");
    let shown: Vec<String> = table
        .cells()
        .map(|cell| {
            let value = cell.value.map(|value| value.to_string()).unwrap_or_default();
            format!(
                "{} {} {} {} {value} {}",
                cell.indicator,
                cell.area,
                cell.period,
                cell.categories.join("/"),
                cell.note
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "aantal GM1 2025 jong  ",
            "aantal GM1 2025Q1 jong -0.5 ",
            "procent WK1 2025 totaal 17.0 let op, voorlopig"
        ]
    );
    assert_eq!((report.cell_count, report.area_count, report.periods.len()), (3, 2, 2));
}

fn canonical(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.write_canonical(|piece| bytes.extend_from_slice(piece));
    bytes
}

#[test]
fn the_canonical_form_is_what_is_written_down() {
    let (table, _) = check_lines(&["procent,WK1,2025,totaal,17.0,,,"]);
    let expected = "8:leeftijd,\n7:procent,3:WK1,4:2025,6:totaal,0:,4:17.0,10:definitief,0:,\n";
    assert_eq!(String::from_utf8_lossy(&canonical(&table.expect("no errors"))), expected);
}

proptest! {
    #[test]
    fn any_order_of_lines_gives_the_same_canonical_form(
        lines in prop::collection::btree_set((0usize..2, 0usize..5, 2024u16..2028, 0usize..3, 0usize..2), 1..60)
            .prop_flat_map(|cells| {
                let lines: Vec<String> = cells.into_iter().map(|(indicator, area, year, age, source)| {
                    let indicator = ["procent", "aantal"][indicator];
                    let area = ["GM1", "WK1", "WK2", "BU1", "BU2"][area];
                    let age = ["totaal", "jong", "oud"][age];
                    // Zeros add up.
                    format!("{indicator},{area},{year},{age},0,,{},", ["", "b"][source])
                }).collect();
                (Just(lines.clone()), Just(lines).prop_shuffle())
            })
    ) {
        let texts = |lines: &[String]| {
            let (table, report) = check_lines(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(report.error_count, 0, "{:?}", report.errors);
            canonical(&table.expect("no errors"))
        };
        prop_assert_eq!(texts(&lines.0), texts(&lines.1));
    }

    #[test]
    fn no_file_makes_it_stumble(file in prop::collection::vec(any::<u8>(), 0..2000)) {
        let with_header = [HEADER.as_bytes(), b"\n", &file].concat();
        let (table, report) = check(&with_header);
        prop_assert_eq!(table.is_none(), report.error_count > 0);
        check(&file);
    }
}
