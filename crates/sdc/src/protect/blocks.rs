//! Which cells are about the same, where only cells and sums are given.
//!
//! In a table of areas by age and by sex the ages of one area and those of another are parallel sums: each cell of
//! the one is in a sum with one of the other, and these sums are parallel too. Sums that are parallel are along the
//! same dimension, and those that cross and are not, as the areas of a district and the districts of a town. Cells
//! that are bound by sums along other dimensions only are about the same along this one.

use std::collections::BTreeSet;

use crate::arr::Arr;
use crate::model::{CellId, Universe};

/// For each cell what it is about along the dimension that has the most to be about; none where no sums cross.
pub(super) fn found(universe: &Universe) -> Arr<Option<usize>> {
    let dimensions = dimensions(universe);
    let all: BTreeSet<usize> = dimensions.iter().copied().collect();
    let divided = all.into_iter().map(|own| without(universe, |id| dimensions[id] == own));
    let many = divided.filter(|blocks| blocks.count < universe.len()).max_by_key(|blocks| blocks.count);
    many.map_or_else(|| Arr::of(None, universe.len()), |blocks| blocks.of)
}

/// For each relation its dimension.
pub(super) fn dimensions(universe: &Universe) -> Arr<usize> {
    let mut classes = Groups::of(universe.relation_count());
    let mut crossing: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (cell, one, other) in meetings(universe) {
        if let Some((beside_one, beside_other)) = square(universe, cell, one, other) {
            classes.join(one, beside_one);
            classes.join(other, beside_other);
            crossing.insert((one, other));
        }
    }
    let crossing: BTreeSet<(usize, usize)> =
        crossing.into_iter().map(|(one, other)| classes.pair(one, other)).collect();
    let mut dimensions = classes.clone();
    for (_, one, other) in meetings(universe) {
        if !crossing.contains(&classes.pair(one, other)) {
            dimensions.join(one, other);
        }
    }
    (0..universe.relation_count()).map(|id| dimensions.first(id)).collect()
}

/// Each cell with two relations that hold it.
fn meetings(universe: &Universe) -> impl Iterator<Item = (CellId, usize, usize)> {
    (0..universe.len()).flat_map(move |cell| {
        let own = universe.relations_of(cell);
        own.iter().flat_map(move |one| {
            own.iter().filter(move |other| one < other).map(move |other| (cell, *one, *other))
        })
    })
}

/// The relations that are parallel to these two, through another cell of each and one that these have in common.
fn square(universe: &Universe, cell: CellId, one: usize, other: usize) -> Option<(usize, usize)> {
    let (along, across) = (beside(universe, one, cell)?, beside(universe, other, cell)?);
    let size = |id: usize| universe.relation(id).parts.len();
    let is_total = |id: usize, cell: CellId| universe.relation(id).total == cell;
    for beside_one in universe.relations_of(across).iter().copied() {
        if beside_one == other
            || size(beside_one) != size(one)
            || is_total(beside_one, across) != is_total(one, cell)
        {
            continue;
        }
        for beside_other in universe.relations_of(along).iter().copied() {
            let fits = beside_other != one
                && beside_other != beside_one
                && size(beside_other) == size(other)
                && is_total(beside_other, along) == is_total(other, cell);
            let (short, long) = if size(beside_one) < size(beside_other) {
                (beside_one, beside_other)
            } else {
                (beside_other, beside_one)
            };
            let mut corners = universe.relation(short).terms();
            if fits && corners.any(|(corner, _)| universe.relations_of(corner).contains(&long)) {
                return Some((beside_one, beside_other));
            }
        }
    }
    None
}

/// Another cell of a relation: its total, or its first part.
fn beside(universe: &Universe, id: usize, cell: CellId) -> Option<CellId> {
    let relation = universe.relation(id);
    if relation.total == cell { relation.parts.first().copied() } else { Some(relation.total) }
}

/// Cells that are bound together.
pub(super) struct Blocks {
    /// The first cell of what each is bound to.
    pub(super) of: Arr<Option<usize>>,
    count: usize,
}

/// What is bound together by all relations but some.
pub(super) fn without(universe: &Universe, is_left_out: impl Fn(usize) -> bool) -> Blocks {
    let mut cells = Groups::of(universe.len());
    for id in (0..universe.relation_count()).filter(|id| !is_left_out(*id)) {
        let relation = universe.relation(id);
        relation.parts.iter().for_each(|part| cells.join(relation.total, *part));
    }
    let of: Arr<Option<usize>> = (0..universe.len()).map(|cell| Some(cells.first(cell))).collect();
    let count = of.iter().enumerate().filter(|(cell, first)| **first == Some(*cell)).count();
    Blocks { of, count }
}

/// Things that belong together.
#[derive(Clone)]
struct Groups(Arr<usize>);

impl Groups {
    fn of(len: usize) -> Self {
        Self((0..len).collect())
    }

    /// The first of its group.
    fn first(&self, one: usize) -> usize {
        let mut own = one;
        while self.0[own] != own {
            own = self.0[own];
        }
        own
    }

    fn pair(&self, one: usize, other: usize) -> (usize, usize) {
        let (one, other) = (self.first(one), self.first(other));
        (one.min(other), one.max(other))
    }

    fn join(&mut self, one: usize, other: usize) {
        let (low, high) = self.pair(one, other);
        for start in [one, other] {
            let mut own = start;
            while self.0[own] != own {
                own = std::mem::replace(&mut self.0[own], low);
            }
        }
        self.0[high] = low;
    }
}
