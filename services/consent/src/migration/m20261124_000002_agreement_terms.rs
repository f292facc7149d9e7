//! What replaced an agreement, since when it can be used and when it last was, and an index for the
//! signatures of a party.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SIGNATURES: &str = "agreement_signature_by_oin_kind_agreement";

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn columns() -> [ColumnDef; 3] {
    [
        ColumnDef::new(name("replaced_by")).text().to_owned(),
        ColumnDef::new(name("last_permit_time")).big_integer().to_owned(),
        ColumnDef::new(name("start_time")).big_integer().not_null().default(0).to_owned(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            // SQLite adds one column at a time.
            let table = Table::alter().table(name("agreement")).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        manager
            .create_index(
                Index::create()
                    .name(SIGNATURES)
                    .table(name("agreement_signature"))
                    .col(name("oin"))
                    .col(name("kind"))
                    .col(name("agreement"))
                    .to_owned(),
            )
            .await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(SIGNATURES).table(name("agreement_signature")).to_owned();
        manager.drop_index(index).await?;
        for column in ["replaced_by", "last_permit_time", "start_time"] {
            let table = Table::alter().table(name("agreement")).drop_column(name(column)).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
