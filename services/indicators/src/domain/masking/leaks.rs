//! What withholding small counts alone would give away.

use std::collections::BTreeMap;

use sdc::Watch;
use sdc::protect::Algebra;

use super::block::{Contents, keys};
use super::compute::needs;
use super::history::{Saying, cube};
use super::{Edition, Failure, Layout};
use crate::domain::protection::Protection;

/// How many cells of a release are unsafe by themselves and could be computed exactly if only such
/// cells were withheld.
///
/// # Errors
/// When the counts do not add up, or when `watch` ends the run.
pub(crate) fn plain_filter_leaks(
    layout: &Layout<'_>,
    contents: &Contents<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<usize, Failure> {
    let edition = Edition { contents, shields: BTreeMap::new() };
    let mut leaks = 0;
    for key in keys(&[contents]) {
        let block = contents.block(&key).unwrap_or_default();
        let saying = |(source, part)| Saying { source, part, edition: &edition, new: true };
        let sayings: Vec<Saying<'_>> = block.iter().map(|(source, part)| saying((*source, part))).collect();
        let cube = cube(layout, (key.0, &key.1), &sayings, watch)?;
        let mut hidden = cube.universe().never_published();
        for need in needs(&protection.rules(), cube.universe()) {
            hidden.hide(need.cell);
        }
        let known = Algebra::of(cube.universe(), &hidden).recoverable();
        for (place, saying) in sayings.iter().enumerate() {
            let own = cube.places(place).iter().take(saying.part.cells.len());
            let withheld = own.filter(|cell| hidden.hides(**cell));
            leaks += withheld.filter(|cell| known.binary_search(cell).is_ok()).count();
        }
    }
    Ok(leaks)
}
