//! Whoever has asked everything there is to ask, alone or together with another, finds no protected
//! cell: not exactly, by elimination in fractions, nor more narrowly than it may be, by a solver that
//! is not ours and knows that counts are whole numbers.

use proptest::prelude::*;
use sdc::audit::{self, Question};
use sdc::model::{Floor, Table};
use sdc::protect::{NoMask, Task, nested, protect};
use sdc::rules::RuleSet;
use sdc::{Mask, Unwatched};

use crate::agreement::random_mask;
use crate::attacker::Attacker;
use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};
use crate::protection::{alone, loosened, policies, shapes, task};
use crate::solver::{self, OFF};
use crate::view::View;

/// The protected cells that who has this view finds: exactly, or more narrowly than they may be.
fn found(view: &View, task: &Task<'_>) -> Vec<usize> {
    let exact = Attacker::of(view).recoverable();
    let finds = |cell: usize, width: i64| {
        if !view.hidden.contains_key(&cell) || exact.contains(&cell) {
            return true;
        }
        let (low, high) = solver::whole(view, cell);
        high - low < width.max(1)
    };
    task.needs.iter().filter(|need| finds(need.cell, need.width)).map(|need| need.cell).collect()
}

fn finds_nothing(view: &View, task: &Task<'_>) -> Result<(), TestCaseError> {
    let found = found(view, task);
    prop_assert!(found.is_empty(), "found {found:?}");
    Ok(())
}

fn seen(task: &Task<'_>, mask: &Mask) -> View {
    View::new(task.universe, mask, &[], task.floor)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn who_asks_everything_finds_no_protected_cell(
        shape in shapes(), seed in any::<u64>(), rules in policies(), insiders in any::<bool>()
    ) {
        let table = MadeUp::new(shape, seed).table();
        let needs = rules.table_needs(&table, shape.breakdowns());
        let knowing = if insiders { alone(&table.universe) } else { Vec::new() };
        let task = task(&table, &rules, &needs, &knowing);
        // When there is no mask, nothing is answered.
        let Ok(outcome) = protect(&task, &Unwatched) else { return Ok(()) };
        finds_nothing(&seen(&task, &outcome.mask), &task)?;
        let known = knowing.iter().map(|own| &own.knows);
        for cells in known.filter(|cells| cells.iter().all(|cell| outcome.mask.hides(*cell))) {
            let inside = View::new(&table.universe, &outcome.mask, cells, task.floor);
            for need in needs.iter().filter(|need| !cells.contains(&need.cell)) {
                let (low, high) = solver::whole(&inside, need.cell);
                prop_assert!(low < high, "insider {cells:?} finds {}", need.cell);
            }
        }
    }

    #[test]
    fn two_recipients_who_pool_find_no_cell_that_either_policy_protects_from_the_looser_one(
        shape in shapes(), seed in any::<u64>(), strict in policies(), other in policies()
    ) {
        let table = MadeUp::new(shape, seed).table();
        let needs = strict.table_needs(&table, shape.breakdowns());
        let outer_task = task(&table, &strict, &needs, &[]);
        let Ok(outer) = protect(&outer_task, &Unwatched) else { return Ok(()) };
        let loose = loosened(&strict, &other);
        let needs = loose.table_needs(&table, shape.breakdowns());
        let inner_task = task(&table, &loose, &needs, &[]);
        let inner = match nested(&inner_task, &outer.mask, &Unwatched) {
            Ok(inner) => inner,
            Err(NoMask::Impossible { .. } | NoMask::Cancelled) => return Err(TestCaseError::fail("no inner mask")),
        };
        let together = seen(&outer_task, &outer.mask).pooled(&seen(&inner_task, &inner.mask));
        prop_assert_eq!(&together.shown, &seen(&inner_task, &inner.mask).shown);
        finds_nothing(&together, &inner_task)?;
    }

    #[test]
    fn the_auditor_and_a_solver_that_is_not_ours_find_the_same_intervals(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..5, zeros in any::<bool>()
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let floor = if zeros { Floor::ZERO } else { Floor::ONE };
        let mask = random_mask(universe, one_in, floor, &mut Dice::new(!seed));
        let view = View::new(universe, &mask, &[], floor);
        let question = Question { universe, hidden: &mask, known: &[], floor, integer: false };
        let any = audit::examine(&question, &Unwatched).unwrap();
        let counts = audit::examine(&Question { integer: true, ..question }, &Unwatched).unwrap();
        for (cell, interval) in &any.intervals {
            let (low, high) = solver::real(&view, *cell);
            let float = |bound: audit::Fraction| bound.numerator() as f64 / bound.denominator() as f64;
            prop_assert!((float(interval.low.unwrap()) - low).abs() < OFF);
            match interval.high {
                Some(own) => prop_assert!((float(own) - high).abs() < OFF, "{} {high}", table.name(*cell)),
                None => prop_assert!(solver::is_open(high)),
            }
            let (low, high) = solver::whole(&view, *cell);
            let whole = counts.interval(*cell).unwrap();
            prop_assert_eq!(whole.low, Some(low.into()));
            prop_assert!(whole.high.map_or(solver::is_open(high as f64), |own| own == high.into()));
        }
    }
}

#[test]
fn a_plain_minimum_count_is_found_out() {
    let mut leaks = 0;
    for seed in 0..20 {
        for shape in [Shape::Flat, Shape::Crossed, Shape::Overlapping, Shape::Both] {
            let table: Table = MadeUp::new(shape, seed).table();
            let rules = RuleSet { minimum_frequency: 5, protect_zeros: true, ..RuleSet::default() };
            let needs = rules.table_needs(&table, shape.breakdowns());
            let task = task(&table, &rules, &needs, &[]);
            let mut plain = table.universe.never_published();
            needs.iter().for_each(|need| plain.hide(need.cell));
            leaks += found(&seen(&task, &plain), &task).len();
        }
    }
    assert!(leaks > 100, "only {leaks} cells found");
}
