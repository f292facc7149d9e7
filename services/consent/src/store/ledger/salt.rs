//! Salts of entries.

use ledger::Salt;

use crate::store::Error;

/// Two salts from the generator of the system.
pub(super) fn two() -> Result<[Salt; 2], Error> {
    let mut salts = [[0; 32]; 2];
    aws_lc_rs::rand::fill(salts.as_flattened_mut()).map_err(|_| Error::Random)?;
    Ok(salts.map(Salt::from_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_salts_are_the_same() {
        let [one, other] = two().expect("salts");
        let [third, fourth] = two().expect("salts");
        assert!(one != other && third != fourth && one != third && other != fourth);
    }
}
