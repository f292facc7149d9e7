//! The mask of one block, together with what was published of it before.

use std::collections::{BTreeMap, BTreeSet};

use sdc::protect::Engine;
use sdc::{Mask, Watch};

use super::at_odds::at_odds;
use super::block::{Count, Key};
use super::effort::{Effort, MOST_PUT_TOGETHER};
use super::failure::{Failure, Unprotected, Why};
use super::history::{Readings, Saying, Told, readings};
use super::moments::{Seen, views};
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
struct Stages<'a> {
    first: Stage<'a>,
    other: Option<Stage<'a>>,
    told: Told<'a>,
}

impl<'a> Stages<'a> {
    fn all(&self) -> impl Iterator<Item = &Stage<'a>> {
        std::iter::once(&self.first).chain(&self.other)
    }
}

impl Job<'_> {
    /// Computes the mask and has it audited. What is new and does not fit with what was shown before is withheld, so that
    /// all of that may be true still. What is withheld keeps nothing that was shown out of what readers put
    /// together, so the counts are read again without it until no more is.
    pub(super) fn run(&self, watch: &dyn Watch) -> Result<Found, Failure> {
        let mut effort = Effort::new(MOST_PUT_TOGETHER, watch);
        let mut hidden = self.at_odds(&mut effort)?;
        loop {
            let readings = self.readings(&hidden, &mut effort)?;
            let found = self.found(&readings, &hidden, watch)?;
            let is_all = || readings.told.is_all_for(&self.sayings, &self.views(&found.hidden));
            if found.hidden == hidden || readings.other.is_none() && is_all() {
                return Ok(found);
            }
            hidden = found.hidden;
        }
    }

    /// A mask under which at least these rows are withheld. Where nothing shows that one holds, nothing new is
    /// shown if then readers have no more than they had.
    fn found(
        &self,
        readings: &Stages<'_>,
        rows: &BTreeSet<usize>,
        watch: &dyn Watch,
    ) -> Result<Found, Failure> {
        match self.protect(readings, rows, watch) {
            Err(Failure { why: Why::NotProven, .. }) if self.can_show_nothing(readings) => {
                let hidden = &readings.first.unseen_rows() | rows;
                let report = readings.first.report(&hidden, Method::General);
                let (upwards, denominators) = readings.first.upwards(&hidden);
                Ok(Found { hidden, upwards, denominators, report })
            }
            found => found,
        }
    }

    /// Whether readers, also with the answers under other protections, have no more than they had when all that is
    /// new is withheld, where counts do not fit together or nothing was shown before. What does not apply never is
    /// withheld. Nor is of how many a rate is: beside rates that were shown, or over time, that can tell more. And
    /// who is the only one in something new knows it beside what was shown.
    fn can_show_nothing(&self, readings: &Stages<'_>) -> bool {
        let is_first = self.sayings.iter().all(|saying| saying.new || saying.is_unseen());
        let tells_nothing = is_first && self.key.1.len() == 1;
        let is_withheld = |count: &Count<'_>| count.side.is_none() || tells_nothing;
        let mut new = self.sayings.iter().filter(|saying| saying.new);
        let others = self.release.shields.iter().filter(|(other, _)| **other != self.protection);
        let masks: Vec<&Mask> = others.map(|(_, shield)| &shield.mask).collect();
        (is_first || readings.other.is_some() && !readings.all().any(Stage::tells_insiders))
            && new.all(|saying| saying.part.none.is_empty() && saying.part.cells.iter().all(is_withheld))
            && readings.first.unseen_rows().iter().all(|row| masks.iter().all(|mask| mask.hides(*row)))
    }

    /// Computes a mask under which at least these rows are withheld and has it audited, alone and beside those of the
    /// other protections, by each way to read the counts: what is withheld by one is by all. Where withheld rates
    /// are of few together, another one is withheld with them, which ends as there are only so many.
    fn protect(
        &self,
        readings: &Stages<'_>,
        rows: &BTreeSet<usize>,
        watch: &dyn Watch,
    ) -> Result<Found, Failure> {
        let mut hidden = rows.clone();
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
        let effort = &mut Effort::new(MOST_PUT_TOGETHER, watch);
        let withheld = self.withheld_rows();
        let at_odds = &self.at_odds(effort)? - &withheld;
        if !at_odds.is_empty() {
            return Err(Failure::about(Why::Unprotected, self.named(&at_odds)));
        }
        let readings = self.readings(&withheld, effort)?;
        let first = &readings.first;
        let hidden = first.withheld(&first.hidden_under(self.protection));
        let shows_nothing = hidden.is_superset(&first.unseen_rows()) && self.can_show_nothing(&readings);
        match self.audit(&readings, watch) {
            Err(Failure { why: Why::NotProven, .. }) if shows_nothing => {}
            audited => audited?,
        }
        Ok(first.report(&hidden, Method::Kept))
    }

    fn audit(&self, readings: &Stages<'_>, watch: &dyn Watch) -> Result<(), Failure> {
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
        for stage in self.readings(&self.withheld_rows(), &mut Effort::new(MOST_PUT_TOGETHER, watch))?.all() {
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

    /// The rows that the shield of the release withholds.
    fn withheld_rows(&self) -> BTreeSet<usize> {
        let new = self.sayings.iter().filter(|saying| saying.new);
        let rows = new.flat_map(|saying| saying.part.rows.iter().copied());
        let shield = self.release.shields.get(&self.protection);
        rows.filter(|row| shield.is_some_and(|own| own.mask.hides(*row))).collect()
    }

    /// The rows of the release that do not fit with what anybody was shown before, but for zeros where these are no
    /// secret. Those that are shown under another protection would tell who has both what is withheld here.
    fn at_odds(&self, effort: &mut Effort<'_>) -> Result<BTreeSet<usize>, Failure> {
        let (indicator, periods) = self.key;
        let rows = at_odds(self.layout, (*indicator, periods.as_slice()), &self.sayings, effort)?;
        let under = |protection: Protection| {
            let is_secret = move |nobody: bool| !nobody || protection.protect_zeros;
            rows.iter().filter(move |(_, nobody)| is_secret(**nobody)).map(|(row, _)| *row)
        };
        for other in self.release.answered().filter(|other| **other != self.protection) {
            let shown: BTreeSet<usize> =
                under(*other).filter(|row| self.release.shows(*other, *row)).collect();
            if !shown.is_empty() {
                return Err(Failure::about(Why::Together(*other), self.named(&shown)));
            }
        }
        Ok(under(self.protection).collect())
    }

    /// These rows of the release by name.
    fn named(&self, rows: &BTreeSet<usize>) -> Vec<Unprotected> {
        let new = self.sayings.iter().filter(|saying| saying.new);
        let all = new.flat_map(|saying| {
            saying
                .part
                .cells
                .iter()
                .zip(&saying.part.rows)
                .map(move |(count, row)| (saying.source, count, row))
        });
        let named = |(source, count, _): (&str, &Count<'_>, _)| Unprotected {
            source: source.to_owned(),
            ..Failure::place(self.key.0, &[count.period], count.name())
        };
        all.filter(|(_, _, row)| rows.contains(row)).map(named).collect()
    }

    /// What readers have seen when these rows of the release are withheld.
    fn views(&self, withheld: &BTreeSet<usize>) -> Vec<Seen<'_>> {
        views(&self.sayings, self.protection, withheld)
    }

    /// The readings when these rows of the release are withheld.
    fn readings(&self, withheld: &BTreeSet<usize>, effort: &mut Effort<'_>) -> Result<Stages<'_>, Failure> {
        let (indicator, periods) = self.key;
        let key = (*indicator, periods.as_slice());
        let protections = self.protections();
        let matters = |rest: i64, of: i64| protections.iter().any(|own| own.asks_of_rest(rest, of));
        let views = self.views(withheld);
        let Readings { first, other, told } =
            readings(self.layout, key, &self.sayings, &views, &matters, effort)?;
        let stage = |whole| Stage::new(self, whole);
        Ok(Stages { first: stage(first), other: other.map(stage), told })
    }
}
