//! Reading what a decision is taken on, all of it as it stands in one moment.

use platform::identity::Oin;
use sea_orm::{AccessMode, DatabaseTransaction, IsolationLevel, TransactionTrait};
use time::OffsetDateTime;

use super::use_rules::{self, RulesOf};
use super::{Error, Standings, Store, cosignatures, ledger};
use crate::domain::name::AgreementId;

/// A transaction that only reads, and waits for no writer.
pub(crate) struct Reading {
    tx: DatabaseTransaction,
}

impl Store {
    /// Starts reading. Everything that is read shows the same moment.
    pub(crate) async fn begin_read(&self) -> Result<Reading, Error> {
        let pool = self.database.pool();
        // SQLite has no other way to read than this.
        let tx = if self.database.is_postgres() {
            pool.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
        } else {
            pool.begin().await?
        };
        Ok(Reading { tx })
    }
}

impl Reading {
    /// An agreement as a decision of what this organisation asks finds it.
    pub(crate) async fn standings(&self, id: AgreementId, asker: &Oin) -> Result<Standings, Error> {
        ledger::standings(&self.tx, id, asker).await
    }

    /// All own rules of an organisation.
    pub(crate) async fn own_rules(&self, owner: &Oin) -> Result<RulesOf, Error> {
        use_rules::rules_of(&self.tx, owner).await
    }

    /// How many organisations co-signed a checkpoint of the log of this name since then.
    pub(crate) async fn fresh_witnesses(&self, origin: &str, since: OffsetDateTime) -> Result<u32, Error> {
        cosignatures::fresh_witnesses(&self.tx, origin, since).await
    }

    /// Ends reading.
    pub(crate) async fn end(self) -> Result<(), Error> {
        Ok(self.tx.rollback().await?)
    }
}
