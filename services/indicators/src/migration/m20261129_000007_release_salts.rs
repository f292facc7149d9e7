//! The digest by which a release of a shared dataset is in the ledger begins with a salt, so that it does not tell what
//! its withheld cells are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::binary_null;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Release {
    Table,
    DigestSalt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = binary_null(Release::DigestSalt);
        manager.alter_table(Table::alter().table(Release::Table).add_column(column).to_owned()).await
    }
}
