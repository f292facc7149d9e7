//! What is near an unknown in a table of areas: all of some areas.
//!
//! What is more in one area is less in another one, for several of its counts at once. So the unknowns of an area are
//! looked at together with those of the areas that have the same sums in common with it, the one that has the most of
//! them and the most room first. In a neighbourhood by steps from unknown to unknown each area would be there in part.

use std::collections::{BTreeMap, BTreeSet};

use super::component::Component;
use crate::arr::{Arr, Lists};
use crate::model::Universe;

/// How many areas are looked at together, one after the other.
const AREAS: [usize; 7] = [2, 3, 4, 6, 9, 13, 20];
/// How many unknowns these may have.
const MOST: usize = 400;
/// Of a sum over many areas so many are looked at, those next to the unknown in the order of cells.
const BESIDE: usize = 64;

/// The unknowns of a component by area.
#[derive(Clone, Debug, Default)]
pub(super) struct Areas {
    of: Arr<Option<usize>>,
    members: BTreeMap<usize, Vec<usize>>,
}

impl Areas {
    pub(super) fn new(universe: &Universe, component: &Component) -> Self {
        let area = |unknown| component.cells_of(unknown).find_map(|cell| universe.area(cell));
        let of: Arr<Option<usize>> = (0..component.unknowns()).map(area).collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (unknown, area) in of.iter().enumerate() {
            area.iter().for_each(|area| members.entry(*area).or_default().push(unknown));
        }
        Self { of, members }
    }
}

/// Areas around an unknown, more and more of them.
pub(super) struct Vicinity<'a> {
    pub(super) areas: &'a Areas,
    pub(super) rows: &'a Arr<Vec<(usize, i64)>>,
    pub(super) rows_of: &'a Lists<(usize, i64)>,
    /// How far each unknown can lie under its true value, and above it.
    pub(super) rooms: &'a Arr<[Option<i64>; 2]>,
    pub(super) barred: &'a BTreeSet<usize>,
}

/// What was taken so far.
#[derive(Default)]
struct Taken {
    areas: BTreeSet<usize>,
    unknowns: BTreeSet<usize>,
    /// How many of these each row holds.
    held: BTreeMap<usize, usize>,
}

impl Vicinity<'_> {
    /// The unknowns of some areas around one, of more areas each time.
    pub(super) fn around(self, unknown: usize, wanted: i64) -> impl Iterator<Item = Vec<usize>> {
        let mut taken = Taken::default();
        let start = self.areas.of[unknown];
        start.into_iter().for_each(|area| self.take(area, &mut taken));
        let counts = AREAS.into_iter().filter(move |_| start.is_some());
        counts.map_while(move |count| {
            while taken.areas.len() < count {
                let next = self.next(&taken, wanted)?;
                self.take(next, &mut taken);
            }
            (taken.unknowns.len() <= MOST).then(|| taken.unknowns.iter().copied().collect())
        })
    }

    /// Takes an area, with what of no area is bound to it.
    fn take(&self, area: usize, taken: &mut Taken) {
        taken.areas.insert(area);
        let mut waiting: Vec<usize> = self.areas.members.get(&area).cloned().unwrap_or_default();
        while let Some(own) = waiting.pop() {
            if self.barred.contains(&own) || !taken.unknowns.insert(own) {
                continue;
            }
            for (row, _) in self.rows_of.of(own) {
                *taken.held.entry(*row).or_default() += 1;
                let others = self.rows[*row].iter().map(|(other, _)| *other);
                if self.areas.of[own].is_some() {
                    waiting.extend(others.filter(|other| self.areas.of[*other].is_none()));
                }
            }
        }
    }

    /// The area by which most is made up for of what only one unknown of a row can be more or less.
    fn next(&self, taken: &Taken, wanted: i64) -> Option<usize> {
        let mut scores: BTreeMap<usize, i64> = BTreeMap::new();
        for own in &taken.unknowns {
            for (row, _) in self.rows_of.of(*own) {
                let alone = if taken.held.get(row) == Some(&1) { 4 } else { 1 };
                for (other, _) in next_to(*own, &self.rows[*row], BESIDE) {
                    if let Some(area) = self.areas.of[*other].filter(|area| !taken.areas.contains(area))
                        && !self.barred.contains(other)
                    {
                        let room = self.rooms[*other][0].unwrap_or(wanted).min(wanted);
                        let score: &mut i64 = scores.entry(area).or_default();
                        *score = score.saturating_add(room.saturating_add(1).saturating_mul(alone));
                    }
                }
            }
        }
        scores
            .into_iter()
            .max_by_key(|(area, score)| (*score, std::cmp::Reverse(*area)))
            .map(|(area, _)| area)
    }
}

/// The part of a row that is next to one of its unknowns, with `beside` others where there are as many.
pub(super) fn next_to(unknown: usize, row: &[(usize, i64)], beside: usize) -> &[(usize, i64)] {
    let place = row.partition_point(|(other, _)| *other < unknown);
    let all = beside.saturating_add(1).min(row.len());
    let start = place.saturating_sub(beside / 2).min(row.len() - all);
    row.get(start..start + all).unwrap_or_default()
}
