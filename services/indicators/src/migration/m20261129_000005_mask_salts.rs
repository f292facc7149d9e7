//! The digest of a mask begins with a salt, so that it does not tell which cells are withheld.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::binary_null;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Shield {
    Table,
    MaskSalt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = binary_null(Shield::MaskSalt);
        manager.alter_table(Table::alter().table(Shield::Table).add_column(column).to_owned()).await
    }
}
