//! Where everybody knows that nobody is.

use std::collections::BTreeSet;

use super::grid::Grid;
use crate::arr::Arr;

/// For each place whether nobody is there, as everybody knows of the places that are `told`: in what they hold, and in
/// what has no other parts, again and again. `same` gives for each place the first that holds the same.
pub(super) fn empty(
    grid: &Grid,
    values: &Arr<Option<i64>>,
    told: &BTreeSet<usize>,
    same: &Arr<usize>,
) -> Arr<bool> {
    let mut found: BTreeSet<usize> = told.iter().map(|place| same[*place]).collect();
    let mut before = 0;
    while before < found.len() {
        before = found.len();
        for line in grid.lines.iter() {
            let is_empty = |place: &usize| found.contains(&same[*place]);
            let follows: &[usize] = if is_empty(&line.total) {
                &line.parts
            } else if line.parts.iter().all(is_empty) {
                std::slice::from_ref(&line.total)
            } else {
                &[]
            };
            let known = follows.iter().filter(|place| values[**place] == Some(0));
            found.extend(known.map(|place| same[*place]));
        }
    }
    (0..grid.len()).map(|place| found.contains(&same[place])).collect()
}
