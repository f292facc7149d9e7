//! What can go around each edge of a network that comes down to nothing when edges between the same two nodes, and two
//! edges at a node that has no others, are put together as one: lists, and lists of lists, as of areas in areas. How
//! far all edges go is found in one walk then.
//!
//! Source: J. Valdes, R. E. Tarjan and E. L. Lawler, "The recognition of series parallel digraphs" (1982).

use std::collections::BTreeMap;

use super::graph::Graph;
use crate::arr::Arr;

/// For each edge how much can go from its head to its tail around it, and from its tail to its head.
#[derive(Clone, Debug)]
pub(super) struct Around(Arr<[i64; 2]>);

/// Two edges as one.
#[derive(Clone, Copy, Debug)]
struct Joint {
    /// The two, and whether each runs the other way than both together.
    parts: [(usize, bool); 2],
    /// Whether they are one after the other, and not beside each other.
    series: bool,
}

#[derive(Debug, Default)]
struct Reduction {
    ends: Arr<[usize; 2]>,
    /// How far each edge can go against its direction, and along it.
    rooms: Arr<[i64; 2]>,
    /// Those that are two others, which come before them; the first has the number after the last edge of the network.
    joints: Arr<Joint>,
    /// For each node its neighbours, and the edge to each.
    at: Arr<BTreeMap<usize, usize>>,
    waiting: Vec<usize>,
}

impl Around {
    /// Of a network of which each edge can be so much less and so much more, if it comes down to nothing.
    pub(super) fn of(graph: &Graph, rooms: &Arr<[i64; 2]>) -> Option<Self> {
        let edges = rooms.len();
        let mut reduction = Reduction {
            ends: (0..edges).map(|edge| [graph.tails[edge], graph.heads[edge]]).collect(),
            rooms: rooms.clone(),
            at: Arr::of(BTreeMap::new(), graph.nodes()),
            waiting: (0..graph.nodes()).collect(),
            ..Reduction::default()
        };
        (0..edges).for_each(|edge| reduction.add(edge));
        reduction.reduce().then(|| Self(reduction.around(edges)))
    }

    /// How much can go around an edge, from its head to its tail when `up`.
    pub(super) fn edge(&self, edge: usize, up: bool) -> i64 {
        let [back, forth] = self.0[edge];
        if up { back } else { forth }
    }
}

impl Reduction {
    /// Adds an edge, as one with what is there between its ends. Nothing goes around an edge from a node to itself.
    fn add(&mut self, edge: usize) {
        let [tail, head] = self.ends[edge];
        if tail == head {
            return;
        }
        let edge = match self.at[tail].get(&head).copied() {
            None => edge,
            Some(other) => {
                let flip = self.ends[other] != [tail, head];
                self.join(Joint { parts: [(edge, false), (other, flip)], series: false }, [tail, head])
            }
        };
        self.at[tail].insert(head, edge);
        self.at[head].insert(tail, edge);
    }

    fn join(&mut self, joint: Joint, ends: [usize; 2]) -> usize {
        let [one, other] = joint.parts.map(|part| self.room(part));
        let both =
            |one: i64, other: i64| if joint.series { one.min(other) } else { one.saturating_add(other) };
        self.rooms.push([both(one[0], other[0]), both(one[1], other[1])]);
        self.ends.push(ends);
        self.joints.push(joint);
        self.ends.len() - 1
    }

    fn room(&self, (edge, flip): (usize, bool)) -> [i64; 2] {
        turned(self.rooms[edge], flip)
    }

    /// Takes away nodes with one edge, around which nothing goes, and those with two; whether nothing is left.
    fn reduce(&mut self) -> bool {
        while let Some(node) = self.waiting.pop() {
            if self.at[node].len() > 2 {
                continue;
            }
            let own = std::mem::take(&mut self.at[node]);
            for next in own.keys() {
                self.at[*next].remove(&node);
                self.waiting.push(*next);
            }
            let mut own = own.into_iter();
            if let (Some((from, first)), Some((to, second))) = (own.next(), own.next()) {
                let parts =
                    [(first, self.ends[first] != [from, node]), (second, self.ends[second] != [node, to])];
                let both = self.join(Joint { parts, series: true }, [from, to]);
                self.add(both);
            }
        }
        self.at.iter().all(BTreeMap::is_empty)
    }

    /// What goes around each of the edges that are no others.
    fn around(&self, edges: usize) -> Arr<[i64; 2]> {
        let mut around = Arr::of([0i64; 2], self.ends.len());
        for (id, joint) in self.joints.iter().enumerate().rev() {
            let outside = around[edges + id];
            let [one, other] = joint.parts;
            for (part, beside) in [(one, other), (other, one)] {
                let [back, forth] = self.room(beside);
                let own = if joint.series {
                    [outside[0].min(forth), outside[1].min(back)]
                } else {
                    [outside[0].saturating_add(back), outside[1].saturating_add(forth)]
                };
                around[part.0] = turned(own, part.1);
            }
        }
        around
    }
}

/// The same of an edge that runs the other way, or not.
fn turned([back, forth]: [i64; 2], flip: bool) -> [i64; 2] {
    if flip { [forth, back] } else { [back, forth] }
}
