//! What one look tells, step by step.

use super::*;
use crate::migration::Migrator;
use sea_orm::ConnectionTrait;

#[tokio::test]
async fn a_stop_is_told_even_when_the_first_look_fails_after_reading_it() {
    for test in testkit::both().await {
        test.database.migrate::<Migrator>().await.expect("a schema");
        let (store, clock) = (Store::new(test.database.clone()), testkit::clock());
        let now = store.database_time(clock.now()).await.expect("a time");
        let at = platform::clock::micros(now);
        let run = async |sql: &str| {
            test.database.pool().execute_unprepared(sql).await.expect(sql);
        };
        run("INSERT INTO agreement_content (content_hash, content_json, text_nl) VALUES ('', '', '')").await;
        run(&format!(
            "INSERT INTO agreement (id, state, content_hash, end_time, start_time, create_time, update_time, entries) \
             VALUES ('0190163d-8694-739b-aea5-966c26f8ad90', 'REVOKED', '', {at}, {at}, {at}, {at}, 1)"
        ))
        .await;
        run(&format!(
            "INSERT INTO agreement_stop (stop, agreement, state, since, stop_time) \
             VALUES (7, '0190163d-8694-739b-aea5-966c26f8ad90', 'REVOKED', {at}, {at})"
        ))
        .await;
        let points = Points::new(store.clone(), clock.clone(), Duration::from_secs(2), Arc::default());
        let witnesses = crate::Config::default().witnesses();
        let (signals, mut heard) = broadcast::channel(BACKLOG);
        let revocations = Revocations { store, clock, points, witnesses, signals, look: Arc::default() };
        let mut told = Told::default();

        run("ALTER TABLE story_consent RENAME TO elsewhere").await;
        revocations.look(&mut told).await.expect_err("a table is gone");
        assert!(heard.try_recv().is_err(), "{}: nothing was told", test.kind);
        run("ALTER TABLE elsewhere RENAME TO story_consent").await;
        revocations.look(&mut told).await.expect("a look");
        assert!(
            matches!(heard.try_recv(), Ok(Signal::Ended(ended)) if ended.stop == Some(7)),
            "{}",
            test.kind
        );
        assert!(matches!(heard.try_recv(), Ok(Signal::Alive(_))));
        revocations.look(&mut told).await.expect("a look");
        assert!(matches!(heard.try_recv(), Ok(Signal::Alive(_))), "told once");
    }
}
