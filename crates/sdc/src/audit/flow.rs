//! How far a cell can move in a network: maximal flows in whole numbers.
//!
//! Augmenting paths by breadth-first search from both ends (J. Edmonds and R. M. Karp, 1972). The
//! search stops when either side cannot grow, so a cell in a small corner costs little, however large
//! the network is.

use std::collections::VecDeque;

use super::graph::Graph;
use crate::arr::Arr;

/// No limit.
pub(super) const FREE: i64 = i64::MAX;

/// Flows over one network, one at a time.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    graph: Graph,
    /// How far each unknown can lie under its true value, and how far above it.
    rooms: Arr<[i64; 2]>,
    /// How far each was moved.
    moved: Arr<i64>,
    touched: Vec<usize>,
    barred: Arr<bool>,
    sides: [Side; 2],
    search: u32,
}

/// One side of the search: from the start forward, or from the goal backward.
#[derive(Clone, Debug)]
struct Side {
    /// The search in which a node was seen, and by which edge.
    seen: Arr<(u32, usize)>,
    waiting: VecDeque<usize>,
}

impl Flow {
    pub(super) fn new(graph: Graph, rooms: Arr<[i64; 2]>) -> Self {
        let side = Side { seen: Arr::of((0, usize::MAX), graph.nodes()), waiting: VecDeque::new() };
        Self {
            moved: Arr::of(0, rooms.len()),
            barred: Arr::of(false, rooms.len()),
            touched: Vec::new(),
            sides: [side.clone(), side],
            search: 0,
            graph,
            rooms,
        }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Which unknowns may not move in the flows that follow.
    pub(super) fn bar(&mut self, cells: &[usize], barred: bool) {
        for cell in cells {
            self.barred[*cell] = barred;
        }
    }

    /// How far an unknown can move up or down, at most `wanted`. The others that moved with it are in
    /// [`Flow::support`] until the next call.
    pub(super) fn furthest(&mut self, cell: usize, up: bool, wanted: i64) -> i64 {
        for cell in self.touched.drain(..) {
            self.moved[cell] = 0;
        }
        if self.barred[cell] {
            return 0;
        }
        let (tail, head) = (self.graph.tails[cell], self.graph.heads[cell]);
        let (start, goal) = if up { (head, tail) } else { (tail, head) };
        let [below, above] = self.rooms[cell];
        let wanted = wanted.min(if up { above } else { below });
        if start == goal {
            return wanted;
        }
        self.barred[cell] = true;
        let mut reached = 0;
        while reached < wanted {
            let Some(path) = self.path(start, goal) else { break };
            let tightest = path
                .iter()
                .map(|(edge, along)| capacity(self.rooms[*edge], self.moved[*edge], *along))
                .min()
                .unwrap_or(0);
            if tightest == FREE && wanted == FREE {
                reached = FREE;
                break;
            }
            let amount = tightest.min(wanted - reached);
            for (edge, along) in path {
                let moved = self.moved[edge];
                self.moved[edge] =
                    if along { moved.saturating_add(amount) } else { moved.saturating_sub(amount) };
                self.touched.push(edge);
            }
            reached = reached.saturating_add(amount);
        }
        self.barred[cell] = false;
        reached
    }

    /// What moved, beside the unknown itself.
    pub(super) fn support(&self) -> impl Iterator<Item = usize> {
        self.touched.iter().copied().filter(|edge| self.moved[*edge] != 0)
    }

    /// A path with room from start to goal: edges, and whether each is followed from tail to head.
    fn path(&mut self, start: usize, goal: usize) -> Option<Vec<(usize, bool)>> {
        self.search += 1;
        for (side, node) in self.sides.iter_mut().zip([start, goal]) {
            side.waiting.clear();
            side.waiting.push_back(node);
            side.seen[node] = (self.search, usize::MAX);
        }
        loop {
            for forward in [true, false] {
                let [ahead, behind] = &mut self.sides;
                let (own, other) = if forward { (ahead, behind) } else { (behind, ahead) };
                let node = own.waiting.pop_front()?;
                let mut met = None;
                for edge in self.graph.edges_at(node) {
                    let (tail, head) = (self.graph.tails[*edge], self.graph.heads[*edge]);
                    let along = (tail == node) == forward;
                    let next = if tail == node { head } else { tail };
                    if self.barred[*edge] || own.seen[next].0 == self.search || tail == head {
                        continue;
                    }
                    if capacity(self.rooms[*edge], self.moved[*edge], along) == 0 {
                        continue;
                    }
                    own.seen[next] = (self.search, *edge);
                    if other.seen[next].0 == self.search {
                        met = Some(next);
                        break;
                    }
                    own.waiting.push_back(next);
                }
                if let Some(node) = met {
                    return Some(self.trace(node));
                }
            }
        }
    }

    /// The path through a node that both sides have seen.
    fn trace(&self, meeting: usize) -> Vec<(usize, bool)> {
        let mut path = Vec::new();
        for (side, forward) in self.sides.iter().zip([true, false]) {
            let mut node = meeting;
            while side.seen[node].1 != usize::MAX {
                let edge = side.seen[node].1;
                let (tail, head) = (self.graph.tails[edge], self.graph.heads[edge]);
                let into = head == node;
                path.push((edge, into == forward));
                node = if into { tail } else { head };
            }
        }
        path
    }
}

/// How much further an unknown can move along its edge, or against it.
fn capacity([below, above]: [i64; 2], moved: i64, along: bool) -> i64 {
    let (room, moved) = if along { (above, moved.saturating_neg()) } else { (below, moved) };
    if room == FREE { FREE } else { room.saturating_add(moved) }
}
