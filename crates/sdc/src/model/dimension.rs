//! One dimension of a table: a tree of codes, and groups that need not nest in it.

use std::collections::{BTreeSet, HashMap};

use super::{Kind, ModelError};
use crate::arr::Arr;

/// A dimension as it is given: areas, a breakdown, or periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dimension {
    /// Name, for messages.
    pub name: String,
    /// The tree. A node with children is their total. Several roots (periods) have no total.
    pub nodes: Vec<Node>,
    /// Registered areas, or areas of an older division, that do not nest in the tree.
    pub groups: Vec<Group>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Code, once per dimension.
    pub code: String,
    /// Code of the node of which it is a part; none for a root.
    pub parent: Option<String>,
}

/// An area beside the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Code, once per dimension.
    pub code: String,
    /// Nodes of the tree that lie in it as a whole.
    pub members: Vec<String>,
    /// Nodes of the tree of which a part lies in it, as with older boundaries.
    pub partly: Vec<String>,
}

/// A dimension with the nodes that can be derived.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) codes: Arr<String>,
    pub(super) kinds: Arr<Kind>,
    pub(super) heights: Arr<u32>,
    /// For each node as given (nodes, then groups) its place in the order of codes.
    pub(super) rank: Arr<usize>,
    /// Total and parts, by node.
    pub(super) sums: Vec<(usize, Vec<usize>)>,
    /// What each derived node is: nodes with +1 or -1. Derived nodes follow the given ones.
    pub(super) derived: Vec<Vec<(usize, i64)>>,
    /// Leaves under each node, sorted; empty when they are not known (a piece of a leaf).
    sets: Arr<Vec<usize>>,
    groups: Vec<(usize, Vec<usize>, Vec<usize>)>,
}

impl Axis {
    pub(super) fn new(dimension: &Dimension) -> Result<Self, ModelError> {
        let tree = dimension.nodes.iter().map(|node| &node.code);
        let given: Arr<&String> = tree.chain(dimension.groups.iter().map(|group| &group.code)).collect();
        if dimension.nodes.is_empty() {
            return Err(ModelError::Empty { what: format!("dimension \"{}\"", dimension.name) });
        }
        let mut order: Vec<usize> = (0..given.len()).collect();
        order.sort_by_key(|index| given[*index]);
        let mut rank = Arr::of(0, given.len());
        let mut by_code = HashMap::new();
        for (place, index) in order.iter().enumerate() {
            rank[*index] = place;
            if by_code.insert(given[*index].as_str(), place).is_some() {
                return Err(ModelError::Duplicate { code: given[*index].clone() });
            }
        }
        let in_tree: BTreeSet<usize> = (0..dimension.nodes.len()).map(|index| rank[index]).collect();
        let find = |code: &String, named_by: &String| match by_code.get(code.as_str()) {
            Some(place) if in_tree.contains(place) => Ok(*place),
            _ => Err(ModelError::Unknown { code: code.clone(), named_by: named_by.clone() }),
        };
        let mut children: Arr<Vec<usize>> = Arr::of(Vec::new(), given.len());
        let mut parents = Arr::of(None, given.len());
        for (index, node) in dimension.nodes.iter().enumerate() {
            if let Some(parent) = &node.parent {
                let parent = find(parent, &node.code)?;
                parents[rank[index]] = Some(parent);
                children[parent].push(rank[index]);
            }
        }
        let mut axis = Self {
            codes: order.iter().map(|index| given[*index].clone()).collect(),
            kinds: Arr::of(Kind::Given, given.len()),
            heights: Arr::of(0, given.len()),
            sums: Vec::new(),
            derived: Vec::new(),
            sets: Arr::of(Vec::new(), given.len()),
            groups: Vec::new(),
            rank,
        };
        axis.check_tree(&parents)?;
        for (node, parts) in children.iter_mut().enumerate() {
            let mut parts = std::mem::take(parts);
            parts.sort_unstable();
            if !parts.is_empty() {
                axis.sums.push((node, parts));
            }
        }
        for (index, group) in dimension.groups.iter().enumerate() {
            let nodes = |codes: &[String]| {
                codes.iter().map(|code| find(code, &group.code)).collect::<Result<Vec<_>, _>>()
            };
            let place = axis.rank[dimension.nodes.len() + index];
            axis.groups.push((place, nodes(&group.members)?, nodes(&group.partly)?));
        }
        axis.groups.sort();
        Ok(axis)
    }

    /// The leaves under each node.
    pub(super) fn sets(&self) -> &Arr<Vec<usize>> {
        &self.sets
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    fn check_tree(&self, parents: &Arr<Option<usize>>) -> Result<(), ModelError> {
        for start in 0..parents.len() {
            let (mut node, mut steps) = (start, 0);
            while let Some(parent) = parents[node] {
                node = parent;
                steps += 1;
                if steps > parents.len() {
                    return Err(ModelError::Cycle { code: self.codes[start].clone() });
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, code: String, kind: Kind, height: u32, expression: Vec<(usize, i64)>) -> usize {
        self.codes.push(code);
        self.kinds.push(kind);
        self.heights.push(height);
        self.sets.push(Vec::new());
        self.derived.push(expression);
        self.codes.len() - 1
    }

    /// Gives each total of `leaving` a part "onbekend": what the total has more than its parts.
    pub(super) fn add_residuals(&mut self, leaving: &[usize]) {
        for index in leaving {
            let Some((total, parts)) = self.sums.get(*index).cloned() else { continue };
            let expression =
                std::iter::once((total, 1)).chain(parts.iter().map(|part| (*part, -1))).collect();
            let code = format!("{}/onbekend", self.codes[total]);
            let residual = self.add(code, Kind::Residual, 0, expression);
            if let Some((_, parts)) = self.sums.get_mut(*index) {
                parts.push(residual);
            }
        }
    }

    /// Adds what areas that do not nest have in common and what each has that the other has not.
    /// The residuals are there already.
    pub(super) fn add_slivers(&mut self) -> Result<(), ModelError> {
        self.fill_sets();
        let mut by_set: HashMap<Vec<usize>, usize> = HashMap::new();
        for node in 0..self.len() {
            if !self.sets[node].is_empty() {
                by_set.entry(self.sets[node].clone()).or_insert(node);
            }
        }
        let groups = std::mem::take(&mut self.groups);
        for (group, members, partly) in &groups {
            let whole = self.union(members);
            if !partly.is_empty() {
                self.add_pieces(*group, &whole, partly, &mut by_set);
                continue;
            }
            if whole.is_empty() {
                return Err(ModelError::Empty { what: format!("group \"{}\"", self.codes[*group]) });
            }
            self.heights[*group] = 1;
            self.sums.push((*group, whole.clone()));
            by_set.entry(whole.clone()).or_insert(*group);
            self.sets[*group] = whole;
        }
        let known: Vec<usize> = (0..self.len()).filter(|node| !self.sets[*node].is_empty()).collect();
        for (group, _, partly) in &groups {
            if partly.is_empty() {
                for other in &known {
                    self.cut(*group, *other, &mut by_set);
                }
            }
        }
        self.groups = groups;
        Ok(())
    }

    /// The leaves under each node of the tree, from the bottom up.
    fn fill_sets(&mut self) {
        let mut waiting: Vec<usize> = (0..self.sums.len()).collect();
        let totals: BTreeSet<usize> = self.sums.iter().map(|(total, _)| *total).collect();
        let groups: BTreeSet<usize> = self.groups.iter().map(|(group, ..)| *group).collect();
        for node in 0..self.len() {
            if !totals.contains(&node) && !groups.contains(&node) {
                self.sets[node] = vec![node];
            }
        }
        while !waiting.is_empty() {
            waiting.retain(|index| {
                let Some((total, parts)) = self.sums.get(*index) else { return false };
                if parts.iter().any(|part| self.sets[*part].is_empty()) {
                    return true;
                }
                let height = parts.iter().map(|part| self.heights[*part] + 1).max().unwrap_or(0);
                let mut set: Vec<usize> =
                    parts.iter().flat_map(|part| self.sets[*part].iter().copied()).collect();
                set.sort_unstable();
                self.sets[*total] = set;
                self.heights[*total] = height;
                false
            });
        }
    }

    fn union(&self, nodes: &[usize]) -> Vec<usize> {
        let all: BTreeSet<usize> = nodes.iter().flat_map(|node| self.sets[*node].iter().copied()).collect();
        all.into_iter().collect()
    }

    /// Divides a total in these nodes under it and all that is left of it, which is made of the others.
    pub(super) fn divide(&mut self, total: usize, parts: &[usize], others: &[usize]) {
        let left = self.union(others);
        let found = (0..self.len()).find(|node| !left.is_empty() && self.sets[*node] == left);
        let left = found.unwrap_or_else(|| {
            let code = self.code_without(total, parts);
            let height = others.iter().map(|node| self.heights[*node] + 1).max().unwrap_or(0);
            let expression = others.iter().map(|node| (*node, 1)).collect();
            let made = self.add(code, Kind::Sliver, height, expression);
            self.sets[made] = left;
            self.sums.push((made, others.to_vec()));
            made
        });
        self.sums.push((total, parts.iter().copied().chain([left]).collect()));
    }

    /// A code for what is left of a total besides these nodes.
    fn code_without(&self, total: usize, parts: &[usize]) -> String {
        let names: Vec<&str> = parts.iter().map(|part| self.codes[*part].as_str()).collect();
        let besides = match names.as_slice() {
            [first, _, _, more @ ..] => format!("{first} en {} andere", more.len() + 2),
            few => few.join(" en "),
        };
        let mut code = format!("{} zonder {besides}", self.codes[total]);
        while self.codes.iter().any(|own| *own == code) {
            code.push('*');
        }
        code
    }

    /// A group that holds a part of some nodes: the piece inside and the piece outside.
    fn add_pieces(
        &mut self,
        group: usize,
        whole: &[usize],
        partly: &[usize],
        by_set: &mut HashMap<Vec<usize>, usize>,
    ) {
        let touched = self.union(partly);
        let whole: Vec<usize> = whole.iter().copied().filter(|leaf| !touched.contains(leaf)).collect();
        let code = self.codes[group].clone();
        let inside_is = std::iter::once((group, 1)).chain(whole.iter().map(|leaf| (*leaf, -1))).collect();
        let inside = self.add(format!("{code}/rand binnen"), Kind::Sliver, 0, inside_is);
        let all = self.node_of(touched, format!("{code}/rand"), by_set);
        let outside = self.add(format!("{code}/rand buiten"), Kind::Sliver, 0, vec![(all, 1), (inside, -1)]);
        self.heights[group] = 1;
        self.sums.push((group, whole.into_iter().chain([inside]).collect()));
        self.sums.push((all, vec![inside, outside]));
    }

    /// The node with exactly these leaves; made as a sliver when there is none.
    fn node_of(&mut self, set: Vec<usize>, code: String, by_set: &mut HashMap<Vec<usize>, usize>) -> usize {
        if let Some(node) = by_set.get(&set) {
            return *node;
        }
        let node = self.add(code, Kind::Sliver, 1, set.iter().map(|leaf| (*leaf, 1)).collect());
        self.sets[node] = set.clone();
        self.sums.push((node, set.clone()));
        by_set.insert(set, node);
        node
    }

    fn cut(&mut self, group: usize, other: usize, by_set: &mut HashMap<Vec<usize>, usize>) {
        let own: BTreeSet<usize> = self.sets[group].iter().copied().collect();
        let both: Vec<usize> = self.sets[other].iter().copied().filter(|leaf| own.contains(leaf)).collect();
        // A single leaf lies in the group or not; its relation to the group says all there is.
        if both.is_empty() || group == other || self.sets[other].len() == 1 {
            return;
        }
        let common: BTreeSet<usize> = both.iter().copied().collect();
        let rest_of = |node: usize, axis: &Self| -> Vec<usize> {
            axis.sets[node].iter().copied().filter(|leaf| !common.contains(leaf)).collect()
        };
        let names = (self.codes[group].clone(), self.codes[other].clone());
        let rests = (rest_of(group, self), rest_of(other, self));
        let shared = self.node_of(both, format!("{} en {}", names.0, names.1), by_set);
        for (node, rest, code) in [
            (group, rests.0, format!("{} zonder {}", names.0, names.1)),
            (other, rests.1, format!("{} zonder {}", names.1, names.0)),
        ] {
            if !rest.is_empty() {
                let rest = match by_set.get(&rest) {
                    Some(found) => *found,
                    None => {
                        let made = self.add(code, Kind::Sliver, 1, vec![(node, 1), (shared, -1)]);
                        // It follows from the others, which an engine that goes by relations does not see.
                        self.sums.push((made, rest.clone()));
                        self.sets[made].clone_from(&rest);
                        by_set.insert(rest, made);
                        made
                    }
                };
                self.sums.push((node, vec![shared, rest]));
            }
        }
    }

    /// For each node the first node with the same leaves: they are one.
    pub(super) fn representatives(&self) -> Arr<usize> {
        let mut first: HashMap<&[usize], usize> = HashMap::new();
        (0..self.len())
            .map(|node| match self.sets[node].as_slice() {
                [] => node,
                set => *first.entry(set).or_insert(node),
            })
            .collect()
    }
}
