//! What follows since no value is under zero: the parts of nothing are nothing.

use std::collections::BTreeSet;

use super::derive::Derivation;
use crate::arr::Arr;

impl Derivation<'_, '_> {
    /// Computes what follows since no value is under zero: where the known parts of a total are all of it, the
    /// others are zero. Of zeros that are found so only those are kept that tell something else: in a large
    /// table there are many others, and each of these may be whatever their total may be. Gives all places that
    /// are zero.
    pub(super) fn add_zeros(&mut self) -> Vec<usize> {
        let plain = self.values.clone();
        self.telling.clear();
        loop {
            let zeros = self.zeros();
            if zeros.is_empty() || !self.misfit.is_empty() {
                break;
            }
            for (place, line) in zeros {
                self.values[place] = Some(0);
                self.emptied[place] = Some(line);
            }
            self.settle();
        }
        let zeros = (0..plain.len()).filter(|place| self.values[*place] == Some(0)).collect();
        if self.misfit.is_empty() && self.emptied.iter().any(Option::is_some) {
            self.forget_idle(&plain);
            self.settle();
        }
        zeros
    }

    /// The places that nothing is left for, each with the line that says so.
    fn zeros(&mut self) -> Vec<(usize, usize)> {
        let mut zeros = Vec::new();
        for (id, line) in self.grid.lines.iter().enumerate() {
            let Some(total) = self.values[line.total].map(i128::from) else { continue };
            if line.parts.iter().all(|part| self.values[*part].is_some()) {
                continue;
            }
            let spread = self.grid.spread(line, |place| self.values[place].is_some());
            let known: i128 = spread.known.iter().filter_map(|part| self.values[*part]).map(i128::from).sum();
            match known.cmp(&total) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => zeros.extend(spread.missing.iter().map(|place| (*place, id))),
                std::cmp::Ordering::Greater => self.fault(id, total, known),
            }
        }
        zeros
    }

    /// Takes back the zeros that were found besides what was `plain`, but for those by which something else was
    /// found.
    fn forget_idle(&mut self, plain: &Arr<Option<i64>>) {
        let grid = self.grid;
        let is_new = |place: &usize| plain[*place].is_none() && self.values[*place] == Some(0);
        let mut needed = BTreeSet::new();
        let telling = self.telling.iter().flat_map(|id| grid.lines[*id].cells());
        let mut waiting: Vec<usize> = telling.filter(is_new).collect();
        while let Some(place) = waiting.pop() {
            let Some(id) = self.emptied[place].or(self.by[place]).filter(|_| needed.insert(place)) else {
                continue;
            };
            let line = &grid.lines[id];
            let from =
                if line.total == place { line.parts.as_slice() } else { std::slice::from_ref(&line.total) };
            waiting.extend(from.iter().copied().filter(is_new));
        }
        let idle: Vec<usize> =
            (0..plain.len()).filter(|place| is_new(place) && !needed.contains(place)).collect();
        for place in idle {
            self.values[place] = None;
            self.by[place] = None;
            self.emptied[place] = None;
        }
    }
}
