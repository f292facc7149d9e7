//! Tables of which cells are missing: what can be computed is a cell, and all that binds cells is a
//! relation.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sdc::Mask;
use sdc::model::{Cube, Dimension, Given, Group, Kind, ModelError, Node, Universe};

use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};

/// A table of which all is known, and of each combination of nodes what it is the sum of.
struct Truth {
    dimensions: Vec<Dimension>,
    /// Nodes along each dimension, atoms, value.
    cells: Vec<(Vec<usize>, BTreeSet<usize>, i64)>,
}

impl Truth {
    fn new(shape: Shape, seed: u64) -> Self {
        let dimensions = MadeUp::new(shape, seed).dimensions;
        let dice = &mut Dice::new(!seed);
        let mut cells: Vec<(Vec<usize>, BTreeSet<usize>)> = vec![(Vec::new(), BTreeSet::from([0]))];
        let mut atoms = 1;
        for own in &dimensions {
            let (sets, leaves) = leaves(own);
            cells = cells
                .iter()
                .flat_map(|(nodes, before)| {
                    sets.iter().enumerate().map(move |(node, set)| {
                        let nodes = nodes.iter().copied().chain([node]).collect();
                        let pairs =
                            before.iter().flat_map(|one| set.iter().map(move |two| one * leaves + two));
                        (nodes, pairs.collect())
                    })
                })
                .collect();
            atoms *= leaves;
        }
        let values: Vec<i64> =
            (0..atoms).map(|_| [0, 1, 2, 5, 9, 30][usize::try_from(dice.under(6)).unwrap()]).collect();
        let value = |set: &BTreeSet<usize>| set.iter().map(|atom| values[*atom]).sum();
        let cells = cells.into_iter().map(|(nodes, set)| (nodes, set.clone(), value(&set))).collect();
        Self { dimensions, cells }
    }

    /// About one in so many cells is left out.
    fn with_gaps(&self, one_in: u64, dice: &mut Dice) -> Vec<Given> {
        let given = self.cells.iter().filter(|_| dice.under(one_in) != 0);
        given.map(|(nodes, _, value)| Given { nodes: nodes.clone(), value: *value }).collect()
    }

    fn atoms(&self, nodes: &[usize]) -> &BTreeSet<usize> {
        &self.cells.iter().find(|(own, ..)| own == nodes).unwrap().1
    }

    fn name(&self, nodes: &[usize]) -> String {
        let codes = self.dimensions.iter().zip(nodes).map(|(own, node)| {
            let groups = own.groups.iter().map(|group| group.code.as_str());
            own.nodes.iter().map(|node| node.code.as_str()).chain(groups).nth(*node).unwrap()
        });
        codes.collect::<Vec<_>>().join("|")
    }
}

/// The leaves under each node and group, and how many there are.
fn leaves(own: &Dimension) -> (Vec<BTreeSet<usize>>, usize) {
    let place = |code: &str| own.nodes.iter().position(|node| node.code == code).unwrap();
    let mut sets = vec![BTreeSet::new(); own.nodes.len()];
    let mut count = 0;
    for (at, node) in own.nodes.iter().enumerate() {
        if own.nodes.iter().all(|other| other.parent.as_ref() != Some(&node.code)) {
            let mut up = Some(at);
            while let Some(above) = up {
                sets[above].insert(count);
                up = own.nodes[above].parent.as_deref().map(place);
            }
            count += 1;
        }
    }
    for group in &own.groups {
        sets.push(group.members.iter().flat_map(|code| sets[place(code)].clone()).collect());
    }
    (sets, count)
}

/// Rows over the integers modulo a prime, reduced. No code of the crate.
#[derive(Default)]
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
type Content = (Vec<(String, i64, Kind)>, Vec<(String, Vec<String>)>);

/// What a universe is, whatever the numbers of its cells.
fn content(cube: &Cube) -> Content {
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
        let rank = given.iter().filter(|cell| span.add(&vector(truth.atoms(&cell.nodes)))).count();
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
            let computable = span.reduce(&vector(set)).is_empty();
            prop_assert_eq!(cells.len(), usize::from(computable), "{}", truth.name(nodes));
            prop_assert!(cells.iter().all(|cell| universe.value(*cell) == *value));
        }
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
        // The new edition counts one more everywhere in one atom.
        let atom = usize::try_from(dice.under(4)).unwrap();
        let mut changed = Truth { dimensions: truth.dimensions.clone(), cells: truth.cells.clone() };
        changed.cells.iter_mut().filter(|(_, set, _)| set.contains(&atom)).for_each(|cell| cell.2 += 1);
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

fn tree(name: &str, nodes: &[(&str, &str)]) -> Dimension {
    let node = |(code, parent): &(&str, &str)| Node {
        code: (*code).to_owned(),
        parent: (!parent.is_empty()).then(|| (*parent).to_owned()),
    };
    Dimension { name: name.to_owned(), nodes: nodes.iter().map(node).collect(), groups: Vec::new() }
}

fn areas() -> Dimension {
    tree("areas", &[("land", ""), ("west", "land"), ("oost", "land"), ("zuid", "land")])
}

/// Cells by code along one dimension.
fn cells(dimension: &Dimension, values: &[(&str, i64)]) -> Vec<Given> {
    let place = |code: &str| dimension.nodes.iter().position(|node| node.code == code).unwrap();
    values.iter().map(|(code, value)| Given { nodes: vec![place(code)], value: *value }).collect()
}

fn one(dimension: &Dimension, values: &[(&str, i64)]) -> Result<Vec<(String, i64, Kind)>, ModelError> {
    let cube = Cube::new(std::slice::from_ref(dimension), &[&cells(dimension, values)])?;
    Ok(content(&cube).0)
}

#[test]
fn the_part_that_is_missing_is_the_rest_and_several_are_one_rest() {
    let rest = one(&areas(), &[("land", 10), ("west", 4), ("oost", 5)]).unwrap();
    assert!(rest.contains(&("zuid".to_owned(), 1, Kind::Residual)));
    let rest = one(&areas(), &[("land", 10), ("west", 4)]).unwrap();
    assert_eq!(rest.len(), 3);
    assert!(rest.contains(&("land/onbekend".to_owned(), 6, Kind::Residual)));
    let total = one(&areas(), &[("west", 4), ("oost", 5), ("zuid", 0)]).unwrap();
    assert!(total.contains(&("land".to_owned(), 9, Kind::Residual)));
    // A total of which not all parts are known is no cell.
    assert_eq!(one(&areas(), &[("west", 4), ("oost", 5)]).unwrap().len(), 2);
}

#[test]
fn a_total_that_has_more_than_its_parts_somewhere_has_a_part_more_everywhere() {
    let parts = tree("parts", &[("t", ""), ("a", "t"), ("b", "t")]);
    let values = [[12, 7, 5], [4, 2, 2], [5, 4, 1], [2, 1, 1]];
    let given = |without: &[(usize, usize)]| {
        let all = (0..4).flat_map(|area| (0..3).map(move |part| (area, part)));
        let kept = all.filter(|cell| !without.contains(cell));
        kept.map(|(area, part)| Given { nodes: vec![area, part], value: values[area][part] })
            .collect::<Vec<_>>()
    };
    let cube = Cube::new(&[areas(), parts.clone()], &[&given(&[])]).unwrap();
    let cells = content(&cube).0;
    assert_eq!(cells.len(), 15);
    assert!(cells.contains(&("land/onbekend|b".to_owned(), 1, Kind::Residual)));
    // It is found in what is derived too: here the total of the country is not given.
    let cube = Cube::new(&[areas(), parts.clone()], &[&given(&[(0, 0)])]).unwrap();
    assert!(content(&cube).0.contains(&("land/onbekend|t".to_owned(), 1, Kind::Residual)));
    // With that part one missing area is not all of the rest.
    let cube = Cube::new(&[areas(), parts], &[&given(&[(3, 1), (3, 2)])]).unwrap();
    let cells = content(&cube).0;
    assert!(cells.contains(&("land/onbekend en meer|b".to_owned(), 2, Kind::Residual)));
    assert!(!cells.iter().any(|(name, _, kind)| name == "zuid|b" && *kind != Kind::Unknown));
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |values: &[(&str, i64)]| one(&areas(), values).unwrap_err();
    let error = refused(&[("land", 8), ("west", 5), ("oost", 4)]);
    assert_eq!(error, ModelError::NotAdditive { total: "land".to_owned(), value: 8, parts: 9 });
    assert_eq!(refused(&[("land", -1)]), ModelError::Negative { cell: "land".to_owned() });
    assert_eq!(refused(&[("land", 1), ("land", 1)]), ModelError::Duplicate { code: "land".to_owned() });
    assert!(matches!(refused(&[]), ModelError::Empty { .. }));
    let given = [Given { nodes: vec![4], value: 1 }];
    assert!(matches!(Cube::new(&[areas()], &[&given]), Err(ModelError::Unknown { .. })));
    let given = [Given { nodes: vec![], value: 1 }];
    assert_eq!(
        Cube::new(&[areas()], &[&given]).unwrap_err(),
        ModelError::WrongLength { expected: 1, found: 0 }
    );
    let mut grouped = areas();
    let members = ["west", "oost", "zuid"].map(str::to_owned).to_vec();
    grouped.groups.push(Group { code: "programma".to_owned(), members, partly: Vec::new() });
    let given = [Given { nodes: vec![0], value: 2 }, Given { nodes: vec![4], value: 3 }];
    let error = Cube::new(&[grouped], &[&given]).unwrap_err();
    assert!(matches!(error, ModelError::Unequal { .. }), "{error}");
}

#[test]
fn a_full_table_is_that_table() {
    let made_up = MadeUp::new(Shape::Crossed, 3);
    let table = made_up.table();
    let sizes: Vec<usize> = made_up.dimensions.iter().map(|own| own.nodes.len()).collect();
    let given: Vec<Given> = made_up
        .values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let (mut rest, mut nodes) = (index, Vec::new());
            for size in sizes.iter().rev() {
                nodes.insert(0, rest % size);
                rest /= size;
            }
            Given { nodes, value: *value }
        })
        .collect();
    let cube = Cube::new(&made_up.dimensions, &[&given]).unwrap();
    let values = |universe: &Universe| (0..universe.len()).map(|cell| universe.value(cell)).sum::<i64>();
    assert_eq!(cube.universe().len(), table.universe.len());
    assert_eq!(cube.universe().relation_count(), table.universe.relation_count());
    assert_eq!(values(cube.universe()), values(&table.universe));
    for (cell, place) in cube.places(0).iter().zip(table.places()) {
        assert_eq!(cube.universe().kind(*cell), Kind::Given);
        assert_eq!(cube.universe().value(*cell), table.universe.value(*place));
        let totals = |found: Vec<usize>, universe: &Universe| {
            found.into_iter().map(|total| universe.value(total)).collect::<BTreeSet<_>>()
        };
        assert_eq!(
            totals(cube.totals_along(*cell, 1), cube.universe()),
            totals(table.totals_along(*place, 1).collect(), &table.universe)
        );
    }
    let mut mask = Mask::none(cube.universe().len());
    mask.hide(cube.places(0)[2]);
    let own = cube.mask_of(0, &mask);
    assert!(own.hides(2) && own.len() == given.len());
    assert_eq!(cube.mask_of(1, &mask).len(), 0);
}

#[test]
fn a_name_does_not_depend_on_what_is_given_beside_it() {
    let areas =
        tree("areas", &[("gemeente", ""), ("wijk", "gemeente"), ("buurt", "wijk"), ("zee", "gemeente")]);
    let name = |values: &[(&str, i64)]| {
        let cube = Cube::new(std::slice::from_ref(&areas), &[&cells(&areas, values)]).unwrap();
        cube.name(cube.places(0)[0])
    };
    assert_eq!(name(&[("buurt", 4)]), "wijk");
    assert_eq!(name(&[("wijk", 4)]), "wijk");
    assert_eq!(name(&[("buurt", 4), ("wijk", 4), ("gemeente", 9)]), "wijk");
    assert_eq!(name(&[("buurt", 4), ("wijk", 5)]), "buurt");
}

#[test]
fn what_no_cell_has_to_do_with_costs_nothing() {
    let mut nodes = vec![("land".to_owned(), None)];
    for town in 0..350 {
        nodes.push((format!("g{town}"), Some("land".to_owned())));
        nodes.extend((0..50).map(|area| (format!("b{town}-{area}"), Some(format!("g{town}")))));
    }
    let node = |(code, parent): (String, Option<String>)| Node { code, parent };
    let areas =
        Dimension { name: "areas".to_owned(), nodes: nodes.into_iter().map(node).collect(), groups: vec![] };
    let parts = |name: &str| {
        let codes = ["t", "a", "b", "c", "d", "e"].map(|code| format!("{name}{code}"));
        let nodes = codes
            .iter()
            .enumerate()
            .map(|(index, code)| (code.clone(), (index > 0).then(|| codes[0].clone())));
        Dimension { name: name.to_owned(), nodes: nodes.map(node).collect(), groups: vec![] }
    };
    // One town, by three breakdowns that are never crossed.
    let mut given = Vec::new();
    for area in 1..=51 {
        given.push(Given { nodes: vec![area, 0, 0, 0], value: 50 });
        for (along, part) in (1..4).flat_map(|along| (1..6).map(move |part| (along, part))) {
            let mut at = vec![area, 0, 0, 0];
            at[along] = part;
            given.push(Given { nodes: at, value: 10 });
        }
    }
    given.iter_mut().filter(|cell| cell.nodes[0] == 1).for_each(|cell| cell.value *= 50);
    let cube = Cube::new(&[areas, parts("x"), parts("y"), parts("z")], &[&given]).unwrap();
    assert_eq!(cube.universe().len(), given.len());
    assert_eq!(cube.universe().relation_count(), 16 + 51 * 3);
}
