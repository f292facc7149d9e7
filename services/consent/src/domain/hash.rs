//! Hashes of the content and of the text of an agreement.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha3::{Digest, Sha3_512};

/// FSC: hash algorithm 1 (SHA3-512), type 1 (contract).
const CONTENT_PREFIX: &str = "$1$1$";

/// The hash of the content of an agreement, in the form of FSC: "$1$1$" and the SHA3-512 of the
/// canonical JSON in base64url without padding.
#[must_use]
pub(crate) fn of_content(content_json: &str) -> String {
    format!("{CONTENT_PREFIX}{}", of_text(content_json))
}

/// The SHA3-512 of a text in UTF-8, in base64url without padding.
#[must_use]
pub(crate) fn of_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha3_512::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha3_512_in_base64url() {
        // The known answer of FIPS 202 for the empty message.
        let empty = "pp9zzKI6msXItWfcGFp1bpfJghZP4lhZ4NHcwUdcgKYVshI68fX5TBHj6UAsOsVY9QAZnZW20-MBdYWGKB3NJg";
        assert_eq!(of_text(""), empty);
        assert_eq!(of_content(""), format!("$1$1${empty}"));
        assert_ne!(of_text("a"), of_text("b"));
    }
}
