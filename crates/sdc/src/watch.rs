//! Progress and cancellation of long runs.

/// Follows a run and may end it. The engines call [`Watch::step`] before every step; the answer never
/// changes a mask, it only decides whether there is one.
pub trait Watch {
    /// `done` of `all` steps of `phase` are done. `false` ends the run with [`Cancelled`].
    fn step(&self, phase: Phase, done: usize, all: usize) -> bool;
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Each protected cell gets the room that it needs.
    Protect,
    /// Cells that need not be hidden are shown again.
    Unhide,
    /// The mask is judged.
    Audit,
}

/// A run was ended before there was an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the run was cancelled; there is no mask and no verdict")
    }
}

impl std::error::Error for Cancelled {}

/// Lets every run end by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn step(&self, _: Phase, _: usize, _: usize) -> bool {
        true
    }
}

pub(crate) fn report(watch: &dyn Watch, phase: Phase, done: usize, all: usize) -> Result<(), Cancelled> {
    if watch.step(phase, done, all) { Ok(()) } else { Err(Cancelled) }
}
