//! What the only one in a group knows of it.

use std::collections::{BTreeMap, BTreeSet};

use sdc::Unwatched;
use sdc::audit::{Question, judge};
use sdc::model::{Cube, Dimension, Given, Group, Insider, Linked, Node, Universe};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;

const AGES: [&str; 3] = ["all", "young", "old"];
const AREAS: [&str; 3] = ["town", "north", "south"];

fn axis(name: &str, codes: [&str; 3]) -> Dimension {
    let node = |(place, code): (usize, &str)| Node {
        code: code.to_owned(),
        parent: (place > 0).then(|| codes[0].to_owned()),
    };
    let nodes = codes.into_iter().enumerate().map(node).collect();
    Dimension { name: name.to_owned(), nodes, ..Dimension::default() }
}

/// Counts of the young and the old in the north and in the south.
fn cube(north: [i64; 2], south: [i64; 2]) -> Cube {
    let of = [north, south];
    let sum = |areas: &[usize], ages: &[usize]| -> i64 {
        areas.iter().flat_map(|area| ages.iter().map(|age| of[*area][*age])).sum()
    };
    let parts: [&[usize]; 3] = [&[0, 1], &[0], &[1]];
    let mut given = Vec::new();
    for (area, areas) in parts.iter().enumerate() {
        for (age, ages) in parts.iter().enumerate() {
            given.push(Given { nodes: vec![area, age], value: sum(areas, ages) });
        }
    }
    Cube::new(&[axis("areas", AREAS), axis("ages", AGES)], &[&given]).unwrap()
}

/// The cells that each of those who are alone somewhere knows.
fn known(north: [i64; 2], south: [i64; 2]) -> BTreeSet<BTreeMap<String, i64>> {
    let cube = cube(north, south);
    insiders(cube.universe(), |_| false).iter().map(|own| named(&cube, &own.knows)).collect()
}

fn insiders(universe: &Universe, is_public: impl Fn(usize) -> bool) -> Vec<Insider> {
    let rules = RuleSet { insiders: true, ..RuleSet::default() };
    rules.lone_contributors(universe, is_public, |cell| u64::try_from(universe.value(cell)).ok())
}

fn named(cube: &Cube, cells: &[usize]) -> BTreeMap<String, i64> {
    cells.iter().map(|cell| (cube.name(*cell), cube.universe().value(*cell))).collect()
}

fn cells(own: &[(&str, i64)]) -> BTreeMap<String, i64> {
    own.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn who_knows_that_nobody_is_in_what_is_not_public_knows_it_of_the_whole() {
    let cube = cube([1, 20], [0, 0]);
    let knows = |is_public: &dyn Fn(usize) -> bool| -> BTreeSet<String> {
        let found = insiders(cube.universe(), is_public);
        found.iter().flat_map(|own| named(&cube, &own.knows).into_keys()).collect()
    };
    assert!(!knows(&|_| false).contains("south|all"));
    assert!(knows(&|cell| cube.name(cell) == "south|old").contains("south|all"));
}

#[test]
fn who_is_alone_knows_that_the_rest_of_the_group_is_empty() {
    let one = cells(&[("north|young", 1), ("town|young", 1), ("south|young", 0)]);
    assert_eq!(known([1, 20], [0, 30]), BTreeSet::from([one]));
    let one = cells(&[
        ("town|young", 1),
        ("north|all", 1),
        ("north|young", 1),
        ("north|old", 0),
        ("south|young", 0),
    ]);
    assert_eq!(known([1, 0], [0, 30]), BTreeSet::from([one]));
}

#[test]
fn each_who_is_alone_somewhere_knows_their_own() {
    let north = cells(&[("north|young", 1)]);
    let south = cells(&[("south|young", 1)]);
    assert_eq!(known([1, 20], [1, 30]), BTreeSet::from([north, south]));
    assert_eq!(known([2, 20], [3, 30]), BTreeSet::new());
}

#[test]
fn who_knows_one_of_two_that_are_the_same_but_for_nobody_knows_the_other() {
    let knows_of_the_town = |counted: i64, all: i64| {
        let cells = [
            ("north counted", 5),
            ("north others", 1),
            ("north all", 6),
            ("south counted", counted),
            ("south others", all - counted),
            ("south all", all),
            ("town counted", 5 + counted),
        ];
        let sums = [
            ("north all", vec!["north counted", "north others"]),
            ("south all", vec!["south counted", "south others"]),
            ("town counted", vec!["north counted", "south counted"]),
        ];
        let linked = Linked::new(&cells, &sums).unwrap();
        let is = |place: usize, cell: usize| linked.places()[place] == cell;
        let found = insiders(&linked.universe, |cell| is(2, cell) || is(5, cell));
        let [north, town] =
            [0, 6].map(|place| found.iter().any(|own| own.knows.iter().any(|cell| is(place, *cell))));
        assert!(north, "who is the only other one there");
        town
    };
    assert!(knows_of_the_town(0, 0));
    assert!(!knows_of_the_town(0, 3));
    assert!(!knows_of_the_town(2, 3));
}

/// Counts of a town and of some of its north, south and east, with the sum of south and east.
fn with_a_rest(values: &[i64]) -> Cube {
    let codes = ["town", "north", "south", "east"];
    let node = |(place, code): (usize, &&str)| Node {
        code: (*code).to_owned(),
        parent: (place > 0).then(|| "town".to_owned()),
    };
    let rest = Group {
        code: "rest".to_owned(),
        members: vec!["south".to_owned(), "east".to_owned()],
        partly: Vec::new(),
    };
    let nodes = codes.iter().enumerate().map(node).collect();
    let areas = Dimension { name: "areas".to_owned(), nodes, groups: vec![rest] };
    let given = values.iter().enumerate();
    let given: Vec<Given> = given.map(|(node, value)| Given { nodes: vec![node], value: *value }).collect();
    Cube::new(&[areas], &[&given]).unwrap()
}

/// The cells that each of those who are alone somewhere knows, and those that are about nobody else besides.
fn known_with_a_rest(values: &[i64]) -> Vec<[BTreeMap<String, i64>; 2]> {
    let cube = with_a_rest(values);
    let both = |insider: Insider| [insider.knows, insider.own].map(|cells| named(&cube, &cells));
    insiders(cube.universe(), |_| false).into_iter().map(both).collect()
}

#[test]
fn what_empty_parts_add_up_to_is_empty() {
    let all = cells(&[("town", 1), ("north", 1), ("south", 0), ("east", 0), ("rest", 0)]);
    assert_eq!(known_with_a_rest(&[1, 1, 0, 0, 0]), [[all, cells(&[])]]);
}

#[test]
fn who_is_alone_in_a_total_that_nobody_gave_may_know_of_it_or_not() {
    let sets = known_with_a_rest(&[6, 5, 1, 0]);
    assert!(sets.contains(&[&[("south", 1)], &[("rest", 1)]].map(|own| cells(own))), "{sets:?}");
    let all = cells(&[("rest", 1), ("south", 1), ("east", 0)]);
    assert!(sets.contains(&[all, cells(&[])]), "{sets:?}");
    assert_eq!(sets.len(), 2, "{sets:?}");
}

/// The cells that are withheld of a town that nobody gave, of which these neighbourhoods are all.
fn withheld_in_a_town(parts: &[(&str, i64)], protect_zeros: bool) -> BTreeMap<String, i64> {
    let node =
        |code: &str, parent: Option<&str>| Node { code: code.to_owned(), parent: parent.map(str::to_owned) };
    let nodes = parts.iter().map(|(code, _)| node(code, Some("town")));
    let nodes = std::iter::once(node("town", None)).chain(nodes).collect();
    let given = parts.iter().zip(1..).map(|((_, value), place)| Given { nodes: vec![place], value: *value });
    let given: Vec<Given> = given.collect();
    let areas = Dimension { name: "areas".to_owned(), nodes, groups: Vec::new() };
    let cube = Cube::new(&[areas], &[&given]).unwrap();
    let universe = cube.universe();
    let rules = RuleSet { minimum_frequency: 5, protect_zeros, ..RuleSet::default() };
    let (needs, insiders) = (rules.count_needs(universe, |_| Vec::new()), insiders(universe, |_| false));
    let floor = rules.floor(universe, &needs);
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let found = protect(&task, &Unwatched).expect("a mask");
    let question = Question { universe, hidden: &found.mask, known: &[], floor, integer: true };
    let verdict = judge(&question, &needs, &insiders, &found.certificates, &Unwatched).unwrap();
    assert!(verdict.is_safe(), "{verdict:?}");
    let hidden: Vec<usize> = (0..universe.len()).filter(|cell| found.mask.hides(*cell)).collect();
    named(&cube, &hidden)
}

#[test]
fn that_the_only_one_finds_themselves_in_a_total_that_nobody_gave_withholds_nothing_more() {
    let both = cells(&[("town", 1), ("one", 1)]);
    assert_eq!(withheld_in_a_town(&[("one", 1), ("other", 0)], false), both);
    assert_eq!(withheld_in_a_town(&[("one", 1), ("other", 0), ("another", 0)], false), both);
    let all = cells(&[("town", 1), ("one", 1), ("other", 0)]);
    assert_eq!(withheld_in_a_town(&[("one", 1), ("other", 0)], true), all);
}
