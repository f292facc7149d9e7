//! Shares of totals that every reader knows: who are counted in a rate and all others.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sdc::audit::{Fraction, Question, examine, judge};
use sdc::model::{CellId, Cube, Dimension, Floor, Given, Kind, Need, Node};
use sdc::protect::{Engine, NoMask, Outcome, Task, nested, protect};
use sdc::rules::{Facts, RuleSet};
use sdc::{Mask, Unwatched};

use crate::attacker::{Attacker, Rational};
use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};

/// The cells of a table of which the last dimension is that of the shares; one time in so many the three of
/// a rate are missing.
fn given(table: &MadeUp, missing: u64, dice: &mut Dice) -> Vec<Given> {
    let sizes: Vec<usize> = table.dimensions.iter().map(|own| own.nodes.len() + own.groups.len()).collect();
    let mut cells = Vec::new();
    for rate in 0..table.values.len() / 3 {
        if missing > 0 && dice.under(missing) == 0 {
            continue;
        }
        for side in 0..3 {
            let (index, mut rest, mut nodes) = (rate * 3 + side, rate * 3 + side, Vec::new());
            for size in sizes.iter().rev() {
                nodes.push(rest % size);
                rest /= size;
            }
            nodes.reverse();
            cells.push(Given { nodes, value: table.values[index] });
        }
    }
    cells
}

struct Rates {
    cube: Cube,
    /// Of how many the rates are.
    totals: Vec<CellId>,
    needs: Vec<Need>,
}

impl Rates {
    /// None when the cells are not understood as a table.
    fn new(dimensions: &[Dimension], given: &[Given], rules: &RuleSet) -> Option<Self> {
        let along = dimensions.len() - 1;
        let cube = Cube::of_shares(dimensions, &[given], along).ok()?;
        let universe = cube.universe();
        let known = |cell: &CellId| universe.kind(*cell) != Kind::Unknown;
        let totals: Vec<CellId> = (0..universe.len()).filter(known).collect();
        let (shares, totals): (Vec<CellId>, Vec<CellId>) =
            totals.into_iter().partition(|cell| cube.sums_along(*cell, along).next().is_some());
        let need = |cell: CellId| {
            let all = cube.totals_along(cell, along).into_iter().map(|total| universe.value(total)).min()?;
            let found = rules.assess(&Facts::count(universe.value(cell)))?;
            let need = rules.need(cell, &found, 1);
            (all > 0).then_some(Need { width: need.width.min(all), ..need })
        };
        Some(Self { needs: shares.into_iter().filter_map(need).collect(), totals, cube })
    }

    fn task(&self) -> Task<'_> {
        Task {
            universe: self.cube.universe(),
            needs: &self.needs,
            floor: Floor::ZERO,
            insiders: &[],
            must_publish: &self.totals,
            must_hide: &[],
        }
    }

    fn all_of_it_is_narrow_for_sure(&self, mask: &Mask) -> bool {
        let needs: Vec<Need> = self.needs.iter().map(|need| Need::width(need.cell, 1000)).collect();
        let question = Question {
            universe: self.cube.universe(),
            hidden: mask,
            known: &[],
            floor: Floor::ZERO,
            integer: true,
        };
        let verdict = judge(&question, &needs, &[], &[], &Unwatched).unwrap();
        verdict.failures.len() == needs.len() && verdict.failures.iter().all(|failure| failure.proven)
    }

    /// Also where no certificate helps the auditor.
    fn is_safe(&self, outcome: &Outcome) -> bool {
        let universe = self.cube.universe();
        let question =
            Question { universe, hidden: &outcome.mask, known: &[], floor: Floor::ZERO, integer: true };
        [&outcome.certificates[..], &[]]
            .into_iter()
            .all(|claims| judge(&question, &self.needs, &[], claims, &Unwatched).unwrap().is_safe())
    }
}

fn rules(interval_width: u64, protect_zeros: bool) -> RuleSet {
    RuleSet { minimum_frequency: 5, protect_zeros, interval_width, ..RuleSet::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Also where no certificate helps the auditor.
    #[test]
    fn the_auditor_finds_of_shares_what_an_attacker_finds(
        seed in any::<u64>(), show in 2u64..9, overlapping in any::<bool>(),
    ) {
        let shape = if overlapping { Shape::Both } else { Shape::Crossed };
        let table = MadeUp::new(shape, seed);
        let mut dice = Dice::new(seed);
        let rates = Rates::new(&table.dimensions, &given(&table, 0, &mut dice), &rules(0, true)).unwrap();
        let universe = rates.cube.universe();
        let mut mask = Mask::none(universe.len());
        for cell in (0..universe.len()).filter(|cell| !rates.totals.contains(cell)) {
            if dice.under(show) > 0 {
                mask.hide(cell);
            }
        }
        let attacker = Attacker::new(universe, &mask, &[], Floor::ZERO);
        let question = Question { universe, hidden: &mask, known: &[], floor: Floor::ZERO, integer: false };
        let findings = examine(&question, &Unwatched).unwrap();
        prop_assert_eq!(&findings.recoverable, &attacker.recoverable());
        for (cell, found) in findings.intervals {
            let (low, high) = attacker.interval(cell);
            let of = |own: Fraction| Rational::new(own.numerator().into(), own.denominator().into());
            prop_assert!(found.exact);
            prop_assert_eq!((found.low.map(of), found.high.map(of)), (Some(low), high));
        }
    }

    #[test]
    fn a_mask_of_shares_leaves_each_protected_one_its_room(
        seed in any::<u64>(), missing in prop_oneof![Just(0u64), 2u64..8], width in 0u64..6, zeros in any::<bool>(),
        overlapping in any::<bool>(),
    ) {
        let shape = if overlapping { Shape::Both } else { Shape::Crossed };
        let table = MadeUp::new(shape, seed);
        let cells = given(&table, missing, &mut Dice::new(seed));
        let of = |rules| Rates::new(&table.dimensions, &cells, &rules);
        let rates = of(rules(width, zeros));
        prop_assume!(rates.is_some());
        let rates = rates.unwrap();
        match protect(&rates.task(), &Unwatched) {
            Ok(outcome) => {
                prop_assert!(rates.is_safe(&outcome));
                // Where areas nest rates are a network for the auditor, so what is too narrow is surely so.
                prop_assert!(overlapping || missing > 0 || rates.all_of_it_is_narrow_for_sure(&outcome.mask));
                // The attacker works on tables of which nothing is missing.
                let attacker = || Attacker::new(rates.cube.universe(), &outcome.mask, &[], Floor::ZERO);
                if let Some(attacker) = (missing == 0).then(attacker) {
                    let short = rates.needs.iter().find(|need| !attacker.leaves(need.cell, need.width));
                    prop_assert_eq!(short.map(|need| rates.cube.name(need.cell)), None);
                }
                let all = of(rules(0, zeros)).unwrap();
                let looser = nested(&all.task(), &outcome.mask, &Unwatched).unwrap();
                prop_assert!(all.is_safe(&looser) && outcome.mask.contains(&looser.mask));
            }
            Err(NoMask::Impossible { cells }) => {
                prop_assert!(!cells.is_empty());
                // Without areas that do not nest a mask is found where there is one.
                let universe = rates.cube.universe();
                let totals: BTreeSet<CellId> = rates.totals.iter().copied().collect();
                let mut most = Mask::none(universe.len());
                (0..universe.len()).filter(|cell| !totals.contains(cell)).for_each(|cell| most.hide(cell));
                if let Some(attacker) = (missing == 0 && !overlapping)
                    .then(|| Attacker::new(universe, &most, &[], Floor::ZERO))
                {
                    let short = |need: &Need| !attacker.leaves(need.cell, need.width);
                    prop_assert!(rates.needs.iter().any(short), "there is a mask");
                }
            }
            Err(NoMask::Cancelled) => prop_assert!(false, "nobody cancelled"),
        }
    }
}

fn node(code: &str, parent: Option<&str>) -> Node {
    Node { code: code.into(), parent: parent.map(Into::into) }
}

fn named(name: &str, nodes: Vec<Node>) -> Dimension {
    Dimension { name: name.into(), nodes, groups: Vec::new() }
}

#[test]
fn a_share_goes_no_further_than_its_total() {
    let areas =
        vec![node("all", None), node("a", Some("all")), node("b", Some("all")), node("c", Some("all"))];
    let sides = vec![node("of", None), node("counted", Some("of")), node("others", Some("of"))];
    let dimensions = [named("areas", areas), named("sides", sides)];
    // In a and b all but one are counted, so each gives the other little room; c is hidden for them.
    let rates = [(23, 37), (3, 4), (12, 13), (8, 20)];
    let cell = |(area, (counted, of)): (usize, (i64, i64))| {
        let sides = [of, counted, of - counted].into_iter().enumerate();
        sides.map(move |(side, value)| Given { nodes: vec![area, side], value }).collect::<Vec<_>>()
    };
    let given: Vec<Given> = rates.into_iter().enumerate().flat_map(cell).collect();
    let rates = Rates::new(&dimensions, &given, &rules(5, true)).unwrap();
    let outcome = protect(&rates.task(), &Unwatched).unwrap();
    assert!(rates.is_safe(&outcome));
    let hidden: Vec<bool> = rates.cube.places(0).iter().map(|cell| outcome.mask.hides(*cell)).collect();
    let (whole, parts) = hidden.split_at(3);
    assert_eq!((whole, parts), (&[false; 3][..], &[false, true, true].repeat(3)[..]));
}

#[test]
fn shares_by_a_breakdown_go_through_the_network_engine() {
    let table = MadeUp::new(Shape::Crossed, 3);
    let cells = given(&table, 0, &mut Dice::new(3));
    let rates = Rates::new(&table.dimensions, &cells, &rules(0, false)).unwrap();
    let outcome = protect(&rates.task(), &Unwatched).unwrap();
    assert!(!rates.needs.is_empty());
    assert_eq!(outcome.engine, Engine::Network);
}
