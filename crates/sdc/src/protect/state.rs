//! Which cells are hidden now, and what hiding another one costs.

use std::collections::BTreeSet;

use super::Task;
use crate::arr::Arr;
use crate::model::{CellId, Kind, Universe};

/// What a step along a cell that is hidden already costs: short alternatives are found sooner and
/// depend on fewer cells.
pub(super) const HIDDEN: u64 = 4;
/// What hiding any cell costs, whatever is in it.
const CELL: u64 = 48;
/// What hiding costs per binary digit of the value.
const DIGIT: u64 = 8;

/// The present mask and what does not change with it.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) hidden: Arr<bool>,
    /// Cells that are published whatever happens.
    pub(super) open: Arr<bool>,
    /// Cells that are not tried to be shown again: what must be hidden, and what is never published.
    pub(super) kept: Arr<bool>,
    /// What hiding costs: more for large values and for totals.
    pub(super) costs: Arr<u64>,
    /// How far each cell can lie under its true value.
    pub(super) room_down: Arr<i64>,
    /// How far each cell can lie above it.
    pub(super) room_up: Arr<i64>,
    /// How many times a cell was hidden, or got other room.
    changes: usize,
}

impl State {
    pub(super) fn new(task: &Task<'_>) -> Self {
        let universe = task.universe;
        let never = universe.never_published();
        let mut state = Self {
            hidden: (0..universe.len()).map(|cell| never.hides(cell) && !universe.is_still(cell)).collect(),
            open: (0..universe.len())
                .map(|cell| {
                    let is_under = |low| universe.value(cell) < low;
                    let is_given = universe.kind(cell) == Kind::Given;
                    universe.is_still(cell)
                        || (is_given && task.floor.of(universe, cell).is_some_and(is_under))
                })
                .collect(),
            kept: (0..universe.len()).map(|cell| universe.kind(cell) != Kind::Given).collect(),
            costs: (0..universe.len()).map(|cell| cost(task, cell)).collect(),
            room_down: (0..universe.len()).map(|cell| task.floor.room(universe, cell)).collect(),
            room_up: Arr::of(i64::MAX, universe.len()),
            changes: 1,
        };
        let there = |cell: &CellId| *cell < universe.len();
        for cell in task.must_publish.iter().copied().filter(there) {
            state.open[cell] = true;
            state.hidden[cell] = false;
        }
        let must_hide = state.with_other_shares(universe, task.must_hide.iter().copied().filter(there));
        let needed = task.needs.iter().map(|need| need.cell).filter(there);
        for cell in needed.chain(must_hide) {
            state.kept[cell] = true;
            state.hidden[cell] = true;
        }
        state
    }

    /// These cells, and of shares of a known total the other one, unless it is open: of one that is shown the other
    /// follows.
    fn with_other_shares(
        &self,
        universe: &Universe,
        cells: impl Iterator<Item = CellId>,
    ) -> BTreeSet<CellId> {
        let mut found: BTreeSet<CellId> = cells.collect();
        let mut waiting: Vec<CellId> = found.iter().copied().collect();
        let is_shares = |id: &&usize| universe.shares().binary_search(id).is_ok();
        while let Some(cell) = waiting.pop() {
            let relations = universe.relations_of(cell).iter().filter(is_shares);
            let shares = relations.map(|id| universe.relation(*id)).filter(|own| own.parts.contains(&cell));
            let known = shares.filter(|own| universe.kind(own.total) != Kind::Unknown);
            let others = known.flat_map(|own| own.parts).copied().filter(|other| !self.open[*other]);
            waiting.extend(others.filter(|other| found.insert(*other)));
        }
        found
    }

    pub(super) fn hide(&mut self, cell: CellId) {
        self.changes += 1;
        self.hidden[cell] = true;
    }

    pub(super) fn show(&mut self, cell: CellId) {
        self.hidden[cell] = false;
    }

    /// Lets a cell lie so far under its true value.
    pub(super) fn make_room(&mut self, cell: CellId, down: i64) {
        self.changes += 1;
        self.room_down[cell] = down;
    }

    /// A number that is another one whenever a cell can move that could not before; never zero.
    pub(super) fn changes(&self) -> usize {
        self.changes
    }
}

/// Hiding costs more for a large value (less is lost with a small one), and more per level, as totals
/// are what most readers come for.
fn cost(task: &Task<'_>, cell: CellId) -> u64 {
    let digits = u64::from(64 - task.universe.value(cell).unsigned_abs().leading_zeros());
    let levels = 1 + u64::from(task.universe.height(cell));
    (CELL + DIGIT * digits) * levels * levels
}

/// Cells that move together and leave every published cell as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Move {
    /// How far the cell that it is about moves, without sign.
    pub(super) amount: i64,
    /// How far each cell moves, that cell included.
    pub(super) moves: Vec<(CellId, i64)>,
}

impl Move {
    /// Whether one of these cells moves.
    pub(super) fn touches(&self, cells: &[CellId]) -> bool {
        self.moves.iter().any(|(cell, _)| cells.contains(cell))
    }
}

/// How much time to take for a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// A quick one.
    #[default]
    Quick,
    /// Further, where a quick look finds nothing.
    Thorough,
    /// As far as it goes, where nothing else helps.
    Far,
    /// As far, and over all cells that may be hidden, as if they were.
    Anywhere,
}

/// Which way a cell must move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish<'a> {
    pub(super) cell: CellId,
    pub(super) up: bool,
    pub(super) amount: i64,
    /// Cells that may not move: an insider knows them.
    pub(super) barred: &'a [CellId],
    pub(super) look: Look,
}

/// Finds alternative tables.
pub(super) trait Mover {
    /// Whether a thorough look may find what a quick one does not.
    const LOOKS_FURTHER: bool;

    /// Pairs of cells of which the second is hidden where the first is.
    fn pairs(&self) -> &[(CellId, CellId)] {
        &[]
    }

    /// Looks further from now on; whether it may find what it did not before.
    fn learn(&mut self) -> bool {
        false
    }

    /// Moves a cell as far as it goes over hidden cells, at most as far as wished.
    fn far(&mut self, state: &State, wish: Wish<'_>) -> Move;

    /// The cheapest cells to hide so that the cell can move `more` beyond where [`Mover::far`] gets
    /// it, with what they cost.
    fn repair(&mut self, state: &State, wish: Wish<'_>, more: i64) -> Option<(u64, Vec<CellId>)>;
}
