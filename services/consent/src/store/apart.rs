//! Rows that are read each by itself. SQLite keeps any value in any column, so that one row can have a text
//! in the place of a number, or bytes that are no text; the others are read all the same.

use platform::db::DAMAGED;
use sea_orm::{ConnectionTrait, IdenStatic, QueryResult, QueryTrait};

use super::Error;

/// The rows of a selection.
pub(super) async fn rows(
    on: &impl ConnectionTrait,
    select: &impl QueryTrait,
) -> Result<Vec<QueryResult>, Error> {
    Ok(on.query_all_raw(select.build(on.get_database_backend())).await?)
}

/// The text of a column whose name has this prefix in the row. What is none is read as U+FFFD alone, as
/// on the connection of the writer of decisions.
pub(super) fn text(row: &QueryResult, prefix: &str, column: impl IdenStatic) -> String {
    optional_text(row, prefix, column).unwrap_or_else(|| DAMAGED.to_owned())
}

/// The same for a column that may have nothing.
pub(super) fn optional_text(row: &QueryResult, prefix: &str, column: impl IdenStatic) -> Option<String> {
    row.try_get(prefix, column.as_str()).unwrap_or_else(|_| Some(DAMAGED.to_owned()))
}

/// The number of a column, when there is one.
pub(super) fn number(row: &QueryResult, prefix: &str, column: impl IdenStatic) -> Option<i64> {
    row.try_get(prefix, column.as_str()).unwrap_or_default()
}
