//! Sparse equations modulo the prime 2^61 - 1, kept in reduced row echelon form.

use std::collections::{BTreeMap, BTreeSet};

use crate::arr::Arr;

pub(crate) const PRIME: u64 = (1 << 61) - 1;

/// A sparse vector: columns with factors, by column.
pub(crate) type Row = BTreeMap<usize, u64>;

/// Rows, each solved for a pivot that occurs in no other row and has factor 1.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    rows: Arr<Row>,
    /// For each column the row of which it is the pivot.
    pivots: Arr<Option<usize>>,
    /// For each column the rows in which it occurs.
    with: Arr<BTreeSet<usize>>,
}

impl Rows {
    /// No equations over this many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self { rows: Arr::default(), pivots: Arr::of(None, columns), with: Arr::of(BTreeSet::new(), columns) }
    }

    /// Adds an equation, unless it follows from the others. Of its columns that are left the one for
    /// which `rank` is lowest becomes the pivot.
    pub(crate) fn insert<R: Ord>(&mut self, mut row: Row, rank: impl Fn(usize) -> R) {
        self.reduce(&mut row);
        let Some(pivot) = row.keys().copied().min_by_key(|column| (rank(*column), *column)) else { return };
        let factor = inverse(row.get(&pivot).copied().unwrap_or(1));
        scale(&mut row, factor);
        let id = self.rows.len();
        let others: Vec<usize> = self.with[pivot].iter().copied().collect();
        for other in others {
            let factor = self.rows[other].get(&pivot).copied().unwrap_or(0);
            for (column, value) in &row {
                if add(&mut self.rows[other], *column, PRIME - times(factor, *value)) {
                    self.with[*column].insert(other);
                } else {
                    self.with[*column].remove(&other);
                }
            }
        }
        row.keys().for_each(|column| {
            self.with[*column].insert(id);
        });
        self.pivots[pivot] = Some(id);
        self.rows.push(row);
    }

    /// Takes all pivots out of a row. A row of the form names one pivot, so one pass is enough.
    pub(crate) fn reduce(&self, row: &mut Row) {
        let named: Vec<(u64, usize)> =
            row.iter().filter_map(|(column, factor)| Some((*factor, self.pivots[*column]?))).collect();
        for (factor, id) in named {
            for (column, value) in &self.rows[id] {
                add(row, *column, PRIME - times(factor, *value));
            }
        }
    }

    /// All rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }
}

/// Adds to a factor of a row; whether anything is left of it.
pub(crate) fn add(row: &mut Row, column: usize, value: u64) -> bool {
    let sum = (row.get(&column).copied().unwrap_or(0) + value) % PRIME;
    if sum == 0 {
        row.remove(&column);
        return false;
    }
    row.insert(column, sum);
    true
}

pub(crate) fn scale(row: &mut Row, factor: u64) {
    row.values_mut().for_each(|value| *value = times(*value, factor));
}

/// The residue of a whole number.
pub(crate) fn residue(number: i64) -> u64 {
    let rest = number.unsigned_abs() % PRIME;
    if number < 0 && rest != 0 { PRIME - rest } else { rest }
}

/// The whole number nearest to zero with this residue.
pub(crate) fn nearest(residue: u64) -> i64 {
    let number = i64::try_from(residue % PRIME).unwrap_or(0);
    if residue > PRIME / 2 { number - ((1 << 61) - 1) } else { number }
}

pub(crate) fn times(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let [high, low] =
        [product >> 61, product & u128::from(PRIME)].map(|part| u64::try_from(part).unwrap_or(0));
    let folded = high + low;
    if folded < PRIME { folded } else { folded - PRIME }
}

/// The inverse of a number that is not zero, by the extended algorithm of Euclid.
pub(crate) fn inverse(number: u64) -> u64 {
    let (mut old, mut new) = (i128::from(PRIME), i128::from(number));
    let (mut before, mut now) = (0i128, 1i128);
    while new != 0 {
        let quotient = old / new;
        (old, new) = (new, old - quotient * new);
        (before, now) = (now, before - quotient * now);
    }
    u64::try_from(before.rem_euclid(i128::from(PRIME))).unwrap_or(0)
}
