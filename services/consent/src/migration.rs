//! The schema of the service, step by step.

mod m20261129_000010_consent;
mod m20261129_000011_changes;
mod m20261129_000012_story_uses;
mod m20261129_000013_replaced;

use platform::idempotency::AnswersByTime;
use sea_orm_migration::prelude::*;

/// Brings the schema up to date.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261129_000010_consent::Migration),
            Box::new(AnswersByTime),
            Box::new(m20261129_000011_changes::Migration),
            Box::new(m20261129_000012_story_uses::Migration),
            Box::new(m20261129_000013_replaced::Migration),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_layout_of_another_version_is_refused_with_what_to_do() {
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_x', 0)";
        let other = "DELETE FROM seaql_migrations WHERE version <> 'm20991231_000001_x'";
        let older = "DELETE FROM seaql_migrations";
        for test in testkit::both().await {
            let (database, pool) = (&test.database, test.database.pool());
            database.migrate::<Migrator>().await.expect(test.kind);
            for (change, said) in [
                (newer, "a newer version made it"),
                (other, "no steps lead from the one to the other. Begin anew: give another --data-dir"),
                (older, "run `alliantie migrate`"),
            ] {
                pool.execute_unprepared(change).await.expect(test.kind);
                let refused = database.require_schema::<Migrator>().await.expect_err(test.kind).to_string();
                assert!(refused.contains(said), "{} {refused}", test.kind);
                assert_eq!(refused.contains("alliantie migrate"), change == older, "{refused}");
            }
        }
    }

    #[tokio::test]
    async fn the_schema_is_made_and_taken_away_as_often_as_one_likes() {
        for test in testkit::both().await {
            let pool = test.database.pool();
            for _ in 0..2 {
                Migrator::up(pool, None).await.expect(test.kind);
                Migrator::down(pool, None).await.expect(test.kind);
            }
        }
    }
}
