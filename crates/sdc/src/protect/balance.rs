//! The general engine: alternatives are built relation by relation.
//!
//! A cell that moves puts every relation that it is in out of balance. Another cell of such a
//! relation is moved to restore it, which may put others out of balance, until all are balanced. The
//! search goes best first over what hiding costs and how many relations are left. It works for any
//! number of breakdowns and for areas that do not nest. It may miss an alternative that is there;
//! then more is hidden than necessary, never less.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::program::{NEIGHBOURHOODS, Program, WIDE};
use super::state::{HIDDEN, Look, Move, Mover, State, Wish};
use super::vicinity::Areas;
use super::{boxes, crossed};
use crate::model::{CellId, Frame, Universe};

/// What a relation out of balance is taken to cost still, over hidden cells only and for a repair.
const OPEN: u64 = 40;
const OPEN_FOR_REPAIR: u64 = 200;
/// Partial alternatives that are looked at over hidden cells only, and for a repair.
const LOOKS: usize = 80;
const LOOKS_FOR_REPAIR: usize = 1200;
/// How many ways to restore one relation are kept.
const WAYS: usize = 6;
/// How much more it is worth that a cell is hidden already, where others would have to be.
const HIDDEN_WORTH: i64 = 4;
/// How many cells may move together.
const LONGEST: usize = 48;
/// How often steps are tried to move as far as it goes.
const MOST_STEPS: usize = 256;

/// Alternatives over any relations.
#[derive(Debug)]
pub(super) struct Balance<'a> {
    universe: &'a Universe,
    neighbourhoods: &'static [usize],
    areas: Areas,
    /// For the furthest looks: the same, and where these are not told those that are found.
    found: OnceCell<Areas>,
    /// How the cells lie in a table, where that was not told and is found.
    crossed: Option<Frame>,
    /// Whether boxes of few leaves under a cell are looked at too.
    looks_under: bool,
}

/// A partial alternative.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Partial {
    cost: u64,
    changes: Vec<(CellId, i64)>,
    /// Relations out of balance, by number, with the surplus of the parts.
    open: Vec<(usize, i64)>,
}

/// What is moved already, and how a search may move more.
struct Search<'a> {
    state: &'a State,
    wish: Wish<'a>,
    moved: &'a BTreeMap<CellId, i64>,
    hiding: bool,
}

impl Search<'_> {
    /// What so many relations that are still out of balance are taken to cost.
    fn left(&self, open: usize) -> u64 {
        let each = if self.hiding { OPEN_FOR_REPAIR } else { OPEN };
        each * u64::try_from(open).unwrap_or(u64::MAX >> 32)
    }
}

impl<'a> Balance<'a> {
    pub(super) fn new(universe: &'a Universe) -> Self {
        Self::within(universe, NEIGHBOURHOODS)
    }

    /// Alternatives that are looked for further away.
    pub(super) fn wide(universe: &'a Universe) -> Self {
        Self::within(universe, WIDE)
    }

    fn within(universe: &'a Universe, neighbourhoods: &'static [usize]) -> Self {
        Self {
            universe,
            neighbourhoods,
            areas: Areas::of(universe),
            found: OnceCell::new(),
            crossed: None,
            looks_under: false,
        }
    }

    /// The furthest whole alternative over cells that are free.
    fn furthest(&self, state: &State, wish: Wish<'_>, wanted: i64, free: &dyn Fn(CellId) -> bool) -> Move {
        let (universe, rooms) = (self.universe, &state.room_down);
        let (neighbourhoods, areas) = match wish.look {
            Look::Quick | Look::Thorough => (self.neighbourhoods, &self.areas),
            Look::Far | Look::Anywhere => (WIDE, self.found.get_or_init(|| Areas::found(universe))),
        };
        let worth = |cell: CellId| {
            let room = rooms[cell].clamp(0, wanted).saturating_add(1);
            if state.hidden[cell] { room.saturating_mul(HIDDEN_WORTH) } else { room }
        };
        let program = Program { universe, free, rooms, neighbourhoods, areas, worth: &worth };
        let (amount, moves) = program.furthest(wish.cell, wish.up, wanted);
        Move { amount, moves }
    }

    /// The cheapest alternative that is found in which the cell moves by exactly this amount more.
    fn search(&self, search: &Search<'_>, amount: i64) -> Option<Partial> {
        let own = if search.wish.up { amount } else { -amount };
        let start = self.with(&Partial::default(), search.wish.cell, own, 0);
        let mut heap = BinaryHeap::from([Reverse((0, start))]);
        let looks = if search.hiding { LOOKS_FOR_REPAIR } else { LOOKS };
        for _ in 0..looks {
            let Reverse((_, partial)) = heap.pop()?;
            if partial.open.is_empty() {
                return Some(partial);
            }
            if partial.changes.len() < LONGEST {
                for next in self.ways(search, &partial) {
                    heap.push(Reverse((next.cost + search.left(next.open.len()), next)));
                }
            }
        }
        None
    }

    /// The best ways to restore one relation.
    fn ways(&self, search: &Search<'_>, partial: &Partial) -> Vec<Partial> {
        let smallest =
            partial.open.iter().min_by_key(|(id, _)| (self.universe.relation(*id).parts.len(), *id));
        let Some((relation, surplus)) = smallest else { return Vec::new() };
        let mut ways: Vec<(u64, CellId, i64, u64)> = Vec::new();
        for (cell, sign) in self.universe.relation(*relation).terms() {
            let Some(change) = surplus.checked_mul(-sign) else { continue };
            let Some(cost) = self.price(search, partial, cell, change) else { continue };
            let left = search.left(self.open_after(partial, cell, change));
            ways.push((partial.cost + cost + left, cell, change, cost));
        }
        ways.sort_unstable();
        ways.truncate(WAYS);
        ways.into_iter().map(|(_, cell, change, cost)| self.with(partial, cell, change, cost)).collect()
    }

    /// How many relations are out of balance when a cell moves too.
    fn open_after(&self, partial: &Partial, cell: CellId, change: i64) -> usize {
        let mut count = partial.open.len();
        for id in self.universe.relations_of(cell) {
            let sign = if self.universe.relation(*id).total == cell { -1 } else { 1 };
            match partial.open.binary_search_by_key(id, |(own, _)| *own) {
                Ok(place) => {
                    let surplus = partial.open.get(place).map_or(0, |(_, surplus)| *surplus);
                    count -= usize::from(surplus.saturating_add(change.saturating_mul(sign)) == 0);
                }
                Err(_) => count += 1,
            }
        }
        count
    }

    /// What moving a cell costs; none when it cannot move so.
    fn price(&self, search: &Search<'_>, partial: &Partial, cell: CellId, change: i64) -> Option<u64> {
        let state = search.state;
        if search.wish.barred.contains(&cell) || partial.changes.iter().any(|(own, _)| *own == cell) {
            return None;
        }
        let moved = search.moved.get(&cell).copied().unwrap_or(0);
        let after = moved.checked_add(change)?;
        if after < 0 && state.room_down[cell] < after.checked_neg()? {
            return None;
        }
        match state.hidden[cell] {
            true => Some(HIDDEN),
            false if search.hiding && !state.open[cell] => Some(state.costs[cell]),
            false => None,
        }
    }

    fn with(&self, partial: &Partial, cell: CellId, change: i64, cost: u64) -> Partial {
        let mut next = partial.clone();
        next.cost += cost;
        next.changes.push((cell, change));
        for id in self.universe.relations_of(cell) {
            let sign = if self.universe.relation(*id).total == cell { -1 } else { 1 };
            let change = change.saturating_mul(sign);
            match next.open.binary_search_by_key(id, |(own, _)| *own) {
                Ok(place) => {
                    let left = next.open.get(place).map_or(0, |(_, surplus)| surplus.saturating_add(change));
                    if left == 0 {
                        next.open.remove(place);
                    } else if let Some(own) = next.open.get_mut(place) {
                        own.1 = left;
                    }
                }
                Err(place) => next.open.insert(place, (*id, change)),
            }
        }
        next
    }

    /// How the cells lie in a table, as far as that is known.
    fn frame(&self) -> Option<&Frame> {
        self.universe.frame().or(self.crossed.as_ref())
    }

    /// Cells that move together so that the cell moves by this amount more, with what hiding them
    /// costs: a box when the cells are those of a table, else relation by relation.
    fn find(&self, search: &Search<'_>, amount: i64) -> Option<(u64, Vec<(CellId, i64)>)> {
        let Search { state, wish, moved, hiding } = *search;
        let boxed = |under: CellId| boxes::cheapest(self.frame()?, state, wish, under, moved, amount, hiding);
        boxed(wish.cell)
            .or_else(|| {
                // What is hidden for the first step is looked at for the next ones too.
                let may_move = |cell: CellId| !state.open[cell] && !wish.barred.contains(&cell);
                let room = |cell: CellId| (may_move(cell), state.room_down[cell]);
                let frame = self.frame().filter(|_| self.looks_under)?;
                let under = frame.largest_under(wish.cell, room);
                if under == wish.cell { None } else { boxed(under) }
            })
            .or_else(|| self.search(search, amount).map(|found| (found.cost, found.changes)))
    }

    /// Moves as far as it goes over hidden cells.
    fn gather(&self, state: &State, wish: Wish<'_>) -> (i64, BTreeMap<CellId, i64>) {
        let wanted = if wish.up { wish.amount } else { wish.amount.min(state.room_down[wish.cell]) };
        let mut moved: BTreeMap<CellId, i64> = BTreeMap::new();
        let (mut reached, mut step) = (0, wanted);
        // Small steps may be possible for ever where a larger one is not found.
        for _ in 0..MOST_STEPS {
            if step <= 0 {
                break;
            }
            let search = Search { state, wish, moved: &moved, hiding: false };
            match self.find(&search, step) {
                None => step /= 2,
                Some(found) => {
                    for (cell, change) in found.1 {
                        let own = moved.entry(cell).or_insert(0);
                        *own = own.saturating_add(change);
                    }
                    reached += step;
                    step = step.min(wanted - reached);
                }
            }
        }
        (reached, moved)
    }
}

impl Mover for Balance<'_> {
    const LOOKS_FURTHER: bool = true;

    fn learn(&mut self) -> bool {
        if self.looks_under {
            return false;
        }
        self.looks_under = true;
        if self.universe.frame().is_none() {
            self.crossed = crossed::frame(self.universe);
        }
        self.frame().is_some()
    }

    fn far(&mut self, state: &State, wish: Wish<'_>) -> Move {
        if wish.look != Look::Quick {
            let is_free = |cell: CellId| {
                if wish.look == Look::Anywhere { !state.open[cell] } else { state.hidden[cell] }
            };
            let free = |cell: CellId| is_free(cell) && !wish.barred.contains(&cell);
            return self.furthest(state, wish, wish.amount, &free);
        }
        let (amount, moved) = self.gather(state, wish);
        Move { amount, moves: moved.into_iter().filter(|(_, moved)| *moved != 0).collect() }
    }

    fn repair(&mut self, state: &State, wish: Wish<'_>, more: i64) -> Option<(u64, Vec<CellId>)> {
        if wish.look != Look::Quick {
            let free = |cell: CellId| !state.open[cell] && !wish.barred.contains(&cell);
            let found = self.furthest(state, wish, wish.amount.max(more), &free);
            let cells = found.moves.into_iter().map(|(cell, _)| cell);
            let cells: Vec<CellId> = cells.filter(|cell| !state.hidden[*cell]).collect();
            let cost = cells.iter().map(|cell| state.costs[*cell]).sum();
            return (!cells.is_empty()).then_some((cost, cells));
        }
        let (reached, moved) = self.gather(state, wish);
        let limit = if wish.up { i64::MAX } else { state.room_down[wish.cell].saturating_sub(reached) };
        let full = more.min(limit);
        let mut amount = full;
        let mut best: Option<(u64, Vec<CellId>)> = None;
        // Half of it may cost less than half; smaller steps are taken when nothing else is possible.
        while amount > 0 && (best.is_none() || amount >= full / 2) {
            let search = Search { state, wish, moved: &moved, hiding: true };
            if let Some((cost, moves)) = self.find(&search, amount) {
                let steps = u64::try_from(full.saturating_add(amount - 1) / amount).unwrap_or(1);
                let cost = cost.saturating_mul(steps);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    let cells = moves.iter().map(|(cell, _)| *cell).filter(|cell| !state.hidden[*cell]);
                    best = Some((cost, cells.collect()));
                }
            }
            amount /= 2;
        }
        best
    }
}
