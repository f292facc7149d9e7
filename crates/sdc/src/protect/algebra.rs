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

use std::collections::BTreeSet;

use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Universe};
use crate::rows::{PRIME, Row, Rows, add, inverse, residue, scale};

/// The reduced relations over the hidden cells of a mask.
#[derive(Clone, Debug)]
pub struct Algebra {
    hidden: Arr<bool>,
    rows: Rows,
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
        let mut rows = Rows::new(universe.len());
        relations.into_iter().for_each(|relation| rows.insert(relation, |cell| uses[cell]));
        Self { hidden, rows }
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
        self.rows.reduce(&mut row);
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
