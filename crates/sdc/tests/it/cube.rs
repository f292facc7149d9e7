//! Tables of which cells are missing: what can be computed is a cell, and all that binds cells is a
//! relation.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sdc::model::{Cube, Given, Kind, Universe};

use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};
use crate::truth::Truth;
use crate::zeros::empty;

/// Rows over the integers modulo a prime, reduced. No code of the crate.
#[derive(Clone, Default)]
struct Span(Vec<BTreeMap<usize, i64>>);

const P: i64 = 1_000_003;

impl Span {
    fn reduce(&self, row: &BTreeMap<usize, i64>) -> BTreeMap<usize, i64> {
        let mut row = row.clone();
        for own in &self.0 {
            let (pivot, first) = own.iter().next().unwrap();
            if let Some(factor) = row.get(pivot).copied() {
                let factor = factor * inverse(*first) % P;
                for (column, value) in own {
                    let slot = row.entry(*column).or_default();
                    *slot = (*slot - factor * value).rem_euclid(P);
                }
                row.retain(|_, value| *value != 0);
            }
        }
        row
    }

    /// Whether the row was not in the span yet.
    fn add(&mut self, row: &BTreeMap<usize, i64>) -> bool {
        let row = self.reduce(row);
        if row.is_empty() {
            return false;
        }
        self.0.push(row);
        self.0.sort_by_key(|row| *row.keys().next().unwrap());
        true
    }

    /// Whether the sum of these is in the span.
    fn holds(&self, set: &BTreeSet<usize>) -> bool {
        self.reduce(&vector(set)).is_empty()
    }

    /// The span with each of these by itself.
    fn with(&self, units: &BTreeSet<usize>) -> Self {
        let mut span = self.clone();
        units.iter().for_each(|unit| {
            span.add(&vector(&BTreeSet::from([*unit])));
        });
        span
    }

    fn rank<'a>(rows: impl IntoIterator<Item = &'a BTreeMap<usize, i64>>) -> usize {
        let mut span = Self::default();
        rows.into_iter().filter(|row| span.add(row)).count()
    }
}

fn inverse(number: i64) -> i64 {
    let (mut result, mut base, mut left) = (1, number.rem_euclid(P), P - 2);
    while left > 0 {
        if left % 2 == 1 {
            result = result * base % P;
        }
        base = base * base % P;
        left /= 2;
    }
    result
}

fn vector(set: &BTreeSet<usize>) -> BTreeMap<usize, i64> {
    set.iter().map(|atom| (*atom, 1)).collect()
}

fn known(universe: &Universe) -> impl Iterator<Item = usize> {
    (0..universe.len()).filter(|cell| universe.kind(*cell) != Kind::Unknown)
}

/// How many independent equations the relations give over the known cells alone.
fn equations(universe: &Universe) -> usize {
    let rows = |all: bool| -> Vec<BTreeMap<usize, i64>> {
        let row = |relation: sdc::model::Relation<'_>| {
            let terms = relation.terms().map(|(cell, sign)| (cell, sign.rem_euclid(P)));
            terms.filter(|(cell, _)| all || universe.kind(*cell) == Kind::Unknown).collect()
        };
        universe.relations().map(row).collect()
    };
    Span::rank(&rows(true)) - Span::rank(&rows(false))
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Flat), Just(Shape::Crossed), Just(Shape::Overlapping)]
}

/// Cells and relations by name.
pub(crate) type Content = (Vec<(String, i64, Kind)>, Vec<(String, Vec<String>)>);

/// What a universe is, whatever the numbers of its cells.
pub(crate) fn content(cube: &Cube) -> Content {
    let universe = cube.universe();
    let cells = (0..universe.len()).map(|cell| (cube.name(cell), universe.value(cell), universe.kind(cell)));
    let relations = universe.relations().map(|relation| {
        let parts = relation.parts.iter().map(|part| cube.name(*part)).collect();
        (cube.name(relation.total), parts)
    });
    (cells.collect(), relations.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_can_be_computed_is_a_cell_and_all_that_binds_cells_is_a_relation(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..9
    ) {
        let truth = Truth::new(shape, seed);
        let given = truth.with_gaps(one_in, &mut Dice::new(seed ^ 77));
        prop_assume!(!given.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&given]).unwrap();
        let universe = cube.universe();
        let mut span = Span::default();
        let mut rank = given.iter().filter(|cell| span.add(&vector(truth.atoms(&cell.nodes)))).count();
        // What follows besides since no value is under zero: the most there is, and where zeros are known.
        let most = span.with(&empty(&truth, &given));
        let parts_of_zeros = |span: &Span| {
            let zeros = truth.cells.iter().filter(|(_, set, value)| *value == 0 && span.holds(set));
            zeros.flat_map(|(_, set, _)| set.clone()).collect::<BTreeSet<usize>>()
        };
        let (mut zeros, mut least) = (BTreeSet::new(), span.with(&BTreeSet::new()));
        while parts_of_zeros(&least) != zeros {
            zeros = parts_of_zeros(&least);
            least = span.with(&zeros);
        }
        // Names by units: the name of a cell is that of one of the places with its units.
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        for cell in known(universe) {
            prop_assert!(by_name.insert(cube.name(cell), cell).is_none(), "two cells {}", cube.name(cell));
        }
        let mut names: BTreeMap<&BTreeSet<usize>, Vec<String>> = BTreeMap::new();
        for (nodes, set, _) in &truth.cells {
            names.entry(set).or_default().push(truth.name(nodes));
        }
        for (nodes, set, value) in &truth.cells {
            let cells: Vec<usize> = names[set].iter().filter_map(|name| by_name.get(name).copied()).collect();
            // That of which all but empty units is another cell need not be one.
            let units = |set: &BTreeSet<usize>| set.difference(&zeros).copied().collect::<BTreeSet<usize>>();
            let other = |(_, other, _): &(_, BTreeSet<usize>, _)| {
                units(other) == units(set) && names[other].iter().any(|name| by_name.contains_key(name))
            };
            let must = span.holds(set) || (*value > 0 && least.holds(set) && !truth.cells.iter().any(other));
            let range = usize::from(must)..=usize::from(most.holds(set));
            prop_assert!(range.contains(&cells.len()), "{} {range:?}", truth.name(nodes));
            prop_assert!(cells.iter().all(|cell| universe.value(*cell) == *value));
        }
        let sets = truth.cells.iter().map(|(_, set, _)| set);
        let there = sets.filter(|set| names[set].iter().any(|name| by_name.contains_key(name)));
        there.for_each(|set| rank += usize::from(span.add(&vector(set))));
        let places = cube.places(0);
        for (cell, place) in given.iter().zip(places) {
            prop_assert!(names[truth.atoms(&cell.nodes)].contains(&cube.name(*place)));
            prop_assert_eq!(universe.value(*place), cell.value);
        }
        let published: BTreeSet<usize> = places.iter().copied().collect();
        prop_assert!((0..universe.len())
            .all(|cell| (universe.kind(cell) == Kind::Given) == published.contains(&cell)));
        prop_assert_eq!(equations(universe), known(universe).count() - rank);
    }

    #[test]
    fn areas_that_are_more_than_their_parts_are_found_and_no_more_of_them_than_it_takes(
        shape in prop_oneof![shapes(), Just(Shape::Both)], seed in any::<u64>(), one_in in 2u64..6
    ) {
        let made_up = MadeUp::new(shape, seed);
        let given = made_up.with_gaps(one_in, &mut Dice::new(seed ^ 77));
        prop_assume!(!given.is_empty());
        let cube = Cube::new(&made_up.dimensions, &[&given]);
        prop_assert!(cube.is_ok(), "{:?}\n{:?}\n{given:?}", cube.err(), made_up.dimensions);
        let more = cube.unwrap().totals_with_more().to_vec();
        for (along, code) in more.iter().enumerate().flat_map(|(along, own)| own.iter().map(move |code| (along, code))) {
            let mut fewer = more.clone();
            fewer[along].remove(code);
            let fits = Cube::fits(&made_up.dimensions, &[&given], None, &fewer, &mut |_| true).unwrap();
            prop_assert!(!fits, "{code} need not be more\n{:?}\n{given:?}", made_up.dimensions);
        }
    }

    #[test]
    fn order_has_no_influence_and_an_edition_that_did_not_change_adds_nothing(
        shape in shapes(), seed in any::<u64>(), one_in in 2u64..9
    ) {
        let truth = Truth::new(shape, seed);
        let dice = &mut Dice::new(seed ^ 77);
        let (old, new) = (truth.with_gaps(one_in, dice), truth.with_gaps(one_in, dice));
        prop_assume!(!old.is_empty() && !new.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&old, &new]).unwrap();
        let turned = |cells: &[Given]| cells.iter().rev().cloned().collect::<Vec<_>>();
        let other = Cube::new(&truth.dimensions, &[&turned(&old), &turned(&new)]).unwrap();
        prop_assert_eq!(content(&cube), content(&other));
        let backward: Vec<usize> = other.places(1).iter().rev().copied().collect();
        prop_assert_eq!(cube.places(1), &backward[..]);
        // The order of the nodes of a dimension neither.
        let mut dimensions = truth.dimensions.clone();
        dimensions.iter_mut().for_each(|own| own.nodes.reverse());
        let renumbered = |cells: &[Given]| {
            cells.iter().map(|cell| {
                let nodes = cell.nodes.iter().zip(&dimensions).map(|(node, own)| {
                    if *node < own.nodes.len() { own.nodes.len() - 1 - node } else { *node }
                });
                Given { nodes: nodes.collect(), value: cell.value }
            }).collect::<Vec<_>>()
        };
        let other = Cube::new(&dimensions, &[&renumbered(&old), &renumbered(&new)]).unwrap();
        prop_assert_eq!(content(&cube), content(&other));
        let one = Cube::new(&truth.dimensions, &[&new]).unwrap();
        let twice = Cube::new(&truth.dimensions, &[&new, &turned(&new)]).unwrap();
        prop_assert_eq!(content(&one), content(&twice));
        prop_assert_eq!(one.places(0), twice.places(0));
    }

    #[test]
    fn each_edition_has_all_that_can_be_computed_from_it(
        shape in shapes(), seed in any::<u64>(), one_in in 3u64..9
    ) {
        let truth = Truth::new(shape, seed);
        let dice = &mut Dice::new(seed ^ 77);
        let old = truth.with_gaps(one_in, dice);
        let changed = truth.changed(dice);
        let new = changed.with_gaps(one_in, dice);
        prop_assume!(!old.is_empty() && !new.is_empty());
        let cube = Cube::new(&truth.dimensions, &[&old, &new]).unwrap();
        let universe = cube.universe();
        for (edition, (truth, given)) in [(&truth, &old), (&changed, &new)].into_iter().enumerate() {
            let mut span = Span::default();
            given.iter().for_each(|cell| { span.add(&vector(truth.atoms(&cell.nodes))); });
            let cells: BTreeSet<(String, i64)> =
                known(universe).map(|cell| (cube.name(cell), universe.value(cell))).collect();
            for (nodes, set, value) in &truth.cells {
                let same = truth.cells.iter().filter(|(_, other, _)| other == set);
                let there = same.into_iter().any(|(nodes, ..)| cells.contains(&(truth.name(nodes), *value)));
                prop_assert!(!span.reduce(&vector(set)).is_empty() || there, "{} {}", edition, truth.name(nodes));
            }
            for (cell, place) in given.iter().zip(cube.places(edition)) {
                prop_assert_eq!((universe.value(*place), universe.kind(*place)), (cell.value, Kind::Given));
            }
        }
        // What is the same in both is one cell, what is not is two.
        for (one, first) in old.iter().zip(cube.places(0)) {
            for (other, second) in new.iter().zip(cube.places(1)).filter(|(other, _)| other.nodes == one.nodes) {
                prop_assert_eq!(first == second, one.value == other.value);
            }
        }
    }
}
