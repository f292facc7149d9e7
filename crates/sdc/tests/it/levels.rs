//! What is left of a total besides what is known at several levels under it.

use sdc::model::{Cube, Dimension, Given, Kind};

use crate::cube::content;
use crate::gaps::{cells, grouped, tree};

/// The cells of which the value is known, by name.
pub(crate) fn known(cube: &Cube) -> Vec<(String, i64)> {
    let all = content(cube).0.into_iter().filter(|(.., kind)| *kind != Kind::Unknown);
    all.map(|(name, value, _)| (name, value)).collect()
}

fn of(areas: &Dimension, values: &[(&str, i64)]) -> Vec<(String, i64)> {
    known(&Cube::new(std::slice::from_ref(areas), &[&cells(areas, values)]).unwrap())
}

#[test]
fn what_is_left_of_a_total_besides_places_of_several_levels_is_a_cell() {
    let areas = grouped(&[]);
    let cells = of(&areas, &[("gemeente", 104), ("wijk1", 60), ("buurt21", 40)]);
    assert!(cells.contains(&("gemeente/onbekend".to_owned(), 44)), "{cells:?}");
    assert!(cells.contains(&("gemeente/onbekend van alle niveaus".to_owned(), 4)), "{cells:?}");
    // Also where nothing of the first level is known.
    let cells = of(&areas, &[("gemeente", 104), ("buurt11", 60), ("buurt21", 40)]);
    assert!(cells.contains(&("gemeente/onbekend van alle niveaus".to_owned(), 4)), "{cells:?}");
    // Where all is of one level, there is one rest.
    assert_eq!(of(&areas, &[("gemeente", 104), ("wijk1", 60)]).len(), 3);
}

#[test]
fn shares_of_what_places_of_several_levels_leave_are_shares_of_what_their_totals_leave() {
    let dimensions = [grouped(&[]), tree("sides", &[("all", ""), ("part", "all"), ("rest", "all")])];
    let cell = |(area, side, value): &(usize, usize, i64)| Given { nodes: vec![*area, *side], value: *value };
    let areas = [(0, [104, 50, 54]), (1, [60, 30, 30]), (6, [40, 17, 23])];
    let all = areas.iter().flat_map(|(area, own)| (0..).zip(own).map(|(side, value)| (*area, side, *value)));
    let given: Vec<Given> = all.map(|own| cell(&own)).collect();
    let cube = Cube::of_shares(&dimensions, &[&given], 1).unwrap();
    let left = |side: &str, value| (format!("gemeente/onbekend van alle niveaus|{side}"), value);
    let cells = known(&cube);
    assert!(
        [left("all", 4), left("part", 3), left("rest", 1)].iter().all(|own| cells.contains(own)),
        "{cells:?}"
    );
    let relation = (left("all", 4).0, vec![left("part", 3).0, left("rest", 1).0]);
    assert!(content(&cube).1.contains(&relation), "{:?}", content(&cube).1);
}
