//! Disclosure control of rates: who are counted, all others and both, in an area tree, alone or by a
//! breakdown. Readers are taken to know of how many every rate is. The rules are those of the platform
//! (ADR 20).

use std::collections::BTreeSet;

use ::sdc::Unwatched;
use ::sdc::audit::{Question, judge};
use ::sdc::model::{CellId, Cube, Floor, Given, Need};
use ::sdc::protect::{Engine, Task, protect};
use ::sdc::rules::Facts;

use crate::country;
use crate::sdc::{MINIMUM, SEED, WIDTH, rules, timed};

/// Lowest areas and parts of a breakdown. The second has the areas of the Netherlands.
const SIZES: [(usize, &[usize]); 4] = [(900, &[]), (14_710, &[]), (900, &[7]), (14_710, &[7])];
/// Most cells that are audited anew.
const MOST_ANEW: usize = 60_000;
/// Who are counted and all others: the parts of a breakdown more.
const SIDES: usize = 2;

pub(crate) fn run() {
    println!(
        "\ndisclosure control of rates, minimum {MINIMUM}, zeros protected, width {WIDTH}; an area tree, \
         alone or by one breakdown"
    );
    println!(
        "| rates | cells | unsafe cells | engine | hidden rates | model | protect | audit | audit anew |"
    );
    println!("| {}", "---: | ".repeat(9));
    SIZES.iter().for_each(|(lowest, breakdown)| measure(*lowest, breakdown));
}

fn measure(lowest: usize, breakdown: &[usize]) {
    let dimensions = country::dimensions(lowest, &[breakdown, &[SIDES]].concat());
    let values = country::counts(&dimensions, SEED);
    let sizes: Vec<usize> = dimensions.iter().map(|own| own.nodes.len()).collect();
    let cell = |(mut place, value): (usize, i64)| {
        let mut nodes: Vec<usize> = sizes
            .iter()
            .rev()
            .map(|size| {
                let node = place % size;
                place /= size;
                node
            })
            .collect();
        nodes.reverse();
        Given { nodes, value }
    };
    let given: Vec<Given> = values.into_iter().enumerate().map(cell).collect();
    let sides = dimensions.len() - 1;
    let (cube, modelling) = timed(|| Cube::of_shares(&dimensions, &[&given], sides).expect("a universe"));
    let universe = cube.universe();
    // The first node of the sides is both together.
    let of_side = |side: usize| -> BTreeSet<CellId> {
        let places = cube.places(0).iter().zip(&given);
        places.filter(|(_, own)| own.nodes.last() == Some(&side)).map(|(cell, _)| *cell).collect()
    };
    let (denominators, numerators) = (of_side(0), of_side(1));
    let needs: Vec<Need> = (0..universe.len())
        .filter(|cell| !denominators.contains(cell))
        .filter_map(|cell| need(&cube, cell, sides))
        .collect();
    let known: Vec<CellId> = denominators.iter().copied().collect();
    let (floor, must_publish) = (Floor::ZERO, known.as_slice());
    let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish, must_hide: &[] };
    let (outcome, protecting) = timed(|| protect(&task, &Unwatched));
    print!("| {} | {} | {} |", numerators.len(), universe.len(), needs.len());
    match outcome {
        Ok(outcome) => {
            let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: true };
            let claims = &outcome.certificates;
            let (verdict, auditing) =
                timed(|| judge(&question, &needs, &[], claims, &Unwatched).expect("a verdict"));
            assert!(verdict.is_safe(), "the mask does not hold");
            // Without the alternatives that the protector found.
            let anew = (universe.len() <= MOST_ANEW).then(|| {
                let (verdict, auditing) =
                    timed(|| judge(&question, &needs, &[], &[], &Unwatched).expect("a verdict"));
                assert!(verdict.is_safe(), "the mask does not hold");
                format!("{auditing:.1?}")
            });
            let anew = anew.unwrap_or_default();
            let hidden = numerators.iter().filter(|cell| outcome.mask.hides(**cell)).count();
            let engine = match outcome.engine {
                Engine::Network => "network",
                Engine::General => "general",
            };
            println!(" {engine} | {hidden} | {modelling:.1?} | {protecting:.1?} | {auditing:.1?} | {anew} |");
        }
        Err(none) => println!(" {none} | | {modelling:.1?} | {protecting:.1?} | | |"),
    }
}

/// What a count of a rate needs: at most the room between nobody and everybody. Of nobody nothing is a
/// secret.
fn need(cube: &Cube, cell: CellId, sides: usize) -> Option<Need> {
    let value = cube.universe().value(cell);
    let totals = cube.totals_along(cell, sides).into_iter();
    let all = totals.map(|total| cube.universe().value(total)).min().filter(|all| *all > 0)?;
    let need = rules().need(cell, &rules().assess(&Facts::count(value))?, 1);
    Some(Need { width: need.width.min(all), ..need })
}
