//! How far an unknown can move where the equations are no network. All of them together where these are
//! few; otherwise only those nearby, with everything else as it is: what an unknown reaches so it surely
//! reaches, and nothing is said of how much further it can go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::component::Component;
use super::flow::FREE;
use super::modular;
use super::ratio::Fraction;
use super::simplex::{Furthest, Tableau};
use super::vicinity::{Areas, Vicinity, next_to};
use crate::arr::{Arr, Lists};

/// Sizes of the neighbourhood in which room is looked for, before the whole component, with how many others
/// of an equation are near an unknown: those next to it in the order of cells. Of a sum over all areas these
/// are the next areas, the same for each count of an area, so that what moves one can be found among them.
const NEIGHBOURHOODS: [(usize, usize); 4] = [(16, 2), (64, 4), (256, 8), (256, 2)];

/// How much further than wanted an unknown may go where it does not get there otherwise: it may go by two or
/// more at a time.
const STRIDE: i64 = 12;

/// The equations of a component.
pub(super) struct Equations<'a> {
    component: &'a Component,
    integer: bool,
    /// How far each unknown can lie under its true value, and above it.
    rooms: Arr<[Option<i64>; 2]>,
    /// The equations of each unknown, with its coefficient.
    rows_of: Lists<(usize, i64)>,
    barred: BTreeSet<usize>,
    areas: Areas,
    /// All equations solved, once that was tried; none where they are too many or do not fit.
    whole: Option<Option<Tableau>>,
    support: Vec<usize>,
}

impl<'a> Equations<'a> {
    pub(super) fn new(component: &'a Component, rooms: &Arr<[i64; 2]>, areas: Areas, integer: bool) -> Self {
        let pairs = component.rows.iter().enumerate();
        let pairs = pairs.flat_map(|(row, terms)| terms.iter().map(move |(own, sign)| (*own, (row, *sign))));
        let bound = |room: i64| (room != FREE).then_some(room);
        Self {
            rooms: rooms.iter().map(|own| own.map(bound)).collect(),
            rows_of: Lists::gather(component.unknowns(), pairs, (0, 0)),
            barred: BTreeSet::new(),
            areas,
            whole: None,
            support: Vec::new(),
            component,
            integer,
        }
    }

    /// The unknowns that the equations fix.
    pub(super) fn fixed(&mut self) -> Vec<usize> {
        let count = self.component.unknowns();
        if let Some(whole) = self.whole() {
            return (0..count).filter(|own| whole.is_fixed(*own)).collect();
        }
        let fixed = modular::fixed(count, self.component.rows.as_slice());
        (0..count).filter(|own| fixed[*own]).collect()
    }

    /// The furthest that an unknown goes, whatever is barred.
    pub(super) fn furthest(&mut self, unknown: usize, up: bool) -> Furthest {
        let integer = self.integer;
        let found = self.whole().map(|whole| {
            if integer { whole.furthest_whole(unknown, up).0 } else { whole.clone().furthest(unknown, up) }
        });
        match found {
            Some(found @ (Furthest::Free | Furthest::Proven(_))) => found,
            Some(Furthest::AtLeast(_)) | None => self.nearby(unknown, up),
        }
    }

    /// How far an unknown surely goes, hardly more than `wanted`, when what is barred stays where it is.
    pub(super) fn far(&mut self, unknown: usize, up: bool, wanted: i64) -> Fraction {
        let (mut best, mut support) = (Fraction::ZERO, Vec::new());
        let bound = Fraction::from(wanted);
        for near in self.neighbourhoods(unknown, wanted) {
            for limit in [wanted, wanted.saturating_add(STRIDE)] {
                let found = self.room_in(&near, unknown, up, Some(limit));
                let Some((amount, moved)) = found.and_then(|(own, moved)| Some((own.amount()?, moved)))
                else {
                    break;
                };
                if amount > best {
                    (best, support) = (amount, moved);
                }
                if best >= bound || !self.integer {
                    break;
                }
            }
            if best >= bound {
                break;
            }
        }
        self.support = support;
        best
    }

    /// The others that moved in the last call of [`Equations::far`].
    pub(super) fn support(&self) -> &[usize] {
        &self.support
    }

    /// Which unknowns may not move from now on.
    pub(super) fn bar(&mut self, unknowns: &[usize], barred: bool) {
        if barred {
            self.barred.extend(unknowns);
        } else {
            self.barred.retain(|own| !unknowns.contains(own));
        }
    }

    /// The equations of the whole component, solved.
    fn whole(&mut self) -> Option<&Tableau> {
        let (component, rooms) = (self.component, &self.rooms);
        self.whole.get_or_insert_with(|| Tableau::new(component.rows.as_slice(), rooms.as_slice())).as_ref()
    }

    /// How far an unknown goes at least.
    fn nearby(&self, unknown: usize, up: bool) -> Furthest {
        let mut best = Fraction::ZERO;
        for near in self.neighbourhoods(unknown, STRIDE) {
            match self.room_in(&near, unknown, up, None) {
                // What has no end nearby has none.
                Some((Furthest::Free, _)) => return Furthest::Free,
                Some((Furthest::Proven(amount) | Furthest::AtLeast(amount), _)) => best = best.max(amount),
                // A smaller one, or one of other cells, may still fit.
                None => {}
            }
        }
        Furthest::AtLeast(best)
    }

    /// What is nearest to an unknown, areas first, more each time, without what is barred and what cannot move then;
    /// at last all, where that is not too much. Nothing when it is barred itself.
    fn neighbourhoods(&self, unknown: usize, wanted: i64) -> impl Iterator<Item = Vec<usize>> {
        let component = self.component;
        let fits = Tableau::fits(component.unknowns(), component.rows.len());
        let sizes = NEIGHBOURHOODS.into_iter().chain(fits.then_some((usize::MAX, usize::MAX)));
        let is_free = !self.barred.contains(&unknown);
        let (areas, barred) = (&self.areas, &self.barred);
        let (rows, rows_of, rooms) = (&component.rows, &self.rows_of, &self.rooms);
        let vicinity = Vicinity { areas, rows, rows_of, rooms, barred };
        let areas = is_free.then(|| vicinity.around(unknown, wanted)).into_iter().flatten();
        let steps =
            sizes.filter(move |_| is_free).map(move |(size, beside)| self.near(unknown, size, beside));
        let mut before = Vec::new();
        areas.chain(steps).map(|near| self.movable(near)).filter(move |near| {
            let is_new = before != *near && near.binary_search(&unknown).is_ok();
            before.clone_from(near);
            is_new
        })
    }

    /// Those of these unknowns that can move when no others do: none is the only one of an equation.
    fn movable(&self, near: Vec<usize>) -> Vec<usize> {
        let mut left: BTreeSet<usize> = near.into_iter().collect();
        let mut held: BTreeMap<usize, usize> = BTreeMap::new();
        let rows = |own: usize| self.rows_of.of(own).iter().map(|(row, _)| *row);
        left.iter().flat_map(|own| rows(*own)).for_each(|row| *held.entry(row).or_default() += 1);
        let mut alone: Vec<usize> =
            held.iter().filter(|(_, held)| **held == 1).map(|(row, _)| *row).collect();
        while let Some(row) = alone.pop() {
            let only = self.component.rows[row].iter().map(|(own, _)| *own).find(|own| left.remove(own));
            for row in only.into_iter().flat_map(rows) {
                let held = held.entry(row).or_default();
                *held -= 1;
                if *held == 1 {
                    alone.push(row);
                }
            }
        }
        left.into_iter().collect()
    }

    /// The unknowns nearest to one, at most `size`, by `beside` others of each equation, without those that
    /// may not move.
    fn near(&self, unknown: usize, size: usize, beside: usize) -> Vec<usize> {
        let mut seen = BTreeSet::from([unknown]);
        let mut waiting = VecDeque::from([unknown]);
        while let Some(own) = waiting.pop_front() {
            for (row, _) in self.rows_of.of(own) {
                for (other, _) in next_to(own, &self.component.rows[*row], beside) {
                    if seen.len() >= size {
                        return seen.into_iter().collect();
                    }
                    if !self.barred.contains(other) && seen.insert(*other) {
                        waiting.push_back(*other);
                    }
                }
            }
        }
        seen.into_iter().collect()
    }

    /// How far an unknown goes, at most `wanted`, when only those nearby move; and those that move then. None
    /// where these are too many or do not fit.
    fn room_in(
        &self,
        near: &[usize],
        unknown: usize,
        up: bool,
        wanted: Option<i64>,
    ) -> Option<(Furthest, Vec<usize>)> {
        let mut rows: BTreeMap<usize, Vec<(usize, i64)>> = BTreeMap::new();
        for (id, other) in near.iter().enumerate() {
            for (row, sign) in self.rows_of.of(*other) {
                rows.entry(*row).or_default().push((id, *sign));
            }
        }
        let equations: Vec<Vec<(usize, i64)>> = rows.into_values().collect();
        let rooms: Vec<[Option<i64>; 2]> = near.iter().map(|own| self.rooms[*own]).collect();
        let mut tableau = Tableau::new(&equations, &rooms)?;
        let own = near.binary_search(&unknown).ok()?;
        if let Some(wanted) = wanted {
            tableau.limit(own, wanted)?;
        }
        let (furthest, moved) = if self.integer {
            tableau.furthest_whole(own, up)
        } else {
            (tableau.furthest(own, up), tableau.moved().clone())
        };
        let support = moved.iter().zip(near).filter(|(moved, _)| !moved.is_zero()).map(|(_, own)| *own);
        Some((furthest, support.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::graph::Graph;
    use crate::audit::made_up::{chain, crossed_two_by_two};
    use crate::audit::{Question, examine, judge};
    use crate::mask::Mask;
    use crate::model::{Certificate, Floor, Kind, Need};
    use crate::watch::Unwatched;

    #[test]
    fn a_component_that_is_too_large_is_never_solved_whole() {
        let cube = crossed_two_by_two(300);
        let universe = cube.universe();
        // Of the country all is shown, and of one area all but one age.
        let is_shown = |name: &str| {
            name.starts_with("area*|") || name.starts_with("area7|") && name != "area7|age1|sex*"
        };
        let (shown, hidden): (Vec<usize>, Vec<usize>) = (0..universe.len())
            .partition(|cell| universe.kind(*cell) == Kind::Given && is_shown(&cube.name(*cell)));
        assert!(shown.len() < 30);
        let mut mask = Mask::none(universe.len());
        hidden.iter().for_each(|cell| mask.hide(*cell));
        let question = Question { universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: true };
        let components = Component::split(&question);
        let [component] = components.as_slice() else { panic!("{} components", components.len()) };
        assert!(component.unknowns() > 4000 && Graph::of(component).is_none());
        let rooms = hidden.iter().map(|cell| [universe.value(*cell), FREE]).collect();
        let mut equations = Equations::new(component, &rooms, Areas::new(universe, component), true);
        let names = |places: Vec<usize>| {
            places.into_iter().map(|at| cube.name(component.cells[at])).collect::<Vec<_>>()
        };
        assert_eq!(names(equations.fixed()), ["area7|age1|sex*"]);
        for unknown in (0..component.unknowns()).step_by(97) {
            assert!(matches!(equations.furthest(unknown, true), Furthest::AtLeast(_)));
            let far = equations.far(unknown, true, 5);
            assert!(far >= Fraction::from(5) || cube.name(component.cells[unknown]).starts_with("area7|"));
        }
        assert_eq!(equations.whole.map(|whole| whole.is_none()), Some(true));
    }

    #[test]
    fn what_is_too_far_to_find_is_not_proven_and_so_not_safe_unless_a_claim_shows_it() {
        for (length, found) in [(300, true), (600, false)] {
            let linked = chain(length);
            let universe = &linked.universe;
            let mut mask = Mask::none(universe.len());
            linked.places().iter().take(length + 3).for_each(|cell| mask.hide(*cell));
            let question =
                Question { universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: true };
            let cell = linked.places()[0];
            let needs = [Need::width(cell, 1)];
            let verdict = judge(&question, &needs, &[], &[], &Unwatched).expect("a verdict");
            assert_eq!(verdict.is_safe(), found, "{length}");
            assert!(verdict.failures.iter().all(|failure| !failure.proven));
            let interval = examine(&question, &Unwatched).expect("findings").interval(cell).expect("hidden");
            assert_eq!((interval.exact, interval.is_point()), (found, !found));
            let signs = (0..length).map(|at| if at % 2 == 0 { 1 } else { -1 });
            let last = if length % 2 == 0 { -1 } else { 1 };
            let changes = signs.map(|sign| 4 * sign).chain([-2 * last; 3]);
            let moves: Vec<(usize, i64)> = linked.places().iter().copied().zip(changes).collect();
            let claim = Certificate { cell, moves };
            assert!(judge(&question, &needs, &[], &[claim], &Unwatched).expect("a verdict").is_safe());
        }
    }
}
