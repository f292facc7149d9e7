//! An attacker who knows that all people are somewhere: the counts that are shown are sums of the
//! smallest groups there are, each zero or more. Nothing of the relations of the cube is used here.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use proptest::prelude::*;
use sdc::audit::{Question, examine, judge};
use sdc::model::{Cube, Dimension, Floor, Given, Need, Node};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;
use sdc::{Mask, Unwatched};

use crate::agreement::random_mask;
use crate::country::Dice;
use crate::made_up::Shape;
use crate::solver::OFF;
use crate::truth::Truth;

/// Atoms are taken to be at most this, far more than there are in a world.
const MOST: i32 = 1_000_000;

/// What is shown, and the lowest value of what is given and hidden, as sums of atoms.
struct Atoms<'a> {
    count: usize,
    shown: Vec<(&'a BTreeSet<usize>, i64)>,
    hidden: Vec<(&'a BTreeSet<usize>, i64)>,
}

impl Atoms<'_> {
    /// The lowest and the highest whole number that a sum of atoms can be.
    fn bounds(&self, set: &BTreeSet<usize>) -> (i64, i64) {
        let bound = |direction| {
            let mut problem = Problem::new(direction);
            let cost = |atom: &usize| if set.contains(atom) { 1.0 } else { 0.0 };
            let atoms: Vec<Variable> =
                (0..self.count).map(|atom| problem.add_integer_var(cost(&atom), (0, MOST))).collect();
            let sum = |own: &BTreeSet<usize>| {
                let mut sum = LinearExpr::empty();
                own.iter().for_each(|atom| sum.add(atoms[*atom], 1.0));
                sum
            };
            let float = |value: i64| f64::from(i32::try_from(value).unwrap());
            let equal = self.shown.iter().map(|(own, value)| (own, ComparisonOp::Eq, value));
            let above = self.hidden.iter().map(|(own, low)| (own, ComparisonOp::Ge, low));
            for (own, how, value) in equal.chain(above) {
                problem.add_constraint(sum(own), how, float(*value));
            }
            let solved = problem.solve().expect("the true table is possible");
            let answer = solved.into_solution().expect("no limit was set").objective();
            assert!((answer - answer.round()).abs() < OFF, "{answer} is no whole number");
            format!("{answer:.0}").parse().unwrap()
        };
        (bound(OptimizationDirection::Minimize), bound(OptimizationDirection::Maximize))
    }
}

/// How deep a node lies; a group as deep as what lies in the highest node.
fn depth(own: &Dimension, node: usize) -> usize {
    let Some(node) = own.nodes.get(node) else { return 1 };
    let mut above = node.parent.as_deref();
    let mut depth = 0;
    while let Some(code) = above {
        depth += 1;
        above = own.nodes.iter().find(|node| node.code == code).and_then(|node| node.parent.as_deref());
    }
    depth
}

/// A made-up world in which most of the smallest groups are empty.
fn world(shape: Shape, dice: &mut Dice) -> Truth {
    let mut truth = Truth::new(shape, dice.next());
    let usual: [&[i64]; 2] = [&[0, 0, 0, 0, 1, 3], &[0, 0, 2, 3, 5, 7]];
    let usual = usual[usize::try_from(dice.under(2)).unwrap()];
    let atoms = truth.atoms(&vec![0; truth.dimensions.len()]).len();
    let values: Vec<i64> = (0..atoms).map(|_| usual[usize::try_from(dice.under(6)).unwrap()]).collect();
    for (_, set, value) in &mut truth.cells {
        *value = set.iter().map(|atom| values[*atom]).sum();
    }
    truth
}

/// Each breakdown by itself for lower areas and some crossed for higher ones, or some breakdowns crossed at
/// some level of areas, a few times. Some cells are missing.
fn margins(truth: &Truth, dice: &mut Dice) -> Vec<Given> {
    let own = &truth.dimensions;
    let breakdowns = own.len() - 1;
    let mut level = |least: u64, most: u64| usize::try_from(least + dice.under(most + 1 - least)).unwrap();
    let mut chosen: Vec<(usize, Vec<usize>)> = Vec::new();
    if level(0, 2) > 0 {
        chosen.extend((1..=breakdowns).map(|side| (level(1, 2), vec![side])));
        chosen.push((level(0, 1), (1..=breakdowns).filter(|_| level(0, 3) > 0).collect()));
    } else {
        for _ in 0..level(2, 4) {
            chosen.push((level(0, 2), (1..=breakdowns).filter(|_| level(0, 1) > 0).collect()));
        }
    }
    let only_lowest = level(0, 3) == 0;
    let one_in = [u64::MAX, 20, 5, 2][usize::try_from(dice.under(4)).unwrap()];
    let is_given = |nodes: &[usize]| {
        chosen.iter().any(|(level, crossed)| {
            let deep = depth(&own[0], nodes[0]);
            let at = deep == *level || (!only_lowest && deep < *level);
            at && (1..=breakdowns).all(|side| nodes[side] == 0 || crossed.contains(&side))
        })
    };
    let given = truth.cells.iter().filter(|(nodes, ..)| is_given(nodes) && dice.under(one_in) != 0);
    given.map(|(nodes, _, value)| Given { nodes: nodes.clone(), value: *value }).collect()
}

/// What is seen through a mask.
fn seen<'a>(truth: &'a Truth, given: &[Given], cube: &Cube, mask: &Mask, floor: Floor) -> Atoms<'a> {
    let count = truth.atoms(&vec![0; truth.dimensions.len()]).len();
    let mut atoms = Atoms { count, shown: Vec::new(), hidden: Vec::new() };
    for (cell, place) in given.iter().zip(cube.places(0)) {
        let set = truth.atoms(&cell.nodes);
        match mask.hides(*place) {
            true => atoms.hidden.push((set, floor.of(cube.universe(), *place).unwrap())),
            false => atoms.shown.push((set, cell.value)),
        }
    }
    atoms
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        1 => Just(Shape::Flat),
        4 => Just(Shape::Crossed),
        2 => Just(Shape::Thrice),
        1 => Just(Shape::Overlapping),
        4 => Just(Shape::Both),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_auditor_knows_what_who_knows_that_all_people_are_somewhere_does(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..5, zeros in any::<bool>()
    ) {
        let dice = &mut Dice::new(seed);
        let truth = world(shape, dice);
        let given = margins(&truth, dice);
        prop_assume!(!given.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&given]).unwrap();
        let universe = cube.universe();
        let floor = if zeros { Floor::ZERO } else { Floor::ONE };
        let mask = random_mask(universe, one_in, floor, dice);
        let atoms = seen(&truth, &given, &cube, &mask, floor);
        let question = Question { universe, hidden: &mask, known: &[], floor, integer: true };
        let found = examine(&question, &Unwatched).unwrap();
        for (cell, place) in given.iter().zip(cube.places(0)).filter(|(_, place)| mask.hides(**place)) {
            let interval = found.interval(*place).unwrap();
            let (low, high) = atoms.bounds(truth.atoms(&cell.nodes));
            let is_possible = interval.low.is_some_and(|own| own >= low.into())
                && (high >= i64::from(MOST) || interval.high.is_some_and(|own| own <= high.into()));
            let name = cube.name(*place);
            prop_assert!(is_possible, "{name} is {low} to {high} and not {interval:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn who_knows_that_all_people_are_somewhere_finds_no_protected_cell(
        shape in shapes(), seed in any::<u64>(), protect_zeros in any::<bool>(), minimum_frequency in 3u64..7
    ) {
        let rules = RuleSet { minimum_frequency, interval_width: 5, protect_zeros, ..RuleSet::default() };
        let dice = &mut Dice::new(seed);
        let truth = world(shape, dice);
        let given = margins(&truth, dice);
        prop_assume!(!given.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&given]).unwrap();
        let universe = cube.universe();
        let needs = rules.count_needs(universe, |_| Vec::new());
        let floor = rules.floor(universe, &needs);
        let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
        // When there is no mask, nothing is answered.
        let Ok(outcome) = protect(&task, &Unwatched) else { return Ok(()) };
        let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: true };
        let verdict = judge(&question, &needs, &[], &outcome.certificates, &Unwatched).unwrap();
        prop_assert!(verdict.is_safe(), "{:?}", verdict.failures);
        let atoms = seen(&truth, &given, &cube, &outcome.mask, floor);
        let by_name: BTreeMap<String, &BTreeSet<usize>> =
            truth.cells.iter().map(|(nodes, set, _)| (truth.name(nodes), set)).collect();
        for need in &needs {
            // What several missing parts are together has no name in the truth.
            let Some(set) = by_name.get(&cube.name(need.cell)) else { continue };
            let (low, high) = atoms.bounds(set);
            prop_assert!(high - low >= need.width, "{} is {low} to {high}", cube.name(need.cell));
        }
    }
}

fn dimension(name: &str, codes: &[(&str, &str)]) -> Dimension {
    let node = |(code, parent): &(&str, &str)| Node {
        code: (*code).to_owned(),
        parent: (!parent.is_empty()).then(|| (*parent).to_owned()),
    };
    Dimension { name: name.to_owned(), nodes: codes.iter().map(node).collect(), groups: Vec::new() }
}

/// Areas by age, areas by sex and age by sex, each with its totals; never all three.
fn three_crossed_by_two() -> (Cube, Vec<Given>) {
    let areas = dimension("gebied", &[("land", ""), ("a0", "land"), ("a1", "land"), ("a2", "land")]);
    let ages = dimension("leeftijd", &[("l", ""), ("l0", "l"), ("l1", "l"), ("l2", "l")]);
    let sexes = dimension("geslacht", &[("s", ""), ("s0", "s"), ("s1", "s")]);
    let (by_age, by_sex) = ([[3, 5, 5], [5, 0, 7], [9, 13, 0]], [[5, 8], [7, 5], [12, 10]]);
    let crossed = [[6, 11], [6, 12], [12, 0]];
    let mut given = vec![Given { nodes: vec![0, 0, 0], value: 47 }];
    let mut add = |nodes: [usize; 3], value| given.push(Given { nodes: nodes.to_vec(), value });
    for one in 0..3 {
        add([one + 1, 0, 0], by_sex[one].iter().sum());
        add([0, one + 1, 0], crossed[one].iter().sum());
        (0..3).for_each(|other| add([one + 1, other + 1, 0], by_age[one][other]));
        for sex in 0..2 {
            add([one + 1, 0, sex + 1], by_sex[one][sex]);
            add([0, one + 1, sex + 1], crossed[one][sex]);
        }
    }
    (0..2).for_each(|sex| add([0, 0, sex + 1], crossed.iter().map(|own| own[sex]).sum()));
    (Cube::new(&[areas, ages, sexes], &[&given]).unwrap(), given)
}

#[test]
fn what_is_crossed_two_by_two_binds_through_what_all_three_have_in_common() {
    let (cube, given) = three_crossed_by_two();
    let universe = cube.universe();
    let at = |nodes: [usize; 3]| cube.places(0)[given.iter().position(|own| own.nodes == nodes).unwrap()];
    let of_three = at([1, 1, 0]);
    let mut hidden = universe.never_published();
    [[1, 1, 0], [1, 3, 0], [2, 1, 0], [2, 3, 0]].into_iter().for_each(|nodes| hidden.hide(at(nodes)));
    // Everybody of the last age is of the first sex, and of these there are as many in the two areas.
    let question = Question { universe, hidden: &hidden, known: &[], floor: Floor::ONE, integer: true };
    let is_safe = |hidden: &Mask, needs: &[Need], claims: &[_]| {
        let question = Question { hidden, ..question };
        judge(&question, needs, &[], claims, &Unwatched).unwrap().is_safe()
    };
    assert!(!is_safe(&hidden, &[Need::width(of_three, 1)], &[]));
    let rules = RuleSet { minimum_frequency: 5, interval_width: 5, ..RuleSet::default() };
    let needs = rules.count_needs(universe, |_| Vec::new());
    let task =
        Task { universe, needs: &needs, floor: Floor::ONE, insiders: &[], must_publish: &[], must_hide: &[] };
    let outcome = protect(&task, &Unwatched).unwrap();
    assert!(is_safe(&outcome.mask, &needs, &outcome.certificates));
}

#[test]
fn only_what_is_crossed_in_a_ring_has_cells_in_common() {
    let (cube, given) = three_crossed_by_two();
    let of_all_three = |cube: &Cube| {
        let names = (0..cube.universe().len()).map(|cell| cube.name(cell));
        names.filter(|name| name.split('|').all(|code| code.ends_with(char::is_numeric))).count()
    };
    assert_eq!(of_all_three(&cube), 3 * 3 * 2);
    let areas = dimension("gebied", &[("land", ""), ("a0", "land"), ("a1", "land"), ("a2", "land")]);
    let ages = dimension("leeftijd", &[("l", ""), ("l0", "l"), ("l1", "l"), ("l2", "l")]);
    let sexes = dimension("geslacht", &[("s", ""), ("s0", "s"), ("s1", "s")]);
    let chain: Vec<Given> = given.into_iter().filter(|own| own.nodes[0] == 0 || own.nodes[2] == 0).collect();
    assert_eq!(of_all_three(&Cube::new(&[areas, ages, sexes], &[&chain]).unwrap()), 0);
}

#[test]
fn what_is_missing_and_holds_something_that_is_not_is_as_much_at_least() {
    let areas = dimension(
        "gebied",
        &[("land", ""), ("a", "land"), ("b", "land"), ("c", "land"), ("b1", "b"), ("b2", "b")],
    );
    let sexes = dimension("geslacht", &[("s", ""), ("s0", "s"), ("s1", "s")]);
    // A neighbourhood, beside an area that is known or of which only a part of the people is: what is left
    // of all is 5.
    for beside in [[1, 0], [3, 1]] {
        let given = [([0, 0], 20), (beside, 15), ([4, 0], 2)];
        let given = given.map(|(nodes, value)| Given { nodes: nodes.to_vec(), value });
        let cube = Cube::new(&[areas.clone(), sexes.clone()], &[&given]).unwrap();
        let universe = cube.universe();
        let cell = cube.places(0)[2];
        let mut hidden = universe.never_published();
        hidden.hide(cell);
        let question = Question { universe, hidden: &hidden, known: &[], floor: Floor::ONE, integer: true };
        let is_safe =
            |width| judge(&question, &[Need::width(cell, width)], &[], &[], &Unwatched).unwrap().is_safe();
        assert!(is_safe(4));
        assert!(!is_safe(5));
    }
}
