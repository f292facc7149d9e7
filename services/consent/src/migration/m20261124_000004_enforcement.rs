//! Enforcement points, stops, and what became of each stop at each point.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

fn text(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().not_null().to_owned()
}

fn number(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().not_null().to_owned()
}

fn optional_number(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().to_owned()
}

fn index(table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(format!("{table}_by_{column}")).table(name(table)).col(name(column)).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(name("enforcement_point"))
                    .col(text("name"))
                    .col(text("process"))
                    .col(text("replica"))
                    .col(number("registered_time"))
                    .col(number("heard_time"))
                    .col(text("open_streams"))
                    .primary_key(Index::create().col(name("name")).col(name("process")))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(name("agreement_stop"))
                    .col(number("stop").primary_key())
                    .col(text("agreement"))
                    .col(text("state"))
                    .col(number("since"))
                    .col(number("stop_time"))
                    .col(optional_number("complete_time"))
                    .col(optional_number("entry"))
                    .foreign_key(
                        ForeignKey::create().from_col(name("agreement")).to(name("agreement"), name("id")),
                    )
                    .to_owned(),
            )
            .await?;
        for column in ["agreement", "stop_time", "entry"] {
            manager.create_index(index("agreement_stop", column)).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table(name("stop_confirmation"))
                    .col(number("stop"))
                    .col(text("point"))
                    .col(text("process"))
                    .col(number("heard_time"))
                    .col(optional_number("confirm_time"))
                    .col(number("streams_cut"))
                    .col(optional_number("silent_since"))
                    .primary_key(Index::create().col(name("stop")).col(name("point")).col(name("process")))
                    .foreign_key(
                        ForeignKey::create().from_col(name("stop")).to(name("agreement_stop"), name("stop")),
                    )
                    .to_owned(),
            )
            .await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["stop_confirmation", "agreement_stop", "enforcement_point"] {
            manager.drop_table(Table::drop().table(name(table)).to_owned()).await?;
        }
        Ok(())
    }
}
