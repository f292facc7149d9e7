//! Sparse equations modulo the prime 2^61 - 1, solved one after the other.
//!
//! Each is solved for one of its columns in terms of those that come later, and no others are changed for it: of a large table
//! with many gaps the reduced form has many times as many terms. What the equations fix shows in two of their
//! solutions: it is the same in both. That may happen by chance to something else, once in 2^61 times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::arr::Arr;
use crate::rows::{PRIME, Row, inverse, times};

/// Equations over columns, of which the last is the constant.
#[derive(Debug)]
pub(crate) struct Echelon {
    constant: usize,
    /// The column that each is solved for, and what it is: factors of others.
    solved: Arr<(usize, Vec<(usize, u64)>)>,
    /// For each column the equation that is solved for it.
    solved_for: Arr<Option<usize>>,
    /// One equation at work, by column.
    sum: Arr<u64>,
    is_contradictory: bool,
}

/// What the equations tell of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Solved {
    pub(crate) column: usize,
    /// Its value where all columns that no equation is solved for are zero.
    pub(crate) value: u64,
    /// Whether it has that value in all solutions.
    pub(crate) is_fixed: bool,
}

impl Echelon {
    /// No equations over this many columns and a constant.
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            constant: columns,
            solved: Arr::default(),
            solved_for: Arr::of(None, columns + 1),
            sum: Arr::of(0, columns + 1),
            is_contradictory: false,
        }
    }

    /// Adds an equation, solved for the column for which `rank` is lowest. Gives how many terms were looked at.
    pub(crate) fn insert<R: Ord>(&mut self, row: &Row, rank: impl Fn(usize) -> R) -> usize {
        let mut met: Vec<usize> = row.keys().copied().collect();
        row.iter().for_each(|(column, value)| self.sum[*column] = *value);
        let of = |column: usize| self.solved_for[column].map(Reverse);
        let mut waiting: BinaryHeap<Reverse<usize>> = met.iter().filter_map(|column| of(*column)).collect();
        let mut terms = met.len();
        // An equation names columns of later ones only, so the earliest goes first.
        while let Some(Reverse(id)) = waiting.pop() {
            let (column, others) = &self.solved[id];
            let factor = std::mem::replace(&mut self.sum[*column], 0);
            if factor == 0 {
                continue;
            }
            terms += others.len();
            for (other, value) in others {
                let own = &mut self.sum[*other];
                if *own == 0 {
                    met.push(*other);
                    waiting.extend(self.solved_for[*other].map(Reverse));
                }
                *own = plus(*own, times(factor, *value));
            }
        }
        let mut left: Vec<(usize, u64)> = met
            .into_iter()
            .map(|column| (column, std::mem::replace(&mut self.sum[column], 0)))
            .filter(|(_, value)| *value != 0)
            .collect();
        left.sort_unstable();
        let unknown = left.iter().enumerate().filter(|(_, (column, _))| *column != self.constant);
        match unknown.min_by_key(|(_, (column, _))| (rank(*column), *column)) {
            None => self.is_contradictory |= !left.is_empty(),
            Some((place, _)) => {
                let (column, value) = left.remove(place);
                let factor = PRIME - inverse(value);
                left.iter_mut().for_each(|(_, value)| *value = times(*value, factor));
                self.solved_for[column] = Some(self.solved.len());
                self.solved.push((column, left));
            }
        }
        terms
    }

    /// Whether the equations have no solution.
    pub(crate) fn is_contradictory(&self) -> bool {
        self.is_contradictory
    }

    /// What the equations tell of each column that one is solved for, the last one first.
    pub(crate) fn solutions(&self) -> Vec<Solved> {
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        let mut other: Arr<u64> = (0..self.constant).map(|_| next(&mut seed)).collect();
        let mut first = Arr::of(0, self.constant);
        [&mut first, &mut other].into_iter().for_each(|solution| solution.push(1));
        let mut solutions = Vec::with_capacity(self.solved.len());
        for (column, terms) in self.solved.iter().rev() {
            let sum = |solution: &Arr<u64>| {
                terms.iter().fold(0, |sum, (other, factor)| plus(sum, times(*factor, solution[*other])))
            };
            let (value, again) = (sum(&first), sum(&other));
            (first[*column], other[*column]) = (value, again);
            solutions.push(Solved { column: *column, value, is_fixed: value == again });
        }
        solutions
    }
}

fn plus(one: u64, other: u64) -> u64 {
    let sum = one + other;
    if sum < PRIME { sum } else { sum - PRIME }
}

/// The next pseudo-random number under the prime (G. Marsaglia, "Xorshift RNGs", 2003).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % PRIME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::residue;

    fn solved(equations: &[&[(usize, i64)]]) -> (bool, Vec<(usize, u64, bool)>) {
        let mut echelon = Echelon::new(4);
        for equation in equations {
            let row = equation.iter().map(|(column, factor)| (*column, residue(*factor))).collect();
            assert!(echelon.insert(&row, |column| column) >= row.len());
        }
        let mut all: Vec<(usize, u64, bool)> =
            echelon.solutions().iter().map(|own| (own.column, own.value, own.is_fixed)).collect();
        all.sort_unstable();
        (echelon.is_contradictory(), all)
    }

    #[test]
    fn what_several_equations_fix_together_is_found_and_nothing_else_is() {
        // Column 4 is the constant: x0 + x1 = 5, x0 - x1 = 1, x2 + x3 = 7.
        let [sum, difference, others]: [&[(usize, i64)]; 3] =
            [&[(0, 1), (1, 1), (4, -5)], &[(0, 1), (1, -1), (4, -1)], &[(2, 1), (3, 1), (4, -7)]];
        let expected = (false, vec![(0, 3, true), (1, 2, true), (2, 7, false)]);
        assert_eq!(solved(&[sum, difference, others]), expected);
        assert_eq!(solved(&[others, difference, sum, sum]), expected);
        assert!(solved(&[sum, difference, &[(0, 1), (4, -4)]]).0);
    }
}
