//! What an organisation does with its key on its own machine.

use platform::identity::Oin;
use platform::jws;
use platform::keys::PrivateKey;
use time::OffsetDateTime;

use crate::domain::registration::Proof;

/// The proof that CreateSigningKey asks for: that who registers `key` for `oin` holds it.
///
/// # Errors
/// When the key cannot sign.
pub fn registration_proof(key: &PrivateKey, oin: &Oin, now: OffsetDateTime) -> Result<String, jws::Error> {
    jws::sign(&Proof::new(oin, &key.public().thumbprint(), now), key)
}
