//! Signatures as compact JWS: header {alg, kid}, payload {contract_content_hash, type, signed_at}.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use platform::keys::{PrivateKey, PublicKey};

use crate::domain::signature::Claims;

/// Most bytes of a JWS.
const LONGEST: usize = 4096;

/// Why a JWS was not read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no JWS with this header and payload.
    #[error(
        "the signature is not a compact JWS with header alg and kid and payload contract_content_hash, type and signed_at"
    )]
    Malformed,
    /// It was not made with this key.
    #[error("the signature was not made with this key")]
    OtherKey,
    /// It could not be made.
    #[error("the signature could not be made")]
    Sign,
}

/// The thumbprint of the key with which a JWS says it was made.
///
/// # Errors
/// When it is no JWS, or names no key.
pub(crate) fn key_id(jws: &str) -> Result<String, Error> {
    Ok(header(jws)?.1)
}

/// The payload of a JWS that was made with this key.
///
/// # Errors
/// When it is no JWS of the right form, or was made with another key.
pub(crate) fn verify(jws: &str, key: &PublicKey) -> Result<Claims, Error> {
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

/// Signs claims.
///
/// # Errors
/// When the key cannot sign.
pub(crate) fn sign(claims: &Claims, key: &PrivateKey) -> Result<String, Error> {
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
    // Nothing that is marked critical is understood here, so it is refused (RFC 7515, 4.1.11).
    if header.crit.is_some() {
        return Err(Error::Malformed);
    }
    let key_id = header.kid.clone().ok_or(Error::Malformed)?;
    Ok((header, key_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn claims() -> Claims {
        Claims {
            contract_content_hash: "$1$1$x".to_owned(),
            kind: "accept".to_owned(),
            signed_at: 1_795_435_200,
        }
    }

    fn key() -> PrivateKey {
        PrivateKey::generate().expect("a key")
    }

    #[test]
    fn a_signature_verifies_with_its_key_only() {
        let key = key();
        let jws = sign(&claims(), &key).expect("a signature");
        assert_eq!(key_id(&jws), Ok(key.public().thumbprint()));
        assert_eq!(verify(&jws, key.public()), Ok(claims()));
        assert_eq!(verify(&jws, super::tests::key().public()), Err(Error::OtherKey));
    }

    #[test]
    fn the_header_is_alg_and_kid() {
        let key = key();
        let jws = sign(&claims(), &key).expect("a signature");
        let header = URL_SAFE_NO_PAD.decode(jws.split('.').next().expect("a header")).expect("base64url");
        let expected = format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, key.public().thumbprint());
        assert_eq!(String::from_utf8(header).expect("text"), expected);
    }

    #[test]
    fn a_changed_payload_or_a_borrowed_key_id_does_not_verify() {
        let (own, other) = (key(), key());
        let jws = sign(&claims(), &own).expect("a signature");
        let parts: Vec<_> = jws.split('.').collect();
        let payload = URL_SAFE_NO_PAD
            .encode(r#"{"contract_content_hash":"$1$1$y","type":"accept","signed_at":1795435200}"#);
        let changed = [parts[0], &payload, parts[2]].join(".");
        assert_eq!(verify(&changed, own.public()), Err(Error::OtherKey));

        let mut header = Header::new(own.public().algorithm());
        header.kid = Some(own.public().thumbprint());
        let borrowed = jsonwebtoken::encode(&header, &claims(), other.encoding_key()).expect("a JWS");
        assert_eq!(verify(&borrowed, own.public()), Err(Error::OtherKey));
    }

    #[test]
    fn what_is_no_such_jws_is_malformed() {
        let key = key();
        let without_kid =
            jsonwebtoken::encode(&Header::new(key.public().algorithm()), &claims(), key.encoding_key())
                .expect("a JWS");
        let mut header = Header::new(key.public().algorithm());
        header.kid = Some(key.public().thumbprint());
        let other_payload =
            jsonwebtoken::encode(&header, &serde_json::json!({"type": "accept"}), key.encoding_key())
                .expect("a JWS");
        header.crit = Some(vec!["b64".to_owned()]);
        let critical = jsonwebtoken::encode(&header, &claims(), key.encoding_key()).expect("a JWS");
        let none = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"x"}"#));
        let long = "a".repeat(5000);
        for jws in ["", "a", "a.b.c", "..", &none, &without_kid, &other_payload, &critical, &long] {
            assert_eq!(verify(jws, key.public()), Err(Error::Malformed), "{jws}");
        }
    }
}
