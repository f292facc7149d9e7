//! Which cells to hide so that every protected cell has the room that it needs.
//!
//! The protector starts with the unsafe cells hidden. For each of them it looks for alternative
//! tables that agree with everything published and take the cell far enough; where there are none,
//! it hides the cheapest cells that make one possible. Then it shows again, dearest first, what need
//! not be hidden. Every alternative is kept as a [`Certificate`] in whole numbers.
//!
//! - Network engine: when the relations form a network (an area tree by one flat breakdown), an
//!   alternative is a flow, and the cheapest repair is a cheapest path.
//!   Shares of totals that stay as they are, as those of rates of which it is known of how many, form one
//!   where counts by themselves do.
//! - General engine: otherwise alternatives are built relation by relation, best first; where that finds
//!   none, a program in whole numbers looks among all cells of a few areas together. Before a cell is given up
//!   it does so as if everything that may be hidden were, and hides what moves then; where only cells and sums
//!   are given, areas are found in how sums cross. Where that finds none either, the table is found in how sums
//!   cross, and corners of boxes in it are looked at from then on. Sparse row reduction modulo 2^61 - 1 confirms at
//!   the end that no protected cell is recoverable.
//!
//! The same cells, needs and insiders always give the same mask: nothing depends on time, threads or
//! the order of input, and ties go to the lowest cell.
//!
//! Source: reference "disclosure control" 3.3; M. Fischetti and J. J. Salazar (2000) on cell
//! suppression; J. Castro (2006) on shortest paths for cell suppression.

mod algebra;
mod balance;
mod blocks;
mod boxes;
mod crossed;
mod driver;
mod fill;
mod nest;
mod network;
mod paths;
mod program;
mod shares;
mod skips;
mod state;
mod vicinity;

pub use algebra::recoverable;
pub(crate) use fill::fill;
pub use nest::nested;

use std::fmt;

use crate::mask::Mask;
use crate::model::{CellId, Certificate, Floor, Insider, Need, Universe};
use crate::watch::{Cancelled, Watch};
use balance::Balance;
use driver::Driver;
use network::Network;
use paths::Paths;
use shares::Shares;
use state::{Mover, State};

/// What to protect.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The cells and relations.
    pub universe: &'a Universe,
    /// The protected cells and what each needs.
    pub needs: &'a [Need],
    /// What recipients know of hidden cells. A cell under the floor is never hidden.
    pub floor: Floor,
    /// Who knows cells as their contributor. To none of them a protected cell may become exactly known but those
    /// that they know and those that are about nobody else.
    pub insiders: &'a [Insider],
    /// Cells that recipients have already: shown to them before, or to be published whatever the cost.
    pub must_publish: &'a [CellId],
    /// Cells that stay hidden whatever happens, for example because a looser policy or an earlier
    /// edition hides them. Others may rely on it that they are. Of shares of a known total the other one
    /// is hidden too, unless it is published whatever happens.
    pub must_hide: &'a [CellId],
}

/// How a mask was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Flows and paths in a network.
    Network,
    /// Any relations.
    General,
}

/// A mask and what shows that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which cells are hidden: protected ones, those that are never published, and secondary ones.
    pub mask: Mask,
    /// How it was found.
    pub engine: Engine,
    /// Alternative tables for the protected cells.
    pub certificates: Vec<Certificate>,
    /// How many cells that could be published are hidden for the sake of others; those that must be
    /// hidden are not counted.
    pub secondary: usize,
}

/// There is no mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMask {
    /// Nothing was found to hide that protects these cells: a coarser level or fewer breakdowns would
    /// help. The network engine overlooks nothing; the general one may, where there are many cells. A
    /// cell that must be hidden or protected and must be published is one of them.
    Impossible {
        /// The cells.
        cells: Vec<CellId>,
    },
    /// The run was ended.
    Cancelled,
}

impl fmt::Display for NoMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible { cells } => write!(
                f,
                "nothing was found to hide that protects {} cells; use a coarser level or fewer breakdowns",
                cells.len()
            ),
            Self::Cancelled => Cancelled.fmt(f),
        }
    }
}

impl std::error::Error for NoMask {}

impl From<Cancelled> for NoMask {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Finds a mask, with the network engine when the relations form a network.
///
/// # Errors
/// When cells cannot be protected, or `watch` ends the run.
pub fn protect(task: &Task<'_>, watch: &dyn Watch) -> Result<Outcome, NoMask> {
    begin(task, &State::new(task), watch)
}

/// Finds a mask with the given engine; none when the relations form no network and that engine is
/// asked for.
///
/// # Errors
/// As [`protect`].
pub fn protect_with(engine: Engine, task: &Task<'_>, watch: &dyn Watch) -> Option<Result<Outcome, NoMask>> {
    let state = State::new(task);
    match engine {
        Engine::General => Some(in_general(task, state, watch)),
        Engine::Network => {
            in_network(task, state, Shares::none(task.universe.len()), watch).map(|found| found.result)
        }
    }
}

/// Finds a mask from here on.
fn begin(task: &Task<'_>, state: &State, watch: &dyn Watch) -> Result<Outcome, NoMask> {
    let plain = Shares::none(task.universe.len());
    let found = in_network(task, state.clone(), plain, watch)
        .or_else(|| in_network(task, state.clone(), Shares::of(task)?, watch));
    match found {
        Some(found) if found.is_final || !matches!(found.result, Err(NoMask::Impossible { .. })) => {
            found.result
        }
        None | Some(_) => in_general(task, state.clone(), watch),
    }
}

/// What the network engine finds.
struct Found {
    result: Result<Outcome, NoMask>,
    /// Whether no other engine finds a mask where this one finds none. Totals of shares that are hidden may
    /// move, which gives more room.
    is_final: bool,
}

fn in_network(task: &Task<'_>, mut state: State, shares: Shares, watch: &dyn Watch) -> Option<Found> {
    let network = Network::of(task.universe, &shares)?;
    let can_hide = shares.join(task, &mut state);
    let is_final = can_hide && (0..network.still.len()).all(|cell| !network.still[cell] || state.open[cell]);
    let result = run(task, state, Paths::new(network, shares), Engine::Network, watch);
    Some(Found { result, is_final })
}

fn in_general(task: &Task<'_>, state: State, watch: &dyn Watch) -> Result<Outcome, NoMask> {
    let outcome = run(task, state, Balance::new(task.universe), Engine::General, watch)?;
    let known = recoverable(task.universe, &outcome.mask);
    let cells: Vec<CellId> =
        task.needs.iter().map(|need| need.cell).filter(|cell| known.binary_search(cell).is_ok()).collect();
    if cells.is_empty() { Ok(outcome) } else { Err(NoMask::Impossible { cells }) }
}

fn run(
    task: &Task<'_>,
    state: State,
    mover: impl Mover,
    engine: Engine,
    watch: &dyn Watch,
) -> Result<Outcome, NoMask> {
    let mut driver = Driver::new(task, state, mover);
    driver.secure(watch)?;
    driver.unhide(watch)?;
    Ok(driver.outcome(engine))
}
