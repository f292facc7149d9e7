//! Which groups of a dimension follow from what is given.

use std::collections::{BTreeMap, BTreeSet};

use super::trim::Tree;
use crate::arr::Arr;
use crate::rows::{Row, Rows};

/// A group that is needed, by its place in the dimension, and its nodes: those that lie in it and those of
/// which a part does.
pub(super) struct Needed {
    pub(super) group: usize,
    pub(super) members: BTreeSet<usize>,
    pub(super) partly: BTreeSet<usize>,
}

/// The groups that are given, and those of which nothing is given and that follow from what is: those that
/// are a sum, with factors, of given nodes and groups, but for leaves that are zero somewhere. That is all
/// that anybody can compute of them, since what follows from cells of several dimensions follows along each
/// of these. A group of which nothing is given and that is one node is that node.
pub(super) fn needed(tree: &Tree<'_>) -> Vec<Needed> {
    let groups = tree.dimension.groups.iter().enumerate().map(|(group, own)| {
        let (members, partly) = (tree.places(&own.members), tree.places(&own.partly));
        let members = if partly.is_empty() { highest(tree, members) } else { members };
        Needed { group, members, partly }
    });
    let is_given = |own: &Needed| tree.used[tree.parents.len() + own.group];
    let (given, mut others): (Vec<Needed>, Vec<Needed>) = groups.partition(is_given);
    others.retain(|own| own.partly.is_empty() && own.members.len() > 1);
    if !others.is_empty() {
        let pieces = Pieces::new(tree, &given);
        others.retain(|own| pieces.tell(tree, &own.members));
    }
    given.into_iter().chain(others).collect()
}

/// The highest nodes that these are together: all children of a total are the total, where it has no more.
fn highest(tree: &Tree<'_>, mut all: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut waiting = all.clone();
    while let Some(node) = waiting.pop_first() {
        let above = tree.parents[node].filter(|of| !tree.is_leaf(*of));
        if let Some(of) = above.filter(|of| tree.children[*of].iter().all(|part| all.contains(part)))
            && all.insert(of)
        {
            waiting.insert(of);
        }
    }
    let is_inside = |node: &usize| {
        let mut above = tree.parents[*node];
        while let Some(of) = above.filter(|of| !all.contains(of)) {
            above = tree.parents[of];
        }
        above.is_some()
    };
    all.iter().copied().filter(|node| !is_inside(node)).collect()
}

/// The leaves of the tree that are not zero in pieces that nothing given divides: those of a piece have the same lowest given
/// node above them, and lie in the same given groups.
struct Pieces {
    /// The piece of each leaf.
    of: Arr<usize>,
    /// How many leaves each piece has.
    sizes: Arr<usize>,
    /// What is given, as sums of pieces: of a node what no given node under it holds.
    given: Rows,
}

impl Pieces {
    fn new(tree: &Tree<'_>, groups: &[Needed]) -> Self {
        let nodes = tree.parents.len();
        let mut within: Arr<Vec<usize>> = Arr::of(Vec::new(), nodes);
        // A piece of a node is known to nobody.
        for own in groups.iter().filter(|own| own.partly.is_empty()) {
            tree.leaves(&own.members).into_iter().for_each(|leaf| within[leaf].push(nodes + own.group));
        }
        let mut waiting: Vec<usize> = (0..nodes).filter(|node| tree.parents[*node].is_none()).collect();
        let mut lowest = Arr::of(None, nodes);
        let (mut numbers, mut sizes, mut of) = (BTreeMap::new(), Arr::default(), Arr::of(0, nodes));
        while let Some(node) = waiting.pop() {
            waiting.extend(&tree.children[node]);
            let above = tree.parents[node].and_then(|of| lowest[of]);
            lowest[node] = tree.used[node].then_some(node).or(above);
            if tree.is_leaf(node) && !tree.zeros.contains(&node) {
                let given: Vec<usize> = lowest[node].into_iter().chain(within[node].clone()).collect();
                of[node] = *numbers.entry(given).or_insert(sizes.len());
                if of[node] == sizes.len() {
                    sizes.push(0);
                }
                sizes[of[node]] += 1;
            }
        }
        let mut sums: BTreeMap<usize, Row> = BTreeMap::new();
        for (given, piece) in numbers {
            for own in given {
                sums.entry(own).or_default().insert(piece, 1);
            }
        }
        let mut given = Rows::new(sizes.len());
        sums.into_values().for_each(|sum| given.insert(sum, |_| ()));
        Self { of, sizes, given }
    }

    /// Whether what is given tells the sum of these nodes.
    fn tell(&self, tree: &Tree<'_>, nodes: &BTreeSet<usize>) -> bool {
        let mut pieces: BTreeMap<usize, usize> = BTreeMap::new();
        for leaf in tree.leaves(nodes).into_iter().filter(|leaf| !tree.zeros.contains(leaf)) {
            *pieces.entry(self.of[leaf]).or_default() += 1;
        }
        let mut sum: Row = pieces.keys().map(|piece| (*piece, 1)).collect();
        self.given.reduce(&mut sum);
        sum.is_empty() && pieces.into_iter().all(|(piece, leaves)| self.sizes[piece] == leaves)
    }
}
