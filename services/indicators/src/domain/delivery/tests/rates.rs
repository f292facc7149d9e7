//! Numerators and denominators of rates.

use super::*;
use crate::domain::ratio::Ratio;

const RATES: &str = "indicator,gebied,periode,leeftijd,waarde,status,teller,noemer";

fn check_rates(lines: &[&str]) -> (Option<Table>, Report) {
    check(format!("{RATES}\n{}\n", lines.join("\n")).as_bytes())
}

#[test]
fn a_rate_may_tell_what_it_is_of() {
    let lines = ["procent,WK1,2025,totaal,30.0,,3,10", "procent,WK2,2025,totaal,30.0,,,"];
    let (table, report) = check_rates(&lines);
    assert_eq!(report.error_count, 0, "{:?}", report.errors);
    let ratios: Vec<_> = table.expect("no errors").cells().map(|cell| (cell.per, cell.ratio)).collect();
    assert_eq!(ratios, [(Some(100), Ratio::new(3, 10)), (Some(100), None)]);
}

#[test]
fn numerator_and_denominator_are_two_whole_numbers_of_a_rate_with_a_value() {
    for (line, column, words) in [
        ("procent,GM1,2025,totaal,30.0,,3,", "noemer", "is empty"),
        ("procent,GM1,2025,totaal,30.0,,,10", "teller", "is empty"),
        ("procent,GM1,2025,totaal,30.0,,11,10", "teller", "is more than the denominator (10)"),
        ("procent,GM1,2025,totaal,30.0,,3.5,10", "teller", "whole number"),
        ("procent,GM1,2025,totaal,30.0,,-3,10", "teller", "whole number"),
        ("procent,GM1,2025,totaal,30.0,,3,010", "noemer", "whole number"),
        ("procent,GM1,2025,totaal,30.0,,3,1234567890", "noemer", "at most 9 digits"),
        ("procent,GM1,2025,totaal,,niet_van_toepassing,3,10", "teller", "no value"),
        ("aantal,GM1,2025,totaal,3,,3,10", "teller", "counts"),
    ] {
        let (table, report) = check_rates(&[line]);
        assert!(table.is_none() && report.error_count == 1, "{line}: {report:?}");
        let error = &report.errors[0];
        assert_eq!((error.line, error.column.as_str(), error.reason), (2, column, ErrorReason::RatioInvalid));
        assert!(error.message_en.contains(words), "{line}: {}", error.message_en);
    }
}

#[test]
fn numerators_and_denominators_add_up_as_counts_do_and_rates_do_not() {
    let lines = [
        "procent,GM1,2025,totaal,30.0,,6,20",
        "procent,WK1,2025,totaal,20.0,,2,10",
        "procent,WK2,2025,totaal,40.0,,4,10",
        "procent,WK1,2025,jong,0.0,,0,4",
        "procent,WK1,2025,oud,33.3,,2,6",
    ];
    let (_, report) = check_rates(&lines);
    assert_eq!((report.error_count, report.sums_checked), (0, 4), "{:?}", report.errors);
    let wrong =
        [("procent,WK2,2025,totaal,40.0,,3,10", "teller"), ("procent,WK2,2025,totaal,40.0,,4,9", "noemer")];
    for (line, column) in wrong {
        let (_, report) = check_rates(&[lines[0], lines[1], line]);
        let found = report.errors.iter().map(|error| (error.line, error.column.as_str(), error.reason));
        assert_eq!(found.collect::<Vec<_>>(), [(2, column, ErrorReason::SumMismatch)]);
    }
}

#[test]
fn the_canonical_form_of_a_rate_ends_with_what_it_is_of() {
    let (table, _) =
        check_rates(&["procent,WK1,2025,totaal,17.0,,17,100", "procent,WK2,2025,totaal,17.0,,,"]);
    let expected = "8:leeftijd,\n\
        7:procent,3:WK1,4:2025,6:totaal,0:,4:17.0,10:definitief,0:,2:17,3:100,\n\
        7:procent,3:WK2,4:2025,6:totaal,0:,4:17.0,10:definitief,0:,\n";
    assert_eq!(String::from_utf8_lossy(&canonical(&table.expect("no errors"))), expected);
}
