//! The edges at a node that come first and cannot be passed. Nothing is found there, so no search looks at them again:
//! of a total with many parts, zeros and what is shown would be looked at for each of the others.

use crate::arr::Arr;

/// For each node how many edges that come first cannot be passed, away from it and towards it.
#[derive(Debug, Default)]
pub(super) struct Skips {
    /// In no flow, as the mask was after so many changes.
    lasting: [Arr<(usize, usize)>; 2],
    /// In one flow.
    passing: [Arr<(u32, usize)>; 2],
    flow: u32,
}

/// A node, and whether edges are passed away from it.
#[derive(Clone, Copy)]
pub(super) struct Exit {
    pub(super) node: usize,
    pub(super) ahead: bool,
}

impl Skips {
    pub(super) fn new(nodes: usize) -> Self {
        let (lasting, passing) = (Arr::of((0, 0), nodes), Arr::of((0, 0), nodes));
        Self { lasting: [lasting.clone(), lasting], passing: [passing.clone(), passing], flow: 0 }
    }

    /// Another flow begins.
    pub(super) fn begin(&mut self) {
        self.flow += 1;
    }

    fn known(&self, Exit { node, ahead }: Exit, changes: usize) -> (usize, usize) {
        let [towards, away] = &self.lasting;
        let (of, lasting) = if ahead { away } else { towards }[node];
        let lasting = if of == changes { lasting } else { 0 };
        let [towards, away] = &self.passing;
        let (of, passing) = if ahead { away } else { towards }[node];
        (lasting, if of == self.flow { passing } else { lasting })
    }

    /// How many of these edges come before the first that can be passed now. `ever` says whether an edge could be
    /// passed in some flow as the mask is.
    pub(super) fn count(
        &mut self,
        exit: Exit,
        changes: usize,
        edges: &[usize],
        ever: impl Fn(usize) -> bool,
        now: impl Fn(usize) -> bool,
    ) -> usize {
        let (mut lasting, mut passing) = self.known(exit, changes);
        let is_at = |place: usize, is: &dyn Fn(usize) -> bool| edges.get(place).is_none_or(|edge| is(*edge));
        while !is_at(lasting, &ever) {
            lasting += 1;
        }
        while !is_at(passing, &now) {
            passing += 1;
        }
        self.keep(exit, (changes, lasting), passing);
        passing
    }

    /// The edge at this place can be passed again, as something passed it the other way.
    pub(super) fn reopen(&mut self, exit: Exit, changes: usize, place: usize) {
        let (lasting, passing) = self.known(exit, changes);
        self.keep(exit, (changes, lasting), passing.min(place));
    }

    fn keep(&mut self, Exit { node, ahead }: Exit, lasting: (usize, usize), passing: usize) {
        let way = usize::from(ahead);
        if let (Some(own), Some(now)) = (self.lasting.get_mut(way), self.passing.get_mut(way)) {
            own[node] = lasting;
            now[node] = (self.flow, passing);
        }
    }
}
