//! Which of those who are alone somewhere can be one and the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::root;
use crate::arr::Arr;
use crate::model::{CellId, Extent, Universe};

/// Of so many who can all be the same, some of them can be the same and others not. Of more that is not looked at.
const MOST_APART: usize = 5;
/// How much is looked at to find out who can be the same, per one who is alone somewhere. Beyond that all who are not
/// known to be different are taken together: they know more then than anybody does.
const MOST_LOOKED_AT: usize = 500;
/// In how many sums those whom sums bind together are looked for at most. Where they are in more, as under a long row of
/// totals of which each is a part of the next, sums tell none of them from the others.
const MOST_SUMS: usize = 4_000_000;

/// In which one of some options somebody is, by what the options are of; where it says nothing, in any or in none.
type Place = BTreeMap<Choice, Vec<usize>>;

/// What somebody is in one option of at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    /// The cells that sums bind together: others tell nothing of these.
    Component,
    /// The leaves of a dimension.
    Side(usize),
    /// The parts of a sum.
    Sum(usize),
}

/// The sets of those who can be one and the same, by their places in `alone`: each is alone in the cells there. Of each,
/// whether all sets of these are there too, where they are not this one alone.
///
/// Boxes can hold the same person where they have a leaf of every dimension in common. Where nothing is known of where
/// cells lie but sums, they can unless they are in different parts of one: what a file does not say may be so.
pub(super) fn together(universe: &Universe, alone: &[Vec<CellId>]) -> BTreeMap<Vec<usize>, bool> {
    if matches!(universe.extent(), Extent::Whole) || alone.len() < 2 {
        return BTreeMap::new();
    }
    let components = components(universe);
    Persons { universe, places: places(universe, &components, alone) }.same()
}

struct Persons<'a> {
    universe: &'a Universe,
    /// Where each is.
    places: Arr<Place>,
}

impl Persons<'_> {
    /// Takes them apart along what tells them apart, until those that are left can all be the same.
    fn same(&self) -> BTreeMap<Vec<usize>, bool> {
        let mut left = self.places.len().saturating_mul(MOST_LOOKED_AT);
        let mut waiting = vec![(0..self.places.len()).collect::<Vec<usize>>()];
        let (mut seen, mut found) = (BTreeSet::new(), BTreeMap::new());
        while let Some(group) = waiting.pop() {
            if group.len() < 2 || !seen.insert(group.clone()) {
                continue;
            }
            left = left.saturating_sub(group.len());
            if left == 0 {
                found.insert(group, false);
                continue;
            }
            let common = self.common(&group);
            if let Some(choice) = apart(&common) {
                waiting.extend(self.by_option(&group, choice));
                continue;
            }
            let is_possible = !self.is_empty(&common);
            let is_small = group.len() <= MOST_APART;
            if !is_possible || is_small {
                waiting.extend(without_one(&group));
            }
            found.extend(is_possible.then_some((group, is_small)));
        }
        found
    }

    /// The options that all of these can be in, and for how many that says something.
    fn common(&self, group: &[usize]) -> BTreeMap<Choice, (usize, Vec<usize>)> {
        let mut all: BTreeMap<Choice, Vec<&Vec<usize>>> = BTreeMap::new();
        for (choice, options) in group.iter().flat_map(|own| &self.places[*own]) {
            all.entry(*choice).or_default().push(options);
        }
        let in_all = |own: Vec<&Vec<usize>>| {
            let fewest = own.iter().min_by_key(|options| options.len());
            let is_in_all = |option: &&usize| own.iter().all(|options| options.binary_search(option).is_ok());
            let common = fewest.into_iter().flat_map(|options| options.iter().filter(is_in_all)).copied();
            (own.len(), common.collect())
        };
        all.into_iter().map(|(choice, own)| (choice, in_all(own))).collect()
    }

    /// These by the option that they are in, with those who may be in any.
    fn by_option(&self, group: &[usize], choice: Choice) -> BTreeSet<Vec<usize>> {
        let mut by_option: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut anywhere = Vec::new();
        for own in group {
            match self.places[*own].get(&choice) {
                Some(options) => {
                    options.iter().for_each(|option| by_option.entry(*option).or_default().push(*own))
                }
                None => anywhere.push(*own),
            }
        }
        let with_others = |mut own: Vec<usize>| {
            own.extend(&anywhere);
            own.sort_unstable();
            own
        };
        by_option.into_values().map(with_others).collect()
    }

    /// Whether nobody is where all of these are.
    fn is_empty(&self, common: &BTreeMap<Choice, (usize, Vec<usize>)>) -> bool {
        let Extent::Boxes(boxes) = self.universe.extent() else { return false };
        let leaves = |side| common.get(&Choice::Side(side)).map_or(&[][..], |(_, leaves)| leaves.as_slice());
        let region: Vec<&[usize]> = (0..boxes.sides()).map(leaves).collect();
        boxes.is_empty(&region)
    }
}

/// What tells some of these apart, that says something of most of them.
fn apart(common: &BTreeMap<Choice, (usize, Vec<usize>)>) -> Option<Choice> {
    let apart = common.iter().filter(|(_, (_, options))| options.is_empty());
    apart.max_by_key(|(choice, (count, _))| (*count, Reverse(**choice))).map(|(choice, _)| *choice)
}

fn without_one(group: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    group.iter().map(|one| group.iter().copied().filter(|other| other != one).collect())
}

/// Where everybody is who is alone in some cells.
fn places(universe: &Universe, components: &Arr<usize>, alone: &[Vec<CellId>]) -> Arr<Place> {
    let component = |cells: &[CellId]| cells.first().map(|cell| components[*cell]);
    let mut left: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for cells in alone {
        let own = left.entry(component(cells)).or_default();
        *own = own.saturating_add(MOST_LOOKED_AT).min(MOST_SUMS);
    }
    let own =
        |cells: &Vec<CellId>| place(universe, components, cells, left.entry(component(cells)).or_default());
    let mut places: Arr<Place> = alone.iter().map(own).collect();
    for (place, cells) in places.iter_mut().zip(alone) {
        if left.get(&component(cells)) == Some(&0) {
            place.retain(|choice, _| !matches!(choice, Choice::Sum(_)));
        }
    }
    places
}

/// Where somebody is who is alone in these cells, while there are sums `left` to look at.
fn place(universe: &Universe, components: &Arr<usize>, cells: &[CellId], left: &mut usize) -> Place {
    let mut place = Place::new();
    let mut narrow = |choice: Choice, options: &[usize]| {
        let own = place.entry(choice).or_insert_with(|| options.to_vec());
        own.retain(|option| options.binary_search(option).is_ok());
    };
    cells.first().into_iter().for_each(|cell| narrow(Choice::Component, &[components[*cell]]));
    match universe.extent() {
        Extent::Boxes(boxes) => {
            for cell in cells {
                let sides = boxes.of(*cell).enumerate().filter(|(_, leaves)| !leaves.is_empty());
                sides.for_each(|(side, leaves)| narrow(Choice::Side(side), leaves));
            }
        }
        Extent::Sums | Extent::Whole => {
            let (mut waiting, mut seen) = (cells.to_vec(), BTreeSet::new());
            while *left > 0
                && let Some(cell) = waiting.pop()
            {
                if !seen.insert(cell) {
                    continue;
                }
                let sums = universe.relations_of(cell);
                *left = left.saturating_sub(sums.len());
                for sum in sums.iter().copied() {
                    let total = universe.relation(sum).total;
                    if total != cell {
                        narrow(Choice::Sum(sum), &[cell]);
                        waiting.push(total);
                    }
                }
            }
        }
    }
    // Who is in two parts of a sum is counted twice there, and may be elsewhere too.
    place.retain(|_, options| !options.is_empty());
    place
}

/// For each cell the first that sums bind it to.
fn components(universe: &Universe) -> Arr<usize> {
    let mut roots: Arr<usize> = (0..universe.len()).collect();
    for sum in universe.relations() {
        for part in sum.parts {
            let (one, other) = (root(&mut roots, sum.total), root(&mut roots, *part));
            roots[one.max(other)] = one.min(other);
        }
    }
    (0..universe.len()).map(|cell| root(&mut roots, cell)).collect()
}
