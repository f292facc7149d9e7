//! Where a transaction in which the ledger grows begins: in the pool, or on a connection of its own.

use platform::db::{Direct, DirectTransaction, Writes};
use sea_orm::{DatabaseBackend, DatabaseTransaction, DbErr, QueryTrait};

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

    /// Told why one failed: a connection that would go on to fail is made anew.
    fn renew(&mut self, after: &Error);
}

impl Begins for Store {
    type Transaction<'a> = DatabaseTransaction;

    async fn begin(&self) -> Result<Appending, Error> {
        self.begin_append().await
    }

    // The pool replaces connections that fail.
    fn renew(&mut self, _: &Error) {}
}

impl Begins for Direct {
    type Transaction<'a> = DirectTransaction<'a>;

    async fn begin(&self) -> Result<Appending<DirectTransaction<'_>>, Error> {
        let tx = Direct::begin(self).await?;
        let row = tx.rows(head().build(DatabaseBackend::Sqlite)).await?.pop();
        Appending::from(tx, row)
    }

    fn renew(&mut self, after: &Error) {
        if !matches!(after, Error::Database(DbErr::Conn(_))) {
            return;
        }
        if let Err(error) = self.reopen() {
            tracing::error!(%error, "the file of the ledger cannot be opened again");
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;

    use super::*;
    use crate::Migrator;

    #[tokio::test]
    async fn only_a_connection_that_fails_is_made_anew() {
        let test = testkit::sqlite().await;
        test.database.migrate::<Migrator>().await.expect("the schema");
        let mut direct = test.database.direct().expect("a file").expect("a connection");
        let broken = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA query_only = ON");
        let tx = Direct::begin(&direct).await.expect("a transaction");
        tx.run(broken).await.expect("a broken connection");
        drop(tx);
        let wrong = DbErr::Type("a column of another kind".to_owned());
        for other in [Error::Corrupt("a row"), Error::Random, Error::Database(wrong)] {
            direct.renew(&other);
            Direct::begin(&direct).await.expect_err("the same connection");
        }
        let lost = Begins::begin(&direct).await.err().expect("a connection that fails");
        direct.renew(&lost);
        Direct::begin(&direct).await.expect("another connection");
    }
}
