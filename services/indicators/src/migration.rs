//! The schema, step by step.

mod m20261123_000001_figures;
mod m20261128_000002_shields;
mod m20261128_000003_denominators;
mod m20261128_000004_retired;
mod m20261129_000005_mask_salts;
mod m20261129_000006_declarations;
mod m20261129_000007_release_salts;
mod m20261129_000008_subtotals;

use platform::idempotency::AnswersByTime;
use sea_orm_migration::prelude::*;

/// All steps of the schema.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_figures::Migration),
            Box::new(m20261128_000002_shields::Migration),
            Box::new(m20261128_000003_denominators::Migration),
            Box::new(m20261128_000004_retired::Migration),
            Box::new(m20261129_000005_mask_salts::Migration),
            Box::new(m20261129_000006_declarations::Migration),
            Box::new(m20261129_000007_release_salts::Migration),
            Box::new(m20261129_000008_subtotals::Migration),
            Box::new(AnswersByTime),
        ]
    }
}
