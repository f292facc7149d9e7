//! Areas by two breakdowns that are crossed, of which only cells and sums are given, as a file does.

use sdc::audit::{Question, judge};
use sdc::model::{Dimension, Linked, Table};
use sdc::protect::{NoMask, Task, protect};
use sdc::rules::{Preset, RuleSet};
use sdc::{Mask, Unwatched};

use crate::country::{self, Dice};
use crate::made_up::{breakdown, dimension, node};

const AGES: u64 = 4;
const SEXES: u64 = 2;

/// So many areas under one total.
fn flat(areas: usize) -> Vec<Dimension> {
    let mut nodes = vec![node("land", None)];
    nodes.extend((0..areas).map(|area| node(&format!("BU{area:02}"), Some("land"))));
    vec![dimension("gebied", nodes), breakdown("a", AGES), breakdown("b", SEXES)]
}

/// The same in districts and towns.
fn tree(areas: usize) -> Vec<Dimension> {
    let mut dimensions = country::dimensions(areas, &[]);
    dimensions.extend([breakdown("a", AGES), breakdown("b", SEXES)]);
    dimensions
}

/// Small counts: sizes of areas differ widely, and few are of the last ages.
fn counts(dimensions: &[Dimension], seed: u64) -> Vec<i64> {
    let dice = &mut Dice::new(seed);
    let areas = &dimensions[0].nodes;
    let (ages, sexes) = (dimensions[1].nodes.len(), dimensions[2].nodes.len());
    let mut values = vec![0; areas.len() * ages * sexes];
    for (area, _) in areas.iter().enumerate().filter(|(_, area)| area.code.starts_with("BU")) {
        let size = (1 + dice.under(12)) * (1 + dice.under(12)) * (1 + dice.under(12));
        for (age, sex) in (1..ages).flat_map(|age| (1..sexes).map(move |sex| (age, sex))) {
            let rarer = u64::try_from(1 + age * age).unwrap();
            let count = dice.count(size * dice.clone().under(150) / rarer);
            let mut at = Some(area);
            while let Some(place) = at {
                for (age, sex) in [(0, 0), (0, sex), (age, 0), (age, sex)] {
                    values[(place * ages + age) * sexes + sex] += count;
                }
                let parent = areas[place].parent.as_ref();
                at = parent.map(|code| areas.iter().position(|own| own.code == *code).unwrap());
            }
        }
    }
    values
}

/// The cells and sums of a table, and nothing of how they lie in it.
fn linked(table: &Table) -> Linked {
    let universe = &table.universe;
    let names: Vec<String> = (0..universe.len()).map(|cell| table.name(cell)).collect();
    let cells: Vec<(&str, i64)> =
        names.iter().enumerate().map(|(cell, name)| (name.as_str(), universe.value(cell))).collect();
    let sums = universe.relations().map(|relation| {
        let parts = relation.parts.iter().map(|part| names[*part].as_str());
        (names[relation.total].as_str(), parts.collect())
    });
    Linked::new(&cells, &sums.collect::<Vec<_>>()).unwrap()
}

/// There is a mask that holds, or the auditor finds none either where everything that may be is hidden.
fn is_protected(dimensions: &[Dimension], seed: u64, rules: &RuleSet) {
    let table = Table::new(dimensions, &counts(dimensions, seed)).unwrap();
    let linked = linked(&table);
    let universe = &linked.universe;
    let needs = rules.count_needs(universe, |_| Vec::new());
    let floor = rules.floor(universe, &needs);
    let insiders =
        rules.lone_contributors(universe, |_| false, |cell| u64::try_from(universe.value(cell)).ok());
    let task =
        Task { universe, needs: &needs, floor, insiders: &insiders, must_publish: &[], must_hide: &[] };
    let failures = |hidden: &Mask, claims: &[_]| {
        let question = Question { universe, hidden, known: &[], floor, integer: true };
        let verdict = judge(&question, &needs, &insiders, claims, &Unwatched).unwrap();
        verdict.failures.into_iter().map(|failure| failure.cell).collect::<Vec<_>>()
    };
    match protect(&task, &Unwatched) {
        Ok(outcome) => {
            assert_eq!(failures(&outcome.mask, &outcome.certificates), Vec::<usize>::new(), "{seed}");
        }
        Err(NoMask::Impossible { cells }) => {
            let mut all = Mask::none(universe.len());
            let may_be =
                |cell: &usize| floor.of(universe, *cell).is_none_or(|low| universe.value(*cell) >= low);
            (0..universe.len()).filter(may_be).for_each(|cell| all.hide(cell));
            let failed = failures(&all, &[]);
            let overlooked: Vec<usize> = cells.into_iter().filter(|cell| !failed.contains(cell)).collect();
            assert!(overlooked.is_empty(), "{seed}: {overlooked:?}");
        }
        Err(NoMask::Cancelled) => panic!("nobody cancelled"),
    }
}

#[test]
fn of_some_dozens_of_areas_under_one_total_no_mask_is_overlooked() {
    for seed in 0..3 {
        is_protected(&flat(30), seed, &Preset::PersonsGeneral.rules());
        is_protected(&flat(30), seed, &Preset::PersonsSensitive.rules());
    }
}

#[test]
fn of_a_hundred_areas_under_one_total_no_mask_is_overlooked() {
    for seed in 0..3 {
        is_protected(&flat(100), seed, &Preset::PersonsGeneral.rules());
    }
}

#[test]
fn of_some_dozens_of_areas_in_districts_and_towns_no_mask_is_overlooked() {
    for seed in 0..3 {
        is_protected(&tree(43), seed, &Preset::PersonsGeneral.rules());
    }
}
