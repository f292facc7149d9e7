//! Where it takes too long to find out which older counts fit, there is no mask.

use std::cell::Cell;

use sdc::{Phase, Watch};

use super::practice::layout;
use super::world::{Line, World};
use super::*;
use crate::domain::masking::effort::{Effort, MOST_PUT_TOGETHER};
use crate::domain::masking::history::readings;
use crate::domain::masking::moments::views;

/// A place and its count, of one source in 2025.
fn line(source: &'static str, area: &'static str, value: i64) -> Line {
    (source, "2025", area, "totaal", value)
}

/// The universe of all releases of a world, of at most so many cells put together.
fn put_together(world: &World, most: usize) -> Result<(), Failure> {
    watched(world, most, &Unwatched)
}

fn watched(world: &World, most: usize, watch: &dyn Watch) -> Result<(), Failure> {
    let tables: Vec<_> = world.deliveries.iter().map(|own| world.table(own, &|line| line)).collect();
    let contents = Contents::of_all(tables.iter(), &Areas::new(&world.areas, []));
    let edition = |contents| Edition::new(contents, BTreeMap::new());
    let editions: Vec<Edition<'_>> = contents.iter().map(edition).collect();
    let key = (world::COUNT, vec![Period::Year(2025)]);
    let blocks: Vec<_> = editions.iter().map(|own| own.contents.block(&key).unwrap_or_default()).collect();
    let sayings = blocks.iter().zip(&editions).flat_map(|(block, edition)| {
        block.iter().map(move |(source, part)| Saying { source, part, edition, new: false })
    });
    let sayings: Vec<Saying<'_>> = sayings.collect();
    let views = views(&sayings, Protection::default(), &BTreeSet::new());
    let effort = &mut Effort::new(most, watch);
    readings(&layout(world), (key.0, &key.1), &sayings, &views, &|_, _| false, effort).map(drop)
}

#[test]
fn older_counts_that_cannot_all_be_tried_are_not_left_out_but_refused() {
    let before = [("WK1", 60), ("WK2", 40), ("WK3", 30)].map(|(area, value)| line("", area, value));
    let after = |whole| vec![line("", "GM1", whole), line("", "WK2", 80)];
    // What is said at once finds room. Both other districts together are too many. Then each is tried by itself, unless the first fits: then
    // the second is what did not. What does not fit is tried once more, where any total may be more.
    for (whole, once, readings) in [(131, 2 + 4 + 3 + 3, 2), (145, 2 + 4 + 3, 2), (170, 2 + 4, 1)] {
        let world = World::said(&[before.to_vec(), after(whole)]);
        assert_eq!(put_together(&world, once * readings), Ok(()), "{whole}");
        for most in 0..once * readings {
            let failure = put_together(&world, most).expect_err("not enough");
            assert_eq!(failure.why, Why::TooManyMisfits);
            let named: Vec<&str> = failure.cells.iter().map(|own| own.cell.as_str()).collect();
            let expected: &[&str] = match most % once {
                0..2 => &["GM1|totaal", "WK2|totaal"],
                2..6 => &["WK1|totaal", "WK3|totaal"],
                6..9 => &["WK1|totaal"],
                _ => &["WK3|totaal"],
            };
            assert_eq!((named.as_slice(), failure.count), (expected, expected.len()), "{whole} {most}");
            assert!(failure.cells.iter().all(|own| own.period == Period::Year(2025)));
        }
    }
}

#[test]
fn a_release_that_tells_of_every_place_takes_no_more_than_there_was() {
    let first = [("GM1", 130), ("WK1", 60), ("WK2", 40), ("WK3", 30)];
    let anew = [("GM1", 171), ("WK1", 60), ("WK2", 80), ("WK3", 31)];
    let said = |counts: [(&'static str, i64); 4]| counts.map(|(area, value)| line("", area, value)).to_vec();
    assert_eq!(put_together(&World::said(&[said(first), said(anew)]), 0), Ok(()));
}

#[test]
fn sources_of_which_more_are_at_odds_than_are_put_together_are_refused() {
    const SOURCES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let with = |sources: &[&'static str]| {
        let all = (0..).zip(sources).map(|(more, source)| line(source, "WK1", 60 + more)).collect();
        World::said(&[all, vec![line("z", "GM1", 103)]])
    };
    assert_eq!(put_together(&with(&SOURCES[..9]), MOST_PUT_TOGETHER), Ok(()));
    let world = with(&SOURCES);
    let failure = put_together(&world, MOST_PUT_TOGETHER).expect_err("nine are at odds with the first");
    assert_eq!(failure.why, Why::TooManyMisfits);
    assert_eq!(failure.cells[0].cell, "WK1|totaal");
}

/// Ends the run at the step of this number.
struct Ended(Cell<usize>);

impl Watch for Ended {
    fn step(&self, _: Phase, _: usize, _: usize) -> bool {
        self.0.replace(self.0.get().saturating_sub(1)) > 0
    }
}

#[test]
fn which_totals_are_more_than_their_parts_is_found_out_within_the_same_limit() {
    // A count by itself tells nothing. In the other release the districts by age are 60 more than the
    // whole of their neighbourhoods: these, or the ages, have more.
    let parts = ["BU11", "BU12", "BU21", "BU22"].map(|area| line("", area, 20)).to_vec();
    let ages = [("WK1", "leeftijd1"), ("WK1", "leeftijd2"), ("WK2", "leeftijd1"), ("WK2", "leeftijd2")];
    let ages = ages.map(|(area, age)| -> Line { ("", "2025", area, age, 30) });
    let world = World::said(&[[parts, ages.to_vec()].concat()]);
    let enough = (0..2000).find(|most| put_together(&world, *most).is_ok()).expect("within 2000");
    assert!(enough > 8, "{enough}");
    for most in 0..enough {
        let failure = put_together(&world, most).expect_err("not enough");
        assert_eq!((failure.why, failure.count), (Why::TooManyMisfits, 8));
    }
    let steps = (0..100).find(|steps| watched(&world, MOST_PUT_TOGETHER, &Ended(Cell::new(*steps))).is_ok());
    let steps = steps.expect("within 100");
    assert!(steps > 1, "{steps}");
    for most in 0..steps {
        let failure = watched(&world, MOST_PUT_TOGETHER, &Ended(Cell::new(most))).expect_err("ended");
        assert_eq!(failure.why, Why::Cancelled);
    }
}
