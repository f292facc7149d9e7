//! Equations that form a network: one edge per unknown, one node per equation.
//!
//! An equation becomes a node as long as no unknown of it is in two nodes already and the equations can
//! be multiplied by 1 or -1 such that the two coefficients of every unknown are opposite. An unknown in
//! one node only runs to the ground. An equation that does not become a node must follow from those that
//! did; otherwise these equations are no network.

use super::component::Component;
use super::signs::Signs;
use crate::arr::{Arr, Lists};

/// The node that takes up what no equation balances.
const GROUND: usize = 0;
/// 2^61 - 1, for the check that left-out equations follow from the others.
const PRIME: u64 = (1 << 61) - 1;

/// One edge per unknown. One that grows carries more from its tail to its head.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) tails: Arr<usize>,
    pub(super) heads: Arr<usize>,
    /// For each node the edges at it.
    edges: Lists<usize>,
    nodes: usize,
}

impl Graph {
    /// The network of a component, if it is one.
    pub(super) fn of(component: &Component) -> Option<Self> {
        let cells = component.unknowns();
        let mut ends: Arr<[Option<(usize, i64)>; 2]> = Arr::of([None; 2], cells);
        let mut signs = Signs::of(1);
        let mut left = Vec::new();
        for (id, row) in component.rows.iter().enumerate() {
            if !accept(row, &mut ends, &mut signs) {
                left.push(id);
            }
        }
        let nodes = signs.len();
        let (mut tails, mut heads) = (Arr::of(GROUND, cells), Arr::of(GROUND, cells));
        for (cell, ends) in ends.iter().enumerate() {
            for (node, coefficient) in ends.iter().flatten() {
                let (_, flip) = signs.root(*node);
                let into = (*coefficient > 0) != flip;
                *(if into { &mut heads[cell] } else { &mut tails[cell] }) = *node;
            }
        }
        let pairs = (0..cells).flat_map(|cell| [(tails[cell], cell), (heads[cell], cell)]);
        let graph = Self { edges: Lists::gather(nodes, pairs, 0), tails, heads, nodes };
        graph.spans(component, &left).then_some(graph)
    }

    pub(super) fn edges_at(&self, node: usize) -> &[usize] {
        self.edges.of(node)
    }

    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Whether the equations that are no nodes follow from those that are. They are all tested at
    /// once, each times a fixed pseudo-random number modulo 2^61 - 1: a sum of equations follows
    /// when there are potentials whose difference over every edge is its coefficient in the sum.
    fn spans(&self, component: &Component, left: &[usize]) -> bool {
        let mut wanted = Arr::of(0u64, component.unknowns());
        for id in left {
            let weight = mixed(*id) % PRIME;
            for (cell, coefficient) in &component.rows[*id] {
                let term = if *coefficient > 0 { weight } else { PRIME - weight };
                // Coefficients are small: how often a cell is in a relation, as itself or another.
                (0..coefficient.unsigned_abs()).for_each(|_| wanted[*cell] = (wanted[*cell] + term) % PRIME);
            }
        }
        let mut potential: Arr<Option<u64>> = Arr::of(None, self.nodes);
        for start in 0..self.nodes {
            if potential[start].is_some() {
                continue;
            }
            potential[start] = Some(0);
            let mut waiting = vec![start];
            while let Some(node) = waiting.pop() {
                let own = potential[node].unwrap_or(0);
                for edge in self.edges_at(node) {
                    let forward = self.tails[*edge] == node;
                    let step = if forward { wanted[*edge] } else { (PRIME - wanted[*edge]) % PRIME };
                    let there = (own + step) % PRIME;
                    let other = if forward { self.heads[*edge] } else { self.tails[*edge] };
                    match potential[other] {
                        None => {
                            potential[other] = Some(there);
                            waiting.push(other);
                        }
                        Some(found) if found != there => return false,
                        Some(_) => {}
                    }
                }
            }
        }
        true
    }

    /// The edges without which their ends are no longer connected (R. E. Tarjan, "A note on finding
    /// the bridges of a graph", 1974), by depth-first search with a stack of its own.
    pub(super) fn bridges(&self) -> Vec<usize> {
        let mut order = Arr::of(0usize, self.nodes);
        let mut low = Arr::of(0usize, self.nodes);
        let mut clock = 0;
        let mut bridges = Vec::new();
        for start in 0..self.nodes {
            if order[start] != 0 {
                continue;
            }
            clock += 1;
            (order[start], low[start]) = (clock, clock);
            // node, the edge by which it was reached, the next edge to look at
            let mut stack = vec![(start, usize::MAX, 0usize)];
            while let Some((node, by, next)) = stack.last_mut() {
                let (node, by) = (*node, *by);
                if let Some(edge) = self.edges_at(node).get(*next).copied() {
                    *next += 1;
                    let other = self.tails[edge] + self.heads[edge] - node;
                    if edge == by {
                        continue;
                    }
                    if order[other] == 0 {
                        clock += 1;
                        (order[other], low[other]) = (clock, clock);
                        stack.push((other, edge, 0));
                    } else {
                        low[node] = low[node].min(order[other]);
                    }
                    continue;
                }
                stack.pop();
                if let Some((parent, _, _)) = stack.last() {
                    low[*parent] = low[*parent].min(low[node]);
                    if low[node] > order[*parent] {
                        bridges.push(by);
                    }
                }
            }
        }
        bridges.sort_unstable();
        bridges
    }
}

fn accept(row: &[(usize, i64)], ends: &mut Arr<[Option<(usize, i64)>; 2]>, signs: &mut Signs) -> bool {
    let mut roots: Vec<(usize, bool)> = Vec::new();
    for (cell, coefficient) in row {
        let [one, other] = ends[*cell];
        if other.is_some() || coefficient.unsigned_abs() != 1 {
            return false;
        }
        if let Some((node, before)) = one {
            let (root, flip) = signs.root(node);
            // The scaled coefficients are opposite: same sign before scaling means opposite scales.
            roots.push((root, flip ^ (before * coefficient > 0)));
        }
    }
    roots.sort_unstable();
    roots.dedup();
    if roots.array_windows().any(|[one, other]| one.0 == other.0) {
        return false;
    }
    let node = signs.add();
    for (root, flip) in roots {
        signs.join(root, node, flip);
    }
    for (cell, coefficient) in row {
        let own = &mut ends[*cell];
        *own = if own[0].is_none() {
            [Some((node, *coefficient)), None]
        } else {
            [own[0], Some((node, *coefficient))]
        };
    }
    true
}

/// A fixed pseudo-random number (splitmix64; Steele, Lea and Flood, 2014).
fn mixed(id: usize) -> u64 {
    let seed = u64::try_from(id).unwrap_or(u64::MAX);
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
