//! What figures of an indicator mean is declared: whether they add up over time, and whether its rates are a
//! distribution. Of those that are there it is as it mostly is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Indicator {
    Table,
    AddsUpOverTime,
    Distribution,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, default) in [(Indicator::AddsUpOverTime, true), (Indicator::Distribution, false)] {
            let mut column = boolean(column);
            column.default(default);
            manager.alter_table(Table::alter().table(Indicator::Table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
