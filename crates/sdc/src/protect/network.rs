//! Relations as nodes of a network, cells as its edges.
//!
//! In an area tree by one flat breakdown every cell is in the relation of the area above it (as a
//! part), in that of its own area (as the total), and the cells of the lowest areas are in the
//! relation of their breakdown. The breakdown of a higher area follows from these and is left.
//! That the relations left out follow is checked on a random circulation: it satisfies the nodes, so
//! it must satisfy what follows from them.
//!
//! Source: reference "disclosure control" 3.2 A.

use std::collections::{BTreeSet, VecDeque};

use super::shares::Shares;
use crate::arr::{Arr, Lists};
use crate::model::{CellId, Relation, Universe};

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
    /// The network of all cells that are not left out, if the relations form one.
    pub(super) fn of(universe: &Universe, shares: &Shares) -> Option<Self> {
        let choice = Choice::of(universe, shares);
        let (accepted, left): (Vec<usize>, Vec<usize>) =
            (0..universe.relation_count()).partition(|id| choice.taken[*id]);
        let mut used: Arr<Vec<(usize, bool)>> = Arr::of(Vec::new(), universe.len());
        for (id, node) in accepted.iter().zip(1..) {
            universe.relation(*id).terms().for_each(|(cell, sign)| used[cell].push((node, sign > 0)));
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

/// Which relations become nodes: no more than two that hold the same cell, as an edge has two ends. The others
/// have to follow from these.
struct Choice<'a> {
    universe: &'a Universe,
    taken: Arr<bool>,
    /// For each cell how many of those taken hold it.
    ends: Arr<usize>,
}

impl<'a> Choice<'a> {
    /// Takes those last that follow most, of the relations over cells that are not left out. None follows that
    /// has a cell of its own, so relations with a cell that few hold come first. Of these, those come first whose
    /// total is no other sum: in an area tree by one flat breakdown the sums of areas in each category and the
    /// breakdowns of the lowest areas. They take both ends of the cells of higher areas, so that the breakdowns
    /// of these are left. Then come lower totals and small sums: what is higher and larger follows from them.
    /// What does not fit any more counts as no holder and no sum.
    fn of(universe: &'a Universe, shares: &Shares) -> Self {
        let (taken, ends) = (Arr::of(false, universe.relation_count()), Arr::of(0, universe.len()));
        let mut choice = Self { universe, taken, ends };
        let is_whole = |id: &usize| !cells(universe, *id).any(|cell| shares.is_left_out(cell));
        let mut waiting: Vec<usize> = (0..universe.relation_count()).filter(is_whole).collect();
        let heights = heights(universe, &waiting);
        waiting.sort_by_cached_key(|id| {
            let Relation { total, parts } = universe.relation(*id);
            (heights[total], parts.len(), *id)
        });
        let mut waiting = Waiting::new(universe, waiting);
        while let Some(first) = waiting.first() {
            first.iter().for_each(|id| choice.take(*id));
            let taken = || first.iter().filter(|id| choice.taken[**id]);
            taken().for_each(|id| waiting.ranks[*id] = None);
            let full = taken().flat_map(|id| cells(universe, *id)).filter(|cell| choice.ends[*cell] > 1);
            waiting.leave(full.flat_map(|cell| universe.relations_of(cell)).copied());
        }
        choice
    }

    fn fits(&self, id: usize) -> bool {
        cells(self.universe, id).all(|cell| self.ends[cell] < 2)
    }

    /// Takes a relation if it fits.
    fn take(&mut self, id: usize) {
        if self.fits(id) {
            self.taken[id] = true;
            cells(self.universe, id).for_each(|cell| self.ends[cell] += 1);
        }
    }
}

/// Relations of which it is not said yet whether they become nodes.
struct Waiting<'a> {
    universe: &'a Universe,
    /// For each cell how many of them hold it, and of how many it is the total, those that were taken included.
    holders: Arr<usize>,
    sums: Arr<usize>,
    /// For each of them its rank: of its cells the fewest holders, of its total the sums, and its place among those
    /// of which these are the same.
    ranks: Arr<Option<Rank>>,
    order: BTreeSet<(Rank, usize)>,
}

type Rank = (usize, usize, usize);

impl<'a> Waiting<'a> {
    fn new(universe: &'a Universe, ids: Vec<usize>) -> Self {
        let (mut holders, mut sums) = (Arr::of(0usize, universe.len()), Arr::of(0usize, universe.len()));
        for id in &ids {
            cells(universe, *id).for_each(|cell| holders[cell] += 1);
            sums[universe.relation(*id).total] += 1;
        }
        let mut ranks = Arr::of(None, universe.relation_count());
        for (place, id) in ids.into_iter().enumerate() {
            let least = cells(universe, id).map(|cell| holders[cell]).min().unwrap_or(0);
            ranks[id] = Some((least, sums[universe.relation(id).total], place));
        }
        let order = ranks.iter().enumerate().filter_map(|(id, rank)| Some(((*rank)?, id))).collect();
        Self { universe, holders, sums, ranks, order }
    }

    /// Takes out those that come first, in their order; none where none are left.
    fn first(&mut self) -> Option<Vec<usize>> {
        let (least, sums, _) = self.order.first()?.0;
        let others = self.order.split_off(&((least, sums + 1, 0), 0));
        let first = std::mem::replace(&mut self.order, others);
        Some(first.into_iter().map(|(_, id)| id).collect())
    }

    /// Takes out those of these that were not taken, which count as no holder and no sum any more.
    fn leave(&mut self, ids: impl Iterator<Item = usize>) {
        let mut left = Vec::new();
        for id in ids {
            let Some(rank) = self.ranks[id].take() else { continue };
            self.order.remove(&(rank, id));
            cells(self.universe, id).for_each(|cell| self.holders[cell] -= 1);
            self.sums[self.universe.relation(id).total] -= 1;
            left.push(id);
        }
        for cell in left.iter().flat_map(|id| cells(self.universe, *id)) {
            for id in self.universe.relations_of(cell) {
                let Some(rank @ (least, _, place)) = self.ranks[*id] else { continue };
                // Holders only become fewer.
                let sums = self.sums[self.universe.relation(*id).total];
                let new = (least.min(self.holders[cell]), sums, place);
                if new != rank {
                    self.order.remove(&(rank, *id));
                    self.order.insert((new, *id));
                    self.ranks[*id] = Some(new);
                }
            }
        }
    }
}

/// How many of these sums lie under each cell, one in the other. The levels of a table do not tell: a cell of
/// which the parts are not given has none under it. Of sums that are parts of each other nothing is told.
fn heights(universe: &Universe, sums: &[usize]) -> Arr<usize> {
    let (mut heights, mut open) = (Arr::of(0usize, universe.len()), Arr::of(0usize, universe.len()));
    let mut with: Arr<Vec<CellId>> = Arr::of(Vec::new(), universe.len());
    for Relation { total, parts } in sums.iter().map(|id| universe.relation(*id)) {
        open[total] += parts.len();
        parts.iter().for_each(|part| with[*part].push(total));
    }
    let mut waiting: Vec<CellId> = (0..universe.len()).filter(|cell| open[*cell] == 0).collect();
    let mut found = Arr::of(0usize, universe.len());
    while let Some(cell) = waiting.pop() {
        heights[cell] = found[cell];
        for total in &with[cell] {
            found[*total] = found[*total].max(found[cell] + 1);
            open[*total] -= 1;
            if open[*total] == 0 {
                waiting.push(*total);
            }
        }
    }
    heights
}

/// The cells of a relation.
fn cells(universe: &Universe, id: usize) -> impl Iterator<Item = CellId> {
    universe.relation(id).terms().map(|(cell, _)| cell)
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
