//! What a leaf is: two commitments, to what every party to an agreement may know of an entry and
//! to what only those it concerns may know.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, NotAHash, parse_hex, sha256, write_hex};

/// The length of every leaf of the ledger, in bytes.
pub const LEAF_BYTES: usize = 64;

/// 32 random bytes that keep a commitment from being guessed. Written as 64 lower-case
/// hexadecimal digits. Each text has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// The salt with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl FromStr for Salt {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        parse_hex(text).map(Self)
    }
}

/// The commitment to a text: SHA-256(salt || text). It tells nothing of the text to who does not
/// have the salt, and no other text fits it. The salt has a fixed length, so that salt and text
/// cannot be cut in another place.
#[must_use]
pub fn commitment(salt: &Salt, text: &[u8]) -> Hash {
    sha256([&salt.0, text])
}

/// The data of an entry's leaf: the commitment to its header, then that to its body.
#[must_use]
pub fn leaf_data(header: &Hash, body: &Hash) -> [u8; LEAF_BYTES] {
    let mut data = [0; LEAF_BYTES];
    for (to, from) in data.iter_mut().zip(header.as_bytes().iter().chain(body.as_bytes())) {
        *to = *from;
    }
    data
}
