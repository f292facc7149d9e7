//! Cubes with a value for each cell that nobody knows: the model does not know who finds these.

use crate::model::{Cube, Dimension, Given, ModelError, Shares};
use crate::protect::fill;

impl Cube {
    /// Builds the universe. The first dimension is the areas, when there are any. The last edition is
    /// the new one; the others go before it. The order of nodes and of cells has no influence on the
    /// universe.
    ///
    /// # Errors
    /// When codes are double or missing, a cell is given twice or at no node, a value is under zero or
    /// too large, parts are more than their total, or cells with the same units differ.
    pub fn new(dimensions: &[Dimension], editions: &[&[Given]]) -> Result<Self, ModelError> {
        Self::within(dimensions, editions, None, &|_, _| false, &|_, _| false, &mut |_| true)
    }

    /// As [`Cube::new`], of shares: a part along this dimension that has the same value in two editions
    /// is one cell only where its total has too. A share of another total is another share. What several
    /// missing shares are together is a share of what their totals are together.
    ///
    /// # Errors
    /// As [`Cube::new`].
    pub fn of_shares(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        dimension: usize,
    ) -> Result<Self, ModelError> {
        let shares = Some(Shares::along(dimension));
        Self::within(dimensions, editions, shares, &|_, _| false, &|_, _| false, &mut |_| true)
    }

    /// As [`Cube::new`], or of shares as [`Cube::of_shares`], of which it can be that only one adds up along
    /// some dimension. `nobody` is asked of each given cell, by edition and place in it, whether everybody knows that
    /// nobody is there, as it does not apply; then it is zero ([`Cube::nobody`]). What is left along two dimensions
    /// at once (of several areas in several categories) is a cell where it `matters`, which is asked with its value
    /// and that of the total of which it is left; [`Cube::new`] has no such cells. Where it takes more than one
    /// attempt to find out which totals are more than their parts, `again` is asked before each other one whether
    /// so many cells may be put together once more. Where an attempt takes more work than goes with the number of
    /// cells, as with many places without one, it is asked, as it goes, for as many cells as it goes with.
    ///
    /// # Errors
    /// As [`Cube::new`], and when `again` ends the search: what was found until then could have more such
    /// totals than it takes, and then sums that every reader can make would not be there.
    pub fn within(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        nobody: &dyn Fn(usize, usize) -> bool,
        matters: &dyn Fn(i64, i64) -> bool,
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Self, ModelError> {
        Self::build(dimensions, editions, shares, nobody, matters, again, fill)
    }
}
