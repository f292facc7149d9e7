//! Consent for a story: the programme enters it, a partner asks before it uses the story, who gave it withdraws
//! it without an account, and the partner's system hears that and confirms.

use std::time::Duration;

use e2e::http::Http;
use e2e::parties::{GGD, PRIVACY_OFFICER, PROGRAMME, WELLER, connect};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::{self as consent, StoryUse};
use serde_json::json;
use tokio::time::{Instant, timeout};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_uses_a_story_hears_through_the_gateway_that_consent_is_withdrawn_and_confirms() {
    let platform = Platform::five_processes().await;
    let as_party = |party| Http::new(&platform.url()).with_token(&platform.issuer.token(party));
    let (programme, officer) = (as_party(PROGRAMME), as_party(PRIVACY_OFFICER));
    let story = "stories/fietsen-leren";
    let given = json!({ "reference": "v-17", "story": story, "uses": ["STORY_USE_LEARNING_NETWORK"] });
    let given = programme.json(Method::POST, "/v1/story-consents", &given).await.json();
    let name = given["storyConsent"]["name"].as_str().expect("a name").to_owned();

    let mut ggd = StoryConsentServiceClient::new(connect(&platform.url(), &platform.issuer.token(GGD)).await);
    let ask = || consent::CheckStoryUseRequest {
        story: story.to_owned(),
        r#use: StoryUse::LearningNetwork.into(),
        transaction_id: platform::clock::Clock::system().uuid().to_string(),
        trace_id: String::new(),
    };
    let request = consent::WatchStoryWithdrawalsRequest { stories: vec![story.to_owned()] };
    let mut heard = ggd.watch_story_withdrawals(request).await.expect("a stream").into_inner();
    assert!(ggd.check_story_use(ask()).await.expect("an answer").into_inner().permitted);

    let code = json!({ "reference": "v-17", "code": given["withdrawalCode"] });
    let start = Instant::now();
    let withdrawn =
        Http::new(&platform.url()).json(Method::POST, "/v1/story-consents/_withdraw-by-code", &code).await;
    assert_eq!(withdrawn.status, StatusCode::OK, "{}", withdrawn.text());
    let told = loop {
        let next = timeout(Duration::from_secs(5), heard.message()).await.expect("a sign of life");
        let next = next.expect("no end").expect("no end");
        if !next.story_consent.is_empty() {
            break next;
        }
    };
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!((told.story_consent.as_str(), told.story.as_str()), (name.as_str(), story));
    let request = consent::ConfirmStoryWithdrawalRequest { name: name.clone() };
    let entered = ggd.confirm_story_withdrawal(request).await.expect("confirmed").into_inner().ledger_entry;
    assert!(!ggd.check_story_use(ask()).await.expect("an answer").into_inner().permitted);
    let entry = officer.get(&format!("/v1/{entered}")).await.json();
    assert_eq!(entry["kind"], "LEDGER_ENTRY_KIND_STORY_WITHDRAWAL_CONFIRMED", "{entry}");
    assert_eq!(entry["parties"], json!([GGD.oin]), "{entry}");
}
