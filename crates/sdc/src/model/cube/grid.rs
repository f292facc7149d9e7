//! The places where a cell can be, and the sums between them.

use std::collections::{HashMap, HashSet};

use super::joint;
use super::trim::Trimmed;
use crate::arr::{Arr, Lists};
use crate::model::ModelError;

/// A sum along one dimension, over places by number.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) along: usize,
    /// The node along that dimension that is the sum.
    pub(super) node: usize,
    pub(super) total: usize,
    pub(super) parts: Vec<usize>,
    /// Whether it is a sum of the tree, of which the parts may leave something over.
    pub(super) tree: bool,
}

impl Line {
    pub(super) fn cells(&self) -> impl Iterator<Item = usize> + Clone {
        self.parts.iter().copied().chain(std::iter::once(self.total))
    }
}

/// What the sum of a tree is made of, through all levels: what is known, of which none lies in another,
/// and what that leaves.
pub(super) struct Spread {
    pub(super) known: Vec<usize>,
    pub(super) missing: Vec<usize>,
    /// Whether all of these are parts of the total themselves.
    pub(super) is_of_level: bool,
}

/// All places that can matter, in the order of their codes.
///
/// The parts of a node along each of the dimensions make a block of places. Here are the blocks with
/// something given in them or under them along every dimension, and those without which these leave
/// something out ([`joint::missing`]). The places of other blocks bind nothing: whatever is here, there
/// are numbers to fill them. So two breakdowns that are never crossed cost no crossed cells.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) sides: Vec<Trimmed>,
    /// The node of each place along each dimension, in one number.
    keys: Arr<usize>,
    at: HashMap<usize, usize>,
    /// The places of joint blocks, in which and under which nothing is given.
    pub(super) joint: Vec<usize>,
    pub(super) lines: Arr<Line>,
    pub(super) lines_of: Lists<usize>,
}

/// Most places of joint blocks: for each of them a value must be found, and all of them are looked at with
/// what is withheld around them. With 5,000 of them that takes a second for each protected cell.
const MOST_JOINT: usize = 20_000;

/// The blocks of one dimension: the parts of each node, and each root by itself. A dimension with
/// groups is one block.
pub(super) struct Blocks {
    of: Arr<usize>,
    above: Arr<Option<usize>>,
    members: Arr<Vec<usize>>,
}

impl Blocks {
    fn new(side: &Trimmed) -> Self {
        let len = side.axis.len();
        if !side.dimension.groups.is_empty() {
            let members = Arr::from(vec![(0..len).collect()]);
            return Self { of: Arr::of(0, len), above: Arr::of(None, 1), members };
        }
        // A block has the number of the node of which it holds the parts, or of the root plus len.
        let mut of: Arr<usize> = (0..len).map(|node| len + node).collect();
        let mut members: Arr<Vec<usize>> = Arr::of(Vec::new(), len);
        (0..len).for_each(|node| members.push(vec![node]));
        for (total, parts) in &side.axis.sums {
            parts.iter().for_each(|part| of[*part] = *total);
            members[*total].clone_from(parts);
        }
        let above = (0..2 * len).map(|block| (block < len).then(|| of[block])).collect();
        Self { of, above, members }
    }

    /// The blocks above one, the nearest first.
    pub(super) fn above(&self, block: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.above[block], |block| self.above[*block])
    }

    /// The block above one that divides nothing.
    pub(super) fn top(&self, block: usize) -> usize {
        self.above(block).last().unwrap_or(block)
    }

    /// How many nodes are in a block.
    pub(super) fn size(&self, block: usize) -> usize {
        self.members[block].len()
    }
}

/// Blocks of a table, each with those above it.
struct Found<'a> {
    blocks: &'a [Blocks],
    widths: Vec<usize>,
    seen: HashSet<usize>,
    all: Vec<Vec<usize>>,
}

impl Found<'_> {
    fn add(&mut self, block: Vec<usize>) {
        let mut waiting = vec![block];
        while let Some(block) = waiting.pop() {
            if !self.seen.insert(joined(&block, &self.widths)) {
                continue;
            }
            for (side, own) in self.blocks.iter().enumerate() {
                let mut above = block.clone();
                if let Some(slot) = above.get_mut(side)
                    && let Some(next) = own.above[*slot]
                {
                    *slot = next;
                    waiting.push(above);
                }
            }
            self.all.push(block);
        }
    }

    fn size(&self, block: &[usize]) -> usize {
        self.blocks.iter().zip(block).map(|(own, slot)| own.size(*slot)).product()
    }

    /// The places of a block by node, in one number.
    fn keys(&self, block: &[usize], sizes: &[usize]) -> Vec<usize> {
        let mut places = vec![0];
        for ((own, number), size) in self.blocks.iter().zip(block).zip(sizes) {
            let nodes = &own.members[*number];
            places =
                places.iter().flat_map(|place| nodes.iter().map(move |node| place * size + node)).collect();
        }
        places
    }
}

impl Grid {
    /// The grid for cells at these nodes of the dimensions, by their nodes on the axes.
    pub(super) fn new<'a>(
        sides: Vec<Trimmed>,
        given: impl Iterator<Item = &'a Vec<usize>>,
    ) -> Result<Self, ModelError> {
        let too_large = || ModelError::TooLarge { what: "the number of cells".to_owned() };
        let blocks: Vec<Blocks> = sides.iter().map(Blocks::new).collect();
        let widths: Vec<usize> = blocks.iter().map(|own| own.above.len()).collect();
        let all = widths.iter().try_fold(1usize, |all, width| all.checked_mul(*width));
        all.filter(|all| *all < usize::MAX >> 4).ok_or_else(too_large)?;
        let mut found = Found { blocks: &blocks, widths, seen: HashSet::new(), all: Vec::new() };
        for nodes in given {
            found.add(blocks.iter().zip(nodes).map(|(own, node)| own.of[*node]).collect());
        }
        let count = found.all.len();
        joint::missing(&found.all, &blocks).into_iter().for_each(|block| found.add(block));
        let joint = found.all.split_off(count);
        let cells = joint.iter().map(|block| found.size(block)).fold(0, usize::saturating_add);
        if cells > MOST_JOINT {
            return Err(ModelError::TooManyCrossed { cells, most: MOST_JOINT });
        }
        let sizes: Vec<usize> = sides.iter().map(|side| side.axis.len()).collect();
        let joint: Vec<usize> = joint.iter().flat_map(|block| found.keys(block, &sizes)).collect();
        let of_found = found.all.iter().flat_map(|block| found.keys(block, &sizes));
        let mut keys: Vec<usize> = of_found.chain(joint.iter().copied()).collect();
        keys.sort_unstable();
        let at: HashMap<usize, usize> = keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        let joint = joint.iter().filter_map(|key| at.get(key).copied()).collect();
        let (keys, empty) = (keys.into(), Lists::default());
        let mut grid = Self { sides, keys, at, joint, lines: Arr::default(), lines_of: empty };
        grid.draw_lines();
        Ok(grid)
    }

    fn draw_lines(&mut self) {
        let mut lines = Vec::new();
        let mut stride: usize = self.sides.iter().map(|side| side.axis.len()).product();
        for (along, side) in self.sides.iter().enumerate() {
            let size = side.axis.len();
            stride /= size.max(1);
            let mut sums: Arr<Vec<(Vec<usize>, bool)>> = Arr::of(Vec::new(), size);
            for (index, (total, parts)) in side.axis.sums.iter().enumerate() {
                sums[*total].push((parts.clone(), index < side.tree_sums));
            }
            if !side.dimension.groups.is_empty() {
                for (node, same) in side.axis.representatives().iter().enumerate() {
                    if *same != node {
                        sums[node].push((vec![*same], false));
                    }
                }
            }
            for (total, key) in self.keys.iter().enumerate() {
                let node = (key / stride) % size;
                for (parts, tree) in &sums[node] {
                    let beside = |part: &usize| self.at.get(&(key - node * stride + part * stride)).copied();
                    if let Some(parts) = parts.iter().map(beside).collect::<Option<Vec<_>>>() {
                        lines.push(Line { along, node, total, parts, tree: *tree });
                    }
                }
            }
        }
        let pairs = lines.iter().enumerate().flat_map(|(id, line)| line.cells().map(move |cell| (cell, id)));
        self.lines_of = Lists::gather(self.keys.len(), pairs, 0);
        self.lines = lines.into();
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether every combination of nodes is here.
    pub(super) fn is_full(&self) -> bool {
        self.sides.iter().map(|side| side.axis.len()).product::<usize>() == self.len()
    }

    /// The highest known places under the total of a line along its dimension, and the lowest of the others.
    pub(super) fn spread(&self, line: &Line, is_known: impl Fn(usize) -> bool) -> Spread {
        let mut spread = Spread { known: Vec::new(), missing: Vec::new(), is_of_level: false };
        let mut waiting = line.parts.clone();
        while let Some(place) = waiting.pop() {
            if is_known(place) {
                spread.known.push(place);
            } else if let Some(under) = self.tree_line(line.along, place).filter(|_| line.tree) {
                waiting.extend(&under.parts);
            } else {
                spread.missing.push(place);
            }
        }
        spread
    }

    /// The sum of the tree along a dimension of which this place is the total.
    pub(super) fn tree_line(&self, along: usize, total: usize) -> Option<&Line> {
        let lines = self.lines_of.of(total).iter().map(|id| &self.lines[*id]);
        lines.into_iter().find(|line| line.tree && line.total == total && line.along == along)
    }

    /// The place at these nodes.
    pub(super) fn place(&self, nodes: &[usize]) -> Option<usize> {
        let sizes: Vec<usize> = self.sides.iter().map(|side| side.axis.len()).collect();
        self.at.get(&joined(nodes, &sizes)).copied()
    }

    /// The nodes of a place.
    pub(super) fn nodes(&self, place: usize) -> Vec<usize> {
        let mut key = self.keys[place];
        let mut nodes: Vec<usize> = self
            .sides
            .iter()
            .rev()
            .map(|side| {
                let node = key % side.axis.len();
                key /= side.axis.len();
                node
            })
            .collect();
        nodes.reverse();
        nodes
    }

    /// The codes of a place.
    pub(super) fn name(&self, place: usize) -> String {
        self.label(place, |_, _| None)
    }

    /// The codes of what a line leaves over at its total, at one level or of all levels.
    pub(super) fn name_of_rest(&self, line: &Line, of_all_levels: bool) -> String {
        self.label(line.total, |along, side| {
            let codes = if line.tree { &side.names } else { &side.axis.codes };
            let code = || {
                // One of the parts that are missing may have the code without more.
                let more = if side.has_rest[line.node] { " en meer" } else { "" };
                let levels = if of_all_levels { " van alle niveaus" } else { "" };
                format!("{}/onbekend{more}{levels}", codes[line.node])
            };
            (along == line.along).then(code)
        })
    }

    fn label(&self, place: usize, other: impl Fn(usize, &Trimmed) -> Option<String>) -> String {
        let sides = self.sides.iter().zip(self.nodes(place)).enumerate();
        let codes =
            sides.map(|(along, (side, node))| other(along, side).unwrap_or_else(|| side.names[node].clone()));
        codes.collect::<Vec<_>>().join("|")
    }
}

fn joined(nodes: &[usize], sizes: &[usize]) -> usize {
    nodes.iter().zip(sizes).fold(0, |place, (node, size)| place * size + node)
}
