//! The issuers whose tokens are accepted, and the check of a token: JWS compact serialisation with
//! EdDSA, ES256, RS256 or PS256 (RFC 7519, RFC 8725).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use platform::identity::{Caller, Oin, role_named};
use platform::keys::PublicKey;
use platform::token::Error as Refused;
use proto::api::v1::Role;
use serde::Deserialize;
use time::OffsetDateTime;

use super::demo_token;

/// Seconds that the clock of an issuer may differ from ours.
const LEEWAY: f64 = 30.0;
/// Longest time in seconds between the making of a token and its end.
const LONGEST_LIFETIME: f64 = 24.0 * 3600.0;
/// Longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 8192;
/// Longest subject that is taken, in bytes.
const LONGEST_SUBJECT: usize = 255;

/// Why a list of issuers was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the token issuers from {file}: {cause}")]
    File {
        /// Its path.
        file: String,
        /// Why not.
        cause: std::io::Error,
    },
    /// It is not the JSON that was expected.
    #[error("the token issuers are not valid JSON of the expected form: {0}")]
    Json(#[from] serde_json::Error),
    /// Two entries for one issuer.
    #[error("the issuer {0} is listed twice")]
    Twice(String),
    /// An issuer or audience is empty.
    #[error("an issuer and its audience must not be empty")]
    Empty,
    /// An issuer has no key to check with.
    #[error("the issuer {0} has no usable key: EdDSA, ES256, RS256 or PS256, for signatures")]
    NoKey(String),
    /// An issuer may give a role that does not exist.
    #[error(
        "the issuer {issuer} lists the role {role}; roles are partner, administrator, programme and privacy_officer"
    )]
    NoRole {
        /// The issuer.
        issuer: String,
        /// The name that is no role.
        role: String,
    },
    /// The demo key cannot be read.
    #[error("the demo key is not a public key in PEM")]
    DemoKey,
}

/// The trusted issuers.
#[derive(Clone, Debug, Default)]
pub struct Issuers(Vec<Arc<Issuer>>);

#[derive(Debug)]
struct Issuer {
    name: String,
    audience: String,
    /// The organisations that it may name; absent for all.
    organisations: Option<BTreeSet<Oin>>,
    roles: Roles,
    keys: Vec<Key>,
}

/// The roles that an issuer may give.
#[derive(Clone, Debug)]
enum Roles {
    /// Every role.
    All,
    /// These.
    Listed(Vec<Role>),
    /// Partner and administrator, for an organisation: what fits an issuer that may name some
    /// organisations only.
    OfOrganisation,
}

/// What a good token says.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) caller: Caller,
    /// Who says so.
    pub(crate) issuer: String,
    /// When it is no longer believed.
    pub(crate) end: OffsetDateTime,
}

struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    issuer: String,
    audience: String,
    #[serde(default)]
    organisations: Option<BTreeSet<Oin>>,
    #[serde(default)]
    roles: Option<Vec<String>>,
    jwks: KeySet,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    #[serde(default)]
    oin: Option<Oin>,
    #[serde(default)]
    roles: Vec<String>,
}

impl Issuers {
    /// Nobody: every token is refused.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads `[{"issuer", "audience", "organisations"?, "roles"?, "jwks": {"keys": [...]}}]`;
    /// `organisations` lists the OINs that the issuer may name, and without it the issuer may name
    /// all. `roles` lists the roles that it may give; without it those are all, or with
    /// `organisations` only `partner` and `administrator`, for an organisation of that list. Keys of
    /// other kinds, or for encryption, are passed over.
    ///
    /// # Errors
    /// When the text has another form, an issuer is listed twice, has no usable key, or a role that
    /// does not exist.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let listed: Vec<Listed> = serde_json::from_str(text)?;
        let mut issuers: Vec<Arc<Issuer>> = Vec::new();
        for entry in listed {
            if entry.issuer.is_empty() || entry.audience.is_empty() {
                return Err(Error::Empty);
            }
            if issuers.iter().any(|known| known.name == entry.issuer) {
                return Err(Error::Twice(entry.issuer));
            }
            let keys: Vec<Key> = entry.jwks.keys.into_iter().filter_map(key).collect();
            if keys.is_empty() {
                return Err(Error::NoKey(entry.issuer));
            }
            let roles = match (entry.roles, &entry.organisations) {
                (Some(names), _) => Roles::listed(&entry.issuer, names)?,
                (None, Some(_)) => Roles::OfOrganisation,
                (None, None) => Roles::All,
            };
            issuers.push(Arc::new(Issuer {
                name: entry.issuer,
                audience: entry.audience,
                organisations: entry.organisations,
                roles,
                keys,
            }));
        }
        Ok(Self(issuers))
    }

    /// Reads them from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and as `from_json`.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| Error::File { file: path.display().to_string(), cause })?;
        Self::from_json(&text)
    }

    /// The one issuer of the demo, with the public key in PEM.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn demo(public_key_pem: &str) -> Result<Self, Error> {
        let public = PublicKey::from_pem(public_key_pem).map_err(|_| Error::DemoKey)?;
        Ok(Self(vec![Arc::new(Issuer {
            name: demo_token::ISSUER.to_owned(),
            audience: demo_token::AUDIENCE.to_owned(),
            organisations: None,
            roles: Roles::All,
            keys: vec![Key {
                id: None,
                algorithms: vec![public.algorithm()],
                decoding: public.decoding_key(),
            }],
        })]))
    }

    /// These issuers and those of `other`.
    ///
    /// # Errors
    /// When both have the same issuer.
    pub fn and(self, other: Self) -> Result<Self, Error> {
        if let Some(twice) = other.0.iter().find(|new| self.0.iter().any(|known| known.name == new.name)) {
            return Err(Error::Twice(twice.name.clone()));
        }
        Ok(Self(self.0.into_iter().chain(other.0).collect()))
    }

    /// Who calls, as a trusted issuer says.
    pub(crate) fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Known, Refused> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refused::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::Invalid)?;
        // Extensions that must be understood (RFC 7515, 4.1.11): we understand none.
        if header.crit.is_some() {
            return Err(Refused::Invalid);
        }
        let said: Claims =
            jsonwebtoken::dangerous::insecure_decode(token).map_err(|_| Refused::Invalid)?.claims;
        let issuer = self.0.iter().find(|issuer| issuer.name == said.iss).ok_or(Refused::Invalid)?;
        let claims = issuer
            .keys
            .iter()
            .filter(|key| key.serves(header.alg, header.kid.as_deref()))
            .find_map(|key| issuer.verified(token, header.alg, key))
            .ok_or(Refused::Invalid)?;
        claims.check_times(now)?;
        let end = claims.end()?;
        Ok(Known { caller: issuer.caller(claims)?, issuer: issuer.name.clone(), end })
    }
}

impl Issuer {
    /// The claims, when the signature verifies and issuer and audience are right.
    fn verified(&self, token: &str, algorithm: Algorithm, key: &Key) -> Option<Claims> {
        let mut validation = Validation::new(algorithm);
        // Times are checked against the clock of the platform.
        validation.validate_exp = false;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.name]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        jsonwebtoken::decode(token, &key.decoding, &validation).ok().map(|token| token.claims)
    }

    fn caller(&self, claims: Claims) -> Result<Caller, Refused> {
        let subject = claims.sub;
        let printable = subject.chars().all(|sign| !sign.is_control());
        // These names stand for callers that never come in with a token from outside.
        let reserved = subject == Caller::anonymous().subject || subject.starts_with("service:");
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT || !printable || reserved {
            return Err(Refused::Invalid);
        }
        if let (Some(allowed), Some(oin)) = (&self.organisations, &claims.oin)
            && !allowed.contains(oin)
        {
            return Err(Refused::Invalid);
        }
        let mut roles = Vec::new();
        for role in claims.roles.iter().filter_map(|name| role_named(name)) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if !self.roles.admit(&roles, claims.oin.as_ref()) {
            return Err(Refused::Invalid);
        }
        Ok(Caller { subject, organisation: claims.oin, roles, service: None })
    }
}

impl Roles {
    fn listed(issuer: &str, names: Vec<String>) -> Result<Self, Error> {
        let known =
            |role: String| role_named(&role).ok_or_else(|| Error::NoRole { issuer: issuer.to_owned(), role });
        Ok(Self::Listed(names.into_iter().map(known).collect::<Result<_, _>>()?))
    }

    fn admit(&self, roles: &[Role], oin: Option<&Oin>) -> bool {
        match self {
            Self::All => true,
            Self::Listed(listed) => roles.iter().all(|role| listed.contains(role)),
            Self::OfOrganisation => {
                let own = [Role::Partner, Role::Administrator];
                oin.is_some() && roles.iter().all(|role| own.contains(role))
            }
        }
    }
}

impl Claims {
    /// When it is no longer believed.
    fn end(&self) -> Result<OffsetDateTime, Refused> {
        OffsetDateTime::UNIX_EPOCH
            .checked_add(time::Duration::saturating_seconds_f64(self.exp + LEEWAY))
            .ok_or(Refused::Invalid)
    }

    fn check_times(&self, now: OffsetDateTime) -> Result<(), Refused> {
        let now = now.unix_timestamp() as f64;
        if self.exp + LEEWAY <= now {
            return Err(Refused::Expired);
        }
        let made = self.iat.unwrap_or(now);
        let too_long = self.exp - made > LONGEST_LIFETIME || self.exp - now > LONGEST_LIFETIME + LEEWAY;
        let too_early = made > now + LEEWAY || self.nbf.is_some_and(|start| start > now + LEEWAY);
        if too_long || too_early { Err(Refused::Invalid) } else { Ok(()) }
    }
}

impl Key {
    /// Whether a token with this header may be checked with the key.
    fn serves(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let named = match (&self.id, id) {
            (Some(own), Some(wanted)) => own == wanted,
            (None, _) | (_, None) => true,
        };
        named && self.algorithms.contains(&algorithm)
    }
}

/// A key of a JWK set that we can use.
fn key(json: serde_json::Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(json).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let fits = algorithms(&jwk.algorithm);
    let algorithms: Vec<Algorithm> = match jwk.common.key_algorithm {
        None => fits.to_vec(),
        Some(only) => fits.iter().copied().filter(|fit| only.to_string() == format!("{fit:?}")).collect(),
    };
    if algorithms.is_empty() {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithms, decoding })
}

/// The algorithms that go with a kind of key.
fn algorithms(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    if let AlgorithmParameters::EllipticCurve(key) = parameters
        && key.curve == EllipticCurve::P256
    {
        return &[Algorithm::ES256];
    }
    if let AlgorithmParameters::OctetKeyPair(key) = parameters
        && key.curve == EllipticCurve::Ed25519
    {
        return &[Algorithm::EdDSA];
    }
    if matches!(parameters, AlgorithmParameters::RSA(_)) {
        return &[Algorithm::RS256, Algorithm::PS256];
    }
    &[]
}
