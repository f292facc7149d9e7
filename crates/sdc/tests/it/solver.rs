//! The program of an attacker, solved by a solver that is not ours.
//!
//! The solver calculates in floating point, and its answers are taken for what they are worth: in
//! whole numbers the optimum is a whole number, so an answer is moved to the nearest one and must lie
//! within [`OFF`] of it; of the program without that condition the optimum is a fraction of which the
//! denominator is a subdeterminant of the relations, in tables of this size far under 1 / [`OFF`], so
//! two optima that differ do so by more.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use crate::view::View;

/// How far an answer may be from the optimum.
pub(crate) const OFF: f64 = 1e-5;
/// Cells are taken to be at most this, more than any made-up table has. Who believes more than is
/// true only finds more.
const MOST: i32 = 100_000;

/// The lowest and the highest whole number that a hidden cell can be.
pub(crate) fn whole(view: &View, cell: usize) -> (i64, i64) {
    let bound = |direction| {
        let answer = optimum(view, cell, direction, |problem, cost, low| {
            problem.add_integer_var(cost, (i32::try_from(low).unwrap(), MOST))
        });
        assert!((answer - answer.round()).abs() < OFF, "{answer} is no whole number");
        format!("{answer:.0}").parse().unwrap()
    };
    (bound(OptimizationDirection::Minimize), bound(OptimizationDirection::Maximize))
}

/// The lowest and the highest number that a hidden cell can be.
pub(crate) fn real(view: &View, cell: usize) -> (f64, f64) {
    let bound = |direction| {
        optimum(view, cell, direction, |problem, cost, low| {
            problem.add_var(cost, (f64::from(i32::try_from(low).unwrap()), f64::from(MOST)))
        })
    };
    (bound(OptimizationDirection::Minimize), bound(OptimizationDirection::Maximize))
}

/// Whether a bound is none but that of [`MOST`].
pub(crate) fn is_open(high: f64) -> bool {
    high > f64::from(MOST) / 2.0
}

fn optimum(
    view: &View,
    cell: usize,
    direction: OptimizationDirection,
    add: impl Fn(&mut Problem, f64, i64) -> Variable,
) -> f64 {
    let mut problem = Problem::new(direction);
    let variables: std::collections::BTreeMap<usize, Variable> = view
        .hidden
        .iter()
        .map(|(own, low)| {
            let cost = if *own == cell { 1.0 } else { 0.0 };
            (*own, add(&mut problem, cost, low.expect("a floor")))
        })
        .collect();
    for relation in &view.relations {
        let mut unknown = Vec::new();
        let mut sum = 0;
        for (own, sign) in relation {
            match view.shown.get(own) {
                Some(value) => sum -= sign * value,
                None => unknown.push((variables[own], f64::from(i32::try_from(*sign).unwrap()))),
            }
        }
        if !unknown.is_empty() {
            let sum = f64::from(i32::try_from(sum).unwrap());
            problem.add_constraint(unknown.as_slice(), ComparisonOp::Eq, sum);
        }
    }
    let solved = problem.solve().expect("the true table is possible");
    assert!(solved.is_optimal());
    solved.into_solution().expect("no limit was set").objective()
}
