//! Tokens from outside, good and bad.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use gateway::Issuers;
use gateway::identity::demo_token;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use platform::clock::Clock;
use platform::keys::PrivateKey;
use serde_json::json;
use testkit::Party;

/// The key of the demo.
pub(crate) fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate().unwrap())
}

/// An `authorization` header for `party`.
pub(crate) fn token(party: Party, clock: &Clock) -> String {
    token_for(party, clock, time::Duration::hours(1))
}

/// The same, good for `lifetime` from now.
pub(crate) fn token_for(party: Party, clock: &Clock, lifetime: time::Duration) -> String {
    let caller = party.caller();
    let token = demo_token::sign(
        key(),
        &caller.subject,
        caller.organisation.as_ref(),
        &caller.roles,
        clock,
        lifetime,
    );
    format!("Bearer {}", token.unwrap())
}

/// Keys of the kinds that issuers use.
pub(crate) struct OtherKeys {
    pub(crate) p256: EncodingKey,
    pub(crate) rsa: EncodingKey,
}

pub(crate) fn other_keys() -> &'static OtherKeys {
    static KEYS: OnceLock<OtherKeys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let rsa: aws_lc_rs::encoding::Pkcs8V1Der<'_> = rsa.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", rsa.as_ref()));
        OtherKeys {
            p256: EncodingKey::from_ec_der(p256.to_pkcs8v1().unwrap().as_ref()),
            rsa: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        }
    })
}

/// Issuers as a file lists them: one with a P-256 key that may name GGD only, one with that key that
/// may give the role of the programme only, one with an RSA key under an id.
pub(crate) fn others() -> Issuers {
    let p256 = Jwk::from_encoding_key(&other_keys().p256, Algorithm::ES256).unwrap();
    let mut rsa = Jwk::from_encoding_key(&other_keys().rsa, Algorithm::RS256).unwrap();
    rsa.common.key_id = Some("rsa-1".to_owned());
    rsa.common.key_algorithm = None;
    let text = json!([
        {
            "issuer": "https://ggd.example",
            "audience": "alliantie-productie",
            "organisations": [Party::Ggd.oin()],
            "jwks": { "keys": [p256] },
        },
        {
            "issuer": "https://programma.example",
            "audience": "a",
            "roles": ["programme"],
            "jwks": { "keys": [p256] },
        },
        { "issuer": "https://gemeente.example", "audience": "alliantie-productie", "jwks": { "keys": [rsa] } },
    ]);
    Issuers::from_json(&text.to_string()).unwrap()
}
