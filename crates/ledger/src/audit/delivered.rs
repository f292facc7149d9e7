//! What the entry of a delivery says that was sent.

use serde::Deserialize;

/// What was sent, or came, in one exchange.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Delivered {
    /// "datasets/{code}/releases/{number}".
    pub release: String,
    /// How many observations, the withheld ones included.
    pub rows: u64,
    /// How many of them were withheld.
    pub withheld: u64,
    /// SHA-256 over the observations as they are encoded on the wire, one after the other, in lower-case
    /// hexadecimal.
    pub digest: String,
}

impl Delivered {
    /// In what it differs from what was sent.
    pub(crate) fn difference(&self, sent: &Self) -> Option<&'static str> {
        let same = [
            (self.release == sent.release, "de uitgave (release)"),
            (self.rows == sent.rows, "het aantal waarnemingen"),
            (self.withheld == sent.withheld, "het aantal afgeschermde waarnemingen"),
            (self.digest == sent.digest, "een waarneming of de volgorde"),
        ];
        same.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
    }
}
