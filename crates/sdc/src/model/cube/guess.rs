//! Values for places that are not known, that agree with the sums and mostly are zero or more.

use std::collections::VecDeque;

use super::derive::Known;
use super::grid::{Grid, Line, Reach};
use super::spread::spread;
use crate::arr::Arr;

/// For each place what it is at least: its value, or of a place that is not known what the known ones in it
/// are together.
pub(super) fn least(grid: &Grid, values: &Arr<Option<i64>>) -> Arr<i64> {
    let mut least: Arr<i64> = values.iter().map(|value| value.unwrap_or(0)).collect();
    let mut waiting: VecDeque<usize> = (0..grid.lines.len()).collect();
    while let Some(id) = waiting.pop_front() {
        let line = &grid.lines[id];
        let sum = line.parts.iter().fold(0i64, |sum, part| sum.saturating_add(least[*part]));
        if values[line.total].is_none() && sum > least[line.total] {
            least[line.total] = sum;
            waiting.extend(grid.lines_of.of(line.total).iter().filter(|other| **other != id));
        }
    }
    least
}

/// For each place that is not known a value that agrees with all sums, but may be under zero.
pub(super) fn guesses(grid: &Grid, known: &Known) -> Arr<i64> {
    if known.values.iter().all(Option::is_some) {
        return known.values.iter().flatten().copied().collect();
    }
    let (mut values, least) = (known.bound.clone(), least(grid, &known.values));
    for line in known.left_out.iter().map(|id| &grid.lines[*id]) {
        fit(line, &least, &mut values);
    }
    if known.reach.iter().any(|reach| *reach == Reach::Joint) {
        spread(grid, &known.reach, &mut values);
    }
    values.iter().map(|value| value.unwrap_or(0)).collect()
}

/// Makes a line fit that has a place without a value. A part is what it is at least, and the first is what
/// is left besides.
fn fit(line: &Line, least: &Arr<i64>, values: &mut Arr<Option<i64>>) {
    let open: Vec<usize> = line.parts.iter().copied().filter(|part| values[*part].is_none()).collect();
    open.iter().for_each(|part| values[*part] = Some(least[*part]));
    let parts = line.parts.iter().filter_map(|part| values[*part]).fold(0, i64::saturating_add);
    match (values[line.total], open.first()) {
        (None, _) => values[line.total] = Some(parts),
        (Some(total), Some(first)) => {
            values[*first] = values[*first].map(|value| value.saturating_add(total.saturating_sub(parts)));
        }
        (Some(_), None) => {}
    }
}
