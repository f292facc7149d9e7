//! Which cells are rounded upwards.

use sha2::{Digest, Sha256};

use crate::domain::period::Period;

/// A number between 0 and 2^64 that is always the same for the same cell and says nothing to who does
/// not know the seed: the first bytes of SHA-256 over the seed and the length and text of indicator,
/// period and name of the cell. Cells that are made of the same parts have one name, so they are rounded
/// alike wherever they stand.
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
