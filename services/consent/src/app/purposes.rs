//! The closed list of purposes.

use std::collections::HashSet;

use serde::Deserialize;

use crate::domain::name::{is_code, is_one_line, is_resource};
use crate::domain::purpose::Purpose;
use crate::store::{self, Store};

/// Why a list of purposes was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines are wrong; nothing was changed.
    #[error("the list of purposes is wrong: {}", .0.join("; "))]
    Lines(Vec<String>),
    /// The store failed.
    #[error("the list of purposes cannot be stored: {0}")]
    Store(#[from] store::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    code: String,
    naam: String,
    dient: String,
}

/// Replaces the list of purposes by that of a CSV file in UTF-8 with the columns code, naam and
/// dient; tells how many there are.
///
/// # Errors
/// Every line that is wrong; nothing is changed then. Or when the store fails.
pub async fn import_purposes(store: &Store, csv: &[u8]) -> Result<usize, ImportError> {
    let purposes = parse(csv).map_err(ImportError::Lines)?;
    store.replace_purposes(&purposes).await?;
    Ok(purposes.len())
}

fn parse(csv: &[u8]) -> Result<Vec<Purpose>, Vec<String>> {
    let (mut purposes, mut wrong, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    // The header is line 1.
    for (number, line) in (2..).zip(reader.deserialize::<Line>()) {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                wrong.push(format!("line {number}: {error}"));
                continue;
            }
        };
        let mut require = |right: bool, problem: &str| {
            if !right {
                wrong.push(format!("line {number}: {problem}"));
            }
        };
        require(is_code(&line.code), "code is not a code");
        require(seen.insert(line.code.clone()), "code stands in the list already");
        require(!line.naam.trim().is_empty() && is_one_line(&line.naam), "naam is empty or not one line");
        let serves = is_resource(&line.dient, "goals") || is_resource(&line.dient, "inspanningen");
        require(serves, "dient is neither goals/{code} nor inspanningen/{code}");
        purposes.push(Purpose { code: line.code, display_name: line.naam, serves: line.dient });
    }
    if purposes.is_empty() && wrong.is_empty() {
        wrong.push("there are no purposes".to_owned());
    }
    if wrong.is_empty() { Ok(purposes) } else { Err(wrong) }
}

/// Reads the list of purposes.
#[derive(Clone, Debug)]
pub(crate) struct Purposes {
    store: Store,
}

impl Purposes {
    /// Over this store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// All purposes, in the order of the list.
    pub(crate) async fn list(&self) -> Result<Vec<Purpose>, super::Error> {
        Ok(self.store.purposes().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_programme_is_read() {
        let purposes =
            parse(include_bytes!("../../../../data/programma/doelbindingen.csv")).expect("the list");
        assert_eq!(purposes.len(), 7);
        assert_eq!(purposes[0].name(), "purposes/vroegsignalering-schulden");
        assert_eq!(purposes[0].serves, "inspanningen/7A");
    }

    #[test]
    fn every_wrong_line_is_named() {
        let csv = "code,naam,dient\na,A,goals/S1\na,A,goals/S1\nb c,,goals/S1\nd,D,plannen/1\ne,E\n";
        let wrong = parse(csv.as_bytes()).expect_err("wrong lines");
        for (problem, number) in wrong.iter().zip([3, 4, 4, 5, 6]) {
            assert!(problem.starts_with(&format!("line {number}:")), "{problem}");
        }
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        assert!(parse(b"").is_err() && parse(b"code;naam;dient\na;A;goals/S1\n").is_err());
        assert!(parse(&[0xff, 0xfe]).is_err());
    }
}
