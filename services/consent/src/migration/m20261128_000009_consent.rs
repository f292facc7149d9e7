//! Purposes, agreements and the ledger.

use sea_orm::{ConnectionTrait, DatabaseBackend};
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

/// The number that rows of the ledger are kept by. SQLite keeps the row itself by it, without an index
/// beside it, only under this name of the type.
fn position(manager: &SchemaManager<'_>) -> ColumnDef {
    if is_sqlite(manager) {
        ColumnDef::new(name("position")).integer().not_null().to_owned()
    } else {
        number("position")
    }
}

/// A table whose rows are narrow. SQLite keeps them in the index of their key, and nowhere else.
fn narrow(manager: &SchemaManager<'_>, table: &mut TableCreateStatement) -> TableCreateStatement {
    if is_sqlite(manager) {
        table.extra("WITHOUT ROWID");
    }
    table.to_owned()
}

fn is_sqlite(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DatabaseBackend::Sqlite
}

fn place(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().not_null().to_owned()
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index =
        Index::create().name(format!("{table}_by_{}", columns.join("_"))).table(name(table)).to_owned();
    for column in columns {
        index.col(name(column));
    }
    index
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform::idempotency::create_table(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table(name("purpose"))
                    .col(text("code").primary_key())
                    .col(place("position"))
                    .col(text("display_name"))
                    .col(text("serves"))
                    .to_owned(),
            )
            .await?;
        agreements(manager).await?;
        ledger(manager).await
    }

    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "entered_mask",
            "ledger_cosignature",
            "ledger_tile",
            "ledger_party",
            "ledger_entry",
            "ledger_head",
            "agreement_signature",
            "agreement_party",
            "agreement",
            "agreement_content",
            "purpose",
            "request_log",
        ] {
            manager.drop_table(Table::drop().table(name(table)).to_owned()).await?;
        }
        Ok(())
    }
}

async fn agreements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("agreement_content"))
                .col(text("content_hash").primary_key())
                .col(text("content_json"))
                .col(text("text_nl"))
                .to_owned(),
        )
        .await?;
    // Every decision changes a row, so it is narrow.
    let agreement = narrow(
        manager,
        Table::create()
            .table(name("agreement"))
            .col(text("id").primary_key())
            .col(text("state"))
            .col(text("content_hash").unique_key())
            .col(number("end_time"))
            .col(number("create_time"))
            .col(number("update_time"))
            .col(number("entries"))
            .col(ColumnDef::new(name("last_leaf")).text())
            .foreign_key(
                ForeignKey::create()
                    .from_col(name("content_hash"))
                    .to(name("agreement_content"), name("content_hash")),
            ),
    );
    manager.create_table(agreement).await?;
    manager.create_index(index("agreement", &["state", "update_time"])).await?;
    manager.create_index(index("agreement", &["state", "end_time"])).await?;
    manager
        .create_table(
            Table::create()
                .table(name("agreement_party"))
                .col(text("oin"))
                .col(text("agreement"))
                .primary_key(Index::create().col(name("oin")).col(name("agreement")))
                .foreign_key(
                    ForeignKey::create().from_col(name("agreement")).to(name("agreement"), name("id")),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(name("agreement_signature"))
                .col(text("agreement"))
                .col(place("position"))
                .col(text("oin"))
                .col(text("kind"))
                .col(text("jws"))
                .col(number("create_time"))
                .primary_key(Index::create().col(name("agreement")).col(name("position")))
                .foreign_key(
                    ForeignKey::create().from_col(name("agreement")).to(name("agreement"), name("id")),
                )
                .to_owned(),
        )
        .await
}

async fn ledger(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("ledger_head"))
                .col(place("id").primary_key())
                .col(number("size"))
                .col(text("frontier"))
                .to_owned(),
        )
        .await?;
    let head = Query::insert()
        .into_table(name("ledger_head"))
        .columns([name("id"), name("size"), name("frontier")])
        .values_panic([1.into(), 0.into(), "".into()])
        .to_owned();
    manager.get_connection().execute(&head).await?;
    manager
        .create_table(
            Table::create()
                .table(name("ledger_entry"))
                .col(position(manager).primary_key())
                .col(text("kind"))
                .col(ColumnDef::new(name("agreement")).text())
                .col(text("transaction_id"))
                .col(text("header_json"))
                .col(text("header_salt"))
                .col(text("header_commitment"))
                .col(text("body_json"))
                .col(text("body_salt"))
                .col(text("body_commitment"))
                .col(text("leaf_hash"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("ledger_entry", &["agreement", "position"])).await?;
    manager.create_index(index("ledger_entry", &["transaction_id"])).await?;
    // No foreign key: it would look up, for every reader, the entry that the same statement wrote.
    // `alliantie verify-ledger` finds readers without an entry.
    let party = narrow(
        manager,
        Table::create()
            .table(name("ledger_party"))
            .col(text("oin"))
            .col(number("position"))
            .col(ColumnDef::new(name("whole")).boolean().not_null())
            .primary_key(Index::create().col(name("oin")).col(name("position"))),
    );
    manager.create_table(party).await?;
    let mask = narrow(
        manager,
        Table::create()
            .table(name("entered_mask"))
            .col(text("release"))
            .col(text("digest"))
            .col(text("protection"))
            .primary_key(Index::create().col(name("release")).col(name("digest")).col(name("protection"))),
    );
    manager.create_table(mask).await?;
    log(manager).await
}

/// What the ledger is as a Merkle log: the tiles that are full, and who stands for it.
async fn log(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("ledger_tile"))
                .col(place("level"))
                .col(number("number"))
                .col(text("hashes"))
                .col(text("root"))
                .primary_key(Index::create().col(name("level")).col(name("number")))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(name("ledger_cosignature"))
                .col(text("origin"))
                .col(number("size"))
                .col(text("oin"))
                .col(text("root"))
                .col(number("time"))
                .col(text("signature"))
                .primary_key(Index::create().col(name("origin")).col(name("size")).col(name("oin")))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("ledger_cosignature", &["time"])).await
}
