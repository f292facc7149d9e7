//! The schema of this service, step by step.

mod m20261123_000001_inspanningen;

use platform::idempotency::AnswersByTime;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261123_000001_inspanningen::Migration), Box::new(AnswersByTime)]
    }
}
