//! What the log states to an organisation: how much of it that organisation may see. Signed, so
//! that a list that was cut off is provably false.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;

/// What stands behind the name of the log in the first line, so that a statement is never a
/// checkpoint.
const SUFFIX: &str = "/statement";

/// How much of the log an organisation may see. Written as the text of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The state of the log that it is about.
    pub log: Checkpoint,
    /// The OIN of the organisation.
    pub oin: String,
    /// How many entries it may see, whole or the header alone.
    pub entries: u64,
    /// For each of its agreements, "agreements/{id}", the number of the last entry about it.
    pub agreements: BTreeMap<String, u64>,
}

/// The text is not a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a statement has lines with the log, an OIN, the size, the root, the entries, and the agreements in order"
)]
pub struct NotAStatement;

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.log.to_string();
        let rest = state.strip_prefix(&self.log.origin).unwrap_or_default();
        write!(f, "{}{SUFFIX}\n{}{rest}", self.log.origin, self.oin)?;
        writeln!(f, "entries {}", self.entries)?;
        self.agreements.iter().try_for_each(|(name, last)| writeln!(f, "{name} {last}"))
    }
}

impl FromStr for Statement {
    type Err = NotAStatement;

    /// Reads exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, NotAStatement> {
        let lines: Vec<&str> = text.lines().collect();
        let [first, oin, size, root, entries, agreements @ ..] = lines.as_slice() else {
            return Err(NotAStatement);
        };
        let origin = first.strip_suffix(SUFFIX).ok_or(NotAStatement)?;
        let log = format!("{origin}\n{size}\n{root}\n").parse().map_err(|_| NotAStatement)?;
        let entries = counted(entries).filter(|(word, _)| *word == "entries").ok_or(NotAStatement)?.1;
        let agreements = agreements
            .iter()
            .map(|line| counted(line).map(|(name, last)| (name.to_owned(), last)))
            .collect::<Option<_>>()
            .ok_or(NotAStatement)?;
        let statement = Self { log, oin: (*oin).to_owned(), entries, agreements };
        if statement.to_string() == text { Ok(statement) } else { Err(NotAStatement) }
    }
}

/// A word and a number with a space between them.
fn counted(line: &str) -> Option<(&str, u64)> {
    let (word, number) = line.split_once(' ')?;
    Some((word, number.parse().ok()?))
}
