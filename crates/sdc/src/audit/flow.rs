//! How far a cell can move in a network: maximal flows in whole numbers.
//!
//! First augmenting paths by breadth-first search from both ends (J. Edmonds and R. M. Karp, 1972). The search stops
//! when either side cannot grow, so a cell in a small corner costs little, however large the network is. What is
//! left after a few of these runs along all shortest paths at once (E. A. Dinitz, 1970), so a cell that goes far
//! costs little more than looking at the network. Edges between the same two nodes are one.

use std::cell::OnceCell;
use std::collections::VecDeque;

use super::around::Around;
use super::bundles::Bundles;
use super::graph::Graph;
use crate::arr::Arr;

#[cfg(test)]
mod tests;

/// No limit.
pub(super) const FREE: i64 = i64::MAX;
/// So many paths are looked for one by one.
const SINGLE: usize = 4;

/// Flows over one network, one at a time.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    graph: Graph,
    /// How far each unknown can lie under its true value, and how far above it.
    rooms: Arr<[i64; 2]>,
    bundles: Bundles,
    /// What can go around each unknown, where that is found at once.
    around: OnceCell<Option<Around>>,
    /// How far each bundle was moved.
    moved: Arr<i128>,
    touched: Vec<usize>,
    /// The unknown that it is about.
    own: usize,
    sides: [Side; 2],
    search: u32,
    /// For each node the first bundle at it along which there may be a shortest path still.
    next: Arr<usize>,
}

/// One side of the search: from the start forward, or from the goal backward.
#[derive(Clone, Debug)]
struct Side {
    /// The search in which a node was seen, and by which bundle; where all shortest paths are looked for, how far it
    /// is from the goal.
    seen: Arr<(u32, usize)>,
    waiting: VecDeque<usize>,
}

/// A bundle, and whether it is followed along.
type Step = (usize, bool);

impl Flow {
    pub(super) fn new(graph: Graph, rooms: Arr<[i64; 2]>) -> Self {
        let side = Side { seen: Arr::of((0, usize::MAX), graph.nodes()), waiting: VecDeque::new() };
        let bundles = Bundles::new(&graph, &rooms);
        Self {
            moved: Arr::of(0, bundles.count()),
            touched: Vec::new(),
            own: usize::MAX,
            around: OnceCell::new(),
            sides: [side.clone(), side],
            search: 0,
            next: Arr::of(0, graph.nodes()),
            bundles,
            graph,
            rooms,
        }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Which unknowns may not move in the flows that follow.
    pub(super) fn bar(&mut self, cells: &[usize], barred: bool) {
        cells.iter().for_each(|cell| self.bundles.bar(*cell, barred));
    }

    /// How far an unknown can move up or down when none is barred.
    pub(super) fn freely(&mut self, cell: usize, up: bool) -> i64 {
        let Some(around) = self.around.get_or_init(|| Around::of(&self.graph, &self.rooms)) else {
            return self.furthest(cell, up, FREE);
        };
        let [below, above] = self.rooms[cell];
        let own = if up { above } else { below };
        let is_loop = self.graph.tails[cell] == self.graph.heads[cell];
        if is_loop { own } else { own.min(around.edge(cell, up)) }
    }

    /// How far an unknown can move up or down, at most `wanted`. The others that moved with it are in
    /// [`Flow::support`] until the next call.
    pub(super) fn furthest(&mut self, cell: usize, up: bool, wanted: i64) -> i64 {
        for bundle in self.touched.drain(..) {
            self.moved[bundle] = 0;
        }
        self.own = cell;
        if self.bundles.is_barred(cell) {
            return 0;
        }
        let (tail, head) = (self.graph.tails[cell], self.graph.heads[cell]);
        let (start, goal) = if up { (head, tail) } else { (tail, head) };
        let [below, above] = self.rooms[cell];
        let wanted = wanted.min(if up { above } else { below });
        if start == goal {
            return wanted;
        }
        self.bundles.bar(cell, true);
        let mut reached = 0i64;
        for round in 0.. {
            let left = if wanted == FREE { FREE } else { wanted - reached };
            let more = match left {
                0 => 0,
                _ if round < SINGLE => self.along_one(start, goal, left),
                _ => self.along_all(start, goal, left),
            };
            reached = reached.saturating_add(more);
            if more == 0 || reached == FREE {
                break;
            }
        }
        self.bundles.bar(cell, false);
        reached
    }

    /// What moved, beside the unknown itself.
    pub(super) fn support(&self) -> impl Iterator<Item = usize> {
        let mut bundles = self.touched.clone();
        bundles.sort_unstable();
        bundles.dedup();
        bundles.into_iter().flat_map(|bundle| self.bundles.moving(bundle, self.moved[bundle], self.own))
    }

    /// How much further a bundle can move along, or against it.
    fn capacity(&self, (bundle, along): Step) -> i64 {
        let (room, moved) = (self.bundles.room(bundle, along), self.moved[bundle]);
        if room >= i128::from(FREE) {
            return FREE;
        }
        i64::try_from(if along { room - moved } else { room + moved }).unwrap_or(FREE)
    }

    /// Lets as much run along a path as has room there, at most so much; says how much.
    fn push(&mut self, path: &[Step], most: i64) -> i64 {
        let amount = path.iter().map(|step| self.capacity(*step)).min().unwrap_or(0).min(most);
        for (bundle, along) in path {
            self.moved[*bundle] += if *along { i128::from(amount) } else { -i128::from(amount) };
            self.touched.push(*bundle);
        }
        amount
    }

    /// Lets flow run along one path with room from start to goal.
    fn along_one(&mut self, start: usize, goal: usize, most: i64) -> i64 {
        self.path(start, goal).map_or(0, |path| self.push(&path, most))
    }

    fn path(&mut self, start: usize, goal: usize) -> Option<Vec<Step>> {
        self.search += 1;
        for (side, node) in self.sides.iter_mut().zip([start, goal]) {
            side.waiting.clear();
            side.waiting.push_back(node);
            side.seen[node] = (self.search, usize::MAX);
        }
        loop {
            for forward in [true, false] {
                let [ahead, behind] = &mut self.sides;
                let node = if forward { ahead } else { behind }.waiting.pop_front()?;
                for place in 0..self.bundles.at(node).len() {
                    let Some((bundle, next)) = self.leave(node, place, forward) else { continue };
                    let [ahead, behind] = &mut self.sides;
                    let (own, other) = if forward { (ahead, behind) } else { (behind, ahead) };
                    if own.seen[next].0 == self.search {
                        continue;
                    }
                    own.seen[next] = (self.search, bundle);
                    if other.seen[next].0 == self.search {
                        return Some(self.trace(next));
                    }
                    own.waiting.push_back(next);
                }
            }
        }
    }

    /// The bundle at this place of a node and where it leads, when it has room away from the node, or towards it.
    fn leave(&self, node: usize, place: usize, forward: bool) -> Option<(usize, usize)> {
        let bundle = *self.bundles.at(node).get(place)?;
        let (next, along) = self.bundles.from(bundle, node);
        (self.capacity((bundle, along == forward)) > 0 && next != node).then_some((bundle, next))
    }

    /// The path through a node that both sides have seen.
    fn trace(&self, meeting: usize) -> Vec<Step> {
        let mut path = Vec::new();
        for (side, forward) in self.sides.iter().zip([true, false]) {
            let mut node = meeting;
            while side.seen[node].1 != usize::MAX {
                let bundle = side.seen[node].1;
                let (before, along) = self.bundles.from(bundle, node);
                path.push((bundle, along != forward));
                node = before;
            }
        }
        path
    }

    /// Lets flow run along all paths from start to goal that are as short as the shortest one.
    fn along_all(&mut self, start: usize, goal: usize, most: i64) -> i64 {
        if !self.measure(start, goal) {
            return 0;
        }
        let (mut path, mut node): (Vec<Step>, usize) = (Vec::new(), start);
        let mut sum = 0i64;
        loop {
            if node == goal {
                let left = if most == FREE { FREE } else { most - sum };
                sum = sum.saturating_add(self.push(&path, left));
                if sum == most {
                    return sum;
                }
                let full = path.iter().position(|step| self.capacity(*step) == 0).unwrap_or(0);
                while path.len() > full {
                    node = path.pop().map_or(start, |step| self.back(node, step));
                }
            } else if let Some((bundle, next)) = self.onward(node) {
                path.push((bundle, self.bundles.from(bundle, node).1));
                node = next;
            } else {
                let Some(step) = path.pop() else { return sum };
                node = self.back(node, step);
                self.next[node] += 1;
            }
        }
    }

    /// The node that a step came from.
    fn back(&self, node: usize, (bundle, _): Step) -> usize {
        self.bundles.from(bundle, node).0
    }

    /// How far nodes are from the goal, as far as the start; whether there is a path.
    fn measure(&mut self, start: usize, goal: usize) -> bool {
        self.search += 1;
        let mut waiting = VecDeque::from([goal]);
        self.sides[1].seen[goal] = (self.search, 0);
        while let Some(node) = waiting.pop_front() {
            let further = self.sides[1].seen[node].1 + 1;
            for place in 0..self.bundles.at(node).len() {
                let Some((_, next)) = self.leave(node, place, false) else { continue };
                let [_, behind] = &mut self.sides;
                if behind.seen[next].0 != self.search {
                    behind.seen[next] = (self.search, further);
                    self.next[next] = 0;
                    waiting.push_back(next);
                }
                if next == start {
                    return true;
                }
            }
        }
        false
    }

    /// The first bundle from a node that has room and brings it nearer to the goal, and where it leads.
    fn onward(&mut self, node: usize) -> Option<(usize, usize)> {
        let (search, far) = self.sides[1].seen[node];
        for place in self.next[node]..self.bundles.at(node).len() {
            self.next[node] = place;
            let Some((bundle, next)) = self.leave(node, place, true) else { continue };
            let (seen, its) = self.sides[1].seen[next];
            if seen == search && its + 1 == far {
                return Some((bundle, next));
            }
        }
        self.next[node] = self.bundles.at(node).len();
        None
    }
}
