//! Signed notes: a text with the signatures of those who stand for it
//! (<https://c2sp.org/signed-note>).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How many signatures a note that is read may have.
pub const MAX_SIGNATURES: usize = 100;
/// What a line with a signature begins with.
const SIGNATURE_START: &str = "\u{2014} ";
/// The length of a key's id, in bytes.
const ID_BYTES: usize = 4;

/// A text with signatures, of which none is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed, with the newline at its end.
    pub text: String,
    /// The signatures, in their order.
    pub signatures: Vec<NoteSignature>,
}

/// A signature under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The first bytes of the hash of the key with its name and kind.
    pub key_id: [u8; 4],
    /// The signature; of a cosignature with its time.
    pub bytes: Vec<u8>,
}

/// Why a text is not a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text has control characters or does not end in a newline.
    #[error("the text of a note has no control characters but newlines, and ends in one")]
    Text,
    /// There is no empty line with signatures after it.
    #[error("a note has an empty line before its signatures, and ends in a newline")]
    Layout,
    /// A line after the empty one is not a signature.
    #[error("a signature is a line of an em dash, the name of the key and base64, with a space between them")]
    Signature,
    /// The name of a key.
    #[error("the name of a key is not empty and has no spaces, control characters or plus signs")]
    Name,
    /// More signatures than anybody needs.
    #[error("a note has {MAX_SIGNATURES} signatures at most")]
    TooMany,
}

impl SignedNote {
    /// A note of this text and these signatures.
    ///
    /// # Errors
    /// When the text cannot be that of a note, or there are no or too many signatures.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        if !text.ends_with('\n') || has_control_characters(&text) {
            return Err(NoteError::Text);
        }
        if signatures.is_empty() {
            return Err(NoteError::Layout);
        }
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooMany);
        }
        Ok(Self { text, signatures })
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if has_control_characters(note) {
            return Err(NoteError::Text);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Layout)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Layout)?;
        let signatures = lines.split('\n').take(MAX_SIGNATURES + 1).map(str::parse);
        Self::new(format!("{text}\n"), signatures.collect::<Result<_, _>>()?)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let (name, signature) = line
            .strip_prefix(SIGNATURE_START)
            .and_then(|line| line.split_once(' '))
            .ok_or(NoteError::Signature)?;
        check_name(name)?;
        let decoded = STANDARD.decode(signature).map_err(|_| NoteError::Signature)?;
        match decoded.split_first_chunk::<ID_BYTES>() {
            Some((key_id, bytes)) if !bytes.is_empty() => {
                Ok(Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
            }
            _ => Err(NoteError::Signature),
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id[..], &self.bytes].concat();
        write!(f, "{SIGNATURE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// Checks the name of a key.
pub(crate) fn check_name(name: &str) -> Result<(), NoteError> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(wrong) { Err(NoteError::Name) } else { Ok(()) }
}

/// Whether a text has ASCII control characters other than newlines.
fn has_control_characters(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
