//! Who knows cells because nobody else is in them.

use std::collections::{BTreeMap, HashSet};

use super::{RuleSet, known};
use crate::arr::Arr;
use crate::model::{CellId, Universe};

impl RuleSet {
    /// Who knows cells as their only contributor, when these rules guard against that: for each of them
    /// the cells of which they know the value. `contributors` says how many units are behind a cell.
    ///
    /// Who is alone in a total is alone in one of its parts, knows which, and knows that the others are
    /// empty, and so on below these, and what these add up to.
    pub fn lone_contributors(
        &self,
        universe: &Universe,
        contributors: impl Fn(CellId) -> Option<u64>,
    ) -> Vec<Vec<CellId>> {
        if !self.insiders {
            return Vec::new();
        }
        let mut behind = Arr::of(None, universe.len());
        known(universe).for_each(|cell| behind[cell] = contributors(cell));
        let mut roots: Arr<CellId> = (0..universe.len()).collect();
        for relation in universe.relations().filter(|relation| behind[relation.total] == Some(1)) {
            for part in relation.parts.iter().filter(|part| behind[**part] == Some(1)) {
                let (one, other) = (root(&mut roots, relation.total), root(&mut roots, *part));
                roots[one.max(other)] = one.min(other);
            }
        }
        let mut sets: BTreeMap<CellId, Vec<CellId>> = BTreeMap::new();
        for cell in (0..universe.len()).filter(|cell| behind[*cell] == Some(1)) {
            sets.entry(root(&mut roots, cell)).or_default().push(cell);
        }
        let is_empty = |cell: CellId| behind[cell] == Some(0);
        sets.into_values().map(|cells| with_empty(universe, cells, is_empty)).collect()
    }
}

/// The cells that somebody knows in whose cells nobody else is, in order: these, the empty ones in them, and the
/// empty ones that these add up to.
pub fn with_empty(
    universe: &Universe,
    mut cells: Vec<CellId>,
    is_empty: impl Fn(CellId) -> bool,
) -> Vec<CellId> {
    let mut known: HashSet<CellId> = cells.iter().copied().collect();
    let mut next = 0;
    while let Some(cell) = cells.get(next).copied() {
        next += 1;
        for relation in universe.relations_of(cell).iter().map(|own| universe.relation(*own)) {
            let follows: &[CellId] = if relation.total == cell {
                relation.parts
            } else if is_empty(relation.total) && relation.parts.iter().all(|part| known.contains(part)) {
                std::slice::from_ref(&relation.total)
            } else {
                &[]
            };
            for empty in follows.iter().copied().filter(|other| is_empty(*other)) {
                if known.insert(empty) {
                    cells.push(empty);
                }
            }
        }
    }
    cells.sort_unstable();
    cells
}

fn root(roots: &mut Arr<CellId>, cell: CellId) -> CellId {
    let mut own = cell;
    while roots[own] != own {
        roots[own] = roots[roots[own]];
        own = roots[own];
    }
    own
}
