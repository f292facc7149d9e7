//! What would help where a release cannot be protected: a smaller delivery.

use std::collections::{BTreeMap, BTreeSet};

use sdc::Watch;

use super::block::{Contents, Count};
use super::course::{Course, NotMade};
use super::failure::BlockName;
use super::{Layout, MOST_BLOCKS};
use crate::domain::area::AreaKind;
use crate::domain::period::Period;

/// Most smaller deliveries that are suggested: each takes as long as all masks of the release.
const MOST_SUGGESTED: usize = 3;

/// Areas that are left out first.
const LOWEST: [AreaKind; 3] = [AreaKind::Neighbourhood, AreaKind::District, AreaKind::ProgrammeArea];

/// What is left out of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    /// This breakdown: of it there is the total only.
    Breakdown {
        /// Code of the breakdown.
        code: String,
        /// Its Dutch name.
        name: String,
    },
    /// Areas of this kind.
    Areas(AreaKind),
    /// An indicator in a period.
    Block {
        /// Code of the indicator.
        indicator: String,
        /// The period, and others that lie in it.
        periods: Vec<Period>,
    },
}

/// A smaller delivery, by what is left out of it.
pub(crate) type Smaller = Vec<Without>;

impl Course<'_> {
    /// Smaller deliveries that can be protected instead of one that cannot, each by what is left out; empty where none was
    /// found, and none where its obstacle is published or it is something else that is wrong. What leaves out one thing, or
    /// else two, or else what fails. Each is tried as it would be published, under all protections.
    pub(crate) fn smaller(&self, none: &NotMade, watch: &dyn Watch) -> Option<Vec<Smaller>> {
        if none.place < self.published || !none.is_lack_of_room() {
            return None;
        }
        let tries =
            Tries { course: self, place: none.place, failing: none.blocks(), kinds: kinds(&self.layout) };
        for each in tries.steps()? {
            let mut found = Vec::new();
            for without in each {
                if found.len() < MOST_SUGGESTED && tries.helps(&without, watch)? {
                    found.push(without);
                }
            }
            if !found.is_empty() {
                return Some(found);
            }
        }
        tries.without_failing(watch)
    }

    /// The same with other contents of the releases.
    fn with<'b>(&'b self, contents: Vec<&'b Contents<'b>>) -> Course<'b> {
        Course { contents, ..self.clone() }
    }

    /// Whether all that is lacking can be made; none when `watch` ended the run.
    fn holds(self, watch: &dyn Watch) -> Option<bool> {
        match self.make(watch) {
            Err(none) if none.is_cancelled() => None,
            made => Some(made.is_ok()),
        }
    }
}

fn kinds<'a>(layout: &Layout<'a>) -> BTreeMap<&'a str, AreaKind> {
    layout.areas.all.iter().map(|area| (area.code.as_str(), area.kind)).collect()
}

/// Whether a count is in one of these blocks.
fn is_of(blocks: &BTreeSet<BlockName>, indicator: &str, period: Period) -> bool {
    blocks.iter().any(|(own, periods)| own == indicator && periods.contains(&period))
}

/// Smaller deliveries of a release that cannot be protected.
struct Tries<'a> {
    course: &'a Course<'a>,
    place: usize,
    /// The blocks that cannot be.
    failing: BTreeSet<BlockName>,
    kinds: BTreeMap<&'a str, AreaKind>,
}

impl<'a> Tries<'a> {
    fn delivery(&self) -> Option<&'a Contents<'a>> {
        self.course.contents.get(self.place).copied()
    }

    fn is_failing(&self, indicator: &str, count: &Count<'_>) -> bool {
        is_of(&self.failing, indicator, count.period)
    }

    /// What can be left out: one thing, and two together.
    fn steps(&self) -> Option<[Vec<Smaller>; 2]> {
        let failing = self.delivery()?.only(|indicator, count| self.is_failing(indicator, count));
        let there: BTreeSet<&str> = failing.told().map(|count| count.area).collect();
        let is_there = |kind: &AreaKind| there.iter().any(|area| self.kinds.get(area) == Some(kind));
        let lowest: Vec<Without> = LOWEST.into_iter().filter(is_there).take(2).map(Without::Areas).collect();
        let with_total = self.course.layout.dimensions.iter().filter(|own| own.total.is_some());
        let breakdowns = with_total
            .map(|own| Without::Breakdown { code: own.code.clone(), name: own.name.clone() })
            .collect::<Vec<_>>();
        let one = breakdowns.iter().chain(lowest.first()).map(|own| vec![own.clone()]).collect();
        let with_lowest = |own: &Without| lowest.first().map(|lowest| vec![own.clone(), lowest.clone()]);
        let two =
            breakdowns.iter().filter_map(with_lowest).chain((lowest.len() == 2).then(|| lowest.clone()));
        Some([one, two.collect()])
    }

    fn keeps(&self, without: &Without, indicator: &str, count: &Count<'_>) -> bool {
        match without {
            Without::Breakdown { code, .. } => {
                let mut own = self.course.layout.dimensions.iter().zip(count.categories);
                own.all(|(dimension, category)| {
                    dimension.code != *code || dimension.total.as_ref() == Some(category)
                })
            }
            Without::Areas(kind) => self.kinds.get(count.area) != Some(kind),
            Without::Block { indicator: own, periods } => {
                own != indicator || !periods.contains(&count.period)
            }
        }
    }

    /// Whether the delivery can be protected without these. First what fails is looked at by itself: mostly that tells that
    /// it cannot.
    fn helps(&self, without: &[Without], watch: &dyn Watch) -> Option<bool> {
        let keeps =
            |indicator: &str, count: &Count<'_>| without.iter().all(|own| self.keeps(own, indicator, count));
        let delivery = self.delivery()?;
        let smaller = delivery.only(keeps);
        if smaller.told().next().is_none() || smaller.told().count() == delivery.told().count() {
            return Some(false);
        }
        let failing = |place: usize, own: &Contents<'a>| {
            own.only(|indicator, count| {
                self.is_failing(indicator, count) && (place != self.place || keeps(indicator, count))
            })
        };
        let all: Vec<Contents<'_>> =
            self.course.contents.iter().enumerate().map(|(place, own)| failing(place, own)).collect();
        Some(self.course.with(all.iter().collect()).holds(watch)? && self.with(&smaller).holds(watch)?)
    }

    /// The releases with a smaller delivery.
    fn with<'b>(&'b self, smaller: &'b Contents<'b>) -> Course<'b> {
        let contents = self.course.contents.iter().enumerate();
        let contents = contents.map(|(place, own)| if place == self.place { smaller } else { *own });
        self.course.with(contents.collect())
    }

    /// The delivery without the blocks that fail, and those that then fail under another protection, if that leaves
    /// something.
    fn without_failing(&self, watch: &dyn Watch) -> Option<Vec<Smaller>> {
        let mut failing = self.failing.clone();
        for _ in &self.course.wanted {
            let smaller = self.delivery()?.only(|indicator, count| !is_of(&failing, indicator, count.period));
            if failing.len() > MOST_BLOCKS || smaller.told().next().is_none() {
                break;
            }
            match self.with(&smaller).make(watch) {
                Ok(_) => {
                    let without = |(indicator, periods)| Without::Block { indicator, periods };
                    return Some(vec![failing.into_iter().map(without).collect()]);
                }
                Err(none) if none.is_cancelled() => return None,
                Err(none) if none.place == self.place && none.is_lack_of_room() => {
                    failing.extend(none.blocks())
                }
                Err(_) => break,
            }
        }
        Some(Vec::new())
    }
}
