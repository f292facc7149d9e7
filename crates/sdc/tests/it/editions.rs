//! What the protector promises for tables with gaps and for a new edition beside an old one.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use proptest::prelude::*;
use sdc::audit::{Question, judge};
use sdc::model::{CellId, Cube, Dimension, Floor, Given, Kind, Need, Node, Table};
use sdc::protect::{NoMask, Task, protect};
use sdc::{Mask, Unwatched};

use crate::country::Dice;
use crate::made_up::Shape;
use crate::solver::OFF;
use crate::truth::Truth;

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Flat), Just(Shape::Crossed), Just(Shape::Overlapping)]
}

fn needs(cube: &Cube, below: i64) -> Vec<Need> {
    let universe = cube.universe();
    let small = |cell: &CellId| universe.kind(*cell) != Kind::Unknown && universe.value(*cell) < below;
    (0..universe.len()).filter(small).map(|cell| Need::width(cell, below)).collect()
}

/// Who knows that all cells of the tree are counts, those that are not given too, and sees what an
/// edition shows, finds no protected cell of it.
fn resists(
    truth: &Truth,
    given: &[Given],
    cube: &Cube,
    edition: usize,
    needs: &[Need],
    mask: &Mask,
) -> Result<(), TestCaseError> {
    let values: Vec<i64> = truth.cells.iter().map(|cell| cell.2).collect();
    let full = Table::new(&truth.dimensions, &values).unwrap();
    let at: BTreeMap<&[usize], CellId> =
        truth.cells.iter().zip(full.places()).map(|(cell, place)| (&cell.0[..], *place)).collect();
    let own = cube.mask_of(edition, mask);
    let shown: BTreeSet<CellId> = given
        .iter()
        .enumerate()
        .filter(|(index, _)| !own.hides(*index))
        .map(|(_, cell)| at[&cell.nodes[..]])
        .collect();
    let mut hidden = Mask::none(full.universe.len());
    (0..full.universe.len()).filter(|cell| !shown.contains(cell)).for_each(|cell| hidden.hide(cell));
    let protected: BTreeMap<(String, i64), Need> =
        needs.iter().map(|need| ((cube.name(need.cell), cube.universe().value(need.cell)), *need)).collect();
    let full_needs: Vec<Need> = truth
        .cells
        .iter()
        .filter_map(|(nodes, _, value)| {
            let need = protected.get(&(truth.name(nodes), *value))?;
            Some(Need { cell: at[&nodes[..]], ..*need })
        })
        .collect();
    let question =
        Question { universe: &full.universe, hidden: &hidden, known: &[], floor: Floor::ZERO, integer: true };
    let verdict = judge(&question, &full_needs, &[], &[], &Unwatched).unwrap();
    let failed: Vec<String> = verdict.failures.iter().map(|failure| full.name(failure.cell)).collect();
    prop_assert_eq!(failed, Vec::<String>::new(), "edition {}", edition);
    Ok(())
}

/// What somebody keeps who sees both editions and knows which counts did not change: sums of the smallest groups
/// that there are, of the one edition and then of the other. Nothing of the relations of the cube is used here.
struct Keeper {
    atoms: usize,
    /// Terms that are together this much.
    known: Vec<(Vec<(usize, f64)>, i64)>,
}

impl Keeper {
    fn new(editions: [(&Truth, &[Given], Mask); 2]) -> Self {
        let atoms = editions[0].0.cells.iter().flat_map(|(_, set, _)| set).max().map_or(0, |most| most + 1);
        let mut own = Self { atoms, known: Vec::new() };
        let sum = |edition, truth: &Truth, nodes: &[usize], sign: f64| -> Vec<(usize, f64)> {
            truth.atoms(nodes).iter().map(|atom| (atom + edition * atoms, sign)).collect()
        };
        for (edition, (truth, given, mask)) in editions.iter().enumerate() {
            let shown = given.iter().enumerate().filter(|(index, _)| !mask.hides(*index));
            own.known.extend(shown.map(|(_, cell)| (sum(edition, truth, &cell.nodes, 1.0), cell.value)));
        }
        let [(old, before, _), (new, after, _)] = editions;
        for cell in before.iter().filter(|cell| after.contains(cell)) {
            let same = sum(0, old, &cell.nodes, 1.0).into_iter().chain(sum(1, new, &cell.nodes, -1.0));
            own.known.push((same.collect(), 0));
        }
        own
    }

    /// How far apart the lowest and the highest number are that a sum of atoms of an edition can be.
    fn width(&self, edition: usize, set: &BTreeSet<usize>) -> f64 {
        let bound = |direction| {
            let mut problem = Problem::new(direction);
            let is_in = |place: usize| {
                place.checked_sub(edition * self.atoms).is_some_and(|atom| set.contains(&atom))
            };
            let variable = |place| problem.add_var(if is_in(place) { 1.0 } else { 0.0 }, (0.0, MOST));
            let places: Vec<Variable> = (0..2 * self.atoms).map(variable).collect();
            for (terms, value) in &self.known {
                let mut sum = LinearExpr::empty();
                terms.iter().for_each(|(place, sign)| sum.add(places[*place], *sign));
                problem.add_constraint(sum, ComparisonOp::Eq, f64::from(i32::try_from(*value).unwrap()));
            }
            let solved = problem.solve().expect("the true counts are possible");
            solved.into_solution().expect("no limit was set").objective()
        };
        bound(OptimizationDirection::Maximize) - bound(OptimizationDirection::Minimize)
    }

    /// The protected counts of an edition that are known more narrowly than they need.
    fn found(&self, edition: usize, truth: &Truth, cube: &Cube, needs: &[Need]) -> Vec<String> {
        let needs: BTreeMap<(String, i64), i64> = needs
            .iter()
            .map(|need| ((cube.name(need.cell), cube.universe().value(need.cell)), need.width))
            .collect();
        let narrow = |(nodes, set, value): &(Vec<usize>, BTreeSet<usize>, i64)| {
            let name = truth.name(nodes);
            let needed = f64::from(i32::try_from(*needs.get(&(name.clone(), *value))?).unwrap());
            (self.width(edition, set) + OFF < needed).then_some(name)
        };
        truth.cells.iter().filter_map(narrow).collect()
    }
}

/// More than any count here.
const MOST: f64 = 100_000.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn who_sees_a_table_with_gaps_finds_no_protected_cell(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..9, below in 2i64..6
    ) {
        let truth = Truth::new(shape, seed);
        let given = truth.with_gaps(one_in, &mut Dice::new(seed ^ 77));
        prop_assume!(!given.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&given]).unwrap();
        let needs = needs(&cube, below);
        let task = Task {
            universe: cube.universe(), needs: &needs, floor: Floor::ZERO, insiders: &[],
            must_publish: &[], must_hide: &[],
        };
        match protect(&task, &Unwatched) {
            Ok(outcome) => resists(&truth, &given, &cube, 0, &needs, &outcome.mask)?,
            Err(_) => {
                // Hiding everything is no mask either.
                let mut all = Mask::none(cube.universe().len());
                (0..all.len()).for_each(|cell| all.hide(cell));
                let question = Question {
                    universe: cube.universe(), hidden: &all, known: &[], floor: Floor::ZERO, integer: true,
                };
                prop_assert!(!judge(&question, &needs, &[], &[], &Unwatched).unwrap().is_safe());
            }
        }
    }

    #[test]
    fn who_sees_two_editions_finds_no_protected_cell_of_either(
        shape in shapes(), seed in any::<u64>(), one_in in 3u64..9, below in 2i64..5
    ) {
        let truth = Truth::new(shape, seed);
        let dice = &mut Dice::new(seed ^ 77);
        let old = truth.with_gaps(one_in, dice);
        let changed = truth.changed(dice);
        let new = changed.with_gaps(one_in, dice);
        prop_assume!(!old.is_empty() && !new.is_empty());
        // The old edition was protected by itself.
        let alone = Cube::new(&truth.dimensions, &[&old]).unwrap();
        let old_needs = self::needs(&alone, below);
        let task = Task {
            universe: alone.universe(), needs: &old_needs, floor: Floor::ZERO, insiders: &[],
            must_publish: &[], must_hide: &[],
        };
        let Ok(before) = protect(&task, &Unwatched) else { return Ok(()) };
        let before = alone.mask_of(0, &before.mask);
        let cube = Cube::new(&truth.dimensions, &[&old, &new]).unwrap();
        let places = cube.places(0).iter().copied().enumerate();
        let (hidden, shown): (Vec<_>, Vec<_>) = places.partition(|(index, _)| before.hides(*index));
        let of = |cells: Vec<(usize, CellId)>| cells.into_iter().map(|(_, cell)| cell).collect::<Vec<_>>();
        let (hidden, shown) = (of(hidden), of(shown));
        let needs = needs(&cube, below);
        let task = Task {
            universe: cube.universe(), needs: &needs, floor: Floor::ZERO, insiders: &[],
            must_publish: &shown, must_hide: &hidden,
        };
        match protect(&task, &Unwatched) {
            Ok(outcome) => {
                prop_assert!(shown.iter().all(|cell| !outcome.mask.hides(*cell)));
                prop_assert!(hidden.iter().all(|cell| outcome.mask.hides(*cell)));
                let question = Question {
                    universe: cube.universe(), hidden: &outcome.mask, known: &[], floor: Floor::ZERO,
                    integer: true,
                };
                let claims = &outcome.certificates;
                let verdict = judge(&question, &needs, &[], claims, &Unwatched).unwrap();
                prop_assert_eq!(verdict.failures, vec![]);
                resists(&truth, &old, &cube, 0, &needs, &outcome.mask)?;
                resists(&changed, &new, &cube, 1, &needs, &outcome.mask)?;
                let masks = [0, 1].map(|edition| cube.mask_of(edition, &outcome.mask));
                let [first, second] = masks;
                let keeper = Keeper::new([(&truth, &old, first), (&changed, &new, second)]);
                let found = [(0, &truth), (1, &changed)].map(|(edition, truth)| {
                    keeper.found(edition, truth, &cube, &needs)
                });
                prop_assert!(found.iter().all(Vec::is_empty), "{found:?}");
            }
            // What the old edition showed may give a cell of the new one away.
            Err(NoMask::Impossible { cells }) => prop_assert!(!cells.is_empty()),
            Err(NoMask::Cancelled) => prop_assert!(false, "nobody cancelled"),
        }
    }
}

#[test]
fn a_share_of_another_total_is_another_share() {
    let node = |code: &str, parent: Option<&str>| Node { code: code.into(), parent: parent.map(Into::into) };
    let areas = vec![node("area", None)];
    let sides = vec![node("all", None), node("part", Some("all")), node("rest", Some("all"))];
    let named = |name: &str, nodes| Dimension { name: name.into(), nodes, groups: Vec::new() };
    let dimensions = [named("areas", areas), named("sides", sides)];
    let edition = |[all, part, rest]: [i64; 3]| -> Vec<Given> {
        let cell = |(side, value)| Given { nodes: vec![0, side], value };
        (0..).zip([all, part, rest]).map(cell).collect()
    };
    let (first, second) = (edition([50, 10, 40]), edition([49, 9, 40]));
    let same = |cube: &Cube, one, other| -> Vec<bool> {
        cube.places(one).iter().zip(cube.places(other)).map(|(one, other)| one == other).collect()
    };
    let editions: [&[Given]; 3] = [&first, &second, &first];
    let counts = Cube::new(&dimensions, &editions).unwrap();
    assert_eq!(same(&counts, 0, 1), [false, false, true]);
    let shares = Cube::of_shares(&dimensions, &editions, 1).unwrap();
    assert_eq!(same(&shares, 0, 1), [false; 3]);
    assert_eq!(same(&shares, 0, 2), [true; 3]);
}
