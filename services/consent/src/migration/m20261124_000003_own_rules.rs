//! The organisations' own rules.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn text(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().not_null().to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let create_time = ColumnDef::new(name("create_time")).big_integer().not_null().to_owned();
        manager
            .create_table(
                Table::create()
                    .table(name("use_rule"))
                    .col(text("owner"))
                    .col(text("id"))
                    .col(text("terms_json"))
                    .col(create_time)
                    // The owner first: a decision reads the rules of one organisation.
                    .primary_key(Index::create().col(name("owner")).col(name("id")))
                    .to_owned(),
            )
            .await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("use_rule")).to_owned()).await
    }
}
