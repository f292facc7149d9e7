//! Where the cells of a table lie, and so which of them can be about the same person.

use crate::arr::{Arr, Lists};

/// What is known of where the cells of a universe lie.
#[derive(Clone, Debug)]
pub(crate) enum Extent {
    /// Only what sums tell.
    Sums,
    /// The sums of the table are all there, down to the leaves: whoever is in two cells is in one that sums bind to
    /// both.
    Whole,
    /// A cell is a node along each dimension.
    Boxes(Boxes),
}

/// Of each cell the leaves along each dimension.
#[derive(Clone, Debug)]
pub(crate) struct Boxes {
    sides: Vec<Side>,
    /// For each cell its node along each dimension.
    nodes: Arr<usize>,
    /// The places where nobody is, whichever edition is asked, in order: the node along each dimension in one number.
    nobody: Vec<usize>,
}

/// The nodes of one dimension.
#[derive(Clone, Debug)]
struct Side {
    /// How many nodes there are, without what is left of several.
    size: usize,
    /// The leaves of each node, in order; none where they are not known.
    leaves: Arr<Vec<usize>>,
    /// For each leaf the nodes that hold it.
    holders: Lists<usize>,
}

impl Boxes {
    /// Cells at these nodes. A dimension is its nodes, each with its leaves in order, none where they are not known,
    /// of which those beyond the first so many are what is left of several.
    pub(super) fn new(
        sides: impl IntoIterator<Item = (usize, Arr<Vec<usize>>)>,
        nodes: Arr<usize>,
        mut nobody: Vec<usize>,
    ) -> Self {
        let side = |(size, leaves): (usize, Arr<Vec<usize>>)| {
            let count = leaves.iter().flatten().max().map_or(0, |last| last + 1);
            let own = leaves.iter().take(size).enumerate();
            let pairs = own.flat_map(|(node, own)| own.iter().map(move |leaf| (*leaf, node)));
            Side { size, holders: Lists::gather(count, pairs, 0), leaves }
        };
        nobody.sort_unstable();
        Self { sides: sides.into_iter().map(side).collect(), nodes, nobody }
    }

    /// How many dimensions there are.
    pub(crate) fn sides(&self) -> usize {
        self.sides.len()
    }

    /// The leaves of a cell along each dimension; none where they are not known.
    pub(crate) fn of(&self, cell: usize) -> impl Iterator<Item = &[usize]> {
        let first = cell * self.sides.len();
        self.sides.iter().enumerate().map(move |(side, own)| own.leaves[self.nodes[first + side]].as_slice())
    }

    /// Whether nobody is where these leaves are along each dimension, as far as one place tells. Where none are given,
    /// it may be any.
    pub(crate) fn is_empty(&self, region: &[&[usize]]) -> bool {
        let mut places = vec![0];
        for (side, leaves) in self.sides.iter().zip(region) {
            let holds =
                |node: &usize| leaves.iter().all(|leaf| side.leaves[*node].binary_search(leaf).is_ok());
            let Some(first) = leaves.first() else { return false };
            let holders: Vec<usize> = side.holders.of(*first).iter().copied().filter(holds).collect();
            places = places
                .iter()
                .flat_map(|place| holders.iter().map(move |node| place * side.size + node))
                .collect();
        }
        places.iter().any(|place| self.nobody.binary_search(place).is_ok())
    }
}
