//! Relations as nodes of a network, cells as its edges.
//!
//! In an area tree by one flat breakdown every cell is in the relation of the area above it (as a
//! part), in that of its own area (as the total), and the cells of the lowest areas are in the
//! relation of their breakdown. The breakdown of a higher area follows from these and is left out.
//! That the relations left out follow is checked on a random circulation: it satisfies the nodes, so
//! it must satisfy what follows from them.
//!
//! Source: reference "disclosure control" 3.2 A.

use std::collections::VecDeque;

use super::shares::Shares;
use crate::arr::{Arr, Lists};
use crate::model::Universe;

/// The node to which cells run that are in one relation only.
pub(super) const GROUND: usize = 0;

/// One edge per cell of the universe.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) tails: Arr<usize>,
    pub(super) heads: Arr<usize>,
    pub(super) edges: Lists<usize>,
    pub(super) nodes: usize,
    /// Cells that no alternative in this network moves: totals of shares, and what is only bound to these.
    pub(super) still: Arr<bool>,
}

impl Network {
    /// The network of all cells that are not left out, if the relations form one. Several orders of the
    /// relations are tried, all of them independent of how the cells were given.
    pub(super) fn of(universe: &Universe, shares: &Shares) -> Option<Self> {
        let count = universe.relation_count();
        let size = |id: &usize| universe.relation(*id).parts.len();
        let given: Vec<usize> = (0..count).collect();
        let reversed: Vec<usize> = (0..count).rev().collect();
        let mut few_first = given.clone();
        few_first.sort_by_key(|id| (size(id), *id));
        let mut many_first = given.clone();
        many_first.sort_by_key(|id| (std::cmp::Reverse(size(id)), *id));
        [given, reversed, few_first, many_first]
            .iter()
            .find_map(|order| Self::in_order(universe, shares, order))
    }

    fn in_order(universe: &Universe, shares: &Shares, order: &[usize]) -> Option<Self> {
        let mut used: Arr<Vec<(usize, bool)>> = Arr::of(Vec::new(), universe.len());
        let (mut accepted, mut left) = (Vec::new(), Vec::new());
        for id in order {
            let relation = universe.relation(*id);
            if relation.terms().any(|(cell, _)| used[cell].len() == 2 || shares.is_left_out(cell)) {
                left.push(*id);
                continue;
            }
            accepted.push(*id);
            relation.terms().for_each(|(cell, sign)| used[cell].push((accepted.len(), sign > 0)));
        }
        let flipped = colours(universe, &accepted, &used)?;
        let (mut tails, mut heads) = (Arr::of(GROUND, used.len()), Arr::of(GROUND, used.len()));
        for (cell, ends) in used.iter().enumerate() {
            for (node, part) in ends {
                *(if *part != flipped[*node] { &mut heads[cell] } else { &mut tails[cell] }) = *node;
            }
        }
        let nodes = accepted.len() + 1;
        let pairs = (0..used.len()).flat_map(|cell| [(tails[cell], cell), (heads[cell], cell)]);
        let is_still = |cell: usize| {
            used[cell].is_empty() && !shares.is_share(cell) && !universe.relations_of(cell).is_empty()
        };
        let still = (0..used.len()).map(is_still).collect();
        let network = Self { edges: Lists::gather(nodes, pairs, 0), tails, heads, nodes, still };
        let mut circulation = network.circulation();
        for (first, second) in shares.pairs() {
            circulation[*second] = circulation[*first].wrapping_neg();
        }
        let holds = |id: &usize| {
            let terms = universe.relation(*id).terms();
            let sum = terms.fold(0u64, |sum, (cell, sign)| {
                if sign > 0 {
                    sum.wrapping_add(circulation[cell])
                } else {
                    sum.wrapping_sub(circulation[cell])
                }
            });
            sum == 0
        };
        left.iter().all(holds).then_some(network)
    }

    /// Numbers on the edges that balance at every node, pseudo-random modulo 2^64.
    fn circulation(&self) -> Arr<u64> {
        let mut seed = 0x5851_f42d_4c95_7f2du64;
        let mut flows: Arr<u64> = (0..self.tails.len())
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed ^ (seed >> 29)
            })
            .collect();
        (0..self.tails.len()).filter(|edge| self.still[*edge]).for_each(|edge| flows[edge] = 0);
        let mut up: Arr<Option<usize>> = Arr::of(None, self.nodes);
        let mut seen = Arr::of(false, self.nodes);
        let mut order = Vec::with_capacity(self.nodes);
        for start in 0..self.nodes {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let mut waiting = VecDeque::from([start]);
            while let Some(node) = waiting.pop_front() {
                order.push(node);
                for edge in self.edges.of(node) {
                    let other = self.other(*edge, node);
                    if !std::mem::replace(&mut seen[other], true) {
                        up[other] = Some(*edge);
                        waiting.push_back(other);
                    }
                }
            }
        }
        for node in order.into_iter().rev() {
            let Some(by) = up[node] else { continue };
            let mut surplus = 0u64;
            for edge in self.edges.of(node).iter().filter(|edge| **edge != by) {
                if self.heads[*edge] == node {
                    surplus = surplus.wrapping_add(flows[*edge]);
                }
                if self.tails[*edge] == node {
                    surplus = surplus.wrapping_sub(flows[*edge]);
                }
            }
            flows[by] = if self.tails[by] == node { surplus } else { surplus.wrapping_neg() };
        }
        flows
    }

    /// The other end of an edge.
    pub(super) fn other(&self, edge: usize, node: usize) -> usize {
        self.tails[edge] + self.heads[edge] - node
    }
}

/// Which relations to multiply by -1 so that the two coefficients of every cell are opposite; none
/// when that cannot be.
fn colours(universe: &Universe, accepted: &[usize], used: &Arr<Vec<(usize, bool)>>) -> Option<Arr<bool>> {
    let mut flipped: Arr<Option<bool>> = Arr::of(None, accepted.len() + 1);
    let accepted = Arr::from(accepted.to_vec());
    for start in 1..flipped.len() {
        if flipped[start].is_some() {
            continue;
        }
        flipped[start] = Some(false);
        let mut waiting = vec![start];
        while let Some(node) = waiting.pop() {
            let own = flipped[node].unwrap_or(false);
            for (cell, _) in universe.relation(accepted[node - 1]).terms() {
                let [(one, first), (two, second)] = used[cell].as_slice() else { continue };
                let other = if *one == node { *two } else { *one };
                let wanted = own ^ (first == second);
                match flipped[other] {
                    None => {
                        flipped[other] = Some(wanted);
                        waiting.push(other);
                    }
                    Some(found) if found != wanted => return None,
                    Some(_) => {}
                }
            }
        }
    }
    Some(flipped.iter().map(|flip| flip.unwrap_or(false)).collect())
}
