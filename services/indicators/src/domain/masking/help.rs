//! What would help where a block cannot be protected.

use std::collections::BTreeMap;

use sdc::Watch;

use super::block::Block;
use super::compute::Job;
use super::failure::{Failure, Why};
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
    if !matches!(failure.why, Why::Unprotected | Why::Together(_)) {
        return failure;
    }
    let Some(block) = job.block() else { return failure };
    let mut help = Vec::new();
    for (smaller, way) in smaller(job, block) {
        if !smaller.cells.is_empty()
            && smaller.cells.len() < block.cells.len()
            && job.with(&smaller).run(watch).is_ok()
        {
            help.push(way);
        }
    }
    Failure { help, ..failure }
}

fn smaller<'a>(job: &Job<'_>, block: &Block<'a>) -> Vec<(Block<'a>, Help)> {
    let layout = job.layout();
    let mut ways = Vec::new();
    for (place, dimension) in layout.dimensions.iter().enumerate() {
        let totals = only(block, |count| count.categories.get(place) == dimension.total.as_ref());
        let (code, name) = (dimension.code.clone(), dimension.name.clone());
        ways.push((totals, Help::WithoutBreakdown { code, name }));
    }
    let kinds: BTreeMap<&str, AreaKind> =
        layout.areas.iter().map(|area| (area.code.as_str(), area.kind)).collect();
    let kind = |area: &str| kinds.get(area).copied();
    // From the smallest areas on.
    let lowest = [AreaKind::Neighbourhood, AreaKind::District, AreaKind::ProgrammeArea]
        .into_iter()
        .find(|lowest| block.cells.iter().any(|count| kind(count.area) == Some(*lowest)));
    if let Some(lowest) = lowest {
        ways.push((only(block, |count| kind(count.area) != Some(lowest)), Help::WithoutAreas(lowest)));
    }
    ways
}

fn only<'a>(block: &Block<'a>, is: impl Fn(&super::block::Count<'a>) -> bool) -> Block<'a> {
    let cells = block.cells.iter().zip(&block.rows).filter(|(count, _)| is(count));
    let (cells, rows) = cells.map(|(count, row)| (*count, *row)).unzip();
    Block { cells, rows }
}
