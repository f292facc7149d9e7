//! Which cells of a release are withheld under a protection.
//!
//! The counts of one indicator, period and source are a block: a table of areas and breakdowns that
//! add up. Blocks have nothing to do with each other. Of each block the mask is computed over all
//! cells that are there or can be derived, together with what earlier releases showed of it, and then
//! audited. A block that is as in an earlier release has the mask that it had there. The mask of a
//! looser protection is inside that of a stricter one, so who has both has no more than the looser one
//! shows; where neither of two is the stricter one, both together are audited.
//!
//! Source: reference "disclosure control" 3.1, 3.3 and 3.5.

mod block;
mod codes;
mod compute;
mod failure;
mod help;
mod leaks;
mod report;
mod rounding;

use std::collections::BTreeMap;

use sdc::{Mask, Watch};

use crate::domain::area::Area;
use crate::domain::dataset::Dimension;
use crate::domain::protection::Protection;
use crate::domain::table::Table;

use block::{Block, BlockKey, Blocks};
use compute::Job;

pub(crate) use failure::{Failure, Unprotected, Why};
pub(crate) use help::Help;
pub(crate) use leaks::plain_filter_leaks;
pub(crate) use report::{BlockReport, Report};

/// The program that computes and audits masks, with its version.
pub(crate) const ENGINE: &str = concat!("alliantie-sdc ", env!("CARGO_PKG_VERSION"));

/// How a dataset is laid out: what adds up to what, and how it rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    /// All areas.
    pub areas: &'a [Area],
    /// The breakdowns of the dataset.
    pub dimensions: &'a [Dimension],
    /// Secret of the dataset, which decides which of its cells are rounded upwards.
    pub seed: &'a [u8],
}

/// What a reader under a protection gets of the cells of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shield {
    /// Which cells are withheld.
    pub mask: Mask,
    /// Which of the others are rounded upwards; none without rounding.
    pub upwards: Option<Mask>,
}

/// A release and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Edition<'a> {
    /// Its cells.
    pub table: &'a Table,
    /// Its shields, by protection.
    pub shields: BTreeMap<Protection, &'a Shield>,
}

/// A shield and how it was found.
#[derive(Clone, Debug)]
pub(crate) struct Shielded {
    /// The shield.
    pub shield: Shield,
    /// What was done and found.
    pub report: Report,
}

/// The shield of a release under a protection. `earlier` are the releases that were published before,
/// the oldest first; each has a shield under `protection` and under those that `release` has one of.
///
/// # Errors
/// When the counts do not add up, when there is no mask that leaves every protected cell the room that
/// it needs, or when `watch` ends the run.
pub(crate) fn shield(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<Shielded, Failure> {
    let blocks = Blocks::of(release.table);
    let before: Vec<Blocks<'_>> = earlier.iter().map(|edition| Blocks::of(edition.table)).collect();
    let mut mask = Mask::none(release.table.len());
    let mut upwards = (protection.rounding_base > 0).then(|| Mask::none(release.table.len()));
    let mut report = Report { protection, unknown: blocks.unknown.len(), blocks: Vec::new() };
    blocks.unknown.iter().for_each(|row| mask.hide(*row));
    for (key, block) in &blocks.by_key {
        let history = history(key, &before, earlier);
        let same = history.iter().find(|(old, _)| old.cells == block.cells);
        let kept = same.and_then(|(old, edition)| Some((*old, *edition.shields.get(&protection)?)));
        if let Some((old, kept)) = kept {
            copy(&kept.mask, &old.rows, &mut mask, &block.rows);
            if let Some((from, to)) = kept.upwards.as_ref().zip(upwards.as_mut()) {
                copy(from, &old.rows, to, &block.rows);
            }
            let withheld = block.rows.iter().filter(|row| mask.hides(**row)).count();
            report.blocks.push(BlockReport::kept(key, block.cells.len(), withheld));
            continue;
        }
        let job = Job::new(layout, key, &history, (block, release), protection);
        let found = job.run(watch).map_err(|failure| help::added(failure, &job, watch))?;
        let places: Vec<usize> = (0..block.rows.len()).collect();
        copy(&found.hidden, &places, &mut mask, &block.rows);
        if let Some(upwards) = &mut upwards {
            copy(&found.upwards, &places, upwards, &block.rows);
        }
        report.blocks.push(found.report);
    }
    Ok(Shielded { shield: Shield { mask, upwards }, report })
}

/// Audits the shield that `release` has under a protection, anew: everything that was shown of it and
/// of the releases before.
///
/// # Errors
/// As [`shield`].
pub(crate) fn check(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<Report, Failure> {
    let blocks = Blocks::of(release.table);
    let before: Vec<Blocks<'_>> = earlier.iter().map(|edition| Blocks::of(edition.table)).collect();
    let check = |(key, block)| {
        Job::new(layout, key, &history(key, &before, earlier), (block, release), protection).check(watch)
    };
    let checked = blocks.by_key.iter().map(check).collect::<Result<_, _>>()?;
    Ok(Report { protection, unknown: blocks.unknown.len(), blocks: checked })
}

/// The different contents of a block in earlier releases, the oldest first.
fn history<'a>(
    key: &BlockKey,
    before: &'a [Blocks<'a>],
    earlier: &'a [Edition<'a>],
) -> Vec<(&'a Block<'a>, &'a Edition<'a>)> {
    let mut history: Vec<(&Block<'_>, &Edition<'_>)> = Vec::new();
    for (blocks, edition) in before.iter().zip(earlier) {
        if let Some(old) = blocks.by_key.get(key)
            && history.iter().all(|(other, _)| other.cells != old.cells)
        {
            history.push((old, edition));
        }
    }
    history
}

/// Sets at `into` the bits that are set at `from`.
fn copy(mask: &Mask, from: &[usize], to: &mut Mask, into: &[usize]) {
    let set = from.iter().zip(into).filter(|(from, _)| mask.hides(**from));
    set.for_each(|(_, into)| to.hide(*into));
}
