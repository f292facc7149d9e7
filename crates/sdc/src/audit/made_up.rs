//! Universes for tests.

use crate::model::{Cube, Dimension, Given, Linked, Node};

/// A total and its parts.
fn parts(name: &str, count: usize) -> Dimension {
    let total = format!("{name}*");
    let part = |at: usize| Node { code: format!("{name}{at}"), parent: Some(total.clone()) };
    let nodes = std::iter::once(Node { code: total.clone(), parent: None }).chain((0..count).map(part));
    Dimension { name: name.to_owned(), nodes: nodes.collect(), groups: Vec::new() }
}

/// Areas by age, areas by sex and age by sex: what binds these is a table of all three, of which nobody
/// knows the cells.
pub(super) fn crossed_two_by_two(areas: usize) -> Cube {
    let dimensions = [parts("area", areas), parts("age", 4), parts("sex", 2)];
    let count = |area: usize, age: usize, sex: usize| {
        i64::from([3u8, 7, 1, 5, 9, 2, 4][(area * 3 + age * 5 + sex) % 7])
    };
    let of = |node: usize, size: usize| if node == 0 { 0..size } else { node - 1..node };
    let mut given = Vec::new();
    for area in 0..=areas {
        for age in 0..=4 {
            for sex in (0..=2).filter(|sex| [area, age, *sex].contains(&0)) {
                let value = of(area, areas)
                    .flat_map(|area| {
                        of(age, 4).flat_map(move |age| of(sex, 2).map(move |sex| (area, age, sex)))
                    })
                    .map(|(area, age, sex)| count(area, age, sex))
                    .sum();
                given.push(Given { nodes: vec![area, age, sex], value });
            }
        }
    }
    Cube::new(&dimensions, &[&given]).expect("a universe")
}

/// Each of so many cells with the next is a sum that is shown; the last is bound to others such that it goes
/// by two at a time.
pub(super) fn chain(length: usize) -> Linked {
    let name = |at: usize| format!("x{at}");
    let last = name(length - 1);
    let mut sums: Vec<(String, Vec<String>)> =
        (1..length).map(|at| (format!("s{at}"), vec![name(at - 1), name(at)])).collect();
    sums.extend(["ab", "ac", "bc"].map(|own| {
        let parts = own.chars().map(String::from).chain([last.clone()]);
        (own.to_owned(), parts.collect())
    }));
    let parts = (0..length).map(name).chain(["a", "b", "c"].map(str::to_owned));
    let mut cells: Vec<(String, i64)> = parts.map(|part| (part, 10)).collect();
    cells.extend(
        sums.iter().map(|(total, parts)| (total.clone(), 10 * i64::try_from(parts.len()).unwrap_or(0))),
    );
    let cells: Vec<(&str, i64)> = cells.iter().map(|(id, value)| (id.as_str(), *value)).collect();
    let sums: Vec<(&str, Vec<&str>)> = sums
        .iter()
        .map(|(total, parts)| (total.as_str(), parts.iter().map(String::as_str).collect()))
        .collect();
    Linked::new(&cells, &sums).expect("a universe")
}
