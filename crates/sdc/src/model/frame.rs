//! How the cells of a table lie in its dimensions.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::CellId;
use crate::arr::Arr;

/// How many leaves of a node are looked at for the fullest, and how many of these are taken.
const SCANNED: usize = 64;
const PER_LEVEL: usize = 3;

/// The dimensions of a table whose every node is a set of leaves.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(super) sides: Vec<Side>,
    pub(super) places: Places,
    /// For each cell its node in each dimension.
    pub(super) nodes: Arr<usize>,
}

/// The cell for each combination of nodes, by its place: the last dimension is the fastest.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// Each has one.
    All(Arr<CellId>),
    /// Some have.
    Some(BTreeMap<usize, CellId>),
}

/// One dimension.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// How many nodes it has.
    pub(super) size: usize,
    /// The leaves under each node.
    pub(super) leaves: Arr<Vec<usize>>,
    /// For each leaf the nodes that hold it, those with few leaves first; of equal nodes one.
    pub(super) holders: Arr<Vec<usize>>,
}

impl Side {
    pub(super) fn new(leaves: Arr<Vec<usize>>, representatives: &Arr<usize>) -> Self {
        let mut holders: Arr<Vec<usize>> = Arr::of(Vec::new(), leaves.len());
        for node in (0..leaves.len()).filter(|node| representatives[*node] == *node) {
            leaves[node].iter().for_each(|leaf| holders[*leaf].push(node));
        }
        holders.iter_mut().for_each(|nodes| nodes.sort_by_key(|node| (leaves[*node].len(), *node)));
        Self { size: leaves.len(), leaves, holders }
    }
}

impl Frame {
    /// The frame of cells of which the node along each dimension is told. A dimension is its nodes, each with its
    /// leaves, which are nodes too; none where they are not known. None when two cells lie at the same nodes.
    pub(crate) fn of(dimensions: Vec<Arr<Vec<usize>>>, nodes: Arr<usize>) -> Option<Self> {
        let sides = dimensions.into_iter().map(|leaves| {
            let all = (0..leaves.len()).collect();
            Side::new(leaves, &all)
        });
        let sides: Vec<Side> = sides.collect();
        sides.iter().try_fold(1usize, |all, side| all.checked_mul(side.size))?;
        let mut frame = Self { sides, places: Places::Some(BTreeMap::new()), nodes };
        let mut cell_at = BTreeMap::new();
        for cell in 0..frame.nodes.len() / frame.sides().max(1) {
            if cell_at.insert(frame.place(cell, None), cell).is_some() {
                return None;
            }
        }
        frame.places = Places::Some(cell_at);
        Some(frame)
    }

    /// How many dimensions there are.
    pub(crate) fn sides(&self) -> usize {
        self.sides.len()
    }

    /// The cell under this one that is made of one leaf along each dimension, and of which the value is the largest
    /// along one dimension after the other.
    pub(crate) fn largest_under<T: Ord>(&self, cell: CellId, value: impl Fn(CellId) -> T) -> CellId {
        (0..self.sides()).fold(cell, |cell, side| {
            let leaves = self.leaves(cell, side).iter();
            let under = leaves.filter_map(|leaf| self.cell(self.place(cell, Some((side, *leaf)))));
            under.max_by_key(|under| (value(*under), Reverse(*under))).unwrap_or(cell)
        })
    }

    /// The leaves of a cell along a dimension; none where they are not known.
    fn leaves(&self, cell: CellId, side: usize) -> &[usize] {
        let node = self.nodes[cell * self.sides.len() + side];
        self.sides.get(side).map_or(&[], |own| own.leaves[node].as_slice())
    }

    /// Ways to add one unit to a node of a cell along a dimension: a unit more in a leaf of `under`, which is the cell
    /// or lies under it, and one less in a leaf elsewhere or nowhere. Each as the nodes that change with their change.
    /// At most `most` ways, with leaves nearby first, and of those the ones with the most in them.
    pub(crate) fn shifts(
        &self,
        [cell, under]: [CellId; 2],
        side: usize,
        most: usize,
        value: impl Fn(CellId) -> i64,
    ) -> Vec<Vec<(usize, i64)>> {
        let Some(own) = self.sides.get(side) else { return Vec::new() };
        let mut ways = Vec::new();
        let (inside, from) = (self.leaves(cell, side), self.leaves(under, side));
        let per_leaf = (most / from.len().max(1)).max(2);
        for leaf in from {
            if ways.len() >= most {
                break;
            }
            let mut others: Vec<usize> = Vec::new();
            for holder in &own.holders[*leaf] {
                let near = own.leaves[*holder].iter().take(SCANNED);
                let mut new: Vec<usize> = near
                    .filter(|other| !inside.contains(other) && !others.contains(other))
                    .copied()
                    .collect();
                new.sort_by_key(|other| {
                    let beside = self.cell(self.place(cell, Some((side, *other))));
                    (Reverse(beside.map(&value)), *other)
                });
                new.truncate(PER_LEVEL);
                others.extend(new);
            }
            others.truncate(per_leaf - 1);
            for other in others.into_iter().map(Some).chain([None]) {
                let mut change: BTreeMap<usize, i64> = BTreeMap::new();
                own.holders[*leaf].iter().for_each(|node| *change.entry(*node).or_default() += 1);
                if let Some(other) = other {
                    own.holders[other].iter().for_each(|node| *change.entry(*node).or_default() -= 1);
                }
                ways.push(change.into_iter().filter(|(_, change)| *change != 0).collect());
            }
        }
        ways
    }

    /// The place of a cell, or of what differs from it in its node along one dimension only.
    fn place(&self, cell: CellId, other: Option<(usize, usize)>) -> usize {
        let at = cell * self.sides.len();
        (0..self.sides.len()).fold(0, |place, side| {
            let node = other.filter(|(own, _)| *own == side).map_or(self.nodes[at + side], |(_, node)| node);
            self.extend(place, side, node)
        })
    }

    /// The cell at the node of each dimension, given with how many nodes each dimension has.
    pub(crate) fn extend(&self, place: usize, side: usize, node: usize) -> usize {
        place * self.sides.get(side).map_or(1, |own| own.size) + node
    }

    /// The cell at a place that [`Frame::extend`] gave; none where there is none.
    pub(crate) fn cell(&self, place: usize) -> Option<CellId> {
        match &self.places {
            Places::All(cells) => cells.find(place).copied(),
            Places::Some(cells) => cells.get(&place).copied(),
        }
    }
}
