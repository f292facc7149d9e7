//! Which counts of rates are unsafe.

use sdc::Mask;
use sdc::model::{Cube, Dimension, Given, Node};

use super::stories::{MINIMUM, told};
use super::world::World;
use crate::domain::masking::needs::needs;
use crate::domain::protection::Protection;

/// A whole and its parts.
fn whole(name: &str, codes: &[&str]) -> Dimension {
    let node = |(place, code): (usize, &&str)| Node {
        code: (*code).to_owned(),
        parent: (place > 0).then(|| codes[0].to_owned()),
    };
    Dimension {
        name: name.to_owned(),
        nodes: codes.iter().enumerate().map(node).collect(),
        groups: Vec::new(),
    }
}

/// The unsafe counts where three districts are 53 of 900 and the first is 30 of 600.
fn unsafe_counts(second: &[(usize, i64)], minimum_denominator: u32) -> Vec<String> {
    let protection = Protection { minimum_count: 2, minimum_denominator, ..MINIMUM };
    rooms(second, protection).into_iter().map(|(name, _)| name).collect()
}

/// The same, with how wide what each can be must be.
fn rooms(second: &[(usize, i64)], protection: Protection) -> Vec<(String, i64)> {
    let axes =
        [whole("areas", &["GM1", "WK1", "WK2", "WK3"]), whole("sides", &["noemer", "teller", "verder"])];
    let known = [(0, 0, 900), (0, 1, 53), (0, 2, 847), (1, 0, 600), (1, 1, 30), (1, 2, 570)];
    let second = second.iter().map(|(side, value)| (2, *side, *value));
    let given: Vec<Given> = known
        .into_iter()
        .chain(second)
        .map(|(area, side, value)| Given { nodes: vec![area, side], value })
        .collect();
    let cube = Cube::of_shares(&axes, &[&given], 1).expect("they add up");
    let found = needs(&protection.rules(), &cube, &Mask::none(cube.universe().len()), 0..0, Some(1), None);
    found.into_iter().map(|need| (cube.name(need.cell), need.width)).collect()
}

#[test]
fn who_are_counted_of_too_few_need_the_width_of_a_small_count_or_a_wider_one_that_is_agreed() {
    let protection = Protection { minimum_count: 10, minimum_denominator: 50, interval_width: 5, ..MINIMUM };
    let of = |second: [i64; 3], width: u32| -> Vec<(String, i64)> {
        let second: Vec<(usize, i64)> = (0..).zip(second).collect();
        let all = rooms(&second, Protection { interval_width: width, ..protection });
        all.into_iter().filter(|(name, _)| name.starts_with("WK2")).collect()
    };
    let rooms = |counted, others| vec![("WK2|teller".to_owned(), counted), ("WK2|verder".to_owned(), others)];
    assert_eq!(of([40, 15, 25], 5), rooms(10, 10));
    assert_eq!(of([40, 15, 25], 0), rooms(10, 10));
    assert_eq!(of([40, 15, 25], 12), rooms(12, 12));
    assert_eq!(of([40, 3, 37], 5), rooms(10, 10));
    // There is no more room than from nobody to everybody.
    assert_eq!(of([4, 3, 1], 5), rooms(4, 4));
}

#[test]
fn a_rate_of_which_it_is_not_known_of_how_many_is_of_no_more_than_who_are_counted() {
    assert!(unsafe_counts(&[(0, 200), (1, 20), (2, 180)], 50).is_empty());
    // Of the second district it is only known how many are counted: the third has 3, of some of 300.
    assert_eq!(unsafe_counts(&[(1, 20)], 0), Vec::<String>::new());
    assert_eq!(unsafe_counts(&[(1, 20)], 10), ["WK3|teller"]);
}

#[test]
fn of_too_few_who_are_counted_need_the_room_of_a_small_count() {
    let mut world = World::said(&[Vec::new()]);
    for (area, counted, of) in [("GM1", 53, 107), ("WK1", 12, 24), ("WK2", 40, 80), ("WK3", 1, 3)] {
        world.deliveries[0].rate("", "2025", area, &["totaal"], counted, of);
    }
    assert_eq!(told(&world, Protection { minimum_denominator: 25, ..MINIMUM }), 0);
}
