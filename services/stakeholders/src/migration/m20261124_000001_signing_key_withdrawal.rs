//! Keys can be withdrawn.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SigningKey {
    Table,
    WithdrawTime,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table(SigningKey::Table)
            .add_column(ColumnDef::new(SigningKey::WithdrawTime).big_integer())
            .to_owned();
        manager.alter_table(table).await
    }
}
