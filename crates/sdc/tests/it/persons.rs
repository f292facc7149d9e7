//! Who is alone in counts that no sum binds to each other can be one person, and knows all of them then.

use std::collections::BTreeSet;

use sdc::Unwatched;
use sdc::audit::{Question, examine, judge};
use sdc::model::{CellId, Cube, Dimension, Given, Insider, Linked, Node, Universe};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;

use crate::country::Dice;

fn tree(codes: &[&str]) -> Dimension {
    let node = |(place, code): (usize, &&str)| Node {
        code: (*code).to_owned(),
        parent: (place > 0).then(|| codes[0].to_owned()),
    };
    Dimension { nodes: codes.iter().enumerate().map(node).collect(), ..Dimension::default() }
}

/// Areas by two breakdowns, of which these cells are given.
fn cube(cells: &[(&str, &str, &str, i64)]) -> Cube {
    let axes =
        [&["town", "north", "south"][..], &["all", "young", "old"], &["all", "men", "women"]].map(tree);
    let given = |(area, age, sex, value): &(&str, &str, &str, i64)| Given {
        nodes: [area, age, sex]
            .into_iter()
            .zip(&axes)
            .map(|(code, axis)| axis.nodes.iter().position(|node| node.code == **code).unwrap())
            .collect(),
        value: *value,
    };
    Cube::new(&axes, &[&cells.iter().map(given).collect::<Vec<_>>()]).unwrap()
}

fn alone(universe: &Universe) -> Vec<Insider> {
    let rules = RuleSet { insiders: true, ..RuleSet::default() };
    rules.lone_contributors(universe, |_| false, |cell| u64::try_from(universe.value(cell)).ok())
}

/// The cells of one person that each of those who are alone somewhere knows.
fn ones(universe: &Universe, name: impl Fn(CellId) -> String) -> BTreeSet<BTreeSet<String>> {
    let is_one = |cell: &CellId| universe.value(*cell) == 1;
    alone(universe).iter().map(|own| own.knows.iter().copied().filter(is_one).map(&name).collect()).collect()
}

fn ones_of(cube: &Cube) -> BTreeSet<BTreeSet<String>> {
    ones(cube.universe(), |cell| cube.name(cell))
}

fn sets<const N: usize>(sets: [&[&str]; N]) -> BTreeSet<BTreeSet<String>> {
    sets.into_iter().map(|own| own.iter().map(|name| (*name).to_owned()).collect()).collect()
}

/// Two breakdowns that are not crossed, of a town and of some of its districts.
const NOT_CROSSED: [(&str, &str, &str, i64); 11] = [
    ("town", "all", "all", 37),
    ("town", "young", "all", 16),
    ("town", "old", "all", 21),
    ("town", "all", "men", 22),
    ("town", "all", "women", 15),
    ("north", "young", "all", 12),
    ("north", "old", "all", 1),
    ("north", "all", "men", 12),
    ("north", "all", "women", 1),
    ("south", "all", "men", 10),
    ("south", "all", "women", 14),
];

#[test]
fn who_is_alone_in_two_breakdowns_of_one_area_can_be_the_same() {
    let both = sets([&["north|old|all"], &["north|all|women"], &["north|old|all", "north|all|women"]]);
    assert_eq!(ones_of(&cube(&NOT_CROSSED)), both);
}

#[test]
fn who_is_alone_in_two_breakdowns_learns_no_other_count() {
    let cube = cube(&NOT_CROSSED);
    let universe = cube.universe();
    let rules = RuleSet { minimum_frequency: 5, interval_width: 5, insiders: true, ..RuleSet::default() };
    let (needs, insiders) = (rules.count_needs(universe, |_| Vec::new()), alone(universe));
    let floor = rules.floor(universe, &needs);
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let hidden = protect(&task, &Unwatched).unwrap().mask;
    for known in insiders.iter().map(|own| &own.knows) {
        let question = Question { universe, hidden: &hidden, known, floor, integer: true };
        let findings = examine(&question, &Unwatched).unwrap();
        let others = needs.iter().filter(|need| !known.contains(&need.cell));
        let told = others.filter(|need| findings.interval(need.cell).is_none_or(|own| own.is_point()));
        assert_eq!(told.map(|need| cube.name(need.cell)).collect::<Vec<_>>(), Vec::<String>::new());
    }
    let question = Question { universe, hidden: &hidden, known: &[], floor, integer: true };
    assert!(judge(&question, &needs, &insiders, &[], &Unwatched).unwrap().is_safe());
}

#[test]
fn who_is_alone_in_two_areas_or_two_categories_is_not_the_same() {
    let mut cells = NOT_CROSSED;
    let changed = [(0, 27), (2, 11), (3, 12), (4, 15), (7, 11), (8, 2), (9, 1), (10, 13)];
    changed.into_iter().for_each(|(place, value)| cells[place].3 = value);
    assert_eq!(ones_of(&cube(&cells)), sets([&["north|old|all"], &["south|all|men"]]));
    let pair = cube(&[("north", "young", "all", 1), ("north", "old", "all", 1)]);
    assert!(ones_of(&pair).iter().all(|own| own.len() == 1));
}

#[test]
fn who_is_alone_in_two_counts_that_have_nobody_in_common_is_not_the_same() {
    let mut cells = NOT_CROSSED.to_vec();
    cells.push(("north", "old", "women", 0));
    let found = ones_of(&cube(&cells));
    assert!(
        found.iter().all(|own| !own.contains("north|old|all") || !own.contains("north|all|women")),
        "{found:?}"
    );
}

#[test]
fn of_linked_tables_who_is_in_two_parts_of_a_sum_is_not_the_same_and_others_can_be() {
    let cells = [("all", 9), ("young", 1), ("old", 8), ("men", 1), ("women", 8), ("north", 1), ("south", 7)];
    let sums: Vec<(&str, Vec<&str>)> =
        vec![("all", vec!["young", "old"]), ("all", vec!["men", "women"]), ("old", vec!["north", "south"])];
    let linked = Linked::new(&cells, &sums).unwrap();
    let name = |cell| cells[linked.places().iter().position(|own| *own == cell).unwrap()].0.to_owned();
    let expected = sets([&["young"], &["men"], &["north"], &["young", "men"], &["north", "men"]]);
    assert_eq!(ones(&linked.universe, name), expected);
}

#[test]
fn of_a_hundred_who_can_all_be_the_same_there_are_a_few_sets() {
    let names: Vec<[String; 2]> =
        (0..100).map(|number| [format!("one{number}"), format!("other{number}")]).collect();
    let own = names.iter().flat_map(|[one, other]| [(one.as_str(), 1), (other.as_str(), 8)]);
    let cells: Vec<(&str, i64)> = std::iter::once(("all", 9)).chain(own).collect();
    let sums: Vec<(&str, Vec<&str>)> =
        names.iter().map(|[one, other]| ("all", vec![one.as_str(), other.as_str()])).collect();
    let linked = Linked::new(&cells, &sums).unwrap();
    let found = alone(&linked.universe);
    assert_eq!(found.len(), 101);
    assert!(found.iter().any(|own| own.knows.len() == 100));
}

/// Counts of areas by ages by sexes, of which about two in five are given, and of each area, age and sex together.
fn some_of_a_table(dice: &mut Dice) -> (Vec<(Vec<usize>, i64)>, Vec<i64>) {
    let mut count = || [0, 1, 1, 2, 12][usize::try_from(dice.under(5)).unwrap()];
    let atoms: Vec<i64> = (0..8).map(|_| count()).collect();
    let mut given = Vec::new();
    for place in 0..27 {
        let nodes = vec![place / 9, place / 3 % 3, place % 3];
        let value = (0..8).filter(|atom| holds(&nodes, *atom)).map(|atom| atoms[atom]).sum();
        if dice.under(5) < 2 {
            given.push((nodes, value));
        }
    }
    (given, atoms)
}

fn holds(nodes: &[usize], atom: usize) -> bool {
    let own = [1 + atom / 4, 1 + atom / 2 % 2, 1 + atom % 2];
    nodes.iter().zip(own).all(|(node, own)| *node == 0 || *node == own)
}

#[test]
fn whoever_is_alone_there_is_a_set_of_all_that_they_are_alone_in_and_of_no_more() {
    let axes =
        [&["town", "north", "south"][..], &["all", "young", "old"], &["all", "men", "women"]].map(tree);
    let mut dice = Dice::new(7);
    let mut several = 0;
    for _ in 0..400 {
        let (given, atoms) = some_of_a_table(&mut dice);
        let cells = given.iter().map(|(nodes, value)| Given { nodes: nodes.clone(), value: *value });
        let Ok(cube) = Cube::new(&axes, &[&cells.collect::<Vec<_>>()]) else { continue };
        let sets = alone(cube.universe());
        for atom in (0..8).filter(|atom| atoms[*atom] == 1) {
            let ones = given.iter().zip(cube.places(0)).filter(|((_, value), _)| *value == 1);
            let (own, others): (Vec<_>, Vec<_>) = ones.partition(|((nodes, _), _)| holds(nodes, atom));
            let is_theirs = |Insider { knows: set, .. }: &Insider| {
                own.iter().all(|(_, cell)| set.contains(cell))
                    && !others.iter().any(|(_, cell)| set.contains(cell))
            };
            several += usize::from(own.len() > 1);
            assert!(own.is_empty() || sets.iter().any(is_theirs), "{given:?} {atom}");
        }
    }
    assert!(several > 100, "{several}");
}
