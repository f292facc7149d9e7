//! The database of one service: SQLite in a file or PostgreSQL, told apart by the URL.

mod columns;
mod direct;

use std::time::Duration;

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database as Connector, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, QueryFilter, Select, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

pub use columns::{Column, Columns, DAMAGED};
pub use direct::{Direct, DirectTransaction, Writes};

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is neither sqlite:// nor postgres://.
    #[error("a database URL starts with sqlite:// or postgres://")]
    Url,
    /// The database does not answer, or is damaged.
    #[error("the database cannot be used")]
    Unusable(#[from] DbErr),
    /// The schema is older or newer than this program.
    #[error(
        "the database has another layout than this program makes ({pending} steps to go, {unknown} that it does not know); {}",
        way_out(*.pending, *.unknown)
    )]
    Schema {
        /// Steps that this program knows and the database has not.
        pending: usize,
        /// Steps that the database has and this program does not know.
        unknown: usize,
    },
}

/// What there is to do about a layout from which this program has so many steps to go, and that has so
/// many that it does not know.
fn way_out(pending: usize, unknown: usize) -> &'static str {
    match (pending, unknown) {
        (_, 0) => "run `alliantie migrate`",
        (0, _) => "a newer version made it: run that one",
        _ => {
            "no steps lead from the one to the other. Begin anew: give another --data-dir, or empty databases to all services; what is there stays, for the version that made it"
        }
    }
}

/// How long a connection to PostgreSQL may have been idle and still be taken for whole: a server that
/// restarts takes longer.
const TRUSTED_IDLE: Duration = Duration::from_millis(250);
/// How many pages SQLite adds to its log before it moves them into the file: 64 MiB. A page that
/// changes in every commit is moved once, and few commits wait for that.
const LOG_PAGES: &str = "16384";
/// How much of a SQLite file a connection keeps in memory, in KiB, with a minus.
const CACHED: &str = "-16384";
/// How SQLite works, on every connection. FULL: a commit that was acknowledged survives a loss of
/// power.
const PRAGMAS: [(&str, &str); 5] = [
    ("foreign_keys", "ON"),
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("wal_autocheckpoint", LOG_PAGES),
    ("cache_size", CACHED),
];

/// Two pools of connections to the database of one service. Who waits to write takes none from those
/// who read.
#[derive(Clone, Debug)]
pub struct Database {
    pool: DatabaseConnection,
    writers: DatabaseConnection,
}

impl Database {
    /// Connects, and checks that the database answers. A SQLite file is made when it is not there.
    ///
    /// # Errors
    /// When the URL is of another kind, or the database does not answer or is damaged.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::Url);
        }
        // SQLite has one writer at a time. Those who wait for the one connection get it in the order in
        // which they came, which SQLite itself does not promise.
        let (readers, writers) = if sqlite { (4, 1) } else { (16, 8) };
        let pool = Connector::connect(options(url, sqlite, readers)).await?;
        let writers = Connector::connect(options(url, sqlite, writers)).await?;
        let database = Self { pool, writers };
        if sqlite {
            database.require_whole().await?;
        } else {
            database.answers().await?;
        }
        Ok(database)
    }

    /// Reads the whole file once, so that damage shows at the start and not in an answer.
    async fn require_whole(&self) -> Result<(), DbErr> {
        let check = Statement::from_string(self.pool.get_database_backend(), "PRAGMA quick_check(1)");
        let row = self.pool.query_one_raw(check).await?;
        let found: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        if found == "ok" {
            return Ok(());
        }
        let first = found.lines().next().unwrap_or_default();
        Err(DbErr::Custom(format!("the file is damaged: {first}")))
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn answers(&self) -> Result<(), DbErr> {
        let statement = if self.is_postgres() { "SELECT 1" } else { "SELECT count(*) FROM sqlite_master" };
        self.pool.execute_unprepared(statement).await.map(|_| ())
    }

    /// Closes every connection. SQLite then puts its log into the file, so that the file alone is a
    /// whole copy.
    ///
    /// # Errors
    /// When the database does not answer any more.
    pub async fn close(&self) -> Result<(), DbErr> {
        if !self.is_postgres() {
            // A connection of its own may close later.
            self.writers.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        self.writers.close_by_ref().await?;
        self.pool.close_by_ref().await
    }

    /// The pool for reads that need no transaction.
    #[must_use]
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// The pool for single statements that write. On SQLite they take their turn among the
    /// transactions that write; on PostgreSQL they wait for no connection of those.
    #[must_use]
    pub fn writing(&self) -> &DatabaseConnection {
        if self.is_postgres() { &self.pool } else { &self.writers }
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        is_postgres(&self.pool)
    }

    /// Starts a transaction that will write. On SQLite it takes the write lock at once, so that
    /// what is read in it cannot change before it writes.
    ///
    /// # Errors
    /// When no connection is free, or the write lock is not to be had in time.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.writers.begin_with_options(options).await
    }

    /// Starts a transaction that writes and is the only one that does so until it ends, on both
    /// databases: on PostgreSQL it locks `table`, on which all such transactions have to agree.
    /// What it read still holds when it writes; readers go on. For services that write rarely.
    ///
    /// # Errors
    /// When no connection is free, or the lock is not to be had.
    pub async fn begin_exclusive(&self, table: &'static str) -> Result<DatabaseTransaction, DbErr> {
        let tx = self.begin_write().await?;
        lock_exclusive(&tx, table).await?;
        Ok(tx)
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When the schema is newer than this program, or a step fails; it is rolled back.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), Error> {
        self.require_migratable::<M>().await?;
        Ok(M::up(&self.pool, None).await?)
    }

    /// Refuses a schema from which no steps of this program lead to its own.
    ///
    /// # Errors
    /// When steps are unknown.
    pub async fn require_migratable<M: MigratorTrait>(&self) -> Result<(), Error> {
        match self.require_schema::<M>().await {
            Err(Error::Schema { unknown: 0, .. }) => Ok(()),
            checked => checked,
        }
    }

    /// Refuses a schema that is not exactly the one of this program.
    ///
    /// # Errors
    /// When steps are missing or unknown.
    pub async fn require_schema<M: MigratorTrait>(&self) -> Result<(), Error> {
        let known: Vec<String> = M::migrations().iter().map(|step| step.name().to_owned()).collect();
        let applied = self.applied_steps().await?;
        let pending = known.iter().filter(|name| !applied.contains(name)).count();
        let unknown = applied.iter().filter(|name| !known.contains(name)).count();
        if pending == 0 && unknown == 0 { Ok(()) } else { Err(Error::Schema { pending, unknown }) }
    }

    async fn applied_steps(&self) -> Result<Vec<String>, DbErr> {
        if !SchemaManager::new(&self.pool).has_table("seaql_migrations").await? {
            return Ok(Vec::new());
        }
        let select =
            Statement::from_string(self.pool.get_database_backend(), "SELECT version FROM seaql_migrations");
        self.pool.query_all_raw(select).await?.iter().map(|row| row.try_get("", "version")).collect()
    }
}

/// Locks a table as [`Database::begin_exclusive`] does, in a transaction that writes. Who locks several has
/// to do so in one order everywhere.
///
/// # Errors
/// When the lock is not to be had.
pub async fn lock_exclusive(tx: &DatabaseTransaction, table: &'static str) -> Result<(), DbErr> {
    lock_table(tx, table, "SHARE ROW EXCLUSIVE").await
}

/// Keeps a table as it is until a transaction that writes ends: nobody writes in it or locks it exclusively
/// before that. Others can keep it so too.
///
/// # Errors
/// When the lock is not to be had.
pub async fn lock_shared(tx: &DatabaseTransaction, table: &'static str) -> Result<(), DbErr> {
    lock_table(tx, table, "SHARE").await
}

/// On SQLite a transaction that writes is the only one that does so.
async fn lock_table(tx: &DatabaseTransaction, table: &str, mode: &str) -> Result<(), DbErr> {
    if is_postgres(tx) {
        tx.execute_unprepared(&format!("LOCK TABLE \"{table}\" IN {mode} MODE")).await?;
    }
    Ok(())
}

/// How to connect, with at most so many connections.
fn options(url: &str, sqlite: bool, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .sqlx_logging(false)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .max_connections(connections);
    if sqlite {
        options.map_sqlx_sqlite_opts(|options| {
            let options = options.create_if_missing(true).busy_timeout(BUSY_TIMEOUT);
            PRAGMAS.into_iter().fold(options, |options, (name, value)| options.pragma(name, value))
        });
    } else {
        // A commit that was acknowledged survives, whatever the default of the role is; and a
        // process that hangs with a lock does not hold up the others for ever.
        options.test_before_acquire_if_idle_for(TRUSTED_IDLE).map_sqlx_postgres_opts(|options| {
            options.options([
                ("synchronous_commit", "on"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "10s"),
            ])
        });
    }
    options
}

/// Whether a connection or transaction is to PostgreSQL.
pub fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DatabaseBackend::Postgres
}

/// Whether `column` has one of these values. PostgreSQL gets them as one, so that the statement is the
/// same for any number of them and is planned once.
pub fn one_of(column: impl ColumnTrait, values: impl Iterator<Item = String>, postgres: bool) -> Expr {
    if !postgres {
        return column.is_in(values);
    }
    let values = values.map(Value::from).collect();
    column.into_expr().eq(PgFunc::any(Value::Array(ArrayType::String, Some(Box::new(values)))))
}

/// Of the rows that `select` takes, only those that come after the row whose column `key` is
/// `after`, in the order of the column `order`; all of them when there is no `after`.
pub fn rows_after<E: EntityTrait>(
    select: Select<E>,
    order: E::Column,
    key: E::Column,
    after: Option<&str>,
) -> Select<E> {
    let Some(after) = after else { return select };
    let place =
        Query::select().column(order).from(E::default()).and_where(Expr::col(key).eq(after)).to_owned();
    select.filter(Expr::col(order).gt(place))
}

/// A row that this program did not write.
#[must_use]
pub fn damaged(table: &str, key: &str) -> DbErr {
    DbErr::Type(format!("the row {key} of table {table} is damaged"))
}
