//! Tables that are large in one way only. None of these tests ends in any time when something takes the square of it
//! by cell, or puts together what the totals of totals are made of.

use sdc::audit::{Findings, Question, examine, judge};
use sdc::model::{Floor, Linked, Need};
use sdc::protect::{Engine, Task, protect};
use sdc::rules::{Preset, RuleSet};
use sdc::{Mask, Unwatched};

/// A total of parts with these values.
fn list(values: &[i64]) -> Linked {
    let names: Vec<String> = (0..values.len()).map(|part| format!("p{part:06}")).collect();
    let parts = names.iter().map(String::as_str);
    let cells: Vec<(&str, i64)> =
        parts.clone().zip(values.iter().copied()).chain([("total", values.iter().sum())]).collect();
    Linked::new(&cells, &[("total", parts.collect())]).unwrap()
}

/// Each total is the one before it and one cell more.
fn chain(values: &[i64]) -> Linked {
    let mut sum = 0;
    let mut cells: Vec<(String, i64)> = Vec::new();
    let mut sums: Vec<(String, Vec<String>)> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        sum += value;
        let own = [(format!("z{at}"), *value), (format!("s{at}"), sum)];
        let parts = (at > 0).then(|| format!("s{}", at - 1)).into_iter().chain([format!("z{at}")]);
        sums.push((format!("s{at}"), parts.collect()));
        cells.extend(own);
    }
    of(&cells, &sums)
}

fn of(cells: &[(String, i64)], sums: &[(String, Vec<String>)]) -> Linked {
    let cells: Vec<(&str, i64)> = cells.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let sums: Vec<(&str, Vec<&str>)> = sums
        .iter()
        .map(|(total, parts)| (total.as_str(), parts.iter().map(String::as_str).collect()))
        .collect();
    Linked::new(&cells, &sums).unwrap()
}

fn seen(linked: &Linked, hidden: &Mask) -> Findings {
    let question =
        Question { universe: &linked.universe, hidden, known: &[], floor: Floor::ZERO, integer: true };
    examine(&question, &Unwatched).unwrap()
}

#[test]
fn of_a_long_list_under_one_total_every_hidden_part_gets_its_bounds() {
    let values: Vec<i64> = (0..20_000).map(|part| part % 50).collect();
    let linked = list(&values);
    let mut hidden = Mask::none(linked.universe.len());
    (0..values.len()).filter(|part| part % 2 == 1).for_each(|part| hidden.hide(linked.places()[part]));
    let all: i64 = values.iter().skip(1).step_by(2).sum();
    let found = seen(&linked, &hidden);
    assert_eq!(found.intervals.len(), 10_000);
    for (_, interval) in found.intervals {
        assert_eq!((interval.low, interval.high, interval.exact), (Some(0.into()), Some(all.into()), true));
    }
}

/// Finds a mask for all cells under 10 and who is alone in one.
fn protects(linked: &Linked) {
    let universe = &linked.universe;
    let rules = Preset::PersonsGeneral.rules();
    let small = (0..universe.len()).filter(|cell| universe.value(*cell) < 10);
    let needs: Vec<Need> = small.map(|cell| Need::width(cell, 10)).collect();
    let contributors = |cell| u64::try_from(universe.value(cell)).ok();
    let insiders = rules.lone_contributors(universe, |_| false, contributors);
    let floor = Floor::ZERO;
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let outcome = protect(&task, &Unwatched).unwrap();
    assert_eq!(outcome.engine, Engine::Network);
    let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: true };
    let verdict = judge(&question, &needs, &insiders, &outcome.certificates, &Unwatched).unwrap();
    assert!(verdict.is_safe());
    assert_eq!(verdict.judged, needs.len());
}

#[test]
fn a_long_list_that_begins_with_zeros_is_protected() {
    let values: Vec<i64> = (0..20_000).map(|part| if part < 10_000 { 0 } else { part % 50 }).collect();
    protects(&list(&values));
}

#[test]
fn a_long_row_of_totals_of_which_each_is_part_of_the_next_is_protected() {
    let values: Vec<i64> = (0..50_000).map(|at| at * 7 % 13).collect();
    protects(&chain(&values));
}

#[test]
fn a_long_row_of_totals_of_which_each_is_part_of_the_next_is_a_universe() {
    let values: Vec<i64> = (0..20_000).map(|at| at % 50 + 1).collect();
    let linked = chain(&values);
    assert_eq!(linked.universe.len(), 2 * values.len() - 1);
    let mut hidden = Mask::none(linked.universe.len());
    // The first total is the first cell.
    hidden.hide(linked.places()[0]);
    hidden.hide(linked.places()[2]);
    assert_eq!(seen(&linked, &hidden).recoverable.len(), 0);
    hidden.hide(linked.places()[3]);
    hidden.hide(linked.places()[4]);
    assert_eq!(seen(&linked, &hidden).intervals.len(), 4);
}

#[test]
fn totals_that_count_a_part_twice_at_every_level_are_a_universe() {
    let (mut cells, mut sums) = (vec![("s0".to_owned(), 0)], Vec::new());
    for at in 1..200 {
        let [before, zero, with, total] =
            [format!("s{}", at - 1), format!("z{at}"), format!("u{at}"), format!("s{at}")];
        cells.extend([zero.clone(), with.clone(), total.clone()].map(|name| (name, 0)));
        sums.push((with.clone(), vec![before.clone(), zero]));
        sums.push((total, vec![before, with]));
    }
    let linked = of(&cells, &sums);
    assert_eq!(linked.universe.len(), cells.len());
    assert!(seen(&linked, &Mask::none(linked.universe.len())).intervals.is_empty());
}

#[test]
fn who_is_alone_under_a_long_row_of_totals_can_be_everybody_who_is() {
    let values = vec![1; 5_000];
    let linked = chain(&values);
    let rules = RuleSet { insiders: true, ..Preset::PersonsGeneral.rules() };
    let contributors = |cell| u64::try_from(linked.universe.value(cell)).ok();
    let insiders = rules.lone_contributors(&linked.universe, |_| false, contributors);
    assert_eq!(insiders.len(), values.len() + 1);
    assert_eq!(insiders.iter().map(|own| own.knows.len()).max(), Some(values.len()));
}
