//! Shares of totals that every reader knows: who are counted in a rate and all others.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use sdc::audit::{Fraction, Question, examine, judge};
use sdc::model::{CellId, Cube, Dimension, Floor, Given, Need, Node, Only, Shares};
use sdc::protect::{Engine, NoMask, nested, protect, protect_with};
use sdc::{Mask, Phase, Unwatched, Watch};

use crate::attacker::{Attacker, Rational};
use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};
use crate::rates::{Rates, made_up, rules, with_gaps};

/// Whether the auditor proves of every protected cell that it is narrower than this.
fn all_is_narrow_for_sure(rates: &Rates, mask: &Mask) -> bool {
    let needs: Vec<Need> = rates.needs.iter().map(|need| Need::width(need.cell, 1000)).collect();
    let verdict = judge(&rates.question(mask), &needs, &[], &[], &Unwatched).unwrap();
    verdict.failures.len() == needs.len() && verdict.failures.iter().all(|failure| failure.proven)
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
        let rates = Rates::new(&table.dimensions, &[&made_up(&table)], &rules(0, true)).unwrap();
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
        let cells = with_gaps(&made_up(&table), missing, &mut Dice::new(seed));
        let of = |rules| Rates::new(&table.dimensions, &[&cells], &rules);
        let rates = of(rules(width, zeros));
        prop_assume!(rates.is_some());
        let rates = rates.unwrap();
        match protect(&rates.task(), &Unwatched) {
            Ok(outcome) => {
                prop_assert!(rates.is_safe(&outcome));
                // Where areas nest rates are a network for the auditor, so what is too narrow is surely so.
                prop_assert!(overlapping || missing > 0 || all_is_narrow_for_sure(&rates, &outcome.mask));
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
    let rates = Rates::new(&dimensions, &[&given], &rules(5, true)).unwrap();
    let outcome = protect(&rates.task(), &Unwatched).unwrap();
    assert!(rates.is_safe(&outcome));
    assert_eq!(outcome.engine, Engine::Network);
    let hidden: Vec<bool> = rates.cube.places(0).iter().map(|cell| outcome.mask.hides(*cell)).collect();
    let (whole, parts) = hidden.split_at(3);
    assert_eq!((whole, parts), (&[false; 3][..], &[false, true, true].repeat(3)[..]));
}

/// Also in rates that form a network as they are, and where nobody needs the share.
#[test]
fn where_one_share_must_be_hidden_so_is_the_other_but_what_readers_have() {
    let areas = vec![node("all", None), node("a", Some("all")), node("b", Some("all"))];
    let sides = vec![node("of", None), node("counted", Some("of")), node("others", Some("of"))];
    let dimensions = [named("areas", areas), named("sides", sides)];
    let rates = [[100, 50, 50], [60, 20, 40], [40, 30, 10]];
    let cell = |(place, value): (usize, i64)| Given { nodes: vec![place / 3, place % 3], value };
    let given: Vec<Given> = rates.into_iter().flatten().enumerate().map(cell).collect();
    let mut rates = Rates::new(&dimensions, &[&given], &rules(0, true)).unwrap();
    assert_eq!(rates.needs, []);
    let [counted, others] = [4, 5].map(|place| rates.cube.places(0)[place]);
    for (kept, other) in [(counted, others), (others, counted)] {
        rates.must_hide = vec![kept];
        for engine in [Engine::Network, Engine::General] {
            let found =
                |rates: &Rates| protect_with(engine, &rates.task(), &Unwatched).unwrap().unwrap().mask;
            let hidden = |mask: Mask| (0..mask.len()).filter(|cell| mask.hides(*cell)).collect::<Vec<_>>();
            assert_eq!(hidden(found(&rates)), [counted, others], "{engine:?}");
            rates.must_publish.push(other);
            assert_eq!(hidden(found(&rates)), [kept], "{engine:?}");
            rates.must_publish.pop();
        }
    }
}

#[test]
fn shares_by_a_breakdown_go_through_the_network_engine() {
    let table = MadeUp::new(Shape::Crossed, 3);
    let rates = Rates::new(&table.dimensions, &[&made_up(&table)], &rules(0, false)).unwrap();
    let outcome = protect(&rates.task(), &Unwatched).unwrap();
    assert!(!rates.needs.is_empty());
    assert_eq!(outcome.engine, Engine::Network);
}

/// How often an engine begins.
#[derive(Default)]
struct Begins(Cell<usize>);

impl Watch for Begins {
    fn step(&self, phase: Phase, done: usize, _: usize) -> bool {
        self.0.set(self.0.get() + usize::from(phase == Phase::Protect && done == 0));
        true
    }
}

#[test]
fn a_rate_that_cannot_be_protected_is_told_at_once() {
    let table = MadeUp::new(Shape::Crossed, 3);
    let mut rates = Rates::new(&table.dimensions, &[&made_up(&table)], &rules(0, false)).unwrap();
    let cell = rates.needs[0].cell;
    rates.must_publish.push(cell);
    let begins = Begins::default();
    let Err(NoMask::Impossible { cells }) = protect(&rates.task(), &begins) else { panic!("a mask") };
    assert!(cells.contains(&cell) && rates.is_impossible());
    assert_eq!(begins.0.get(), 1);
}

#[test]
fn what_is_left_of_rates_where_several_are_missing_is_a_rate() {
    let areas = ["land", "west", "oost", "zuid"];
    let areas = areas.map(|code| node(code, (code != "land").then_some("land"))).to_vec();
    let sides = vec![node("of", None), node("counted", Some("of")), node("others", Some("of"))];
    let dimensions = [named("areas", areas), named("sides", sides)];
    let edition = |rates: [[i64; 3]; 2]| -> Vec<Given> {
        let cells = rates.into_iter().enumerate();
        let sides = |(area, own): (usize, [i64; 3])| {
            own.into_iter().enumerate().map(move |(side, value)| Given { nodes: vec![area, side], value })
        };
        cells.flat_map(sides).collect()
    };
    // In the second one more is counted of one more: as many others are left, of another total.
    let (old, new) = (edition([[30, 12, 18], [20, 10, 10]]), edition([[31, 13, 18], [20, 10, 10]]));
    let cube = Cube::of_shares(&dimensions, &[&old, &new], 1).unwrap();
    let universe = cube.universe();
    let left = |value: i64, side: &str| -> Vec<(CellId, Vec<i64>)> {
        let name = format!("land/onbekend|{side}");
        let cells =
            (0..universe.len()).filter(|cell| cube.name(*cell) == name && universe.value(*cell) == value);
        cells
            .map(|cell| {
                (cell, cube.totals_along(cell, 1).into_iter().map(|total| universe.value(total)).collect())
            })
            .collect()
    };
    let totals =
        |found: Vec<(CellId, Vec<i64>)>| found.into_iter().map(|(_, totals)| totals).collect::<BTreeSet<_>>();
    assert_eq!(totals(left(2, "counted")), BTreeSet::from([vec![10]]));
    assert_eq!(totals(left(3, "counted")), BTreeSet::from([vec![11]]));
    assert_eq!(totals(left(8, "others")), BTreeSet::from([vec![10], vec![11]]));
}

#[test]
fn where_only_one_share_adds_up_nothing_binds_the_others_from_one_part_to_another() {
    let node =
        |code: &str, parent: Option<&str>| Node { code: code.to_owned(), parent: parent.map(str::to_owned) };
    let named = |name: &str, nodes| Dimension { name: name.to_owned(), nodes, groups: Vec::new() };
    let sides = vec![node("of", None), node("counted", Some("of")), node("others", Some("of"))];
    let periods = vec![node("year", None), node("first", Some("year")), node("second", Some("year"))];
    let dimensions = [named("sides", sides), named("periods", periods)];
    let given = |rates: [[i64; 3]; 3]| -> Vec<Given> {
        let cells = rates.into_iter().enumerate();
        let sides = |(period, own): (usize, [i64; 3])| {
            own.into_iter().enumerate().map(move |(side, value)| Given { nodes: vec![side, period], value })
        };
        cells.flat_map(sides).collect()
    };
    let only = Some(Shares { along: 0, only: Some(Only { dimension: 1, share: 1 }) });
    // Of as many in the year as in its parts, and by chance of as many as in these together.
    let [same, sum] = [[90, 30, 60], [150, 30, 120]].map(|year| given([year, [70, 10, 60], [80, 20, 60]]));
    for cells in [&same, &sum] {
        let cube =
            Cube::within(&dimensions, &[cells], only, &|_, _| false, &|_, _| false, &mut |_| true).unwrap();
        let along = |number: usize| cube.totals_along(cube.places(0)[number], 1);
        assert_eq!(along(4), [cube.places(0)[1]], "who are counted in the first part");
        assert!(along(3).is_empty() && along(5).is_empty(), "everybody and all others");
    }
    let none = vec![BTreeSet::new(); 2];
    assert_eq!(Cube::fits(&dimensions, &[&same], only, &none, &mut |_| true), Ok(true));
    assert_eq!(Cube::fits(&dimensions, &[&same], None, &none, &mut |_| true), Ok(false));
    // What one part leaves of the year is known of who are counted alone.
    let cube =
        Cube::within(&dimensions, &[&same[..6]], only, &|_, _| false, &|_, _| false, &mut |_| true).unwrap();
    let left: Vec<String> = (0..cube.universe().len())
        .map(|cell| cube.name(cell))
        .filter(|own| own.ends_with("second"))
        .collect();
    assert_eq!(left, ["counted|second"]);
}
