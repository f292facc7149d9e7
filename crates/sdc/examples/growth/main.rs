//! Protects and audits made-up countries of growing size, and prints what it takes: how many cells are
//! unsafe, how many of these leak when only they are hidden, the least that any mask must hide, what
//! is hidden, and the time to build the model, to hide, to show again and to audit.
//!
//! `cargo run --release -p sdc --example growth [largest number of cells]`
#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "a program that prints measurements")]

mod country;

use std::cell::Cell;
use std::time::{Duration, Instant};

use sdc::audit::{Question, judge};
use sdc::model::{Need, Table};
use sdc::protect::{Engine, Outcome, Task, protect};
use sdc::rules::RuleSet;
use sdc::{Mask, Phase, Unwatched, Watch};

/// Lowest areas and parts of each breakdown; the third is the size of the Netherlands. With two
/// breakdowns the relations form no network, and the general engine is used.
const SIZES: [(usize, &[usize]); 8] = [
    (90, &[7]),
    (900, &[7]),
    (14_300, &[7]),
    (37_000, &[7]),
    (98_000, &[7]),
    (40, &[4, 2]),
    (400, &[4, 2]),
    (1_500, &[4, 2]),
];

/// When the second phase of protecting began.
#[derive(Default)]
struct Clock(Cell<Option<Instant>>);

impl Watch for Clock {
    fn step(&self, phase: Phase, _: usize, _: usize) -> bool {
        if phase == Phase::Unhide && self.0.get().is_none() {
            self.0.set(Some(Instant::now()));
        }
        true
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let largest: usize = std::env::args().nth(1).map_or(Ok(usize::MAX), |text| text.parse())?;
    println!(
        "{:>9} {:>7} {:>3} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8}  verdict",
        "cells",
        "engine",
        "n",
        "insiders",
        "unsafe",
        "leaking",
        "least",
        "hidden",
        "lost %",
        "model ms",
        "hide ms",
        "show ms",
        "audit ms"
    );
    for (lowest, breakdowns) in SIZES {
        let dimensions = country::dimensions(lowest, breakdowns);
        let values = country::counts(&dimensions, 42);
        if values.len() > largest {
            continue;
        }
        let start = Instant::now();
        let table = Table::new(&dimensions, &values)?;
        let model = start.elapsed();
        for (minimum_frequency, width, insiders) in [(5, 5, false), (5, 5, true), (10, 10, false)] {
            let rules = RuleSet {
                minimum_frequency,
                interval_width: width,
                protect_zeros: true,
                insiders,
                ..RuleSet::default()
            };
            measure(&table, &rules, model)?;
        }
    }
    Ok(())
}

fn measure(table: &Table, rules: &RuleSet, model: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let universe = &table.universe;
    let needs = rules.table_needs(table, &[1]);
    let insiders = rules.lone_contributors(universe, |cell| u64::try_from(universe.value(cell)).ok());
    let task = Task {
        universe,
        needs: &needs,
        floor: rules.floor(),
        insiders: &insiders,
        must_publish: &[],
        must_hide: &[],
    };
    let start = Instant::now();
    let clock = Clock::default();
    let outcome = protect(&task, &clock)?;
    let protecting = start.elapsed();
    let showing = clock.0.get().map(|second| second.elapsed()).unwrap_or_default();
    let start = Instant::now();
    let verdict = check(table, rules, (&needs, &insiders), &outcome.mask, &outcome)?;
    let auditing = start.elapsed();
    let mut plain = Mask::none(universe.len());
    needs.iter().for_each(|need| plain.hide(need.cell));
    let leaking = check(
        table,
        rules,
        (&needs.iter().map(|need| Need::width(need.cell, 1)).collect::<Vec<_>>(), &[]),
        &plain,
        &outcome,
    )?;
    let (all, lost) = (0..universe.len()).fold((0i64, 0i64), |(all, lost), cell| {
        let value = universe.value(cell);
        (all + value, if outcome.mask.hides(cell) { lost + value } else { lost })
    });
    println!(
        "{:>9} {:>7} {:>3} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7.2} {:>8} {:>8} {:>8} {:>8}  {}",
        universe.len(),
        match outcome.engine {
            Engine::Network => "network",
            Engine::General => "general",
        },
        rules.minimum_frequency,
        insiders.len(),
        needs.len(),
        leaking,
        least(table, &plain),
        outcome.mask.count(),
        100.0 * lost as f64 / all.max(1) as f64,
        model.as_millis(),
        (protecting - showing).as_millis(),
        showing.as_millis(),
        auditing.as_millis(),
        if verdict == 0 { "holds" } else { "FAILS" },
    );
    Ok(())
}

/// How many protected cells a mask fails.
fn check(
    table: &Table,
    rules: &RuleSet,
    (needs, insiders): (&[Need], &[Vec<usize>]),
    mask: &Mask,
    outcome: &Outcome,
) -> Result<usize, sdc::Cancelled> {
    let question =
        Question { universe: &table.universe, hidden: mask, known: &[], floor: rules.floor(), integer: true };
    Ok(judge(&question, needs, insiders, &outcome.certificates, &Unwatched)?.failures.len())
}

/// Fewer cells than this cannot be hidden: the unsafe ones, and one more for each of a set of
/// relations that have one unsafe cell and no safe cell in common.
fn least(table: &Table, plain: &Mask) -> usize {
    let mut used = Mask::none(table.universe.len());
    let mut more = 0;
    for relation in table.universe.relations() {
        let cells: Vec<usize> = relation.terms().map(|(cell, _)| cell).collect();
        let safe = || cells.iter().copied().filter(|cell| !plain.hides(*cell));
        if cells.len() - safe().count() == 1 && safe().all(|cell| !used.hides(cell)) {
            safe().for_each(|cell| used.hide(cell));
            more += 1;
        }
    }
    plain.count() + more
}
