//! What the protector promises, seen by an attacker.

use proptest::prelude::*;
use sdc::audit::{self, Flaw, Question};
use sdc::model::{Floor, Insider, Linked, Need, Table, Universe};
use sdc::protect::{Engine, NoMask, Outcome, Task, nested, protect, protect_with};
use sdc::rules::{RuleSet, Share};
use sdc::{Mask, Phase, Unwatched, Watch};

use crate::attacker::{Attacker, Rational};
use crate::made_up::{MadeUp, Shape};

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Flat), Just(Shape::Crossed), Just(Shape::Overlapping), Just(Shape::Both)]
}

pub(crate) fn policies() -> impl Strategy<Value = RuleSet> {
    (2u64..6, any::<bool>(), 0u64..6, prop::option::of(80u32..100)).prop_map(
        |(minimum_frequency, protect_zeros, interval_width, group)| RuleSet {
            minimum_frequency,
            protect_zeros,
            interval_width,
            group_share: group.map(Share::percent),
            ..RuleSet::default()
        },
    )
}

pub(crate) fn alone(universe: &Universe) -> Vec<Insider> {
    (0..universe.len()).filter(|cell| universe.value(*cell) == 1).map(|cell| vec![cell].into()).collect()
}

pub(crate) fn task<'a>(
    table: &'a Table,
    rules: &RuleSet,
    needs: &'a [Need],
    insiders: &'a [Insider],
) -> Task<'a> {
    Task {
        universe: &table.universe,
        needs,
        floor: rules.floor(&table.universe, needs),
        insiders,
        must_publish: &[],
        must_hide: &[],
    }
}

pub(crate) fn question<'a>(task: &Task<'a>, mask: &'a Mask) -> Question<'a> {
    Question { universe: task.universe, hidden: mask, known: &[], floor: task.floor, integer: true }
}

/// An attacker finds no protected cell exactly, nor more narrowly than it may be; nor does one who
/// knows a cell as its only contributor find another one exactly.
fn resists(task: &Task<'_>, outcome: &Outcome) -> Result<(), TestCaseError> {
    let attacker = Attacker::new(task.universe, &outcome.mask, &[], task.floor);
    let known = attacker.recoverable();
    for need in task.needs {
        prop_assert!(outcome.mask.hides(need.cell));
        prop_assert!(!known.contains(&need.cell));
        prop_assert!(attacker.leaves(need.cell, need.width), "cell {}", need.cell);
    }
    let known = task.insiders.iter().map(|own| &own.knows);
    for cells in known.filter(|cells| cells.iter().all(|cell| outcome.mask.hides(*cell))) {
        let insider = Attacker::new(task.universe, &outcome.mask, cells, task.floor);
        for need in task.needs.iter().filter(|need| !cells.contains(&need.cell)) {
            prop_assert!(insider.leaves(need.cell, 1), "insider {cells:?} finds {}", need.cell);
        }
    }
    Ok(())
}

/// The looser of two policies, rule by rule.
pub(crate) fn loosened(strict: &RuleSet, other: &RuleSet) -> RuleSet {
    RuleSet {
        minimum_frequency: other.minimum_frequency.min(strict.minimum_frequency),
        interval_width: other.interval_width.min(strict.interval_width),
        protect_zeros: strict.protect_zeros,
        group_share: other.group_share.max(strict.group_share).filter(|_| strict.group_share.is_some()),
        ..RuleSet::default()
    }
}

/// When there is no mask, hiding everything that may be hidden is no mask either.
fn is_impossible(task: &Task<'_>, cells: &[usize]) -> Result<(), TestCaseError> {
    let mut all = Mask::none(task.universe.len());
    for cell in 0..task.universe.len() {
        if task.floor.of(task.universe, cell).is_none_or(|low| task.universe.value(cell) >= low) {
            all.hide(cell);
        }
    }
    let verdict = audit::judge(&question(task, &all), task.needs, task.insiders, &[], &Unwatched).unwrap();
    let failed: Vec<usize> = verdict.failures.iter().map(|failure| failure.cell).collect();
    prop_assert_eq!(failed, cells);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn an_attacker_finds_no_protected_cell(
        shape in shapes(), seed in any::<u64>(), rules in policies(), insiders in any::<bool>()
    ) {
        let table = MadeUp::new(shape, seed).table();
        let needs = rules.table_needs(&table, shape.breakdowns());
        let knowing = if insiders { alone(&table.universe) } else { Vec::new() };
        let task = task(&table, &rules, &needs, &knowing);
        match protect(&task, &Unwatched) {
            Ok(outcome) => {
                resists(&task, &outcome)?;
                let claims = &outcome.certificates;
                for claims in [&claims[..], &[]] {
                    let verdict = audit::judge(
                        &question(&task, &outcome.mask), &needs, &knowing, claims, &Unwatched,
                    ).unwrap();
                    prop_assert_eq!(verdict.failures, vec![]);
                }
            }
            Err(NoMask::Impossible { cells }) => is_impossible(&task, &cells)?,
            Err(NoMask::Cancelled) => prop_assert!(false, "nobody cancelled"),
        }
    }

    #[test]
    fn an_estimate_can_be_too_high_and_too_low_by_the_protection_level(
        shape in shapes(), seed in any::<u64>(), above in 0i64..8, below in 0i64..4
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let small = (0..universe.len()).filter(|cell| (1..8).contains(&universe.value(*cell)));
        let needs: Vec<Need> = small.map(|cell| Need { cell, width: 1, above, below }).collect();
        let task = Task { universe, needs: &needs, floor: Floor::ZERO, insiders: &[], must_publish: &[], must_hide: &[] };
        // Every cell can be hidden, so there is always a mask.
        let outcome = protect(&task, &Unwatched).unwrap();
        let attacker = Attacker::new(universe, &outcome.mask, &[], Floor::ZERO);
        let verdict =
            audit::judge(&question(&task, &outcome.mask), &needs, &[], &[], &Unwatched).unwrap();
        prop_assert_eq!(verdict.failures, vec![]);
        for need in &needs {
            let value = universe.value(need.cell);
            let (low, high) = attacker.interval(need.cell);
            let enough = Rational::new(i128::from(value + above), 1);
            prop_assert!(high.is_none_or(|high| !high.less_than(enough)));
            let least = Rational::new(i128::from((value - below).max(0)), 1);
            prop_assert!(!least.less_than(low));
        }
    }

    #[test]
    fn both_engines_protect_an_area_tree_by_one_breakdown(seed in any::<u64>(), rules in policies()) {
        let table = MadeUp::new(Shape::Flat, seed).table();
        let needs = rules.table_needs(&table, &[1]);
        let task = task(&table, &rules, &needs, &[]);
        let network = protect_with(Engine::Network, &task, &Unwatched).expect("a network");
        let general = protect_with(Engine::General, &task, &Unwatched).expect("an answer");
        prop_assert_eq!(network.is_ok(), general.is_ok());
        if let (Ok(network), Ok(general)) = (network, general) {
            resists(&task, &network)?;
            resists(&task, &general)?;
        }
    }

    #[test]
    fn the_order_of_input_has_no_influence(
        shape in shapes(), seed in any::<u64>(), rules in policies()
    ) {
        let made_up = MadeUp::new(shape, seed);
        let hidden = |made_up: &MadeUp| {
            let table = made_up.table();
            let needs = rules.table_needs(&table, shape.breakdowns());
            let outcome = protect(&task(&table, &rules, &needs, &[]), &Unwatched).ok()?;
            let cells = (0..table.universe.len()).filter(|cell| outcome.mask.hides(*cell));
            let names: std::collections::BTreeSet<String> = cells.map(|cell| table.name(cell)).collect();
            Some(names)
        };
        prop_assert_eq!(hidden(&made_up), hidden(&made_up.reversed()));
    }

    #[test]
    fn who_has_answers_under_two_policies_has_no_more_than_under_the_looser_one(
        shape in shapes(), seed in any::<u64>(), strict in policies(), loose in policies()
    ) {
        let loose = loosened(&strict, &loose);
        prop_assert!(strict.is_at_least_as_strict_as(&loose));
        let table = MadeUp::new(shape, seed).table();
        let needs = strict.table_needs(&table, shape.breakdowns());
        if let Ok(outer) = protect(&task(&table, &strict, &needs, &[]), &Unwatched) {
            let needs = loose.table_needs(&table, shape.breakdowns());
            let task = task(&table, &loose, &needs, &[]);
            let inner = nested(&task, &outer.mask, &Unwatched).expect("what holds for more, holds for less");
            prop_assert!(outer.mask.contains(&inner.mask));
            resists(&task, &inner)?;
        }
    }
}

#[test]
fn a_plain_minimum_count_leaks_and_a_mask_does_not() {
    let dimensions = crate::country::dimensions(90, &[7]);
    let values = crate::country::counts(&dimensions, 7);
    let table = Table::new(&dimensions, &values).unwrap();
    let rules =
        RuleSet { minimum_frequency: 5, protect_zeros: true, interval_width: 5, ..RuleSet::default() };
    let needs = rules.table_needs(&table, &[1]);
    let task = task(&table, &rules, &needs, &[]);
    let mut plain = Mask::none(table.universe.len());
    needs.iter().for_each(|need| plain.hide(need.cell));
    let exact: Vec<Need> = needs.iter().map(|need| Need::width(need.cell, 1)).collect();
    let leaking = audit::judge(&question(&task, &plain), &exact, &[], &[], &Unwatched).unwrap();
    assert!(leaking.failures.len() * 10 > needs.len(), "only {} leak", leaking.failures.len());
    let outcome = protect(&task, &Unwatched).unwrap();
    let verdict = audit::judge(&question(&task, &outcome.mask), &needs, &[], &[], &Unwatched).unwrap();
    assert_eq!(verdict.failures, vec![]);
    assert_eq!(outcome.engine, Engine::Network);
}

/// Ends every run of a phase.
struct Ends(Phase);

impl Watch for Ends {
    fn step(&self, phase: Phase, _: usize, _: usize) -> bool {
        phase != self.0
    }
}

/// Counts the steps of a phase.
struct Counts(Phase, std::cell::Cell<usize>);

impl Watch for Counts {
    fn step(&self, phase: Phase, _: usize, _: usize) -> bool {
        self.1.set(self.1.get() + usize::from(phase == self.0));
        true
    }
}

#[test]
fn a_run_can_be_cancelled_before_every_cell() {
    let table = MadeUp::new(Shape::Crossed, 1).table();
    let rules = RuleSet { minimum_frequency: 5, ..RuleSet::default() };
    let needs = rules.table_needs(&table, &[1, 2]);
    let counts = Counts(Phase::Protect, std::cell::Cell::default());
    protect(&task(&table, &rules, &needs, &[]), &counts).unwrap();
    assert_eq!(counts.1.get(), needs.len());
}

#[test]
fn a_run_can_be_cancelled_in_every_phase() {
    let dimensions = crate::country::dimensions(90, &[7]);
    let values = crate::country::counts(&dimensions, 7);
    let table = Table::new(&dimensions, &values).unwrap();
    let rules = RuleSet { minimum_frequency: 5, ..RuleSet::default() };
    let needs = rules.table_needs(&table, &[1]);
    let task = task(&table, &rules, &needs, &[]);
    for phase in [Phase::Protect, Phase::Unhide] {
        assert_eq!(protect(&task, &Ends(phase)), Err(NoMask::Cancelled));
    }
    let outcome = protect(&task, &Unwatched).unwrap();
    let question = question(&task, &outcome.mask);
    assert!(audit::judge(&question, &needs, &[], &[], &Ends(Phase::Audit)).is_err());
    assert!(audit::examine(&question, &Ends(Phase::Audit)).is_err());
}

#[test]
fn a_protected_cell_that_is_shown_or_that_an_insider_finds_is_named() {
    let cells = [("t", 10), ("a", 1), ("b", 4), ("c", 5)];
    let linked = Linked::new(&cells, &[("t", vec!["a", "b", "c"])]).unwrap();
    let [a, b, c] = [1, 2, 3].map(|index| linked.places()[index]);
    let mut mask = Mask::none(4);
    mask.hide(a);
    mask.hide(b);
    let needs = [Need::width(a, 2), Need::width(b, 2), Need::width(c, 2)];
    let question =
        Question { universe: &linked.universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: true };
    let verdict = audit::judge(&question, &needs, &[vec![a].into()], &[], &Unwatched).unwrap();
    let mut flaws: Vec<(usize, Flaw)> =
        verdict.failures.iter().map(|failure| (failure.cell, failure.flaw)).collect();
    flaws.sort();
    let mut expected = vec![(b, Flaw::Insider(0)), (c, Flaw::Shown)];
    expected.sort();
    assert_eq!(flaws, expected);
    assert!(verdict.failures.iter().all(|failure| failure.proven));
    // Who knows a finds b as long as only the two are hidden; a third cell prevents that.
    let insiders = [vec![a].into()];
    let needs = [Need::width(a, 2), Need::width(b, 2)];
    let task = Task {
        universe: &linked.universe,
        needs: &needs,
        floor: Floor::ZERO,
        insiders: &insiders,
        must_publish: &[],
        must_hide: &[],
    };
    let outcome = protect(&task, &Unwatched).unwrap();
    assert_eq!(outcome.mask.count(), 3);
    let open = Task { must_publish: &[linked.places()[0], c], ..task };
    assert_eq!(protect(&open, &Unwatched), Err(NoMask::Impossible { cells: vec![b] }));
}
