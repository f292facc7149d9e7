//! CSV files that are loaded at the first start.

use std::fmt;

use sea_orm::DbErr;
use serde::de::DeserializeOwned;

/// What loading a file did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that were not there yet.
    pub added: usize,
    /// Rows that were there, or that somebody changed since, and that stay as they are.
    pub kept: usize,
}

/// Why a file was not loaded. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not CSV in UTF-8 with these columns.
    #[error("the file cannot be read: {0}")]
    File(#[from] csv::Error),
    /// A value is wrong.
    #[error("line {line}: {column} {problem}")]
    Value {
        /// Line in the file; the header is line 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What is wrong, in English; it reads on after the name of the column.
        problem: String,
    },
    /// The row does not fit with what is stored.
    #[error("line {line}: {reason}")]
    Conflict {
        /// Line in the file; the header is line 1.
        line: u64,
        /// What does not fit.
        reason: String,
    },
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// A row and the line on which it starts.
#[derive(Debug)]
pub struct Row<T> {
    /// Line in the file; the header is line 1.
    pub line: u64,
    /// What the columns hold.
    pub values: T,
}

impl<T> Row<T> {
    /// Tells which line and column has a problem.
    ///
    /// # Errors
    /// When the value has one.
    pub fn at<V, P: fmt::Display>(
        &self,
        column: &'static str,
        value: Result<V, P>,
    ) -> Result<V, ImportError> {
        value.map_err(|problem| ImportError::Value { line: self.line, column, problem: problem.to_string() })
    }

    /// The row does not fit with what is stored.
    pub fn conflict(&self, reason: impl fmt::Display) -> ImportError {
        ImportError::Conflict { line: self.line, reason: reason.to_string() }
    }
}

/// The rows of a CSV file, whose columns are those of `T` and perhaps others.
///
/// # Errors
/// When it is not CSV in UTF-8, or lacks a column.
pub fn read<T: DeserializeOwned>(file: &[u8]) -> Result<Vec<Row<T>>, ImportError> {
    let mut reader = csv::Reader::from_reader(file);
    let columns = reader.headers()?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(Row { line, values: record.deserialize(Some(&columns))? })
    };
    reader.records().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Values {
        name: String,
        size: u32,
    }

    fn refused(file: &[u8]) -> String {
        read::<Values>(file).expect_err("a refusal").to_string()
    }

    #[test]
    fn a_row_knows_the_line_on_which_it_starts() {
        let file = b"size,other,name\n1,x,\"of two\nlines\"\n2,y,b\n";
        let rows: Vec<Row<Values>> = read(file).expect("rows");
        let found: Vec<_> =
            rows.iter().map(|row| (row.line, row.values.name.as_str(), row.values.size)).collect();
        assert_eq!(found, [(2, "of two\nlines", 1), (4, "b", 2)]);
        let wrong = rows[1].at::<(), _>("name", Err("is wrong")).expect_err("a refusal");
        assert_eq!(wrong.to_string(), "line 4: name is wrong");
        assert_eq!(rows[0].conflict("is there").to_string(), "line 2: is there");
    }

    #[test]
    fn a_file_that_is_not_such_a_table_is_refused() {
        assert!(refused(b"name\na\n").contains("size"));
        assert!(refused(b"name,size\na,many\n").contains("line: 2"));
        assert!(refused(b"name,size\na\n").contains("line: 2"));
        assert!(refused(b"name,size\n\xe9,1\n").contains("UTF-8"));
    }
}
