//! Credentials from outside: who gets in, and as whom.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::keys::PrivateKey;
use platform::token::Signer;
use serde_json::{Value, json};
use testkit::Party;

use crate::support::{Answer, Gateway, get, key, other_keys, start, token};

fn sign(algorithm: Algorithm, id: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = id.map(str::to_owned);
    format!("Bearer {}", jsonwebtoken::encode(&header, claims, key).unwrap())
}

/// The claims of a good demo token.
fn claims(gateway: &Gateway) -> Value {
    let now = gateway.clock.now().unix_timestamp();
    json!({
        "iss": "https://demo.alliantie.invalid", "aud": "alliantie", "sub": "ggd-systeem",
        "oin": Party::Ggd.oin(), "roles": ["partner", "superuser"], "iat": now, "exp": now + 600,
    })
}

/// Good claims with some of them changed; null takes a claim out.
fn changed(gateway: &Gateway, changes: Value) -> Value {
    let mut claims = claims(gateway);
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

async fn ask(gateway: &Gateway, authorization: &str) -> Answer {
    get(gateway, "/v1/areas/A", &[("authorization", authorization)]).await
}

#[tokio::test]
async fn a_service_learns_who_calls() {
    let gateway = start().await;
    let answer = ask(&gateway, &token(Party::Ggd, &gateway.clock)).await;
    assert_eq!(answer.json()["code"], Party::Ggd.oin());
    assert_eq!(answer.json()["displayName"], "ggd-systeem");
    let lower = token(Party::Ggd, &gateway.clock).replace("Bearer", "bearer");
    assert_eq!(ask(&gateway, &lower).await.json()["code"], Party::Ggd.oin());
}

#[tokio::test]
async fn headers_that_claim_to_be_internal_stay_outside() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/areas/A", &[("x-oin", Party::Ggd.oin())]).await;
    assert_eq!(answer.json()["displayName"], "anonymous");
    assert!(!answer.json()["note"].as_str().unwrap().contains("foreign"));
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_taken() {
    let gateway = start().await;
    let theirs = json!({ "iss": "https://ggd.example", "aud": ["x", "alliantie-productie"] });
    let theirs = sign(Algorithm::ES256, None, &other_keys().p256, &changed(&gateway, theirs));
    assert_eq!(ask(&gateway, &theirs).await.json()["code"], Party::Ggd.oin());
    let municipal = json!({ "iss": "https://gemeente.example", "aud": "alliantie-productie" });
    let municipal = changed(&gateway, municipal);
    for algorithm in [Algorithm::RS256, Algorithm::PS256] {
        for id in [Some("rsa-1"), None] {
            let token = sign(algorithm, id, &other_keys().rsa, &municipal);
            assert_eq!(ask(&gateway, &token).await.status, 200, "{algorithm:?} {id:?}");
        }
    }
    for (algorithm, id) in [(Algorithm::RS512, Some("rsa-1")), (Algorithm::RS256, Some("rsa-2"))] {
        let token = sign(algorithm, id, &other_keys().rsa, &municipal);
        ask(&gateway, &token).await.problem(401, "CREDENTIALS_INVALID");
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused() {
    let gateway = start().await;
    let now = gateway.clock.now().unix_timestamp();
    let demo = key().encoding_key();
    let stranger = PrivateKey::generate().unwrap();
    let good = claims(&gateway);
    let mut cases = vec![
        ("forged", sign(Algorithm::EdDSA, None, stranger.encoding_key(), &good)),
        ("alg of another kind", {
            // The public key as the secret of an HMAC.
            let secret = EncodingKey::from_secret(key().public().to_pem().as_bytes());
            sign(Algorithm::HS256, None, &secret, &good)
        }),
        ("no signature", {
            let token = sign(Algorithm::EdDSA, None, demo, &good);
            format!("{}.", token.rsplit_once('.').unwrap().0)
        }),
        ("alg none", "Bearer eyJhbGciOiJub25lIn0.e30.".to_owned()),
        ("not a token", "Bearer abc".to_owned()),
        ("empty", "Bearer ".to_owned()),
        ("another scheme", "Basic d2VsbGVyOndlbGxlcg==".to_owned()),
        ("too long", format!("Bearer {}", "a".repeat(9000))),
        ("another issuer's key", {
            sign(Algorithm::ES256, None, &other_keys().p256, &changed(&gateway, json!({})))
        }),
    ];
    let bad = [
        ("foreign issuer", json!({ "iss": "https://elders.example" })),
        ("another audience", json!({ "aud": "iets-anders" })),
        ("no audience", json!({ "aud": null })),
        ("no end", json!({ "exp": null })),
        ("no subject", json!({ "sub": null })),
        ("empty subject", json!({ "sub": "" })),
        ("a subject that is a service", json!({ "sub": "service:indicators" })),
        ("not yet", json!({ "nbf": now + 31 })),
        ("made in the future", json!({ "iat": now + 31 })),
        ("good for too long", json!({ "exp": now + 24 * 3600 + 1 })),
        ("good for too long without iat", json!({ "exp": now + 48 * 3600, "iat": null })),
        ("an OIN that is none", json!({ "oin": "123" })),
        ("times that are texts", json!({ "exp": "morgen" })),
    ];
    cases.extend(
        bad.map(|(what, change)| (what, sign(Algorithm::EdDSA, None, demo, &changed(&gateway, change)))),
    );
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::EdDSA) };
    cases.push(("crit", format!("Bearer {}", jsonwebtoken::encode(&header, &good, demo).unwrap())));
    for (what, authorization) in cases {
        let answer = ask(&gateway, &authorization).await;
        assert_eq!(answer.status, 401, "{what}");
        answer.problem(401, "CREDENTIALS_INVALID");
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{what}");
    }
    assert_eq!(ask(&gateway, &sign(Algorithm::EdDSA, None, demo, &good)).await.status, 200);
}

#[tokio::test]
async fn an_issuer_names_only_the_organisations_it_may() {
    let gateway = start().await;
    let change =
        json!({ "iss": "https://ggd.example", "aud": "alliantie-productie", "oin": Party::Weller.oin() });
    let token = sign(Algorithm::ES256, None, &other_keys().p256, &changed(&gateway, change));
    ask(&gateway, &token).await.problem(401, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn an_issuer_of_some_organisations_gives_no_role_beyond_them() {
    let gateway = start().await;
    let ask_with = async |change: Value| {
        let mut all = json!({ "iss": "https://ggd.example", "aud": "alliantie-productie" });
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let token = sign(Algorithm::ES256, None, &other_keys().p256, &changed(&gateway, all));
        ask(&gateway, &token).await
    };
    assert_eq!(ask_with(json!({})).await.status, 200);
    assert_eq!(ask_with(json!({ "roles": ["partner", "administrator"] })).await.status, 200);
    for change in [
        json!({ "roles": ["programme"] }),
        json!({ "roles": ["partner", "privacy_officer"] }),
        json!({ "oin": null }),
        json!({ "oin": null, "roles": [] }),
    ] {
        ask_with(change).await.problem(401, "CREDENTIALS_INVALID");
    }
}

#[tokio::test]
async fn an_issuer_gives_only_the_roles_of_its_list() {
    let gateway = start().await;
    let with = |role: &str| {
        let change = json!({ "iss": "https://programma.example", "aud": "a", "oin": null, "roles": [role] });
        sign(Algorithm::ES256, None, &other_keys().p256, &changed(&gateway, change))
    };
    assert_eq!(ask(&gateway, &with("programme")).await.status, 200);
    ask(&gateway, &with("privacy_officer")).await.problem(401, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn a_token_ends_with_half_a_minute_of_patience() {
    let gateway = start().await;
    let token = sign(Algorithm::EdDSA, None, key().encoding_key(), &claims(&gateway));
    gateway.clock.advance(std::time::Duration::from_secs(629));
    assert_eq!(ask(&gateway, &token).await.status, 200);
    gateway.clock.advance(std::time::Duration::from_secs(1));
    ask(&gateway, &token).await.problem(401, "CREDENTIALS_EXPIRED");
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let gateway = start().await;
    let good = token(Party::Ggd, &gateway.clock);
    let answer = get(&gateway, "/v1/areas/A", &[("authorization", &good), ("authorization", &good)]).await;
    answer.problem(401, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn an_internal_token_from_outside_is_refused() {
    let gateway = start().await;
    let forger = Signer::new("gateway", PrivateKey::generate().unwrap(), gateway.clock.clone());
    let token = forger.sign("indicators", &Party::Weller.caller()).unwrap();
    ask(&gateway, &format!("Bearer {token}")).await.problem(401, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn without_credentials_only_public_methods_answer() {
    let gateway = start().await;
    assert_eq!(get(&gateway, "/v1/areas/A", &[]).await.status, 200);
    let answer = get(&gateway, "/v1/agreements", &[]).await;
    answer.problem(401, "CREDENTIALS_MISSING");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let programme = token(Party::Programme, &gateway.clock);
    get(&gateway, "/v1/agreements", &[("authorization", &programme)]).await.problem(403, "ROLE_MISSING");
}

#[test]
fn a_list_of_issuers_that_is_wrong_is_refused() {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let issuer = |keys: Value| json!({ "issuer": "i", "audience": "a", "jwks": { "keys": keys } });
    let read = |list: Value| gateway::Issuers::from_json(&list.to_string());
    assert!(read(json!([issuer(json!([key]))])).is_ok());
    assert!(read(json!([issuer(json!([key])), issuer(json!([key]))])).is_err());
    assert!(read(json!([issuer(json!([]))])).is_err());
    let secret = json!({ "kty": "oct", "k": "AAAA" });
    assert!(read(json!([issuer(json!([secret]))])).is_err());
    assert!(read(json!([{ "issuer": "", "audience": "a", "jwks": { "keys": [key] } }])).is_err());
    assert!(read(json!([{ "issuer": "i", "audience": "a", "jwks": { "keys": [key] }, "x": 1 }])).is_err());
    let with_role =
        |role: &str| json!([{ "issuer": "i", "audience": "a", "roles": [role], "jwks": { "keys": [key] } }]);
    assert!(read(with_role("programme")).is_ok());
    assert!(read(with_role("public")).unwrap_err().to_string().contains("public"));
    assert!(gateway::Issuers::from_json("nee").is_err());
}
