//! Signing and verifying, with both algorithms and with what OpenSSL made.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;

use super::*;

// Keys of `openssl genpkey`, and signatures of `openssl pkeyutl -sign -rawin` and `openssl dgst
// -sha256 -sign` (its DER taken apart into r and s).
const ED25519_PRIVATE: &str = concat!(
    "-----BEGIN PRIVATE KEY-----\n",
    "MC4CAQAwBQYDK2VwBCIEIFzXytLXoPfi+ChHNwc9IeciLdyED9YmTIUVjNKtL91F\n",
    "-----END PRIVATE KEY-----\n",
);
const ED25519_PUBLIC: &str = concat!(
    "-----BEGIN PUBLIC KEY-----\n",
    "MCowBQYDK2VwAyEAsckIAnLZZ6HNp+WqFP3CoZF1jqwgHN1I5x1t7DRXSdg=\n",
    "-----END PUBLIC KEY-----\n",
);
const ED25519_JWS: &str = concat!(
    "eyJhbGciOiJFZERTQSIsImtpZCI6Ik9uakpWaWtYR2ZJZEp6MEE4MExMQTYzRDJWQjgwTnRCblN5QmxfOHpCclEifQ",
    ".eyJjb250cmFjdF9jb250ZW50X2hhc2giOiIkMSQxJHgiLCJ0eXBlIjoiYWNjZXB0Iiwic2lnbmVkX2F0IjoxNzk1N",
    "DM1MjAwfQ.bg6JUZU9T-64W4SYIpsyizNOZnlnJo3m9o2lLEudktbzNpY4jSASZpHcNRNxybZPyNoBopXVQAgkR-SH",
    "fc0VBA",
);
const P256_PRIVATE: &str = concat!(
    "-----BEGIN PRIVATE KEY-----\n",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguBUJ7FEjZkAv+W02\n",
    "Zrtqj+jGPocOYXlhXofQHtNuIk6hRANCAASkf7FNZ/xDgxnATbJgKzCkCEYWCdxW\n",
    "RPt3fYteZUdYxS0Qvz+TEA/tIp+cgv7vXF3w+FQiU2kIpDfOVekifud5\n",
    "-----END PRIVATE KEY-----\n",
);
const P256_PUBLIC: &str = concat!(
    "-----BEGIN PUBLIC KEY-----\n",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpH+xTWf8Q4MZwE2yYCswpAhGFgnc\n",
    "VkT7d32LXmVHWMUtEL8/kxAP7SKfnIL+71xd8PhUIlNpCKQ3zlXpIn7neQ==\n",
    "-----END PUBLIC KEY-----\n",
);
const P256_JWS: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImlSY2JjeGlhbGpieEo2MFNUY1FtN0UwZ0FnRjZ1X0VNdFd2eXZVSFZwVE0ifQ",
    ".eyJjb250cmFjdF9jb250ZW50X2hhc2giOiIkMSQxJHgiLCJ0eXBlIjoiYWNjZXB0Iiwic2lnbmVkX2F0IjoxNzk1N",
    "DM1MjAwfQ.BbzUzEY-AKp_q1oF9U2H4-ailku9rj2Ydf_UE_asMKP_EfpTFiGFiXm_RkeUwXkc8i3jAQZlxMiptalH",
    "D-E25w",
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    contract_content_hash: String,
    #[serde(rename = "type")]
    kind: String,
    signed_at: i64,
}

fn claims() -> Claims {
    Claims { contract_content_hash: "$1$1$x".to_owned(), kind: "accept".to_owned(), signed_at: 1_795_435_200 }
}

fn keys() -> [PrivateKey; 2] {
    [PrivateKey::generate().expect("a key"), PrivateKey::generate_p256().expect("a key")]
}

fn verified(jws: &str, key: &PublicKey) -> Result<Claims, Error> {
    verify(jws, key)
}

#[test]
fn a_signature_verifies_with_its_key_only() {
    for (key, another) in keys().into_iter().zip(keys()) {
        let jws = sign(&claims(), &key).expect("a signature");
        assert_eq!(key_id(&jws), Ok(key.public().thumbprint()));
        assert_eq!(verified(&jws, key.public()), Ok(claims()));
        assert_eq!(verified(&jws, another.public()), Err(Error::OtherKey));
        assert_eq!(unverified::<Claims>(&jws), Ok(claims()));
    }
}

#[test]
fn what_openssl_signed_verifies_and_its_keys_sign() {
    for (private, public, jws) in
        [(ED25519_PRIVATE, ED25519_PUBLIC, ED25519_JWS), (P256_PRIVATE, P256_PUBLIC, P256_JWS)]
    {
        let public = PublicKey::from_pem(public).expect("a public key");
        assert_eq!(verified(jws, &public), Ok(claims()));
        let private = PrivateKey::from_pem(private).expect("a private key");
        assert_eq!(private.public(), &public);
        let own = sign(&claims(), &private).expect("a signature");
        assert_eq!(verified(&own, &public), Ok(claims()));
        if public.algorithm() == Algorithm::EdDSA {
            assert_eq!(own, jws, "EdDSA signs the same text the same way");
        }
    }
}

#[test]
fn the_header_is_alg_and_kid() {
    for (key, algorithm) in keys().into_iter().zip(["EdDSA", "ES256"]) {
        let jws = sign(&claims(), &key).expect("a signature");
        let header = URL_SAFE_NO_PAD.decode(jws.split('.').next().expect("a header")).expect("base64url");
        let expected = format!(r#"{{"alg":"{algorithm}","kid":"{}"}}"#, key.public().thumbprint());
        assert_eq!(String::from_utf8(header).expect("text"), expected);
    }
}

#[test]
fn a_changed_payload_or_a_borrowed_key_id_does_not_verify() {
    for (own, other) in keys().into_iter().zip(keys()) {
        let jws = sign(&claims(), &own).expect("a signature");
        let parts: Vec<_> = jws.split('.').collect();
        let payload = URL_SAFE_NO_PAD
            .encode(r#"{"contract_content_hash":"$1$1$y","type":"accept","signed_at":1795435200}"#);
        let changed = [parts[0], &payload, parts[2]].join(".");
        assert_eq!(verified(&changed, own.public()), Err(Error::OtherKey));

        let mut header = Header::new(own.public().algorithm());
        header.kid = Some(own.public().thumbprint());
        let borrowed = jsonwebtoken::encode(&header, &claims(), other.encoding_key()).expect("a JWS");
        assert_eq!(verified(&borrowed, own.public()), Err(Error::OtherKey));
    }
}

#[test]
fn what_is_no_such_jws_is_malformed() {
    for key in keys() {
        let algorithm = key.public().algorithm();
        let encode = |header: &Header, claims: &serde_json::Value| {
            jsonwebtoken::encode(header, claims, key.encoding_key()).expect("a JWS")
        };
        let good = serde_json::json!(claims());
        let without_kid = encode(&Header::new(algorithm), &good);
        let mut header = Header::new(algorithm);
        header.kid = Some(key.public().thumbprint());
        let other_payload = encode(&header, &serde_json::json!({"type": "accept"}));
        let typed = encode(&header, &good);
        assert_eq!(verified(&typed, key.public()), Ok(claims()), "with the typ that many libraries add");
        header.typ = None;
        let other_key =
            encode(&Header { jku: Some("https://example.nl".to_owned()), ..header.clone() }, &good);
        let mut unknown = header.clone();
        unknown.extras.insert("x", "y");
        let unknown = encode(&unknown, &good);
        header.crit = Some(vec!["b64".to_owned()]);
        let critical = encode(&header, &good);
        let none = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"x"}"#));
        let long = "a".repeat(5000);
        let wrong = [&none, &without_kid, &other_payload, &other_key, &unknown, &critical, &long];
        for jws in wrong.map(String::as_str).into_iter().chain(["", "a", "a.b.c", ".."]) {
            assert_eq!(verified(jws, key.public()), Err(Error::Malformed), "{jws}");
        }
    }
}

#[test]
fn a_jws_has_a_thousand_bytes_at_most() {
    for key in keys() {
        let of = |length: usize| {
            let long = Claims { contract_content_hash: "x".repeat(length), ..claims() };
            sign(&long, &key).expect("a JWS")
        };
        let [most, more] = [512, 600].map(of);
        assert!(most.len() <= LONGEST && LONGEST < more.len(), "{} {}", most.len(), more.len());
        assert!(verified(&most, key.public()).is_ok());
        assert_eq!(verified(&more, key.public()), Err(Error::Malformed));
    }
}
