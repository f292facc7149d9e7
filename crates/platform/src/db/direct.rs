//! A connection to a SQLite file whose statements run on the thread that asks. The connections of a
//! pool have threads of their own: every statement is a way there and back, which costs more than
//! the statement.

use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, Transaction, TransactionBehavior};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, Statement,
    Value,
};
use tokio::runtime::Handle;

use super::{BUSY_TIMEOUT, Columns, Database, PRAGMAS};

/// How many statements a connection keeps prepared. Those with a list of values are as many as the
/// list may be long.
const PREPARED: usize = 512;

/// A transaction that writes: one of a pool, or one on this thread.
#[expect(async_fn_in_trait, reason = "whether a future may change its thread follows from the transaction")]
pub trait Writes {
    /// What its statements are written for.
    fn backend(&self) -> DatabaseBackend;

    /// The rows of a statement, in its order of columns.
    ///
    /// # Errors
    /// When the database fails, or the columns are others.
    async fn rows<T: Columns>(&self, statement: Statement) -> Result<Vec<T>, DbErr>;

    /// Runs a statement that gives no rows.
    ///
    /// # Errors
    /// When the database fails.
    async fn run(&self, statement: Statement) -> Result<(), DbErr>;

    /// This transaction, when it is one on this thread: many small statements then cost less than a
    /// large one.
    fn direct(&self) -> Option<&DirectTransaction<'_>>;

    /// Keeps what was written, durably.
    ///
    /// # Errors
    /// When the database fails; nothing is kept then.
    async fn end(self) -> Result<(), DbErr>;
}

impl Writes for DatabaseTransaction {
    fn backend(&self) -> DatabaseBackend {
        self.get_database_backend()
    }

    async fn rows<T: Columns>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        let rows = self.query_all_raw(statement).await?;
        rows.iter().map(|row| T::try_get_many_by_index(row).map_err(DbErr::from)).collect()
    }

    async fn run(&self, statement: Statement) -> Result<(), DbErr> {
        self.execute_raw(statement).await.map(|_| ())
    }

    fn direct(&self) -> Option<&DirectTransaction<'_>> {
        None
    }

    async fn end(self) -> Result<(), DbErr> {
        self.commit().await
    }
}

/// A connection of its own to the file. For a thread of its own: it waits for the disk.
#[derive(Debug)]
pub struct Direct {
    connection: Connection,
    /// The pool with the one connection of all others in this process that write.
    others: DatabaseConnection,
    /// Where the others run.
    runtime: Handle,
}

impl Database {
    /// A connection of its own to a SQLite file; none to PostgreSQL.
    ///
    /// # Errors
    /// When the file cannot be opened, or outside a runtime.
    pub fn direct(&self) -> Result<Option<Direct>, DbErr> {
        if self.is_postgres() {
            return Ok(None);
        }
        let others = self.writers.clone();
        let runtime = Handle::try_current().map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(Some(Direct { connection: opened(&others)?, others, runtime }))
    }
}

impl Direct {
    /// Opens the file again, for when this connection fails and would go on to: `DbErr::Conn`.
    ///
    /// # Errors
    /// When the file cannot be opened; the connection stays as it was then.
    pub fn reopen(&mut self) -> Result<(), DbErr> {
        self.connection = opened(&self.others)?;
        Ok(())
    }

    /// Starts a transaction that has the write lock. Who else writes in this process, or waits to,
    /// goes first.
    ///
    /// # Errors
    /// When the lock is not to be had in time.
    pub async fn begin(&self) -> Result<DirectTransaction<'_>, DbErr> {
        let others = self.others.get_sqlite_connection_pool();
        let mut turn = None;
        if u32::try_from(others.num_idle()).is_ok_and(|idle| idle < others.size()) {
            let taken = others.acquire().await;
            turn = Some(taken.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?);
        }
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
        // Who comes next has the turn once the lock is taken, and not before. It is given back by a task: on
        // the runtime of the others, since one on this thread would run only when this one waits.
        let on = self.runtime.enter();
        drop(turn);
        drop(on);
        Ok(DirectTransaction(transaction.map_err(failed)?))
    }
}

/// A transaction on this thread. It is rolled back when it is dropped.
#[derive(Debug)]
pub struct DirectTransaction<'a>(Transaction<'a>);

impl DirectTransaction<'_> {
    /// Runs a statement once for every `width` values.
    ///
    /// # Errors
    /// When the database fails.
    pub fn run_each(&self, sql: &str, width: usize, values: &[Value]) -> Result<(), DbErr> {
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        for row in values.chunks(width) {
            bind(&mut statement, row)?;
            statement.raw_execute().map_err(failed)?;
        }
        Ok(())
    }
}

impl Writes for DirectTransaction<'_> {
    fn backend(&self) -> DatabaseBackend {
        DatabaseBackend::Sqlite
    }

    async fn rows<T: Columns>(&self, asked: Statement) -> Result<Vec<T>, DbErr> {
        let mut statement = self.0.prepare_cached(&asked.sql).map_err(failed)?;
        bind(&mut statement, asked.values.as_ref().map_or(&[], |values| values.0.as_slice()))?;
        let (mut rows, mut read) = (statement.raw_query(), Vec::new());
        while let Some(row) = rows.next().map_err(failed)? {
            read.push(T::read(row).map_err(failed)?);
        }
        Ok(read)
    }

    async fn run(&self, statement: Statement) -> Result<(), DbErr> {
        let values = statement.values.map_or_else(Vec::new, |values| values.0);
        self.run_each(&statement.sql, values.len().max(1), &values)
    }

    fn direct(&self) -> Option<&DirectTransaction<'_>> {
        Some(self)
    }

    async fn end(self) -> Result<(), DbErr> {
        self.0.commit().map_err(failed)
    }
}

/// A connection to the file of a pool, which works with the same settings.
fn opened(others: &DatabaseConnection) -> Result<Connection, DbErr> {
    let options = others.get_sqlite_connection_pool().connect_options();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(options.get_filename(), flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    for (name, value) in PRAGMAS {
        connection.pragma_update(None, name, value).map_err(failed)?;
    }
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), DbErr> {
    for (place, value) in (1..).zip(values) {
        let value: &dyn ToSql = if let Value::String(text) = value {
            text
        } else if let Value::BigInt(number) = value {
            number
        } else if let Value::Int(number) = value {
            number
        } else if let Value::Bool(truth) = value {
            truth
        } else {
            return Err(DbErr::Type(format!("a value of the kind of {value:?} is not written")));
        };
        statement.raw_bind_parameter::<usize, _>(place, value).map_err(failed)?;
    }
    Ok(())
}

/// `DbErr::Conn` is one of the connection, and of the file under it: it goes on to fail.
fn failed(error: rusqlite::Error) -> DbErr {
    let told = RuntimeErr::Internal(error.to_string());
    match error.sqlite_error_code() {
        // What was read is of another kind than what was asked.
        None => DbErr::Type(error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ConstraintViolation) => {
            DbErr::Query(told)
        }
        Some(_) => DbErr::Conn(told),
    }
}
