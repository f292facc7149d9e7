//! Every agreement in use is looked at, however many there are and however little time.

use sea_orm::ConnectionTrait;
use testkit::TestDatabase;

use super::*;
use crate::migration::Migrator;

fn id(number: usize) -> AgreementId {
    AgreementId::of_id(&format!("0190163d-8694-739b-aea5-{number:012x}")).expect("an id")
}

async fn run(test: &TestDatabase, sql: &str) {
    test.database.pool().execute_unprepared(sql).await.expect(sql);
}

/// A database in which so many agreements are as their only entry left them.
async fn filled(test: &TestDatabase, count: usize) -> Store {
    test.database.migrate::<Migrator>().await.expect("a schema");
    let (numbers, id) = match test.kind {
        "sqlite" => (
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1) SELECT i FROM n) AS n"
            ),
            "printf('0190163d-8694-739b-aea5-%012x', i)",
        ),
        _ => (
            format!("generate_series(0, {count} - 1) AS n(i)"),
            "('0190163d-8694-739b-aea5-' || lpad(to_hex(i), 12, '0'))",
        ),
    };
    let rows = format!("SELECT {id}, '', '' FROM {numbers}");
    run(test, &format!("INSERT INTO agreement_content (content_hash, content_json, text_nl) {rows}")).await;
    let columns =
        "id, state, content_hash, end_time, start_time, create_time, update_time, entries, last_leaf";
    let rows = format!("SELECT {id}, 'ACTIVE', {id}, 0, 0, 0, 0, 1, 'leaf' FROM {numbers}");
    run(test, &format!("INSERT INTO agreement ({columns}) {rows}")).await;
    let columns = "position, kind, agreement, transaction_id, header_json, header_salt, header_commitment, body_json, body_salt, body_commitment, leaf_hash";
    let header =
        r#"'{"index":0,"time":"2026-11-23T11:00:00.000000Z","agreement_sequence":1,"state":"ACTIVE"}'"#;
    let rows = format!("SELECT i, '', {id}, '', {header}, '', '', '', '', '', 'leaf' FROM {numbers}");
    run(test, &format!("INSERT INTO ledger_entry ({columns}) {rows}")).await;
    run(test, "ANALYZE").await;
    Store::new(test.database.clone())
}

async fn set_state(test: &TestDatabase, id: AgreementId, state: &str) {
    run(test, &format!("UPDATE agreement SET state = '{state}' WHERE id = '{id}'")).await;
}

#[tokio::test]
async fn each_is_looked_at_in_its_turn_and_told_until_it_fits_again() {
    const COUNT: usize = 3 * AT_ONCE;
    for test in testkit::both().await {
        let store = filled(&test, COUNT).await;
        let in_use: HashSet<AgreementId> = (0..COUNT).map(id).collect();
        let mut fitness = Fitness::default();
        let mut look = async |time| fitness.look(&store, in_use.clone(), time).await.expect("a look");
        let (first, last) = (id(7), id(COUNT - 1));
        for wrong in [first, last] {
            set_state(&test, wrong, "REVOKED").await;
        }
        let none = Duration::ZERO;
        for told in [vec![first], vec![first], vec![first, last], vec![first, last]] {
            assert_eq!(look(none).await, told, "{}", test.kind);
        }
        // The fourth look came back to the beginning.
        set_state(&test, first, "ACTIVE").await;
        for told in [vec![first, last], vec![first, last], vec![last]] {
            assert_eq!(look(none).await, told, "{}", test.kind);
        }
        set_state(&test, last, "ACTIVE").await;
        set_state(&test, first, "x").await;
        assert_eq!(look(Duration::from_secs(60)).await, [first], "{}: with time, all of them", test.kind);
    }
}

#[tokio::test]
async fn under_what_is_not_in_use_any_more_nothing_is_told_and_what_is_gone_does_not_fit() {
    for test in testkit::both().await {
        let store = filled(&test, 3).await;
        let mut fitness = Fitness::default();
        let time = Duration::from_secs(60);
        set_state(&test, id(1), "SUSPENDED").await;
        let all = HashSet::from([id(0), id(1), id(9)]);
        assert_eq!(fitness.look(&store, all, time).await.expect("a look"), [id(1), id(9)], "{}", test.kind);
        let left = HashSet::from([id(0), id(9)]);
        assert_eq!(fitness.look(&store, left, time).await.expect("a look"), [id(9)], "{}", test.kind);
        assert_eq!(fitness.look(&store, HashSet::new(), time).await.expect("a look"), [], "{}", test.kind);
    }
}
