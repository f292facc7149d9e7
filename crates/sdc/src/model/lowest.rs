//! How low cells can be, however much is hidden.

use super::{CellId, Floor, Kind, Need, Universe};
use crate::arr::Arr;
use crate::mask::Mask;

impl Floor {
    /// These needs with no more room below than their cells can have when everything is hidden that may be:
    /// who is shown zeros knows that every other count is something, and so that a sum of three of them is at
    /// least 3. `known` are cells that everybody knows, hidden or not.
    #[must_use]
    pub fn within_reach(self, universe: &Universe, known: &Mask, needs: Vec<Need>) -> Vec<Need> {
        if self == Self::None || needs.iter().all(|need| need.below <= 0) {
            return needs;
        }
        let lowest = lowest(self, universe, known);
        let within_reach = |need: Need| {
            let least = lowest.find(need.cell).copied().unwrap_or(i128::MIN);
            let room = i128::from(universe.value(need.cell)).saturating_sub(least).max(0);
            Need { below: need.below.min(i64::try_from(room).unwrap_or(i64::MAX)), ..need }
        };
        needs.into_iter().map(within_reach).collect()
    }
}

/// The lowest value that follows for each cell from these of the others, to a fixed point: a total is at least
/// its parts, and a part beside others that stay as they are is at least what these leave of the total. None is
/// above the true value.
fn lowest(floor: Floor, universe: &Universe, known: &Mask) -> Arr<i128> {
    let least = |cell: CellId| floor.of(universe, cell).unwrap_or(i64::MIN);
    // A cell under the floor is never hidden.
    let is_fixed = |cell: CellId| {
        known.hides(cell) || (universe.kind(cell) == Kind::Given && universe.value(cell) < least(cell))
    };
    let start = |cell: CellId| {
        let value = universe.value(cell);
        i128::from(if is_fixed(cell) { value } else { least(cell).min(value) })
    };
    let mut lowest: Arr<i128> = (0..universe.len()).map(start).collect();
    let mut raised = true;
    while std::mem::take(&mut raised) {
        for relation in universe.relations() {
            let sum: i128 = relation.parts.iter().map(|part| lowest[*part]).sum();
            let mut free = relation.parts.iter().copied().filter(|part| !is_fixed(*part));
            let only = free.next().filter(|_| free.next().is_none());
            let of_part = only.map(|only| (only, lowest[relation.total] - (sum - lowest[only])));
            for (cell, least) in std::iter::once((relation.total, sum)).chain(of_part) {
                // Of a cell that nobody knows the value is none that must be possible.
                if universe.kind(cell) != Kind::Unknown && lowest[cell] < least {
                    lowest[cell] = least;
                    raised = true;
                }
            }
        }
    }
    lowest
}
