//! Which tables are networks: those are protected fast, and nothing is overlooked.

use proptest::prelude::*;
use sdc::Unwatched;
use sdc::model::{Cube, Dimension, Floor, Given, Group, Linked, Universe};
use sdc::protect::{Engine, Task, protect, protect_with};

use crate::country::Dice;
use crate::made_up::{MadeUp, breakdown, dimension, node};

fn engine(universe: &Universe) -> Option<Engine> {
    let task =
        Task { universe, needs: &[], floor: Floor::ZERO, insiders: &[], must_publish: &[], must_hide: &[] };
    protect(&task, &Unwatched).ok().map(|outcome| outcome.engine)
}

/// Areas of so many levels, of which some have no parts.
fn areas(levels: usize, dice: &mut Dice) -> Dimension {
    let mut nodes = vec![node("land", None)];
    let mut level = vec!["land".to_owned()];
    for depth in 1..levels {
        let mut next = Vec::new();
        for (place, parent) in level.iter().enumerate() {
            if place > 0 && dice.under(4) == 0 {
                continue;
            }
            let parts: Vec<String> =
                (0..2 + dice.under(3)).map(|part| format!("{depth}{place}{part}")).collect();
            nodes.extend(parts.iter().map(|code| node(code, Some(parent))));
            next.extend(parts);
        }
        level = next;
    }
    dimension("gebied", nodes)
}

/// Counts by area and category. Of some people of an area it is not known in which part of it they are.
fn table(areas: Dimension, dice: &mut Dice) -> MadeUp {
    let categories = breakdown("a", 2 + dice.under(3));
    MadeUp::of(vec![areas, categories], dice)
}

fn given(table: &MadeUp) -> Vec<Given> {
    let categories = table.dimensions[1].nodes.len();
    let nodes = |place: usize| vec![place / categories, place % categories];
    let cells = table.values.iter().enumerate();
    cells.map(|(place, value)| Given { nodes: nodes(place), value: *value }).collect()
}

fn is_network(table: &MadeUp) -> Result<(), TestCaseError> {
    prop_assert_eq!(engine(&table.table().universe), Some(Engine::Network));
    let cube = Cube::new(&table.dimensions, &[&given(table)]).unwrap();
    prop_assert_eq!(engine(cube.universe()), Some(Engine::Network));
    Ok(())
}

/// The cells and sums of a universe under other names and in another order.
fn shuffled(universe: &Universe, dice: &mut Dice) -> Linked {
    let mut ids: Vec<String> = (0..universe.len()).map(|id| format!("{id:05}")).collect();
    shuffle(&mut ids, dice);
    let mut cells: Vec<(&str, i64)> =
        ids.iter().enumerate().map(|(cell, id)| (id.as_str(), universe.value(cell))).collect();
    let mut sums: Vec<(&str, Vec<&str>)> = universe
        .relations()
        .map(|sum| (ids[sum.total].as_str(), sum.parts.iter().map(|part| ids[*part].as_str()).collect()))
        .collect();
    shuffle(&mut cells, dice);
    shuffle(&mut sums, dice);
    Linked::new(&cells, &sums).unwrap()
}

pub(crate) fn shuffle<T>(list: &mut [T], dice: &mut Dice) {
    for place in (1..list.len()).rev() {
        list.swap(place, usize::try_from(dice.under(place as u64 + 1)).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_area_tree_of_any_number_of_levels_by_one_breakdown_is_a_network(
        levels in 2usize..6, seed in any::<u64>()
    ) {
        let dice = &mut Dice::new(seed);
        is_network(&table(areas(levels, dice), dice))?;
    }

    #[test]
    fn an_area_that_cuts_another_one_in_two_keeps_it_a_network(parts in 3usize..30, seed in any::<u64>()) {
        let dice = &mut Dice::new(seed);
        let code = |part: usize| format!("wijk{part}");
        let of_land = (0..parts).map(|part| node(&code(part), Some("land")));
        let members = (0..2 + usize::try_from(dice.under(parts as u64 - 2)).unwrap()).map(code).collect();
        let group = Group { code: "programma".to_owned(), members, partly: Vec::new() };
        let nodes = std::iter::once(node("land", None)).chain(of_land).collect();
        is_network(&table(Dimension { groups: vec![group], ..dimension("gebied", nodes) }, dice))?;
    }

    #[test]
    fn a_network_is_found_in_whichever_order_its_sums_are(levels in 2usize..6, seed in any::<u64>()) {
        let dice = &mut Dice::new(seed);
        let table = table(areas(levels, dice), dice).table();
        let linked = shuffled(&table.universe, dice);
        prop_assert_eq!(engine(&linked.universe), Some(Engine::Network));
    }
}

#[test]
fn what_is_bound_in_three_ways_is_no_network() {
    let table = MadeUp::new(crate::made_up::Shape::Thrice, 1).table();
    let universe = &table.universe;
    let task =
        Task { universe, needs: &[], floor: Floor::ZERO, insiders: &[], must_publish: &[], must_hide: &[] };
    assert!(protect_with(Engine::Network, &task, &Unwatched).is_none());
}
