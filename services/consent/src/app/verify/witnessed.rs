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
        let made = made.ok_or_else(|| {
            wrong("de ondertekening is van een andere organisatie, of van een ander moment")
        })?;
        let Some(newest) = made.into_iter().max() else {
            return Err(wrong("die is er niet, en telt wel mee"));
        };
        let counts_from = counts_from.ok_or_else(|| wrong("er staat niet vanaf wanneer die telt"))?;
        // The clock of who co-signed may have been put back between one and the next.
        if counts_from > newest.saturating_add(TOLERANCE.whole_seconds()) {
            return Err(wrong("die zou later tellen dan zij is gemaakt"));
        }
    }
    Ok(())
}
