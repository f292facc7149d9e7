//! Cells that can move together: those of a few areas that have sums in common.
//!
//! An alternative takes from the counts of one area what it adds to those of another. With all cells of two or three
//! areas of which the same counts are hidden there mostly is one, in a program of some dozens of cells; the same
//! number of cells by steps from relation to relation holds parts of many areas, and so none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::blocks;
use crate::arr::Arr;
use crate::model::{CellId, Universe};

/// How many areas are taken together.
const AREAS: [usize; 7] = [2, 3, 4, 6, 9, 13, 20];
/// How many cells they may have.
const MOST: usize = 400;
/// How many parts of a sum are looked at for other areas, those nearest in the order of cells.
const NEAREST: usize = 48;
/// By how much an area counts more for a cell that no other cell taken can make up for.
const ALONE: i64 = 4;

/// What each cell is about, and the cells of each area.
#[derive(Debug)]
pub(super) struct Areas {
    of: Arr<Option<usize>>,
    cells: BTreeMap<usize, Vec<CellId>>,
}

impl Areas {
    /// The areas that are told.
    pub(super) fn of(universe: &Universe) -> Self {
        Self::by((0..universe.len()).map(|cell| universe.area(cell)).collect())
    }

    /// The areas that are told; where none are, those that are found in how sums cross.
    pub(super) fn found(universe: &Universe) -> Self {
        let told = Self::of(universe);
        if told.cells.is_empty() { Self::by(blocks::found(universe)) } else { told }
    }

    fn by(of: Arr<Option<usize>>) -> Self {
        let mut cells: BTreeMap<usize, Vec<CellId>> = BTreeMap::new();
        for (cell, area) in of.iter().enumerate() {
            area.iter().for_each(|area| cells.entry(*area).or_default().push(cell));
        }
        Self { of, cells }
    }

    /// For a few numbers of areas the cells of these that are free, most useful areas first.
    pub(super) fn around<'b>(
        &'b self,
        universe: &'b Universe,
        cell: CellId,
        free: &'b dyn Fn(CellId) -> bool,
        worth: &'b dyn Fn(CellId) -> i64,
    ) -> impl Iterator<Item = Vec<CellId>> + 'b {
        let mut group = Group {
            universe,
            areas: self,
            free,
            cells: vec![cell],
            taken: BTreeSet::new(),
            uses: BTreeMap::new(),
        };
        group.count(cell);
        let first = self.of[cell];
        first.into_iter().for_each(|first| group.add(first));
        let wanted = AREAS.into_iter().filter(move |_| first.is_some());
        wanted.map_while(move |wanted| {
            while group.taken.len() < wanted {
                let next = group.next(worth)?;
                group.add(next);
            }
            (group.cells.len() <= MOST).then(|| movable(universe, group.cells.clone()))
        })
    }
}

/// Cells of areas, and in how many of them each relation is.
struct Group<'a> {
    universe: &'a Universe,
    areas: &'a Areas,
    free: &'a dyn Fn(CellId) -> bool,
    cells: Vec<CellId>,
    taken: BTreeSet<usize>,
    uses: BTreeMap<usize, usize>,
}

impl Group<'_> {
    fn count(&mut self, cell: CellId) {
        for id in self.universe.relations_of(cell) {
            *self.uses.entry(*id).or_default() += 1;
        }
    }

    /// Adds the free cells of an area, and those of none that are in a relation with these.
    fn add(&mut self, area: usize) {
        self.taken.insert(area);
        let own = self.areas.cells.get(&area).into_iter().flatten().copied();
        let mut new: BTreeSet<CellId> = own.filter(|cell| (self.free)(*cell)).collect();
        let relations = new.iter().flat_map(|cell| self.universe.relations_of(*cell));
        let beside = relations.flat_map(|id| self.universe.relation(*id).terms().map(|(cell, _)| cell));
        let of_none = |cell: &CellId| self.areas.of[*cell].is_none() && (self.free)(*cell);
        let beside: Vec<CellId> = beside.filter(of_none).collect();
        new.extend(beside);
        for cell in new {
            if !self.cells.contains(&cell) {
                self.cells.push(cell);
                self.count(cell);
            }
        }
    }

    /// The area with the most that can make up for what moves.
    fn next(&self, worth: &dyn Fn(CellId) -> i64) -> Option<usize> {
        let mut worths: BTreeMap<usize, i64> = BTreeMap::new();
        for cell in &self.cells {
            for id in self.universe.relations_of(*cell) {
                let factor = if self.uses.get(id) == Some(&1) { ALONE } else { 1 };
                for other in near(self.universe, *id, *cell) {
                    let Some(area) = self.areas.of[other] else { continue };
                    if !self.taken.contains(&area) && (self.free)(other) {
                        let own = worths.entry(area).or_default();
                        *own = own.saturating_add(worth(other).saturating_mul(factor));
                    }
                }
            }
        }
        worths.into_iter().max_by_key(|(area, worth)| (*worth, Reverse(*area))).map(|(area, _)| area)
    }
}

/// The total of a relation and the parts nearest to a cell.
fn near(universe: &Universe, id: usize, cell: CellId) -> impl Iterator<Item = CellId> {
    let relation = universe.relation(id);
    let place = relation.parts.iter().position(|part| *part == cell).unwrap_or(0);
    let first = place.saturating_sub(NEAREST / 2);
    relation.parts.iter().skip(first).take(NEAREST).copied().chain(std::iter::once(relation.total))
}

/// Those of these cells that no relation keeps where they are when no others move.
pub(super) fn movable(universe: &Universe, cells: Vec<CellId>) -> Vec<CellId> {
    let mut places: BTreeMap<CellId, bool> = cells.iter().map(|cell| (*cell, true)).collect();
    let mut uses: BTreeMap<usize, usize> = BTreeMap::new();
    for id in cells.iter().flat_map(|cell| universe.relations_of(*cell)) {
        *uses.entry(*id).or_default() += 1;
    }
    let mut waiting: Vec<usize> = uses.iter().filter(|(_, uses)| **uses == 1).map(|(id, _)| *id).collect();
    while let Some(id) = waiting.pop() {
        let only =
            universe.relation(id).terms().map(|(cell, _)| cell).find(|cell| places.get(cell) == Some(&true));
        let Some(only) = only else { continue };
        places.insert(only, false);
        for id in universe.relations_of(only) {
            let uses = uses.entry(*id).or_default();
            *uses -= 1;
            if *uses == 1 {
                waiting.push(*id);
            }
        }
    }
    cells.into_iter().filter(|cell| places.get(cell) == Some(&true)).collect()
}
