//! Which cells of a release are withheld, why, and what readers have to leave of each: for its owner.

use sdc::Watch;

use super::apart::{Apart, Cause};
use super::block::Contents;
use super::{Edition, Failure, Layout, by_rule, each, job};
use crate::domain::protection::Protection;

/// Why a cell is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is unsafe by itself.
    Unsafe,
    /// It would give away another one.
    ForOthers,
    /// Whatever its size: for this cause, or since the group behind it is not known.
    Whatever(Option<Cause>),
}

/// A cell that is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WithheldCell {
    /// Its row in the table.
    pub row: usize,
    /// Why.
    pub reason: Reason,
    /// The lowest number that readers have to take as possible for its count, or its numerator; none when
    /// nothing of it is shown.
    pub lowest: Option<i64>,
    /// The highest one; none when there is none.
    pub highest: Option<i64>,
}

impl WithheldCell {
    /// Both are about one cell, by two ways to read the counts: readers leave what both leave.
    pub(super) fn and(self, other: Self) -> Self {
        let reason = if other.reason == Reason::Unsafe { other.reason } else { self.reason };
        let least = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
        Self {
            reason,
            lowest: self.lowest.max(other.lowest),
            highest: least(self.highest, other.highest),
            ..self
        }
    }

    fn whatever(row: usize, cause: Option<Cause>) -> Self {
        Self { row, reason: Reason::Whatever(cause), lowest: None, highest: None }
    }
}

/// The cells that the shield of `release` under a protection withholds, in the order of the table, beside all
/// that was shown of it and of the releases before.
///
/// # Errors
/// When the counts do not add up, or when `watch` ends the run.
pub(crate) fn withheld_cells(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<Vec<WithheldCell>, Vec<Failure>> {
    let contents: Vec<&Contents<'_>> = earlier.iter().chain([release]).map(|own| own.contents).collect();
    let apart = Apart::of(layout, &contents);
    let hides = |row: usize| release.shields.get(&protection).is_some_and(|own| own.mask.hides(row));
    let unknown = release.contents.unknown.keys().filter(|row| hides(**row));
    let unknown = unknown.map(|row| WithheldCell::whatever(*row, None));
    let of_blocks = each(layout, earlier, release, |key, blocks| {
        let by_rule = by_rule(&apart, key, blocks, protection);
        match by_rule.filter(|(_, found)| found.hidden.iter().all(|row| hides(*row))) {
            Some((cause, found)) => {
                let rows = found.hidden.iter();
                Ok(rows.map(|row| WithheldCell::whatever(*row, Some(cause))).collect::<Vec<_>>())
            }
            None => job(layout, key, blocks, release, protection).withheld(watch),
        }
    })?;
    let mut cells: Vec<WithheldCell> = unknown.chain(of_blocks.into_iter().flatten()).collect();
    cells.sort_by_key(|cell| cell.row);
    Ok(cells)
}
