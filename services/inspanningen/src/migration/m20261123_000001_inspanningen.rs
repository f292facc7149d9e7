//! Inspanningen, goals, roles, findings, and the log of requests.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Inspanning {
    Table,
    Code,
    OrderKey,
    ParentCode,
    RootCode,
    Level,
    DisplayName,
    Description,
    CreateTime,
    UpdateTime,
}

#[derive(DeriveIden)]
enum Goal {
    Table,
    Code,
    OrderKey,
    DisplayName,
    Kind,
    Theme,
    CreateTime,
    UpdateTime,
}

#[derive(DeriveIden)]
enum Role {
    Table,
    Position,
    Code,
    DisplayName,
    Task,
    Holders,
}

#[derive(DeriveIden)]
enum Finding {
    Table,
    Position,
    Code,
    DisplayName,
    Kind,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    #[expect(elided_lifetimes_in_paths, reason = "async_trait takes the signature only as the trait has it")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [inspanning(), goal(), role(), finding()] {
            manager.create_table(table).await?;
        }
        let parts = Index::create()
            .name("inspanning_by_root")
            .table(Inspanning::Table)
            .col(Inspanning::RootCode)
            .to_owned();
        manager.create_index(parts).await?;
        platform::idempotency::create_table(manager).await
    }
}

fn inspanning() -> TableCreateStatement {
    let to_code = |column: Inspanning| {
        ForeignKey::create()
            .from(Inspanning::Table, column)
            .to(Inspanning::Table, Inspanning::Code)
            .to_owned()
    };
    Table::create()
        .table(Inspanning::Table)
        .col(ColumnDef::new(Inspanning::Code).text().not_null().primary_key())
        .col(ColumnDef::new(Inspanning::OrderKey).blob().not_null().unique_key())
        .col(ColumnDef::new(Inspanning::ParentCode).text())
        .col(ColumnDef::new(Inspanning::RootCode).text().not_null())
        .col(ColumnDef::new(Inspanning::Level).integer().not_null())
        .col(ColumnDef::new(Inspanning::DisplayName).text().not_null())
        .col(ColumnDef::new(Inspanning::Description).text())
        .col(ColumnDef::new(Inspanning::CreateTime).big_integer().not_null())
        .col(ColumnDef::new(Inspanning::UpdateTime).big_integer().not_null())
        .foreign_key(&mut to_code(Inspanning::ParentCode))
        .foreign_key(&mut to_code(Inspanning::RootCode))
        .to_owned()
}

fn goal() -> TableCreateStatement {
    Table::create()
        .table(Goal::Table)
        .col(ColumnDef::new(Goal::Code).text().not_null().primary_key())
        .col(ColumnDef::new(Goal::OrderKey).blob().not_null().unique_key())
        .col(ColumnDef::new(Goal::DisplayName).text().not_null())
        .col(ColumnDef::new(Goal::Kind).text().not_null())
        .col(ColumnDef::new(Goal::Theme).text())
        .col(ColumnDef::new(Goal::CreateTime).big_integer().not_null())
        .col(ColumnDef::new(Goal::UpdateTime).big_integer().not_null())
        .to_owned()
}

fn role() -> TableCreateStatement {
    Table::create()
        .table(Role::Table)
        .col(ColumnDef::new(Role::Position).big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new(Role::Code).text().not_null().unique_key())
        .col(ColumnDef::new(Role::DisplayName).text().not_null())
        .col(ColumnDef::new(Role::Task).text())
        .col(ColumnDef::new(Role::Holders).text().not_null())
        .to_owned()
}

fn finding() -> TableCreateStatement {
    Table::create()
        .table(Finding::Table)
        .col(ColumnDef::new(Finding::Position).big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new(Finding::Code).text().not_null().unique_key())
        .col(ColumnDef::new(Finding::DisplayName).text().not_null())
        .col(ColumnDef::new(Finding::Kind).text().not_null())
        .to_owned()
}
