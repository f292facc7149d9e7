//! Which cells are rounded upwards, and to what.

use sdc::Mask;
use sha2::{Digest, Sha256};

use crate::domain::decimal::Decimal;
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::table::CellRef;

/// What is rounded upwards, by row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upwards {
    /// Counts, and the numerators of rates.
    pub values: Mask,
    /// The denominators of rates.
    pub denominators: Mask,
}

impl Upwards {
    /// Nothing, in a table of so many rows.
    #[must_use]
    pub(crate) fn none(rows: usize) -> Self {
        Self { values: Mask::none(rows), denominators: Mask::none(rows) }
    }

    /// The value of a cell of this row, rounded; a rate is that of its rounded counts. None when it
    /// cannot be told so.
    #[must_use]
    pub(crate) fn rounded(&self, protection: Protection, row: usize, cell: &CellRef<'_>) -> Option<Decimal> {
        let (value, up) = (cell.value?, self.values.hides(row));
        match cell.ratio {
            Some(ratio) => {
                protection.rounded_rate(value, ratio, cell.per, (up, self.denominators.hides(row)))
            }
            None => protection.rounded(value, up),
        }
    }
}

/// A number between 0 and 2^64 that is always the same for the same cell and says nothing to who does
/// not know the seed: the first bytes of SHA-256 over the seed and the length and text of indicator,
/// period and name of the cell. Cells that are made of the same parts have one name, whatever is delivered, so
/// they are rounded alike wherever they stand.
pub(super) fn draw(seed: &[u8], indicator: &str, period: Period, cell: &str) -> u64 {
    let mut hash = Sha256::new_with_prefix(seed);
    for text in [indicator, &period.to_string(), cell] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(bytes)
}
