//! Etags: a strong validator over what a resource says, quoted (AIP-154).

use sha2::{Digest, Sha256};

use crate::status::Failure;

/// The etag of a resource with these parts.
#[must_use]
pub fn of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length first, so that ("ab", "c") and ("a", "bc") differ.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let hex: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Compares the etag that a caller gave with the one that stands; an empty one matches.
///
/// # Errors
/// ABORTED when they differ.
pub fn check(given: &str, stands: &str, resource: &str) -> Result<(), Failure> {
    if given.is_empty() || given == stands { Ok(()) } else { Err(Failure::etag_mismatch(resource)) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn another_division_into_parts_is_another_etag() {
        assert_ne!(super::of(&["ab", "c"]), super::of(&["a", "bc"]));
        assert_eq!(super::of(&["ab", "c"]), super::of(&["ab", "c"]));
    }
}
