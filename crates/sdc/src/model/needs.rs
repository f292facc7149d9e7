//! What a recipient knows beforehand, and how much room a protected cell must keep.

use super::{CellId, Kind, Universe};

/// The lowest value that a recipient takes a hidden cell to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// Nothing is known: a hidden cell may be under zero.
    None,
    /// A hidden cell that could be published is at least this. Residuals and slivers are never
    /// published, so all that is known of them is that they are not under zero.
    At(i64),
}

impl Floor {
    /// Counts and amounts are zero or more.
    pub const ZERO: Self = Self::At(0);
    /// Zeros are always published, so what is hidden is at least one step of the scale.
    pub const ONE: Self = Self::At(1);

    /// The lowest value of this cell, if there is one.
    #[must_use]
    pub fn of(self, universe: &Universe, cell: CellId) -> Option<i64> {
        match (self, universe.kind(cell)) {
            (Self::None, _) => None,
            (Self::At(lowest), Kind::Given) => Some(lowest),
            (Self::At(lowest), Kind::Residual | Kind::Sliver | Kind::Unknown) => Some(lowest.min(0)),
        }
    }

    /// How far a cell can lie under its true value; the largest number when there is no floor.
    #[must_use]
    pub fn room(self, universe: &Universe, cell: CellId) -> i64 {
        self.of(universe, cell).map_or(i64::MAX, |lowest| universe.value(cell).saturating_sub(lowest).max(0))
    }
}

/// A cell that must stay hidden, and how far the values that it can have, as seen from outside, must
/// reach at least. No more room below is asked than down to the floor; down to where a cell can be at most is for
/// [`Floor::within_reach`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The cell.
    pub cell: CellId,
    /// Highest minus lowest possible value must be at least this. 1 means: not exactly known.
    pub width: i64,
    /// The highest possible value must be at least this much above the true value: the upper
    /// protection level of the Handbook (chapter 4), 0 for none.
    pub above: i64,
    /// The lowest possible value must be at least this much under the true value, as far as the
    /// floor allows; 0 for none.
    pub below: i64,
}

impl Need {
    /// A cell that must not be exactly known and whose possible values must span `width`.
    #[must_use]
    pub fn width(cell: CellId, width: i64) -> Self {
        Self { cell, width: width.max(1), above: 0, below: 0 }
    }

    /// The smallest need that holds both; `other` is about the same cell.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cell: self.cell,
            width: self.width.max(other.width),
            above: self.above.max(other.above),
            below: self.below.max(other.below),
        }
    }

    /// The largest need that both hold; `other` is about the same cell.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        Self {
            cell: self.cell,
            width: self.width.min(other.width),
            above: self.above.min(other.above),
            below: self.below.min(other.below),
        }
    }

    /// How far the values must reach under the true value, given the floor.
    #[must_use]
    pub fn below_at(&self, universe: &Universe, floor: Floor) -> i64 {
        self.below.min(floor.room(universe, self.cell))
    }
}

/// Who knows cells as their only contributor, and may not come to know a protected one by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Insider {
    /// The cells of which they know the value.
    pub knows: Vec<CellId>,
    /// Cells of which they do not know it, and that are about nobody else: what they find in these is themselves.
    pub own: Vec<CellId>,
}

impl Insider {
    /// Whether this cell may become known to them.
    #[must_use]
    pub fn may_find(&self, cell: CellId) -> bool {
        self.knows.contains(&cell) || self.own.contains(&cell)
    }
}

impl From<Vec<CellId>> for Insider {
    /// Who knows these cells, and is in no others.
    fn from(knows: Vec<CellId>) -> Self {
        Self { knows, own: Vec::new() }
    }
}

/// An alternative table that agrees with everything published, as a claim: cells with how far each
/// deviates from its true value. The auditor checks it in whole numbers before it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The cell whose room it shows.
    pub cell: CellId,
    /// Every cell that deviates, the cell itself included.
    pub moves: Vec<(CellId, i64)>,
}
