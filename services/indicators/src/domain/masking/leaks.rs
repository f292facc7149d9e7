//! What withholding small counts alone would give away.

use sdc::protect::Algebra;

use super::block::Blocks;
use super::compute::{needs, universe_of};
use super::{Failure, Layout};
use crate::domain::protection::Protection;
use crate::domain::table::Table;

/// How many cells of a release are unsafe by themselves and could be computed exactly if only such
/// cells were withheld.
///
/// # Errors
/// When the counts do not add up.
pub(crate) fn plain_filter_leaks(
    layout: &Layout<'_>,
    table: &Table,
    protection: Protection,
) -> Result<usize, Failure> {
    let mut leaks = 0;
    for (key, block) in &Blocks::of(table).by_key {
        let (cube, unit) = universe_of(layout, key, block)?;
        let mut hidden = cube.universe().never_published();
        for need in needs(&protection.rules(), cube.universe(), unit) {
            hidden.hide(need.cell);
        }
        let known = Algebra::of(cube.universe(), &hidden).recoverable();
        let withheld = cube.places(0).iter().filter(|cell| hidden.hides(**cell));
        leaks += withheld.filter(|cell| known.binary_search(cell).is_ok()).count();
    }
    Ok(leaks)
}
