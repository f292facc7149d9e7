//! The database of this service: domain types in, domain types out.

mod bench;
pub(crate) mod catalogue;
pub(crate) mod dataset;
pub(crate) mod declared;
mod entity;
mod part;
mod preview;
pub(crate) mod protections;
pub(crate) mod release;
pub(crate) mod report;
pub(crate) mod salt;
pub(crate) mod shield;
pub(crate) mod table;
pub(crate) mod waiting;

use std::sync::Arc;

use platform::db::Database;
use sea_orm::{DbErr, SqlErr};

use table::Cache;

/// Bytes of decoded releases and their shields that stay in memory when nothing else is said.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;

/// Where the vocabulary, the datasets and their releases are kept.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    cache: Cache,
}

/// Why something cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// A row that this program did not write, of the resource with this name.
    #[error("{0} is damaged in the database")]
    Damaged(String),
    /// What others wait for as well failed for all of them.
    #[error(transparent)]
    Shared(Arc<Error>),
    /// The work was broken off, as the process stops.
    #[error("the work was broken off")]
    BrokenOff,
    /// The generator of the system gives no random bytes.
    #[error("no random bytes")]
    Random,
    /// The proof in hand is for another dataset.
    #[error("the right to read is for another dataset")]
    OtherDataset,
}

impl Error {
    /// The resource of which what is kept is damaged, when that is why.
    pub(crate) fn damaged(&self) -> Option<&str> {
        match self {
            Self::Damaged(resource) => Some(resource),
            Self::Shared(error) => error.damaged(),
            Self::Database(_) | Self::BrokenOff | Self::Random | Self::OtherDataset => None,
        }
    }

    /// Whether a row with this key was there already.
    pub(crate) fn is_double(&self) -> bool {
        match self {
            Self::Database(error) => matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
            Self::Shared(error) => error.is_double(),
            Self::Damaged(_) | Self::BrokenOff | Self::Random | Self::OtherDataset => false,
        }
    }
}

impl Store {
    /// A store in this database, whose schema is up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, cache: table::cache(CACHE_BYTES) }
    }

    /// The same store, which keeps at most `bytes` of decoded releases and their shields in memory.
    pub(crate) fn with_cache(self, bytes: u64) -> Self {
        Self { cache: table::cache(bytes), ..self }
    }

    /// The database: its pool for reads, `begin_write` for writes.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// The texts of a JSON list in a column.
fn texts(json: &str, what: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(json).map_err(|_| Error::Damaged(what.to_owned()))
}

/// A column with a list of texts.
fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts.to_vec()).to_string()
}

/// A number as the databases keep it; what is too large becomes the largest.
fn stored(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
