//! The schema of the service, step by step.

mod m20261128_000009_consent;

use sea_orm_migration::prelude::*;

/// Brings the schema up to date.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261128_000009_consent::Migration)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
