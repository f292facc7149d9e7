//! Fields of a file that the format does not have.

use serde_ignored::Path;

/// Fields that the worked examples have for who reads them.
const FOR_READERS: [&str; 13] = [
    "cases[].expected",
    "cases[].note",
    "cases[].published",
    "cells[].age",
    "cells[].col",
    "cells[].geo",
    "cells[].row",
    "cells[].value_note",
    "kind",
    "policy.primary",
    "single_cells[].published",
    "source",
    "upper_protection_level",
];

/// The fields that were found, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Each field once, without places in lists, and where it stands first.
    found: Vec<(String, String)>,
}

impl Unknown {
    /// Takes note of a field, unless it is for who reads the file.
    pub(super) fn add(&mut self, path: &Path<'_>) {
        let field = written(path, &|_| "[]".to_owned());
        if !FOR_READERS.contains(&field.as_str()) && self.found.iter().all(|(own, _)| *own != field) {
            self.found.push((field, written(path, &|place| format!("[{place}]"))));
        }
    }

    /// Where each of them stands first.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.found.iter().map(|(_, place)| place.as_str())
    }
}

/// A field with where it stands, and with places in lists as they are wanted.
fn written(path: &Path<'_>, place: &dyn Fn(usize) -> String) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}{}", written(parent, place), place(*index)),
        Path::Map { parent, key } => match written(parent, place) {
            above if above.is_empty() => key.clone(),
            above => format!("{above}.{key}"),
        },
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            written(parent, place)
        }
    }
}
