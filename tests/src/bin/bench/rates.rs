//! Disclosure control of rates: who are counted, all others and both, in an area tree, alone or by a
//! breakdown. Readers are taken to know of how many every rate is. The rules are those of the platform
//! (ADR 20).

use std::collections::BTreeSet;
use std::time::Duration;

use ::sdc::audit::{Question, View, judge, pooled};
use ::sdc::model::{CellId, Certificate, Cube, Floor, Given, Insider, Need};
use ::sdc::protect::{Engine, NoMask, Outcome, Task, protect};
use ::sdc::rules::{Facts, RuleSet};
use ::sdc::{Mask, Unwatched};

use crate::country;
use crate::sdc::{MINIMUM, SEED, WIDTH, rules, timed};

/// Lowest areas and parts of a breakdown. The second has the areas of the Netherlands.
const SIZES: [(usize, &[usize]); 4] = [(900, &[]), (14_710, &[]), (900, &[7]), (14_710, &[7])];
/// Who are counted and all others: the parts of a breakdown more.
const SIDES: usize = 2;

pub(crate) fn run() {
    println!(
        "\ndisclosure control of rates, minimum {MINIMUM}, zeros protected, width {WIDTH}; an area tree, \
         alone or by one breakdown; against outsiders, against insiders too, and around the mask of a \
         protection that was retired (of {}, width {}), audited as one reader",
        RETIRED.0, RETIRED.1
    );
    println!(
        "| rates | cells | model | against | unsafe cells | engine | hidden rates | protect | audit | audit \
         anew |"
    );
    println!("| ---: | ---: | ---: | --- | ---: | --- | {}", "---: | ".repeat(4));
    for (lowest, breakdown) in SIZES {
        let (rates, modelling) = timed(|| Rates::new(lowest, breakdown));
        let start =
            format!("| {} | {} | {modelling:.1?} |", rates.numerators.len(), rates.cube.universe().len());
        rates.measure(&start);
    }
}

/// The minimum and the width of a protection that was retired.
const RETIRED: (u64, u64) = (3, 8);

struct Rates {
    cube: Cube,
    /// Of how many the rates are.
    denominators: Vec<CellId>,
    numerators: Vec<CellId>,
    /// The dimension of the sides.
    sides: usize,
}

/// What must hold against whom.
struct Demands {
    needs: Vec<Need>,
    insiders: Vec<Insider>,
}

impl Demands {
    fn view<'a>(&'a self, hidden: &'a Mask) -> View<'a> {
        View { hidden, needs: &self.needs, floor: Floor::ZERO, insiders: &self.insiders }
    }
}

impl Rates {
    fn new(lowest: usize, breakdown: &[usize]) -> Self {
        let dimensions = country::dimensions(lowest, &[breakdown, &[SIDES]].concat());
        let values = country::counts(&dimensions, SEED);
        let sizes: Vec<usize> = dimensions.iter().map(|own| own.nodes.len()).collect();
        let cell = |(mut place, value): (usize, i64)| {
            let node = |size: &usize| {
                let node = place % size;
                place /= size;
                node
            };
            let mut nodes: Vec<usize> = sizes.iter().rev().map(node).collect();
            nodes.reverse();
            Given { nodes, value }
        };
        let given: Vec<Given> = values.into_iter().enumerate().map(cell).collect();
        let sides = dimensions.len() - 1;
        let cube = Cube::of_shares(&dimensions, &[&given], sides).expect("a universe");
        // The first node of the sides is both together.
        let of_side = |side: usize| -> Vec<CellId> {
            let places = cube.places(0).iter().zip(&given);
            let of_side = places.filter(|(_, own)| own.nodes.last() == Some(&side)).map(|(cell, _)| *cell);
            of_side.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let (denominators, numerators) = (of_side(0), of_side(1));
        Self { cube, denominators, numerators, sides }
    }

    fn measure(&self, start: &str) {
        let outsiders = self.demands(&rules());
        self.row(&format!("{start} outsiders"), &outsiders, None);
        self.row(&format!("{start} insiders"), &self.demands(&RuleSet { insiders: true, ..rules() }), None);
        let (minimum_frequency, interval_width) = RETIRED;
        let retired = self.demands(&RuleSet { minimum_frequency, interval_width, ..rules() });
        let before = self.protect(&retired, &[]).expect("a mask");
        self.row(&format!("{start} a retired one"), &outsiders, Some(&retired.view(&before.mask)));
    }

    /// Protects, around the mask of another protection if there is one, and audits: together with that, with
    /// the alternatives that the protector found and without. Rates that cannot be protected are told, and
    /// left out.
    fn row(&self, start: &str, demands: &Demands, other: Option<&View<'_>>) {
        let around = (0..self.cube.universe().len())
            .filter(|cell| other.is_some_and(|other| other.hidden.hides(*cell)))
            .collect::<Vec<CellId>>();
        let row = format!("{start} | {} |", demands.needs.len());
        let (outcome, protecting) = timed(|| self.protect(demands, &around));
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(NoMask::Impossible { cells }) => {
                println!("{row} {} cells cannot be protected | | {protecting:.1?} | | |", cells.len());
                let needs =
                    demands.needs.iter().filter(|need| !cells.contains(&need.cell)).copied().collect();
                let demands = Demands { needs, insiders: demands.insiders.clone() };
                return self.row(start, &demands, other);
            }
            Err(NoMask::Cancelled) => return,
        };
        let hidden = self.numerators.iter().filter(|cell| outcome.mask.hides(**cell)).count();
        let engine = match outcome.engine {
            Engine::Network => "network",
            Engine::General => "general",
        };
        let audit = |claims| self.audit(&demands.view(&outcome.mask), other, claims);
        let (with, anew) = (audit(&outcome.certificates), audit(&[]));
        println!("{row} {engine} | {hidden} | {protecting:.1?} | {with:.1?} | {anew:.1?} |");
    }

    fn demands(&self, rules: &RuleSet) -> Demands {
        let universe = self.cube.universe();
        let denominators: BTreeSet<CellId> = self.denominators.iter().copied().collect();
        let cells = (0..universe.len()).filter(|cell| !denominators.contains(cell));
        let needs = cells.filter_map(|cell| self.need(rules, cell)).collect();
        let contributors = |cell: CellId| u64::try_from(universe.value(cell)).ok();
        let insiders = rules.lone_contributors(universe, |cell| denominators.contains(&cell), contributors);
        Demands { needs, insiders }
    }

    /// What a count of a rate needs: at most the room between nobody and everybody. Of nobody nothing is
    /// a secret.
    fn need(&self, rules: &RuleSet, cell: CellId) -> Option<Need> {
        let universe = self.cube.universe();
        let totals = self.cube.totals_along(cell, self.sides).into_iter();
        let all = totals.map(|total| universe.value(total)).min().filter(|all| *all > 0)?;
        let need = rules.need(cell, &rules.assess(&Facts::count(universe.value(cell)))?, 1);
        Some(Need { width: need.width.min(all), ..need })
    }

    fn protect(&self, demands: &Demands, must_hide: &[CellId]) -> Result<Outcome, NoMask> {
        let task = Task {
            universe: self.cube.universe(),
            needs: &demands.needs,
            floor: Floor::ZERO,
            insiders: &demands.insiders,
            must_publish: &self.denominators,
            must_hide,
        };
        protect(&task, &Unwatched)
    }

    /// How long it takes to audit a mask, together with another one or by itself.
    fn audit(&self, own: &View<'_>, other: Option<&View<'_>>, claims: &[Certificate]) -> Duration {
        let universe = self.cube.universe();
        let (verdict, auditing) = timed(|| match other {
            Some(other) => pooled(universe, &[*own, *other], true, claims, &Unwatched),
            None => {
                let (hidden, floor) = (own.hidden, own.floor);
                let question = Question { universe, hidden, known: &[], floor, integer: true };
                judge(&question, own.needs, own.insiders, claims, &Unwatched)
            }
        });
        assert!(verdict.expect("a verdict").is_safe(), "the mask does not hold");
        auditing
    }
}
