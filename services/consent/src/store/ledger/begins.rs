//! Where a transaction in which the ledger grows begins: in the pool, or on a connection of its own.

use platform::db::{Direct, DirectTransaction, Writes};
use sea_orm::{DatabaseBackend, DatabaseTransaction, QueryTrait};

use super::{Appending, head};
use crate::store::{Error, Store};

/// Begins transactions in which the ledger grows. Only one runs at a time, in all processes.
pub(crate) trait Begins {
    /// The transaction.
    type Transaction<'a>: Writes
    where
        Self: 'a;

    /// The next one.
    async fn begin(&self) -> Result<Appending<Self::Transaction<'_>>, Error>;

    /// Told that one failed: what the next ones need is made anew.
    fn renew(&mut self);
}

impl Begins for Store {
    type Transaction<'a> = DatabaseTransaction;

    async fn begin(&self) -> Result<Appending, Error> {
        self.begin_append().await
    }

    // The pool replaces connections that fail.
    fn renew(&mut self) {}
}

impl Begins for Direct {
    type Transaction<'a> = DirectTransaction<'a>;

    async fn begin(&self) -> Result<Appending<DirectTransaction<'_>>, Error> {
        let tx = Direct::begin(self).await?;
        let row = tx.rows(head().build(DatabaseBackend::Sqlite)).await?.pop();
        Appending::from(tx, row)
    }

    fn renew(&mut self) {
        if let Err(error) = self.reopen() {
            tracing::error!(%error, "the file of the ledger cannot be opened again");
        }
    }
}
