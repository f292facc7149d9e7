//! A ledger as a chain of hashes: every entry's hash covers the hash of the entry before it, so
//! that no entry can be changed, moved or left out without every later hash changing.
//!
//! Pure: it keeps nothing and reads nothing. Who stores the entries hands them in as bytes.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Stands before what is hashed, so that the hash of an entry is never the hash of anything else.
const ENTRY_PREFIX: [u8; 1] = [0x00];

/// A SHA-256 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        if text.len() != 64 {
            return Err(NotAHash);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |value, digit| match digit {
                b'0'..=b'9' => Ok((value << 4) | (digit - b'0')),
                b'a'..=b'f' => Ok((value << 4) | (digit - b'a' + 10)),
                _ => Err(NotAHash),
            })?;
        }
        Ok(Self(bytes))
    }
}

/// The hash of an entry: SHA-256 over a 0x00 byte, the 32 bytes of the hash before, and the entry.
#[must_use]
pub fn chain_hash(previous: &Hash, entry_json: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(ENTRY_PREFIX);
    hash.update(previous.0);
    hash.update(entry_json);
    Hash(hash.finalize().into())
}

/// Where a chain stands: its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Place of the last entry; 0 for a chain without entries.
    pub sequence: u64,
    /// Hash of the last entry; all zeros for a chain without entries.
    pub hash: Hash,
}

impl Head {
    /// The head of a chain without entries.
    pub const EMPTY: Self = Self { sequence: 0, hash: Hash::ZERO };
}

/// A chain that grows.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    head: Head,
}

impl Chain {
    /// Goes on from a head.
    #[must_use]
    pub fn from_head(head: Head) -> Self {
        Self { head }
    }

    /// The last entry.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The place that the next entry will have.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.head.sequence.saturating_add(1)
    }

    /// Adds an entry; the answer is the new head, with the hash of the entry.
    pub fn append(&mut self, entry_json: &[u8]) -> Head {
        self.head = Head { sequence: self.next_sequence(), hash: chain_hash(&self.head.hash, entry_json) };
        self.head
    }
}

/// An entry as somebody kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place.
    pub sequence: u64,
    /// The hash of the entry before, as kept.
    pub previous: Hash,
    /// Its hash, as kept.
    pub hash: Hash,
    /// What was hashed.
    pub entry_json: Vec<u8>,
}

/// The first wrong entry of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} of the ledger is wrong: {fault}")]
pub struct Broken {
    /// The place at which the chain breaks.
    pub sequence: u64,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another entry stands in its place: one was left out, added or moved.
    #[error("entry {found} stands in its place")]
    OutOfOrder {
        /// The place that the entry says it has.
        found: u64,
    },
    /// It does not follow from the entry before.
    #[error("it does not follow from the entry before")]
    Previous,
    /// Its hash is not that of what it says.
    #[error("its hash is not that of its text")]
    Hash,
}

/// Checks the entries that follow a known head, and tells the head that they lead to. Entries
/// left out at the end are found by comparing that head with the one that is known.
///
/// # Errors
/// The first wrong entry.
pub fn verify(from: Head, entries: impl IntoIterator<Item = Link>) -> Result<Head, Broken> {
    let mut chain = Chain::from_head(from);
    for entry in entries {
        let sequence = chain.next_sequence();
        let broken = |fault| Broken { sequence, fault };
        if entry.sequence != sequence {
            return Err(broken(Fault::OutOfOrder { found: entry.sequence }));
        }
        if entry.previous != chain.head().hash {
            return Err(broken(Fault::Previous));
        }
        if entry.hash != chain.append(&entry.entry_json).hash {
            return Err(broken(Fault::Hash));
        }
    }
    Ok(chain.head())
}
