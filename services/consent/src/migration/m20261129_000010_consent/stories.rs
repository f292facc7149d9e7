//! The consent of people.

use sea_orm_migration::prelude::*;

use super::columns::{index, name, number, optional_number, text, truth};

/// Consents of people for their story.
pub(super) async fn story_consents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(name("story_consent"))
                .col(text("id").primary_key())
                .col(text("reference"))
                .col(text("story"))
                .col(text("uses"))
                .col(number("give_time"))
                .col(optional_number("withdraw_time"))
                .col(text("code_digest"))
                .col(truth("mistaken").default(false))
                .to_owned(),
        )
        .await?;
    for column in ["story", "reference", "withdraw_time"] {
        manager.create_index(index("story_consent", &[column])).await?;
    }
    Ok(())
}
