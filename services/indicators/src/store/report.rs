//! The report of a mask as it is kept: JSON, for the owner of the data and for who checks the ledger.

use serde::Serialize;

use crate::domain::masking::{BlockReport, ENGINE, Report};

#[derive(Serialize)]
struct Written<'a> {
    engine: &'a str,
    protection: String,
    unknown: usize,
    blocks: Vec<WrittenBlock<'a>>,
}

#[derive(Serialize)]
struct WrittenBlock<'a> {
    indicator: &'a str,
    periods: Vec<String>,
    method: &'a str,
    history: usize,
    cells: usize,
    #[serde(rename = "unsafe")]
    unsafe_cells: usize,
    withheld: usize,
    secondary: usize,
}

/// The report as JSON. Every block in it was audited and found safe.
pub(super) fn json(report: &Report) -> String {
    let written = Written {
        engine: ENGINE,
        protection: report.protection.name(),
        unknown: report.unknown.values().sum(),
        blocks: report.blocks.iter().map(written).collect(),
    };
    serde_json::to_string(&written).unwrap_or_default()
}

fn written(block: &BlockReport) -> WrittenBlock<'_> {
    WrittenBlock {
        indicator: &block.indicator,
        periods: block.periods.iter().map(ToString::to_string).collect(),
        method: block.method.name(),
        history: block.history,
        cells: block.cells,
        unsafe_cells: block.unsafe_cells,
        withheld: block.withheld,
        secondary: block.secondary,
    }
}
