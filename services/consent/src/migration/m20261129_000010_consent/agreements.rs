//! What is agreed, and what stops it.

use sea_orm_migration::prelude::*;

use super::columns::{index, key, name, narrow, number, optional_number, optional_text, place, refers, text};

/// The closed list of what data may be asked for.
pub(super) async fn purposes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("purpose"))
                .col(text("code").primary_key())
                .col(place("position"))
                .col(text("display_name"))
                .col(text("serves"))
                .col(number("create_time").default(0))
                .col(number("update_time").default(0))
                .to_owned(),
        )
        .await
}

/// Agreements with their content, parties and signatures.
pub(super) async fn agreements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
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
            .col(optional_text("last_leaf"))
            .col(optional_text("replaced_by"))
            .col(optional_number("last_permit_time"))
            .col(number("start_time").default(0))
            .foreign_key(&mut refers("content_hash", "agreement_content", "content_hash")),
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
                .primary_key(&mut key(&["oin", "agreement"]))
                .foreign_key(&mut refers("agreement", "agreement", "id"))
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
                .primary_key(&mut key(&["agreement", "position"]))
                .foreign_key(&mut refers("agreement", "agreement", "id"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("agreement_signature", &["oin", "kind", "agreement"])).await
}

/// The organisations' own rules.
pub(super) async fn own_rules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("use_rule"))
                .col(text("owner"))
                .col(text("id"))
                .col(text("terms_json"))
                .col(number("create_time"))
                // The owner first: a decision reads the rules of one organisation.
                .primary_key(&mut key(&["owner", "id"]))
                .to_owned(),
        )
        .await
}

/// Enforcement points, stops, and what became of each stop at each point.
pub(super) async fn enforcement(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
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
                .primary_key(&mut key(&["name", "process"]))
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
                .foreign_key(&mut refers("agreement", "agreement", "id"))
                .to_owned(),
        )
        .await?;
    for column in ["agreement", "stop_time", "entry"] {
        manager.create_index(index("agreement_stop", &[column])).await?;
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
                .primary_key(&mut key(&["stop", "point", "process"]))
                .foreign_key(&mut refers("stop", "agreement_stop", "stop"))
                .to_owned(),
        )
        .await
}
