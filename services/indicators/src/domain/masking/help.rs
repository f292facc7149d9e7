//! What would help where a block cannot be protected.

use std::collections::BTreeMap;

use sdc::Watch;

use super::block::{Count, Part};
use super::compute::Job;
use super::failure::Failure;
use crate::domain::area::AreaKind;

/// A smaller delivery that can be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Help {
    /// Without this breakdown: its total only.
    WithoutBreakdown {
        /// Code of the breakdown.
        code: String,
        /// Its Dutch name.
        name: String,
    },
    /// Without areas of this kind.
    WithoutAreas(AreaKind),
}

/// The failure with what would help. Each smaller delivery is tried, so what is said does help.
pub(super) fn added(failure: Failure, job: &Job<'_>, watch: &dyn Watch) -> Failure {
    if !failure.why.is_lack_of_room() {
        return failure;
    }
    let layout = job.layout;
    let mut help = Vec::new();
    for (place, dimension) in layout.dimensions.iter().enumerate() {
        if helps(job, &|count| count.categories.get(place) == dimension.total.as_ref(), watch) {
            let (code, name) = (dimension.code.clone(), dimension.name.clone());
            help.push(Help::WithoutBreakdown { code, name });
        }
    }
    let kinds: BTreeMap<&str, AreaKind> =
        layout.areas.all.iter().map(|area| (area.code.as_str(), area.kind)).collect();
    let is = |count: &Count<'_>, kind| kinds.get(count.area) == Some(&kind);
    let new = || job.sayings.iter().filter(|saying| saying.new).flat_map(|saying| &saying.part.cells);
    // From the smallest areas on.
    let lowest = [AreaKind::Neighbourhood, AreaKind::District, AreaKind::ProgrammeArea]
        .into_iter()
        .find(|lowest| new().any(|count| is(count, *lowest)));
    if let Some(lowest) = lowest.filter(|lowest| helps(job, &|count| !is(count, *lowest), watch)) {
        help.push(Help::WithoutAreas(lowest));
    }
    Failure { help, ..failure }
}

/// Whether the block can be protected with only the counts that are kept.
fn helps(job: &Job<'_>, keep: &dyn Fn(&Count<'_>) -> bool, watch: &dyn Watch) -> bool {
    let smaller: Vec<Option<Part<'_>>> =
        job.sayings.iter().map(|saying| saying.new.then(|| saying.part.only(|count| keep(count)))).collect();
    let kept =
        |parts: &[Option<Part<'_>>]| parts.iter().flatten().map(|part| part.cells.len()).sum::<usize>();
    let all: usize =
        job.sayings.iter().filter(|saying| saying.new).map(|saying| saying.part.cells.len()).sum();
    if kept(&smaller) == 0 || kept(&smaller) == all {
        return false;
    }
    let mut less = job.clone();
    for (saying, part) in less.sayings.iter_mut().zip(&smaller) {
        if let Some(part) = part {
            saying.part = part;
        }
    }
    less.sayings.retain(|saying| saying.part.all().next().is_some());
    less.run(watch).is_ok()
}
