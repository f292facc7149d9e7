//! What a recipient can compute from what is published, and whether a mask holds.
//!
//! The auditor shares the cell model with the protector and nothing else: it works on deviations
//! from the true table. A table that agrees with everything published deviates by a vector `d` with
//! `A d = 0` over the hidden cells, where `A` are the relations; a hidden cell can lie wherever such
//! a `d` takes it. Hidden cells that no relation binds together are judged apart.
//!
//! - Where every hidden cell is in at most two equations with opposite signs, the equations are a
//!   network: a cell is linearly recoverable when its edge is a bridge, and its interval is two
//!   maximal flows in whole numbers; those of lists, and of lists of lists, are found together in one walk. Two
//!   hidden shares of a known total, as those of a rate, are one unknown there.
//! - Elsewhere: Gauss-Jordan elimination and a bounded simplex in exact fractions, with branch and
//!   bound for whole numbers. Of components that are too large for that, elimination modulo a prime tells
//!   what is recoverable, and room is looked for near each cell only: among the cells of a few areas that have
//!   sums in common, and step by step around it.
//!
//! A bound that cannot be proven counts as unsafe.
//!
//! Source: reference "disclosure control" 3.2; Handbook on Statistical Disclosure Control (2nd
//! ed.), chapter 4, on the feasibility interval.

mod around;
mod bundles;
mod component;
mod equations;
mod flow;
mod graph;
mod judge;
#[cfg(test)]
mod made_up;
mod modular;
mod pool;
mod ratio;
mod reach;
mod signs;
mod simplex;
mod vicinity;

pub use judge::{Failure, Flaw, Verdict, judge};
pub use pool::{View, pooled};
pub use ratio::Fraction;

use crate::mask::Mask;
use crate::model::{CellId, Floor, Universe};
use crate::watch::{Cancelled, Phase, Watch, report};
use component::Component;
use reach::Reach;

/// Who looks at what.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The cells and relations.
    pub universe: &'a Universe,
    /// Which cells are hidden.
    pub hidden: &'a Mask,
    /// Hidden cells that the one who looks knows, because it supplied or contributed to them.
    pub known: &'a [CellId],
    /// What is known of hidden cells.
    pub floor: Floor,
    /// Whether values are whole numbers of the scale; otherwise anything between is possible.
    pub integer: bool,
}

impl Question<'_> {
    /// Whether a cell is hidden and can have another value.
    fn is_open(&self, cell: CellId) -> bool {
        self.hidden.hides(cell) && !self.universe.is_still(cell)
    }
}

/// Between which values a hidden cell lies, as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The lowest possible value; none when there is no lowest.
    pub low: Option<Fraction>,
    /// The highest possible value; none when there is no highest.
    pub high: Option<Fraction>,
    /// Whether these are the outermost values. When not, they are values that are surely possible.
    pub exact: bool,
}

impl Interval {
    /// Whether only one value is possible.
    #[must_use]
    pub fn is_point(&self) -> bool {
        self.low.is_some() && self.low == self.high
    }

    /// Highest minus lowest; none when there is no end, or the number does not fit.
    #[must_use]
    pub fn width(&self) -> Option<Fraction> {
        self.high?.minus(self.low?)
    }

    /// Whether highest minus lowest is at least `width`.
    #[must_use]
    pub fn spans(&self, width: i64) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => high.is_above_by(low, width),
            (None, _) | (_, None) => true,
        }
    }
}

/// What can be computed about each hidden cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Cells of which the value follows from the relations alone, by id; where no values are found for cells
    /// that nobody knows, as if these were known.
    pub recoverable: Vec<CellId>,
    /// The interval of every hidden cell that is not known, by id.
    pub intervals: Vec<(CellId, Interval)>,
}

impl Findings {
    /// The interval of a cell; none when it is shown or known.
    #[must_use]
    pub fn interval(&self, cell: CellId) -> Option<Interval> {
        let place = self.intervals.binary_search_by_key(&cell, |(cell, _)| *cell).ok()?;
        self.intervals.get(place).map(|(_, interval)| *interval)
    }
}

/// Computes what can be known about every hidden cell.
///
/// # Errors
/// When `watch` ends the run.
pub fn examine(question: &Question<'_>, watch: &dyn Watch) -> Result<Findings, Cancelled> {
    let components = Component::split(question);
    let all: usize = components.iter().map(|component| component.cells.len()).sum();
    let mut findings = Findings::default();
    for component in &components {
        let mut reach = Reach::of(question, component);
        findings.recoverable.extend(reach.recoverable());
        for local in 0..component.cells.len() {
            report(watch, Phase::Audit, findings.intervals.len(), all)?;
            let found = reach.interval(local);
            let interval = Interval { exact: found.exact && !component.beside_still, ..found };
            findings.intervals.push((component.cells[local], interval));
        }
    }
    findings.recoverable.sort_unstable();
    findings.intervals.sort_by_key(|(cell, _)| *cell);
    Ok(findings)
}
