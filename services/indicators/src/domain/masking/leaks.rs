//! What withholding small counts alone would give away.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::CellId;
use sdc::protect::recoverable;
use sdc::{Mask, Watch};

use super::apart::Apart;
use super::block::{Contents, Part};
use super::codes::{breakdown_axes, sides_axis};
use super::contributions::Contributors;
use super::history::{MOST_PUT_TOGETHER, Saying, Whole, readings, told};
use super::needs::needs;
use super::periods::keys;
use super::{Edition, Failure, Layout, cause};
use crate::domain::protection::Protection;

/// How many cells of a release are unsafe by themselves and could be computed exactly if only such
/// cells were withheld. A rate is unsafe when one of its counts is, and computed when such a one is. What
/// is withheld by a rule, after what `earlier` releases had, is not counted.
///
/// # Errors
/// When the counts do not add up, or when `watch` ends the run.
pub(crate) fn plain_filter_leaks(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<usize, Failure> {
    let contents = release.contents;
    let edition = Edition::new(contents, BTreeMap::new());
    let all: Vec<&Contents<'_>> = earlier.iter().map(|own| own.contents).chain([contents]).collect();
    let apart = Apart::of(layout, &all);
    let mut leaks = 0;
    for key in keys(layout, &[contents]) {
        let block = contents.block(&key).unwrap_or_default();
        if cause(&apart, &key, &block, protection).is_some() {
            continue;
        }
        let saying = |(source, part)| Saying { source, part, edition: &edition, new: true };
        let sayings: Vec<Saying<'_>> = block.iter().map(|(source, part)| saying((*source, part))).collect();
        let matters = |rest: i64, of: i64| protection.asks_of_rest(rest, of);
        let (Whole { cube, known, left_out }, _) =
            readings(layout, (key.0, &key.1), &sayings, &matters, MOST_PUT_TOGETHER, watch)?;
        let sides = sides_axis(layout, block.values().flat_map(Part::all));
        let contributors = || Contributors::of(cube.universe(), told(&cube, &sayings, &left_out));
        let contributors = protection.asks_contributions().then(contributors);
        let breakdowns = breakdown_axes(layout);
        let needs = needs(&protection.rules(), &cube, &known, breakdowns, sides, contributors.as_ref());
        let needing: BTreeSet<CellId> = needs.into_iter().map(|need| need.cell).collect();
        let cells = || {
            let own = |(place, saying): (usize, &Saying<'_>)| {
                let rows = saying.part.rows.clone();
                cube.places(place).iter().copied().zip(rows).collect::<Vec<_>>()
            };
            sayings.iter().enumerate().flat_map(own)
        };
        let rows = |cells: &mut dyn Iterator<Item = (CellId, usize)>| -> BTreeSet<usize> {
            cells.filter(|(cell, _)| needing.contains(cell)).map(|(_, row)| row).collect()
        };
        let mut withheld = rows(&mut cells());
        let shown =
            |row: usize| contents.rate(row).is_none_or(|(ratio, per)| protection.has_rate(ratio, per));
        withheld.extend(cells().map(|(_, row)| row).filter(|row| !shown(*row)));
        let (universe, mut hidden) = (cube.universe(), Mask::none(cube.universe().len()));
        let never = universe.never_published();
        let never = (0..universe.len()).filter(|cell| never.hides(*cell));
        let of_rows = cells().filter(|(_, row)| withheld.contains(row)).map(|(cell, _)| cell);
        let all = never.chain(needing.iter().copied()).chain(of_rows);
        all.filter(|cell| !known.hides(*cell)).for_each(|cell| hidden.hide(cell));
        let computed = recoverable(universe, &hidden);
        leaks += rows(&mut cells().filter(|(cell, _)| computed.binary_search(cell).is_ok())).len();
    }
    Ok(leaks)
}
