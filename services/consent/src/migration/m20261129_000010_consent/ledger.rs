//! The ledger.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

use super::columns::{index, key, name, narrow, number, optional_text, place, position, text, truth};

/// The ledger, and what is kept beside it.
pub(super) async fn ledger(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
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
                .col(optional_text("agreement"))
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
            .col(truth("whole"))
            .primary_key(&mut key(&["oin", "position"])),
    );
    manager.create_table(party).await?;
    let mask = narrow(
        manager,
        Table::create()
            .table(name("entered_mask"))
            .col(text("release"))
            .col(text("digest"))
            .col(text("protection"))
            .primary_key(&mut key(&["release", "digest", "protection"])),
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
                .primary_key(&mut key(&["level", "number"]))
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
                .primary_key(&mut key(&["origin", "size", "oin"]))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("ledger_cosignature", &["time"])).await?;
    // When each organisation last co-signed, so that a decision need not look through all of them.
    manager
        .create_table(
            Table::create()
                .table(name("ledger_witness"))
                .col(text("origin"))
                .col(text("oin"))
                .col(number("time"))
                .primary_key(&mut key(&["origin", "oin"]))
                .to_owned(),
        )
        .await
}
