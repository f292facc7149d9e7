//! A looser mask inside a stricter one.

use super::state::State;
use super::{NoMask, Outcome, Task, begin};
use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::CellId;
use crate::watch::Watch;

/// Derives the mask of a looser policy from that of a stricter one by showing cells only: every cell
/// that it hides is hidden by the stricter one too. So who has answers under both has no more than
/// under the looser one.
///
/// Source: reference "disclosure control" 3.3, step 8.
///
/// # Errors
/// With the protected cells, and those that must be hidden, that the stricter mask does not hide or
/// cannot protect under the looser policy (for example when that always publishes zeros), or when
/// `watch` ends the run.
pub fn nested(task: &Task<'_>, stricter: &Mask, watch: &dyn Watch) -> Result<Outcome, NoMask> {
    let mut state = State::new(task);
    let outside: Arr<bool> = (0..state.hidden.len()).map(|cell| !stricter.hides(cell)).collect();
    let needed = task.needs.iter().map(|need| need.cell);
    let mut shown: Vec<CellId> = needed.chain(task.must_hide.iter().copied()).collect();
    shown.retain(|cell| outside.find(*cell) != Some(&false));
    if !shown.is_empty() {
        shown.sort_unstable();
        shown.dedup();
        return Err(NoMask::Impossible { cells: shown });
    }
    for cell in 0..outside.len() {
        state.open[cell] |= outside[cell];
        state.hidden[cell] = !state.open[cell];
    }
    begin(task, &state, watch)
}
