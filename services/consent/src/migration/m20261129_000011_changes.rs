//! The entries of the changes of an agreement are found however many decisions were entered about it: who
//! ends it goes by them, while everybody else waits.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of those alone, so that it costs a decision nothing.
        let index = "CREATE INDEX ledger_entry_changes ON ledger_entry (agreement, position) \
            WHERE kind = 'AGREEMENT_CHANGED'";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX ledger_entry_changes").await.map(drop)
    }
}
