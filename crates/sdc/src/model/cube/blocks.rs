//! The blocks of places that an edition has to do with.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::joint;
use super::trim::Trimmed;
use crate::arr::Arr;

/// The blocks of one dimension: the parts of each node, each root by itself, and what is beside the tree: groups,
/// and what these leave of nodes. That is a block, so is each of it by itself, and so is it with all of the tree.
pub(super) struct Blocks {
    of: Arr<usize>,
    above: Arr<Option<usize>>,
    members: Arr<Vec<usize>>,
    /// The block of all that is beside the tree, when there is anything.
    beside: Option<usize>,
    /// The nodes of each sum with something in it that is beside the tree.
    sums: Vec<Vec<usize>>,
}

impl Blocks {
    pub(super) fn new(side: &Trimmed) -> Self {
        let len = side.axis.len();
        // A block has the number of the node of which it holds the parts, or of the one that it is plus len.
        let mut of: Arr<usize> = (0..len).map(|node| len + node).collect();
        let mut members: Arr<Vec<usize>> = Arr::of(Vec::new(), len);
        (0..len).for_each(|node| members.push(vec![node]));
        for (total, parts) in side.axis.sums.iter().take(side.tree_sums) {
            parts.iter().for_each(|part| of[*part] = *total);
            members[*total].clone_from(parts);
        }
        let mut above: Arr<Option<usize>> =
            (0..2 * len).map(|block| (block < len).then(|| of[block])).collect();
        let outside: Vec<usize> = side.beside_tree().collect();
        let beside = (!outside.is_empty()).then_some(2 * len);
        let mut sums: Vec<Vec<usize>> = Vec::new();
        if let Some(block) = beside {
            outside.iter().for_each(|node| of[*node] = block);
            members.push(outside);
            members.push((0..len).collect());
            above.push(None);
            above.push(None);
            let all = side.axis.sums.iter().skip(side.tree_sums);
            sums.extend(all.map(|(total, parts)| parts.iter().copied().chain([*total]).collect()));
            let same = side.axis.representatives();
            let same = same.iter().copied().enumerate().filter(|(node, same)| node != same);
            sums.extend(same.map(|(node, same)| vec![node, same]));
        }
        Self { of, above, members, beside, sums }
    }

    /// How many numbers blocks have.
    pub(super) fn count(&self) -> usize {
        self.above.len()
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

    /// The block of a node that is in no other one.
    fn alone(&self, node: usize) -> usize {
        self.of.len() + node
    }

    /// The block of all nodes where something is beside the tree, instead of one that is less.
    fn whole(&self, block: usize) -> usize {
        self.beside.map_or(block, |beside| beside + 1)
    }

    /// The blocks of the tree.
    fn tree(&self) -> impl Iterator<Item = usize> {
        let len = self.of.len();
        let is_there = move |block: &usize| match block.checked_sub(len) {
            Some(root) => root < len && self.of[root] == *block,
            None => self.size(*block) > 0,
        };
        (0..self.members.len()).filter(is_there)
    }

    /// What is beside the tree and can be the one of a sum of which all others are in these blocks.
    fn following(&self, blocks: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        loop {
            let before = found.len();
            for sum in &self.sums {
                let is_there = |node: &usize| blocks.contains(&self.of[*node]) || found.contains(node);
                let mut others = sum.iter().copied().filter(|node| !is_there(node));
                if let (Some(node), None) = (others.next(), others.next()) {
                    found.extend(Some(node).filter(|node| self.beside == Some(self.of[*node])));
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }
}

/// The blocks of a table that an edition has to do with, each with those above it.
pub(super) struct Scope {
    /// Those with something given in them or under them.
    pub(super) found: Vec<Vec<usize>>,
    /// Those of them that are not there only since something beside a tree binds all of the tree, and of what is
    /// crossed two by two not those of which less than half is given: a cell of them leaves the others as they are.
    pub(super) told: Vec<Vec<usize>>,
    /// Those without which these leave something out ([`joint::missing`]).
    pub(super) joint: Vec<Vec<usize>>,
    /// Those that hold the ones that are found, with all that is and is not beside a tree: of that too it can be
    /// known that nobody is there.
    pub(super) around: BTreeSet<Vec<usize>>,
}

impl Scope {
    /// That of an edition in which something is given at these nodes of the axes. What is given beside a tree
    /// binds all of the tree.
    pub(super) fn new<'a>(blocks: &[Blocks], given: impl Iterator<Item = &'a Vec<usize>>) -> Self {
        let (mut closed, mut told) = (Closed::new(blocks, true), Closed::new(blocks, false));
        let mut given_in: HashMap<usize, usize> = HashMap::new();
        for nodes in given {
            let block: Vec<usize> = blocks.iter().zip(nodes).map(|(own, node)| own.of[*node]).collect();
            *given_in.entry(joined(&block, &told.widths)).or_default() += 1;
            told.add(block.clone());
            closed.add(block);
        }
        let count = closed.all.len();
        let mut crossed = Closed::new(blocks, false);
        for block in joint::missing(&closed.all, blocks) {
            closed.add_beside(&block);
            crossed.add(block.clone());
            closed.add(block);
        }
        let is_bare = |block: &Vec<usize>| {
            let given = given_in.get(&joined(block, &crossed.widths)).copied().unwrap_or(0);
            divided(blocks, block) > 2 && given < size(blocks, block).div_ceil(2)
        };
        told.all.retain(|block| !crossed.has(block) || !is_bare(block));
        let joint = closed.all.split_off(count);
        closed.add_following();
        let whole =
            |block: &Vec<usize>| blocks.iter().zip(block).map(|(own, slot)| own.whole(*slot)).collect();
        let around = closed.all.iter().map(whole).collect();
        Self { found: closed.all, told: told.all, joint, around }
    }
}

/// How many dimensions a block divides.
fn divided(blocks: &[Blocks], block: &[usize]) -> usize {
    blocks.iter().zip(block).filter(|(own, slot)| own.top(**slot) != **slot).count()
}

/// How many places a block has.
pub(super) fn size(blocks: &[Blocks], block: &[usize]) -> usize {
    let sizes = blocks.iter().zip(block).map(|(own, slot)| own.size(*slot));
    sizes.fold(1, usize::saturating_mul)
}

/// The places of a block by node, in one number.
pub(super) fn keys(blocks: &[Blocks], block: &[usize]) -> Vec<usize> {
    let mut places = vec![0];
    for (own, slot) in blocks.iter().zip(block) {
        let (nodes, size) = (&own.members[*slot], own.of.len());
        places = places.iter().flat_map(|place| nodes.iter().map(move |node| place * size + node)).collect();
    }
    places
}

/// Blocks of a table, each with those above it.
struct Closed<'a> {
    blocks: &'a [Blocks],
    /// Whether what is beside a tree comes with all of the tree.
    with_tree: bool,
    widths: Vec<usize>,
    seen: HashSet<usize>,
    all: Vec<Vec<usize>>,
}

impl<'a> Closed<'a> {
    fn new(blocks: &'a [Blocks], with_tree: bool) -> Self {
        let widths = blocks.iter().map(|own| own.count()).collect();
        Self { blocks, with_tree, widths, seen: HashSet::new(), all: Vec::new() }
    }

    fn has(&self, block: &[usize]) -> bool {
        self.seen.contains(&joined(block, &self.widths))
    }

    fn add(&mut self, block: Vec<usize>) {
        let mut waiting = vec![block];
        while let Some(block) = waiting.pop() {
            if !self.seen.insert(joined(&block, &self.widths)) {
                continue;
            }
            for (side, (own, slot)) in self.blocks.iter().zip(&block).enumerate() {
                waiting.extend(own.above[*slot].map(|above| put(&block, side, above)));
                if self.with_tree && own.beside == Some(*slot) {
                    waiting.extend(own.tree().map(|slot| put(&block, side, slot)));
                }
            }
            self.all.push(block);
        }
    }

    /// Adds with a joint block what is beside a tree that it divides, where something is given of that with each
    /// other division of it: then that binds too.
    fn add_beside(&mut self, block: &[usize]) {
        let tops: Vec<usize> = self.blocks.iter().zip(block).map(|(own, slot)| own.top(*slot)).collect();
        let divides = |side: usize| block.get(side) != tops.get(side);
        for (side, own) in self.blocks.iter().enumerate().filter(|(side, _)| divides(*side)) {
            let Some(beside) = own.beside else { continue };
            let with = put(&tops, side, beside);
            let mut others = block.iter().enumerate().filter(|(other, _)| *other != side && divides(*other));
            let is_given = |(other, slot): (usize, &usize)| self.has(&put(&with, other, *slot));
            if others.all(is_given) {
                self.add(put(block, side, beside));
            }
        }
    }

    /// Adds what can follow beside the tree.
    fn add_following(&mut self) {
        for (side, own) in self.blocks.iter().enumerate().filter(|(_, own)| own.beside.is_some()) {
            let mut with: BTreeMap<Vec<usize>, BTreeSet<usize>> = BTreeMap::new();
            for block in &self.all {
                let slot = block.get(side).copied();
                with.entry(put(block, side, 0)).or_default().extend(slot);
            }
            for (block, slots) in with {
                let nodes = own.following(&slots);
                nodes.into_iter().for_each(|node| self.add(put(&block, side, own.alone(node))));
            }
        }
    }
}

/// A block with another one of a dimension.
fn put(block: &[usize], side: usize, slot: usize) -> Vec<usize> {
    let mut block = block.to_vec();
    block.get_mut(side).into_iter().for_each(|own| *own = slot);
    block
}

pub(super) fn joined(nodes: &[usize], sizes: &[usize]) -> usize {
    nodes.iter().zip(sizes).fold(0, |place, (node, size)| place * size + node)
}
