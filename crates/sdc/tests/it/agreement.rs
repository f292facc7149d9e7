//! The auditor, the algebra of the protector and the attacker of the tests find the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sdc::audit::{self, Question};
use sdc::model::{Certificate, Floor, Linked, Need, Universe};
use sdc::protect::{self, Engine, Task, protect_with};
use sdc::{Mask, Unwatched};

use crate::attacker::{Attacker, Rational};
use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};
use crate::protection::shapes;

/// Hides about one in `one_in` cells, and those that are never published. A cell under the floor is
/// published.
pub(crate) fn random_mask(universe: &Universe, one_in: u64, floor: Floor, dice: &mut Dice) -> Mask {
    let mut mask = universe.never_published();
    for cell in 0..universe.len() {
        let possible = floor.of(universe, cell).is_none_or(|low| universe.value(cell) >= low);
        if possible && dice.under(one_in) == 0 {
            mask.hide(cell);
        }
    }
    mask
}

/// Cells in rows and columns with their totals, some cells left out: a network. With `more`, also sums
/// of cells taken at random, which no network holds.
fn linked(more: bool, dice: &mut Dice) -> Linked {
    let mut cells = Vec::new();
    for row in 0..2 + dice.under(3) {
        for column in 0..2 + dice.under(3) {
            cells.push((format!("r{row}c{column}"), i64::try_from(dice.under(9)).unwrap()));
        }
    }
    let mut sums: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for cell in &cells {
        let (row, column) = cell.0.split_at(2);
        sums.entry(row.to_owned()).or_default().push(cell.clone());
        sums.entry(column.to_owned()).or_default().push(cell.clone());
        for sum in 0..if more { 4 } else { 0 } {
            if dice.under(2) == 0 {
                sums.entry(format!("s{sum}")).or_default().push(cell.clone());
            }
        }
    }
    let totals: Vec<(&str, i64)> = sums
        .iter()
        .map(|(total, parts)| (total.as_str(), parts.iter().map(|(_, value)| value).sum()))
        .collect();
    let cells = cells.iter().map(|(id, value)| (id.as_str(), *value)).chain(totals);
    let relations: Vec<(&str, Vec<&str>)> = sums
        .iter()
        .map(|(total, parts)| (total.as_str(), parts.iter().map(|(id, _)| id.as_str()).collect()))
        .collect();
    Linked::new(&cells.collect::<Vec<_>>(), &relations).expect("a universe")
}

/// What elimination in fractions, elimination modulo a prime, and the auditor (by bridges, in a
/// network) find to be recoverable.
fn recoverable(universe: &Universe, mask: &Mask) -> [Vec<usize>; 3] {
    let question = Question { universe, hidden: mask, known: &[], floor: Floor::ZERO, integer: true };
    [
        Attacker::new(universe, mask, &[], Floor::ZERO).recoverable(),
        protect::recoverable(universe, mask),
        audit::examine(&question, &Unwatched).unwrap().recoverable,
    ]
}

fn is_network(universe: &Universe) -> bool {
    let task =
        Task { universe, needs: &[], floor: Floor::ZERO, insiders: &[], must_publish: &[], must_hide: &[] };
    protect_with(Engine::Network, &task, &Unwatched).is_some()
}

fn rational(fraction: audit::Fraction) -> Rational {
    Rational::new(fraction.numerator().into(), fraction.denominator().into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn network_algebra_and_rank_find_the_same_recoverable_cells_of_a_table(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..5
    ) {
        let universe = MadeUp::new(shape, seed).table().universe;
        prop_assert!(shape != Shape::Flat || is_network(&universe));
        let mask = random_mask(&universe, one_in, Floor::ZERO, &mut Dice::new(!seed));
        let [rank, algebra, auditor] = recoverable(&universe, &mask);
        prop_assert_eq!(&algebra, &rank);
        prop_assert_eq!(auditor, rank);
    }

    #[test]
    fn network_algebra_and_rank_find_the_same_recoverable_cells_of_linked_tables(
        seed in any::<u64>(), more in any::<bool>(), one_in in 1u64..4
    ) {
        let dice = &mut Dice::new(seed);
        let universe = linked(more, dice).universe;
        prop_assert!(more || is_network(&universe));
        let mask = random_mask(&universe, one_in, Floor::ZERO, dice);
        let [rank, algebra, auditor] = recoverable(&universe, &mask);
        prop_assert_eq!(&algebra, &rank);
        prop_assert_eq!(auditor, rank);
    }

    #[test]
    fn intervals_are_those_of_the_linear_program(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..5, zeros in any::<bool>()
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let floor = if zeros { Floor::ZERO } else { Floor::ONE };
        let mask = random_mask(universe, one_in, floor, &mut Dice::new(!seed));
        let attacker = Attacker::new(universe, &mask, &[], floor);
        let question = Question { universe, hidden: &mask, known: &[], floor, integer: false };
        let findings = audit::examine(&question, &Unwatched).unwrap();
        let whole = audit::examine(&Question { integer: true, ..question }, &Unwatched).unwrap();
        for (cell, interval) in &findings.intervals {
            prop_assert!(interval.exact);
            let own = (interval.low.map(rational), interval.high.map(rational));
            let (low, high) = attacker.interval(*cell);
            prop_assert_eq!(own, (Some(low), high), "cell {}", table.name(*cell));
            // In whole numbers an interval is at most this wide, and exactly so in a network.
            let counts = whole.interval(*cell).unwrap();
            prop_assert!(counts.exact);
            prop_assert!(counts.low >= interval.low);
            prop_assert!(interval.high.is_none_or(|high| counts.high.is_some_and(|own| own <= high)));
            if shape == Shape::Flat {
                prop_assert_eq!(counts, *interval);
            }
        }
    }

    #[test]
    fn a_verdict_is_that_of_the_attacker(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..4, width in 1i64..6
    ) {
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let mask = random_mask(universe, one_in, Floor::ZERO, &mut Dice::new(!seed));
        let attacker = Attacker::new(universe, &mask, &[], Floor::ZERO);
        let needs: Vec<Need> = attacker.cells.iter().map(|cell| Need::width(*cell, width)).collect();
        let question =
            Question { universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: false };
        let verdict = audit::judge(&question, &needs, &[], &[], &Unwatched).unwrap();
        let failed: Vec<usize> = verdict.failures.iter().map(|failure| failure.cell).collect();
        let expected: Vec<usize> =
            attacker.cells.iter().copied().filter(|cell| !attacker.leaves(*cell, width)).collect();
        prop_assert_eq!(failed, expected);
    }

    #[test]
    fn certificates_that_are_not_true_do_not_change_a_verdict(
        seed in any::<u64>(), one_in in 2u64..4, size in 1i64..9
    ) {
        let table = MadeUp::new(Shape::Crossed, seed).table();
        let universe = &table.universe;
        let dice = &mut Dice::new(!seed);
        let mask = random_mask(universe, one_in, Floor::ZERO, dice);
        let hidden: Vec<usize> = (0..universe.len()).filter(|cell| mask.hides(*cell)).collect();
        let needs: Vec<Need> = hidden.iter().map(|cell| Need::width(*cell, size)).collect();
        let mut claims = Vec::new();
        for cell in &hidden {
            claims.push(Certificate { cell: *cell, moves: vec![(*cell, size)] });
            claims.push(Certificate { cell: *cell, moves: vec![(*cell, size), (*cell, size)] });
            // Whatever cells, shown or not.
            let moves = (0..universe.len()).filter(|_| dice.under(3) == 0).map(|other| (other, size));
            let others: Vec<(usize, i64)> = moves.filter(|(other, _)| other != cell).collect();
            claims.push(Certificate { cell: *cell, moves: others.into_iter().chain([(*cell, size)]).collect() });
        }
        let question =
            Question { universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: true };
        let failed = |claims: &[Certificate]| {
            let verdict = audit::judge(&question, &needs, &[], claims, &Unwatched).unwrap();
            let failures = verdict.failures.into_iter();
            failures.map(|failure| failure.cell).collect::<Vec<usize>>()
        };
        prop_assert_eq!(failed(&claims), failed(&[]));
    }
}
