//! A block by one way to read its counts, and what everybody knows of it.

use std::collections::BTreeSet;

use sdc::Mask;
use sdc::model::{CellId, Cube, Kind, Universe};

use super::block::{Place, Side};
use super::codes::side;
use super::history::Saying;

/// The universe of a block, by one way to read its counts.
pub(super) struct Whole {
    pub cube: Cube,
    /// What every reader is taken to know: of how many the rates are, as other rates are of the same people
    /// and it is often published elsewhere; and that nobody is where it does not apply, in all parts of
    /// that, and in what has no other parts.
    pub known: Mask,
    /// The sayings that are left out: nobody was shown anything of them, and they do not add up.
    pub left_out: BTreeSet<usize>,
}

impl Whole {
    /// The places, by saying, that are counted where everybody knows that nobody is.
    pub(super) fn nobody<'a>(&self, sayings: &[Saying<'a>]) -> Vec<(usize, Place<'a>)> {
        let of = |(place, saying): (usize, &Saying<'a>)| {
            let counts = self.cube.places(place).iter().zip(&saying.part.cells);
            let nobody = counts.filter(|(cell, _)| self.cube.nobody().hides(**cell));
            nobody.map(|(_, count)| (place, count.place())).collect::<Vec<_>>()
        };
        if sayings.iter().all(|saying| saying.part.none.is_empty()) {
            return Vec::new();
        }
        let there = sayings.iter().enumerate().filter(|(place, _)| !self.left_out.contains(place));
        there.flat_map(of).collect()
    }

    /// The same beside another way to read the counts. What is nothing by this one alone is what totals have more
    /// than their parts: that there is nothing is no secret, as everybody who can takes a total for the sum of its
    /// parts; nor is it of any part of that.
    pub(super) fn beside(mut self, first: &Self) -> Self {
        let (universe, of_first) = (self.cube.universe(), first.cube.universe());
        let is_empty = |cell: &CellId| of_first.value(*cell) == 0;
        let names: BTreeSet<String> =
            (0..of_first.len()).filter(is_empty).map(|cell| first.cube.name(cell)).collect();
        let is_left = |cell: &usize| universe.kind(*cell) == Kind::Residual && universe.value(*cell) == 0;
        let of_this =
            (0..universe.len()).filter(is_left).filter(|cell| !names.contains(&self.cube.name(*cell)));
        let mut empty = Mask::none(universe.len());
        of_this.for_each(|cell| empty.hide(cell));
        let empty = with_parts(universe, empty);
        (0..universe.len()).filter(|cell| empty.hides(*cell)).for_each(|cell| self.known.hide(cell));
        self
    }
}

/// What every reader is taken to know, of rates where there is a dimension of their sides.
pub(super) fn known(cube: &Cube, sides: Option<usize>) -> Mask {
    let universe = cube.universe();
    let mut known = Mask::none(universe.len());
    let there = |cell: &usize| universe.kind(*cell) != Kind::Unknown;
    let is_denominator = |cell: &usize| sides.is_some() && side(cube, *cell) == Some(Side::Denominator);
    (0..universe.len()).filter(there).filter(is_denominator).for_each(|cell| known.hide(cell));
    let empty = with_parts(universe, cube.nobody().clone());
    for cell in (0..universe.len()).filter(|cell| empty.hides(*cell)) {
        known.hide(cell);
        // Where nobody is counted all others are everybody, of whom it is known how many they are.
        let of_rate = sides.into_iter().flat_map(|axis| cube.sums_along(cell, axis));
        let of_known = of_rate.filter(|sum| there(&sum.total));
        of_known.flat_map(|sum| sum.parts).for_each(|part| known.hide(*part));
    }
    known
}

/// Where nobody is, with the parts of that, and what has no other parts, again and again. Of cells that nobody knows
/// nothing is said.
fn with_parts(universe: &Universe, mut empty: Mask) -> Mask {
    let there = |cell: &CellId| universe.kind(*cell) != Kind::Unknown;
    let mut before = 0;
    while before < empty.count() {
        before = empty.count();
        for relation in universe.relations() {
            if empty.hides(relation.total) {
                relation.parts.iter().filter(|part| there(part)).for_each(|part| empty.hide(*part));
            } else if relation.parts.iter().all(|part| empty.hides(*part)) && there(&relation.total) {
                empty.hide(relation.total);
            }
        }
    }
    empty
}
