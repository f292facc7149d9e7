//! How the databases find what a decision reads: by an index, however many agreements there are.

use sea_orm::{ConnectionTrait, QueryTrait, Statement, TransactionTrait, TryGetable};
use testkit::TestDatabase;

use super::{agreements, ledger, predecessors, story_consents, use_rules};
use crate::Migrator;
use crate::domain::content::samples::{GGD, WELLER, oin};
use crate::domain::entry::Kind;
use crate::domain::name::AgreementId;

/// A database with many agreements, rules and entries, and what it knows about them up to date.
async fn filled(test: &TestDatabase) {
    test.database.migrate::<Migrator>().await.expect("the schema");
    let numbers = match test.kind {
        "sqlite" => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n"
        }
        _ => "SELECT generate_series(1, 5000) AS i",
    };
    for insert in [
        format!(
            "INSERT INTO agreement_content (content_hash, content_json, text_nl) SELECT 'hash' || i, '{{}}', '' FROM ({numbers}) AS n"
        ),
        format!(
            "INSERT INTO agreement (id, state, content_hash, end_time, create_time, update_time, entries) SELECT 'id' || i, 'ACTIVE', 'hash' || i, 0, 0, 0, 0 FROM ({numbers}) AS n"
        ),
        format!("INSERT INTO use_rule SELECT 'owner' || i % 500, 'id' || i, '{{}}', 0 FROM ({numbers}) AS n"),
    ] {
        test.database.pool().execute_unprepared(&insert).await.expect("rows");
    }
    test.database.pool().execute_unprepared("ANALYZE").await.expect("statistics");
}

/// How the database would answer, in its own words.
async fn plan(test: &TestDatabase, asked: Statement) -> String {
    let pool = test.database.pool();
    let explain = if test.kind == "sqlite" { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
    let asked = Statement { sql: format!("{explain} {}", asked.sql), ..asked };
    let tx = pool.begin().await.expect("a transaction");
    if test.kind != "sqlite" {
        // A table with few rows is read whole, whatever indexes there are.
        tx.execute_unprepared("SET LOCAL enable_seqscan = off").await.expect("a setting");
    }
    let lines = tx.query_all_raw(asked).await.expect("a plan");
    tx.rollback().await.expect("the end");
    let column = if test.kind == "sqlite" { "detail" } else { "QUERY PLAN" };
    let lines = lines.iter().map(|line| String::try_get_by(line, column).expect("a line"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_a_decision_reads_is_found_by_an_index() {
    for test in testkit::both().await {
        filled(&test).await;
        let id = AgreementId::of_id("0190163d-8694-739b-aea5-966c26f8ad90").expect("an id");
        let owners = [oin(GGD), oin(WELLER)].into();
        let (postgres, backend) = (test.database.is_postgres(), test.database.pool().get_database_backend());
        for statement in [
            agreements::standing_rows(&[id].into(), postgres).build(backend),
            ledger::last_rows(&[id].into(), postgres).build(backend),
            ledger::change_rows(id).build(backend),
            agreements::content_rows(&["hash1", "hash2"]).build(backend),
            predecessors::lines(&[id].into(), backend),
            agreements::party_rows(&[id].into(), &owners, postgres).build(backend),
            use_rules::of_owners(&owners, postgres).build(backend),
            ledger::rows_of(&["t1", "t2"], &[Kind::Permitted, Kind::Delivered]).build(backend),
            ledger::counting(&["id1", "id2"], backend),
            ledger::permits_after("t1").build(backend),
            ledger::permitted_use(&oin(GGD), "stories/een").build(backend),
            ledger::confirmed(&oin(GGD), &["id1", "id2"], postgres).build(backend),
            story_consents::stories_withdrawn(&["stories/een".to_owned()].into(), postgres).build(backend),
            story_consents::withdrawn_of_story("stories/een").build(backend),
            story_consents::of_stories(&["stories/een"].into(), postgres).build(backend),
        ] {
            let plan = plan(&test, statement).await;
            let indexed = match test.kind {
                // The values that are written and the rows that are found on the way are no table.
                "sqlite" => {
                    let own = ["VALUES CLAUSE", "SCAN line"];
                    let scan =
                        |line: &str| line.contains("SCAN") && !own.iter().any(|own| line.contains(own));
                    let by = ["USING INDEX", "USING COVERING INDEX", "USING PRIMARY KEY"];
                    let found = by.iter().any(|by| plan.contains(by));
                    found && !plan.lines().any(scan)
                }
                _ => plan.contains("Index") && !plan.contains("Seq Scan"),
            };
            assert!(indexed, "{}: {plan}", test.kind);
        }
    }
}
