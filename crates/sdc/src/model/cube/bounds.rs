//! Whether there can be numbers for what is not known, as far as it follows from one sum after the other.

use std::collections::VecDeque;

use super::grid::{Grid, Line};
use super::meter::Meter;
use crate::arr::Arr;

/// How many times a sum is looked at on average, at the most: bounds can come nearer without end.
const MOST_TIMES: usize = 16;
/// As high as no number is.
const ENDLESS: i128 = i64::MAX as i128;

/// A sum that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Impossible {
    pub(super) line: usize,
    /// What the total can be at the most, or has to be at least.
    pub(super) total: i128,
    /// What the parts have to be together at least, which is more, or can be at the most, which is less.
    pub(super) parts: i128,
}

/// The lowest and the highest number that each place can have.
struct Bounds(Arr<(i128, i128)>);

/// A sum that cannot be with these values, when none is under zero; none is found when `meter` ends it.
pub(super) fn impossible(
    grid: &Grid,
    values: &Arr<Option<i64>>,
    meter: &mut Meter<'_>,
) -> Option<Impossible> {
    let is_open = |id: &usize| grid.lines[*id].cells().any(|place| values[place].is_none());
    let mut waiting: VecDeque<usize> = (0..grid.lines.len()).filter(is_open).collect();
    let mut is_waiting = Arr::of(false, grid.lines.len());
    waiting.iter().for_each(|id| is_waiting[*id] = true);
    let known =
        |value: &Option<i64>| value.map_or((0, ENDLESS), |value| (i128::from(value), i128::from(value)));
    let mut bounds = Bounds(values.iter().map(known).collect());
    for _ in 0..waiting.len().saturating_mul(MOST_TIMES) {
        let id = waiting.pop_front()?;
        if !meter.count(grid.lines[id].parts.len() + 1) {
            return None;
        }
        is_waiting[id] = false;
        match bounds.narrow(&grid.lines[id]) {
            Ok(narrowed) => {
                for other in narrowed.iter().flat_map(|place| grid.lines_of.of(*place)) {
                    if *other != id && !std::mem::replace(&mut is_waiting[*other], true) {
                        waiting.push_back(*other);
                    }
                }
            }
            Err((total, parts)) => return Some(Impossible { line: id, total, parts }),
        }
    }
    None
}

impl Bounds {
    /// The places of a sum of which a bound came nearer by it.
    ///
    /// # Errors
    /// When it cannot be: the total and the sum of the parts that are nearest to each other.
    fn narrow(&mut self, line: &Line) -> Result<Vec<usize>, (i128, i128)> {
        let parts = || line.parts.iter().map(|part| self.0[*part]);
        let least: i128 = parts().map(|(low, _)| low).sum();
        let most: i128 = parts().map(|(_, high)| high).filter(|high| *high < ENDLESS).sum();
        let endless = parts().filter(|(_, high)| *high == ENDLESS).count();
        let (low, high) = self.0[line.total];
        if least > high {
            return Err((high, least));
        }
        if endless == 0 && most < low {
            return Err((low, most));
        }
        let (low, high) = (low.max(least), if endless == 0 { high.min(most) } else { high });
        let mut narrowed = Vec::new();
        self.put(line.total, (low, high), &mut narrowed);
        for part in &line.parts {
            let (own_low, own_high) = self.0[*part];
            let others = match endless {
                0 => Some(most - own_high),
                1 if own_high == ENDLESS => Some(most),
                _ => None,
            };
            let rest = if high < ENDLESS { own_high.min(high - (least - own_low)) } else { own_high };
            self.put(
                *part,
                (others.map_or(own_low, |others| own_low.max(low - others)), rest),
                &mut narrowed,
            );
        }
        Ok(narrowed)
    }

    fn put(&mut self, place: usize, bounds: (i128, i128), narrowed: &mut Vec<usize>) {
        if self.0[place] != bounds {
            self.0[place] = bounds;
            narrowed.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Cube, Dimension, Given, Node};
    use std::collections::BTreeSet;

    fn dimension(name: &str, parts: usize) -> Dimension {
        let node = |code: String, parent: Option<&str>| Node { code, parent: parent.map(str::to_owned) };
        let parts = (1..=parts).map(|part| node(format!("{name}{part}"), Some(name)));
        let nodes = std::iter::once(node(name.to_owned(), None)).chain(parts).collect();
        Dimension { name: name.to_owned(), nodes, groups: Vec::new() }
    }

    /// Whether counts at these nodes of a total with two parts and one with three find room.
    fn fits(counts: &[([usize; 2], i64)], more: &[&[&str]; 2]) -> bool {
        let dimensions = [dimension("a", 2), dimension("b", 3)];
        let given: Vec<Given> =
            counts.iter().map(|(nodes, value)| Given { nodes: nodes.to_vec(), value: *value }).collect();
        let more = more.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>());
        assert_eq!(
            Cube::fits(&dimensions, &[&given], None, &more, &mut |_| true),
            Ok(true),
            "no sum tells it by itself"
        );
        Cube::misfit(&dimensions, &[&given], None, &more, &mut |_| true).expect("a table").is_none()
    }

    #[test]
    fn parts_of_parts_that_are_more_than_a_total_through_totals_that_are_not_known_do_not_fit() {
        // One part of both, of which each makes the total more by itself.
        let parts = [([1, 1], 20), ([1, 2], 20), ([2, 1], 20)];
        let all = |value| [&parts[..], &[([0, 0], value)]].concat();
        assert!(fits(&all(60), &[&[], &[]]) && !fits(&all(59), &[&[], &[]]));
        // That totals are more than their parts makes no difference.
        assert!(!fits(&all(59), &[&["a"], &["b"]]));
    }

    #[test]
    fn what_a_total_leaves_has_to_find_room_in_other_totals() {
        // Of the first part 8 are in the second and third, which have 7 in both parts together.
        let counts = |third| [([1, 0], 10), ([1, 1], 2), ([0, 2], 3), ([0, 3], third)];
        assert!(fits(&counts(5), &[&[], &[]]) && !fits(&counts(4), &[&[], &[]]));
        // Others can be in none of the three.
        assert!(fits(&counts(4), &[&[], &["b"]]));
    }
}
