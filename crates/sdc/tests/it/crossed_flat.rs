//! Tables of several flat dimensions that are crossed, of which only cells and sums are given: where plenty can be
//! hidden, a mask is found.

use std::collections::BTreeSet;

use sdc::Unwatched;
use sdc::audit::{Question, judge};
use sdc::model::{Floor, Linked, Need};
use sdc::protect::{NoMask, Task, protect};
use sdc::rules::Preset;

use crate::country::Dice;

/// The cells and sums of a table of so many parts along each dimension. Of the leaves, each has so many on average,
/// few of them many: a geometric distribution.
fn crossed(sizes: &[usize], mean: u64, seed: u64) -> Linked {
    let dice = &mut Dice::new(seed);
    // Along each dimension the parts, and last the total.
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for size in sizes {
        let longer =
            places.iter().flat_map(|place| (0..=*size).map(move |node| [&place[..], &[node]].concat()));
        places = longer.collect();
    }
    let strides: Vec<usize> =
        (0..sizes.len()).map(|side| sizes[side + 1..].iter().map(|size| size + 1).product()).collect();
    let mut values = vec![0i64; places.len()];
    for (at, place) in places.iter().enumerate() {
        if place.iter().zip(sizes).all(|(node, size)| node < size) {
            while dice.under(mean + 1) > 0 {
                values[at] += 1;
            }
        }
    }
    let mut sums = Vec::new();
    for (side, size) in sizes.iter().enumerate() {
        for (at, place) in places.iter().enumerate().filter(|(_, place)| place[side] == *size) {
            let parts: Vec<usize> = (1..=*size).rev().map(|back| at - back * strides[side]).collect();
            // Of the dimensions before this one the totals are known already.
            if place[side + 1..].iter().zip(&sizes[side + 1..]).all(|(node, size)| node < size) {
                values[at] = parts.iter().map(|part| values[*part]).sum();
            }
            sums.push((at, parts));
        }
    }
    let names: Vec<String> =
        places.iter().map(|place| place.iter().map(usize::to_string).collect::<Vec<_>>().join("|")).collect();
    let cells: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(values).collect();
    let sums = sums.iter().map(|(total, parts)| {
        (names[*total].as_str(), parts.iter().map(|part| names[*part].as_str()).collect())
    });
    Linked::new(&cells, &sums.collect::<Vec<_>>()).unwrap()
}

/// Finds a mask under the rules of a preset, and judges it.
fn is_protected(sizes: &[usize], mean: u64, seed: u64, preset: Preset) {
    let linked = crossed(sizes, mean, seed);
    let (universe, rules) = (&linked.universe, preset.rules());
    let mut totals = vec![Vec::new(); universe.len()];
    for relation in universe.relations() {
        relation.parts.iter().for_each(|part| totals[*part].push(relation.total));
    }
    let needs = rules.count_needs(universe, |cell| totals[cell].clone());
    let floor = rules.floor(universe, &needs);
    let insiders =
        rules.lone_contributors(universe, |_| false, |cell| u64::try_from(universe.value(cell)).ok());
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let outcome =
        protect(&task, &Unwatched).unwrap_or_else(|none| panic!("{sizes:?} {preset:?} {seed}: {none}"));
    let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: true };
    let verdict = judge(&question, &needs, &insiders, &outcome.certificates, &Unwatched).unwrap();
    assert!(verdict.is_safe(), "{sizes:?} {preset:?} {seed}");
}

#[test]
fn in_a_table_of_three_dimensions_boxes_give_the_room_that_sums_one_by_one_do_not() {
    is_protected(&[20, 20, 5], 6, 2, Preset::PersonsSensitive);
    is_protected(&[12, 12, 12], 3, 1, Preset::PersonsSensitive);
}

#[test]
fn in_a_table_of_five_dimensions_totals_of_few_cells_that_are_not_zero_are_protected_too() {
    is_protected(&[4, 4, 4, 4, 4], 2, 1, Preset::PersonsGeneral);
}

#[test]
fn a_table_of_many_dimensions_that_are_crossed_two_by_two_takes_no_more_than_one_of_few() {
    // Of eight, five are in the second part of the first two dimensions, and all in the first part of the others.
    let of = |one: usize, part: usize| match (one < 2, part) {
        (true, 0) => 3,
        (true, _) => 5,
        (false, 0) => 8,
        (false, _) => 0,
    };
    let both = |one: (usize, usize), other: (usize, usize)| match (one.0 < 2, other.0 < 2) {
        (true, true) if one.1 != other.1 => 0,
        _ => of(one.0, one.1).min(of(other.0, other.1)),
    };
    let parts: Vec<(usize, usize)> = (0..24).flat_map(|one| [(one, 0), (one, 1)]).collect();
    let name = |(one, part): (usize, usize)| format!("{one}={part}");
    let crossed = |one, other| if one < other { (one, other) } else { (other, one) };
    let named = |(one, other)| format!("{} {}", name(one), name(other));
    let mut cells = vec![("all".to_owned(), 8)];
    cells.extend(parts.iter().map(|part| (name(*part), of(part.0, part.1))));
    let mut sums: Vec<(String, Vec<String>)> =
        (0..24).map(|one| ("all".to_owned(), vec![name((one, 0)), name((one, 1))])).collect();
    for part in &parts {
        for other in (0..24).filter(|other| *other != part.0) {
            let in_two = [0, 1].map(|own| named(crossed(*part, (other, own))));
            sums.push((name(*part), in_two.to_vec()));
        }
        let later = parts.iter().filter(|other| other.0 > part.0);
        cells.extend(later.map(|other| (named((*part, *other)), both(*part, *other))));
    }
    let cells: Vec<(&str, i64)> = cells.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let sums: Vec<(&str, Vec<&str>)> = sums
        .iter()
        .map(|(total, parts)| (total.as_str(), parts.iter().map(String::as_str).collect()))
        .collect();
    let linked = Linked::new(&cells, &sums).unwrap();
    let at = |name: &str| linked.places()[cells.iter().position(|(own, _)| *own == name).unwrap()];
    let shown = BTreeSet::from(["all", "0=0", "0=1", "1=0", "1=1"].map(at));
    let task = Task {
        universe: &linked.universe,
        needs: &[Need::width(at("0=0 1=0"), 5)],
        floor: Floor::ZERO,
        insiders: &[],
        must_publish: &shown.into_iter().collect::<Vec<_>>(),
        must_hide: &[],
    };
    assert!(matches!(protect(&task, &Unwatched), Err(NoMask::Impossible { .. })));
}
