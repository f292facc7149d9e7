//! Which cells there are, and what is refused.

use proptest::prelude::*;
use sdc::Unwatched;
use sdc::audit::{Question, examine};
use sdc::model::{Dimension, Floor, Group, Kind, Linked, ModelError, Node, Table};

fn tree(name: &str, nodes: &[(&str, &str)]) -> Dimension {
    let node = |(code, parent): &(&str, &str)| Node {
        code: (*code).to_owned(),
        parent: (!parent.is_empty()).then(|| (*parent).to_owned()),
    };
    Dimension { name: name.to_owned(), nodes: nodes.iter().map(node).collect(), groups: Vec::new() }
}

fn with_group(mut dimension: Dimension, code: &str, members: &[&str], partly: &[&str]) -> Dimension {
    let codes = |list: &[&str]| list.iter().map(|code| (*code).to_owned()).collect();
    dimension.groups.push(Group { code: code.to_owned(), members: codes(members), partly: codes(partly) });
    dimension
}

fn cell(table: &Table, name: &str) -> usize {
    (0..table.universe.len()).find(|cell| table.name(*cell) == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn an_area_with_one_part_is_one_cell_with_it() {
    let areas = tree("areas", &[("land", ""), ("wijk", "land"), ("buurt", "wijk"), ("zee", "land")]);
    let table = Table::new(&[areas], &[9, 4, 4, 5]).unwrap();
    assert_eq!(table.universe.len(), 3);
    assert_eq!(table.places()[1], table.places()[2]);
}

#[test]
fn parts_that_do_not_add_up_leave_a_residual() {
    let areas = tree("areas", &[("land", ""), ("west", "land"), ("oost", "land")]);
    let parts = tree("parts", &[("t", ""), ("a", "t"), ("b", "t")]);
    let table = Table::new(&[areas, parts], &[10, 6, 4, 5, 3, 2, 3, 2, 1]).unwrap();
    let residual = cell(&table, "land/onbekend|a");
    assert_eq!(table.universe.kind(residual), Kind::Residual);
    assert_eq!(table.universe.value(residual), 1);
    assert_eq!(table.universe.len(), 12);
}

#[test]
fn parts_that_are_more_than_their_total_are_refused() {
    let areas = tree("areas", &[("land", ""), ("west", "land"), ("oost", "land")]);
    let error = Table::new(&[areas], &[8, 5, 4]).unwrap_err();
    assert_eq!(error, ModelError::NotAdditive { total: "land".to_owned(), value: 8, parts: 9 });
    assert!(error.to_string().contains("\"land\" is 8 and its parts together are 9"));
}

#[test]
fn what_two_areas_do_not_share_is_a_sliver() {
    let nodes = [
        ("land", ""),
        ("w1", "land"),
        ("w2", "land"),
        ("b1", "w1"),
        ("b2", "w1"),
        ("b3", "w2"),
        ("b4", "w2"),
    ];
    let areas = with_group(tree("areas", &nodes), "programma", &["b2", "w2"], &[]);
    let table = Table::new(&[areas], &[100, 30, 70, 28, 2, 40, 30, 72]).unwrap();
    // The programme area without w2 is b2; the country without the programme area is b1.
    assert_eq!(table.universe.len(), 8);
    let areas = with_group(tree("areas", &nodes), "programma", &["b2", "b3"], &[]);
    let table = Table::new(&[areas], &[100, 30, 70, 28, 2, 40, 30, 42]).unwrap();
    let rest = cell(&table, "land zonder programma");
    assert_eq!((table.universe.kind(rest), table.universe.value(rest)), (Kind::Sliver, 58));
}

#[test]
fn an_older_area_that_holds_a_part_of_another_leaves_two_pieces() {
    let nodes = [("land", ""), ("b1", "land"), ("b2", "land")];
    let areas = with_group(tree("areas", &nodes), "oud", &["b1"], &["b2"]);
    let table = Table::new(&[areas], &[50, 20, 30, 23]).unwrap();
    assert_eq!(table.universe.value(cell(&table, "oud/rand binnen")), 3);
    assert_eq!(table.universe.value(cell(&table, "oud/rand buiten")), 27);
    // With both areas shown the pieces follow, small as they are.
    let hidden = table.universe.never_published();
    let question = Question {
        universe: &table.universe,
        hidden: &hidden,
        known: &[],
        floor: Floor::ZERO,
        integer: true,
    };
    assert_eq!(examine(&question, &Unwatched).unwrap().recoverable.len(), 2);
    let areas = with_group(tree("areas", &nodes), "oud", &["b1"], &["b2"]);
    assert!(matches!(Table::new(&[areas], &[50, 20, 30, 19]), Err(ModelError::Negative { .. })));
}

#[test]
fn equal_sets_of_atoms_in_linked_tables_are_one_cell() {
    let cells = [("a", 1), ("b", 2), ("ab", 3), ("c", 3), ("abc", 6), ("only c", 3), ("also ab", 3)];
    let relations = [
        ("ab", vec!["a", "b"]),
        ("abc", vec!["ab", "c"]),
        ("only c", vec!["c"]),
        ("also ab", vec!["a", "b"]),
        ("abc", vec!["also ab", "only c"]),
    ];
    let linked = Linked::new(&cells, &relations).unwrap();
    assert_eq!(linked.universe.len(), 5);
    assert_eq!(linked.universe.relation_count(), 2);
    assert_eq!(linked.places()[3], linked.places()[5]);
    assert_eq!(linked.places()[2], linked.places()[6]);
}

#[test]
fn two_parts_of_a_total_that_are_the_same_cell_are_named_both() {
    let cells = [("a", 1), ("s", 1), ("t", 2)];
    let error = Linked::new(&cells, &[("s", vec!["a"]), ("t", vec!["a", "s"])]).unwrap_err();
    let [total, one, other] = ["t", "a", "s"].map(str::to_owned);
    assert_eq!(error, ModelError::CountedTwice { total, one, other });
    assert!(error.to_string().starts_with("\"a\" and \"s\" hold the same units, and \"t\" has both"));
}

/// Totals of any earlier cells, each of which is named at most once.
fn sums_of_earlier_ones() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let parts = |last: usize| proptest::sample::subsequence((0..last).collect::<Vec<_>>(), 1..=3);
    (5usize..14).prop_flat_map(move |cells| (4..cells).map(parts).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn cells_of_linked_tables_are_one_where_they_hold_the_same_atoms_as_often(sums in sums_of_earlier_ones()) {
        let mut atoms: Vec<Vec<u32>> = (0..4).map(|own| (0..4).map(|atom| u32::from(atom == own)).collect()).collect();
        for parts in &sums {
            let of = |atom: usize| parts.iter().map(|part| atoms[*part][atom]).sum();
            atoms.push((0..4).map(of).collect());
        }
        let names: Vec<String> = (0..atoms.len()).map(|cell| format!("c{cell}")).collect();
        let value = |own: &Vec<u32>| own.iter().zip([1, 10, 100, 1000]).map(|(times, value)| i64::from(*times) * value).sum();
        let cells: Vec<(&str, i64)> =
            names.iter().zip(&atoms).map(|(name, own)| (name.as_str(), value(own))).collect();
        let name = |cell: &usize| names[*cell].as_str();
        let relations: Vec<(&str, Vec<&str>)> =
            (4..).zip(&sums).map(|(total, parts)| (name(&total), parts.iter().map(name).collect())).collect();
        let is_twice = |parts: &Vec<usize>| {
            parts.iter().enumerate().any(|(at, part)| parts[..at].iter().any(|other| atoms[*other] == atoms[*part]))
        };
        match Linked::new(&cells, &relations) {
            Err(error) => {
                prop_assert!(matches!(error, ModelError::CountedTwice { .. }), "{}", error);
                prop_assert!(sums.iter().any(is_twice));
            }
            Ok(linked) => {
                prop_assert!(!sums.iter().any(is_twice));
                for (one, other) in (0..atoms.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
                    let is_one = linked.places()[one] == linked.places()[other];
                    prop_assert_eq!(is_one, atoms[one] == atoms[other]);
                }
            }
        }
    }
}

#[test]
fn what_is_wrong_with_linked_tables_is_named() {
    let error =
        |cells: &[(&str, i64)], relations: &[(&str, Vec<&str>)]| Linked::new(cells, relations).unwrap_err();
    assert_eq!(error(&[("a", 1), ("a", 1)], &[]), ModelError::Duplicate { code: "a".to_owned() });
    assert_eq!(
        error(&[("a", 1)], &[("a", vec!["b"])]),
        ModelError::Unknown { code: "b".to_owned(), named_by: "a".to_owned() }
    );
    assert!(matches!(
        error(&[("a", 1), ("b", 1)], &[("a", vec!["b"]), ("b", vec!["a"])]),
        ModelError::Cycle { .. }
    ));
    assert_eq!(
        error(&[("a", 1), ("b", 2)], &[("a", vec!["b"])]),
        ModelError::Unequal { one: "a".to_owned(), other: "b".to_owned() }
    );
    assert!(matches!(error(&[("a", 1)], &[("a", vec![])]), ModelError::Empty { .. }));
    let sums = error(&[("t", i64::MAX), ("a", i64::MAX), ("b", i64::MAX)], &[("t", vec!["a", "b"])]);
    assert!(matches!(sums, ModelError::NotAdditive { .. }));
}

#[test]
fn what_is_wrong_with_a_table_is_named() {
    let error = |dimensions: &[Dimension], values: &[i64]| Table::new(dimensions, values).unwrap_err();
    let areas = || tree("areas", &[("land", ""), ("west", "land")]);
    assert_eq!(error(&[areas()], &[1]), ModelError::WrongLength { expected: 2, found: 1 });
    assert_eq!(error(&[areas()], &[-1, -1]), ModelError::Negative { cell: "land".to_owned() });
    let cycle = tree("areas", &[("a", "b"), ("b", "a")]);
    assert!(matches!(error(&[cycle], &[1, 1]), ModelError::Cycle { .. }));
    let twice = tree("areas", &[("a", ""), ("a", "")]);
    assert_eq!(error(&[twice], &[1, 1]), ModelError::Duplicate { code: "a".to_owned() });
    let orphan = tree("areas", &[("a", "z")]);
    assert!(matches!(error(&[orphan], &[1]), ModelError::Unknown { .. }));
    assert!(matches!(error(&[tree("areas", &[])], &[]), ModelError::Empty { .. }));
    let group = with_group(areas(), "groep", &["west"], &[]);
    assert!(matches!(
        error(&[group], &[3, 3, 2]),
        ModelError::NotAdditive { .. } | ModelError::Unequal { .. }
    ));
}

#[test]
fn periods_without_a_total_do_not_bind_each_other() {
    let areas = tree("areas", &[("land", ""), ("west", "land"), ("oost", "land")]);
    let years = tree("years", &[("2024", ""), ("2025", "")]);
    let table = Table::new(&[areas, years], &[9, 8, 4, 4, 5, 4]).unwrap();
    assert_eq!(table.universe.relation_count(), 2);
}
