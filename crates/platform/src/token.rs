//! The internal token: what the gateway (or a service) vouches for towards one other service.
//! EdDSA, 60 seconds, one audience; a service trusts it and no header.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::{Header, Validation};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::identity::{Caller, Oin, role_name, role_named};
use crate::keys::{PrivateKey, PublicKey};

/// The one service that vouches for callers from outside; every other one speaks for itself alone.
pub const EDGE: &str = "gateway";
/// Seconds that a token is good for.
pub const LIFETIME: i64 = 60;
/// Seconds that the clocks of two machines may differ.
const LEEWAY: i64 = 5;

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Forged, malformed, for another audience, or from somebody who is not trusted.
    #[error("the token is not valid")]
    Invalid,
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It could not be made.
    #[error("the token could not be signed")]
    Sign,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oin: Option<Oin>,
    #[serde(default)]
    roles: Vec<String>,
    /// The issuer acts on its own account.
    #[serde(default)]
    own: bool,
}

/// Makes tokens in the name of one service.
#[derive(Clone, Debug)]
pub struct Signer {
    issuer: String,
    key: Arc<PrivateKey>,
    clock: Clock,
}

impl Signer {
    /// A signer for the service `issuer`.
    #[must_use]
    pub fn new(issuer: &str, key: PrivateKey, clock: Clock) -> Self {
        Self { issuer: issuer.to_owned(), key: Arc::new(key), clock }
    }

    /// The service in whose name it signs.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token that says to `audience` who calls.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, audience: &str, caller: &Caller) -> Result<String, Error> {
        let now = self.clock.now().unix_timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: audience.to_owned(),
            sub: caller.subject.clone(),
            iat: now,
            exp: now + LIFETIME,
            oin: caller.organisation.clone(),
            roles: caller.roles.iter().map(|role| role_name(*role).to_owned()).collect(),
            own: caller.service.is_some(),
        };
        let header = Header::new(self.key.public().algorithm());
        jsonwebtoken::encode(&header, &claims, self.key.encoding_key()).map_err(|_| Error::Sign)
    }
}

/// Checks tokens for one service.
#[derive(Clone, Debug)]
pub struct Verifier {
    audience: String,
    trusted: Arc<HashMap<String, PublicKey>>,
    clock: Clock,
}

impl Verifier {
    /// A verifier for the service `audience`, which lets the services in `trusted` call it.
    #[must_use]
    pub fn new(audience: &str, trusted: HashMap<String, PublicKey>, clock: Clock) -> Self {
        Self { audience: audience.to_owned(), trusted: Arc::new(trusted), clock }
    }

    /// Who calls, as a trusted service says.
    ///
    /// # Errors
    /// When the token is not valid, or no longer.
    pub fn verify(&self, token: &str) -> Result<Caller, Error> {
        let unverified: Claims =
            jsonwebtoken::dangerous::insecure_decode(token).map_err(|_| Error::Invalid)?.claims;
        let key = self.trusted.get(&unverified.iss).ok_or(Error::Invalid)?;
        let mut validation = Validation::new(key.algorithm());
        // Time is checked below, against the clock of the platform.
        validation.validate_exp = false;
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["aud", "exp", "iss"]);
        let claims: Claims =
            jsonwebtoken::decode(token, &key.decoding_key(), &validation).map_err(|_| Error::Invalid)?.claims;
        let now = self.clock.now().unix_timestamp();
        if claims.exp + LEEWAY < now {
            return Err(Error::Expired);
        }
        if claims.iat > now + LEEWAY || claims.exp > claims.iat + LIFETIME {
            return Err(Error::Invalid);
        }
        if claims.own {
            return Ok(Caller::service(&claims.iss));
        }
        if claims.iss != EDGE {
            return Err(Error::Invalid);
        }
        let roles = claims.roles.iter().filter_map(|name| role_named(name)).collect();
        Ok(Caller { subject: claims.sub, organisation: claims.oin, roles, service: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::api::v1::Role;
    use std::time::Duration;
    use time::macros::datetime;

    fn pair(clock: &Clock) -> (Signer, Verifier) {
        let key = PrivateKey::generate().expect("a key");
        let trusted = HashMap::from([("gateway".to_owned(), key.public().clone())]);
        (Signer::new("gateway", key, clock.clone()), Verifier::new("consent", trusted, clock.clone()))
    }

    fn ggd() -> Caller {
        Caller {
            subject: "ggd-systeem".to_owned(),
            organisation: Some("00000099000000004000".parse().expect("an OIN")),
            roles: vec![Role::Partner],
            service: None,
        }
    }

    #[test]
    fn a_service_learns_who_calls() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (signer, verifier) = pair(&clock);
        let token = signer.sign("consent", &ggd()).expect("a token");
        assert_eq!(verifier.verify(&token), Ok(ggd()));
    }

    #[test]
    fn a_token_for_another_service_is_refused() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (signer, verifier) = pair(&clock);
        let token = signer.sign("indicators", &ggd()).expect("a token");
        assert_eq!(verifier.verify(&token), Err(Error::Invalid));
    }

    #[test]
    fn a_token_ends_after_a_minute() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (signer, verifier) = pair(&clock);
        let token = signer.sign("consent", &ggd()).expect("a token");
        clock.advance(Duration::from_secs(66));
        assert_eq!(verifier.verify(&token), Err(Error::Expired));
    }

    #[test]
    fn a_token_of_an_unknown_signer_is_refused() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (_, verifier) = pair(&clock);
        let forger = Signer::new("gateway", PrivateKey::generate().expect("a key"), clock);
        let token = forger.sign("consent", &ggd()).expect("a token");
        assert_eq!(verifier.verify(&token), Err(Error::Invalid));
    }

    #[test]
    fn only_the_gateway_vouches_for_callers_from_outside() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let key = PrivateKey::generate().expect("a key");
        let trusted = HashMap::from([("indicators".to_owned(), key.public().clone())]);
        let verifier = Verifier::new("consent", trusted, clock.clone());
        let signer = Signer::new("indicators", key, clock);
        let token = signer.sign("consent", &ggd()).expect("a token");
        assert_eq!(verifier.verify(&token), Err(Error::Invalid));
    }

    #[test]
    fn a_service_cannot_pass_for_another() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (signer, verifier) = pair(&clock);
        let token = signer.sign("consent", &Caller::service("indicators")).expect("a token");
        assert_eq!(verifier.verify(&token), Ok(Caller::service("gateway")));
    }
}
