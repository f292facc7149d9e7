//! Shares of totals that stay as they are: what the one is more, the other is less.
//!
//! Who are counted in a rate and all others are together everybody whom the rate is of. Where that is
//! taken as fixed the two are one unknown, and the relations of all others follow from those of who are
//! counted. These form a network where those of counts by themselves do, in which a cell has room in both
//! directions.

use std::collections::BTreeSet;

use super::Task;
use super::state::{State, Wish};
use crate::arr::Arr;
use crate::model::{CellId, Kind, Relation};

/// Which cells move with which others, the other way.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// For each cell the one that moves for it: the first share for the second, else the cell itself.
    firsts: Arr<CellId>,
    /// For each first share its second.
    seconds: Arr<Option<CellId>>,
    /// Totals of shares.
    totals: Arr<bool>,
    /// First and second shares.
    pairs: Vec<(CellId, CellId)>,
}

impl Shares {
    /// No cell is a share.
    pub(super) fn none(cells: usize) -> Self {
        Self {
            firsts: (0..cells).collect(),
            seconds: Arr::of(None, cells),
            totals: Arr::of(false, cells),
            pairs: Vec::new(),
        }
    }

    /// The shares of a universe in pairs; none when there are none.
    pub(super) fn of(task: &Task<'_>) -> Option<Self> {
        let mut shares = Self::none(task.universe.len());
        for id in task.universe.shares() {
            shares.pair(task.universe.relation(*id));
        }
        (!shares.pairs.is_empty()).then_some(shares)
    }

    /// Makes a pair of two shares. A cell has one other share, and no share is a total of shares; what is
    /// no pair for that reason is a relation like any other.
    fn pair(&mut self, relation: Relation<'_>) {
        let [first, second] = *relation.parts else { return };
        let is_pair = self.seconds[first] == Some(second);
        let is_free = |cell: CellId| !self.is_share(cell) && !self.totals[cell];
        if !self.is_share(relation.total) && (is_pair || (is_free(first) && is_free(second))) {
            self.totals[relation.total] = true;
            if !is_pair {
                self.firsts[second] = first;
                self.seconds[first] = Some(second);
                self.pairs.push((first, second));
            }
        }
    }

    /// Whether a cell is one of a pair.
    pub(super) fn is_share(&self, cell: CellId) -> bool {
        self.firsts[cell] != cell || self.seconds[cell].is_some()
    }

    /// First and second shares.
    pub(super) fn pairs(&self) -> &[(CellId, CellId)] {
        &self.pairs
    }

    /// The second share of a first one.
    pub(super) fn second(&self, cell: CellId) -> Option<CellId> {
        self.seconds[cell]
    }

    /// Whether no alternative moves a cell by itself: second shares, and totals of shares.
    pub(super) fn is_left_out(&self, cell: CellId) -> bool {
        self.totals[cell] || self.firsts[cell] != cell
    }

    /// The cell that moves for another, of those that callers name.
    pub(super) fn first(&self, cell: CellId) -> Option<CellId> {
        self.firsts.find(cell).copied()
    }

    /// The same wish of the cell that moves for its cell.
    pub(super) fn turned<'a>(&self, wish: Wish<'a>) -> Wish<'a> {
        let cell = self.firsts[wish.cell];
        if cell == wish.cell { wish } else { Wish { cell, up: !wish.up, ..wish } }
    }

    /// Makes one of the state of two shares, that of the first: hidden and shown together, at the cost of
    /// both, with the room of the second upwards. Says whether everything that must be hidden still can be.
    pub(super) fn join(&self, task: &Task<'_>, state: &mut State) -> bool {
        let must_hide: BTreeSet<CellId> = task.must_hide.iter().copied().collect();
        let needed = task.needs.iter().map(|need| need.cell);
        let asked: BTreeSet<CellId> = needed.chain(must_hide.iter().copied()).collect();
        let given = |cell: &CellId| task.universe.kind(*cell) == Kind::Given;
        let mut can_hide = true;
        for (first, second) in self.pairs.iter().copied() {
            let pair = [first, second];
            let is_given = pair.iter().any(given);
            // One that is never published is known where the other is shown.
            let hides = |cell: &CellId| state.hidden[*cell] && (given(cell) || asked.contains(cell));
            let hidden = pair.iter().any(hides) || !is_given;
            let open = pair.iter().any(|cell| state.open[*cell]);
            can_hide &= !pair.iter().any(|cell| open && !state.open[*cell] && must_hide.contains(cell));
            pair.iter().for_each(|cell| state.open[*cell] = open);
            state.hidden[first] = hidden && !open;
            state.kept[first] = !is_given || pair.iter().any(|cell| asked.contains(cell));
            // The second follows the first.
            state.hidden[second] = false;
            state.kept[second] = true;
            state.costs[first] = state.costs[first].saturating_add(state.costs[second]);
            state.room_up[first] = state.room_down[second];
        }
        can_hide
    }
}
