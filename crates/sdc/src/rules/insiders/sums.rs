//! What cells are the sums of.

use std::collections::{BTreeMap, HashSet};

use crate::arr::Arr;
use crate::model::{CellId, Universe};

/// The sums of a universe, and some that follow: where two sums of the same total have all parts in common but one of
/// the first, that one is the sum of what the second has besides. So it is where a release leaves of a total what a later
/// one tells a part of.
pub(super) struct Sums<'a> {
    pub(super) universe: &'a Universe,
    implied: BTreeMap<CellId, Vec<Vec<CellId>>>,
}

impl<'a> Sums<'a> {
    /// Those that are there.
    pub(super) fn told(universe: &'a Universe) -> Self {
        Self { universe, implied: BTreeMap::new() }
    }

    /// With those that follow of the cells that are asked for.
    pub(super) fn with_implied(universe: &'a Universe, is_asked: impl Fn(CellId) -> bool) -> Self {
        let mut own = Self::told(universe);
        let mut last: Arr<Option<usize>> = Arr::of(None, universe.len());
        for total in 0..universe.len() {
            let sums = universe.relations_of(total).iter().copied();
            let sums: Vec<usize> = sums.filter(|sum| universe.relation(*sum).total == total).collect();
            for other in sums.iter().copied().filter(|_| sums.len() > 1) {
                universe.relation(other).parts.iter().for_each(|part| last[*part] = Some(other));
                for one in sums.iter().copied().filter(|one| *one != other) {
                    let parts = universe.relation(one).parts;
                    let mut alone = parts.iter().copied().filter(|part| last[*part] != Some(other));
                    if let (Some(cell), None) = (alone.next(), alone.next())
                        && is_asked(cell)
                    {
                        let parts: HashSet<&CellId> = parts.iter().collect();
                        let besides =
                            universe.relation(other).parts.iter().filter(|part| !parts.contains(*part));
                        own.implied.entry(cell).or_default().push(besides.copied().collect());
                    }
                }
            }
        }
        own
    }

    /// The parts of a cell, for each sum that it is.
    pub(super) fn parts_of(&self, cell: CellId) -> impl Iterator<Item = &[CellId]> {
        let told = self.universe.relations_of(cell).iter().map(|own| self.universe.relation(*own));
        told.filter(move |sum| sum.total == cell).map(|sum| sum.parts).chain(self.implied_of(cell))
    }

    /// The same for those that follow only.
    pub(super) fn implied_of(&self, cell: CellId) -> impl Iterator<Item = &[CellId]> {
        self.implied.get(&cell).into_iter().flatten().map(Vec::as_slice)
    }
}
