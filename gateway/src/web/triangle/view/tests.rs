//! From answers to what the page shows.

use super::*;
use crate::web::fake;

fn row(answer: StabilityIndicator) -> Row {
    Row::of(answer, "2023")
}

#[test]
fn a_higher_figure_that_is_worse_reads_as_unfavourable() {
    let row = row(fake::indicator("Arbeidsongeschikt", Polarity::Lower, ["17.0", "8.4", "8.6", "-102.4"]));
    assert_eq!((row.value.text.as_str(), row.benchmark.text.as_str()), ("17,0", "8,4"));
    assert_eq!((row.difference.text.as_str(), row.relative.text.as_str()), ("+8,6", "\u{2212}102,4%"));
    assert_eq!(row.verdict, Some(Verdict::Unfavourable));
    assert_eq!((row.direction, row.assumed, row.other_period), ("lager is gunstiger", false, None));
}

#[test]
fn a_lower_figure_that_is_better_reads_as_favourable() {
    let row = row(fake::indicator("Overlast", Polarity::Lower, ["15.1", "27.1", "-12.0", "44.3"]));
    assert_eq!((row.difference.text.as_str(), row.relative.text.as_str()), ("\u{2212}12,0", "+44,3%"));
    assert_eq!(row.verdict, Some(Verdict::Favourable));
}

#[test]
fn no_difference_is_neither() {
    let row = row(fake::indicator("Gelijk", Polarity::Higher, ["5.0", "5.0", "0.0", "0.0"]));
    assert_eq!((row.relative.text.as_str(), row.verdict), ("0,0%", Some(Verdict::Equal)));
}

#[test]
fn not_applicable_and_not_measured_are_told_apart() {
    let mut answer = fake::indicator("Stress", Polarity::Lower, ["", "24.7", "", ""]);
    answer.set_status(ObservationStatus::NotApplicable);
    let not_applicable = row(answer.clone());
    assert_eq!(not_applicable.value, Cell::missing("n.v.t."));
    assert_eq!(not_applicable.relative, Cell::missing("n.v.t."));
    assert_eq!(not_applicable.benchmark.text, "24,7");
    assert_eq!(not_applicable.verdict, None);

    answer.set_status(ObservationStatus::Unspecified);
    assert_eq!(row(answer.clone()).difference, Cell::missing("niet gemeten"));
    answer.set_status(ObservationStatus::Withheld);
    assert_eq!(row(answer).value, Cell::missing("afgeschermd"));
}

#[test]
fn a_missing_benchmark_leaves_the_value_to_be_read() {
    let mut answer = fake::indicator("Bijstand", Polarity::Lower, ["6.8", "", "", ""]);
    answer.set_benchmark_status(ObservationStatus::Unspecified);
    let row = row(answer);
    assert_eq!((row.value.text.as_str(), row.benchmark.text.as_str()), ("6,8", "niet gemeten"));
    assert_eq!((row.relative.text.as_str(), row.verdict), ("niet gemeten", None));
}

#[test]
fn without_a_relative_difference_the_reason_is_told() {
    let zero = row(fake::indicator("Nul", Polarity::Lower, ["1.0", "0.0", "1.0", ""]));
    assert_eq!((zero.difference.text.as_str(), zero.relative.text.as_str()), ("+1,0", "niet te berekenen"));
    let neutral = row(fake::indicator("Neutraal", Polarity::Neutral, ["1.0", "2.0", "-1.0", ""]));
    assert_eq!((neutral.relative.text.as_str(), neutral.verdict), ("geen oordeel", None));
}

#[test]
fn another_year_an_assumption_and_a_provisional_value_are_said() {
    let mut answer = fake::indicator("Gescheiden", Polarity::Lower, ["11.0", "9.0", "2.0", "-22.2"]);
    answer.period = "2022".to_owned();
    answer.set_status(ObservationStatus::Provisional);
    if let Some(indicator) = answer.indicator.as_mut() {
        indicator.polarity_source = "aanname".to_owned();
    }
    let row = row(answer);
    assert_eq!(row.other_period.as_deref(), Some("2022"));
    assert!(row.assumed);
    assert_eq!(row.value.note, Some("voorlopig"));
}

#[test]
fn the_sides_are_counted_per_element_and_in_all() {
    let view = Triangle::of(fake::triangle(), Some(fake::dataset()));
    assert_eq!(view.elements.len(), 2);
    assert_eq!(view.elements[0].tally.words(), "1 gunstiger, 2 ongunstiger");
    assert_eq!(view.elements[1].tally.words(), "1 gunstiger, 1 zonder vergelijking");
    assert_eq!((view.tally.compared(), view.tally.missing), (4, 1));
    assert!(view.has_cut && view.has_assumption);
}

#[test]
fn the_source_names_dataset_and_release() {
    let view = Triangle::of(fake::triangle(), Some(fake::dataset()));
    let source = view.source.expect("a source");
    assert_eq!((source.title.as_str(), source.release.as_str()), ("Stabiliteitsdriehoek", "3"));
    assert_eq!(view.json, "/v1/areas/BRU-NOORD/stability-triangle?benchmark=areas/BM-STED2&period=2023");
}

#[test]
fn an_empty_answer_is_an_empty_view() {
    let view = Triangle::of(StabilityTriangle::default(), None);
    assert_eq!((view.elements.len(), view.tally), (0, Tally::default()));
    assert_eq!(view.source, None);
}
