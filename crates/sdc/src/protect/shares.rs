//! Shares of totals that stay as they are: what the one is more, the other is less.
//!
//! Who are counted in a rate and all others are together everybody whom the rate is of. Where that is
//! taken as fixed the two are one unknown, and the relations of all others follow from those of who are
//! counted. These form a network where those of counts by themselves do, in which a cell has room in both
//! directions.

use std::collections::{BTreeSet, HashMap};

use super::Task;
use super::state::{State, Wish};
use crate::arr::Arr;
use crate::model::{CellId, Kind, Relation};

/// Which cells move with which others, the other way.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// For each cell the one that stands for it: the first share for the second, else the cell itself.
    stands: Arr<CellId>,
    /// For each first share the second.
    others: Arr<Option<CellId>>,
    /// Cells that no alternative moves by themselves: second shares, and totals of shares.
    left_out: Arr<bool>,
    /// First and second shares.
    pairs: Vec<(CellId, CellId)>,
}

impl Shares {
    /// No cell is a share.
    pub(super) fn none(cells: usize) -> Self {
        Self {
            stands: (0..cells).collect(),
            others: Arr::of(None, cells),
            left_out: Arr::of(false, cells),
            pairs: Vec::new(),
        }
    }

    /// The shares of a universe in pairs; none when there are none, or when a total of shares is protected
    /// itself.
    pub(super) fn of(task: &Task<'_>) -> Option<Self> {
        let universe = task.universe;
        let mut shares = Self::none(universe.len());
        for id in universe.shares() {
            let relation = universe.relation(*id);
            let [first, second] = relation.parts else { return None };
            shares.pair(*first, *second)?;
            shares.left_out[relation.total] = true;
        }
        shares.pair_rests(task)?;
        let is_total =
            |cell: CellId| shares.left_out.find(cell) == Some(&true) && shares.stands[cell] == cell;
        let protected = task.needs.iter().any(|need| is_total(need.cell));
        (!shares.pairs.is_empty() && !protected).then_some(shares)
    }

    fn pair(&mut self, first: CellId, second: CellId) -> Option<()> {
        if self.stands[second] == first {
            return Some(());
        }
        // A cell has one other share, and no share is a total of shares.
        let free = |cell: CellId| !self.left_out[cell] && self.others[cell].is_none();
        if first == second || !free(first) || !free(second) {
            return None;
        }
        self.stands[second] = first;
        self.others[first] = Some(second);
        self.left_out[second] = true;
        self.pairs.push((first, second));
        Some(())
    }

    /// What several missing shares are together has no total of its own: it is paired by the relation of
    /// first shares that is the image of its own.
    fn pair_rests(&mut self, task: &Task<'_>) -> Option<()> {
        loop {
            let mut firsts: HashMap<Image, CellId> = HashMap::new();
            let mut seconds: Vec<(Image, CellId)> = Vec::new();
            for relation in task.universe.relations() {
                let second = |cell: CellId| self.stands[cell] != cell;
                if let Some(found) = self.image(relation, |cell| self.others[cell].is_some()) {
                    firsts.entry(found.0).or_insert(found.1);
                } else if let Some(found) = self.image(relation, second) {
                    seconds.push(found);
                }
            }
            let before = self.pairs.len();
            for (image, second) in seconds {
                if let Some(first) = firsts.get(&image) {
                    self.pair(*first, second)?;
                }
            }
            if self.pairs.len() == before {
                return Some(());
            }
        }
    }

    /// A relation of which all cells but one are shares of this kind, in terms of first shares, and the
    /// other one.
    fn image(&self, relation: Relation<'_>, is: impl Fn(CellId) -> bool) -> Option<(Image, CellId)> {
        let (mut image, mut odd) = (Vec::new(), None);
        for (cell, sign) in relation.terms() {
            if is(cell) {
                image.push((self.stands[cell], sign));
            } else if self.left_out[cell] || odd.replace((cell, sign)).is_some() {
                return None;
            }
        }
        image.sort_unstable();
        odd.map(|(cell, sign)| ((image, sign), cell))
    }

    /// First and second shares.
    pub(super) fn pairs(&self) -> &[(CellId, CellId)] {
        &self.pairs
    }

    /// The second share of a first one.
    pub(super) fn other(&self, cell: CellId) -> Option<CellId> {
        self.others[cell]
    }

    /// Whether no alternative moves a cell by itself.
    pub(super) fn is_left_out(&self, cell: CellId) -> bool {
        self.left_out[cell]
    }

    /// The cell that stands for another, of those that callers name.
    pub(super) fn stands_for(&self, cell: CellId) -> Option<CellId> {
        self.stands.find(cell).copied()
    }

    /// The same wish of the cell that stands for its cell.
    pub(super) fn turned<'a>(&self, wish: Wish<'a>) -> Wish<'a> {
        let cell = self.stands[wish.cell];
        if cell == wish.cell { wish } else { Wish { cell, up: !wish.up, ..wish } }
    }

    /// Makes one of the state of two shares: hidden and shown together, at the cost of both, with the room
    /// of the second upwards.
    pub(super) fn join(&self, task: &Task<'_>, state: &mut State) {
        let needed: BTreeSet<CellId> = task.needs.iter().map(|need| need.cell).collect();
        for (first, second) in self.pairs.iter().copied() {
            // One that is never published is known where the other is shown.
            let given = |cell: &CellId| task.universe.kind(*cell) == Kind::Given;
            let pair = [first, second];
            let hides = |cell: &CellId| state.hidden[*cell] && (given(cell) || needed.contains(cell));
            let open = pair.iter().any(|cell| state.open[*cell]);
            let hidden = !open && (pair.iter().any(hides) || !pair.iter().any(given));
            for share in pair {
                state.open[share] = open;
                state.hidden[share] = hidden;
            }
            state.kept[first] |= state.kept[second] || needed.contains(&second);
            // The second follows the first.
            state.kept[second] = true;
            state.costs[first] = state.costs[first].saturating_add(state.costs[second]);
            state.rises[first] = state.rooms[second];
        }
    }
}

/// Cells with their coefficients, and the coefficient of a cell more.
type Image = (Vec<(CellId, i64)>, i64);
