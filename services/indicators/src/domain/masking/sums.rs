//! Sums of withheld rates, which anybody can compute.
//!
//! What a withheld count can be reaches as far as its minimum, so no sum of withheld counts is under that. What the
//! counts of a rate can be reaches no further than from nobody to everybody. So several rates that are each of few
//! can be of few together, and what they are together is what is left of a total besides all that is shown in it:
//! also of a municipality besides one neighbourhood of each district, where the districts are withheld too.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use sdc::Mask;
use sdc::model::{CellId, Cube, Kind, Relation};
use sdc::rules::RuleSet;

use super::block::Side;
use super::codes::side;
use super::needs::unsafe_side;

/// Two or more withheld rates that are together computed, and what they are computed from.
pub(super) struct Sum {
    /// The numerators that are withheld.
    pub hidden: Vec<CellId>,
    /// The total and the others in it, which are shown.
    pub shown: Vec<CellId>,
}

impl Sum {
    /// The same with one more that is shown.
    fn beside(mut self, shown: CellId) -> Self {
        self.shown.push(shown);
        self
    }
}

/// The sums of withheld rates that are unsafe as a rate of that many is. `sides` is the dimension of the sides of
/// rates.
pub(super) fn unsafe_sums(rules: &RuleSet, cube: &Cube, hidden: &Mask, sides: usize) -> Vec<Sum> {
    let sums = Sums::new(cube, hidden, sides);
    let is_unsafe = |sum: &Sum| {
        let all: Option<i64> = sum.hidden.iter().map(|part| sums.of_how_many(*part)).sum();
        let value = sum.hidden.iter().map(|part| cube.universe().value(*part)).sum();
        let is_unsafe = |side, value| unsafe_side(rules, Some(side), value, all).is_some();
        is_unsafe(Side::Numerator, value)
            || all.is_some_and(|all| is_unsafe(Side::Rest, all.saturating_sub(value)))
    };
    let totals = sums.of.keys().copied().filter(|total| !hidden.hides(*total)).collect::<BTreeSet<_>>();
    let of_total = |total| sums.left(total).into_iter().map(move |own| own.beside(total));
    let all = totals
        .into_iter()
        .flat_map(of_total)
        .flat_map(|sum| std::iter::successors(Some(sum), |sum| sums.further(sum)));
    all.filter(|sum| sum.hidden.len() > 1 && is_unsafe(sum)).collect()
}

/// What numerators are sums of.
struct Sums<'a> {
    cube: &'a Cube,
    hidden: &'a Mask,
    sides: usize,
    of: HashMap<CellId, Vec<Relation<'a>>>,
    /// Whether something is shown in a withheld one, of those of which that is found out.
    shows: RefCell<HashMap<CellId, bool>>,
}

impl<'a> Sums<'a> {
    fn new(cube: &'a Cube, hidden: &'a Mask, sides: usize) -> Self {
        let mut of: HashMap<CellId, Vec<Relation<'a>>> = HashMap::new();
        let is_numerator = |cell: CellId| side(cube, cell) == Some(Side::Numerator);
        for relation in cube.universe().relations() {
            if is_numerator(relation.total) && relation.parts.first().is_some_and(|part| is_numerator(*part))
            {
                of.entry(relation.total).or_default().push(relation);
            }
        }
        Self { cube, hidden, sides, of, shows: RefCell::default() }
    }

    /// Of how many a rate is by its numerator, where that is known.
    fn of_how_many(&self, cell: CellId) -> Option<i64> {
        let universe = self.cube.universe();
        let known = self.cube.totals_along(cell, self.sides).into_iter();
        known.filter(|total| universe.kind(*total) != Kind::Unknown).map(|total| universe.value(total)).min()
    }

    /// What is left of a total besides what is shown in each of its sums.
    fn left(&self, total: CellId) -> Vec<Sum> {
        let sum = |relation: &Relation<'_>| {
            let (hidden, shown) = relation.parts.iter().copied().partition(|part| self.hidden.hides(*part));
            Sum { hidden, shown }
        };
        self.of.get(&total).into_iter().flatten().map(sum).collect()
    }

    /// Whether something is shown in the sums of a withheld one, or in those of its parts.
    fn shows(&self, total: CellId) -> bool {
        if let Some(found) = self.shows.borrow().get(&total) {
            return *found;
        }
        let found = self.left(total).iter().any(|own| self.leaves_less(own));
        self.shows.borrow_mut().insert(total, found);
        found
    }

    /// Whether something is shown beside what is withheld in a sum, or in that.
    fn leaves_less(&self, sum: &Sum) -> bool {
        !sum.shown.is_empty() || sum.hidden.iter().any(|part| self.shows(*part))
    }

    /// What is left where of the withheld ones too what is shown in them is taken off; none where nothing is.
    fn further(&self, sum: &Sum) -> Option<Sum> {
        let mut further = Sum { hidden: Vec::new(), shown: sum.shown.clone() };
        let mut is_less = false;
        for part in &sum.hidden {
            let divided = self.left(*part).into_iter().filter(|own| self.leaves_less(own));
            let of = |own: &Sum| own.hidden.iter().map(|cell| self.of_how_many(*cell)).sum::<Option<i64>>();
            match divided.min_by_key(|own| of(own).unwrap_or(i64::MAX)) {
                Some(own) => {
                    further.hidden.extend(own.hidden);
                    further.shown.extend(own.shown);
                    is_less = true;
                }
                None => further.hidden.push(*part),
            }
        }
        is_less.then_some(further)
    }
}
