//! A connection to SQLite whose statements run on the thread that asks, beside those of the pool.

use std::time::Duration;

use consent::Migrator;
use platform::db::{Direct, Writes};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement, Value};
use testkit::TestDatabase;
use tokio::sync::oneshot;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(50);

async fn direct() -> (TestDatabase, Direct) {
    let test = testkit::sqlite().await;
    test.database.migrate::<Migrator>().await.unwrap();
    let direct = test.database.direct().unwrap().unwrap();
    (test, direct)
}

fn purpose(code: &str) -> Statement {
    let values: [Value; 4] = [code.into(), 1.into(), "name".into(), "serves".into()];
    let sql = "INSERT INTO purpose (code, position, display_name, serves) VALUES (?, ?, ?, ?)";
    Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, values)
}

fn asked(sql: &str) -> Statement {
    Statement::from_string(DatabaseBackend::Sqlite, sql)
}

async fn codes(on: &impl Writes) -> Vec<(String,)> {
    on.rows(asked("SELECT code FROM purpose ORDER BY code")).await.unwrap()
}

#[tokio::test]
async fn only_sqlite_has_one() {
    assert!(testkit::postgres().await.database.direct().unwrap().is_none());
}

#[tokio::test]
async fn what_is_not_ended_is_not_kept() {
    let (test, direct) = direct().await;
    let dropped = direct.begin().await.unwrap();
    dropped.run(purpose("dropped")).await.unwrap();
    assert_eq!(codes(&dropped).await, [("dropped".to_owned(),)]);
    drop(dropped);
    let ended = direct.begin().await.unwrap();
    ended.run(purpose("ended")).await.unwrap();
    ended.end().await.unwrap();
    assert_eq!(codes(&test.database.begin_write().await.unwrap()).await, [("ended".to_owned(),)]);
}

#[tokio::test]
async fn who_writes_waits_for_the_turn_of_the_other() {
    let (test, direct) = direct().await;
    let pooled = test.database.begin_write().await.unwrap();
    timeout(SHORT, direct.begin()).await.expect_err("it is not its turn");
    pooled.rollback().await.unwrap();
    let own = timeout(Duration::from_secs(5), direct.begin()).await.expect("its turn").unwrap();
    timeout(SHORT, test.database.begin_write()).await.expect_err("it is not its turn");
    timeout(SHORT, test.database.writing().execute_unprepared("DELETE FROM purpose"))
        .await
        .expect_err("a single statement waits too");
    drop(own);
    timeout(Duration::from_secs(5), test.database.begin_write()).await.expect("its turn").unwrap();
}

/// As the writer of decisions has it: a runtime of its own, on which nothing else runs while it works.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_turn_is_given_back_before_the_transaction_goes_on() {
    let (test, direct) = direct().await;
    let pooled = test.database.begin_write().await.unwrap();
    let (begun, begins) = oneshot::channel();
    let (end, ends) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let own = direct.begin().await.unwrap();
            begun.send(()).unwrap();
            ends.recv().unwrap();
            own.end().await.unwrap();
        });
    });
    // It waits for its turn.
    tokio::time::sleep(SHORT).await;
    pooled.rollback().await.unwrap();
    begins.await.unwrap();
    let pool = test.database.writing().get_sqlite_connection_pool();
    let given_back = async {
        while pool.num_idle() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(5), given_back).await.expect("its turn");
    end.send(()).unwrap();
    writer.join().unwrap();
}

#[tokio::test]
async fn both_connections_read_the_same_and_work_the_same() {
    let (test, direct) = direct().await;
    let row = "SELECT 'text', 9007199254740993, NULL, 1 = 1";
    type Row = (String, i64, Option<String>, bool);
    let expected: Vec<Row> = vec![("text".to_owned(), 9_007_199_254_740_993, None, true)];
    let settings = ["foreign_keys", "synchronous", "wal_autocheckpoint", "cache_size", "busy_timeout"];
    let pooled = test.database.begin_write().await.unwrap();
    assert_eq!(pooled.rows::<Row>(asked(row)).await.unwrap(), expected);
    let mut set: Vec<Vec<(i64,)>> = Vec::new();
    for setting in settings {
        set.push(pooled.rows(asked(&format!("PRAGMA {setting}"))).await.unwrap());
    }
    pooled.rollback().await.unwrap();
    let own = direct.begin().await.unwrap();
    assert_eq!(own.rows::<Row>(asked(row)).await.unwrap(), expected);
    for (setting, pooled) in settings.into_iter().zip(set) {
        let own: Vec<(i64,)> = own.rows(asked(&format!("PRAGMA {setting}"))).await.unwrap();
        assert_eq!(own, pooled, "{setting}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_is_an_error() {
    let (_test, direct) = direct().await;
    let own = direct.begin().await.unwrap();
    let wrong = own.rows::<(i64,)>(asked("SELECT 'text'")).await.unwrap_err();
    assert!(matches!(wrong, DbErr::Type(_)), "it is not the connection that fails: {wrong:?}");
    let fraction = Statement::from_sql_and_values(DatabaseBackend::Sqlite, "SELECT ?", [Value::from(0.5)]);
    own.rows::<(String,)>(fraction).await.unwrap_err();
}

#[tokio::test]
async fn bytes_in_the_place_of_a_text_hurt_no_other_row() {
    let (_test, direct) = direct().await;
    let own = direct.begin().await.unwrap();
    let rows = "VALUES ('text'), (CAST(x'7bff7d' AS TEXT)), (x'7b7d'), (NULL)";
    let read: Vec<(Option<String>,)> = own.rows(asked(rows)).await.unwrap();
    assert_eq!(
        read,
        [Some("text"), Some("\u{fffd}"), Some("\u{fffd}"), None].map(|it| (it.map(str::to_owned),))
    );
}

#[tokio::test]
async fn a_connection_that_goes_on_to_fail_is_opened_again() {
    let (_test, mut direct) = direct().await;
    direct.begin().await.unwrap().run(asked("PRAGMA query_only = ON")).await.unwrap();
    for _ in 0..2 {
        match direct.begin().await {
            Ok(own) => own.run(purpose("refused")).await.unwrap_err(),
            Err(error) => error,
        };
    }
    direct.reopen().unwrap();
    let own = direct.begin().await.unwrap();
    own.run(purpose("kept")).await.unwrap();
    own.end().await.unwrap();
    assert_eq!(codes(&direct.begin().await.unwrap()).await, [("kept".to_owned(),)]);
}

#[tokio::test]
async fn a_closed_database_is_whole_in_its_file() {
    let (test, direct) = direct().await;
    let own = direct.begin().await.unwrap();
    own.run(purpose("kept")).await.unwrap();
    own.end().await.unwrap();
    test.database.close().await.unwrap();
    let file = test.url.strip_prefix("sqlite://").unwrap();
    let log = std::fs::metadata(format!("{file}-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "nothing is left in the log");
}
