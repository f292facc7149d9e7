//! What makes that a digest in the ledger tells nothing of what it is of.

use aws_lc_rs::hmac;
use sha2::{Digest, Sha256};

use super::Error;
use crate::domain::protection::Protection;
use crate::domain::release::ReleaseId;

/// Bytes of a secret.
const LENGTH: usize = 32;

/// What a digest begins with, so that who does not know it cannot try out what the digest is of: a mask can be of so
/// few cells that all masks of as many can be tried, and so can all values of the withheld cells of a release. The
/// owner of the dataset gets it, nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Salt(Vec<u8>);

impl Salt {
    /// That of one mask, by the secret of its dataset: HMAC with SHA-256 of which mask it is.
    pub(super) fn of_mask(seed: &[u8], release: &ReleaseId, protection: Protection) -> Self {
        let name = format!("mask {} {}", release.resource_name(), protection.name());
        Self(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), name.as_bytes()).as_ref().to_vec())
    }

    /// A new one.
    pub(crate) fn random() -> Result<Self, Error> {
        secret().map(Self)
    }

    /// One that was kept.
    pub(crate) fn kept(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// In lower-case hexadecimal.
    pub(crate) fn hex(&self) -> String {
        hex(&self.0)
    }

    /// SHA-256 over the salt and these bytes, in lower-case hexadecimal.
    pub(crate) fn digest(&self, bytes: &[u8]) -> String {
        digest(&[&self.0, bytes].concat())
    }

    /// The digest of these bytes, with the salt where there is one: what was entered in the ledger before there were
    /// salts has none.
    pub(crate) fn digest_of(salt: Option<&Self>, bytes: &[u8]) -> String {
        salt.map_or_else(|| digest(bytes), |salt| salt.digest(bytes))
    }
}

/// As many random bytes as a secret has.
pub(super) fn secret() -> Result<Vec<u8>, Error> {
    let mut made = vec![0; LENGTH];
    aws_lc_rs::rand::fill(&mut made).map_err(|_| Error::Random)?;
    Ok(made)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
