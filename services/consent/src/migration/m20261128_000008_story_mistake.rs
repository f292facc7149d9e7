//! Consents for a story that were entered by mistake.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const TABLE: &str = "story_consent";
const COLUMN: &str = "mistaken";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let new = ColumnDef::new(Alias::new(COLUMN)).boolean().not_null().default(false).to_owned();
        manager.alter_table(Table::alter().table(Alias::new(TABLE)).add_column(new).to_owned()).await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table(Alias::new(TABLE)).drop_column(Alias::new(COLUMN)).to_owned();
        manager.alter_table(alter).await
    }
}
