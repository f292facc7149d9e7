//! The relations over the hidden cells, reduced.
//!
//! Reduced row echelon form modulo the prime 2^61 - 1, sparse, with the rarest column as pivot. A
//! hidden cell is linearly recoverable when a row names it alone. A dependency over the fractions is
//! one modulo the prime, unless the prime divides a small denominator; a false alarm only hides more.
//!
//! The same rows answer whether a sum of cells that is no cell itself would disclose something:
//! reduced and normalised it equals the signature of a protected cell exactly when it, together with
//! everything published, gives that cell.
//!
//! Source: reference "disclosure control" 3.2 B and C; F. Y. Chin and G. Ozsoyoglu (1982).

use std::collections::{BTreeMap, BTreeSet};

use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Universe};

const PRIME: u64 = (1 << 61) - 1;

/// A sparse vector: cells with factors, by cell.
type Row = BTreeMap<CellId, u64>;

/// The reduced relations over the hidden cells of a mask.
#[derive(Clone, Debug)]
pub struct Algebra {
    hidden: Arr<bool>,
    /// Rows, solved for a pivot that occurs in no other row and has factor 1.
    rows: Arr<Row>,
    /// For each cell the row of which it is the pivot.
    pivots: Arr<Option<usize>>,
}

/// What a sum of cells would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// Nothing new: it follows from what is published.
    Nothing,
    /// Something new, and no protected cell follows from it alone.
    Something,
    /// A protected cell.
    Protected,
}

impl Algebra {
    /// Reduces the relations over the cells that `mask` hides.
    #[must_use]
    pub fn of(universe: &Universe, mask: &Mask) -> Self {
        let hidden: Arr<bool> = (0..universe.len()).map(|cell| mask.hides(cell)).collect();
        let mut uses = Arr::of(0usize, universe.len());
        let mut relations: Vec<Row> = Vec::new();
        for relation in universe.relations() {
            let terms = relation.terms().filter(|(cell, _)| hidden[*cell]);
            let row: Row = terms.map(|(cell, sign)| (cell, if sign > 0 { 1 } else { PRIME - 1 })).collect();
            row.keys().for_each(|cell| uses[*cell] += 1);
            if !row.is_empty() {
                relations.push(row);
            }
        }
        relations.sort_by_key(|row| (row.len(), row.keys().next().copied()));
        let mut algebra = Self { rows: Arr::default(), pivots: Arr::of(None, universe.len()), hidden };
        let mut rows_with: Arr<BTreeSet<usize>> = Arr::of(BTreeSet::new(), universe.len());
        for relation in relations {
            algebra.insert(relation, &uses, &mut rows_with);
        }
        algebra
    }

    fn insert(&mut self, mut row: Row, uses: &Arr<usize>, rows_with: &mut Arr<BTreeSet<usize>>) {
        self.reduce(&mut row);
        let Some(pivot) = row.keys().copied().min_by_key(|cell| (uses[*cell], *cell)) else { return };
        let factor = inverse(row.get(&pivot).copied().unwrap_or(1));
        scale(&mut row, factor);
        let id = self.rows.len();
        let others: Vec<usize> = rows_with[pivot].iter().copied().collect();
        for other in others {
            let factor = self.rows[other].get(&pivot).copied().unwrap_or(0);
            for (cell, value) in &row {
                if add(&mut self.rows[other], *cell, PRIME - times(factor, *value)) {
                    rows_with[*cell].insert(other);
                } else {
                    rows_with[*cell].remove(&other);
                }
            }
        }
        row.keys().for_each(|cell| {
            rows_with[*cell].insert(id);
        });
        self.pivots[pivot] = Some(id);
        self.rows.push(row);
    }

    /// Takes all pivots out of a row. A row of the form names one pivot, so one pass is enough.
    fn reduce(&self, row: &mut Row) {
        let named: Vec<(CellId, u64, usize)> =
            row.iter().filter_map(|(cell, factor)| Some((*cell, *factor, self.pivots[*cell]?))).collect();
        for (_, factor, id) in named {
            for (cell, value) in &self.rows[id] {
                add(row, *cell, PRIME - times(factor, *value));
            }
        }
    }

    /// The hidden cells of which the value follows from the relations and what is published, sorted.
    #[must_use]
    pub fn recoverable(&self) -> Vec<CellId> {
        let alone = self.rows.iter().filter(|row| row.len() == 1);
        let mut cells: Vec<CellId> = alone.filter_map(|row| row.keys().next().copied()).collect();
        cells.sort_unstable();
        cells
    }

    /// How many equations bind the hidden cells.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// What makes a protected cell recognisable in a reduced sum.
    #[must_use]
    pub fn signatures(&self, protected: &[CellId]) -> Signatures {
        let known = protected.iter().filter(|cell| self.hidden.find(**cell) == Some(&true));
        Signatures { set: known.map(|cell| self.normal(&[(*cell, 1)])).collect() }
    }

    /// What a sum of cells with whole factors would tell whoever knows everything published.
    #[must_use]
    pub fn tells(&self, sum: &[(CellId, i64)], signatures: &Signatures) -> Tells {
        let normal = self.normal(sum);
        if normal.is_empty() {
            Tells::Nothing
        } else if signatures.set.contains(&normal) {
            Tells::Protected
        } else {
            Tells::Something
        }
    }

    /// A sum, reduced, with factor 1 for its first cell.
    fn normal(&self, sum: &[(CellId, i64)]) -> Vec<(CellId, u64)> {
        let mut row = Row::new();
        for (cell, factor) in sum.iter().filter(|(cell, _)| self.hidden.find(*cell) == Some(&true)) {
            add(&mut row, *cell, residue(*factor));
        }
        self.reduce(&mut row);
        if let Some(first) = row.values().next().copied() {
            scale(&mut row, inverse(first));
        }
        row.into_iter().collect()
    }
}

/// The reduced forms of protected cells.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    set: BTreeSet<Vec<(CellId, u64)>>,
}

/// Adds to a factor of a row; whether anything is left of it.
fn add(row: &mut Row, cell: CellId, value: u64) -> bool {
    let sum = (row.get(&cell).copied().unwrap_or(0) + value) % PRIME;
    if sum == 0 {
        row.remove(&cell);
        return false;
    }
    row.insert(cell, sum);
    true
}

fn scale(row: &mut Row, factor: u64) {
    row.values_mut().for_each(|value| *value = times(*value, factor));
}

fn residue(number: i64) -> u64 {
    let rest = number.unsigned_abs() % PRIME;
    if number < 0 && rest != 0 { PRIME - rest } else { rest }
}

fn times(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let folded = (product >> 61) + (product & u128::from(PRIME));
    u64::try_from(folded % u128::from(PRIME)).unwrap_or(0)
}

/// The inverse of a number that is not zero, by the extended algorithm of Euclid.
fn inverse(number: u64) -> u64 {
    let (mut old, mut new) = (i128::from(PRIME), i128::from(number));
    let (mut before, mut now) = (0i128, 1i128);
    while new != 0 {
        let quotient = old / new;
        (old, new) = (new, old - quotient * new);
        (before, now) = (now, before - quotient * now);
    }
    u64::try_from(before.rem_euclid(i128::from(PRIME))).unwrap_or(0)
}
