//! Keys that sign notes and keys that check them: Ed25519 signatures of a log
//! (<https://c2sp.org/signed-note>) and cosignatures of witnesses
//! (<https://c2sp.org/tlog-cosignature>).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::sha256;
use crate::note::{NoteSignature, SignedNote, check_name};

/// Bytes of an Ed25519 public key.
const KEY_BYTES: usize = 32;
/// The latest time that a cosignature may have, in seconds since 1970.
const MAX_SECONDS: u64 = 0x7fff_ffff_ffff_ffff;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// The text of a note: Ed25519, type 0x01. The key of a log.
    Log,
    /// A checkpoint with a time: cosignature/v1, type 0x04. The key of a witness.
    Cosigner,
}

impl KeyKind {
    /// The byte that stands for the kind in key ids and verifier keys.
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Cosigner => 0x04,
        }
    }
}

/// Why a key was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name cannot be that of a key.
    #[error("the name of a key is not empty and has no spaces, control characters or plus signs")]
    Name,
    /// The private key is not Ed25519.
    #[error("the private key is not an Ed25519 key in PKCS#8")]
    Private,
    /// The text is not a verifier key.
    #[error("a verifier key is name+id+key: 8 hexadecimal digits, and base64 of a kind and an Ed25519 key")]
    Verifier,
    /// The id is that of another key.
    #[error("the id of the verifier key is not that of its name and key")]
    Id,
}

/// Why a note is not taken for signed by a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No signature has the name and the id of the key.
    #[error("the note has no signature by {0}")]
    Missing(String),
    /// A signature has the name and the id of the key, and is not made with it over this text.
    #[error("the signature by {0} is not of this note")]
    Wrong(String),
}

/// A private key that signs notes.
pub struct NoteSigner {
    name: String,
    pair: Ed25519KeyPair,
    public: [u8; KEY_BYTES],
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NoteSigner {
    /// The signer with the key of this seed (RFC 8032), 32 bytes.
    ///
    /// # Errors
    /// When the name cannot be that of a key, or the seed has another length.
    pub fn from_seed(name: &str, seed: &[u8]) -> Result<Self, KeyError> {
        Self::new(name, Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Private)?)
    }

    /// The signer with a key in PKCS#8 DER.
    ///
    /// # Errors
    /// When the name cannot be that of a key, or the bytes are not an Ed25519 key.
    pub fn from_pkcs8(name: &str, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(name, Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Private)?)
    }

    fn new(name: &str, pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        check_name(name).map_err(|_| KeyError::Name)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Private)?;
        Ok(Self { name: name.to_owned(), pair, public })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs the text of a note, which ends in a newline.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        self.signature(KeyKind::Log, self.pair.sign(text.as_bytes()).as_ref().to_vec())
    }

    /// Signs the text of a checkpoint as a witness, at a time in seconds since 1970, at most
    /// 2^63 - 1.
    #[must_use]
    pub fn cosign(&self, checkpoint: &str, seconds: u64) -> NoteSignature {
        let seconds = seconds.min(MAX_SECONDS);
        let signature = self.pair.sign(cosigned(checkpoint, seconds).as_bytes());
        self.signature(KeyKind::Cosigner, [&seconds.to_be_bytes()[..], signature.as_ref()].concat())
    }

    fn signature(&self, kind: KeyKind, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature { name: self.name.clone(), key_id: key_id(&self.name, kind, &self.public), bytes }
    }

    /// What checks the notes that this key signs.
    #[must_use]
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), kind: KeyKind::Log, key: self.public }
    }

    /// What checks the checkpoints that this key cosigns.
    #[must_use]
    pub fn cosignature_verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), kind: KeyKind::Cosigner, key: self.public }
    }
}

/// What a cosignature signs.
fn cosigned(checkpoint: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{checkpoint}")
}

/// SHA-256(name || newline || kind || key), its first four bytes.
fn key_id(name: &str, kind: KeyKind, key: &[u8; KEY_BYTES]) -> [u8; 4] {
    let hash = sha256([name.as_bytes(), b"\n", &[kind.byte()], key]);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

/// A public key that checks notes. Written as a verifier key: `name+id+base64(kind || key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    kind: KeyKind,
    key: [u8; KEY_BYTES],
}

impl NoteVerifier {
    /// The verifier with this Ed25519 public key.
    ///
    /// # Errors
    /// When the name cannot be that of a key.
    pub fn from_public_key(name: &str, kind: KeyKind, key: [u8; KEY_BYTES]) -> Result<Self, KeyError> {
        check_name(name).map_err(|_| KeyError::Name)?;
        Ok(Self { name: name.to_owned(), kind, key })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    /// The id of the key in signatures.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, &self.key)
    }

    /// Whether a signature says that it is made with this key.
    #[must_use]
    pub fn names(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.key_id == self.key_id()
    }

    /// Checks that the key signed the note; of several signatures by it, all. Signatures by other
    /// keys are not looked at. The answer is the time of the newest cosignature, in seconds since
    /// 1970; nothing for the key of a log.
    ///
    /// # Errors
    /// When the note has no signature by the key, or one that is not of this text.
    pub fn verify(&self, note: &SignedNote) -> Result<Option<u64>, VerifyError> {
        let mut newest = None;
        for signature in note.signatures.iter().filter(|signature| self.names(signature)) {
            let time = self.check(&note.text, &signature.bytes);
            newest = newest.max(Some(time.ok_or_else(|| VerifyError::Wrong(self.name.clone()))?));
        }
        newest.ok_or_else(|| VerifyError::Missing(self.name.clone()))
    }

    /// The time of a signature that is right; nothing of one that is wrong.
    fn check(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        match self.kind {
            KeyKind::Log => key.verify(text.as_bytes(), signature).is_ok().then_some(None),
            KeyKind::Cosigner => {
                let (seconds, signature) = signature.split_first_chunk::<8>()?;
                let seconds = Some(u64::from_be_bytes(*seconds)).filter(|seconds| *seconds <= MAX_SECONDS)?;
                key.verify(cosigned(text, seconds).as_bytes(), signature).is_ok().then_some(Some(seconds))
            }
        }
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()][..], &self.key].concat();
        let id = u32::from_be_bytes(self.key_id());
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for NoteVerifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Verifier);
        };
        let key = STANDARD.decode(key).map_err(|_| KeyError::Verifier)?;
        let (kind, key) = key.split_first().ok_or(KeyError::Verifier)?;
        let kind = match kind {
            0x01 => KeyKind::Log,
            0x04 => KeyKind::Cosigner,
            _ => return Err(KeyError::Verifier),
        };
        let verifier = Self::from_public_key(name, kind, key.try_into().map_err(|_| KeyError::Verifier)?)?;
        if format!("{:08x}", u32::from_be_bytes(verifier.key_id())) == id {
            Ok(verifier)
        } else {
            Err(KeyError::Id)
        }
    }
}
