//! Shields: masks that were computed over all that can be derived, and audited. The masks of before
//! hid small counts only; nothing may be delivered with them any more.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, binary_null, integer, string, text};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Mask {
    Table,
}

#[derive(DeriveIden)]
enum Release {
    Table,
    Dataset,
    Number,
}

#[derive(DeriveIden)]
enum Dataset {
    Table,
    Code,
}

#[derive(DeriveIden)]
enum Shield {
    Table,
    Dataset,
    Number,
    Protection,
    Mask,
    Upwards,
    Report,
    Engine,
    Seal,
    CreateTime,
}

#[derive(DeriveIden)]
enum Protection {
    Table,
    Dataset,
    Name,
    Position,
}

#[derive(DeriveIden)]
enum RoundingSeed {
    Table,
    Dataset,
    Seed,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Mask::Table).to_owned()).await?;
        manager.create_table(shield()).await?;
        manager.create_table(protection()).await?;
        manager.create_table(rounding_seed()).await
    }
}

fn shield() -> TableCreateStatement {
    Table::create()
        .table(Shield::Table)
        .col(string(Shield::Dataset))
        .col(integer(Shield::Number))
        .col(string(Shield::Protection))
        .col(binary(Shield::Mask))
        .col(binary_null(Shield::Upwards))
        .col(text(Shield::Report))
        .col(string(Shield::Engine))
        .col(string(Shield::Seal))
        .col(big_integer(Shield::CreateTime))
        .primary_key(Index::create().col(Shield::Dataset).col(Shield::Number).col(Shield::Protection))
        .foreign_key(
            ForeignKey::create()
                .from(Shield::Table, (Shield::Dataset, Shield::Number))
                .to(Release::Table, (Release::Dataset, Release::Number)),
        )
        .to_owned()
}

fn protection() -> TableCreateStatement {
    Table::create()
        .table(Protection::Table)
        .col(string(Protection::Dataset))
        .col(string(Protection::Name))
        .col(integer(Protection::Position))
        .primary_key(Index::create().col(Protection::Dataset).col(Protection::Name))
        .foreign_key(
            ForeignKey::create()
                .from(Protection::Table, Protection::Dataset)
                .to(Dataset::Table, Dataset::Code),
        )
        .index(
            Index::create()
                .unique()
                .name("protection_position")
                .col(Protection::Dataset)
                .col(Protection::Position),
        )
        .to_owned()
}

fn rounding_seed() -> TableCreateStatement {
    Table::create()
        .table(RoundingSeed::Table)
        .col(string(RoundingSeed::Dataset).primary_key())
        .col(binary(RoundingSeed::Seed))
        .foreign_key(
            ForeignKey::create()
                .from(RoundingSeed::Table, RoundingSeed::Dataset)
                .to(Dataset::Table, Dataset::Code),
        )
        .to_owned()
}
