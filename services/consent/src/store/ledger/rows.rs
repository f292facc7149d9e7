//! What a commit of the ledger writes, in one go: every statement more is a way to the database and
//! back, for which all that waits waits.

use std::sync::OnceLock;

use platform::db::{DirectTransaction, Writes};
use sea_orm::sea_query::ArrayType;
use sea_orm::{DatabaseBackend, DbErr, Statement, Value};

use crate::store::Error;

/// Most rows in one statement whose values are one by one: databases limit how many those are.
pub(in crate::store) const ROWS_AT_ONCE: usize = 1000;

const TEXT: (ArrayType, &str) = (ArrayType::String, "text");
const NUMBER: (ArrayType, &str) = (ArrayType::BigInt, "bigint");
const TRUTH: (ArrayType, &str) = (ArrayType::Bool, "boolean");

/// A table that a commit writes. In `sql` stands `{rows}` for the rows, as a table with the columns
/// column1, column2 and so on: so both databases call the columns of values.
struct Table {
    sql: &'static str,
    types: &'static [(ArrayType, &'static str)],
    /// The same for one row, made once.
    of_one: OnceLock<String>,
}

static ENTRIES: Table = Table::new(
    "INSERT INTO ledger_entry (position, kind, agreement, transaction_id, header_json, header_salt, \
    header_commitment, body_json, body_salt, body_commitment, leaf_hash) SELECT column1, column2, \
    NULLIF(column3, ''), column4, column5, column6, column7, column8, column9, column10, column11 \
    FROM {rows}",
    &[NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT],
);
static READERS: Table = Table::new(
    "INSERT INTO ledger_party (oin, position, whole) SELECT column1, column2, column3 FROM {rows}",
    &[TEXT, NUMBER, TRUTH],
);
static COUNTS: Table = Table::new(
    "UPDATE agreement SET entries = column2, last_leaf = column3, \
    last_permit_time = COALESCE(NULLIF(column4, 0), last_permit_time) FROM {rows} WHERE id = column1",
    &[TEXT, NUMBER, TEXT, NUMBER],
);
static HEAD: Table = Table::new(
    "UPDATE ledger_head SET size = column1, frontier = column2 FROM {rows} WHERE id = 1",
    &[NUMBER, TEXT],
);

impl Table {
    const fn new(sql: &'static str, types: &'static [(ArrayType, &'static str)]) -> Self {
        Self { sql, types, of_one: OnceLock::new() }
    }

    /// The statement for one row, whose columns are the values themselves: SQLite then makes no table of
    /// them, and keeps no journal for the case that it stops between two rows.
    fn of_one(&self) -> &str {
        self.of_one.get_or_init(|| {
            let mut sql = self.sql.replace(" FROM {rows}", "");
            for column in (1..=self.types.len()).rev() {
                sql = sql.replace(&format!("column{column}"), &format!("?{column}"));
            }
            match sql.split_once(" SELECT ") {
                Some((into, values)) => format!("{into} VALUES ({values})"),
                None => sql,
            }
        })
    }
}

/// Rows of one table.
struct Rows {
    table: &'static Table,
    /// Row by row.
    values: Vec<Value>,
}

/// An entry in the form in which it is kept.
pub(super) struct EntryRow {
    pub(super) position: i64,
    pub(super) kind: &'static str,
    /// The id of the agreement that it is about.
    pub(super) agreement: Option<String>,
    pub(super) transaction_id: String,
    /// Header and body, each with its salt and its commitment.
    pub(super) header: [String; 3],
    pub(super) body: [String; 3],
    pub(super) leaf_hash: String,
}

/// Everything that a commit writes.
pub(super) struct Batch {
    entries: Rows,
    readers: Rows,
    counts: Rows,
}

impl Batch {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let none = |table| Rows { table, values: Vec::new() };
        Self { entries: none(&ENTRIES), readers: none(&READERS), counts: none(&COUNTS) }
    }

    /// Adds an entry.
    pub(super) fn entry(&mut self, row: EntryRow) {
        let values = &mut self.entries.values;
        values.push(row.position.into());
        values.extend([row.kind.into(), row.agreement.unwrap_or_default().into(), row.transaction_id.into()]);
        values.extend(row.header.into_iter().chain(row.body).map(Value::from));
        values.push(row.leaf_hash.into());
    }

    /// Lets an organisation read an entry, whole or the header alone.
    pub(super) fn reader(&mut self, oin: &str, position: i64, whole: bool) {
        self.readers.values.extend([oin.into(), position.into(), whole.into()]);
    }

    /// Sets how many entries are about an agreement, the hash of the leaf of the last one, and when a
    /// permit was last entered here, in microseconds.
    pub(super) fn count(
        &mut self,
        agreement: String,
        entries: i64,
        last_leaf: String,
        permitted: Option<i64>,
    ) {
        let permitted = permitted.unwrap_or_default();
        self.counts.values.extend([agreement.into(), entries.into(), last_leaf.into(), permitted.into()]);
    }

    /// Writes everything, and how far the ledger is.
    pub(super) async fn write(self, on: &impl Writes, size: i64, frontier: String) -> Result<(), Error> {
        let head = Rows { table: &HEAD, values: vec![size.into(), frontier.into()] };
        let Self { entries, readers, counts } = self;
        let all = [entries, readers, counts, head];
        match on.direct() {
            None => on.run(statement(all, on.backend())).await?,
            Some(direct) => all.into_iter().try_for_each(|rows| row_by_row(direct, &rows))?,
        }
        Ok(())
    }
}

/// The statement that keeps counts of these agreements.
#[cfg(test)]
pub(in crate::store) fn counting(agreements: &[&str], backend: DatabaseBackend) -> Statement {
    let mut batch = Batch::new();
    agreements.iter().for_each(|id| batch.count((*id).to_owned(), 1, String::new(), None));
    statement([batch.counts], backend)
}

/// One small statement for every row, which is prepared once.
fn row_by_row(direct: &DirectTransaction<'_>, rows: &Rows) -> Result<(), DbErr> {
    direct.run_each(rows.table.of_one(), rows.table.types.len(), &rows.values)
}

fn statement(rows: impl IntoIterator<Item = Rows>, backend: DatabaseBackend) -> Statement {
    let some = rows.into_iter().filter(|rows| !rows.values.is_empty());
    let (sql, values) =
        if backend == DatabaseBackend::Postgres { of_postgres(some) } else { of_sqlite(some) };
    Statement::from_sql_and_values(backend, sql, values)
}

/// One statement after the other, in one text.
fn of_sqlite(all: impl Iterator<Item = Rows>) -> (String, Vec<Value>) {
    let (mut statements, mut values) = (Vec::new(), Vec::new());
    for rows in all {
        let width = rows.table.types.len();
        let row = format!("({})", vec!["?"; width].join(","));
        let mut left = rows.values.len() / width;
        while left > 0 {
            let here = left.min(ROWS_AT_ONCE);
            let table = format!("(VALUES {})", vec![row.as_str(); here].join(","));
            statements.push(rows.table.sql.replace("{rows}", &table));
            left -= here;
        }
        values.extend(rows.values);
    }
    (statements.join(";"), values)
}

/// One statement, the same for any number of rows: a column is one value. All parts of it run, and
/// each sees the database as it was before.
fn of_postgres(all: impl Iterator<Item = Rows>) -> (String, Vec<Value>) {
    let (mut parts, mut arrays) = (Vec::new(), Vec::new());
    for rows in all {
        let mut columns = vec![Vec::new(); rows.table.types.len()];
        let mut values = rows.values.into_iter();
        while values.len() > 0 {
            columns.iter_mut().zip(&mut values).for_each(|(column, value)| column.push(value));
        }
        let (mut places, mut names) = (Vec::new(), Vec::new());
        for ((number, (array, name)), column) in (1..).zip(rows.table.types).zip(columns) {
            arrays.push(Value::Array(array.clone(), Some(Box::new(column))));
            places.push(format!("${}::{name}[]", arrays.len()));
            names.push(format!("column{number}"));
        }
        let table = format!("unnest({}) AS new ({})", places.join(","), names.join(","));
        parts.push(rows.table.sql.replace("{rows}", &table));
    }
    let last = parts.pop().unwrap_or_default();
    let named = (1..).zip(parts).map(|(number, part): (u8, String)| format!("part{number} AS ({part})"));
    let with = named.collect::<Vec<_>>().join(", ");
    (if with.is_empty() { last } else { format!("WITH {with} {last}") }, arrays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_has_no_table() {
        assert_eq!(READERS.of_one(), "INSERT INTO ledger_party (oin, position, whole) VALUES (?1, ?2, ?3)");
        assert_eq!(HEAD.of_one(), "UPDATE ledger_head SET size = ?1, frontier = ?2 WHERE id = 1");
        assert!(
            ENTRIES.of_one().ends_with("VALUES (?1, ?2, NULLIF(?3, ''), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
        );
    }
}
