//! The cells of all editions together, by what makes a cell one.

use std::collections::HashMap;

use crate::arr::Arr;
use crate::model::CellId;

/// What makes a cell one: the same in two editions, or another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Identity {
    /// A place with its value; of a share with that of its total. Where everybody knows that nobody is, is another cell
    /// than where nobody was counted.
    Known { place: usize, value: i64, of: Option<i64>, nobody: bool },
    /// A place without one, in the group of places of this number that are bound to each other.
    Unknown(usize, usize),
    /// What several missing parts of a total along a dimension are together; of shares with what their
    /// totals are.
    Rest { of: RestOf, value: i64, all: Option<i64>, nobody: bool },
}

/// A dimension, a total and the places under it that are missing.
pub(super) type RestOf = (usize, usize, Vec<usize>);

impl Identity {
    /// Whether everybody knows that nobody is there.
    pub(super) fn is_nobody(&self) -> bool {
        matches!(self, Self::Known { nobody: true, .. } | Self::Rest { nobody: true, .. })
    }
}

/// Cells in the order in which they are met, each once.
#[derive(Default)]
pub(super) struct Cells {
    met: HashMap<Identity, usize>,
    values: Vec<i64>,
}

impl Cells {
    /// The number of a cell; `value` is its value, or for one that nobody knows one that agrees with all sums.
    pub(super) fn number(&mut self, cell: Identity, value: i64) -> usize {
        let next = self.values.len();
        let number = *self.met.entry(cell).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        number
    }

    /// The number of a cell that was met.
    pub(super) fn find(&self, cell: &Identity) -> Option<usize> {
        self.met.get(cell).copied()
    }

    /// All cells with their values in the order of what they are, which is the same whatever was met first,
    /// and for each number the place of its cell in that order.
    pub(super) fn in_order(&self) -> (Vec<(&Identity, i64)>, Arr<CellId>) {
        let mut order: Vec<(&Identity, usize)> =
            self.met.iter().map(|(cell, number)| (cell, *number)).collect();
        order.sort_unstable();
        let mut places = Arr::of(0, order.len());
        order.iter().enumerate().for_each(|(place, (_, number))| places[*number] = place);
        let values: &Arr<i64> = &self.values.clone().into();
        (order.into_iter().map(|(cell, number)| (cell, values[number])).collect(), places)
    }
}
