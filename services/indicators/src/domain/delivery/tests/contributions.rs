//! Contributions of organisations to counts.

use super::*;

const COUNTS: &str = "indicator,gebied,periode,leeftijd,waarde,status,bijdragen";

fn check_counts(lines: &[&str]) -> (Option<Table>, Report) {
    check(format!("{COUNTS}\n{}\n", lines.join("\n")).as_bytes())
}

#[test]
fn a_count_may_tell_who_contributes_to_it() {
    let lines = [
        "aantal,WK1,2025,jong,15,,wonen-zuid=3 weller=12",
        "aantal,WK2,2025,jong,0,,weller=0",
        "aantal,WK2,2025,oud,1.50,,weller=1.5",
        "aantal,WK1,2025,oud,7,,",
    ];
    let (table, report) = check_counts(&lines);
    assert_eq!(report.error_count, 0, "{:?}", report.errors);
    let table = table.expect("no errors");
    let told = table.cells().map(|cell| cell.contributions.map(ToString::to_string));
    let [both, one] = ["weller=12 wonen-zuid=3", "weller=1.5"].map(|text| Some(text.to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), [both, None, None, one]);
}

#[test]
fn contributions_are_amounts_of_organisations_and_together_the_value() {
    use ErrorReason::{ContributionsInvalid, SumMismatch};
    for (line, reason, words) in [
        ("procent,GM1,2025,totaal,30.0,,weller=30.0", ContributionsInvalid, "does not add up; leave"),
        ("aantal,GM1,2025,totaal,,niet_van_toepassing,weller=0", ContributionsInvalid, "no value"),
        ("aantal,GM1,2025,totaal,15,,weller 15", ContributionsInvalid, "write code=number"),
        ("aantal,GM1,2025,totaal,15,,Weller=15", ContributionsInvalid, "lower-case letters"),
        ("aantal,GM1,2025,totaal,15,,weller=16 zuid=-1", ContributionsInvalid, "zero or more"),
        ("aantal,GM1,2025,totaal,15,,weller=14 weller=1", ContributionsInvalid, "weller twice"),
        ("aantal,GM1,2025,totaal,15,,weller=14.5 zuid=0.5", ContributionsInvalid, "digits behind"),
        ("aantal,GM1,2025,totaal,15,,weller=12 zuid=2", SumMismatch, "14 together, and the value is 15"),
    ] {
        let (table, report) = check_counts(&[line]);
        assert!(table.is_none() && report.error_count == 1, "{line}: {report:?}");
        let error = &report.errors[0];
        assert_eq!((error.line, error.column.as_str(), error.reason), (2, "bijdragen", reason), "{line}");
        assert!(error.message_en.contains(words), "{line}: {}", error.message_en);
    }
}

#[test]
fn what_an_organisation_contributes_adds_up_where_all_parts_tell_it() {
    let lines = [
        "aantal,GM1,2025,totaal,20,,weller=12 zuid=8",
        "aantal,WK1,2025,totaal,12,,weller=8 zuid=4",
        "aantal,WK2,2025,totaal,8,,weller=4 zuid=4",
        "aantal,WK1,2025,jong,0,,",
        "aantal,WK1,2025,oud,12,,zuid=4 weller=8",
    ];
    let (_, report) = check_counts(&lines);
    assert_eq!((report.error_count, report.sums_checked), (0, 4), "{:?}", report.errors);
    let untold = "aantal,WK2,2025,totaal,8,,";
    let (_, report) = check_counts(&[lines[0], lines[1], untold]);
    assert_eq!((report.error_count, report.sums_checked), (0, 1), "{:?}", report.errors);
    let other = "aantal,WK2,2025,totaal,8,,weller=5 noord=3";
    let (_, report) = check_counts(&[lines[0], lines[1], other]);
    let found = report.errors.iter().map(|error| (error.line, error.column.as_str(), error.reason));
    assert_eq!(found.collect::<Vec<_>>(), [(2, "bijdragen", ErrorReason::SumMismatch); 3]);
    let told: Vec<&str> = report.errors.iter().map(|error| error.message_nl.as_str()).collect();
    assert!(
        told[0].contains("heeft 0 bij noord, en dat klopt niet") && told[0].contains("tot 3"),
        "{told:?}"
    );
    assert!(told[1].contains("heeft 12 bij weller") && told[2].contains("heeft 8 bij zuid"), "{told:?}");
}

#[test]
fn the_canonical_form_of_a_count_ends_with_who_contribute_to_it() {
    let (table, _) =
        check_counts(&["aantal,WK1,2025,totaal,17,,zuid=7 weller=10 noord=0", "aantal,WK2,2025,totaal,17,,"]);
    let expected = "8:leeftijd,\n\
        6:aantal,3:WK1,4:2025,6:totaal,0:,2:17,10:definitief,0:,16:weller=10 zuid=7,\n\
        6:aantal,3:WK2,4:2025,6:totaal,0:,2:17,10:definitief,0:,\n";
    assert_eq!(String::from_utf8_lossy(&canonical(&table.expect("no errors"))), expected);
}
