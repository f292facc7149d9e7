//! The schema of the service, step by step.

mod m20261124_000002_agreement_terms;
mod m20261124_000003_own_rules;
mod m20261124_000004_enforcement;
mod m20261124_000005_story_consent;
mod m20261124_000006_purpose;
mod m20261124_000007_witness;
mod m20261128_000008_story_mistake;
mod m20261128_000009_consent;

use sea_orm_migration::prelude::*;

/// Brings the schema up to date.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261128_000009_consent::Migration),
            Box::new(m20261124_000002_agreement_terms::Migration),
            Box::new(m20261124_000003_own_rules::Migration),
            Box::new(m20261124_000004_enforcement::Migration),
            Box::new(m20261124_000005_story_consent::Migration),
            Box::new(m20261124_000006_purpose::Migration),
            Box::new(m20261124_000007_witness::Migration),
            Box::new(m20261128_000008_story_mistake::Migration),
        ]
    }
}
