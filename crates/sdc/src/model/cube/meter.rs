//! What it takes to put cells together, beside what goes with their number.

/// Steps that putting a given cell together takes, in a table of which most cells are given: a step is a place in a
/// sum, or a term of an equation, that is looked at.
const STEPS: usize = 16;
/// Cells for which it is asked at once.
const AT_ONCE: usize = 512;

/// Counts steps, and asks whether there may be more of them than go with the cells that are given.
pub(super) struct Meter<'a> {
    again: &'a mut dyn FnMut(usize) -> bool,
    /// Steps that may still be done without asking.
    free: usize,
    /// Steps that were not asked for yet.
    owed: usize,
    stopped: bool,
}

impl<'a> Meter<'a> {
    /// A meter for one attempt with so many cells. `again` is asked whether work may be done as it takes to put so many
    /// cells together once more.
    pub(super) fn new(cells: usize, again: &'a mut dyn FnMut(usize) -> bool) -> Self {
        Self { again, free: cells.saturating_mul(STEPS), owed: 0, stopped: false }
    }

    /// Counts steps; whether there may be more.
    pub(super) fn count(&mut self, steps: usize) -> bool {
        let free = self.free.min(steps);
        self.free -= free;
        self.owed = self.owed.saturating_add(steps - free);
        self.owed < STEPS * AT_ONCE && !self.stopped || self.settle()
    }

    /// Asks for what was not asked for yet; whether all that was asked for may be.
    pub(super) fn settle(&mut self) -> bool {
        let cells = self.owed / STEPS;
        self.owed %= STEPS;
        self.stopped = self.stopped || (cells > 0 && !(self.again)(cells));
        !self.stopped
    }
}
