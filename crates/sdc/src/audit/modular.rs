//! Which cells the equations fix, for components that are too large for exact fractions.
//!
//! Sparse elimination modulo the prime 2^62 - 57, then one pseudo-random solution of the equations:
//! a cell that the equations fix deviates by zero in every solution. A cell that is not fixed
//! deviates by zero with probability 2^-62, which only makes the verdict stricter.

use std::collections::{BTreeMap, BTreeSet};

use crate::arr::Arr;

const PRIME: u64 = (1 << 62) - 57;

fn times(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other) % u128::from(PRIME);
    u64::try_from(product).unwrap_or(0)
}

fn minus(one: u64, other: u64) -> u64 {
    if one >= other { one - other } else { one + (PRIME - other) }
}

/// A small whole number.
fn residue(number: i64) -> u64 {
    let size = number.unsigned_abs() % PRIME;
    if number < 0 { minus(0, size) } else { size }
}

/// The inverse, as the power p - 2 (Fermat).
fn inverse(number: u64) -> u64 {
    let (mut base, mut power, mut result) = (number, PRIME - 2, 1);
    while power > 0 {
        if power & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        power >>= 1;
    }
    result
}

/// For each of `count` cells whether the equations fix it.
pub(super) fn fixed(count: usize, equations: &[Vec<(usize, i64)>]) -> Arr<bool> {
    let mut uses = Arr::of(0usize, count);
    equations.iter().flatten().for_each(|(cell, _)| uses[*cell] += 1);
    let mut order: Vec<&Vec<(usize, i64)>> = equations.iter().collect();
    order.sort_by_key(|equation| equation.len());
    let mut pivot_of: Arr<Option<usize>> = Arr::of(None, count);
    // Each solved for its pivot: pivot = sum of factor times cell.
    let mut solved: Arr<(usize, Vec<(usize, u64)>)> = Arr::default();
    for equation in order {
        let mut row: BTreeMap<usize, u64> =
            equation.iter().map(|(cell, factor)| (*cell, residue(*factor))).collect();
        let mut pivots: BTreeSet<usize> = row.keys().filter_map(|cell| pivot_of[*cell]).collect();
        // A solved row names later pivots only, so the earliest is taken first.
        while let Some(earliest) = pivots.pop_first() {
            let (pivot, terms) = &solved[earliest];
            let Some(factor) = row.remove(pivot) else { continue };
            for (cell, value) in terms {
                let sum = row.entry(*cell).or_insert(0);
                *sum = minus(*sum, minus(0, times(factor, *value)));
                if *sum == 0 {
                    row.remove(cell);
                } else if let Some(later) = pivot_of[*cell] {
                    pivots.insert(later);
                }
            }
        }
        let rarest = row.keys().copied().min_by_key(|cell| (uses[*cell], *cell));
        if let Some(pivot) = rarest {
            let factor = minus(0, inverse(row.remove(&pivot).unwrap_or(1)));
            pivot_of[pivot] = Some(solved.len());
            solved.push((pivot, row.into_iter().map(|(cell, value)| (cell, times(value, factor))).collect()));
        }
    }
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut solution: Arr<u64> = (0..count).map(|_| xorshift(&mut state) % PRIME).collect();
    for (pivot, terms) in solved.iter().rev() {
        let sum =
            terms.iter().fold(0, |sum, (cell, value)| minus(sum, minus(0, times(*value, solution[*cell]))));
        solution[*pivot] = sum;
    }
    solution.iter().map(|deviation| *deviation == 0).collect()
}

/// The next pseudo-random number (G. Marsaglia, "Xorshift RNGs", 2003).
fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
