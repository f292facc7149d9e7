//! What was decided about the use of stories is found however much else was entered: who hears of a withdrawal
//! goes by it.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of those alone, so that it costs a decision under an agreement nothing.
        let index = "CREATE INDEX ledger_entry_story_uses ON ledger_entry (kind, position) \
            WHERE kind = 'STORY_USE_DECIDED'";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX ledger_entry_story_uses").await.map(drop)
    }
}
