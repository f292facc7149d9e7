//! Columns and indexes as the tables have them.

use sea_orm::DatabaseBackend;
use sea_orm_migration::prelude::*;

pub(super) fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

pub(super) fn text(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().not_null().to_owned()
}

pub(super) fn optional_text(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).text().to_owned()
}

pub(super) fn number(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().not_null().to_owned()
}

pub(super) fn optional_number(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).big_integer().to_owned()
}

pub(super) fn truth(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).boolean().not_null().to_owned()
}

/// The place of a row among others.
pub(super) fn place(column: &'static str) -> ColumnDef {
    ColumnDef::new(name(column)).integer().not_null().to_owned()
}

/// The number that rows of the ledger are kept by. SQLite keeps the row itself by it, without an index
/// beside it, only under this name of the type.
pub(super) fn position(manager: &SchemaManager<'_>) -> ColumnDef {
    if is_sqlite(manager) { place("position") } else { number("position") }
}

/// A table whose rows are narrow. SQLite keeps them in the index of their key, and nowhere else.
pub(super) fn narrow(manager: &SchemaManager<'_>, table: &mut TableCreateStatement) -> TableCreateStatement {
    if is_sqlite(manager) {
        table.extra("WITHOUT ROWID");
    }
    table.to_owned()
}

fn is_sqlite(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DatabaseBackend::Sqlite
}

pub(super) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(name(column));
    }
    key
}

pub(super) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    key(columns).name(format!("{table}_by_{}", columns.join("_"))).table(name(table)).to_owned()
}

/// That what stands in a column is the key of a row of another table.
pub(super) fn refers(column: &'static str, to: &'static str, its: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(name(column)).to(name(to), name(its)).to_owned()
}
