//! The columns of a row, read on the thread that asks.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use sea_orm::{TryGetable, TryGetableMany};

/// What is read in the place of a text that is none. It is no JSON, hash, id or name, so that who reads
/// it finds this row damaged, and the others can be read.
pub const DAMAGED: &str = "\u{fffd}";

/// A row as a tuple of its columns, from either driver. SQLite keeps any value in any column: on a
/// connection of this thread a text that is none is read as U+FFFD alone, whatever of it could be read, and
/// a number that may be none and is no number as none.
pub trait Columns: TryGetableMany {
    /// The columns of a row of a connection of this thread.
    ///
    /// # Errors
    /// When they are of another kind.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// A value of a column.
pub trait Column: TryGetable {
    /// The value, when it is of this kind.
    ///
    /// # Errors
    /// When it is not.
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

impl Column for i64 {
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::column_result(value)
    }
}

impl Column for Option<i64> {
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(if let ValueRef::Integer(number) = value { Some(number) } else { None })
    }
}

impl Column for bool {
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::column_result(value)
    }
}

impl Column for String {
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(bytes) => Ok(std::str::from_utf8(bytes).unwrap_or(DAMAGED).to_owned()),
            ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_) => Ok(DAMAGED.to_owned()),
            ValueRef::Null => Err(FromSqlError::InvalidType),
        }
    }
}

impl Column for Option<String> {
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        if value == ValueRef::Null { Ok(None) } else { String::read(value).map(Some) }
    }
}

/// A column by the way of the driver, which tells its place and name when it is of another kind.
struct Read<T>(T);

impl<T: Column> FromSql for Read<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::read(value).map(Self)
    }
}

macro_rules! columns {
    ($($column:ident $place:literal),+) => {
        impl<$($column: Column),+> Columns for ($($column,)+) {
            fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
                Ok(($(row.get::<usize, Read<$column>>($place)?.0,)+))
            }
        }
    };
}

columns!(A 0);
columns!(A 0, B 1);
columns!(A 0, B 1, C 2);
columns!(A 0, B 1, C 2, D 3);
columns!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
columns!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
