//! Breakdowns that are crossed two by two: how many cells they have in common, and when that is too many.

use std::sync::mpsc;
use std::time::Duration;

use sdc::model::{Cube, Dimension, Given, Group, Kind, ModelError, Node};

use crate::gaps::tree;

fn divided(name: &str, parts: usize) -> Dimension {
    let codes: Vec<String> = (0..parts).map(|part| format!("{name}{part:02}")).collect();
    let nodes: Vec<(&str, &str)> =
        std::iter::once((name, "")).chain(codes.iter().map(|code| (code.as_str(), name))).collect();
    tree(name, &nodes)
}

/// Areas and two breakdowns of so many parts each.
fn dimensions([areas, ages, kinds]: [usize; 3]) -> [Dimension; 3] {
    [divided("gebied", areas), divided("leeftijd", ages), divided("soort", kinds)]
}

/// The same with the first two areas as a group.
fn with_group(sizes: [usize; 3]) -> [Dimension; 3] {
    let mut dimensions = dimensions(sizes);
    let members = vec!["gebied00".to_owned(), "gebied01".to_owned()];
    dimensions[0].groups.push(Group { code: "programma".to_owned(), members, partly: Vec::new() });
    dimensions
}

/// What every part of all three has, of so many each.
type Each<'a> = &'a dyn Fn([usize; 3]) -> i64;

fn one(_: [usize; 3]) -> i64 {
    1
}

/// The cells that divide what these say, node 0 being the total.
fn given(sizes: [usize; 3], each: Each<'_>, is_there: &dyn Fn([bool; 3]) -> bool) -> Vec<Given> {
    let parts = |side: usize, node: usize| if node == 0 { 0..sizes[side] } else { node - 1..node };
    let mut cells = Vec::new();
    for (area, age, kind) in (0..=sizes[0])
        .flat_map(|area| (0..=sizes[1]).map(move |age| (area, age)))
        .flat_map(|(area, age)| (0..=sizes[2]).map(move |kind| (area, age, kind)))
        .filter(|(area, age, kind)| is_there([*area > 0, *age > 0, *kind > 0]))
    {
        let mut value = 0;
        for place in parts(0, area) {
            for age in parts(1, age) {
                value += parts(2, kind).map(|kind| each([place, age, kind])).sum::<i64>();
            }
        }
        cells.push(Given { nodes: vec![area, age, kind], value });
    }
    cells
}

fn two_by_two(sizes: [usize; 3], each: Each<'_>) -> Vec<Given> {
    given(sizes, each, &|divided| divided.into_iter().filter(|own| *own).count() < 3)
}

fn too_many(dimensions: &[Dimension], editions: &[&[Given]]) -> Option<usize> {
    match Cube::new(dimensions, editions) {
        Err(ModelError::TooManyCrossed { cells, .. }) => Some(cells),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    }
}

fn unknown(cube: &Cube) -> usize {
    let universe = cube.universe();
    (0..universe.len()).filter(|cell| universe.kind(*cell) == Kind::Unknown).count()
}

const MANY: [usize; 3] = [60, 20, 20];
/// As long as a small table may take to be put together.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_group_that_is_one_of_the_areas_does_not_keep_the_table_busy_for_ever() {
    let sizes = [4, 3, 3];
    // The first of the two that are equal has another code in each.
    for code in ["een", "zelfde"] {
        let mut dimensions = dimensions(sizes);
        let members = vec!["gebied00".to_owned()];
        dimensions[0].groups.push(Group { code: code.to_owned(), members, partly: Vec::new() });
        let mut cells = two_by_two(sizes, &one);
        let of_group = cells.iter().filter(|cell| cell.nodes[0] == 1);
        let of_group: Vec<Given> = of_group
            .map(|Given { nodes, value }| Given { nodes: vec![5, nodes[1], nodes[2]], value: *value })
            .collect();
        cells.extend(of_group);
        let (done, told) = mpsc::channel();
        std::thread::spawn(move || done.send(Cube::new(&dimensions, &[&cells]).map(Box::new)).is_ok());
        let cube = told.recv_timeout(PATIENCE).expect("an end").unwrap();
        // The group is no cell beside that area; all others together are.
        assert_eq!(unknown(&cube), 36 + 9, "{code}");
        let universe = cube.universe();
        assert!((0..universe.len()).all(|cell| universe.value(cell) > 0));
    }
}

#[test]
fn cells_in_common_are_counted_also_where_something_crossed_is_given_in_them_or_under_them() {
    let dimensions = |districts: &[usize]| {
        let mut dimensions = dimensions(MANY);
        for (index, area) in districts.iter().flat_map(|area| (0..2).map(move |part| (part, area))) {
            let parent = Some(format!("gebied{area:02}"));
            dimensions[0].nodes.push(Node { code: format!("buurt{area:02}{index}"), parent });
        }
        dimensions
    };
    let mut in_them = two_by_two(MANY, &one);
    let mut under_them = in_them.clone();
    in_them.push(Given { nodes: vec![1, 1, 1], value: 1 });
    under_them.push(Given { nodes: vec![61, 1, 1], value: 1 });
    // Of one cell that is given nothing is to be found.
    assert_eq!(too_many(&dimensions(&[]), &[&in_them]), Some(23_999));
    let found = too_many(&dimensions(&[0]), &[&under_them]).unwrap();
    assert!(found >= 24_000, "{found}");
}

#[test]
fn cells_that_are_left_out_of_what_is_crossed_are_no_cells_in_common() {
    // Zeros that were left out follow from the totals, and of the others most are given.
    let zeros = |[area, age, kind]: [usize; 3]| i64::from((area + age + kind) % 9 == 0);
    let mut cells = given(MANY, &zeros, &|_| true);
    cells.retain(|cell| cell.value > 0);
    assert_eq!(too_many(&dimensions(MANY), &[&cells]), None);
    let sizes = [130, 20, 20];
    let mut cells = given(sizes, &one, &|_| true);
    let mut place = 0usize;
    cells.retain(|cell| {
        place += 1;
        cell.nodes.contains(&0) || !place.is_multiple_of(2) || place.is_multiple_of(10)
    });
    assert_eq!(too_many(&dimensions(sizes), &[&cells]), None);
}

#[test]
fn what_is_crossed_binds_nothing_where_no_total_is_known() {
    let mut cells = given([12, 5, 5], &one, &|divided| divided == [true; 3]);
    let mut place = 0usize;
    cells.retain(|_| {
        place += 1;
        place.is_multiple_of(3)
    });
    let cube = Cube::new(&dimensions([12, 5, 5]), &[&cells]).unwrap();
    assert_eq!((unknown(&cube), cube.universe().len()), (0, cells.len()));
    // With the total of all every cell is bounded.
    cells.push(Given { nodes: vec![0, 0, 0], value: 12 * 5 * 5 });
    assert!(unknown(&Cube::new(&dimensions([12, 5, 5]), &[&cells]).unwrap()) > 0);
}

#[test]
fn so_many_cells_in_common_are_refused_also_where_areas_have_groups() {
    let cells = two_by_two(MANY, &one);
    assert_eq!(too_many(&dimensions(MANY), &[&cells]), Some(24_000));
    assert_eq!(too_many(&with_group(MANY), &[&cells]), Some(24_000));
    // Of the group something is given for each of both breakdowns, so that is crossed too.
    let of_group = |[area, age, kind]: [usize; 3]| Given { nodes: vec![area, age, kind], value: 2 };
    let mut with = cells.clone();
    with.extend((1..=20).map(|age| Given { value: 40, ..of_group([61, age, 0]) }));
    with.extend((1..=20).map(|kind| Given { value: 40, ..of_group([61, 0, kind]) }));
    let found = too_many(&with_group(MANY), &[&with]).unwrap();
    assert!(found > 24_000, "{found}");
}

#[test]
fn what_a_group_makes_cells_in_common_is_counted_too() {
    // Areas by each of both, and only of the group the two of these.
    let mut cells = given(MANY, &one, &|[_, age, kind]| !(age && kind));
    let crossed = (1..=20).flat_map(|age| (1..=20).map(move |kind| vec![61, age, kind]));
    cells.extend(crossed.map(|nodes| Given { nodes, value: 2 }));
    let found = too_many(&with_group(MANY), &[&cells]).unwrap();
    assert!(found >= 24_000, "{found}");
}

#[test]
fn cells_in_common_are_counted_over_all_editions() {
    let sizes = [30, 20, 20];
    let dimensions = dimensions(sizes);
    let one = two_by_two(sizes, &one);
    let other = two_by_two(sizes, &|place| if place == [0, 0, 0] { 2 } else { 1 });
    for cells in [&one, &other] {
        assert_eq!(
            Cube::fits(&dimensions, &[cells], None, &vec![Default::default(); 3], &mut |_| true),
            Ok(true)
        );
    }
    assert_eq!(too_many(&dimensions, &[&one, &other]), Some(24_000));
}

#[test]
fn what_one_edition_gives_crossed_another_has_in_common() {
    let crossed = given(MANY, &one, &|_| true);
    let cells = two_by_two(MANY, &|place| if place == [0, 0, 0] { 2 } else { 1 });
    assert_eq!(too_many(&dimensions(MANY), &[&crossed, &cells]), Some(24_000));
    assert_eq!(too_many(&with_group(MANY), &[&crossed, &cells]), Some(24_000));
}

#[test]
fn what_does_not_bind_is_no_cell_whatever_other_editions_give() {
    let sizes = [4, 3, 3];
    // Areas by each of both, and never the two of these.
    let apart = |[_, age, kind]: [bool; 3]| !(age && kind);
    let cells = given(sizes, &one, &apart);
    for dimensions in [dimensions(sizes), with_group(sizes)] {
        assert_eq!(unknown(&Cube::new(&dimensions, &[&cells]).unwrap()), 0);
        let crossed = given(sizes, &|_| 2, &|_| true);
        assert_eq!(unknown(&Cube::new(&dimensions, &[&cells, &crossed]).unwrap()), 0);
        let cells = two_by_two(sizes, &one);
        assert_eq!(unknown(&Cube::new(&dimensions, &[&cells]).unwrap()), 36);
    }
}

#[test]
fn what_two_editions_have_in_common_with_the_same_around_is_there_once() {
    let sizes = [4, 3, 3];
    let cells = two_by_two(sizes, &one);
    // The second does not tell the total of all, which follows.
    let mut more = cells.clone();
    more.retain(|cell| cell.nodes != [0, 0, 0]);
    let cube = Cube::new(&dimensions(sizes), &[&cells, &more]).unwrap();
    assert_eq!(unknown(&cube), 36);
}
