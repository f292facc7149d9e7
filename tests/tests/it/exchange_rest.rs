//! The main job over REST, as a municipal app does it.

use e2e::http::Http;
use e2e::parties::{GGD, WELLER, WONEN_ZUID};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::json;

use e2e::exchange::{INDICATOR, Member, PURPOSE, announce, delivery, sign_with};

const DATASET: &str = "/v1/datasets/weller-betalingsachterstand";

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    announce(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));
    let as_ggd = http.with_token(&platform.issuer.token(GGD));
    let as_third = http.with_token(&platform.issuer.token(WONEN_ZUID));

    // 1. A file is delivered and published.
    let uploaded = as_weller
        .send(Method::POST, &format!("{DATASET}/releases?note=eerste"), "text/csv", delivery().into())
        .await;
    assert_eq!(uploaded.status, StatusCode::OK, "{}", uploaded.text());
    assert_eq!(uploaded.json()["report"]["cellCount"], "72");
    assert_eq!(uploaded.json()["release"]["note"], "eerste");
    let release = uploaded.json()["release"]["name"].as_str().expect("a name").to_owned();
    let refused = as_ggd.json(Method::POST, &format!("/v1/{release}/_publish"), &json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let published = as_weller.json(Method::POST, &format!("/v1/{release}/_publish"), &json!({})).await;
    assert_eq!(published.json()["state"], "RELEASE_STATE_PUBLISHED");

    // 2. An agreement is drafted, proposed and signed.
    let content = json!({
        "recipients": [{ "oin": GGD.oin }],
        "purpose": PURPOSE,
        "legalBasis": "LEGAL_BASIS_PUBLIC_TASK",
        "scope": {
            "dataset": "datasets/weller-betalingsachterstand", "indicators": [INDICATOR],
            "areaLevel": "NEIGHBOURHOOD", "periods": ["2025Q1"], "dimensions": ["leeftijd"],
        },
        "protection": { "minimumCount": 10 },
        "deliveries": ["DELIVERY_PULL"],
        "validFrom": "2026-01-01", "validUntil": "2099-12-31", "retentionMonths": 6,
        "onwardSharing": "ONWARD_SHARING_NONE", "contact": "gegevensteam van Weller",
    });
    let draft = as_weller.json(Method::POST, "/v1/agreements", &content).await;
    assert_eq!(draft.status, StatusCode::OK, "{}", draft.text());
    let name = draft.json()["name"].as_str().expect("a name").to_owned();
    let hash = draft.json()["contentHash"].as_str().expect("a hash").to_owned();
    as_weller.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await;
    for (http, member) in [(&as_weller, &weller), (&as_ggd, &ggd)] {
        let jws = sign_with(&member.key, &hash, "accept");
        let signed = http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.text());
    }
    assert_eq!(as_ggd.get(&format!("/v1/{name}")).await.json()["state"], "AGREEMENT_STATE_ACTIVE");
    assert_eq!(as_third.get(&format!("/v1/{name}")).await.status, StatusCode::FORBIDDEN);

    // 3. The agreed part is fetched, the rest refused with a problem that people can read.
    let query = format!("{DATASET}/observations?agreement={name}&purpose={PURPOSE}");
    let rows = as_ggd.get(&query).await;
    assert_eq!(rows.status, StatusCode::OK, "{}", rows.text());
    let index = rows.headers["alliantie-ledger-index"].to_str().expect("a number").to_owned();
    let rows = rows.json();
    assert_eq!(rows["decision"]["ledgerIndex"], index.as_str());
    assert_eq!(rows["observations"].as_array().expect("rows").len(), 33);
    assert_eq!(rows["decision"]["agreement"], name.as_str());
    let refused = as_ggd.get(&format!("{query}&periods=2025Q2")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    let problem = refused.json();
    assert_eq!(problem["reason"], "PERIOD_BEYOND_SCOPE");
    assert!(problem["detail"].as_str().expect("a sentence").contains("2025Q2"), "{problem}");
    assert_eq!(
        refused.headers["alliantie-ledger-index"],
        problem["metadata"]["ledger_index"].as_str().expect("a number")
    );
    // Wrong in two ways: both are said, with what is too much.
    let refused = as_ggd.get(&format!("{query}&periods=2025Q2&areas=areas/GM0899")).await.json();
    let errors = refused["errors"].as_array().expect("every reason");
    let told: Vec<_> =
        errors.iter().map(|error| (&error["field"], &error["code"], &error["beyond"])).collect();
    assert_eq!(
        told,
        [
            (&json!("areas"), &json!("AREA_BEYOND_SCOPE"), &json!(["areas/GM0899"])),
            (&json!("periods"), &json!("PERIOD_BEYOND_SCOPE"), &json!(["2025Q2"])),
        ]
    );
    assert!(errors[1]["detail"].as_str().expect("a sentence").contains("perioden niet toe"), "{refused}");
    let third = as_third.get(&query).await;
    assert_eq!((third.status, &third.json()["reason"]), (StatusCode::FORBIDDEN, &json!("NOT_A_RECIPIENT")));
    // Streaming was not agreed.
    let watch = format!("{DATASET}/observations/_watch?agreement={name}&purpose={PURPOSE}");
    let refused = as_ggd.get(&watch).await;
    assert!(refused.text().contains("DELIVERY_NOT_AGREED"), "{}", refused.text());

    // 4. Each reads its own ledger.
    let entries = as_ggd.get(&format!("/v1/ledger-entries?agreement={name}")).await.json();
    assert!(entries["ledgerEntries"].as_array().expect("entries").len() >= 6);
    let entries = as_third.get("/v1/ledger-entries").await.json();
    assert_eq!(entries["ledgerEntries"].as_array().expect("entries").len(), 1, "its own refusal");

    // 5. A revocation is in force for the next question.
    let jws = sign_with(&ggd.key, &hash, "revoke");
    let revoked = as_ggd.json(Method::POST, &format!("/v1/{name}/_revoke"), &json!({ "jws": jws })).await;
    assert_eq!(revoked.json()["state"], "AGREEMENT_STATE_REVOKED", "any party may");
    let refused = as_ggd.get(&query).await.json();
    assert_eq!(refused["reason"], "AGREEMENT_REVOKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_holds_over_rest_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_holds_over_rest_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
