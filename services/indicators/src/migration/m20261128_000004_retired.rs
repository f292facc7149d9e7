//! A protection that no agreement asks for any more can be retired: later releases need no shield under it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Protection {
    Table,
    Retired,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = boolean(Protection::Retired);
        column.default(false);
        manager.alter_table(Table::alter().table(Protection::Table).add_column(column).to_owned()).await
    }
}
