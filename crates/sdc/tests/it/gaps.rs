//! Tables of which cells are missing, case by case.

use std::collections::BTreeSet;

use sdc::audit::{Failure, Flaw, Question, examine, judge};
use sdc::model::{Cube, Dimension, Floor, Given, Group, Kind, ModelError, Need, Node, Universe};
use sdc::{Mask, Unwatched};

use crate::cube::content;
use crate::made_up::{MadeUp, Shape};

pub(crate) fn tree(name: &str, nodes: &[(&str, &str)]) -> Dimension {
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
pub(crate) fn cells(dimension: &Dimension, values: &[(&str, i64)]) -> Vec<Given> {
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
    assert_eq!(cube.totals_with_more(), [BTreeSet::from(["land".to_owned()]), BTreeSet::new()]);
    // It is found in what is derived too: here the total of the country is not given.
    let cube = Cube::new(&[areas(), parts.clone()], &[&given(&[(0, 0)])]).unwrap();
    assert!(content(&cube).0.contains(&("land/onbekend|t".to_owned(), 1, Kind::Residual)));
    // With that part one missing area is not all of the rest.
    let cube = Cube::new(&[areas(), parts], &[&given(&[(3, 1), (3, 2)])]).unwrap();
    let cells = content(&cube).0;
    assert!(cells.contains(&("land/onbekend en meer|b".to_owned(), 2, Kind::Residual)));
    assert!(!cells.iter().any(|(name, _, kind)| name == "zuid|b" && *kind != Kind::Unknown));
}

/// Three districts with two neighbourhoods each, and groups of areas of any level.
pub(crate) fn grouped(groups: &[(&str, &[&str])]) -> Dimension {
    let mut areas = tree(
        "areas",
        &[
            ("gemeente", ""),
            ("wijk1", "gemeente"),
            ("wijk2", "gemeente"),
            ("wijk3", "gemeente"),
            ("buurt11", "wijk1"),
            ("buurt12", "wijk1"),
            ("buurt21", "wijk2"),
            ("buurt22", "wijk2"),
            ("buurt31", "wijk3"),
            ("buurt32", "wijk3"),
        ],
    );
    areas.groups.extend(groups.iter().map(|(code, members)| Group {
        code: (*code).to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        partly: Vec::new(),
    }));
    areas
}

/// What is known of the group "programma" when these are given.
pub(crate) fn of_group(areas: &Dimension, given: &[(&str, i64)]) -> Option<i64> {
    let codes = areas.nodes.iter().map(|node| &node.code).chain(areas.groups.iter().map(|group| &group.code));
    let codes: Vec<&String> = codes.collect();
    let cell = |(code, value): &(&str, i64)| {
        let nodes = vec![codes.iter().position(|own| own == code).unwrap()];
        Given { nodes, value: *value }
    };
    let given: Vec<Given> = given.iter().map(cell).collect();
    let cube = Cube::new(std::slice::from_ref(areas), &[&given]).unwrap();
    let known = content(&cube).0.into_iter().filter(|(_, _, kind)| *kind != Kind::Unknown);
    known.filter(|(name, ..)| name == "programma").map(|(_, value, _)| value).next()
}

#[test]
fn a_group_that_is_not_given_is_a_cell_where_it_can_be_computed() {
    let of = |members: &[&str], given: &[(&str, i64)]| of_group(&grouped(&[("programma", members)]), given);
    let but_one = [("gemeente", 29), ("wijk1", 20)];
    // All of the one that is missing is there in parts, or all of one that is given.
    assert_eq!(of(&["wijk2", "buurt31", "buurt32"], &but_one), Some(9));
    assert_eq!(of(&["buurt21", "buurt22", "wijk3"], &[but_one[0], but_one[1], ("wijk2", 6)]), Some(9));
    assert_eq!(of(&["buurt21", "buurt22", "buurt31", "buurt32"], &but_one), Some(9));
    // What is left of the municipality without a neighbourhood.
    let parts = ["buurt12", "wijk2", "buurt31", "buurt32"];
    assert_eq!(of(&parts, &[but_one[0], ("buurt11", 12)]), Some(17));
    // A part of what is left is not known.
    assert_eq!(of(&["buurt12", "wijk2", "buurt31"], &[but_one[0], ("buurt11", 12)]), None);
    assert_eq!(of(&["wijk2", "buurt31"], &but_one), None);
}

#[test]
fn a_group_that_is_not_given_is_a_cell_where_it_can_be_computed_with_other_groups() {
    let others: [(&str, &[&str]); 2] = [("een", &["buurt11", "buurt21"]), ("twee", &["buurt21", "buurt31"])];
    let of = |members, given| {
        let areas = grouped(&[("programma", members), others[0], others[1]]);
        of_group(&areas, given)
    };
    let rest: &[&str] = &["buurt12", "buurt22", "wijk3"];
    assert_eq!(of(rest, &[("gemeente", 29), ("een", 12)]), Some(17));
    assert_eq!(of(rest, &[("gemeente", 29), ("twee", 12)]), None);
    // The one neighbourhood of both is known, so the two others are.
    let ends: &[&str] = &["buurt11", "buurt31"];
    assert_eq!(of(ends, &[("een", 12), ("twee", 7), ("buurt21", 4)]), Some(11));
    assert_eq!(of(ends, &[("een", 12), ("twee", 7)]), None);
}

#[test]
fn a_group_of_all_parts_is_less_than_a_total_that_is_more_than_these() {
    // The third district is more than its neighbourhoods, and how much more is not known without it.
    let areas = grouped(&[("programma", &["wijk2", "buurt31", "buurt32"])]);
    let parts = [("wijk3", 9), ("buurt31", 3), ("buurt32", 4)];
    assert_eq!(of_group(&areas, &[&parts[..], &[("gemeente", 29), ("wijk1", 15)]].concat()), Some(12));
    assert_eq!(of_group(&areas, &[&parts[..], &[("gemeente", 29)]].concat()), None);
}

#[test]
fn a_group_that_is_one_node_adds_no_cells() {
    let given = [("gemeente", 29), ("wijk1", 20), ("wijk2", 6)];
    let without = content(&Cube::new(&[grouped(&[])], &[&cells(&grouped(&[]), &given)]).unwrap());
    let areas = grouped(&[("programma", &["buurt31", "buurt32"])]);
    let with = content(&Cube::new(std::slice::from_ref(&areas), &[&cells(&areas, &given)]).unwrap());
    assert_eq!(with, without);
}

#[test]
fn a_total_that_has_more_than_its_parts_is_found_where_only_a_group_shows_it() {
    // The one neighbourhood that is known of the first district is all of it, unless it is more.
    let mut areas =
        tree("areas", &[("gemeente", ""), ("wijk1", "gemeente"), ("wijk2", "gemeente"), ("buurt1", "wijk1")]);
    let members = ["buurt1", "wijk2"].map(str::to_owned).to_vec();
    areas.groups.push(Group { code: "programma".to_owned(), members, partly: Vec::new() });
    let given: Vec<Given> =
        [(1, 30), (2, 6), (4, 19)].map(|(node, value)| Given { nodes: vec![node], value }).to_vec();
    let cube = Cube::new(std::slice::from_ref(&areas), &[&given]).unwrap();
    assert_eq!(cube.totals_with_more(), [BTreeSet::from(["wijk1".to_owned()])]);
    assert!(content(&cube).0.contains(&("buurt1".to_owned(), 13, Kind::Residual)));
}

#[test]
fn no_more_totals_have_more_than_their_parts_than_it_takes() {
    let areas = tree(
        "areas",
        &[("land", ""), ("west", "land"), ("oost", "land"), ("dorp", "oost"), ("stad", "oost")],
    );
    let parts = tree("parts", &[("t", ""), ("a", "t"), ("b", "t")]);
    let given = |own: &[(usize, usize, i64)]| -> Vec<Given> {
        own.iter().map(|(area, part, value)| Given { nodes: vec![*area, *part], value: *value }).collect()
    };
    // Of the first part the west has 5 and the east 4, of 8: the west has less, as it has some of no part.
    let given = given(&[(0, 1, 8), (1, 0, 6), (1, 2, 1), (3, 1, 2), (4, 1, 2)]);
    let cube = Cube::new(&[areas.clone(), parts.clone()], &[&given]).unwrap();
    assert_eq!(cube.totals_with_more(), [BTreeSet::new(), BTreeSet::from(["t".to_owned()])]);
    assert!(
        !Cube::fits(&[areas, parts], &[&given], None, &[BTreeSet::new(), BTreeSet::new()], &mut |_| true)
            .unwrap()
    );
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
    let ModelError::Unequal { one, other } = error else { panic!("{error}") };
    assert_eq!(BTreeSet::from([&*one, &*other]), BTreeSet::from(["land", "programma"]));
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

#[test]
fn what_nobody_knows_moves_nothing_where_no_values_are_found_for_it() {
    let areas = tree("areas", &[("g", ""), ("a", "g"), ("b", "g"), ("c", "g")]);
    let ages = tree("ages", &[("t", ""), ("h", "t"), ("x", "t"), ("y", "t"), ("z", "t")]);
    let at = |dimension: &Dimension, code: &str| {
        dimension.nodes.iter().position(|node| node.code == code).unwrap()
    };
    let cell = |(area, age, value): (&str, &str, i64)| Given {
        nodes: vec![at(&areas, area), at(&ages, age)],
        value,
    };
    // Two ages are missing in each area. By area they are 5, 1 and 1, and by age 1, 1 and 5: each sum can
    // be, and all of them together cannot, as with figures of two moments.
    let given = [
        ("g", "t", 24),
        ("a", "t", 14),
        ("b", "t", 5),
        ("c", "t", 5),
        ("g", "h", 17),
        ("g", "x", 1),
        ("g", "y", 1),
        ("g", "z", 5),
        ("a", "h", 9),
        ("b", "h", 4),
        ("c", "h", 4),
        ("a", "z", 0),
        ("b", "x", 0),
        ("c", "y", 0),
    ]
    .map(cell);
    let failures = |given: &[Given]| {
        let cube = Cube::new(&[areas.clone(), ages.clone()], &[given]).unwrap();
        let universe = cube.universe();
        let mut hidden = universe.never_published();
        let [one, other] = [8, 10].map(|place| cube.places(0)[place]);
        [one, other].into_iter().for_each(|cell| hidden.hide(cell));
        let question = Question { universe, hidden: &hidden, known: &[], floor: Floor::ZERO, integer: true };
        let verdict = judge(&question, &[Need::width(one, 1)], &[], &[], &Unwatched).unwrap();
        let interval = examine(&question, &Unwatched).unwrap().interval(one).unwrap();
        let unknown = (0..universe.len()).find(|cell| universe.kind(*cell) == Kind::Unknown).unwrap();
        let of_unknown = judge(&question, &[Need::width(unknown, 1)], &[], &[], &Unwatched).unwrap();
        assert!(of_unknown.failures.iter().all(|failure| !failure.proven && failure.flaw == Flaw::Exact));
        (verdict.failures, interval.exact)
    };
    // That more is possible is not ruled out: so it is not safe, and not surely known either.
    let (found, exact) = failures(&given);
    assert!(matches!(found.as_slice(), [Failure { proven: false, .. }]) && !exact);
    // With a possible value for each, what is missing leaves both counts room.
    let mut fitting = given;
    (fitting[5].value, fitting[7].value) = (5, 1);
    assert_eq!(failures(&fitting), (Vec::new(), true));
}
