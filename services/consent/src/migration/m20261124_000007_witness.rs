//! When each organisation last co-signed the ledger, so that a decision need not look through all
//! co-signatures.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(name("ledger_witness"))
                    .col(ColumnDef::new(name("origin")).text().not_null())
                    .col(ColumnDef::new(name("oin")).text().not_null())
                    .col(ColumnDef::new(name("time")).big_integer().not_null())
                    .primary_key(Index::create().col(name("origin")).col(name("oin")))
                    .to_owned(),
            )
            .await?;
        let latest = "INSERT INTO ledger_witness (origin, oin, time) \
            SELECT origin, oin, MAX(time) FROM ledger_cosignature GROUP BY origin, oin";
        manager.get_connection().execute_unprepared(latest).await.map(drop)
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("ledger_witness")).to_owned()).await
    }
}
