//! Numbers for the cells that nobody knows.

use super::Task;
use super::balance::Balance;
use super::network::Network;
use super::paths::Paths;
use super::shares::Shares;
use super::state::{Look, Mover, State, Wish};
use crate::model::{CellId, Floor, Kind, Universe};

/// How many cells may take a thorough look.
const THOROUGH: usize = 1000;

/// Values for all cells that agree with every relation and are zero or more, when the values of the
/// universe agree but cells of [`Kind::Unknown`] are under zero; none when none are found. Only cells
/// of that kind get another value.
pub(crate) fn fill(universe: &Universe) -> Option<Vec<i64>> {
    let unknown: Vec<CellId> =
        (0..universe.len()).filter(|cell| universe.kind(*cell) == Kind::Unknown).collect();
    let task =
        Task { universe, needs: &[], floor: Floor::None, insiders: &[], must_publish: &[], must_hide: &[] };
    let mut state = State::new(&task);
    state.hidden.iter_mut().for_each(|hidden| *hidden = false);
    for cell in &unknown {
        state.hidden[*cell] = true;
        state.open[*cell] = false;
    }
    let shares = Shares::none(universe.len());
    match Network::of(universe, &shares) {
        Some(network) => raise(universe, &unknown, state, Paths::new(network, shares)),
        None => raise(universe, &unknown, state, Balance::wide(universe)),
    }
}

/// Moves each cell that is under zero up to zero, without taking another one under it.
fn raise(
    universe: &Universe,
    unknown: &[CellId],
    mut state: State,
    mut mover: impl Mover,
) -> Option<Vec<i64>> {
    let mut values: Vec<i64> = (0..universe.len()).map(|cell| universe.value(cell)).collect();
    unknown.iter().for_each(|cell| state.room_down[*cell] = universe.value(*cell).max(0));
    let mut looks = THOROUGH;
    for cell in unknown {
        let mut look = Look::Quick;
        while let Some(lack) =
            values.get(*cell).and_then(|value| value.checked_neg()).filter(|lack| *lack > 0)
        {
            let found = mover.far(&state, Wish { cell: *cell, up: true, amount: lack, barred: &[], look });
            if found.amount == 0 {
                if look == Look::Thorough || looks == 0 {
                    return None;
                }
                looks -= 1;
                look = Look::Thorough;
            }
            for (moved, change) in found.moves {
                let value = values.get_mut(moved)?;
                *value = value.checked_add(change)?;
                state.make_room(moved, (*value).max(0));
            }
        }
    }
    Some(values)
}
