//! What editions tell: where somebody or nobody was counted, and where it does not apply.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::Grid;
use crate::arr::Arr;

/// What an edition tells of places.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// Those where it does not apply.
    pub(super) nobody: BTreeSet<usize>,
    /// Those of which it tells a value. A zero that was counted stays one, also in what does not apply.
    pub(super) counted: BTreeSet<usize>,
}

impl Told {
    /// For each place whether nobody is there, as everybody knows of those where it does not apply: in what they hold,
    /// and in what has no other parts, again and again. `same` gives for each place the first that holds the same.
    pub(super) fn empty(&self, grid: &Grid, values: &Arr<Option<i64>>, same: &Arr<usize>) -> Arr<bool> {
        let mut found: BTreeSet<usize> = self.nobody.iter().map(|place| same[*place]).collect();
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
        let counted: BTreeSet<usize> = self.counted.iter().map(|place| same[*place]).collect();
        let is_nobody = |place: &usize| found.contains(place) && !counted.contains(place);
        (0..grid.len()).map(|place| is_nobody(&same[place])).collect()
    }
}

/// Which edition is which, and those that are: `of` says which hold the same values. Of these are apart in which not the
/// same does not apply, as `nobody` says by edition and place in it.
pub(super) fn apart(
    places: &[Vec<usize>],
    of: &[usize],
    nobody: &dyn Fn(usize, usize) -> bool,
) -> (Vec<usize>, Vec<(usize, Told)>) {
    let mut numbers: BTreeMap<(usize, Told), usize> = BTreeMap::new();
    let number = |(edition, (own, distinct)): (usize, (&Vec<usize>, &usize))| {
        let of_kind = |is_nobody: bool| {
            let wanted = own.iter().enumerate().filter(|(index, _)| nobody(edition, *index) == is_nobody);
            wanted.map(|(_, place)| *place).collect()
        };
        let (told, next) = (Told { nobody: of_kind(true), counted: of_kind(false) }, numbers.len());
        *numbers.entry((*distinct, told)).or_insert(next)
    };
    let of = places.iter().zip(of).enumerate().map(number).collect();
    let mut editions: Vec<((usize, Told), usize)> = numbers.into_iter().collect();
    editions.sort_unstable_by_key(|(_, number)| *number);
    (of, editions.into_iter().map(|(own, _)| own).collect())
}
