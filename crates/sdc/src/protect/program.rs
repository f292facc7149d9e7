//! The furthest whole alternative, as a linear program in whole numbers.
//!
//! Where building alternatives relation by relation finds none, a bounded simplex finds the furthest
//! that a cell goes within its neighbourhood, starting from the true table. The tableau stays whole:
//! every entry is a determinant over one common denominator (J. Edmonds, 1967; E. H. Bareiss, 1968).
//! Cells that are not basic are always at whole numbers. When the best corner is not whole, other
//! pivot orders are tried for one that is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::vicinity::{Areas, movable};
use crate::arr::Arr;
use crate::model::{CellId, Universe};

/// How many cells around the cell are looked at, step by step.
pub(super) const NEIGHBOURHOODS: &[usize] = &[24, 96, 360];
/// The same where it is looked at once, and not for every cell that is hidden for another.
pub(super) const WIDE: &[usize] = &[24, 96, 360, 1000];
/// How many orders of pivoting are tried for a whole corner.
const ORDERS: usize = 6;
/// Pivots of one order, at most.
const PIVOTS: usize = 4000;

/// The cells that may move, how far down each may go, and where the moved cell must get.
pub(super) struct Program<'a> {
    pub(super) universe: &'a Universe,
    pub(super) free: &'a dyn Fn(CellId) -> bool,
    pub(super) rooms: &'a Arr<i64>,
    pub(super) neighbourhoods: &'a [usize],
    pub(super) areas: &'a Areas,
    /// What it is worth that a cell may move.
    pub(super) worth: &'a dyn Fn(CellId) -> i64,
}

/// Solved equations: `denominator` times a basic cell is the sum of its row over the others.
#[derive(Clone)]
struct Tableau {
    denominator: i128,
    basic: Arr<usize>,
    rows: Arr<Arr<i128>>,
    /// Where each cell is, when it is not basic.
    at: Arr<i128>,
    low: Arr<i128>,
    high: Arr<i128>,
}

impl Program<'_> {
    /// The furthest that is found for a cell, at most `wanted`, and what moves with it.
    pub(super) fn furthest(&self, cell: CellId, up: bool, wanted: i64) -> (i64, Vec<(CellId, i64)>) {
        let mut best = (0, Vec::new());
        let mut before = Vec::new();
        for near in self.groups(cell) {
            if best.0 >= wanted {
                break;
            }
            if near == before || !near.contains(&cell) {
                continue;
            }
            for order in 0..ORDERS {
                // A whole corner is as far as it goes here.
                if let Some(found) = self.solve(&near, order, cell, up, wanted) {
                    best = if found.0 > best.0 { found } else { best };
                    break;
                }
            }
            before = near;
        }
        best
    }

    /// Cells that may move: of areas together, and by steps from relation to relation.
    fn groups(&self, cell: CellId) -> impl Iterator<Item = Vec<CellId>> {
        let areas = self.areas.around(self.universe, cell, self.free, self.worth);
        let steps =
            self.neighbourhoods.iter().map(move |size| movable(self.universe, self.near(cell, *size)));
        areas.chain(steps)
    }

    /// The cells that may move, nearest first.
    fn near(&self, cell: CellId, size: usize) -> Vec<CellId> {
        let mut seen = BTreeSet::from([cell]);
        let mut near = vec![cell];
        let mut waiting = VecDeque::from([cell]);
        while let Some(cell) = waiting.pop_front() {
            for relation in self.universe.relations_of(cell) {
                for (other, _) in self.universe.relation(*relation).terms() {
                    if near.len() < size && (self.free)(other) && seen.insert(other) {
                        near.push(other);
                        waiting.push_back(other);
                    }
                }
            }
        }
        near
    }

    fn solve(
        &self,
        near: &[CellId],
        order: usize,
        cell: CellId,
        up: bool,
        wanted: i64,
    ) -> Option<(i64, Vec<(CellId, i64)>)> {
        let mut cells = near.to_vec();
        // Each order turns the list another way; the smallest place pivots first.
        let turn = (order * cells.len()) / ORDERS;
        cells.rotate_left(turn);
        if order % 2 == 1 {
            cells.reverse();
        }
        let place: BTreeMap<CellId, usize> = cells.iter().enumerate().map(|(at, cell)| (*cell, at)).collect();
        let mut tableau = self.tableau(&cells, &place)?;
        let own = *place.get(&cell)?;
        let limit = i128::from(wanted);
        tableau.high[own] = limit;
        tableau.low[own] = tableau.low[own].max(-limit);
        tableau.push(own, up)?;
        let moved = tableau.whole()?;
        let amount = i64::try_from(moved[own].checked_abs()?).ok()?;
        let moves = cells.iter().zip(moved.iter()).filter(|(_, moved)| **moved != 0);
        let moves = moves.map(|(cell, moved)| Some((*cell, i64::try_from(*moved).ok()?)));
        Some((amount, moves.collect::<Option<_>>()?))
    }

    /// The relations around the cells, solved.
    fn tableau(&self, cells: &[CellId], place: &BTreeMap<CellId, usize>) -> Option<Tableau> {
        let relations: BTreeSet<usize> =
            cells.iter().flat_map(|cell| self.universe.relations_of(*cell).iter().copied()).collect();
        let slack = cells.len();
        let mut tableau = Tableau {
            denominator: 1,
            basic: (slack..slack + relations.len()).collect(),
            rows: Arr::default(),
            at: Arr::of(0, slack),
            low: cells.iter().map(|cell| -i128::from(self.rooms[*cell])).collect(),
            high: Arr::of(i128::from(i64::MAX), slack),
        };
        for relation in &relations {
            let mut row = Arr::of(0, slack);
            for (cell, sign) in self.universe.relation(*relation).terms() {
                if let Some(at) = place.get(&cell) {
                    row[*at] = i128::from(sign);
                }
            }
            tableau.rows.push(row);
        }
        // What a relation is out of balance must be zero: it leaves the basis and stays away.
        for row in 0..tableau.rows.len() {
            if let Some(entering) = tableau.rows[row].iter().position(|entry| *entry != 0) {
                tableau.pivot(row, entering, None)?;
            }
        }
        let kept: Vec<usize> = (0..tableau.rows.len()).filter(|row| tableau.basic[*row] < slack).collect();
        tableau.basic = kept.iter().map(|row| tableau.basic[*row]).collect();
        tableau.rows = kept.iter().map(|row| tableau.rows[*row].clone()).collect();
        Some(tableau)
    }
}

impl Tableau {
    /// `denominator` times where the basic cell of a row is.
    fn value(&self, row: usize) -> Option<i128> {
        let terms = self.rows[row].iter().zip(self.at.iter());
        terms
            .filter(|(entry, _)| **entry != 0)
            .try_fold(0i128, |sum, (entry, at)| sum.checked_add(entry.checked_mul(*at)?))
    }

    /// Moves a cell as far as it goes; none when numbers do not fit or it takes too long.
    fn push(&mut self, cell: usize, up: bool) -> Option<()> {
        for _ in 0..PIVOTS {
            let own = (0..self.basic.len()).find(|row| self.basic[*row] == cell);
            let gain = |other: usize| match own {
                Some(row) => self.rows[row][other].signum(),
                None => i128::from(other == cell),
            };
            let is_basic: BTreeSet<usize> = self.basic.iter().copied().collect();
            let entering = (0..self.at.len()).find_map(|other| {
                let gain = if up { gain(other) } else { -gain(other) };
                let bound = if gain > 0 { self.high[other] } else { self.low[other] };
                (gain != 0 && self.at[other] != bound && !is_basic.contains(&other))
                    .then_some((other, gain > 0))
            });
            let Some((entering, rises)) = entering else { return Some(()) };
            self.step(entering, rises)?;
        }
        None
    }

    /// Moves one cell that is not basic until something stops it.
    fn step(&mut self, entering: usize, rises: bool) -> Option<()> {
        let bound = if rises { self.high[entering] } else { self.low[entering] };
        let own = bound.checked_sub(self.at[entering])?.checked_abs()?;
        // How far, as a fraction, and which row stops it there.
        let mut nearest: (i128, i128, Option<usize>) = (own, 1, None);
        for row in 0..self.rows.len() {
            let entry = self.rows[row][entering];
            if entry == 0 {
                continue;
            }
            let cell = self.basic[row];
            let bound = if (entry > 0) == rises { self.high[cell] } else { self.low[cell] };
            let room = bound.checked_mul(self.denominator)?.checked_sub(self.value(row)?)?.checked_abs()?;
            let (left, right) = (room.checked_mul(nearest.1)?, nearest.0.checked_mul(entry.checked_abs()?)?);
            let smaller = nearest.2.is_some_and(|best| cell < self.basic[best]);
            if left < right || (left == right && smaller) {
                nearest = (room, entry.checked_abs()?, Some(row));
            }
        }
        match nearest.2 {
            None => self.at[entering] = bound,
            Some(row) => {
                let leaving = self.basic[row];
                let entry = self.rows[row][entering];
                let bound = if (entry > 0) == rises { self.high[leaving] } else { self.low[leaving] };
                self.pivot(row, entering, Some(leaving))?;
                self.at[leaving] = bound;
                self.at[entering] = 0;
            }
        }
        Some(())
    }

    /// A basic cell and another change places. Without `leaving` the one that leaves is what a
    /// relation is out of balance, which has no column.
    fn pivot(&mut self, row: usize, entering: usize, leaving: Option<usize>) -> Option<()> {
        let pivot = self.rows[row][entering];
        let (sign, old) = (pivot.signum(), self.denominator);
        let solved = self.rows[row].clone();
        let named: Vec<(usize, i128)> =
            solved.iter().copied().enumerate().filter(|(_, entry)| *entry != 0).collect();
        // With the denominator as it was, only what the solved row names changes.
        let same = pivot == sign * old;
        for other in (0..self.rows.len()).filter(|other| *other != row) {
            let factor = self.rows[other][entering];
            let own = &mut self.rows[other];
            if same && factor != 0 {
                for (column, above) in &named {
                    let change = factor.checked_mul(*above)?.checked_mul(sign)?;
                    own[*column] = own[*column].checked_sub(if old == 1 { change } else { change / old })?;
                }
            } else if !same {
                for column in 0..solved.len() {
                    let (entry, above) = (own[column], solved[column]);
                    if entry != 0 || (factor != 0 && above != 0) {
                        let difference = entry.checked_mul(pivot)?.checked_sub(factor.checked_mul(above)?)?;
                        own[column] = sign * (difference / old);
                    }
                }
            }
            own[entering] = 0;
            if let Some(leaving) = leaving {
                own[leaving] = sign * factor;
            }
        }
        let own = &mut self.rows[row];
        for column in 0..solved.len() {
            own[column] = -sign * solved[column];
        }
        own[entering] = 0;
        if let Some(leaving) = leaving {
            own[leaving] = sign * old;
        }
        self.basic[row] = entering;
        self.denominator = pivot.checked_abs()?;
        Some(())
    }

    /// Where all cells are, when these are whole numbers.
    fn whole(&self) -> Option<Arr<i128>> {
        let mut moved = self.at.clone();
        for row in 0..self.rows.len() {
            let value = self.value(row)?;
            if value % self.denominator != 0 {
                return None;
            }
            moved[self.basic[row]] = value / self.denominator;
        }
        Some(moved)
    }
}
