//! The vocabulary, the datasets, their releases and the masks over these.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, integer_null, string, string_null, text,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Theme {
    Table,
    Code,
    Position,
    Name,
    StabilityElement,
}

#[derive(DeriveIden)]
enum Area {
    Table,
    Code,
    Name,
    Kind,
    Parents,
    ValidFrom,
    ValidUntil,
    ConsistsOf,
    Note,
}

#[derive(DeriveIden)]
enum Indicator {
    Table,
    Code,
    /// Theme and then the order of definition.
    Position,
    Theme,
    Name,
    Unit,
    Population,
    Polarity,
    PolaritySource,
    Additive,
}

#[derive(DeriveIden)]
enum Dataset {
    Table,
    Code,
    Name,
    Description,
    Owner,
    Visibility,
    Indicators,
    Dimensions,
    Fictitious,
    LatestRelease,
}

#[derive(DeriveIden)]
enum Release {
    Table,
    Dataset,
    Number,
    State,
    CellCount,
    Digest,
    CreateTime,
    PublishTime,
    PublishOrder,
    Note,
    TransactionId,
}

#[derive(DeriveIden)]
enum ReleasePart {
    Table,
    Dataset,
    Number,
    Part,
    Content,
}

#[derive(DeriveIden)]
enum Mask {
    Table,
    Dataset,
    Number,
    Policy,
    Content,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [theme(), area(), indicator(), dataset(), release(), release_part(), mask()] {
            manager.create_table(table).await?;
        }
        platform::idempotency::create_table(manager).await
    }
}

fn theme() -> TableCreateStatement {
    Table::create()
        .table(Theme::Table)
        .col(string(Theme::Code).primary_key())
        .col(integer(Theme::Position))
        .col(text(Theme::Name))
        .col(boolean(Theme::StabilityElement))
        .to_owned()
}

fn area() -> TableCreateStatement {
    Table::create()
        .table(Area::Table)
        .col(string(Area::Code).primary_key())
        .col(text(Area::Name))
        .col(string(Area::Kind))
        .col(text(Area::Parents))
        .col(integer_null(Area::ValidFrom))
        .col(integer_null(Area::ValidUntil))
        .col(text(Area::ConsistsOf))
        .col(text(Area::Note))
        .to_owned()
}

fn indicator() -> TableCreateStatement {
    Table::create()
        .table(Indicator::Table)
        .col(string(Indicator::Code).primary_key())
        .col(big_integer(Indicator::Position).unique_key())
        .col(string(Indicator::Theme))
        .col(text(Indicator::Name))
        .col(text(Indicator::Unit))
        .col(text(Indicator::Population))
        .col(string(Indicator::Polarity))
        .col(text(Indicator::PolaritySource))
        .col(boolean(Indicator::Additive))
        .to_owned()
}

fn dataset() -> TableCreateStatement {
    Table::create()
        .table(Dataset::Table)
        .col(string(Dataset::Code).primary_key())
        .col(text(Dataset::Name))
        .col(text(Dataset::Description))
        .col(string(Dataset::Owner))
        .col(string(Dataset::Visibility))
        .col(text(Dataset::Indicators))
        .col(text(Dataset::Dimensions))
        .col(boolean(Dataset::Fictitious))
        .col(integer_null(Dataset::LatestRelease))
        .to_owned()
}

fn release() -> TableCreateStatement {
    Table::create()
        .table(Release::Table)
        .col(string(Release::Dataset))
        .col(integer(Release::Number))
        .col(string(Release::State))
        .col(integer(Release::CellCount))
        .col(string(Release::Digest))
        .col(big_integer(Release::CreateTime))
        .col(big_integer_null(Release::PublishTime))
        .col(integer_null(Release::PublishOrder))
        .col(text(Release::Note))
        .col(string_null(Release::TransactionId))
        .primary_key(Index::create().col(Release::Dataset).col(Release::Number))
        .foreign_key(
            ForeignKey::create().from(Release::Table, Release::Dataset).to(Dataset::Table, Dataset::Code),
        )
        .index(
            Index::create()
                .unique()
                .name("release_publish_order")
                .col(Release::Dataset)
                .col(Release::PublishOrder),
        )
        .to_owned()
}

fn release_part() -> TableCreateStatement {
    Table::create()
        .table(ReleasePart::Table)
        .col(string(ReleasePart::Dataset))
        .col(integer(ReleasePart::Number))
        .col(integer(ReleasePart::Part))
        .col(binary(ReleasePart::Content))
        .primary_key(
            Index::create().col(ReleasePart::Dataset).col(ReleasePart::Number).col(ReleasePart::Part),
        )
        .foreign_key(
            ForeignKey::create()
                .from(ReleasePart::Table, (ReleasePart::Dataset, ReleasePart::Number))
                .to(Release::Table, (Release::Dataset, Release::Number)),
        )
        .to_owned()
}

fn mask() -> TableCreateStatement {
    Table::create()
        .table(Mask::Table)
        .col(string(Mask::Dataset))
        .col(integer(Mask::Number))
        .col(string(Mask::Policy))
        .col(binary(Mask::Content))
        .primary_key(Index::create().col(Mask::Dataset).col(Mask::Number).col(Mask::Policy))
        .foreign_key(
            ForeignKey::create()
                .from(Mask::Table, (Mask::Dataset, Mask::Number))
                .to(Release::Table, (Release::Dataset, Release::Number)),
        )
        .to_owned()
}
