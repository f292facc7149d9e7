//! What the service keeps: agreements, purposes and the ledger. Domain types go in and come out.

mod agreements;
mod apart;
mod cosignatures;
mod discard;
mod entity;
mod ledger;
mod masks;
#[cfg(test)]
mod plans;
mod points;
mod predecessors;
mod purposes;
mod reading;
mod seldom;
mod stops;
mod story_consents;
mod use_rules;

use platform::db::Database;
use platform::idempotency;
use sea_orm::{DbErr, TransactionTrait};

pub(crate) use agreements::{AgreementFilter, DamagedAgreement};
pub(crate) use cosignatures::Cosignature;
pub(crate) use ledger::{
    Appended, Appending, Begins, Beside, Contents, Damaged, Kept, KeptAgreement, KeptConsent, KeptContent,
    KeptSignature, KeptStop, KeptWitness, LastEntries, LedgerFilter, Standings, StoredEntry, Times, Unended,
    Whole,
};
pub(crate) use masks::{EnteredMasks, KeptMask};
pub(crate) use points::{Heard, OpenStreams, Sign};
pub(crate) use seldom::Seldom;
pub(crate) use stops::{Ended, Stop};
pub(crate) use story_consents::{
    ConsentsFor, DamagedConsent, StoryConsentFilter, TOLD_FOR, WithdrawnConsent,
};
pub(crate) use use_rules::DamagedRule;

use crate::domain::canonical::NotCanonical;

/// The database of the service.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// What the database holds is not what this service wrote.
    #[error("the database holds something that this service did not write: {0}")]
    Corrupt(&'static str),
    /// An entry of the ledger cannot be read.
    #[error("ledger-entries/{index} cannot be read: {what}; alliantie verify-ledger tells more")]
    Unreadable {
        /// Its index.
        index: i64,
        /// What of it.
        what: &'static str,
    },
    /// An entry has no canonical form.
    #[error(transparent)]
    Entry(#[from] NotCanonical),
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random,
    /// A kept answer was not found.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
}

/// Of a column of numbers.
const NO_NUMBER: Error = Error::Corrupt("something else in the place of a number");

impl Store {
    /// The store in this database, whose schema is up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The answer that was given to a request before.
    pub(crate) async fn recall(&self, key: &idempotency::Key) -> Result<Option<Vec<u8>>, Error> {
        // Only reads, so it does not wait for a writer.
        let tx = self.database.pool().begin().await?;
        let kept = key.recall(&tx).await?;
        tx.rollback().await?;
        Ok(kept)
    }
}
