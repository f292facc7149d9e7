//! An empty database for one test, on SQLite and on PostgreSQL.

use platform::db::Database;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;
use uuid::{NoContext, Timestamp, Uuid};

/// Where the PostgreSQL server for tests is; `cargo xtask test` starts one and sets this.
const POSTGRES: &str = "ALLIANTIE_TEST_POSTGRES_URL";

/// A database that is gone with the test (SQLite) or with the server (PostgreSQL).
#[derive(Debug)]
pub struct TestDatabase {
    /// "sqlite" or "postgres", to name in messages.
    pub kind: &'static str,
    /// URL, for a process of its own.
    pub url: String,
    /// The connection.
    pub database: Database,
    _folder: Option<TempDir>,
}

/// One of each.
pub async fn both() -> [TestDatabase; 2] {
    [sqlite().await, postgres().await]
}

/// A SQLite file in a folder of its own.
pub async fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let database = Database::connect(&url).await.expect("a SQLite database");
    TestDatabase { kind: "sqlite", url, database, _folder: Some(folder) }
}

/// A database of its own on the PostgreSQL server for tests.
pub async fn postgres() -> TestDatabase {
    let server = std::env::var(POSTGRES)
        .unwrap_or_else(|_| panic!("{POSTGRES} is not set; run the tests with `cargo xtask test`"));
    let name = format!("test_{}", Uuid::new_v7(Timestamp::now(NoContext)).simple());
    let admin = Database::connect(&server).await.expect("the PostgreSQL server for tests");
    admin.pool().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database on it");
    let (base, _) = server.rsplit_once('/').expect("a URL that ends in a database");
    let url = format!("{base}/{name}");
    let database = Database::connect(&url).await.expect("the new database");
    TestDatabase { kind: "postgres", url, database, _folder: None }
}
