//! Who knows cells because nobody else is in them.

mod persons;
mod sums;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{RuleSet, known};
use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Insider, Kind, Relation, Universe};
use sums::Sums;

impl RuleSet {
    /// Who knows cells as their only contributor, when these rules guard against that: for each of them
    /// the cells of which they know the value. `contributors` says how many units are behind a cell, `is_public`
    /// whether every reader knows it whatever is hidden, as of how many a rate is.
    ///
    /// Who is alone in a total is alone in one of its parts, knows which, and knows that the others are
    /// empty, and so on below these, and what these add up to. Whether they know of a total that nobody gave
    /// is not known: there is somebody who does, and somebody who does not, and may find it: that they are the only
    /// one there tells of nobody else. Who is alone in a cell can be alone in another that no sum binds to it, where
    /// these can have a person in common: there is somebody who is, and there are two who are not the same. What
    /// follows from their own and what is public, they know too: who is on one side of a rate knows the other, and a
    /// part of nobody makes its total and the other part the same.
    pub fn lone_contributors(
        &self,
        universe: &Universe,
        is_public: impl Fn(CellId) -> bool,
        contributors: impl Fn(CellId) -> Option<u64>,
    ) -> Vec<Insider> {
        if !self.insiders {
            return Vec::new();
        }
        let mut behind = Arr::of(None, universe.len());
        known(universe).for_each(|cell| behind[cell] = contributors(cell));
        let is_alone = |cell: CellId| behind[cell] == Some(1);
        let is_empty = |cell: CellId| behind[cell] == Some(0);
        let is_given = |cell: CellId| universe.kind(cell) == Kind::Given;
        let sums = Sums::with_implied(universe, is_alone);
        let public = Public { of_nobody: of_nobody(universe, &is_public), is_told: is_public };
        let all_known = |cells| with_public(&sums, cells, &public, is_empty);
        // But not the empty ones: that they are can be a secret to who does not know of a total.
        let all_own = |cells| with_public(&sums, cells, &public, |_| false);
        let mut sets = BTreeSet::new();
        let alone = alone(&sums, is_alone);
        let together = persons::together(universe, &alone);
        for (person, is_apart) in (0..alone.len()).map(|one| (vec![one], true)).chain(together) {
            let all = || person.iter().filter_map(|one| alone.get(*one));
            let given = all().flatten().copied().filter(|cell| is_given(*cell)).collect();
            let knows = all_known(with_parts(&sums, given, is_alone));
            // Of where nothing was given they may not know that they are there.
            // Who stands for some of several, who are not looked at, has nothing for themselves that all have.
            let is_told = |cells: &&Vec<CellId>| is_apart && cells.iter().any(|cell| is_given(*cell));
            let told = all().filter(is_told);
            let mut own = all_own(told.flatten().copied().collect());
            own.retain(|cell| knows.binary_search(cell).is_err());
            sets.insert(Insider { knows, own });
            sets.insert(all_known(all().flatten().copied().collect()).into());
        }
        sets.into_iter().filter(|insider| !insider.knows.is_empty()).collect()
    }
}

/// The cells that one and the same is alone in, for each that is.
fn alone(sums: &Sums<'_>, is_alone: impl Fn(CellId) -> bool) -> Vec<Vec<CellId>> {
    let all = || (0..sums.universe.len()).filter(|cell| is_alone(*cell));
    let mut roots: Arr<CellId> = (0..sums.universe.len()).collect();
    for total in all() {
        for part in sums.parts_of(total).flatten().filter(|part| is_alone(**part)) {
            let (one, other) = (root(&mut roots, total), root(&mut roots, *part));
            roots[one.max(other)] = one.min(other);
        }
    }
    let mut sets: BTreeMap<CellId, Vec<CellId>> = BTreeMap::new();
    for cell in all() {
        sets.entry(root(&mut roots, cell)).or_default().push(cell);
    }
    sets.into_values().collect()
}

/// These cells, and those in them that the same is alone in.
fn with_parts(sums: &Sums<'_>, mut cells: Vec<CellId>, is_alone: impl Fn(CellId) -> bool) -> Vec<CellId> {
    let mut known: HashSet<CellId> = cells.iter().copied().collect();
    let mut next = 0;
    while let Some(cell) = cells.get(next).copied() {
        next += 1;
        let parts = sums.parts_of(cell).flatten().copied();
        cells.extend(parts.filter(|part| is_alone(*part) && known.insert(*part)));
    }
    cells
}

/// What every reader knows whatever is hidden.
struct Public<F> {
    is_told: F,
    /// What is of nobody by that.
    of_nobody: Mask,
}

impl<F: Fn(CellId) -> bool> Public<F> {
    fn tells(&self, cell: CellId) -> bool {
        (self.is_told)(cell) || self.of_nobody.hides(cell)
    }

    /// Whether who knows all cells of a sum but one knows that one: where the total is public, and where all parts but
    /// one are of nobody, so that the total is that one.
    fn binds(&self, sum: Relation<'_>) -> bool {
        let mut others = sum.parts.iter().filter(|part| !self.of_nobody.hides(**part));
        (self.is_told)(sum.total) || others.next().is_none() || others.next().is_none()
    }
}

/// The cells that every reader knows to be of nobody: those that are public, and all parts of these.
fn of_nobody(universe: &Universe, is_public: impl Fn(CellId) -> bool) -> Mask {
    let mut nobody = Mask::none(universe.len());
    let mut waiting: Vec<CellId> =
        known(universe).filter(|cell| universe.value(*cell) == 0 && is_public(*cell)).collect();
    waiting.iter().for_each(|cell| nobody.hide(*cell));
    while let Some(cell) = waiting.pop() {
        let sums = universe.relations_of(cell).iter().map(|own| universe.relation(*own));
        for part in sums.filter(|sum| sum.total == cell).flat_map(|sum| sum.parts.iter().copied()) {
            if universe.kind(part) != Kind::Unknown && !nobody.hides(part) {
                nobody.hide(part);
                waiting.push(part);
            }
        }
    }
    nobody
}

/// The cells that somebody knows in whose cells nobody else is, in order: these, and what follows from them and from
/// what is public, again and again.
fn with_public(
    sums: &Sums<'_>,
    mut cells: Vec<CellId>,
    public: &Public<impl Fn(CellId) -> bool>,
    is_empty: impl Fn(CellId) -> bool,
) -> Vec<CellId> {
    loop {
        cells = with_empty_of(sums, cells, |cell| public.tells(cell), &is_empty);
        let is_known = |cell: CellId| public.tells(cell) || cells.binary_search(&cell).is_ok();
        let universe = sums.universe;
        let relations =
            cells.iter().flat_map(|cell| universe.relations_of(*cell)).map(|own| universe.relation(*own));
        let follows = relations.filter(|sum| public.binds(*sum)).filter_map(|sum| {
            let mut open = sum.terms().map(|(cell, _)| cell).filter(|cell| !is_known(*cell));
            open.next().filter(|_| open.next().is_none())
        });
        let follows: BTreeSet<CellId> = follows.collect();
        if follows.is_empty() {
            return cells;
        }
        cells.extend(follows);
    }
}

/// The cells that somebody knows in whose cells nobody else is, in order: these, the empty ones in them, and the
/// empty ones that these add up to, also with what is public.
pub fn with_empty(
    universe: &Universe,
    cells: Vec<CellId>,
    is_public: impl Fn(CellId) -> bool,
    is_empty: impl Fn(CellId) -> bool,
) -> Vec<CellId> {
    with_empty_of(&Sums::told(universe), cells, is_public, is_empty)
}

fn with_empty_of(
    sums: &Sums<'_>,
    mut cells: Vec<CellId>,
    is_public: impl Fn(CellId) -> bool,
    is_empty: impl Fn(CellId) -> bool,
) -> Vec<CellId> {
    let mut known: HashSet<CellId> = cells.iter().copied().collect();
    let mut next = 0;
    while let Some(cell) = cells.get(next).copied() {
        next += 1;
        let is_known = |part: &CellId| known.contains(part) || is_public(*part);
        let relations = sums.universe.relations_of(cell).iter().map(|own| sums.universe.relation(*own));
        let totals = relations.filter(|sum| sum.parts.iter().all(is_known)).map(|sum| sum.total);
        let parts = sums.parts_of(cell).flatten().copied();
        let empty: BTreeSet<CellId> = parts.chain(totals).filter(|other| is_empty(*other)).collect();
        cells.extend(empty.into_iter().filter(|own| known.insert(*own)));
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
