//! The edges of a network between the same two nodes, which a flow passes as one: of all parts of one total it
//! matters only how far they can go together.

use super::graph::Graph;
use crate::arr::{Arr, Lists};

/// Edges by the nodes that they are between. A bundle runs from the lower node to the higher one; an edge that
/// runs the other way is less where the bundle is more.
#[derive(Clone, Debug)]
pub(super) struct Bundles {
    of: Arr<usize>,
    ends: Arr<[usize; 2]>,
    /// For each node the bundles at it.
    at: Lists<usize>,
    /// For each bundle the edges with room against it, and those with room along it.
    members: [Lists<usize>; 2],
    /// How far each edge can go against its bundle, and along it.
    rooms: Arr<[i64; 2]>,
    /// How far the edges of each bundle that are not barred can go together.
    together: Arr<[i128; 2]>,
    barred: Arr<bool>,
}

impl Bundles {
    /// Of the edges of a graph, which can each be so much less and so much more.
    pub(super) fn new(graph: &Graph, rooms: &Arr<[i64; 2]>) -> Self {
        let (tails, heads) = (&graph.tails, &graph.heads);
        let ends_of = |edge: usize| [tails[edge].min(heads[edge]), tails[edge].max(heads[edge])];
        let mut sorted: Vec<usize> = (0..rooms.len()).collect();
        sorted.sort_by_cached_key(|edge| (ends_of(*edge), *edge));
        let mut of = Arr::of(0, rooms.len());
        let mut ends: Vec<[usize; 2]> = Vec::new();
        for edge in sorted {
            let own = ends_of(edge);
            if ends.last() != Some(&own) {
                ends.push(own);
            }
            of[edge] = ends.len() - 1;
        }
        let rooms: Arr<[i64; 2]> = rooms
            .iter()
            .enumerate()
            .map(
                |(edge, [less, more])| {
                    if tails[edge] > heads[edge] { [*more, *less] } else { [*less, *more] }
                },
            )
            .collect();
        let mut together = Arr::of([0; 2], ends.len());
        for (edge, [against, along]) in rooms.iter().enumerate() {
            let [all_against, all_along] = &mut together[of[edge]];
            *all_against += i128::from(*against);
            *all_along += i128::from(*along);
        }
        let members = [0, 1].map(|way: usize| {
            let can = |edge: &usize| rooms[*edge].get(way).is_some_and(|room| *room > 0);
            let edges = (0..rooms.len()).filter(can).map(|edge| (of[edge], edge));
            Lists::gather(ends.len(), edges, 0)
        });
        let pairs = ends.iter().enumerate().flat_map(|(id, [one, other])| [(*one, id), (*other, id)]);
        let at = Lists::gather(graph.nodes(), pairs, 0);
        Self { barred: Arr::of(false, rooms.len()), at, of, ends: ends.into(), members, rooms, together }
    }

    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The bundles at a node.
    pub(super) fn at(&self, node: usize) -> &[usize] {
        self.at.of(node)
    }

    /// The other end of a bundle, and whether it is followed along from this one to there.
    pub(super) fn from(&self, bundle: usize, node: usize) -> (usize, bool) {
        let [low, high] = self.ends[bundle];
        if node == low { (high, true) } else { (low, false) }
    }

    /// How far the edges of a bundle can go together, along it or against it.
    pub(super) fn room(&self, bundle: usize, along: bool) -> i128 {
        let [against, with] = self.together[bundle];
        if along { with } else { against }
    }

    pub(super) fn is_barred(&self, edge: usize) -> bool {
        self.barred[edge]
    }

    /// Whether an edge may move.
    pub(super) fn bar(&mut self, edge: usize, barred: bool) {
        if std::mem::replace(&mut self.barred[edge], barred) != barred {
            for (all, own) in self.together[self.of[edge]].iter_mut().zip(self.rooms[edge]) {
                *all += if barred { -i128::from(own) } else { i128::from(own) };
            }
        }
    }

    /// The edges that a bundle moves when it moves so far, without this one.
    pub(super) fn moving(&self, bundle: usize, moved: i128, without: usize) -> impl Iterator<Item = usize> {
        let [against, along] = &self.members;
        let way = usize::from(moved > 0);
        let members = if moved > 0 { along.of(bundle) } else { against.of(bundle) };
        let free = members.iter().copied().filter(move |edge| *edge != without && !self.barred[*edge]);
        let mut left = moved.unsigned_abs();
        free.take_while(move |edge| {
            let is_needed = left > 0;
            let room = self.rooms[*edge].get(way).map_or(0, |room| u128::from(room.unsigned_abs()));
            left = left.saturating_sub(room);
            is_needed
        })
    }
}
