//! SHA-256 over leaves and nodes, as RFC 6962, section 2.1, has it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Stands before a leaf, so that a leaf's hash is never a node's.
const LEAF_PREFIX: [u8; 1] = [0x00];
/// Stands before the two hashes of a node.
const NODE_PREFIX: [u8; 1] = [0x01];

/// The root of a log without entries: SHA-256 of nothing (RFC 6962, section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A SHA-256 hash. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash with these bytes.
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

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// The text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        parse_hex(text).map(Self)
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn write_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // In one piece: an entry of a ledger has five such texts.
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
    let pairs = bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    f.write_str(std::str::from_utf8(pairs.as_flattened()).map_err(|_| fmt::Error)?)
}

/// Reads 32 bytes of lower-case hexadecimal digits.
pub(crate) fn parse_hex(text: &str) -> Result<[u8; 32], NotAHash> {
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
    Ok(bytes)
}

/// The hash of a leaf: SHA-256(0x00 || data).
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256([&LEAF_PREFIX[..], data])
}

/// The hash of a node: SHA-256(0x01 || left || right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256([&NODE_PREFIX[..], &left.0, &right.0])
}

/// SHA-256 over the parts, one after the other.
pub(crate) fn sha256<const N: usize>(parts: [&[u8]; N]) -> Hash {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Hash(hash.finalize().into())
}
