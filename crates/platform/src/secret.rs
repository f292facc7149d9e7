//! Secrets that somebody is shown once and gives back later: random, and kept as a digest only.

use aws_lc_rs::{constant_time, rand};
use sha2::{Digest as _, Sha256};

/// Crockford's base 32: no letters that are taken for a digit or for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of 128 bits in it.
const LENGTH: usize = 26;
/// Characters between two hyphens, when it is shown.
const GROUP: usize = 5;

/// The machine gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub struct NoRandom;

/// A secret of 128 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(u128);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What is kept of a secret: its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn generate() -> Result<Self, NoRandom> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).map_err(|_| NoRandom)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// Reads one as somebody typed it: capitals or not, with hyphens and spaces or without, O for
    /// 0, I and L for 1. None when it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut value = 0_u128;
        let mut length = 0;
        for character in text.chars().filter(|character| !matches!(character, '-' | ' ')) {
            let digit = match character.to_ascii_uppercase() {
                'O' => 0,
                'I' | 'L' => 1,
                other => ALPHABET.iter().position(|known| char::from(*known) == other)?,
            };
            // Two bits of the first character are beyond the 128.
            if length == LENGTH || value >> 123 != 0 {
                return None;
            }
            value = (value << 5) | u128::try_from(digit).ok()?;
            length += 1;
        }
        (length == LENGTH).then_some(Self(value))
    }

    /// As it is shown: 26 characters, in groups of five.
    #[must_use]
    pub fn show(&self) -> String {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for place in 0..LENGTH {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            let digit = (self.0 >> (5 * (LENGTH - 1 - place))) & 31;
            let character = usize::try_from(digit).ok().and_then(|digit| ALPHABET.get(digit));
            text.push(character.copied().map_or('0', char::from));
        }
        text
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.to_be_bytes()).into())
    }
}

impl Digest {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits, in lower case.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether this is the digest of `secret`, in a time that does not depend on where it differs.
    #[must_use]
    pub fn is_of(&self, secret: &Secret) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &secret.digest().0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back_however_it_is_typed() {
        for secret in [Secret(0), Secret(1), Secret(u128::MAX), Secret::generate().expect("random bytes")] {
            let shown = secret.show();
            assert_eq!(shown.len(), 31, "{shown}");
            for typed in
                [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), shown.replace('-', " ")]
            {
                assert_eq!(Secret::read(&typed), Some(secret.clone()), "{typed}");
            }
        }
        assert_eq!(Secret::read(&Secret(1).show().replace('0', "o").replace('1', "l")), Some(Secret(1)));
    }

    #[test]
    fn what_cannot_be_a_secret_is_none() {
        let shown = Secret(u128::MAX).show();
        for text in ["", "ABC", &format!("{shown}0"), &shown.replace('7', "8"), &shown.replace('Z', "U")] {
            assert_eq!(Secret::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_digest_is_of_one_secret_and_survives_text() {
        let (own, other) = (Secret::generate().expect("bytes"), Secret::generate().expect("bytes"));
        assert_ne!(own, other);
        let digest = Digest::from_hex(&own.digest().to_hex()).expect("a digest");
        assert!(digest.is_of(&own) && !digest.is_of(&other));
        assert_eq!(Digest::from_hex("xyz"), None);
        assert!(!format!("{own:?}").contains(&own.show()));
    }
}
