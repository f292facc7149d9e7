//! Who co-signed the ledger, by the lines that are kept, held against when it is said to have been. Whether the
//! roots are those of the ledger is compared while it is followed. Whether a line is by a key of the
//! organisation is for who has its keys.

use std::collections::BTreeMap;

use super::VerifyError;
use crate::app::log::TOLERANCE;
use crate::store::KeptWitness;

/// Compares when organisations co-signed with the lines that they did it by.
pub(super) fn compare(kept: &BTreeMap<(String, String), KeptWitness>) -> Result<(), VerifyError> {
    for ((origin, oin), KeptWitness { counts_from, made }) in kept {
        let wrong = |what: &str| VerifyError::Witness {
            oin: oin.clone(),
            origin: origin.clone(),
            what: what.to_owned(),
        };
        let made: Option<Vec<i64>> = made.iter().copied().collect();
        let made = made.ok_or_else(|| wrong("its line is of another organisation, or of another time"))?;
        let Some(newest) = made.into_iter().max() else {
            return Err(wrong("there is none, and it is said to count"));
        };
        let counts_from = counts_from.ok_or_else(|| wrong("it is not said from when on it counts"))?;
        // The clock of who co-signed may have been put back between one and the next.
        if counts_from > newest.saturating_add(TOLERANCE.whole_seconds()) {
            return Err(wrong("it is said to count from a later time on than it was made"));
        }
    }
    Ok(())
}
