//! The database of this service: domain types in, domain types out.

mod entity;
pub(crate) mod finding;
pub(crate) mod goal;
pub(crate) mod inspanning;
pub(crate) mod role;

use platform::db::Database;
use sea_orm::{DatabaseTransaction, DbErr};

/// Where goals, inspanningen, roles and findings are kept.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// A store in this database, whose schema is up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The database, for reads.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Starts a transaction that writes, the only one until it ends. Writes are rare here.
    pub(crate) async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        self.database.begin_exclusive("inspanning").await
    }
}
