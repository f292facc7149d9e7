//! Which totals are more than their parts, and how long that is looked for.

use std::collections::BTreeSet;

use sdc::model::{Cube, Dimension, Given, ModelError, MoreThanParts, Node};

use crate::gaps::tree;

const AREAS: [(&str, Option<&str>); 5] = [
    ("stad", None),
    ("west", Some("stad")),
    ("oost", Some("stad")),
    ("een", Some("oost")),
    ("twee", Some("oost")),
];

fn areas() -> Dimension {
    let node = |(code, parent): (&str, Option<&str>)| Node {
        code: code.to_owned(),
        parent: parent.map(str::to_owned),
    };
    Dimension { name: "areas".to_owned(), nodes: AREAS.map(node).to_vec(), groups: Vec::new() }
}

fn cells(values: &[(&str, i64)]) -> Vec<Given> {
    let place = |code: &str| AREAS.iter().position(|(own, _)| *own == code).unwrap();
    values.iter().map(|(code, value)| Given { nodes: vec![place(code)], value: *value }).collect()
}

/// What is found, and of how many cells each attempt but the first was.
fn found(values: &[(&str, i64)], most: usize) -> (Result<MoreThanParts, ModelError>, Vec<usize>) {
    let mut asked = Vec::new();
    let given = cells(values);
    let found = Cube::more_than_parts(&[areas()], &[&given], None, &mut |cells| {
        asked.push(cells);
        asked.len() <= most
    });
    (found, asked)
}

fn codes(of: &[&str]) -> Vec<BTreeSet<String>> {
    vec![of.iter().map(|code| (*code).to_owned()).collect()]
}

/// One in so many cells of areas crossed with two breakdowns, and what all of these are.
fn one_in(cells: usize) -> (Vec<Dimension>, Vec<Given>) {
    let parts = |name: &str, count: usize| {
        let codes: Vec<String> = (0..count).map(|part| format!("{name}{part}")).collect();
        let nodes: Vec<(&str, &str)> =
            std::iter::once((name, "")).chain(codes.iter().map(|code| (code.as_str(), name))).collect();
        tree(name, &nodes)
    };
    let nodes =
        (0..61).flat_map(|area| (0..9).flat_map(move |age| (0..9).map(move |kind| vec![area, age, kind])));
    let count = |nodes: &Vec<usize>| {
        nodes.iter().zip([60, 8, 8]).map(|(node, all)| if *node == 0 { all } else { 1 }).product()
    };
    let given = nodes.enumerate().filter(|(place, _)| place % cells == 0);
    let given = given.map(|(_, nodes)| Given { value: count(&nodes), nodes }).collect();
    (vec![parts("gebied", 60), parts("leeftijd", 8), parts("soort", 8)], given)
}

#[test]
fn places_without_a_cell_count_where_there_are_many_more_than_cells() {
    let none = vec![BTreeSet::new(); 3];
    let (dimensions, all) = one_in(1);
    assert_eq!(Cube::fits(&dimensions, &[&all], None, &none, &mut |_| panic!("asked")), Ok(true));
    let (dimensions, few) = one_in(50);
    let mut asked = 0;
    let fits = Cube::fits(&dimensions, &[&few], None, &none, &mut |cells| {
        asked += cells;
        true
    });
    assert_eq!(fits, Ok(true));
    assert!(asked > few.len(), "{asked} for {}", few.len());
    let stopped = Cube::fits(&dimensions, &[&few], None, &none, &mut |_| false);
    assert_eq!(stopped, Err(ModelError::Stopped));
    assert_eq!(
        Cube::within(&dimensions, &[&few], None, &|_, _| false, &|_, _| true, &mut |_| false).map(|_| ()),
        Err(ModelError::Stopped)
    );
    assert!(Cube::more_than_parts(&dimensions, &[&few], None, &mut |_| false).is_err());
}

#[test]
fn what_shows_is_certain_and_what_follows_is_one_way_to_read_it() {
    let (none, asked) = found(&[("stad", 80), ("west", 40), ("een", 30), ("twee", 10)], 0);
    assert_eq!((none.unwrap(), asked.len()), (MoreThanParts { fewest: codes(&[]), certain: true }, 0));
    let (shown, _) = found(&[("stad", 100), ("west", 40), ("oost", 44)], 9);
    assert_eq!(shown.unwrap(), MoreThanParts { fewest: codes(&["stad"]), certain: true });
    // The city or the east of it.
    let (derived, asked) = found(&[("stad", 100), ("west", 40), ("een", 30), ("twee", 10)], 9);
    let derived = derived.unwrap();
    assert!(!derived.certain && derived.fewest.iter().flatten().count() == 1, "{derived:?}");
    assert!(!asked.is_empty() && asked.iter().all(|cells| *cells == 4), "{asked:?}");
}

#[test]
fn a_search_that_is_ended_gives_no_more_totals_than_it_takes_but_none() {
    let given = [("stad", 100), ("west", 40), ("een", 30), ("twee", 10)];
    let (_, all) = found(&given, usize::MAX);
    for most in 0..all.len() {
        let (ended, asked) = found(&given, most);
        assert_eq!((ended, asked.len()), (Err(ModelError::Stopped), most + 1));
    }
    let cube = Cube::within(&[areas()], &[&cells(&given)], None, &|_, _| false, &|_, _| true, &mut |_| false);
    assert_eq!(cube.unwrap_err(), ModelError::Stopped);
}

#[test]
fn so_many_totals_as_it_takes_are_found_however_many_that_are() {
    // In each of 60 districts the rest of two neighbourhoods is told by another total alone.
    let mut nodes = vec![Node { code: "stad".to_owned(), parent: None }];
    let mut given = vec![Given { nodes: vec![0], value: 60 * 20 }];
    for district in 0..60 {
        let code = format!("w{district}");
        nodes.push(Node { code: code.clone(), parent: Some("stad".to_owned()) });
        nodes.extend((0..2).map(|part| Node { code: format!("{code}-{part}"), parent: Some(code.clone()) }));
        given.push(Given { nodes: vec![nodes.len() - 2], value: 8 });
        given.push(Given { nodes: vec![nodes.len() - 1], value: 8 });
    }
    let areas = Dimension { name: "areas".to_owned(), nodes, groups: Vec::new() };
    let ages = ["alle", "jong", "oud"];
    let node =
        |code: &&str| Node { code: (*code).to_owned(), parent: (*code != "alle").then(|| "alle".to_owned()) };
    let ages = Dimension { name: "ages".to_owned(), nodes: ages.iter().map(node).collect(), groups: vec![] };
    // By age each district is told, of all ages each neighbourhood: what is left is of a district.
    let mut cells: Vec<Given> = given
        .iter()
        .skip(1)
        .map(|cell| Given { nodes: vec![cell.nodes.first().copied().unwrap(), 0], value: cell.value })
        .collect();
    for district in 0..60 {
        cells.extend((1..3).map(|age| Given { nodes: vec![1 + district * 3, age], value: 10 }));
    }
    let found = Cube::more_than_parts(&[areas, ages], &[&cells], None, &mut |_| true).unwrap();
    assert!(!found.certain);
    assert_eq!(found.fewest.iter().map(BTreeSet::len).collect::<Vec<_>>(), [60, 0]);
}
