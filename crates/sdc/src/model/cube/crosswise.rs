//! What is missing along two dimensions at once.
//!
//! Where of some areas only some categories are known, what these leave of the total is known for each of these
//! areas. Where it is for an area that holds others too, so is what is left of it in the others: several areas in
//! several categories, that are no place together. For that the missing areas, or the missing categories, must be
//! a node.

use std::collections::{BTreeSet, HashMap};

use super::grid::{Grid, Line, Spread};
use super::meter::Meter;
use crate::arr::Arr;
use crate::model::dimension::Axis;

/// A total of a dimension that is divided in parts and all that is left besides these, by the codes of nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    total: String,
    parts: Vec<String>,
    left: Vec<String>,
}

/// Gaps, each with its dimension.
pub(super) type Gaps = BTreeSet<(usize, Gap)>;

impl Gap {
    /// Makes what is left a node.
    pub(super) fn divide(&self, axis: &mut Axis) {
        let by_code: HashMap<&String, usize> =
            axis.codes.iter().enumerate().map(|(node, code)| (code, node)).collect();
        let nodes = |codes: &[String]| -> Option<Vec<usize>> {
            codes.iter().map(|code| by_code.get(code).copied()).collect()
        };
        let total = by_code.get(&self.total).copied();
        if let (Some(total), Some(parts), Some(left)) = (total, nodes(&self.parts), nodes(&self.left)) {
            axis.divide(total, &parts, &left);
        }
    }
}

/// The gaps by which something follows that matters, of the first dimension that has any. `matters` is asked with
/// what is left and of what it is left.
pub(super) fn gaps(
    grid: &Grid,
    values: &Arr<Option<i64>>,
    matters: &dyn Fn(i64, i64) -> bool,
    meter: &mut Meter<'_>,
) -> Gaps {
    for along in 0..grid.sides.len() {
        let found = Crossing::new(grid, values, along).gaps(matters, meter);
        if !found.is_empty() {
            return found.into_iter().map(|gap| (along, gap)).collect();
        }
    }
    Gaps::new()
}

/// The lines across a dimension along which something can be missing.
struct Crossing<'a> {
    grid: &'a Grid,
    values: &'a Arr<Option<i64>>,
    along: usize,
    /// The children of each node of the tree of the dimension, and what each is a child of.
    children: Arr<Vec<usize>>,
    parents: Arr<Option<usize>>,
}

/// A node of the dimension, divided in what is known and what is missing.
struct Division {
    known: Vec<usize>,
    missing: Vec<usize>,
}

impl<'a> Crossing<'a> {
    fn new(grid: &'a Grid, values: &'a Arr<Option<i64>>, along: usize) -> Self {
        let (mut children, mut parents) = (Arr::default(), Arr::default());
        if let Some(side) = grid.sides.get(along) {
            children = Arr::of(Vec::new(), side.axis.len());
            parents = Arr::of(None, side.axis.len());
            for (total, parts) in side.axis.sums.iter().take(side.tree_sums) {
                parts.iter().for_each(|part| parents[*part] = Some(*total));
                children[*total].clone_from(parts);
            }
        }
        Self { grid, values, along, children, parents }
    }

    fn gaps(&self, matters: &dyn Fn(i64, i64) -> bool, meter: &mut Meter<'_>) -> BTreeSet<Gap> {
        let is_open = |place: usize| {
            let line = self.values[place].and_then(|_| self.grid.tree_line(self.along, place));
            line.is_some_and(|line| line.parts.iter().any(|part| self.values[*part].is_none()))
        };
        let open: Arr<bool> = (0..self.grid.len()).map(is_open).collect();
        let mut gaps = BTreeSet::new();
        if !open.iter().any(|own| *own) {
            return gaps;
        }
        for line in self.grid.lines.iter().filter(|line| line.tree && line.along != self.along) {
            let node = self.grid.node(line.total, self.along);
            if self.children[node].is_empty() {
                continue;
            }
            for known in self.candidates(line, &open) {
                let division = self.divided(node, &known);
                if !meter.count(known.len() + division.missing.len() + line.parts.len()) {
                    return BTreeSet::new();
                }
                let divides = division.missing.len() > 1 && !division.known.is_empty();
                if divides && self.tells(line, &division, matters) {
                    gaps.extend(self.gap(node, &division));
                }
            }
        }
        gaps
    }

    /// What is known along the dimension at a place on or under a line, and there and at its total.
    fn candidates(&self, line: &Line, open: &Arr<bool>) -> BTreeSet<BTreeSet<usize>> {
        let mut waiting = vec![line.total];
        let mut found: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
        while let Some(place) = waiting.pop() {
            waiting.extend(self.grid.tree_line(line.along, place).into_iter().flat_map(|under| &under.parts));
            if open[place] {
                found.insert(self.known(place));
            }
        }
        if !found.is_empty() {
            let of_total = self.known(line.total);
            let common = found.iter().map(|own| own.intersection(&of_total).copied().collect());
            found = common.chain(found.iter().cloned()).collect();
        }
        found
    }

    /// The nodes under that of a place of which the value is known there.
    fn known(&self, place: usize) -> BTreeSet<usize> {
        let (mut known, mut waiting) =
            (BTreeSet::new(), self.children[self.grid.node(place, self.along)].clone());
        while let Some(node) = waiting.pop() {
            waiting.extend(&self.children[node]);
            if self.value(place, node).is_some() {
                known.insert(node);
            }
        }
        known
    }

    fn value(&self, place: usize, node: usize) -> Option<i128> {
        self.grid.beside(place, self.along, node).and_then(|own| self.values[own]).map(i128::from)
    }

    /// A node, divided in the highest nodes under it that are known and the highest that hold none of these.
    fn divided(&self, node: usize, known: &BTreeSet<usize>) -> Division {
        let mut holding = BTreeSet::new();
        for own in known {
            holding.extend(std::iter::successors(Some(*own), |node| self.parents[*node]));
        }
        let (mut division, mut waiting) =
            (Division { known: Vec::new(), missing: Vec::new() }, self.children[node].clone());
        while let Some(next) = waiting.pop() {
            if known.contains(&next) {
                division.known.push(next);
            } else if holding.contains(&next) {
                waiting.extend(&self.children[next]);
            } else {
                division.missing.push(next);
            }
        }
        division.known.sort_unstable();
        division.missing.sort_unstable();
        division
    }

    /// Whether it follows what is left in several areas, say, of what a division leaves, that is no place and
    /// matters.
    fn tells(&self, line: &Line, division: &Division, matters: &dyn Fn(i64, i64) -> bool) -> bool {
        let Some(total) = self.left(line.total, division) else { return false };
        let is_known = |place: usize| self.left(place, division).is_some();
        let (known, missing) = line.parts.iter().partition(|part| is_known(**part));
        let level = Spread { known, missing, is_of_level: true };
        [level, self.grid.spread(line, is_known)].iter().any(|spread| {
            let known = spread.known.iter().filter_map(|place| self.left(*place, division)).sum::<i128>();
            let rest = [total - known, total].map(i64::try_from);
            let [Ok(rest @ 0..), Ok(total)] = rest else { return false };
            !spread.known.is_empty()
                && !spread.missing.is_empty()
                && matters(rest, total)
                && !self.is_there(line, spread, division)
        })
    }

    /// What a division leaves at a place, where that is known.
    fn left(&self, place: usize, Division { known, missing }: &Division) -> Option<i128> {
        let sum = |nodes: &[usize]| nodes.iter().map(|node| self.value(place, *node)).sum::<Option<i128>>();
        sum(missing).or_else(|| Some(i128::from(self.values[place]?) - sum(known)?))
    }

    /// Whether what follows is a place or is left of places: what the division leaves is a node, or what is missing
    /// along the line is.
    fn is_there(&self, line: &Line, Spread { known, missing, .. }: &Spread, division: &Division) -> bool {
        let is_known =
            |node| known.iter().chain([&line.total]).all(|place| self.value(*place, node).is_some());
        let nodes: Vec<usize> = missing.iter().map(|place| self.grid.node(*place, line.along)).collect();
        let is_left = |node| {
            let place = self.grid.beside(line.total, line.along, node);
            place.is_some_and(|place| self.left(place, division).is_some())
        };
        self.joined(self.along, &division.missing).is_some_and(is_known)
            || self.joined(line.along, &nodes).is_some_and(is_left)
    }

    /// The node of a dimension that is these together.
    fn joined(&self, along: usize, nodes: &[usize]) -> Option<usize> {
        let sets = self.grid.sides.get(along)?.axis.sets();
        let mut all: Vec<usize> = nodes.iter().flat_map(|node| sets[*node].iter().copied()).collect();
        all.sort_unstable();
        sets.iter().position(|own| *own == all)
    }

    fn gap(&self, node: usize, Division { known, missing }: &Division) -> Option<Gap> {
        let codes = &self.grid.sides.get(self.along)?.axis.codes;
        let of = |nodes: &[usize]| nodes.iter().map(|node| codes[*node].clone()).collect();
        Some(Gap { total: codes[node].clone(), parts: of(known), left: of(missing) })
    }
}
