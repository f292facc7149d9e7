//! The part of a dimension that a cube needs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::crosswise::Gap;
use super::groups::{Needed, needed};
use crate::arr::Arr;
use crate::model::dimension::Axis;
use crate::model::{Dimension, Group, Kind, ModelError, Node};

/// A dimension without the nodes that no given cell has to do with.
#[derive(Clone, Debug)]
pub(super) struct Trimmed {
    pub(super) dimension: Dimension,
    pub(super) axis: Axis,
    /// For each node given (nodes, then groups) its node on the axis.
    pub(super) places: Arr<Option<usize>>,
    /// How many sums of the axis are those of the tree.
    pub(super) tree_sums: usize,
    /// Whether a node has a part for what its other parts leave over.
    pub(super) has_rest: Arr<bool>,
    /// The code under which each node of the axis goes: equal sets of leaves have one.
    pub(super) names: Arr<String>,
    /// For each leaf of the axis the leaves given that it is, when there are groups that are not here.
    leaves: Option<Arr<Vec<usize>>>,
}

/// The nodes of a dimension as they were given, and which of them have to do with given cells.
pub(super) struct Tree<'a> {
    pub(super) dimension: &'a Dimension,
    by_code: HashMap<&'a str, usize>,
    pub(super) parents: Arr<Option<usize>>,
    pub(super) children: Arr<Vec<usize>>,
    /// The node is more than its parts.
    leaving: Arr<bool>,
    /// A cell is given on the node, or it is a member of a group that is needed; groups follow nodes.
    pub(super) used: Arr<bool>,
    /// A node is used on or under it.
    kept: Arr<bool>,
    /// The leaves of which it is known that they are zero in some cell.
    pub(super) zeros: &'a BTreeSet<usize>,
}

impl Trimmed {
    /// Keeps the nodes of `used` and what lies above them, and the groups that follow from these, where
    /// leaves of `zeros` are zero. Totals of `leaving`, by code, get a part for what their parts leave over;
    /// a total with parts that are not kept gets one for these. What the gaps leave of totals are nodes.
    pub(super) fn new(
        dimension: &Dimension,
        used: Arr<bool>,
        zeros: &BTreeSet<usize>,
        leaving: &BTreeSet<String>,
        gaps: &[&Gap],
    ) -> Result<Self, ModelError> {
        // What is wrong with the dimension is found on the whole of it.
        Axis::new(dimension)?;
        let mut tree = Tree::new(dimension, used, zeros, leaving);
        let groups = tree.groups();
        let dropped = tree.dropped();
        tree.keep_last_parts(&dropped);
        let mut codes: BTreeSet<String> = dimension.nodes.iter().map(|node| node.code.clone()).collect();
        let mut trimmed = Dimension { name: dimension.name.clone(), nodes: Vec::new(), groups };
        let (mut rests, mut with_rest) = (BTreeSet::new(), BTreeSet::new());
        for (index, node) in dimension.nodes.iter().enumerate() {
            if !tree.kept[index] || dropped[index] {
                continue;
            }
            let parent = tree.parents[index].filter(|parent| !dropped[*parent]);
            trimmed.nodes.push(Node { code: node.code.clone(), parent: parent.and(node.parent.clone()) });
            let kept = tree.children[index].iter().filter(|child| tree.kept[**child]).count();
            if kept > 0 && (kept < tree.children[index].len() || tree.leaving[index]) {
                let mut code = format!("{}/onbekend", node.code);
                while !codes.insert(code.clone()) {
                    code.push_str("/onbekend");
                }
                rests.insert(code.clone());
                with_rest.insert(node.code.clone());
                trimmed.nodes.push(Node { code, parent: Some(node.code.clone()) });
            }
        }
        let mut axis = Axis::new(&trimmed)?;
        let by_code: HashMap<&str, usize> =
            axis.codes.iter().enumerate().map(|(place, code)| (code.as_str(), place)).collect();
        let given = dimension.nodes.iter().map(|node| &node.code);
        let places = given
            .chain(dimension.groups.iter().map(|group| &group.code))
            .map(|code| by_code.get(code.as_str()).copied())
            .collect();
        let tree_sums = axis.sums.len();
        for node in 0..axis.len() {
            if rests.contains(&axis.codes[node]) {
                axis.kinds[node] = Kind::Residual;
            }
        }
        axis.add_slivers()?;
        let lacks_groups = trimmed.groups.len() < dimension.groups.len();
        let leaves = lacks_groups.then(|| tree.leaves_of(&axis, &places));
        gaps.iter().for_each(|gap| gap.divide(&mut axis));
        let has_rest = axis.codes.iter().map(|code| with_rest.contains(code)).collect();
        let names = tree.names(&axis, &places, &with_rest);
        Ok(Self { dimension: trimmed, axis, places, tree_sums, has_rest, names, leaves })
    }

    /// The nodes of the axis that are not of its tree: groups, and what these leave of nodes.
    pub(super) fn beside_tree(&self) -> impl Iterator<Item = usize> {
        let tree: HashSet<&String> = self.dimension.nodes.iter().map(|node| &node.code).collect();
        (0..self.axis.len()).filter(move |node| !tree.contains(&self.axis.codes[*node]))
    }

    /// Whether there are groups that are not here, as they do not follow.
    pub(super) fn lacks_groups(&self) -> bool {
        self.leaves.is_some()
    }

    /// The leaves given under a node of the axis, as far as more groups could follow if these are zero.
    pub(super) fn leaves(&self, node: usize) -> impl Iterator<Item = usize> {
        let under = self.leaves.iter().map(move |leaves| (leaves, &self.axis.sets()[node]));
        under.flat_map(|(leaves, under)| under.iter().flat_map(|leaf| leaves[*leaf].iter().copied()))
    }
}

impl<'a> Tree<'a> {
    fn new(
        dimension: &'a Dimension,
        used: Arr<bool>,
        zeros: &'a BTreeSet<usize>,
        leaving: &BTreeSet<String>,
    ) -> Self {
        let by_code: HashMap<&str, usize> =
            dimension.nodes.iter().enumerate().map(|(index, node)| (node.code.as_str(), index)).collect();
        let nodes = dimension.nodes.iter();
        let parents: Arr<Option<usize>> =
            nodes.map(|node| by_code.get(node.parent.as_deref()?).copied()).collect();
        let mut children: Arr<Vec<usize>> = Arr::of(Vec::new(), parents.len());
        for (index, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(index);
            }
        }
        let kept = Arr::of(false, parents.len());
        let leaving = dimension.nodes.iter().map(|node| leaving.contains(&node.code)).collect();
        let mut tree = Self { dimension, by_code, parents, children, leaving, used, kept, zeros };
        for index in 0..tree.parents.len() {
            if tree.used[index] {
                tree.keep(index);
            }
        }
        tree
    }

    fn keep(&mut self, node: usize) {
        let mut next = Some(node);
        while let Some(node) = next.filter(|node| !self.kept[*node]) {
            self.kept[node] = true;
            next = self.parents[node];
        }
    }

    /// The nodes with these codes.
    pub(super) fn places(&self, codes: &[String]) -> BTreeSet<usize> {
        codes.iter().filter_map(|code| self.by_code.get(code.as_str()).copied()).collect()
    }

    /// Whether a node has something that is in none of its children.
    pub(super) fn is_leaf(&self, node: usize) -> bool {
        self.children[node].is_empty() || self.leaving[node]
    }

    /// The leaves under these nodes, of which none lies in another.
    pub(super) fn leaves(&self, nodes: &BTreeSet<usize>) -> Vec<usize> {
        let (mut waiting, mut leaves): (Vec<usize>, _) = (nodes.iter().copied().collect(), Vec::new());
        while let Some(node) = waiting.pop() {
            waiting.extend(&self.children[node]);
            leaves.extend(self.is_leaf(node).then_some(node));
        }
        leaves
    }

    /// The groups that are needed; their nodes are kept then.
    fn groups(&mut self) -> Vec<Group> {
        let needed = needed(self);
        for node in needed.iter().flat_map(|own| own.members.iter().chain(&own.partly)) {
            self.keep(*node);
            self.used[*node] = true;
        }
        let codes = |nodes: &BTreeSet<usize>| {
            let nodes = nodes.iter().filter_map(|node| self.dimension.nodes.get(*node));
            nodes.map(|node| node.code.clone()).collect()
        };
        let group = |own: &Needed| {
            let code = self.dimension.groups.get(own.group)?.code.clone();
            Some(Group { code, members: codes(&own.members), partly: codes(&own.partly) })
        };
        needed.iter().filter_map(group).collect()
    }

    /// The kept nodes at the top that say nothing: no cell is given on them and only one part of them
    /// is kept.
    fn dropped(&self) -> Arr<bool> {
        let mut dropped = Arr::of(false, self.kept.len());
        for root in (0..self.kept.len()).filter(|index| self.parents[*index].is_none() && self.kept[*index]) {
            let mut next = Some(root);
            while let Some(node) = next.take() {
                let mut below = self.children[node].iter().filter(|child| self.kept[**child]);
                if let (false, Some(only), None) = (self.used[node], below.next(), below.next()) {
                    dropped[node] = true;
                    next = Some(*only);
                }
            }
        }
        dropped
    }

    /// When one part of a total is not kept and nothing is left over, that part is the rest.
    fn keep_last_parts(&mut self, dropped: &Arr<bool>) {
        for index in 0..self.parents.len() {
            let mut not_kept = self.children[index].iter().filter(|child| !self.kept[**child]);
            let last = (not_kept.next().copied(), not_kept.next());
            let inside = self.kept[index] && !dropped[index] && self.children[index].len() > 1;
            if let (true, (Some(part), None)) = (inside && !self.leaving[index], last) {
                self.kept[part] = true;
            }
        }
    }

    /// For each leaf of the axis the leaves that it is: of a part for what others leave over those that are
    /// not kept.
    fn leaves_of(&self, axis: &Axis, places: &Arr<Option<usize>>) -> Arr<Vec<usize>> {
        let mut leaves: Arr<Vec<usize>> = Arr::of(Vec::new(), axis.len());
        let mut own: Arr<Option<usize>> = (0..axis.len()).map(Some).collect();
        for (total, parts) in &axis.sums {
            own[*total] = parts.iter().copied().find(|part| axis.kinds[*part] == Kind::Residual);
        }
        for leaf in (0..self.parents.len()).filter(|node| self.is_leaf(*node)) {
            let mut kept = Some(leaf);
            while let Some(node) = kept.filter(|node| places[*node].is_none()) {
                kept = self.parents[node];
            }
            if let Some(node) = kept.and_then(|node| places[node]).and_then(|node| own[node]) {
                leaves[node].push(leaf);
            }
        }
        leaves
    }

    /// Of nodes with the same leaves the name is that of the highest in the tree, whether it is kept
    /// or not.
    fn names(&self, axis: &Axis, places: &Arr<Option<usize>>, with_rest: &BTreeSet<String>) -> Arr<String> {
        let codes: Arr<&String> = self.dimension.nodes.iter().map(|node| &node.code).collect();
        let mut names: Arr<(bool, &String)> = axis.codes.iter().map(|code| (true, code)).collect();
        for index in 0..self.parents.len() {
            let Some(place) = places[index] else { continue };
            let mut top = index;
            while let Some(parent) = self.parents[top]
                && self.children[parent].len() == 1
                && !with_rest.contains(codes[parent])
            {
                top = parent;
            }
            names[place] = (false, codes[top]);
        }
        let mut first: HashMap<&[usize], (bool, &String)> = HashMap::new();
        for node in 0..axis.len() {
            let own = first.entry(axis.sets()[node].as_slice()).or_insert(names[node]);
            *own = (*own).min(names[node]);
        }
        (0..axis.len())
            .map(|node| match axis.sets()[node].as_slice() {
                [] => names[node].1.clone(),
                set => first.get(set).map_or(names[node].1, |(_, name)| *name).clone(),
            })
            .collect()
    }
}
