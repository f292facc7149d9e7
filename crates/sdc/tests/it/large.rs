//! Tables that are large in one way only. None of these tests ends in any time when something takes the square of it
//! by cell.

use sdc::audit::{Findings, Question, examine, judge};
use sdc::model::{Floor, Linked, Need};
use sdc::protect::{Engine, Task, protect};
use sdc::rules::Preset;
use sdc::{Mask, Unwatched};

/// A total of parts with these values.
fn list(values: &[i64]) -> Linked {
    let names: Vec<String> = (0..values.len()).map(|part| format!("p{part:06}")).collect();
    let parts = names.iter().map(String::as_str);
    let cells: Vec<(&str, i64)> =
        parts.clone().zip(values.iter().copied()).chain([("total", values.iter().sum())]).collect();
    Linked::new(&cells, &[("total", parts.collect())]).unwrap()
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

#[test]
fn a_long_list_that_begins_with_zeros_is_protected() {
    let values: Vec<i64> = (0..20_000).map(|part| if part < 10_000 { 0 } else { part % 50 }).collect();
    let linked = list(&values);
    let universe = &linked.universe;
    let needs: Vec<Need> = (0..values.len())
        .filter(|part| values[*part] < 10)
        .map(|part| Need::width(linked.places()[part], 10))
        .collect();
    let rules = Preset::PersonsGeneral.rules();
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
