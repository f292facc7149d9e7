//! A small CSV file with a header, read whole, every error with its line and column.

use std::collections::HashMap;
use std::sync::Arc;

/// A file of the vocabulary is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {problem}")]
pub struct SheetError {
    /// Name of the file.
    pub file: &'static str,
    /// Line in it, the header being line 1.
    pub line: u64,
    /// Column by the name in the header; empty when it concerns the whole line.
    pub column: String,
    /// What is wrong.
    pub problem: String,
}

/// One line of a file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    file: &'static str,
    line: u64,
    columns: Arc<HashMap<String, usize>>,
    fields: csv::StringRecord,
}

/// The lines of a file; none of an empty one.
pub(super) fn read(file: &'static str, content: &[u8]) -> Result<Vec<Row>, SheetError> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new().from_reader(content);
    let wrong = |error: &csv::Error| SheetError {
        file,
        line: error.position().map_or(0, csv::Position::line),
        column: String::new(),
        problem: error.to_string(),
    };
    let header = reader.headers().map_err(|error| wrong(&error))?;
    let columns = header.iter().enumerate().map(|(index, name)| (name.to_owned(), index)).collect();
    let columns = Arc::new(columns);
    let row = |fields: Result<csv::StringRecord, csv::Error>| {
        let fields = fields.map_err(|error| wrong(&error))?;
        let line = fields.position().map_or(0, csv::Position::line);
        Ok(Row { file, line, columns: Arc::clone(&columns), fields })
    };
    reader.records().map(row).collect()
}

impl Row {
    /// What is wrong with a column of this line.
    pub(super) fn wrong(&self, column: &str, problem: impl Into<String>) -> SheetError {
        SheetError { file: self.file, line: self.line, column: column.to_owned(), problem: problem.into() }
    }

    /// A text that may be empty.
    pub(super) fn text(&self, column: &str) -> Result<String, SheetError> {
        let index = self.columns.get(column).ok_or_else(|| self.wrong(column, "is missing"))?;
        Ok(self.fields.get(*index).unwrap_or_default().trim().to_owned())
    }

    /// A text that must be there.
    pub(super) fn needed(&self, column: &str) -> Result<String, SheetError> {
        let text = self.text(column)?;
        if text.is_empty() { Err(self.wrong(column, "is empty")) } else { Ok(text) }
    }

    /// A code, as it stands in a resource name.
    pub(super) fn code(&self, column: &str) -> Result<String, SheetError> {
        let code = self.needed(column)?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if code.len() <= 100 && code.bytes().all(known) {
            Ok(code)
        } else {
            Err(self.wrong(column, "is not a code of letters, digits, hyphens, underscores and points"))
        }
    }

    /// "ja" or "nee".
    pub(super) fn yes_or_no(&self, column: &str) -> Result<bool, SheetError> {
        self.one_of(column, |text| match text {
            "ja" => Some(true),
            "nee" => Some(false),
            _ => None,
        })
    }

    /// "ja" or "nee"; none where nothing is told, or the file does not have the column.
    pub(super) fn yes_or_no_if_told(&self, column: &str) -> Result<Option<bool>, SheetError> {
        if !self.columns.contains_key(column) || self.text(column)?.is_empty() {
            return Ok(None);
        }
        self.yes_or_no(column).map(Some)
    }

    /// Line in the file, the header being line 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// One of a closed list.
    pub(super) fn one_of<T>(&self, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, SheetError> {
        let text = self.needed(column)?;
        read(&text).ok_or_else(|| self.wrong(column, format!("has {text}, which is not known")))
    }

    /// A year, or nothing.
    pub(super) fn year(&self, column: &str) -> Result<Option<u16>, SheetError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.wrong(column, format!("has {text}, which is not a year")))
    }

    /// A list with semicolons; none where the file does not have the column.
    pub(super) fn list_if_told(&self, column: &str) -> Result<Option<Vec<String>>, SheetError> {
        self.columns.contains_key(column).then(|| self.list(column)).transpose()
    }

    /// A list with semicolons.
    pub(super) fn list(&self, column: &str) -> Result<Vec<String>, SheetError> {
        let text = self.text(column)?;
        Ok(text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }
}
