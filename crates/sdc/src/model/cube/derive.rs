//! What can be computed from the given cells of one edition.

use std::collections::{BTreeSet, VecDeque};

use super::grid::{Grid, Line, Reach};
use super::guess::least;
use super::meter::Meter;
use crate::arr::Arr;
use crate::echelon::Echelon;
use crate::model::ModelError;
use crate::rows::{Row, add, nearest, residue};

/// What is known of one edition.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// What the edition tells of each place.
    pub(super) reach: Arr<Reach>,
    /// Whether each place is in a block with something given in it or under it, and not only beside.
    pub(super) told: Arr<bool>,
    /// The value of each place; none when it cannot be computed.
    pub(super) values: Arr<Option<i64>>,
    /// Values for the places that the lines of which none was left out bind.
    pub(super) bound: Arr<Option<i64>>,
    /// The lines that were left out of these since what they hold can always be made to fit, the last first.
    pub(super) left_out: Vec<usize>,
    /// Whether a line with places that are not known tells something of others.
    pub(super) binding: Arr<bool>,
    /// The places that are zero, those that tell nothing and so are not among the values too.
    pub(super) zeros: Vec<usize>,
}

/// Why the cells do not fit together.
#[derive(Clone, Debug, Default)]
pub(super) struct Misfit {
    /// Totals that were given with more than their parts, by dimension and node.
    pub(super) leaving: BTreeSet<(usize, usize)>,
    /// Totals that have more than their parts, or of which something that does not fit was derived as if
    /// their parts are all there is.
    pub(super) doubtful: BTreeSet<(usize, usize)>,
    /// What is wrong when all of these have a part more.
    pub(super) error: Option<ModelError>,
}

impl Misfit {
    /// Both together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.leaving.extend(other.leaving);
        self.doubtful.extend(other.doubtful);
        Self { error: self.error.or(other.error), ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaving.is_empty() && self.error.is_none()
    }
}

pub(super) struct Derivation<'a, 'm> {
    pub(super) grid: &'a Grid,
    meter: &'a mut Meter<'m>,
    /// What the edition tells of each place.
    reach: &'a Arr<Reach>,
    pub(super) values: Arr<Option<i64>>,
    /// The line by which a place was derived.
    pub(super) by: Arr<Option<usize>>,
    /// For each place that is zero since nothing is left for it the line that says so.
    pub(super) emptied: Arr<Option<usize>>,
    /// The lines by which something was derived that is not zero, and those that were solved together.
    pub(super) telling: BTreeSet<usize>,
    guesses: Arr<Option<i64>>,
    pub(super) misfit: Misfit,
}

/// Computes everything that follows from the given values by sums and differences, and since no value is
/// under zero, in an edition by its number. Where the meter says that there may be no more steps, what is computed is
/// worth nothing.
pub(super) fn derive(
    grid: &Grid,
    edition: usize,
    given: Arr<Option<i64>>,
    meter: &mut Meter<'_>,
) -> Result<Known, Misfit> {
    let everywhere = || Arr::of(Reach::Found, given.len());
    let reach = grid.reach.get(edition).cloned().unwrap_or_else(everywhere);
    let (by, emptied) = (Arr::of(None, given.len()), Arr::of(None, given.len()));
    let (guesses, telling, misfit) = (Arr::default(), BTreeSet::new(), Misfit::default());
    let (reach, values) = (&reach, given);
    let mut own = Derivation { grid, meter, reach, values, by, emptied, telling, guesses, misfit };
    own.settle();
    let zeros = own.add_zeros();
    if own.misfit.is_empty() {
        let (binding, mut left_out) = (own.binding(), own.undetermined().1);
        left_out.reverse();
        let (bound, values) = (own.guesses, own.values);
        let told = grid.told.get(edition).cloned().unwrap_or_else(|| Arr::of(true, bound.len()));
        let reach = reach.clone();
        Ok(Known { reach, told, binding, left_out, bound, values, zeros })
    } else {
        Err(own.misfit)
    }
}

impl Derivation<'_, '_> {
    /// Computes everything that follows by sums and differences.
    pub(super) fn settle(&mut self) {
        let mut waiting = (0..self.grid.lines.len()).collect();
        loop {
            self.peel(waiting);
            if !self.meter.count(self.grid.steps()) {
                return;
            }
            let found = self.solve();
            if found.is_empty() {
                return;
            }
            let lines = found.iter().flat_map(|place| self.grid.lines_of.of(*place));
            waiting = lines.copied().collect();
        }
    }

    /// Works off lines of which at most one place is not known.
    fn peel(&mut self, mut waiting: VecDeque<usize>) {
        while let Some(id) = waiting.pop_front() {
            let line = &self.grid.lines[id];
            let mut open = line.cells().filter(|place| self.values[*place].is_none());
            let (first, second) = (open.next(), open.next());
            if second.is_some() {
                self.check_part(id);
                continue;
            }
            let sum = self.sum_of_parts(line);
            let total = self.values[line.total].map(i128::from);
            let found = match (first, total) {
                (None, Some(total)) => {
                    self.check(id, total, sum);
                    continue;
                }
                (Some(_), None) => sum,
                (Some(_), Some(total)) if sum <= total => total - sum,
                (_, total) => {
                    self.fault(id, total.unwrap_or(sum), sum);
                    continue;
                }
            };
            let Some(place) = first else { continue };
            self.set(place, found, id);
            waiting.extend(self.grid.lines_of.of(place).iter().filter(|other| **other != id));
        }
    }

    fn set(&mut self, place: usize, value: i128, by: usize) {
        match i64::try_from(value) {
            Ok(value) => {
                self.values[place] = Some(value);
                self.by[place] = Some(by);
                if value != 0 {
                    self.telling.insert(by);
                }
            }
            Err(_) => {
                let what = self.grid.name(place);
                self.misfit.error.get_or_insert(ModelError::TooLarge { what });
            }
        }
    }

    fn sum_of_parts(&self, line: &Line) -> i128 {
        line.parts.iter().filter_map(|part| self.values[*part]).map(i128::from).sum()
    }

    /// A line of which all is known must add up, or its total gets a part more. What is derived may be wrong
    /// for another reason.
    fn check(&mut self, id: usize, total: i128, sum: i128) {
        let line = &self.grid.lines[id];
        if sum < total && line.tree && !self.has_rest(line) {
            let own = (line.along, line.node);
            if line.cells().all(|place| self.by[place].or(self.emptied[place]).is_none()) {
                self.misfit.leaving.insert(own);
                return;
            }
            self.misfit.doubtful.insert(own);
        }
        if sum != total {
            self.fault(id, total, sum);
        }
    }

    /// Parts that are known may not be more than their total together.
    fn check_part(&mut self, id: usize) {
        let line = &self.grid.lines[id];
        let sum = self.sum_of_parts(line);
        if let Some(total) = self.values[line.total].map(i128::from).filter(|total| sum > *total) {
            self.fault(id, total, sum);
        }
    }

    fn has_rest(&self, line: &Line) -> bool {
        self.grid.sides.get(line.along).is_some_and(|side| side.has_rest[line.node])
    }

    /// The lines by which these places were derived; of zeros those by which what leaves nothing for them was.
    fn sources(&self, mut places: Vec<usize>) -> BTreeSet<usize> {
        let (mut sources, mut seen) = (BTreeSet::new(), BTreeSet::new());
        while let Some(place) = places.pop() {
            sources.extend(self.by[place]);
            if let Some(line) = self.emptied[place].map(|id| &self.grid.lines[id])
                && seen.insert(place)
            {
                places.extend(self.grid.spread(line, |part| self.values[part].is_some()).known);
                places.push(line.total);
            }
        }
        sources
    }

    pub(super) fn fault(&mut self, id: usize, value: i128, parts: i128) {
        let line = &self.grid.lines[id];
        let sources = self.sources(line.cells().collect());
        let doubtful: Vec<(usize, usize)> = sources
            .into_iter()
            .map(|by| &self.grid.lines[by])
            .filter(|source| source.tree && !self.has_rest(source))
            .map(|source| (source.along, source.node))
            .collect();
        self.misfit.doubtful.extend(doubtful);
        let error = match line.parts.as_slice() {
            [part] if !line.tree => {
                let (one, other) = (self.grid.name_apart(line.total), self.grid.name_apart(*part));
                ModelError::Unequal { one, other }
            }
            _ => ModelError::NotAdditive { total: self.grid.name_apart(line.total), value, parts },
        };
        self.misfit.error.get_or_insert(error);
    }

    /// Solves the lines that are left together; the places that were found.
    fn solve(&mut self) -> Vec<usize> {
        let constant = self.values.len();
        let (kept, _) = self.undetermined();
        let least = least(self.grid, &self.values);
        self.guesses = self.values.clone();
        let mut uses = Arr::of(0usize, self.values.len() + 1);
        let mut equations: Vec<Row> = Vec::new();
        for line in (0..kept.len()).filter(|id| kept[*id]).map(|id| &self.grid.lines[id]) {
            let mut row = Row::new();
            let terms = line.parts.iter().map(|part| (*part, 1)).chain([(line.total, -1)]);
            for (place, sign) in terms {
                match self.values[place] {
                    Some(value) => add(&mut row, constant, residue(value.saturating_mul(sign))),
                    // What it is more than it is at least.
                    None => {
                        self.guesses[place] = Some(least[place]);
                        add(&mut row, constant, residue(least[place].saturating_mul(sign)));
                        add(&mut row, place, residue(sign))
                    }
                };
            }
            row.keys().for_each(|column| uses[*column] += 1);
            equations.push(row);
        }
        equations.sort_by_key(|row| (row.len(), row.keys().next().copied()));
        let mut echelon = Echelon::new(constant);
        for row in &equations {
            let terms = echelon.insert(row, |column| uses[column]);
            if !self.meter.count(terms) {
                return Vec::new();
            }
        }
        if echelon.is_contradictory() {
            self.contradiction(&kept);
        }
        let mut found = Vec::new();
        for solved in echelon.solutions() {
            let value = least[solved.column].saturating_add(nearest(solved.value));
            if solved.is_fixed {
                found.push((solved.column, value));
            } else {
                self.guesses[solved.column] = Some(value);
            }
        }
        found.sort_unstable();
        for (place, value) in &found {
            let by = self.grid.lines_of.of(*place).iter().copied().find(|id| kept[*id]);
            if *value < 0 {
                let cell = self.grid.name(*place);
                self.misfit.error.get_or_insert(ModelError::Negative { cell });
            }
            self.set(*place, i128::from(*value), by.unwrap_or(0));
        }
        if !found.is_empty() {
            self.telling.extend((0..kept.len()).filter(|id| kept[*id]));
        }
        found.into_iter().map(|(place, _)| place).collect()
    }

    /// The lines left over cannot all hold: any of their totals may have a part more.
    fn contradiction(&mut self, kept: &Arr<bool>) {
        let lines = || (0..kept.len()).filter(|id| kept[*id]).map(|id| &self.grid.lines[id]);
        let doubtful = lines().filter(|line| line.tree && !self.has_rest(line));
        let doubtful: Vec<(usize, usize)> = doubtful.map(|line| (line.along, line.node)).collect();
        if let Some(line) = lines().find(|line| self.values[line.total].is_some()) {
            let total = self.grid.name(line.total);
            let value = self.values[line.total].map_or(0, i128::from);
            let parts = self.sum_of_parts(line);
            self.misfit.error.get_or_insert(ModelError::NotAdditive { total, value, parts });
        }
        self.misfit.doubtful.extend(doubtful);
    }

    /// The lines of which places may follow together, and the others in the order in which they were left
    /// out. One with two places of its own is: whatever the rest is, these make it fit. Where nothing is given
    /// nothing follows.
    fn undetermined(&self) -> (Arr<bool>, Vec<usize>) {
        self.prune(
            |line| line.parts.iter().all(|part| self.reach[*part] == Reach::Found),
            |line, is_own| line.cells().filter(|place| is_own(*place)).count() >= 2,
        )
    }

    /// The lines that tell something of places that are known or in other lines. One with a total of its own
    /// does not, as that is what the parts are; nor does one of which all parts that can be more than nothing
    /// are its own. Other lines with a part of their own tell how much the total is at least.
    fn binding(&self) -> Arr<bool> {
        let bounded = self.bounded();
        let binding = self.prune(
            |line| bounded[line.total] && line.parts.iter().all(|part| self.reach[*part] != Reach::Idle),
            |line, is_own| {
                // What is left of a known total is known.
                let nothing = |part: usize| match self.values[part] {
                    Some(value) => value == 0 || self.values[line.total].is_some(),
                    None => is_own(part),
                };
                is_own(line.total) || line.parts.iter().all(|part| nothing(*part))
            },
        );
        binding.0
    }

    /// The places of which it is known that they are no more than something: that are known, part of such a place, or
    /// made of such places. All others can be as much more as their other parts take, which there are on every
    /// way down, so that a line with such a total tells nothing.
    fn bounded(&self) -> Arr<bool> {
        let lines = &self.grid.lines;
        let mut bounded: Arr<bool> = self.values.iter().map(Option::is_some).collect();
        let mut open: Arr<usize> =
            lines.iter().map(|line| line.parts.iter().filter(|part| !bounded[**part]).count()).collect();
        let mut waiting: VecDeque<usize> = (0..lines.len()).collect();
        while let Some(id) = waiting.pop_front() {
            let line = &lines[id];
            let found: &[usize] = match (bounded[line.total], open[id]) {
                (true, 0) => &[],
                (true, _) => &line.parts,
                (false, 0) => std::slice::from_ref(&line.total),
                (false, _) => &[],
            };
            for place in found.iter().copied() {
                if !std::mem::replace(&mut bounded[place], true) {
                    for other in self.grid.lines_of.of(place) {
                        open[*other] -= usize::from(lines[*other].total != place);
                        waiting.push_back(*other);
                    }
                }
            }
        }
        bounded
    }

    /// The lines with places that are not known, without those that may go, given which places that are not
    /// known are in no other line; and those without which they are, in the order in which they went.
    fn prune(
        &self,
        counts: impl Fn(&Line) -> bool,
        may_go: impl Fn(&Line, &dyn Fn(usize) -> bool) -> bool,
    ) -> (Arr<bool>, Vec<usize>) {
        let lines = &self.grid.lines;
        let open = |id: usize| lines[id].cells().filter(|place| self.values[*place].is_none());
        let mut kept: Arr<bool> =
            lines.iter().enumerate().map(|(id, line)| counts(line) && open(id).next().is_some()).collect();
        let mut waiting: Vec<usize> = (0..lines.len()).filter(|id| kept[*id]).collect();
        let mut uses = Arr::of(0usize, self.values.len());
        waiting.iter().flat_map(|id| open(*id)).for_each(|place| uses[place] += 1);
        let mut gone = Vec::new();
        while let Some(id) = waiting.pop() {
            let is_own = |place: usize| self.values[place].is_none() && uses[place] == 1;
            if !kept[id] || !may_go(&lines[id], &is_own) {
                continue;
            }
            kept[id] = false;
            gone.push(id);
            for place in open(id) {
                uses[place] -= 1;
                if uses[place] == 1 {
                    waiting.extend(self.grid.lines_of.of(place).iter().filter(|other| kept[**other]));
                }
            }
        }
        (kept, gone)
    }
}
