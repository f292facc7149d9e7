//! What was done to protect a release, and what the audit found.

use std::collections::BTreeMap;

use super::apart::Cause;
use super::block::{Contents, Key};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// How the mask of a block was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// It is that of an earlier release with the same block.
    Kept,
    /// All of it is withheld, as it cannot be protected by itself.
    Withheld(Cause),
    /// Flows and paths in a network, audited.
    Network,
    /// The general engine, audited.
    General,
}

impl Method {
    /// Its name.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Withheld(Cause::Counts) => "withheld_beside_counts",
            Self::Withheld(Cause::Contributions) => "withheld_without_contributions",
            Self::Withheld(Cause::Distribution) => "withheld_as_distribution",
            Self::Withheld(Cause::Unplaced) => "withheld_beside_unplaced",
            Self::Network => "network",
            Self::General => "general",
        }
    }
}

/// What was found of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// The protection.
    pub protection: Protection,
    /// Cells that are withheld because the group behind them is not known, or how their area lies among
    /// others, by code of the indicator and period. A rate is one cell here and in the other numbers, unless they say
    /// otherwise.
    pub unknown: BTreeMap<(String, Period), usize>,
    /// What was found of each block.
    pub blocks: Vec<BlockReport>,
}

/// What was found of a block. A mask that is not safe has no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockReport {
    /// Code of the indicator.
    pub indicator: String,
    /// Its periods, of which the first holds the others.
    pub periods: Vec<Period>,
    /// How the mask was found.
    pub method: Method,
    /// How many times it was said something of before, by release and source. 0 when the mask was kept.
    pub history: usize,
    /// Cells in the release.
    pub cells: usize,
    /// Cells that are unsafe by themselves, derived ones and those of earlier releases included; the
    /// audit judged each of them. Of a rate its three counts are judged apart. 0 when the mask was kept.
    pub unsafe_cells: usize,
    /// Cells that are withheld.
    pub withheld: usize,
    /// How many of these are withheld for the sake of others. 0 when the mask was kept.
    pub secondary: usize,
}

impl BlockReport {
    /// Of a block for which no engine was needed.
    pub(super) fn without_engine(
        (indicator, periods): &Key<'_>,
        method: Method,
        cells: usize,
        withheld: usize,
    ) -> Self {
        Self {
            indicator: (*indicator).to_owned(),
            periods: periods.clone(),
            method,
            history: 0,
            cells,
            unsafe_cells: 0,
            withheld,
            secondary: 0,
        }
    }
}

impl Report {
    /// What was found of the blocks of a release.
    pub(super) fn new(protection: Protection, contents: &Contents<'_>, blocks: Vec<BlockReport>) -> Self {
        let mut unknown = BTreeMap::new();
        for (indicator, count) in contents.unknown.values() {
            *unknown.entry(((*indicator).to_owned(), count.period)).or_default() += 1;
        }
        Self { protection, unknown, blocks }
    }

    /// How many cells are withheld.
    pub(crate) fn withheld(&self) -> usize {
        self.sum(|block| block.withheld) + self.unknown.values().sum::<usize>()
    }

    /// The sum over all blocks of one of their numbers.
    pub(crate) fn sum(&self, number: impl Fn(&BlockReport) -> usize) -> usize {
        self.blocks.iter().map(number).sum()
    }
}
