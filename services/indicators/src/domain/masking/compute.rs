//! The mask of one block, together with what was published of it before.

use std::collections::{BTreeMap, BTreeSet};

use sdc::protect::Engine;
use sdc::{Mask, Watch};

use super::block::{Count, Key};
use super::failure::{Failure, Why};
use super::history::{MOST_PUT_TOGETHER, Saying, readings};
use super::report::{BlockReport, Method};
use super::stage::Stage;
use super::withheld::WithheldCell;
use super::{Edition, Layout};
use crate::domain::protection::Protection;

/// A block to protect.
#[derive(Clone)]
pub(super) struct Job<'a> {
    pub(super) layout: &'a Layout<'a>,
    pub(super) key: &'a Key<'a>,
    /// What was said of it in earlier releases, the oldest first, and then in the new one.
    pub(super) sayings: Vec<Saying<'a>>,
    /// The release that is to be protected.
    pub(super) release: &'a Edition<'a>,
    pub(super) protection: Protection,
}

/// What was found.
pub(super) struct Found {
    /// Rows of the table that are withheld.
    pub hidden: BTreeSet<usize>,
    /// Rows of which the count, or the numerator, is rounded upwards.
    pub upwards: Vec<usize>,
    /// Rows of which the denominator is.
    pub denominators: Vec<usize>,
    pub report: BlockReport,
}

/// A block by each way to read its counts.
struct Readings<'a> {
    first: Stage<'a>,
    other: Option<Stage<'a>>,
}

impl<'a> Readings<'a> {
    fn all(&self) -> impl Iterator<Item = &Stage<'a>> {
        std::iter::once(&self.first).chain(&self.other)
    }
}

impl Job<'_> {
    /// Computes the mask and has it audited, alone and beside those of the other protections, by each way to
    /// read the counts: what is withheld by one is by all. Where withheld rates are of few together, another one
    /// is withheld with them, which ends as there are only so many. Where nothing shows that a mask holds, nothing new
    /// is shown if then readers have no more than they had.
    pub(super) fn run(&self, watch: &dyn Watch) -> Result<Found, Failure> {
        let readings = self.readings(watch)?;
        match self.protect(&readings, watch) {
            Err(Failure { why: Why::NotProven, .. }) if self.can_show_nothing(&readings) => {
                let hidden = readings.first.new_rows();
                let report = readings.first.report(&hidden, Method::General);
                Ok(Found { hidden, upwards: Vec::new(), denominators: Vec::new(), report })
            }
            found => found,
        }
    }

    /// Whether readers, also with the answers under other protections, have no more than they had when all that is
    /// new is withheld, where counts do not fit together or nothing was shown before. What does not apply never is
    /// withheld. Nor is of how many a rate is: beside rates that were shown, or over time, that can tell more.
    fn can_show_nothing(&self, readings: &Readings<'_>) -> bool {
        let is_first = self.sayings.iter().all(|saying| saying.new || saying.is_unseen());
        let tells_nothing = is_first && self.key.1.len() == 1;
        let is_withheld = |count: &Count<'_>| count.side.is_none() || tells_nothing;
        let mut new = self.sayings.iter().filter(|saying| saying.new);
        let others = self.release.shields.iter().filter(|(other, _)| **other != self.protection);
        let masks: Vec<&Mask> = others.map(|(_, shield)| &shield.mask).collect();
        (is_first || readings.other.is_some())
            && new.all(|saying| saying.part.none.is_empty() && saying.part.cells.iter().all(is_withheld))
            && readings.first.new_rows().iter().all(|row| masks.iter().all(|mask| mask.hides(*row)))
    }

    fn protect(&self, readings: &Readings<'_>, watch: &dyn Watch) -> Result<Found, Failure> {
        let mut hidden = BTreeSet::new();
        let outcomes = loop {
            let (before, mut outcomes) = (hidden.len(), Vec::new());
            for stage in readings.all() {
                let outcome = stage.protect(&hidden, watch)?;
                hidden.extend(stage.withheld(&outcome.mask));
                outcomes.push(outcome);
            }
            if readings.other.is_some() && hidden.len() > before {
                continue;
            }
            let mut for_sums = BTreeSet::new();
            for (stage, outcome) in readings.all().zip(&outcomes) {
                for_sums.extend(stage.rows_for_sums(&outcome.mask, &hidden)?);
            }
            if for_sums.is_empty() {
                break outcomes;
            }
            hidden.extend(for_sums);
        };
        for (stage, outcome) in readings.all().zip(&outcomes) {
            let mask = stage.without(&outcome.mask, &hidden);
            stage.audit(&mask, &outcome.certificates, watch)?;
            stage.audit_beside_others(&mask, &outcome.certificates, watch)?;
        }
        let in_networks = outcomes.iter().all(|outcome| outcome.engine == Engine::Network);
        let method = if in_networks { Method::Network } else { Method::General };
        let report = readings.first.report(&hidden, method);
        let (upwards, denominators) = readings.first.upwards(&hidden);
        Ok(Found { hidden, upwards, denominators, report })
    }

    /// Audits the mask that the block has under the protection.
    pub(super) fn check(&self, watch: &dyn Watch) -> Result<BlockReport, Failure> {
        let readings = self.readings(watch)?;
        let first = &readings.first;
        let hidden = first.withheld(&first.hidden_under(self.protection));
        let shows_nothing = hidden == first.new_rows() && self.can_show_nothing(&readings);
        match self.audit(&readings, watch) {
            Err(Failure { why: Why::NotProven, .. }) if shows_nothing => {}
            audited => audited?,
        }
        Ok(first.report(&hidden, Method::Kept))
    }

    fn audit(&self, readings: &Readings<'_>, watch: &dyn Watch) -> Result<(), Failure> {
        for stage in readings.all() {
            let mask = stage.hidden_under(self.protection);
            stage.audit(&mask, &[], watch)?;
            stage.audit_sums(&mask)?;
            stage.audit_beside_others(&mask, &[], watch)?;
        }
        Ok(())
    }

    /// The cells that are withheld under the protection, by whichever way the counts are read.
    pub(super) fn withheld(&self, watch: &dyn Watch) -> Result<Vec<WithheldCell>, Failure> {
        let mut cells: BTreeMap<usize, WithheldCell> = BTreeMap::new();
        for stage in self.readings(watch)?.all() {
            for own in stage.withheld_cells(watch)? {
                cells.entry(own.row).and_modify(|cell| *cell = cell.and(own)).or_insert(own);
            }
        }
        Ok(cells.into_values().collect())
    }

    /// That of the job, and all under which something may have been shown.
    fn protections(&self) -> BTreeSet<Protection> {
        let shown = self.sayings.iter().flat_map(|saying| saying.edition.shields.keys());
        shown.chain([&self.protection]).copied().collect()
    }

    fn readings(&self, watch: &dyn Watch) -> Result<Readings<'_>, Failure> {
        let (indicator, periods) = self.key;
        let key = (*indicator, periods.as_slice());
        let protections = self.protections();
        let matters = |rest: i64, of: i64| protections.iter().any(|own| own.asks_of_rest(rest, of));
        let withheld = |count: &Count<'_>| count.side.is_none() && self.protection.is_small(count.value);
        let most = MOST_PUT_TOGETHER;
        let (first, other) = readings(self.layout, key, &self.sayings, &withheld, &matters, most, watch)?;
        Ok(Readings { first: Stage::new(self, first), other: other.map(|own| Stage::new(self, own)) })
    }
}
