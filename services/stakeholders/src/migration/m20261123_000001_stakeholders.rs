//! Stakeholders, their signing keys, and the log of requests.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Stakeholder {
    Table,
    Position,
    Id,
    DisplayName,
    Kind,
    AmbassadorGroup,
    Oin,
    OinUpdateTime,
    CreateTime,
    UpdateTime,
}

#[derive(DeriveIden)]
enum SigningKey {
    Table,
    Thumbprint,
    StakeholderId,
    Oin,
    PublicKeyPem,
    Algorithm,
    CreateTime,
    Demo,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Stakeholder::Table)
                    .col(
                        ColumnDef::new(Stakeholder::Position)
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Stakeholder::Id).text().not_null().unique_key())
                    .col(ColumnDef::new(Stakeholder::DisplayName).text().not_null())
                    .col(ColumnDef::new(Stakeholder::Kind).text())
                    .col(ColumnDef::new(Stakeholder::AmbassadorGroup).text())
                    .col(ColumnDef::new(Stakeholder::Oin).text().unique_key())
                    .col(ColumnDef::new(Stakeholder::OinUpdateTime).big_integer())
                    .col(ColumnDef::new(Stakeholder::CreateTime).big_integer().not_null())
                    .col(ColumnDef::new(Stakeholder::UpdateTime).big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(SigningKey::Table)
                    .col(ColumnDef::new(SigningKey::Thumbprint).text().not_null().primary_key())
                    .col(ColumnDef::new(SigningKey::StakeholderId).text().not_null())
                    .col(ColumnDef::new(SigningKey::Oin).text().not_null())
                    .col(ColumnDef::new(SigningKey::PublicKeyPem).text().not_null())
                    .col(ColumnDef::new(SigningKey::Algorithm).text().not_null())
                    .col(ColumnDef::new(SigningKey::CreateTime).big_integer().not_null())
                    .col(ColumnDef::new(SigningKey::Demo).boolean().not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .from(SigningKey::Table, SigningKey::StakeholderId)
                            .to(Stakeholder::Table, Stakeholder::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("signing_key_of_stakeholder")
                    .table(SigningKey::Table)
                    .col(SigningKey::StakeholderId)
                    .to_owned(),
            )
            .await?;
        platform::idempotency::create_table(manager).await
    }
}
