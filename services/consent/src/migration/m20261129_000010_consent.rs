//! Everything that the service keeps.

mod agreements;
mod columns;
mod ledger;
mod stories;

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// The tables in the order in which they can be dropped.
const TABLES: [&str; 18] = [
    "story_consent",
    "entered_mask",
    "ledger_witness",
    "ledger_cosignature",
    "ledger_tile",
    "ledger_party",
    "ledger_entry",
    "ledger_head",
    "stop_confirmation",
    "agreement_stop",
    "enforcement_point",
    "use_rule",
    "agreement_signature",
    "agreement_party",
    "agreement",
    "agreement_content",
    "purpose",
    "request_log",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform::idempotency::create_table(manager).await?;
        agreements::purposes(manager).await?;
        agreements::agreements(manager).await?;
        agreements::own_rules(manager).await?;
        agreements::enforcement(manager).await?;
        ledger::ledger(manager).await?;
        stories::story_consents(manager).await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.drop_table(Table::drop().table(columns::name(table)).to_owned()).await?;
        }
        Ok(())
    }
}
