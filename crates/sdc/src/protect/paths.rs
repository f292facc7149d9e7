//! The network engine: alternatives are flows, repairs are cheapest paths.
//!
//! Flows grow along shortest paths over hidden cells, searched from both ends at once. A repair is a
//! cheapest path (E. W. Dijkstra, 1959) in what the flow leaves, also searched from both ends, on
//! which hiding a cell costs and passing a hidden one nearly nothing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::network::Network;
use super::shares::Shares;
use super::skips::{Exit, Skips};
use super::state::{HIDDEN, Move, Mover, State, Wish};
use crate::arr::Arr;
use crate::model::CellId;

/// No limit.
const FREE: i64 = i64::MAX;
/// A search for a repair that has a path stops after this many nodes.
const SETTLED: usize = 4000;
/// A search goes on from a node with more edges than this when it has looked at as many from its other end: the
/// ground may have an edge per cell, and mostly a path is found in a few steps from there.
const WIDE: usize = 1000;
/// No edge.
const NONE: usize = usize::MAX;

/// Flows and paths over one network.
#[derive(Debug)]
pub(super) struct Paths {
    network: Network,
    shares: Shares,
    moved: Arr<i64>,
    touched: Vec<usize>,
    barred: Arr<bool>,
    search: u32,
    sides: [Side; 2],
    skips: Skips,
}

/// One side of a search.
#[derive(Debug)]
struct Side {
    /// Per node: the search in which it was reached, at what cost, by which edge.
    reached: Arr<(u32, u64, usize)>,
    /// Per node: the search in which it was settled.
    settled: Arr<u32>,
    queue: VecDeque<usize>,
    heap: BinaryHeap<Reverse<(u64, usize)>>,
    /// How many edges the nodes have from which it went on in the present search.
    looked: usize,
}

impl Side {
    fn new(nodes: usize) -> Self {
        Self {
            reached: Arr::of((0, 0, NONE), nodes),
            settled: Arr::of(0, nodes),
            queue: VecDeque::new(),
            heap: BinaryHeap::new(),
            looked: 0,
        }
    }
}

/// How an edge may be passed in one search.
#[derive(Clone, Copy)]
struct Terms {
    amount: i64,
    hiding: bool,
}

impl Paths {
    pub(super) fn new(network: Network, shares: Shares) -> Self {
        let (cells, nodes) = (network.tails.len(), network.nodes);
        Self {
            moved: Arr::of(0, cells),
            barred: Arr::of(false, cells),
            touched: Vec::new(),
            search: 0,
            sides: [Side::new(nodes), Side::new(nodes)],
            skips: Skips::new(nodes),
            network,
            shares,
        }
    }

    fn ends(&self, wish: &Wish<'_>) -> (usize, usize) {
        let (tail, head) = (self.network.tails[wish.cell], self.network.heads[wish.cell]);
        if wish.up { (head, tail) } else { (tail, head) }
    }

    /// Whether a cell cannot move at all: who knows its other share knows the cell.
    fn stays(&self, wish: &Wish<'_>) -> bool {
        let is_own = |cell: &CellId| self.shares.first(*cell) == Some(wish.cell);
        self.network.still[wish.cell] || wish.barred.iter().any(is_own)
    }

    fn bar(&mut self, wish: &Wish<'_>, barred: bool) {
        self.barred[wish.cell] = barred;
        for cell in wish.barred.iter().filter_map(|cell| self.shares.first(*cell)) {
            self.barred[cell] = barred;
        }
    }

    /// What passing an edge costs, if it has room.
    fn pass(&self, state: &State, edge: usize, along: bool, terms: Terms) -> Option<u64> {
        if self.barred[edge] {
            return None;
        }
        let cost = match state.hidden[edge] {
            true => HIDDEN,
            false if terms.hiding && !state.open[edge] => state.costs[edge],
            false => return None,
        };
        (self.room(state, edge, along) >= terms.amount).then_some(cost)
    }

    /// How much more can pass an edge.
    fn room(&self, state: &State, edge: usize, along: bool) -> i64 {
        let (room, moved) = if along {
            (state.room_up[edge], self.moved[edge].saturating_neg())
        } else {
            (state.room_down[edge], self.moved[edge])
        };
        if room == FREE { FREE } else { room.saturating_add(moved) }
    }

    /// How far the cell of a wish can go at most.
    fn limit(state: &State, wish: &Wish<'_>) -> i64 {
        if wish.up { state.room_up[wish.cell] } else { state.room_down[wish.cell] }
    }

    /// Starts a search from both ends.
    fn begin(&mut self, start: usize, goal: usize) {
        self.search += 1;
        for (side, node) in self.sides.iter_mut().zip([start, goal]) {
            side.queue.clear();
            side.heap.clear();
            side.looked = 0;
            side.queue.push_back(node);
            side.heap.push(Reverse((0, node)));
            side.reached[node] = (self.search, 0, NONE);
        }
    }

    /// A path over hidden cells, as short as is found from both ends.
    fn shortest(&mut self, state: &State, start: usize, goal: usize) -> Option<Vec<(usize, bool)>> {
        self.begin(start, goal);
        let terms = Terms { amount: 1, hiding: false };
        loop {
            for id in [0, 1] {
                let [first, second] = &self.sides;
                let next = [*first.queue.front()?, *second.queue.front()?];
                let id = self.turn(id, next);
                let node = self.sides.get_mut(id)?.queue.pop_front()?;
                for place in self.skipped(state, node, id == 0, terms)..self.network.edges.of(node).len() {
                    let Some((edge, next)) = self.leave(state, node, place, id == 0, terms) else { continue };
                    let [first, second] = &mut self.sides;
                    let (own, other) = if id == 0 { (first, second) } else { (second, first) };
                    if own.reached[next].0 == self.search {
                        continue;
                    }
                    own.reached[next] = (self.search, 0, edge.0);
                    if other.reached[next].0 == self.search {
                        return Some(self.trace(next));
                    }
                    own.queue.push_back(next);
                }
            }
        }
    }

    /// Which side goes on when it is the turn of this one, and these are the nodes from which the two would: the
    /// other one where the node is wide and the other has looked at fewer.
    fn turn(&mut self, id: usize, next: [usize; 2]) -> usize {
        let [first, second] = &mut self.sides;
        let [one, two] = next.map(|node| self.network.edges.of(node).len());
        let (ahead, behind) = (first.looked + one, second.looked + two);
        let is_first = if id == 0 { one <= WIDE || ahead <= behind } else { two > WIDE && ahead < behind };
        if is_first {
            first.looked = ahead;
            return 0;
        }
        second.looked = behind;
        1
    }

    /// How many of the edges at a node come before the first that can be passed.
    fn skipped(&mut self, state: &State, node: usize, ahead: bool, terms: Terms) -> usize {
        let mut skips = std::mem::take(&mut self.skips);
        let along = |edge: usize| (self.network.tails[edge] == node) == ahead;
        let ever = |edge: usize| {
            let rooms = if along(edge) { &state.room_up } else { &state.room_down };
            state.hidden[edge] && rooms[edge] >= terms.amount
        };
        let now = |edge: usize| self.pass(state, edge, along(edge), terms).is_some();
        let edges = self.network.edges.of(node);
        let count = skips.count(Exit { node, ahead }, state.changes(), edges, ever, now);
        self.skips = skips;
        count
    }

    /// Lets an amount pass an edge. It can come back the other way then.
    fn move_along(&mut self, state: &State, (edge, along): (usize, bool), amount: i64) {
        self.moved[edge] += if along { amount } else { -amount };
        self.touched.push(edge);
        for node in [self.network.tails[edge], self.network.heads[edge]] {
            let exit = Exit { node, ahead: (self.network.tails[edge] == node) != along };
            if let Ok(place) = self.network.edges.of(node).binary_search(&edge) {
                self.skips.reopen(exit, state.changes(), place);
            }
        }
    }

    /// The edge at this place of a node, what it costs, and where it leads, when it can be passed.
    fn leave(
        &self,
        state: &State,
        node: usize,
        place: usize,
        ahead: bool,
        terms: Terms,
    ) -> Option<((usize, u64), usize)> {
        let edge = *self.network.edges.of(node).get(place)?;
        let next = self.network.other(edge, node);
        let along = (self.network.tails[edge] == node) == ahead;
        let cost = self.pass(state, edge, along, terms)?;
        (next != node).then_some(((edge, cost), next))
    }

    /// A cheapest path on which every edge has room for the amount, with its cost.
    fn cheapest(
        &mut self,
        state: &State,
        start: usize,
        goal: usize,
        amount: i64,
    ) -> Option<(u64, Vec<(usize, bool)>)> {
        self.begin(start, goal);
        let terms = Terms { amount, hiding: true };
        let mut best: Option<(u64, usize)> = None;
        for count in 0.. {
            let [ahead, behind] = &self.sides;
            let (Some(Reverse(one)), Some(Reverse(two))) = (ahead.heap.peek(), behind.heap.peek()) else {
                break;
            };
            let (cost, next) = (one.0 + two.0, [one.1, two.1]);
            if best.is_some_and(|(found, _)| cost >= found || count > SETTLED) {
                break;
            }
            let id = self.turn(count % 2, next);
            let Some(Reverse((cost, node))) = self.sides.get_mut(id).and_then(|side| side.heap.pop()) else {
                break;
            };
            if let Some(side) = self.sides.get_mut(id)
                && std::mem::replace(&mut side.settled[node], self.search) == self.search
            {
                continue;
            }
            for place in 0..self.network.edges.of(node).len() {
                let Some(((edge, step), next)) = self.leave(state, node, place, id == 0, terms) else {
                    continue;
                };
                let [first, second] = &mut self.sides;
                let (own, other) = if id == 0 { (first, second) } else { (second, first) };
                let (total, before) = (cost + step, own.reached[next]);
                if before.0 == self.search && before.1 <= total {
                    continue;
                }
                own.reached[next] = (self.search, total, edge);
                own.heap.push(Reverse((total, next)));
                let met = other.reached[next];
                if met.0 == self.search && best.is_none_or(|(cost, _)| total + met.1 < cost) {
                    best = Some((total + met.1, next));
                }
            }
        }
        best.map(|(cost, node)| (cost, self.trace(node)))
    }

    /// The path through a node that both sides reached: edges, and whether each is passed along.
    fn trace(&self, meeting: usize) -> Vec<(usize, bool)> {
        let mut path = Vec::new();
        for (side, ahead) in self.sides.iter().zip([true, false]) {
            let mut node = meeting;
            while side.reached[node].2 != NONE {
                let edge = side.reached[node].2;
                path.push((edge, (self.network.heads[edge] == node) == ahead));
                node = self.network.other(edge, node);
            }
        }
        path
    }

    /// Lets a flow of at most the wished amount run; says how much does.
    fn run(&mut self, state: &State, wish: &Wish<'_>) -> i64 {
        for edge in self.touched.drain(..) {
            self.moved[edge] = 0;
        }
        self.skips.begin();
        let (start, goal) = self.ends(wish);
        let wanted = wish.amount.min(Self::limit(state, wish));
        if start == goal {
            return wanted;
        }
        let mut reached = 0;
        while reached < wanted {
            let Some(path) = self.shortest(state, start, goal) else { break };
            let room = |(edge, along): &(usize, bool)| self.room(state, *edge, *along);
            let amount = path.iter().map(room).min().unwrap_or(0).min(wanted - reached);
            path.into_iter().for_each(|step| self.move_along(state, step, amount));
            reached += amount;
        }
        reached
    }
}

impl Mover for Paths {
    const LOOKS_FURTHER: bool = false;

    fn pairs(&self) -> &[(CellId, CellId)] {
        self.shares.pairs()
    }

    fn far(&mut self, state: &State, wish: Wish<'_>) -> Move {
        let wish = self.shares.turned(wish);
        if self.stays(&wish) {
            return Move::default();
        }
        self.bar(&wish, true);
        let amount = self.run(state, &wish);
        self.bar(&wish, false);
        let mut cells = self.touched.clone();
        cells.sort_unstable();
        cells.dedup();
        let moves = cells.into_iter().map(|cell| (cell, self.moved[cell])).filter(|(_, moved)| *moved != 0);
        let own = (wish.cell, if wish.up { amount } else { -amount });
        let mut moves: Vec<(CellId, i64)> =
            if amount > 0 { moves.chain([own]).collect() } else { Vec::new() };
        let others = moves.iter().filter_map(|(cell, moved)| Some((self.shares.second(*cell)?, -moved)));
        let others: Vec<(CellId, i64)> = others.collect();
        moves.extend(others);
        Move { amount, moves }
    }

    fn repair(&mut self, state: &State, wish: Wish<'_>, more: i64) -> Option<(u64, Vec<usize>)> {
        let wish = self.shares.turned(wish);
        if self.stays(&wish) {
            return None;
        }
        self.bar(&wish, true);
        let reached = self.run(state, &wish);
        let (start, goal) = self.ends(&wish);
        let limit = Self::limit(state, &wish);
        let left = if limit == FREE { FREE } else { limit.saturating_sub(reached) };
        let mut amount = more.min(left);
        let mut found = None;
        while amount > 0 && found.is_none() {
            found = self.cheapest(state, start, goal, amount);
            amount /= 2;
        }
        self.bar(&wish, false);
        found.map(|(cost, path)| {
            let cells = path.into_iter().map(|(edge, _)| edge).filter(|edge| !state.hidden[*edge]);
            (cost, cells.collect())
        })
    }
}
