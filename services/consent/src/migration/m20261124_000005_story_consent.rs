//! Consents of people for their story.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum StoryConsent {
    Table,
    Id,
    Reference,
    Story,
    Uses,
    GiveTime,
    WithdrawTime,
    CodeDigest,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(StoryConsent::Table)
                    .col(ColumnDef::new(StoryConsent::Id).text().not_null().primary_key())
                    .col(ColumnDef::new(StoryConsent::Reference).text().not_null())
                    .col(ColumnDef::new(StoryConsent::Story).text().not_null())
                    .col(ColumnDef::new(StoryConsent::Uses).text().not_null())
                    .col(ColumnDef::new(StoryConsent::GiveTime).big_integer().not_null())
                    .col(ColumnDef::new(StoryConsent::WithdrawTime).big_integer())
                    .col(ColumnDef::new(StoryConsent::CodeDigest).text().not_null())
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("story_consent_of_story", StoryConsent::Story),
            ("story_consent_of_reference", StoryConsent::Reference),
            ("story_consent_withdrawn", StoryConsent::WithdrawTime),
        ] {
            let index = Index::create().name(name).table(StoryConsent::Table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
