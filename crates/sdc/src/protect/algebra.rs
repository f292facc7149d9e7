//! The relations over the hidden cells, reduced.
//!
//! Reduced row echelon form modulo the prime 2^61 - 1, sparse, with the rarest column as pivot. A
//! hidden cell is linearly recoverable when a row names it alone. A dependency over the fractions is
//! one modulo the prime, unless the prime divides a small denominator; a false alarm only hides more.
//!
//! Source: reference "disclosure control" 3.2 B; F. Y. Chin and G. Ozsoyoglu (1982).

use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Universe};
use crate::rows::{PRIME, Row, Rows};

/// The cells that a mask hides of which the value follows from the relations and what is published, sorted.
#[must_use]
pub fn recoverable(universe: &Universe, mask: &Mask) -> Vec<CellId> {
    let mut uses = Arr::of(0usize, universe.len());
    let mut relations: Vec<Row> = Vec::new();
    for relation in universe.relations() {
        let terms = relation.terms().filter(|(cell, _)| mask.hides(*cell));
        let row: Row = terms.map(|(cell, sign)| (cell, if sign > 0 { 1 } else { PRIME - 1 })).collect();
        row.keys().for_each(|cell| uses[*cell] += 1);
        if !row.is_empty() {
            relations.push(row);
        }
    }
    relations.sort_by_key(|row| (row.len(), row.keys().next().copied()));
    let mut rows = Rows::new(universe.len());
    relations.into_iter().for_each(|relation| rows.insert(relation, |cell| uses[cell]));
    let alone = rows.iter().filter(|row| row.len() == 1);
    let mut cells: Vec<CellId> = alone.filter_map(|row| row.keys().next().copied()).collect();
    cells.sort_unstable();
    cells
}
