//! Signatures as compact JWS: header {alg, kid}, payload {contract_content_hash, type, signed_at}.

use platform::jws;
use platform::keys::{PrivateKey, PublicKey};

use crate::domain::signature::Claims;

/// Why a JWS was not read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no JWS with this header and payload.
    #[error(
        "de handtekening is geen compacte JWS met in de kop alg en kid, en als inhoud contract_content_hash, type en signed_at"
    )]
    Malformed,
    /// It was not made with this key.
    #[error("de handtekening is niet met deze sleutel gemaakt")]
    OtherKey,
    /// It could not be made.
    #[error("de handtekening is niet te maken")]
    Sign,
}

impl From<jws::Error> for Error {
    fn from(error: jws::Error) -> Self {
        match error {
            jws::Error::Malformed => Self::Malformed,
            jws::Error::OtherKey => Self::OtherKey,
            jws::Error::Sign => Self::Sign,
        }
    }
}

/// The thumbprint of the key with which a JWS says it was made.
///
/// # Errors
/// When it is no JWS, or names no key.
pub(crate) fn key_id(jws: &str) -> Result<String, Error> {
    Ok(jws::key_id(jws)?)
}

/// The payload of a JWS that was made with this key.
///
/// # Errors
/// When it is no JWS of the right form, or was made with another key.
pub(crate) fn verify(jws: &str, key: &PublicKey) -> Result<Claims, Error> {
    Ok(jws::verify(jws, key)?)
}

/// What a JWS says, by whatever key.
///
/// # Errors
/// When it is no JWS of the right form.
pub(crate) fn unverified(jws: &str) -> Result<Claims, Error> {
    Ok(jws::unverified(jws)?)
}

/// Signs claims.
///
/// # Errors
/// When the key cannot sign.
pub(crate) fn sign(claims: &Claims, key: &PrivateKey) -> Result<String, Error> {
    Ok(jws::sign(claims, key)?)
}
