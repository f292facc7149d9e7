//! The places where a cell can be, and the sums between them.

use std::collections::{BTreeSet, HashMap};

use super::blocks::{Blocks, Scope, joined, keys, size};
use super::trim::Trimmed;
use super::{Only, Shares};
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

/// What an edition tells of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Something is given in its block or under it.
    Found,
    /// Nothing is, and so nothing follows, but it binds: what is given leaves something out without it.
    Joint,
    /// It binds nothing.
    Idle,
}

/// Most places that are joint, of all editions: for each of them a value must be found, and all of them are
/// looked at with what is withheld around them. With 5,000 of them that takes a second for each protected cell.
const MOST_JOINT: usize = 20_000;

/// # Errors
/// When so many places are too many to be joint.
pub(super) fn not_too_many(joint: usize) -> Result<(), ModelError> {
    let too_many = ModelError::TooManyCrossed { cells: joint, most: MOST_JOINT };
    if joint > MOST_JOINT { Err(too_many) } else { Ok(()) }
}

/// All places that can matter, in the order of their codes.
///
/// The parts of a node along each of the dimensions make a block of places. Here are for each edition the blocks
/// with something given in them or under them along every dimension, and those without which these leave
/// something out ([`Scope`]). The places of other blocks bind nothing: whatever is here, there are numbers to
/// fill them. So two breakdowns that are never crossed cost no crossed cells.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) sides: Vec<Trimmed>,
    /// The node of each place along each dimension, in one number.
    keys: Arr<usize>,
    at: HashMap<usize, usize>,
    /// For each edition what it tells of each place.
    pub(super) reach: Vec<Arr<Reach>>,
    /// For each edition the places of blocks with something given in them or under them, and not only beside.
    pub(super) told: Vec<Arr<bool>>,
    pub(super) lines: Arr<Line>,
    pub(super) lines_of: Lists<usize>,
    /// Along which dimension only one share adds up.
    only: Option<Only>,
}

impl Grid {
    /// The grid for editions with cells at these nodes of the axes.
    pub(super) fn new(
        sides: Vec<Trimmed>,
        editions: &[Vec<Vec<usize>>],
        shares: Option<Shares>,
    ) -> Result<Self, ModelError> {
        let too_large = || ModelError::TooLarge { what: "the number of cells".to_owned() };
        let blocks: Vec<Blocks> = sides.iter().map(Blocks::new).collect();
        let all = blocks.iter().try_fold(1usize, |all, own| all.checked_mul(own.count()));
        all.filter(|all| *all < usize::MAX >> 4).ok_or_else(too_large)?;
        let scopes: Vec<Scope> = editions.iter().map(|nodes| Scope::new(&blocks, nodes.iter())).collect();
        for Scope { joint, .. } in &scopes {
            let sizes = joint.iter().map(|block| size(&blocks, block));
            not_too_many(sizes.fold(0, usize::saturating_add))?;
        }
        let of = |all: &[Vec<usize>]| all.iter().flat_map(|block| keys(&blocks, block)).collect::<Vec<_>>();
        let around: BTreeSet<&Vec<usize>> = scopes.iter().flat_map(|own| &own.around).collect();
        let around = around.into_iter().flat_map(|block| keys(&blocks, block));
        let in_told: Vec<Vec<usize>> = scopes.iter().map(|own| of(&own.told)).collect();
        let scopes: Vec<[Vec<usize>; 2]> =
            scopes.iter().map(|own| [of(&own.joint), of(&own.found)]).collect();
        let mut keys: Vec<usize> = scopes.iter().flatten().flatten().copied().chain(around).collect();
        keys.sort_unstable();
        keys.dedup();
        let at: HashMap<usize, usize> = keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        let reach = |[joint, found]: &[Vec<usize>; 2]| {
            let mut reach = Arr::of(Reach::Idle, keys.len());
            for (keys, own) in [(joint, Reach::Joint), (found, Reach::Found)] {
                keys.iter().filter_map(|key| at.get(key)).for_each(|place| reach[*place] = own);
            }
            reach
        };
        let reach = scopes.iter().map(reach).collect();
        let told = |in_told: &Vec<usize>| {
            let mut told = Arr::of(false, keys.len());
            in_told.iter().filter_map(|key| at.get(key)).for_each(|place| told[*place] = true);
            told
        };
        let told = in_told.iter().map(told).collect();
        let (keys, empty) = (keys.into(), Lists::default());
        let only = shares.and_then(|own| own.only);
        let mut grid = Self { sides, keys, at, reach, told, lines: Arr::default(), lines_of: empty, only };
        grid.draw_lines(shares);
        Ok(grid)
    }

    /// Draws the sums along each dimension, where only one share adds up those of that share.
    fn draw_lines(&mut self, shares: Option<Shares>) {
        let mut lines = Vec::new();
        let mut stride: usize = self.sides.iter().map(|side| side.axis.len()).product();
        for (along, side) in self.sides.iter().enumerate() {
            let size = side.axis.len();
            stride /= size.max(1);
            let only = shares.zip(self.only.filter(|own| own.dimension == along));
            let adds_up = |place: usize| {
                only.is_none_or(|(shares, only)| {
                    let share =
                        self.sides.get(shares.along).and_then(|own| own.places.find(only.share).copied());
                    share.flatten().is_some_and(|share| self.nodes(place).get(shares.along) == Some(&share))
                })
            };
            let mut sums: Arr<Vec<(Vec<usize>, bool)>> = Arr::of(Vec::new(), size);
            for (index, (total, parts)) in side.axis.sums.iter().enumerate() {
                sums[*total].push((parts.clone(), index < side.tree_sums));
            }
            if side.beside_tree().next().is_some() {
                for (node, same) in side.axis.representatives().iter().enumerate() {
                    if *same != node {
                        sums[node].push((vec![*same], false));
                    }
                }
            }
            for (total, key) in self.keys.iter().enumerate().filter(|(place, _)| adds_up(*place)) {
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

    /// How many places there are in the sums, and apart.
    pub(super) fn steps(&self) -> usize {
        self.lines_of.count() + self.len()
    }

    /// Whether every combination of nodes is here, and all of them add up.
    pub(super) fn is_full(&self) -> bool {
        self.only.is_none() && self.sides.iter().map(|side| side.axis.len()).product::<usize>() == self.len()
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

    /// The node of a place along a dimension.
    pub(super) fn node(&self, place: usize, along: usize) -> usize {
        self.nodes(place).get(along).copied().unwrap_or(0)
    }

    /// The place with another node along a dimension.
    pub(super) fn beside(&self, place: usize, along: usize, node: usize) -> Option<usize> {
        let mut nodes = self.nodes(place);
        nodes.get_mut(along).into_iter().for_each(|own| *own = node);
        self.place(&nodes)
    }

    /// The nodes of a place, in one number.
    pub(super) fn key(&self, place: usize) -> usize {
        self.keys[place]
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

    /// The codes of a place as they are given, by which it is told apart from another one with the same parts.
    pub(super) fn name_apart(&self, place: usize) -> String {
        let codes =
            self.sides.iter().zip(self.nodes(place)).map(|(side, node)| side.axis.codes[node].as_str());
        codes.collect::<Vec<_>>().join("|")
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
