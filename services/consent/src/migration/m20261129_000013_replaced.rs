//! What an agreement took the place of is found however many there are: who drafts or signs one that takes the
//! place of another goes by the whole line.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of those alone that were replaced: no decision changes one of them.
        let index =
            "CREATE INDEX agreement_replaced ON agreement (replaced_by) WHERE replaced_by IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX agreement_replaced").await.map(drop)
    }
}
