//! The life of an agreement over REST: from a template to its end, and the lists on the way.

use e2e::exchange::{INDICATOR, Member, announce, sign_with};
use e2e::http::Http;
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const TEMPLATE: &str = "/v1/agreement-templates/cijfers-per-buurt-voor-een-inspanning";

fn names(list: &Value) -> Vec<String> {
    let agreements = list["agreements"].as_array().cloned().unwrap_or_default();
    agreements.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_from_a_template_is_signed_suspended_resumed_and_listed_over_rest() {
    let platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));
    let as_ggd = http.with_token(&platform.issuer.token(GGD));

    let template = http.get(TEMPLATE).await.json();
    assert_eq!(template["fields"][0]["field"], "recipients", "{template}");
    let answers = json!({
        "recipients": [GGD.oin], "serves": "inspanningen/7A",
        "dataset": "datasets/weller-betalingsachterstand", "indicators": [INDICATOR],
        "periods": ["2025Q1"], "contact": "gegevensteam van Weller",
    });
    let draft = as_weller.json(Method::POST, &format!("{TEMPLATE}/_draft"), &answers).await;
    assert_eq!(draft.status, StatusCode::OK, "{}", draft.text());
    let thrown_away = format!("/v1/{}", draft.json()["name"].as_str().expect("a name"));
    let deleted = as_weller.json(Method::DELETE, &thrown_away, &json!({})).await;
    assert_eq!((deleted.status, deleted.json()), (StatusCode::OK, json!({})));
    assert_eq!(as_weller.get(&thrown_away).await.status, StatusCode::FORBIDDEN);

    let draft = as_weller.json(Method::POST, &format!("{TEMPLATE}/_draft"), &answers).await.json();
    let name = draft["name"].as_str().expect("a name").to_owned();
    let hash = draft["contentHash"].as_str().expect("a hash").to_owned();
    as_weller.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await;
    let waiting = as_ggd.get("/v1/agreements?awaitingMySignature=true").await.json();
    assert_eq!(names(&waiting), [name.as_str()]);
    for (http, member) in [(&as_weller, &weller), (&as_ggd, &ggd)] {
        let jws = sign_with(&member.key, &hash, "accept");
        http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await;
    }
    let expiring = as_ggd.get("/v1/agreements?expiringWithinDays=400").await.json();
    assert_eq!(names(&expiring), [name.as_str()]);
    let unused = as_ggd.get("/v1/agreements?unusedForDays=30").await.json();
    assert!(names(&unused).is_empty());

    let suspend = json!({ "jws": sign_with(&ggd.key, &hash, "suspend") });
    let suspended = as_ggd.json(Method::POST, &format!("/v1/{name}/_suspend"), &suspend).await.json();
    assert_eq!(suspended["state"], "AGREEMENT_STATE_SUSPENDED");
    let resume = json!({ "jws": sign_with(&weller.key, &hash, "resume") });
    let refused = as_weller.json(Method::POST, &format!("/v1/{name}/_resume"), &resume).await;
    assert_eq!(refused.json()["reason"], "WRONG_STATE");
    assert!(refused.text().contains("alleen wie heeft opgeschort kan hervatten"), "{}", refused.text());
    let resume = json!({ "jws": sign_with(&ggd.key, &hash, "resume") });
    let resumed = as_ggd.json(Method::POST, &format!("/v1/{name}/_resume"), &resume).await.json();
    assert_eq!(resumed["state"], "AGREEMENT_STATE_ACTIVE");
}
