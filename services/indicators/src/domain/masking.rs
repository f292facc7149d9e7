//! Which cells of a release are withheld under a protection.
//!
//! The counts of one indicator are cut into blocks by period; periods that lie in each other and add up
//! are one. Of each block the mask is computed over all cells that are there or can be derived, together
//! with what earlier releases and other sources say of it, and then audited. A block that is as in
//! the release before has the mask that it had there. The mask of a looser protection is inside that of a
//! stricter one, and of two of which neither is stricter the later one is around the other: whoever put
//! their answers together have no more than the smallest mask shows.
//!
//! A rate is shown when the three counts are that it is made of: who are counted, all others, and both.
//! So who sees a rate is taken to know all three, and who does not is taken to know none.
//!
//! Source: reference "disclosure control" 2, 3.1, 3.3 and 3.5.

mod block;
mod codes;
mod compute;
mod failure;
mod help;
mod history;
mod leaks;
mod report;
mod rounding;

use std::collections::BTreeMap;

use sdc::{Mask, Watch};

use crate::domain::area::Area;
use crate::domain::dataset::Dimension;
use crate::domain::protection::Protection;
use crate::domain::table::Table;

use block::{Block, Contents, Key, Part, keys, same};
use compute::Job;
use history::Saying;

pub(crate) use failure::{Failure, Unprotected, Why};
pub(crate) use help::Help;
pub(crate) use leaks::plain_filter_leaks;
pub(crate) use report::{BlockReport, Report};
pub(crate) use rounding::Upwards;

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
    pub upwards: Option<Upwards>,
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
/// the oldest first; each has a shield under `protection`, and under those that `release` has one of.
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
    let before: Vec<Contents<'_>> = earlier.iter().map(|edition| Contents::of(edition.table)).collect();
    let contents = Contents::of(release.table);
    let mut mask = Mask::none(release.table.len());
    let mut upwards = (protection.rounding_base > 0).then(|| Upwards::none(release.table.len()));
    let mut report = Report { protection, unknown: contents.unknown.len(), blocks: Vec::new() };
    contents.unknown.iter().for_each(|row| mask.hide(*row));
    let all = Releases { before, earlier, contents, release };
    for (key, blocks) in all.blocks() {
        let Some((new, old)) = blocks.split_last().filter(|(new, _)| !new.0.is_empty()) else { continue };
        // A block that is as it once was is new beside what came between.
        let kept = old.iter().rfind(|(block, _)| !block.is_empty()).filter(|(block, _)| same(block, &new.0));
        let kept = kept.and_then(|(block, edition)| Some((block, *edition.shields.get(&protection)?)));
        if let Some((old, kept)) = kept {
            let (mut cells, mut withheld) = (0, 0);
            for (from, to) in rows(old).zip(rows(&new.0)) {
                cells += 1;
                if kept.mask.hides(from) {
                    mask.hide(to);
                    withheld += 1;
                }
                if let Some((kept, upwards)) = kept.upwards.as_ref().zip(upwards.as_mut()) {
                    upwards.copy(to, kept, from);
                }
            }
            report.blocks.push(BlockReport::kept(&key, cells, withheld));
            continue;
        }
        let job = job(layout, &key, &blocks, release, protection);
        let found = job.run(watch).map_err(|failure| help::added(failure, &job, watch))?;
        found.hidden.iter().for_each(|row| mask.hide(*row));
        if let Some(upwards) = &mut upwards {
            found.upwards.iter().for_each(|row| upwards.values.hide(*row));
            found.denominators.iter().for_each(|row| upwards.denominators.hide(*row));
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
    let before: Vec<Contents<'_>> = earlier.iter().map(|edition| Contents::of(edition.table)).collect();
    let contents = Contents::of(release.table);
    let mut report = Report { protection, unknown: contents.unknown.len(), blocks: Vec::new() };
    let all = Releases { before, earlier, contents, release };
    for (key, blocks) in all.blocks() {
        if blocks.last().is_some_and(|(new, _)| !new.is_empty()) {
            report.blocks.push(job(layout, &key, &blocks, release, protection).check(watch)?);
        }
    }
    Ok(report)
}

/// A release and those before it.
struct Releases<'a> {
    before: Vec<Contents<'a>>,
    earlier: &'a [Edition<'a>],
    contents: Contents<'a>,
    release: &'a Edition<'a>,
}

impl<'a> Releases<'a> {
    /// Every block, with what each release says of it, the oldest first and the new one last.
    fn blocks(&'a self) -> impl Iterator<Item = (Key<'a>, Vec<(Block<'a>, &'a Edition<'a>)>)> {
        let contents: Vec<&Contents<'a>> = self.before.iter().chain([&self.contents]).collect();
        let editions: Vec<&Edition<'a>> = self.earlier.iter().chain([self.release]).collect();
        keys(&contents).into_iter().map(move |key| {
            let said = contents.iter().zip(&editions);
            let blocks = said.map(|(contents, edition)| (contents.block(&key).unwrap_or_default(), *edition));
            let blocks = blocks.collect();
            (key, blocks)
        })
    }
}

fn rows<'a>(block: &'a Block<'_>) -> impl Iterator<Item = usize> + 'a {
    block.values().flat_map(Part::places)
}

fn job<'a>(
    layout: &'a Layout<'a>,
    key: &'a Key<'a>,
    blocks: &'a [(Block<'a>, &'a Edition<'a>)],
    release: &'a Edition<'a>,
    protection: Protection,
) -> Job<'a> {
    let newest = blocks.len().saturating_sub(1);
    let sayings = blocks.iter().enumerate().flat_map(|(place, (block, edition))| {
        let new = place == newest;
        block.iter().map(move |(source, part)| Saying { source, part, edition, new })
    });
    Job { layout, key, sayings: sayings.collect(), release, protection }
}

#[cfg(test)]
mod tests;
