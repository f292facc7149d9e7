//! Deliveries with sub-totals.

use super::*;
use crate::domain::subtotal::Subtotal;

const CATEGORIES: [&str; 7] = ["alle", "0", "1+", "1", "2+", "2", "3"];

fn more(subtotals: &[(&str, &[&str])]) -> Shape {
    let subtotal = |(category, parts): &(&str, &[&str])| Subtotal {
        category: (*category).to_owned(),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
    };
    let dimension = Dimension {
        code: "voorzieningen".to_owned(),
        name: "Voorzieningen".to_owned(),
        total: Some("alle".to_owned()),
        categories: CATEGORIES.map(str::to_owned).to_vec(),
        subtotals: subtotals.iter().map(subtotal).collect(),
    };
    Shape { dimensions: vec![dimension], ..shape() }
}

const DEEP: &[(&str, &[&str])] = &[("1+", &["1", "2+"]), ("2+", &["2", "3"])];

/// Line, column and reason of each error, what each says, and how many sums were compared.
type Checked = (Vec<(u64, String, ErrorReason)>, Vec<String>, u64);

fn checked(shape: Shape, header: &str, lines: &[String]) -> Checked {
    let mut validator = Validator::new(shape, LIMITS);
    validator.feed(format!("{header}\n{}\n", lines.join("\n")).as_bytes()).expect("small enough");
    let (_, report) = validator.finish().expect("small enough");
    let (mut found, mut messages) = (Vec::new(), Vec::new());
    for error in report.errors {
        found.push((error.line, error.column, error.reason));
        messages.push(error.message_nl);
    }
    (found, messages, report.sums_checked)
}

fn counts(shape: Shape, counts: &[(&str, u32)]) -> Checked {
    let line = |(category, count): &(&str, u32)| format!("aantal,WK1,2025,{category},{count}");
    let lines: Vec<String> = counts.iter().map(line).collect();
    checked(shape, "indicator,gebied,periode,voorzieningen,waarde", &lines)
}

/// What contradicts what is declared.
fn rates(shape: Shape, rates: &[(&str, &str, u32, u32)]) -> Vec<(u64, String, ErrorReason)> {
    let line = |(area, category, counted, of): &(&str, &str, u32, u32)| {
        format!(
            "procent,{area},2025,{category},{},{counted},{of}",
            f64::from(*counted) * 100.0 / f64::from(*of)
        )
    };
    let lines: Vec<String> = rates.iter().map(line).collect();
    let (found, ..) = checked(shape, "indicator,gebied,periode,voorzieningen,waarde,teller,noemer", &lines);
    found.into_iter().filter(|(.., reason)| *reason == ErrorReason::NotAsDeclared).collect()
}

#[test]
fn a_sub_total_is_compared_with_its_parts_and_the_total_with_what_is_in_nothing_else() {
    let all = [("alle", 100), ("0", 60), ("1+", 40), ("1", 20), ("2+", 20), ("2", 3), ("3", 17)];
    assert_eq!(counts(more(DEEP), &all), (Vec::new(), Vec::new(), 3));
    let wrong = |line: u64, shape: Shape, all: &[(&str, u32)], message: &str| {
        let (found, messages, _) = counts(shape, all);
        assert_eq!(found, [(line, "waarde".to_owned(), ErrorReason::SumMismatch)], "{message}");
        assert_eq!(messages, [format!("klopt niet: {message}")]);
    };
    let more_in = |place: usize| {
        let mut all = all;
        all[place].1 += 1;
        all
    };
    wrong(
        2,
        more(DEEP),
        &more_in(0),
        "de categorieën van voorzieningen die in geen andere zitten tellen op tot 100",
    );
    // Of three in a sub-total with one more two sums are not: its own and that of what it is a part of.
    let (found, messages, _) = counts(more(DEEP), &more_in(4));
    assert_eq!(found.iter().map(|own| own.0).collect::<Vec<_>>(), [4, 6]);
    assert_eq!(messages[1], "klopt niet: de delen van 2+ tellen op tot 20");
    // Without them all others would have to be the total.
    let (found, messages, _) = counts(more(&[]), &all);
    assert_eq!(found, [(2, "waarde".to_owned(), ErrorReason::SumMismatch)]);
    assert_eq!(messages, ["klopt niet: de andere categorieën van voorzieningen tellen op tot 160"]);
}

#[test]
fn a_sub_total_that_is_not_delivered_is_compared_by_its_parts() {
    let without = [("alle", 100), ("0", 60), ("1", 20), ("2", 3), ("3", 17)];
    assert_eq!(counts(more(DEEP), &without), (Vec::new(), Vec::new(), 1));
    let (found, ..) = counts(more(DEEP), &[("alle", 101), ("0", 60), ("1", 20), ("2", 3), ("3", 17)]);
    assert_eq!(found, [(2, "waarde".to_owned(), ErrorReason::SumMismatch)]);
    // Where a part of it is lacking nothing can be said.
    assert_eq!(counts(more(DEEP), &[("alle", 100), ("0", 60), ("1", 20), ("2", 3)]).2, 0);
}

#[test]
fn figures_contradict_a_sub_total_that_is_not_its_parts_or_less_than_some_of_them() {
    let shape = |subtotals| {
        let mut own = more(subtotals);
        own.dimensions[0].total = None;
        own
    };
    let contradicted = |counts: &[(&str, u32)]| {
        let mut validator = Validator::new(shape(&[]), LIMITS);
        let line = |(category, count): &(&str, u32)| format!("aantal,WK1,2025,{category},{count}\n");
        let lines: String = counts.iter().map(line).collect();
        let file = format!("indicator,gebied,periode,voorzieningen,waarde\n{lines}");
        validator.feed(file.as_bytes()).expect("small enough");
        let table = validator.finish().expect("small enough").0.expect("no errors");
        let dimensions = shape(DEEP).dimensions;
        let found = contradiction(&table, &dimensions, &Declarations::default());
        found.map(|(_, whole)| whole.to_owned())
    };
    assert_eq!(contradicted(&[("1+", 40), ("1", 20), ("2", 3), ("3", 17)]), None);
    assert_eq!(contradicted(&[("1+", 40), ("1", 20), ("2", 3), ("3", 18)]).as_deref(), Some("1+"));
    assert_eq!(contradicted(&[("1+", 40), ("1", 20), ("2", 3)]), None);
    assert_eq!(contradicted(&[("1+", 40), ("1", 20), ("2", 21)]).as_deref(), Some("1+"));
    assert_eq!(contradicted(&[("2+", 40), ("3", 41)]).as_deref(), Some("2+"));
}

#[test]
fn rates_of_sub_totals_and_their_parts_of_one_denominator_are_a_distribution() {
    let of = |area| [(area, "0", 60, 100), (area, "1+", 40, 100), (area, "1", 37, 100), (area, "2+", 3, 100)];
    let both = [of("WK1"), of("WK2")].concat();
    // Of all together there are more than everybody; of those in no other one there are not.
    assert_eq!(rates(more(DEEP), &both), [(2, "noemer".to_owned(), ErrorReason::NotAsDeclared)]);
    let mut declared = more(DEEP);
    declared.declared.declare("procent", true, true);
    assert_eq!(rates(declared, &both), []);
    // Where each is of a group of its own they are none.
    let own = |area| [(area, "1+", 40, 100), (area, "1", 20, 60), (area, "2+", 20, 40)];
    assert_eq!(rates(more(DEEP), &[own("WK1"), own("WK2")].concat()), []);
}
