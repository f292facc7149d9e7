//! Hidden cells that relations bind together.
//!
//! Of two shares of a total that is known the one is as much more as the other is less: they are one
//! unknown. So are who are counted in a rate and all others, where it is known of how many the rate is.

use std::collections::HashSet;

use super::Question;
use super::signs::Signs;
use crate::arr::{Arr, Lists};

/// Hidden cells and the relations between them; nothing outside depends on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Component {
    /// The cells, by their place in the component.
    pub(super) cells: Arr<usize>,
    /// For each cell its unknown, and whether it is less where that is more.
    unknown_of: Arr<(usize, bool)>,
    /// For each unknown the places of its cells.
    members: Lists<usize>,
    unknowns: usize,
    /// Whether its relations hold cells that nobody knows and no alternative moves. More may be possible then
    /// than is found.
    pub(super) beside_still: bool,
    /// What the relations say of the unknowns, each once: unknowns in their order with coefficients, together
    /// zero.
    pub(super) rows: Arr<Vec<(usize, i64)>>,
}

/// A row of places or unknowns with coefficients.
type Terms = Vec<(usize, i64)>;

impl Component {
    /// All components: cells that are hidden and not known, grouped by the relations they share.
    pub(super) fn split(question: &Question<'_>) -> Vec<Self> {
        let universe = question.universe;
        let mut unknown: Arr<bool> = (0..universe.len()).map(|cell| question.is_open(cell)).collect();
        for cell in question.known {
            if let Some(place) = unknown.as_mut_slice().get_mut(*cell) {
                *place = false;
            }
        }
        let mut component_of = Arr::of(usize::MAX, universe.len());
        let mut place_of = Arr::of(0, universe.len());
        let mut taken = Arr::of(false, universe.relation_count());
        let mut components: Vec<Self> = Vec::new();
        for start in 0..universe.len() {
            if !unknown[start] || component_of[start] != usize::MAX {
                continue;
            }
            let id = components.len();
            let (mut cells, mut rows) = (Arr::default(), Vec::new());
            component_of[start] = id;
            let mut waiting = vec![start];
            while let Some(cell) = waiting.pop() {
                cells.push(cell);
                for relation in universe.relations_of(cell) {
                    if std::mem::replace(&mut taken[*relation], true) {
                        continue;
                    }
                    rows.push(*relation);
                    for (other, _) in universe.relation(*relation).terms() {
                        if unknown[other] && component_of[other] == usize::MAX {
                            component_of[other] = id;
                            waiting.push(other);
                        }
                    }
                }
            }
            cells.as_mut_slice().sort_unstable();
            rows.sort_unstable();
            for (place, cell) in cells.iter().enumerate() {
                place_of[*cell] = place;
            }
            let terms = |row: &usize| -> Terms {
                let terms = universe.relation(*row).terms().filter(|(cell, _)| unknown[*cell]);
                let mut terms: Terms = terms.map(|(cell, sign)| (place_of[cell], sign)).collect();
                terms.sort_unstable();
                terms
            };
            let mut signs = Signs::of(cells.len());
            for row in rows.iter().filter(|row| universe.shares().binary_search(row).is_ok()) {
                if let [(one, 1), (other, 1)] = *terms(row).as_slice() {
                    signs.bind(one, other, true);
                }
            }
            let is_still =
                |row: &usize| universe.relation(*row).terms().any(|(cell, _)| universe.is_still(cell));
            let beside_still = rows.iter().any(is_still);
            let rows = rows.iter().map(terms).collect();
            components.push(Self { beside_still, ..Self::new(cells, rows, signs) });
        }
        components
    }

    fn new(cells: Arr<usize>, rows: Vec<Terms>, mut signs: Signs) -> Self {
        // A root is the first of its group.
        let mut unknown_of: Arr<(usize, bool)> = Arr::default();
        let mut unknowns = 0;
        for place in 0..cells.len() {
            let (root, flip) = signs.root(place);
            if root == place {
                unknown_of.push((unknowns, false));
                unknowns += 1;
            } else {
                unknown_of.push((unknown_of[root].0, flip));
            }
        }
        let members = unknown_of.iter().enumerate().map(|(place, (unknown, _))| (*unknown, place));
        let members = Lists::gather(unknowns, members, 0);
        let rows = if unknowns == cells.len() { rows.into() } else { each_once(rows, &unknown_of) };
        Self { cells, unknown_of, members, unknowns, rows, beside_still: false }
    }

    /// How many unknowns there are.
    pub(super) fn unknowns(&self) -> usize {
        self.unknowns
    }

    /// The unknown of a cell, and whether the cell is less where that is more.
    pub(super) fn unknown_of(&self, place: usize) -> (usize, bool) {
        self.unknown_of[place]
    }

    /// The cells of an unknown.
    pub(super) fn cells_of(&self, unknown: usize) -> impl Iterator<Item = usize> + '_ {
        self.members.of(unknown).iter().map(|place| self.cells[*place])
    }
}

/// What rows of places say of their unknowns, each thing once.
fn each_once(rows: Vec<Terms>, unknown_of: &Arr<(usize, bool)>) -> Arr<Terms> {
    let mut seen = HashSet::new();
    let rows = rows.into_iter().filter_map(|row| over_unknowns(row, unknown_of));
    rows.filter(|row| seen.insert(row.clone())).collect()
}

/// What a row of places says of their unknowns, in one of the two ways that say the same; none when it says
/// nothing.
fn over_unknowns(mut row: Terms, unknown_of: &Arr<(usize, bool)>) -> Option<Terms> {
    for (place, sign) in &mut row {
        let (unknown, flip) = unknown_of[*place];
        (*place, *sign) = (unknown, if flip { -*sign } else { *sign });
    }
    row.sort_unstable();
    row.dedup_by(|next, last| {
        let same = next.0 == last.0;
        last.1 += if same { next.1 } else { 0 };
        same
    });
    row.retain(|(_, sign)| *sign != 0);
    let first = row.first()?.1.signum();
    row.iter_mut().for_each(|(_, sign)| *sign *= first);
    Some(row)
}
