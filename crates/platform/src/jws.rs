//! Statements that an organisation signs: compact JWS (RFC 7515) with header {alg, kid}, where kid is the
//! thumbprint of the key (RFC 7638) and alg is EdDSA or ES256.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::keys::{PrivateKey, PublicKey};

/// Most bytes of a JWS. A signature under an agreement, by an ES256 or EdDSA key, has about 400.
const LONGEST: usize = 1024;

/// Why a JWS was not read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no JWS with this header and the payload that was expected.
    #[error("it is not a compact JWS with header alg and kid and the payload that was expected")]
    Malformed,
    /// It was not made with this key.
    #[error("it was not made with this key")]
    OtherKey,
    /// It could not be made.
    #[error("it could not be signed")]
    Sign,
}

/// The thumbprint of the key with which a JWS says it was made.
///
/// # Errors
/// When it is no JWS, or names no key.
pub fn key_id(jws: &str) -> Result<String, Error> {
    Ok(header(jws)?.1)
}

/// The payload of a JWS that was made with this key.
///
/// # Errors
/// When it is no JWS of the right form, or was made with another key.
pub fn verify<C: DeserializeOwned + Clone>(jws: &str, key: &PublicKey) -> Result<C, Error> {
    let (header, key_id) = header(jws)?;
    if header.alg != key.algorithm() || key_id != key.thumbprint() {
        return Err(Error::OtherKey);
    }
    let mut validation = Validation::new(key.algorithm());
    // The payload is not that of a token: it has neither an audience nor an expiry.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    match jsonwebtoken::decode(jws, &key.decoding_key(), &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => Err(Error::OtherKey),
        Err(_) => Err(Error::Malformed),
    }
}

/// The payload of a JWS by whatever key: what it says, believed by nobody yet.
///
/// # Errors
/// When it is no JWS of the right form.
pub fn unverified<C: DeserializeOwned + Clone>(jws: &str) -> Result<C, Error> {
    header(jws)?;
    jsonwebtoken::dangerous::insecure_decode(jws).map(|token| token.claims).map_err(|_| Error::Malformed)
}

/// Signs a payload.
///
/// # Errors
/// When the key cannot sign.
pub fn sign(claims: &impl Serialize, key: &PrivateKey) -> Result<String, Error> {
    let mut header = Header::new(key.public().algorithm());
    header.typ = None;
    header.kid = Some(key.public().thumbprint());
    jsonwebtoken::encode(&header, claims, key.encoding_key()).map_err(|_| Error::Sign)
}

fn header(jws: &str) -> Result<(Header, String), Error> {
    if jws.len() > LONGEST {
        return Err(Error::Malformed);
    }
    let header = jsonwebtoken::decode_header(jws).map_err(|_| Error::Malformed)?;
    let key_id = header.kid.clone().ok_or(Error::Malformed)?;
    // Nothing else means anything here: not what is marked critical (RFC 7515, 4.1.11), and no other key
    // than that of the organisation. Many libraries add `typ`.
    let expected = Header { typ: header.typ.clone(), kid: header.kid.clone(), ..Header::new(header.alg) };
    if header != expected {
        return Err(Error::Malformed);
    }
    Ok((header, key_id))
}

#[cfg(test)]
mod tests;
