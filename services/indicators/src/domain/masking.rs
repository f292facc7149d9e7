//! Which cells of a release are withheld under a protection.
//!
//! The counts of one indicator are cut into blocks by period; periods that lie in each other are one where it
//! is declared that they add up. Of each block the mask is computed over all cells that are there or can be
//! derived, together with what earlier releases and other sources say of it, and then audited. A block that is as
//! in the release before has the mask that it had there, unless others show more of it now. The mask of a looser
//! protection is inside that of a stricter one, and of two of which neither is stricter the later one is around
//! the other: whoever put their answers together have no more than the smallest mask shows.
//!
//! A rate is made of three counts: who are counted, all others, and both. Of these only who are counted can add
//! up over time. Every reader is taken to know of how many a rate is; who sees it is taken to know all three.
//!
//! Where it is agreed that nobody can estimate what an organisation contributes to a count, that is known of
//! each count as it is delivered and as it follows from others; one of which it is not known is withheld.
//!
//! Source: reference "disclosure control" 1.1, 2, 3.1, 3.3 and 3.5.

mod apart;
mod areas;
mod at_odds;
mod block;
mod codes;
mod compute;
mod contributions;
mod course;
mod effort;
mod failure;
mod help;
mod history;
mod leaks;
mod moments;
mod needs;
mod periods;
mod pools;
mod report;
mod rounding;
mod stage;
mod sums;
mod whole;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};

use sdc::{Mask, Watch};

use crate::domain::dataset::Dimension;
use crate::domain::declaration::Declarations;
use crate::domain::period::Period;
use crate::domain::protection::Protection;

use apart::Apart;
use block::{Block, Key, Part, same};
use compute::{Found, Job};
use history::Saying;
use periods::keys;

pub(crate) use apart::{Cause, unplaced};
pub(crate) use areas::Areas;
pub(crate) use block::Contents;
pub(crate) use course::{Course, Made, NotMade};
pub(crate) use failure::{Failure, MOST_CELLS, Sum, Unprotected, Why};
pub(crate) use help::{Smaller, Without};
pub(crate) use leaks::plain_filter_leaks;
pub(crate) use report::{BlockReport, Method, Report};
pub(crate) use rounding::Upwards;
pub(crate) use withheld::{Reason, WithheldCell, withheld_cells};

/// The program that computes and audits masks, with its version.
pub(crate) const ENGINE: &str = concat!("alliantie-sdc ", env!("CARGO_PKG_VERSION"));

/// Most blocks of which it is found out why they cannot be protected: each takes as long as one that can.
const MOST_BLOCKS: usize = 20;

/// How a dataset is laid out: what adds up to what, and how it rounds.
#[derive(Clone, Debug)]
pub(crate) struct Layout<'a> {
    /// All areas.
    pub areas: Areas<'a>,
    /// The breakdowns of the dataset.
    pub dimensions: &'a [Dimension],
    /// What is declared of its indicators.
    pub declared: &'a Declarations,
    /// Whether there are counts among its indicators. Then its rates are withheld: the two are protected
    /// apart, and who has both could make the one from the other.
    pub has_counts: bool,
    /// The indicators and periods of which a count was shown of an area that has no place now, see [`unplaced`].
    pub unplaced: BTreeSet<(&'a str, Period)>,
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
    /// Its counts.
    pub contents: &'a Contents<'a>,
    /// Its shields, by protection.
    pub shields: BTreeMap<Protection, &'a Shield>,
    /// Those of these protections under which nobody has answers of it.
    pub aside: BTreeSet<Protection>,
    /// Others under which it is to get a shield still: that is looked at beside those that are there then.
    pub coming: BTreeSet<Protection>,
}

impl<'a> Edition<'a> {
    /// A release and the shields that it has.
    pub(crate) fn new(contents: &'a Contents<'a>, shields: BTreeMap<Protection, &'a Shield>) -> Self {
        Self { contents, shields, aside: BTreeSet::new(), coming: BTreeSet::new() }
    }

    /// The protections under which there can be answers of it.
    fn answered(&self) -> impl Iterator<Item = &Protection> {
        self.shields.keys().filter(|protection| !self.aside.contains(*protection))
    }

    /// Whether a row of it is shown to somebody under a protection.
    fn shows(&self, protection: Protection, row: usize) -> bool {
        let is_answered = !self.aside.contains(&protection);
        is_answered && self.shields.get(&protection).is_some_and(|own| !own.mask.hides(row))
    }
}

/// A shield and how it was found.
#[derive(Clone, Debug)]
pub(crate) struct Shielded {
    /// The shield.
    pub shield: Shield,
    /// What was done and found.
    pub report: Report,
}

/// The shield of a release under a protection. `earlier` are the releases of which something was shown before,
/// the oldest first. Of one without a shield under a protection, its readers were shown nothing and never
/// will be.
///
/// # Errors
/// When the counts do not add up, when there is no mask that leaves every protected cell the room that
/// it needs, or when `watch` ends the run: each cause once, over all blocks.
pub(crate) fn shield(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<Shielded, Vec<Failure>> {
    let mut mask = Mask::none(release.contents.rows);
    let mut upwards = (protection.rounding_base > 0).then(|| Upwards::none(release.contents.rows));
    release.contents.unknown.keys().for_each(|row| mask.hide(*row));
    let contents: Vec<&Contents<'_>> = earlier.iter().chain([release]).map(|own| own.contents).collect();
    let apart = Apart::of(layout, &contents);
    let blocks = each(layout, earlier, release, |key, blocks| {
        let as_before = || kept(key, blocks, protection);
        let without_engine = match by_rule(&apart, key, blocks, protection) {
            // What was shown of it stays, and tells nothing new.
            Some((Cause::Unplaced, found)) => Some(as_before().unwrap_or(found)),
            Some((_, found)) => Some(found),
            None => as_before(),
        };
        let found = match without_engine {
            Some(found) => found,
            None => {
                let job = job(layout, key, blocks, release, protection);
                job.run(watch)?
            }
        };
        found.hidden.iter().for_each(|row| mask.hide(*row));
        if let Some(upwards) = &mut upwards {
            found.upwards.iter().for_each(|row| upwards.values.hide(*row));
            found.denominators.iter().for_each(|row| upwards.denominators.hide(*row));
        }
        Ok(found.report)
    })?;
    let report = Report::new(protection, release.contents, blocks);
    Ok(Shielded { shield: Shield { mask, upwards }, report })
}

/// Audits the shield that `release` has under a protection, anew: everything that was shown of it and
/// of the releases before. Of a block that is withheld by a rule nothing is, and it need not add up.
///
/// # Errors
/// As [`shield`].
pub(crate) fn check(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<Report, Vec<Failure>> {
    let contents: Vec<&Contents<'_>> = earlier.iter().chain([release]).map(|own| own.contents).collect();
    let apart = Apart::of(layout, &contents);
    let hides = |row| release.shields.get(&protection).is_some_and(|own| own.mask.hides(row));
    let blocks = each(layout, earlier, release, |key, blocks| {
        let by_rule = by_rule(&apart, key, blocks, protection);
        match by_rule.filter(|(_, found)| found.hidden.iter().all(|row| hides(*row))) {
            Some((_, found)) => Ok(found.report),
            None => job(layout, key, blocks, release, protection).check(watch),
        }
    });
    // What is not known to be protected was shown when more was known, or less.
    let shown = release.contents.unknown.iter().filter(|(row, _)| !hides(**row));
    let shown = shown
        .map(|(_, (indicator, count))| Failure::place(indicator, &[count.period], count.name()))
        .collect::<Vec<_>>();
    match blocks {
        checked if shown.is_empty() => {
            checked.map(|blocks| Report::new(protection, release.contents, blocks))
        }
        Ok(_) => Err(vec![Failure::about(Why::Unprotected, shown)]),
        Err(mut failures) => {
            Failure::about(Why::Unprotected, shown).add(&mut failures);
            Err(failures)
        }
    }
}

/// What each release says of a block, the oldest first and the new one last.
type Said<'a> = [(Block<'a>, &'a Edition<'a>)];

/// Works on every block that the release says something of. What is wrong with several is told at once.
fn each<'a, T>(
    layout: &Layout<'_>,
    earlier: &'a [Edition<'a>],
    release: &'a Edition<'a>,
    mut work: impl FnMut(&Key<'a>, &Said<'a>) -> Result<T, Failure>,
) -> Result<Vec<T>, Vec<Failure>> {
    let editions = || earlier.iter().chain([release]);
    let contents: Vec<&Contents<'a>> = editions().map(|edition| edition.contents).collect();
    let (mut all, mut failures, mut failed) = (Vec::new(), Vec::new(), 0);
    for key in keys(layout, &contents) {
        let said = editions().map(|edition| (edition.contents.block(&key).unwrap_or_default(), edition));
        let blocks: Vec<(Block<'a>, &Edition<'a>)> = said.collect();
        if blocks.last().is_none_or(|(new, _)| new.is_empty()) {
            continue;
        }
        match work(&key, &blocks) {
            Ok(found) => all.push(found),
            Err(mut failure) => {
                failed += 1;
                failure.blocks.insert((key.0.to_owned(), key.1.clone()));
                let last = failure.why.is_the_last() || failed == MOST_BLOCKS;
                failure.add(&mut failures);
                if last {
                    break;
                }
            }
        }
    }
    if failures.is_empty() { Ok(all) } else { Err(failures) }
}

/// Why nothing of a block is shown under a protection, whatever its size; none of one that is protected by
/// itself.
fn cause(apart: &Apart<'_>, key: &Key<'_>, block: &Block<'_>, protection: Protection) -> Option<Cause> {
    let own = apart.cause(key.0).or_else(|| contributions::cause(protection, block));
    own.or_else(|| apart.beside_unplaced(key))
}

/// A block of which nothing is shown, and why.
fn by_rule(
    apart: &Apart<'_>,
    key: &Key<'_>,
    blocks: &Said<'_>,
    protection: Protection,
) -> Option<(Cause, Found)> {
    let (new, _) = blocks.last()?;
    let cause = cause(apart, key, new, protection)?;
    let hidden: BTreeSet<usize> = rows(new).collect();
    let said: BTreeSet<Period> = new.values().flat_map(Part::all).map(|count| count.period).collect();
    let key = &(key.0, key.1.iter().copied().filter(|period| said.contains(period)).collect());
    let report = BlockReport::without_engine(key, Method::Withheld(cause), hidden.len(), hidden.len());
    Some((cause, Found { hidden, upwards: Vec::new(), denominators: Vec::new(), report }))
}

/// What is withheld of a block that is as in the release before, or none. One that is as it once was is
/// new beside what came between, and so is one of which others show more than they did: the mask was not made
/// beside that.
fn kept(key: &Key<'_>, blocks: &Said<'_>, protection: Protection) -> Option<Found> {
    let ((new, release), old) = blocks.split_last()?;
    let (old, edition) = old.iter().rfind(|(block, _)| !block.is_empty())?;
    let shield = edition.shields.get(&protection).filter(|_| same(old, new))?;
    let both = || rows(old).zip(rows(new));
    let shows = |of: &Edition<'_>, other, row| of.shields.get(other).is_some_and(|own| !own.mask.hides(row));
    let shows_more =
        |other| both().any(|(from, to)| shows(release, other, to) && !shows(edition, other, from));
    if release.answered().any(shows_more) {
        return None;
    }
    let of = |mask: &Mask| -> Vec<usize> {
        both().filter(|(from, _)| mask.hides(*from)).map(|(_, to)| to).collect()
    };
    let hidden: BTreeSet<usize> = of(&shield.mask).into_iter().collect();
    let rounded = shield.upwards.as_ref();
    let upwards = rounded.map(|up| of(&up.values)).unwrap_or_default();
    let denominators = rounded.map(|up| of(&up.denominators)).unwrap_or_default();
    let report = BlockReport::without_engine(key, Method::Kept, rows(new).count(), hidden.len());
    Some(Found { hidden, upwards, denominators, report })
}

fn rows<'a>(block: &'a Block<'_>) -> impl Iterator<Item = usize> + 'a {
    block.values().flat_map(Part::places)
}

fn job<'a>(
    layout: &'a Layout<'a>,
    key: &'a Key<'a>,
    blocks: &'a Said<'a>,
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
