//! Values for the places of joint blocks.

use std::collections::BTreeSet;

use super::grid::{Grid, Reach};
use crate::arr::{Arr, Lists};

/// One, in fixed point.
const ONE: i128 = 1 << 20;
/// How often all sums are made to fit.
const SWEEPS: usize = 60;

/// The sums of which the totals have a value, over the lowest joint places.
///
/// The places get what fits the sums with as little besides as can be, found by making sum after sum fit
/// (iterative proportional fitting; W. E. Deming and F. F. Stephan, 1940). Rounded one after the other, with
/// what was rounded off before made up for, that is hardly ever under zero and leaves room all around.
struct Sums {
    /// For each place whether it is one of the lowest that have no value.
    is_lowest: Arr<bool>,
    /// The sums that hold each place.
    of: Lists<usize>,
    /// What is expected at each place.
    expected: Arr<i128>,
    /// What is left of each sum.
    left: Arr<i128>,
    /// What is expected of the places of each sum that have no value yet.
    ahead: Arr<i128>,
}

impl Sums {
    fn new(grid: &Grid, reach: &Arr<Reach>, values: &Arr<Option<i64>>) -> Self {
        let is_joint = |place: &usize| reach[*place] == Reach::Joint && values[*place].is_none();
        let joint: BTreeSet<usize> = (0..values.len()).filter(is_joint).collect();
        let below = |place: usize| {
            let lines = grid.lines_of.of(place).iter().map(|id| &grid.lines[*id]);
            lines
                // Two places that are equal may each be the total of the other.
                .filter(|line| line.total == place && (line.tree || line.parts.len() > 1))
                .find(|line| line.parts.iter().any(|part| joint.contains(part)))
        };
        let is_lowest: Arr<bool> =
            (0..values.len()).map(|place| joint.contains(&place) && below(place).is_none()).collect();
        let mut sums: Arr<Vec<usize>> = Arr::default();
        let (mut left, mut expected) = (Arr::default(), Arr::of(0, values.len()));
        for line in grid.lines.iter().filter(|line| line.parts.iter().any(|part| joint.contains(part))) {
            let Some(total) = values[line.total] else { continue };
            let (mut waiting, mut own, mut sum) = (line.parts.clone(), Vec::new(), i128::from(total));
            while let Some(place) = waiting.pop() {
                match (values[place], below(place)) {
                    (Some(value), _) => sum -= i128::from(value),
                    (None, Some(line)) => waiting.extend(&line.parts),
                    (None, None) => own.push(place),
                }
            }
            own.iter().for_each(|place| expected[*place] = ONE);
            left.push(sum.max(0) * ONE);
            sums.push(own);
        }
        for _ in 0..SWEEPS {
            for (own, left) in sums.iter().zip(left.iter()) {
                let sum: i128 = own.iter().map(|place| expected[*place]).sum();
                own.iter()
                    .filter(|_| sum > 0)
                    // Of what is too large for it no values are found, so that it leaves no room.
                    .for_each(|place| {
                        expected[*place] = expected[*place].checked_mul(*left).map_or(0, |all| all / sum)
                    });
            }
        }
        let ahead = sums.iter().map(|own| own.iter().map(|place| expected[*place]).sum()).collect();
        let pairs = sums.iter().enumerate().flat_map(|(sum, own)| own.iter().map(move |place| (*place, sum)));
        Self { of: Lists::gather(values.len(), pairs, 0), is_lowest, expected, left, ahead }
    }

    /// What to take for a place.
    fn rounded(&self, place: usize) -> i64 {
        let sums = self.of.of(place);
        let count = i128::try_from(sums.len()).unwrap_or(1).max(1);
        let short: i128 = sums.iter().map(|sum| self.left[*sum] - self.ahead[*sum]).sum();
        let most = sums.iter().map(|sum| self.left[*sum].div_euclid(ONE)).min().unwrap_or(0);
        let value = (self.expected[place] + short / count + ONE / 2).div_euclid(ONE);
        i64::try_from(value.min(most).max(0)).unwrap_or(0)
    }

    fn take(&mut self, place: usize, value: i64) {
        for sum in self.of.of(place) {
            self.left[*sum] -= i128::from(value) * ONE;
            self.ahead[*sum] -= self.expected[place];
        }
    }
}

/// Gives the joint places values that agree with all sums of places that are not idle, as the others have.
pub(super) fn spread(grid: &Grid, reach: &Arr<Reach>, values: &mut Arr<Option<i64>>) {
    let lines = &grid.lines;
    let is_idle = |id: usize| lines[id].parts.iter().any(|part| reach[*part] == Reach::Idle);
    let is_open = |id: &usize, values: &Arr<Option<i64>>| {
        lines[*id].cells().filter(|own| values[*own].is_none()).count()
    };
    let mut open: Arr<usize> = (0..lines.len()).map(|id| is_open(&id, values)).collect();
    let mut sums = Sums::new(grid, reach, values);
    let lowest: Vec<usize> = (0..values.len()).filter(|place| sums.is_lowest[*place]).collect();
    for place in lowest {
        let mut waiting = vec![(place, sums.rounded(place))];
        while let Some((place, value)) = waiting.pop() {
            if values[place].is_some() {
                continue;
            }
            values[place] = Some(value);
            sums.take(place, value);
            for id in grid.lines_of.of(place).iter().filter(|id| !is_idle(**id)) {
                open[*id] -= 1;
                // The last of a line is what is left of it.
                if open[*id] == 1 {
                    let line = &lines[*id];
                    let known = |place: &usize| values[*place].unwrap_or(0);
                    let parts = line.parts.iter().map(known).fold(0i64, i64::saturating_add);
                    let last = line.cells().find(|own| values[*own].is_none());
                    let value = if last == Some(line.total) {
                        parts
                    } else {
                        known(&line.total).saturating_sub(parts)
                    };
                    waiting.extend(last.map(|last| (last, value)));
                }
            }
        }
    }
}
