//! Consent for a story over REST: the programme enters it, and who gave it withdraws it without an
//! account.

use e2e::http::Http;
use e2e::parties::{PRIVACY_OFFICER, PROGRAMME, WELLER};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_withdraws_consent_for_a_story_without_an_account() {
    let platform = Platform::one_process();
    let as_party = |party| Http::new(&platform.url()).with_token(&platform.issuer.token(party));
    let (programme, officer, weller) = (as_party(PROGRAMME), as_party(PRIVACY_OFFICER), as_party(WELLER));
    let consent = json!({
        "reference": "v-17", "story": "stories/fietsen-leren", "uses": ["STORY_USE_JOURNEY_REPORT"],
    });
    let refused = weller.json(Method::POST, "/v1/story-consents", &consent).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let given = programme.json(Method::POST, "/v1/story-consents", &consent).await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.text());
    let given = given.json();
    let name = given["storyConsent"]["name"].as_str().expect("a name").to_owned();

    let anybody = Http::new(&platform.url());
    let path = "/v1/story-consents/_withdraw-by-code";
    let wrong = json!({ "reference": "v-17", "code": "00000-00000-00000-00000-00000-0" });
    let refused = anybody.json(Method::POST, path, &wrong).await;
    assert_eq!(
        (refused.status, refused.json()["reason"].as_str()),
        (StatusCode::NOT_FOUND, Some("NOT_FOUND"))
    );
    let code = json!({ "reference": "v-17", "code": given["withdrawalCode"] });
    let withdrawn = anybody.json(Method::POST, path, &code).await;
    assert_eq!(withdrawn.status, StatusCode::OK, "{}", withdrawn.text());

    let read = officer.get(&format!("/v1/{name}")).await.json();
    assert_eq!(read, withdrawn.json());
    assert!(read["withdrawTime"].is_string(), "{read}");
    let entries = officer.get("/v1/ledger-entries").await.json();
    let kinds: Vec<_> =
        entries["ledgerEntries"].as_array().expect("entries").iter().map(|entry| &entry["kind"]).collect();
    let told = kinds.iter().filter(|kind| **kind == "LEDGER_ENTRY_KIND_STORY_CONSENT_CHANGED").count();
    assert_eq!(told, 2, "{kinds:?}");
    assert_eq!(anybody.get(&format!("/v1/{name}")).await.status, StatusCode::UNAUTHORIZED);
}
