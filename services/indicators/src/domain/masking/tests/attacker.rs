//! Who keeps everything that was shown of a block, in all releases, and knows what adds up to what.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::axis::{Grid, Place, SIDES};
use super::equations::{CONSTANT, Row, Solved, row};
use super::world::{Counts, beside};

/// That it does not apply at a place: nobody is there, as everybody knows.
pub(super) const NOBODY: i64 = -1;

/// A count: the same place with the same number is the same count, in whichever release, but for where it did not
/// apply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    /// One that is delivered, or that follows from what is; of a rate with of how many it is, and else with
    /// [`NOBODY`] where it does not apply.
    Known(Place, i64, Option<i64>),
    /// One that not even the owner can tell from these figures: those with this number.
    Unknown(Place, usize),
}

/// Counts that were shown, those of rates with of how many.
pub(super) type Seen = BTreeSet<(Place, i64, Option<i64>)>;

/// More than any count here.
const MOST: f64 = 100_000.0;
/// How far a solver that rounds can be off.
pub(super) const OFF: f64 = 1e-5;

/// What binds the counts of a block in all releases.
pub(super) struct Structure {
    pub delivered: BTreeSet<(Place, i64)>,
    counts: Vec<Count>,
    sums: BTreeSet<(usize, Vec<usize>)>,
    /// Counts of one person or of nobody, each with one of the same moment that lies in it.
    inside: BTreeSet<(usize, usize)>,
    grid: Grid,
}

impl Structure {
    /// What of these counts is there at each of these moments, with [`NOBODY`] where it does not apply, as far as
    /// it adds up.
    pub(super) fn new(grid: Grid, moments: BTreeSet<Counts>, delivered: BTreeSet<(Place, i64)>) -> Self {
        let (none, inside) = (BTreeSet::new(), BTreeSet::new());
        let mut own = Self { delivered, counts: Vec::new(), sums: none, inside, grid };
        let sums = own.grid.sums();
        let atoms: Vec<(Place, BTreeSet<usize>)> =
            own.grid.places().into_iter().map(|place| (place.clone(), own.grid.atoms(&place))).collect();
        let mut numbers = BTreeMap::new();
        for (moment, counts) in moments.into_iter().enumerate() {
            let none = counts.iter().filter(|(_, value)| **value == NOBODY).map(|(place, _)| place);
            let none: BTreeSet<usize> = none.flat_map(|place| own.grid.atoms(place)).collect();
            let counts = counts.into_iter().map(|(place, value)| (place, value.max(0))).collect();
            if let Some(all) = derived(&own.grid, &sums, counts) {
                let mut number = |place: &Place| {
                    let is_none = !is_side(place) && own.grid.atoms(place).is_subset(&none);
                    let of = of_all(place, &all).or(is_none.then_some(NOBODY));
                    // Of nobody of who knows how many it is not told from one moment to another.
                    let is_known = |value: &&i64| of.is_some() || !is_of_rate(place) || **value > 0;
                    let count = match all.get(place).filter(is_known) {
                        Some(value) => Count::Known(place.clone(), *value, of),
                        None => Count::Unknown(place.clone(), moment),
                    };
                    let next = numbers.len();
                    *numbers.entry(count).or_insert(next)
                };
                for (total, parts) in &sums {
                    let parts = parts.iter().map(&mut number).collect();
                    own.sums.insert((number(total), parts));
                }
                own.grid.places().iter().for_each(|place| {
                    number(place);
                });
                let is_few = |(place, _): &&(Place, _)| all.get(place).is_some_and(|value| *value <= 1);
                for (whole, of_whole) in atoms.iter().filter(is_few) {
                    let parts =
                        atoms.iter().filter(|(part, of)| all.contains_key(part) && of.is_subset(of_whole));
                    let parts: Vec<usize> = parts.map(|(part, _)| number(part)).collect();
                    own.inside.extend(parts.into_iter().map(|part| (number(whole), part)));
                }
            }
        }
        let mut counts: Vec<(usize, Count)> = numbers.into_iter().map(|(count, at)| (at, count)).collect();
        counts.sort();
        own.counts = counts.into_iter().map(|(_, count)| count).collect();
        own
    }

    /// The counts of nobody, as everybody knows of these places: in all of them, and where there are no other
    /// parts. With those of all others in a rate in which nobody is counted. Of those that are `counted` where it
    /// applies, a zero is one like any other.
    pub(super) fn nobody(&self, places: &BTreeSet<Place>, counted: &BTreeSet<Place>) -> BTreeSet<usize> {
        let told: Vec<BTreeSet<usize>> = places.iter().map(|place| self.grid.atoms(place)).collect();
        let is_inside = |place: &Place| {
            let atoms = self.grid.atoms(place);
            told.iter().any(|own| atoms.is_subset(own))
        };
        // What follows of a place that was not counted anew still does not apply.
        let is_none =
            |place: &Place, of: Option<i64>| is_side(place) || of == Some(NOBODY) || !counted.contains(place);
        let is_one = |count: &Count| matches!(count, Count::Known(place, 0, of) if is_none(place, *of) && is_inside(place));
        let mut all: BTreeSet<usize> =
            (0..self.counts.len()).filter(|at| is_one(&self.counts[*at])).collect();
        loop {
            let before = all.len();
            for (total, parts) in &self.sums {
                if all.contains(total) {
                    all.extend(parts);
                } else if parts.iter().all(|part| all.contains(part)) {
                    all.insert(*total);
                }
            }
            if all.len() == before {
                all.extend(self.all_others(&all));
                return all;
            }
        }
    }

    /// Of rates in which nobody is counted, as everybody knows, all others: they are everybody.
    fn all_others(&self, nobody: &BTreeSet<usize>) -> Vec<usize> {
        let is_of_all =
            |at: &usize| matches!(&self.counts[*at], Count::Known(place, ..) if of_how_many(place));
        let of_rates =
            self.sums.iter().filter(|(total, parts)| is_of_all(total) && !parts.iter().any(is_of_all));
        let of_nobody = of_rates.filter(|(_, parts)| parts.iter().any(|part| nobody.contains(part)));
        of_nobody.flat_map(|(_, parts)| parts.iter().copied()).collect()
    }

    /// What is known to who was shown these counts, and knows of how many each rate is.
    pub(super) fn seen(&self, seen: &Seen, lowest: i64) -> View<'_> {
        let is_seen = |count: &Count| match count {
            Count::Known(place, value, of) => {
                let is_seen = |of: Option<i64>| seen.contains(&(place.clone(), *value, of));
                of_how_many(place) || is_seen(*of) || (*of == Some(NOBODY) && is_seen(None))
            }
            Count::Unknown(..) => false,
        };
        let shown: BTreeSet<usize> = (0..self.counts.len()).filter(|at| is_seen(&self.counts[*at])).collect();
        let rows = self.sums.iter().map(|(total, parts)| {
            let terms = parts.iter().map(|part| (*part, 1)).chain([(*total, -1)]);
            row(terms.map(|(at, sign)| match &self.counts[at] {
                Count::Known(_, value, _) if shown.contains(&at) => (CONSTANT, sign * value),
                Count::Known(..) | Count::Unknown(..) => (at, sign),
            }))
        });
        let rows: Vec<Row> = rows.filter(|row| row.keys().any(|column| *column != CONSTANT)).collect();
        let (solved, nobody) = (Solved::of(rows.iter().cloned()), BTreeSet::new());
        View { structure: self, solved, rows, shown, nobody, lowest }
    }
}

/// Of who are counted in a rate, or are not: of how many, when that is among these counts.
pub(super) fn of_all((area, codes): &Place, counts: &Counts) -> Option<i64> {
    let (_, categories) = codes.split_last().filter(|(side, _)| SIDES[..2].contains(&side.as_str()))?;
    counts.get(&beside(&(area.clone(), categories.to_vec()), SIDES[2])).copied()
}

/// Whether a place is that of who are counted in a rate, or are not.
fn is_of_rate((_, codes): &Place) -> bool {
    codes.last().is_some_and(|code| SIDES[..2].contains(&code.as_str()))
}

/// Whether a place is that of one of the three counts of a rate.
fn is_side(place: &Place) -> bool {
    is_of_rate(place) || of_how_many(place)
}

/// Whether a place is that of the denominator of a rate.
pub(super) fn of_how_many((_, codes): &Place) -> bool {
    codes.last().is_some_and(|code| code == SIDES[2])
}

/// All that follows from counts, also since where nobody is in all nobody is in a part; none when they do not
/// add up.
fn derived(grid: &Grid, sums: &[(Place, Vec<Place>)], counts: Counts) -> Option<Counts> {
    let all = computed(grid, sums, counts)?;
    let nobody = all.iter().filter(|(_, value)| **value == 0);
    let nobody: BTreeSet<usize> = nobody.flat_map(|(place, _)| grid.atoms(place)).collect();
    let empty = grid.places().into_iter().filter(|place| grid.atoms(place).is_subset(&nobody));
    let with_empty: Counts = empty.map(|place| (place, 0)).chain(all.clone()).collect();
    if with_empty.len() == all.len() { Some(all) } else { derived(grid, sums, with_empty) }
}

/// All that follows from counts by sums and differences; none when they do not add up.
fn computed(grid: &Grid, sums: &[(Place, Vec<Place>)], counts: Counts) -> Option<Counts> {
    let places = grid.places();
    let at: BTreeMap<&Place, usize> = places.iter().zip(0..).collect();
    let rows = sums.iter().map(|(total, parts)| {
        let terms = parts.iter().map(|part| (part, 1)).chain([(total, -1)]);
        row(terms.map(|(place, sign)| match counts.get(place) {
            Some(value) => (CONSTANT, sign * value),
            None => (at[place], sign),
        }))
    });
    let rows: Vec<Row> = rows.collect();
    let solved = Solved::of(rows.iter().cloned());
    let mut all = counts.clone();
    for (column, value) in solved.found() {
        all.insert(places[column].clone(), value.filter(|value| *value >= 0)?);
    }
    let sum = |parts: &[Place]| parts.iter().filter_map(|part| all.get(part)).sum::<i64>();
    let too_much = sums.iter().any(|(total, parts)| all.get(total).is_some_and(|own| sum(parts) > *own));
    let adds_up = !solved.contradictory && !too_much;
    // What is not known may still have to be more than there is left.
    (adds_up && extreme(&rows, None, &|_| 0.0).is_some()).then_some(all)
}

/// The lowest or the highest number that a count can be, or 0 when none is asked for; none when no
/// numbers are possible.
fn extreme(
    rows: &[Row],
    of: Option<(usize, OptimizationDirection)>,
    floor: &dyn Fn(usize) -> f64,
) -> Option<f64> {
    let mut problem = Problem::new(of.map_or(OptimizationDirection::Minimize, |(_, direction)| direction));
    let mut variables: BTreeMap<usize, Variable> = BTreeMap::new();
    for column in rows.iter().flat_map(Row::keys).filter(|column| **column != CONSTANT) {
        variables.entry(*column).or_insert_with(|| {
            let cost = if of.is_some_and(|(of, _)| of == *column) { 1.0 } else { 0.0 };
            problem.add_var(cost, (floor(*column), MOST))
        });
    }
    for row in rows.iter().filter(|row| row.keys().any(|column| *column != CONSTANT)) {
        let terms = row.iter().filter(|(column, _)| **column != CONSTANT);
        let terms: Vec<(Variable, f64)> =
            terms.map(|(column, factor)| (variables[column], factor.float())).collect();
        let known = row.get(&CONSTANT).map_or(0.0, |factor| factor.float());
        problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, -known);
    }
    let solved = problem.solve().ok()?;
    Some(solved.into_solution().expect("no limit was set").objective())
}

/// What somebody knows.
pub(super) struct View<'a> {
    structure: &'a Structure,
    rows: Vec<Row>,
    solved: Solved,
    shown: BTreeSet<usize>,
    /// The counts of which everybody knows that nobody is in them.
    nobody: BTreeSet<usize>,
    /// The lowest number that a count can be that is delivered and not shown.
    lowest: i64,
}

impl View<'_> {
    /// The same where everybody knows of these counts that nobody is in them.
    pub(super) fn where_nobody_is(self, nobody: BTreeSet<usize>) -> Self {
        Self { nobody, ..self }
    }

    /// The counts that are protected, with their numbers. What is protected is told by the place and the
    /// count, and of who are counted in a rate or are not, by the number that they are of. The
    /// denominators are not.
    pub(super) fn protected(
        &self,
        is: impl Fn(&Place, i64, Option<i64>) -> bool,
    ) -> Vec<(usize, &Place, i64)> {
        let protected = |(at, count): (usize, &'_ Count)| match count {
            Count::Known(place, ..) if of_how_many(place) => None,
            Count::Known(place, value, of) if is(place, *value, *of) => Some(at),
            Count::Known(..) | Count::Unknown(..) => None,
        };
        let numbers = self.structure.counts.iter().enumerate().filter_map(protected);
        numbers.filter_map(|at| self.known(at).map(|(place, value)| (at, place, value))).collect()
    }

    /// Of how many who are counted in a rate are, or who are not; also where only another moment tells it of as many.
    pub(super) fn denominator(&self, at: usize) -> Option<i64> {
        let Count::Known(place, value, of) = &self.structure.counts[at] else { return None };
        let told = |count: &Count| match count {
            Count::Known(other, as_many, of) if other == place && as_many == value => *of,
            Count::Known(..) | Count::Unknown(..) => None,
        };
        of.or_else(|| self.structure.counts.iter().filter_map(told).min())
    }

    fn known(&self, at: usize) -> Option<(&Place, i64)> {
        match &self.structure.counts[at] {
            Count::Known(place, value, _) => Some((place, *value)),
            Count::Unknown(..) => None,
        }
    }

    /// The numbers of the counts that are shown or follow from what is.
    pub(super) fn found(&self) -> BTreeSet<usize> {
        self.solved.found().into_keys().chain(self.shown.iter().copied()).collect()
    }

    /// The protected counts that who is the only one in another count can compute from all that they
    /// know by it.
    pub(super) fn found_by_insiders(&self, protected: &[(usize, &Place, i64)]) -> Vec<(Place, Place)> {
        let mut found = Vec::new();
        let mut done = BTreeSet::new();
        let counts = (0..self.structure.counts.len()).filter_map(|at| Some((at, self.known(at)?)));
        for (insider, (own, _)) in counts.filter(|(_, (_, value))| *value == 1) {
            let known = self.of_themselves(insider);
            let hidden: Vec<usize> = known.difference(&self.shown).copied().collect();
            if hidden.is_empty() || !done.insert(hidden.clone()) {
                continue;
            }
            let others = self.found_by_knowing(&known, protected).into_iter();
            found.extend(others.map(|place| (own.clone(), place)));
        }
        found
    }

    /// The protected counts of others that who is the only one in a count can compute without knowing of any total
    /// that was not told. That nobody is in a count is not of themselves when it lies in no such count.
    pub(super) fn found_by_unaware(
        &self,
        protected: &[(usize, &Place, i64)],
        told: &BTreeSet<(Place, i64)>,
    ) -> Vec<(Place, Place)> {
        let is_told =
            |at: &usize| self.known(*at).is_some_and(|(place, value)| told.contains(&(place.clone(), value)));
        let is_one = |at: &usize| self.known(*at).is_some_and(|(_, value)| value == 1) && is_told(at);
        let mut found = Vec::new();
        let mut done = BTreeSet::new();
        let ones = (0..self.structure.counts.len()).filter(is_one);
        for (insider, own) in ones.filter_map(|at| Some((at, self.known(at)?.0))) {
            let themselves = self.of_themselves(insider);
            if !done.insert(themselves.clone()) {
                continue;
            }
            let wholes: BTreeSet<usize> = themselves.iter().copied().filter(is_one).collect();
            let inside = self.structure.inside.iter().filter(|(whole, _)| wholes.contains(whole));
            let known = self.with_other_sides(self.with_nobody(inside.map(|(_, part)| *part).collect()));
            let is_of_others =
                |(at, _, value): &&(usize, &Place, i64)| *value == 0 || !themselves.contains(at);
            let others: Vec<_> = protected.iter().filter(is_of_others).copied().collect();
            let places = self.found_by_knowing(&known, &others).into_iter();
            found.extend(places.map(|place| (own.clone(), place)));
        }
        found
    }

    /// The protected counts that who knows these besides can compute of the others.
    pub(super) fn found_by_knowing(
        &self,
        known: &BTreeSet<usize>,
        protected: &[(usize, &Place, i64)],
    ) -> Vec<Place> {
        let told = known.difference(&self.shown).map(|at| {
            let value = self.known(*at).map_or(0, |(_, value)| value);
            row([(*at, 1), (CONSTANT, -value)].into_iter())
        });
        let with = self.solved.with(told).found();
        let others = protected.iter().filter(|(at, ..)| !known.contains(at) && with.contains_key(at));
        others.map(|(_, place, _)| (*place).clone()).collect()
    }

    /// These, and the counts of nobody that who knows them knows too, as nobody else is in them: in what is known
    /// nobody else is, and what such counts are together, also with those of which everybody knows it.
    pub(super) fn with_nobody(&self, mut known: BTreeSet<usize>) -> BTreeSet<usize> {
        let is_nobody = |at: &usize| self.known(*at).is_some_and(|(_, value)| value == 0);
        loop {
            let before = known.len();
            for (total, parts) in &self.structure.sums {
                if known.contains(total) {
                    known.extend(parts.iter().copied().filter(is_nobody));
                } else if is_nobody(total)
                    && parts.iter().all(|part| known.contains(part) || self.nobody.contains(part))
                {
                    known.insert(*total);
                }
            }
            if known.len() == before {
                return known;
            }
        }
    }

    /// The counts that say nothing of others than the only one in a count: what they are alone in, and
    /// what lies in that, where nobody is or they are themselves. And of a rate the other side, which whoever knows
    /// one side and the denominator knows.
    fn of_themselves(&self, insider: usize) -> BTreeSet<usize> {
        let value = |at: usize| self.known(at).map(|(_, value)| value);
        let mut known = BTreeSet::from([insider]);
        loop {
            let before = known.len();
            let ones: Vec<usize> = known.iter().copied().filter(|at| value(*at) == Some(1)).collect();
            known.extend(ones.into_iter().flat_map(|at| self.untold(at)));
            for (whole, part) in &self.structure.inside {
                if known.contains(part) && value(*part) == Some(1) {
                    known.insert(*whole);
                }
                if known.contains(whole) {
                    known.insert(*part);
                }
            }
            for (total, parts) in &self.structure.sums {
                let is_known = |part: &usize| known.contains(part) || self.nobody.contains(part);
                if value(*total).is_some_and(|own| own <= 1) && parts.iter().all(is_known) {
                    known.insert(*total);
                }
            }
            if known.len() == before {
                break;
            }
        }
        self.with_other_sides(known)
    }

    /// These, and of rates the other side; all also at moments that tell of how many they are, or do not.
    fn with_other_sides(&self, mut known: BTreeSet<usize>) -> BTreeSet<usize> {
        let sides = self.structure.sums.iter().filter(|(total, parts)| {
            let is_denominator = |at: &usize| self.known(*at).is_some_and(|(place, _)| of_how_many(place));
            is_denominator(total) && parts.iter().all(|part| !is_denominator(part))
        });
        let of_known = sides.filter(|(_, parts)| parts.iter().any(|part| known.contains(part)));
        let others: Vec<usize> = of_known.flat_map(|(_, parts)| parts.iter().copied()).collect();
        known.extend(others);
        let same: Vec<usize> = known.iter().flat_map(|at| self.untold(*at)).collect();
        known.extend(same);
        known
    }

    /// The same count at moments of which the one tells of how many it is and the other does not.
    fn untold(&self, at: usize) -> Vec<usize> {
        let Count::Known(place, value, of) = &self.structure.counts[at] else { return Vec::new() };
        let is_same = |count: &Count| match count {
            Count::Known(other, as_many, its) => {
                (other, as_many) == (place, value) && of.is_none() != its.is_none()
            }
            Count::Unknown(..) => false,
        };
        (0..self.structure.counts.len()).filter(|other| is_same(&self.structure.counts[*other])).collect()
    }

    /// How far apart the lowest and the highest number are that a count can be.
    pub(super) fn width(&self, of: usize) -> f64 {
        let [low, high] = self.bounds(of);
        high - low + OFF
    }

    /// The lowest and the highest number that a count can be.
    pub(super) fn bounds(&self, of: usize) -> [f64; 2] {
        if let Some((_, value)) = self.known(of).filter(|_| self.shown.contains(&of)) {
            return [float(value); 2];
        }
        if !self.rows.iter().any(|row| row.contains_key(&of)) {
            return [self.floor(of), MOST];
        }
        let bound = |direction| {
            let found = extreme(&self.rows, Some((of, direction)), &|at| self.floor(at));
            found.expect("the true counts are possible")
        };
        [bound(OptimizationDirection::Minimize), bound(OptimizationDirection::Maximize)]
    }

    fn floor(&self, at: usize) -> f64 {
        let is_delivered = match &self.structure.counts[at] {
            Count::Known(_, _, Some(NOBODY)) | Count::Unknown(..) => false,
            Count::Known(place, value, _) => self.structure.delivered.contains(&(place.clone(), *value)),
        };
        float(if is_delivered { self.lowest } else { 0 })
    }
}

fn float(number: i64) -> f64 {
    f64::from(i32::try_from(number).expect("a small number"))
}
