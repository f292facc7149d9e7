//! What one look tells, step by step.

use super::*;
use crate::migration::Migrator;
use sea_orm::ConnectionTrait;

const AGREEMENT: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

/// Looks at a database with one agreement, of which nothing can be read but its id.
struct Looking {
    test: testkit::TestDatabase,
    at: i64,
    revocations: Revocations,
    told: Told,
    heard: broadcast::Receiver<Signal>,
}

impl Looking {
    async fn over(test: testkit::TestDatabase) -> Self {
        test.database.migrate::<Migrator>().await.expect("a schema");
        let (store, clock) = (Store::new(test.database.clone()), testkit::clock());
        let now = store.database_time(clock.now()).await.expect("a time");
        let points = Points::new(store.clone(), clock.clone(), Duration::from_secs(2), Arc::default());
        let witnesses = crate::Config::default().witnesses();
        let (signals, heard) = broadcast::channel(BACKLOG);
        let revocations = Revocations { store, clock, points, witnesses, signals, look: Arc::default() };
        let at = platform::clock::micros(now);
        let this = Self { test, at, revocations, told: Told::default(), heard };
        this.run("INSERT INTO agreement_content (content_hash, content_json, text_nl) VALUES ('', '', '')")
            .await;
        this.run(&format!(
            "INSERT INTO agreement (id, state, content_hash, end_time, start_time, create_time, update_time, entries) \
             VALUES ('{AGREEMENT}', 'REVOKED', '', {at}, {at}, {at}, {at}, 1)"
        ))
        .await;
        this
    }

    async fn run(&self, sql: &str) {
        self.test.database.pool().execute_unprepared(sql).await.expect(sql);
    }

    /// A stop as it is kept.
    async fn stop(&self, stop: u64, agreement: &str, state: &str) {
        let at = self.at;
        let insert = format!(
            "INSERT INTO agreement_stop (stop, agreement, state, since, stop_time) \
             VALUES ({stop}, '{agreement}', '{state}', {at}, {at})"
        );
        let unchecked = match self.test.kind {
            "sqlite" => format!("PRAGMA foreign_keys = OFF; {insert}; PRAGMA foreign_keys = ON"),
            _ => format!(
                "ALTER TABLE agreement_stop DROP CONSTRAINT IF EXISTS agreement_stop_agreement_fkey; {insert}"
            ),
        };
        self.run(&unchecked).await;
    }

    /// What the next look tells: agreement, state and number of each stop.
    async fn look(&mut self) -> Vec<(Option<String>, State, Option<u64>)> {
        self.revocations.look(&mut self.told).await.expect("a look");
        let mut ended = Vec::new();
        loop {
            match self.heard.try_recv().expect("a signal") {
                Signal::Stopped(news) => {
                    assert_eq!(news.withdrawn, []);
                    ended
                        .extend(news.ended.iter().map(|one| (one.id.map(|id| id.id()), one.state, one.stop)));
                }
                Signal::Looked(looked) => {
                    assert_eq!((&looked.unfit[..], looked.overdue), (&[][..], None));
                    return ended;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stop_that_is_damaged_is_told_for_what_it_may_be_about_and_keeps_no_other_back() {
    let other = "0190163d-8694-739b-aea5-000000000000";
    for test in testkit::both().await {
        let mut looking = Looking::over(test).await;
        let kind = looking.test.kind;
        let told = |id: Option<&str>, state, stop| (id.map(str::to_owned), state, Some(stop));
        for first in [10, 20] {
            // No such agreement, no id, no state, no state after a stop, and a sound one.
            for (stop, agreement, state) in [
                (first, other, "SUSPENDED"),
                (first + 1, "x", "SUSPENDED"),
                (first + 2, AGREEMENT, "x"),
                (first + 3, AGREEMENT, "ACTIVE"),
                (first + 4, AGREEMENT, "SUSPENDED"),
            ] {
                looking.stop(stop, agreement, state).await;
            }
            let expected = [
                told(Some(other), State::Suspended, first),
                told(None, State::Suspended, first + 1),
                told(Some(AGREEMENT), State::Revoked, first + 2),
                told(Some(AGREEMENT), State::Revoked, first + 3),
                told(Some(AGREEMENT), State::Suspended, first + 4),
            ];
            // By the first look, and by a later one; each once.
            assert_eq!(looking.look().await, expected, "{kind}");
            assert_eq!(looking.look().await, []);
        }
        let process = looking.revocations.clock.uuid().to_string();
        let listening = looking.revocations.listen("p".to_owned(), process, Duration::from_secs(1)).await;
        assert_eq!(listening.expect("a listener").recent.ended.len(), 10, "{kind}");
    }
}

#[tokio::test]
async fn a_stop_is_told_even_when_the_first_look_fails_after_reading_it() {
    for test in testkit::both().await {
        let mut looking = Looking::over(test).await;
        looking.stop(7, AGREEMENT, "REVOKED").await;
        looking.run("ALTER TABLE story_consent RENAME TO elsewhere").await;
        looking.revocations.look(&mut looking.told).await.expect_err("a table is gone");
        assert!(looking.heard.try_recv().is_err(), "{}: nothing was told", looking.test.kind);
        looking.run("ALTER TABLE elsewhere RENAME TO story_consent").await;
        assert_eq!(looking.look().await, [(Some(AGREEMENT.to_owned()), State::Revoked, Some(7))]);
        assert_eq!(looking.look().await, [], "told once");
    }
}

#[tokio::test]
async fn however_many_stop_at_once_a_listener_hears_of_all_of_them() {
    for test in testkit::both().await {
        let mut looking = Looking::over(test).await;
        looking.look().await;
        let count = 2 * u64::try_from(BACKLOG).expect("a number");
        for stop in 0..count {
            looking.stop(stop, AGREEMENT, "SUSPENDED").await;
        }
        let told: Vec<_> = looking.look().await.into_iter().filter_map(|(.., stop)| stop).collect();
        assert_eq!(told, (0..count).collect::<Vec<_>>(), "{}", looking.test.kind);
    }
}
