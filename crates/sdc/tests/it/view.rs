//! What those who look know: nothing but what answers and published rules tell.

use std::collections::BTreeMap;

use sdc::Mask;
use sdc::model::{Floor, Universe};

/// The knowledge of a recipient, of several who pool, or of an insider.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The cells that some query returns, or that are known otherwise, with their values.
    pub shown: BTreeMap<usize, i64>,
    /// The lowest value of each cell that is not shown, as the rules say; none when they do not.
    pub hidden: BTreeMap<usize, Option<i64>>,
    /// The sums that bind the cells: cells with coefficients that together are zero.
    pub relations: Vec<Vec<(usize, i64)>>,
}

impl View {
    /// What is seen through a mask by who knows some of the hidden cells besides.
    pub(crate) fn new(universe: &Universe, mask: &Mask, known: &[usize], floor: Floor) -> Self {
        let (hidden, shown): (Vec<usize>, Vec<usize>) =
            (0..universe.len()).partition(|cell| mask.hides(*cell) && !known.contains(cell));
        Self {
            shown: shown.into_iter().map(|cell| (cell, universe.value(cell))).collect(),
            hidden: hidden.into_iter().map(|cell| (cell, floor.of(universe, cell))).collect(),
            relations: universe.relations().map(|relation| relation.terms().collect()).collect(),
        }
    }

    /// What two know together: the cells shown to either, and the higher of two floors.
    pub(crate) fn pooled(mut self, other: &Self) -> Self {
        self.shown.extend(&other.shown);
        self.hidden.retain(|cell, low| {
            let same = other.hidden.get(cell);
            *low = (*low).max(same.copied().flatten());
            same.is_some()
        });
        self
    }
}
