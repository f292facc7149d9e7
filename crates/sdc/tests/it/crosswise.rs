//! What is left of several areas in several categories, where each is missing somewhere.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sdc::Unwatched;
use sdc::model::{Cube, Dimension, Given, Kind};
use sdc::protect::{Task, protect};
use sdc::rules::RuleSet;

use crate::gaps::tree;

const AREAS: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];
const KINDS: [&str; 4] = ["w", "x", "y", "z"];
const MINIMUM: i64 = 5;

fn dimensions() -> [Dimension; 2] {
    let areas = [("land", ""), ("west", "land"), ("oost", "land")];
    let areas: Vec<_> = areas.into_iter().chain(AREAS.map(|code| (code, "west"))).collect();
    let kinds: Vec<_> = [("alle", "")].into_iter().chain(KINDS.map(|code| (code, "alle"))).collect();
    [tree("areas", &areas), tree("kinds", &kinds)]
}

/// One area and one kind.
type Atom = (&'static str, &'static str);
/// Coefficients of these.
type Row = BTreeMap<Atom, i64>;

/// A cell: areas by kinds, of those that are in no other one.
type Cell = (BTreeSet<&'static str>, BTreeSet<&'static str>);

fn cell(area: &'static str, kind: &'static str) -> Cell {
    let areas = if area == "west" { AREAS.into() } else { [area].into() };
    (areas, if kind == "alle" { KINDS.into() } else { [kind].into() })
}

fn atoms((areas, kinds): &Cell) -> impl Iterator<Item = Atom> {
    areas.iter().flat_map(|area| kinds.iter().map(|kind| (*area, *kind)))
}

/// What is told: of each area and kind its count, beside an area of which all is told.
struct Told {
    cube: Cube,
    cells: Vec<Cell>,
}

/// `matters` says which of what is left is a cell.
fn told(values: &[((&'static str, &'static str), i64)], matters: &dyn Fn(i64, i64) -> bool) -> Told {
    let dimensions = dimensions();
    let place = |side: usize, code: &str| {
        let nodes = &dimensions[side].nodes;
        nodes.iter().position(|node| node.code == code).unwrap()
    };
    let beside = KINDS.map(|kind| (("oost", kind), 100)).into_iter().chain([(("oost", "alle"), 400)]);
    let all = values.iter().copied().chain(beside);
    let given: Vec<Given> = all
        .map(|((area, kind), value)| Given { nodes: vec![place(0, area), place(1, kind)], value })
        .collect();
    let cube = Cube::within(&dimensions, &[&given], None, &|_, _| false, matters, &mut |_| true).unwrap();
    Told { cube, cells: values.iter().map(|((area, kind), _)| cell(area, kind)).collect() }
}

/// The cells that are shown.
fn shown(Told { cube, cells }: &Told) -> Vec<Cell> {
    let universe = cube.universe();
    let rules =
        RuleSet { minimum_frequency: 5, interval_width: 5, protect_zeros: true, ..RuleSet::default() };
    let needs = rules.count_needs(universe, |_| Vec::new());
    let floor = rules.floor(universe, &needs);
    let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
    let mask = protect(&task, &Unwatched).unwrap().mask;
    let places = cube.places(0).iter().zip(cells).filter(|(place, _)| !mask.hides(**place));
    places.map(|(_, cell)| cell.clone()).collect()
}

#[test]
fn what_several_areas_have_in_several_kinds_is_protected() {
    let mut values =
        vec![(("west", "alle"), 100), (("west", "x"), 60), (("a1", "alle"), 50), (("a1", "x"), 12)];
    values.extend(AREAS[1..].iter().map(|area| ((*area, "alle"), if *area == "a2" { 20 } else { 10 })));
    let all = |_, _| true;
    let small = |rest, _| rest < MINIMUM;
    for matters in [&all as &dyn Fn(i64, i64) -> bool, &small] {
        let told = told(&values, matters);
        let universe = told.cube.universe();
        assert!((0..universe.len()).any(|cell| universe.value(cell) == 2));
        assert!(shown(&told).len() < values.len());
    }
    // Where it does not matter it is no cell.
    let told = told(&values, &|_, _| false);
    let universe = told.cube.universe();
    let is_known = |cell: &usize| universe.kind(*cell) != Kind::Unknown;
    assert!((0..universe.len()).filter(is_known).all(|cell| universe.value(cell) != 2));
}

#[test]
fn what_is_left_follows_from_what_three_places_have_in_common() {
    // Of all of them only w is told everywhere, so who has the rest finds the 2 of the areas that are not told.
    let west = [("alle", 120), ("w", 60), ("x", 30), ("y", 28)].map(|(kind, value)| (("west", kind), value));
    let first = [("alle", 40), ("w", 20), ("x", 11)].map(|(kind, value)| (("a1", kind), value));
    let second = [("alle", 50), ("w", 12), ("y", 18)].map(|(kind, value)| (("a2", kind), value));
    let values = [&west[..], &first, &second].concat();
    let told = told(&values, &|rest, _| rest < MINIMUM);
    let universe = told.cube.universe();
    assert!((0..universe.len()).any(|cell| universe.value(cell) == 2));
    assert!(shown(&told).len() < values.len());
}

/// Whether the sum of a cell follows from others, by elimination modulo a prime.
fn follows(cell: &Cell, from: &[Cell]) -> bool {
    const PRIME: i64 = 1_000_003;
    let row = |cell: &Cell| atoms(cell).map(|atom| (atom, 1)).collect::<Row>();
    let mut echelon: Vec<(Atom, Row)> = Vec::new();
    let inverse = |value: i64| {
        let (mut power, mut base, mut exponent) = (1, value, PRIME - 2);
        while exponent > 0 {
            if exponent % 2 == 1 {
                power = power * base % PRIME;
            }
            base = base * base % PRIME;
            exponent /= 2;
        }
        power
    };
    let reduce = |echelon: &[(Atom, Row)], mut row: Row| {
        for (pivot, other) in echelon {
            if let Some(factor) = row.get(pivot).copied() {
                for (atom, value) in other {
                    let entry = row.entry(*atom).or_default();
                    *entry = (*entry + (PRIME - factor) * value) % PRIME;
                }
                row.retain(|_, value| *value != 0);
            }
        }
        row
    };
    for other in from {
        let row = reduce(&echelon, row(other));
        if let Some((pivot, value)) = row.first_key_value().map(|(pivot, value)| (*pivot, *value)) {
            let scale = inverse(value);
            let row = row.into_iter().map(|(atom, value)| (atom, value * scale % PRIME)).collect();
            echelon.push((pivot, row));
        }
    }
    reduce(&echelon, row(cell)).is_empty()
}

fn subsets(of: &[&'static str]) -> Vec<BTreeSet<&'static str>> {
    let chosen = |bits: usize| of.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
    (1..1usize << of.len()).map(|bits| chosen(bits).map(|(_, code)| *code).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_sum_of_areas_by_kinds_that_follows_is_small(
        counts in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![0i64, 0, 1, 12]), KINDS.len()), AREAS.len()),
        is_told in prop::collection::vec(prop::bool::weighted(0.6), (AREAS.len() + 1) * (KINDS.len() + 1)),
    ) {
        let of = |area: usize, kind: usize| counts[area][kind];
        let atoms_of: BTreeMap<Atom, i64> = AREAS
            .iter()
            .enumerate()
            .flat_map(|(at, area)| KINDS.iter().enumerate().map(move |(kind, code)| ((*area, *code), (at, kind))))
            .map(|(atom, (at, kind))| (atom, of(at, kind)))
            .collect();
        let sum = |own: &Cell| atoms(own).map(|atom| atoms_of[&atom]).sum::<i64>();
        let places = AREAS.iter().chain(&["west"]);
        let places = places.flat_map(|area| KINDS.iter().chain(&["alle"]).map(move |kind| (*area, *kind)));
        let values: Vec<_> = places
            .zip(&is_told)
            .filter(|(place, told)| **told || place.0 == "west")
            .map(|(place, _)| (place, sum(&cell(place.0, place.1))))
            .collect();
        let shown = shown(&told(&values, &|rest, _| rest < MINIMUM));
        for areas in subsets(&AREAS) {
            for kinds in subsets(&KINDS) {
                let own = (areas.clone(), kinds);
                let is_small = (1..MINIMUM).contains(&sum(&own));
                prop_assert!(!is_small || !follows(&own, &shown), "{own:?} {}: {shown:?} {values:?}", sum(&own));
            }
        }
    }
}
