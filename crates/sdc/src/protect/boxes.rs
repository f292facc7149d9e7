//! Alternatives in a table of several dimensions: corners of a box.
//!
//! A unit more in one leaf of a dimension and one less in another, times the same along every other
//! dimension, leaves all sums as they are but those that hold one of the two. With two leaves in every
//! dimension these are the corners of a box and the totals that hold some of them; the hypercube
//! method suppresses the corners of such boxes.
//!
//! Source: S. Giessing and D. Repsilber, "Tools and strategies to protect multiple tables with the
//! GHQUAR cell suppression engine" (2002); Handbook on Statistical Disclosure Control, chapter 4.

use std::collections::BTreeMap;

use super::state::{HIDDEN, State, Wish};
use crate::model::{CellId, Frame};

/// How many boxes are looked at, about.
const BOXES: usize = 512;

/// The cheapest box in which the cell moves by `amount`, with what it costs to hide it. The corners are of leaves of
/// `under`, which is the cell or lies under it.
pub(super) fn cheapest(
    frame: &Frame,
    state: &State,
    wish: Wish<'_>,
    under: CellId,
    moved: &BTreeMap<CellId, i64>,
    amount: i64,
    hiding: bool,
) -> Option<(u64, Vec<(CellId, i64)>)> {
    let mut most = 2;
    let sides = u32::try_from(frame.sides()).ok()?;
    while usize::pow(most + 1, sides) <= BOXES && most < 24 {
        most += 1;
    }
    let shifts: Vec<Vec<Vec<(usize, i64)>>> = (0..frame.sides())
        .map(|side| frame.shifts([wish.cell, under], side, most, |cell| state.room_down[cell]))
        .collect();
    let mut best: Option<(u64, Vec<(CellId, i64)>)> = None;
    let all: usize = shifts.iter().map(Vec::len).product();
    let unit = if wish.up { amount } else { -amount };
    for index in 0..all.min(4 * BOXES) {
        let mut rest = index;
        let mut places: Vec<(usize, i64)> = vec![(0, unit)];
        for (side, ways) in shifts.iter().enumerate() {
            let way = ways.get(rest % ways.len())?;
            rest /= ways.len();
            let wider = places.iter().flat_map(|(place, change)| {
                way.iter().map(move |(node, sign)| (frame.extend(*place, side, *node), change * sign))
            });
            places = wider.collect();
        }
        let limit = best.as_ref().map_or(u64::MAX, |(cost, _)| *cost);
        let moves = places.into_iter().filter_map(|(place, change)| Some((frame.cell(place)?, change)));
        if let Some(found) = price(state, wish, moved, moves, limit, hiding) {
            best = Some(found);
        }
    }
    best
}

/// The cost of these moves when they are possible and cost less than the limit.
fn price(
    state: &State,
    wish: Wish<'_>,
    moved: &BTreeMap<CellId, i64>,
    moves: impl Iterator<Item = (CellId, i64)>,
    limit: u64,
    hiding: bool,
) -> Option<(u64, Vec<(CellId, i64)>)> {
    let mut cost = 0;
    let mut cells = Vec::new();
    for (cell, change) in moves {
        cost += match state.hidden[cell] {
            true => HIDDEN,
            false if hiding && !state.open[cell] => state.costs[cell],
            false => return None,
        };
        let after = moved.get(&cell).copied().unwrap_or(0).checked_add(change)?;
        let possible = after >= 0 || after.checked_neg().is_some_and(|down| down <= state.room_down[cell]);
        if !possible || cost >= limit || wish.barred.contains(&cell) {
            return None;
        }
        cells.push((cell, change));
    }
    Some((cost, cells))
}
