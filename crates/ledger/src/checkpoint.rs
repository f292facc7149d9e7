//! Checkpoints: how large a log is and what its root is, as the text of a signed note
//! (<https://c2sp.org/tlog-checkpoint>).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;

/// The state of a log at a size. Written as the text of a note: three lines, each with a newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log; one line, not empty.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over those entries.
    pub root: Hash,
}

/// The text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a checkpoint has a line with the name of the log, one with its size and one with its root in base64"
)]
pub struct NotACheckpoint;

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = STANDARD.encode(self.root.as_bytes());
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    /// Reads the text of a note. Lines after the third are extensions, which are signed too and
    /// say nothing of the log.
    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(NotACheckpoint)?.split('\n').collect();
        let [origin, size, root, ..] = *lines.as_slice() else { return Err(NotACheckpoint) };
        if lines.contains(&"") {
            return Err(NotACheckpoint);
        }
        let number: u64 = size.parse().map_err(|_| NotACheckpoint)?;
        let root = STANDARD.decode(root).map_err(|_| NotACheckpoint)?;
        let root = Hash::from_bytes(root.try_into().map_err(|_| NotACheckpoint)?);
        // No sign, no leading zeros: one text for every checkpoint.
        if number.to_string() != size {
            return Err(NotACheckpoint);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}
