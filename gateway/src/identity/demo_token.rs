//! Tokens for the demo of the all-in-one: signed by a key that only it trusts.

use jsonwebtoken::{Algorithm, Header};
use platform::clock::Clock;
use platform::identity::{Oin, role_name};
use platform::keys::PrivateKey;
use platform::token::Error;
use proto::api::v1::Role;
use serde::Serialize;

/// Issuer of demo tokens. The name cannot exist (RFC 6761), so nobody else can be it.
pub const ISSUER: &str = "https://demo.alliantie.invalid";
/// Audience of demo tokens.
pub const AUDIENCE: &str = "alliantie";

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    oin: Option<&'a Oin>,
    roles: Vec<&'static str>,
}

/// A token that says that `subject` calls, for the organisation `oin`, with `roles`; good for
/// `lifetime` from now (the gateway takes at most 24 hours).
///
/// # Errors
/// When signing fails.
pub fn sign(
    key: &PrivateKey,
    subject: &str,
    oin: Option<&Oin>,
    roles: &[Role],
    clock: &Clock,
    lifetime: time::Duration,
) -> Result<String, Error> {
    let now = clock.now();
    let claims = Claims {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: subject,
        iat: now.unix_timestamp(),
        exp: now.saturating_add(lifetime).unix_timestamp(),
        oin,
        roles: roles.iter().map(|role| role_name(*role)).collect(),
    };
    jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, key.encoding_key()).map_err(|_| Error::Sign)
}
