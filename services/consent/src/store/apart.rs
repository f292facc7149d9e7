//! Rows that are read each by itself. SQLite keeps any value in any column, so that one row can have a text
//! in the place of a number, or bytes that are no text; the others are read all the same.

use std::future::Future;

use platform::db::DAMAGED;
use sea_orm::{ConnectionTrait, EntityTrait, IdenStatic, QueryResult, QuerySelect, QueryTrait, Select};

use super::Error;

/// The rows of a selection.
pub(super) async fn rows(
    on: &impl ConnectionTrait,
    select: &impl QueryTrait,
) -> Result<Vec<QueryResult>, Error> {
    Ok(on.query_all_raw(select.build(on.get_database_backend())).await?)
}

/// At most `limit` items of a list. `read` gives the rows of a selection, and `item` none for a row that
/// cannot even be named: it is left out, and another is read for it, so that a page that is not full is the
/// last one.
pub(super) async fn listed<E, R, T, F>(
    select: Select<E>,
    limit: u64,
    read: impl Fn(Select<E>) -> F,
    item: impl Fn(R) -> Option<T>,
) -> Result<Vec<T>, Error>
where
    E: EntityTrait,
    F: Future<Output = Result<Vec<R>, Error>>,
{
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (mut items, mut seen) = (Vec::new(), 0);
    loop {
        let wanted = limit.saturating_sub(count(items.len()));
        let rows = read(select.clone().offset(seen).limit(wanted)).await?;
        let here = count(rows.len());
        items.extend(rows.into_iter().filter_map(&item));
        if here < wanted || count(items.len()) >= limit {
            return Ok(items);
        }
        seen += here;
    }
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
