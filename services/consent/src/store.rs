//! What the service keeps: agreements, purposes and the ledger. Domain types go in and come out.

mod agreements;
mod entity;
mod ledger;
mod purposes;

use platform::db::Database;
use platform::idempotency;
use sea_orm::DbErr;
use time::OffsetDateTime;

pub(crate) use agreements::{AgreementFilter, Ended};
pub(crate) use ledger::{Appending, Contents, LedgerFilter, StoredEntry};

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
    /// An entry has no canonical form.
    #[error(transparent)]
    Entry(#[from] NotCanonical),
    /// A kept answer was not found.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
}

impl Store {
    /// The store in this database, whose schema is up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The answer that was given to a request before.
    pub(crate) async fn recall(&self, key: &idempotency::Key) -> Result<Option<Vec<u8>>, Error> {
        let tx = self.database.begin_write().await?;
        let kept = key.recall(&tx).await?;
        tx.rollback().await?;
        Ok(kept)
    }
}

/// A moment as microseconds since 1970: what both databases keep and compare.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn moment(micros: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).map_err(|_| Error::Corrupt("a time"))
}
