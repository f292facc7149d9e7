//! Before signing: what an agreement comes to, and why a question would be refused. Over REST, as a
//! partner's system asks it.

use e2e::exchange::{DATASET, INDICATOR, Member, PURPOSE, announce, deliver, sign_with};
use e2e::http::{Answer, Http};
use e2e::parties::{GGD, PRIVACY_OFFICER, PROGRAMME, WELLER, WONEN_ZUID};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

fn content() -> Value {
    json!({
        "recipients": [{ "oin": GGD.oin }],
        "purpose": PURPOSE,
        "legalBasis": "LEGAL_BASIS_PUBLIC_TASK",
        "scope": {
            "dataset": DATASET, "indicators": [INDICATOR],
            "areaLevel": "NEIGHBOURHOOD", "periods": ["2025Q1", "2024Q1"], "dimensions": ["leeftijd"],
        },
        "protection": { "minimumCount": 10 },
        "deliveries": ["DELIVERY_PULL"],
        "validFrom": "2026-01-01", "validUntil": "2099-12-31", "retentionMonths": 6,
        "onwardSharing": "ONWARD_SHARING_NONE", "contact": "gegevensteam van Weller",
    })
}

/// Recipient, cells and withheld cells.
fn counts(preview: &Answer) -> (String, u64, u64) {
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text());
    let preview = preview.json();
    let recipients = preview["recipients"].as_array().expect("recipients");
    assert_eq!(recipients.len(), 1, "{preview}");
    let number = |field: &str| recipients[0][field].as_str().expect(field).parse().expect(field);
    let oin = recipients[0]["recipient"]["oin"].as_str().expect("an OIN").to_owned();
    (oin, number("cellCount"), number("withheldCount"))
}

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));
    let as_ggd = http.with_token(&platform.issuer.token(GGD));
    let as_third = http.with_token(&platform.issuer.token(WONEN_ZUID));

    // What the figures do not have cannot be agreed on.
    let mut wrong = content();
    wrong["scope"]["areas"] = json!(["areas/BU08990201", "areas/GM0899", "areas/NERGENS"]);
    wrong["scope"]["indicators"] = json!(["indicators/stress-school"]);
    let refused = as_weller.json(Method::POST, "/v1/agreements", &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    for field in ["content.scope.indicators[0]", "content.scope.areas[1]", "content.scope.areas[2]"] {
        assert!(refused.text().contains(field), "{field} in {}", refused.text());
    }

    // The provider looks at its draft, the recipient at the proposal.
    let draft = as_weller.json(Method::POST, "/v1/agreements", &content()).await.json();
    let name = draft["name"].as_str().expect("a name").to_owned();
    let hash = draft["contentHash"].as_str().expect("a hash").to_owned();
    let path = format!("/v1/{name}/_preview");
    assert_eq!(as_ggd.get(&path).await.status, StatusCode::FORBIDDEN, "a draft is for its provider");
    let (_, cells, withheld) = counts(&as_weller.get(&path).await);
    as_weller.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await;
    let preview = as_ggd.get(&path).await;
    assert_eq!(counts(&preview), (GGD.oin.to_owned(), cells, (withheld + 5) / 10 * 10), "in tens");
    let preview = preview.json();
    assert_eq!(preview["release"], format!("{DATASET}/releases/1"));
    let gap = json!([{ "indicator": INDICATOR, "period": "2024Q1", "area": "" }]);
    let gaps = &preview["emptyCombinations"];
    assert!(*gaps == gap || gaps[0].get("area").is_none(), "{preview}");
    assert_eq!((&gaps[0]["period"], &preview["emptyCombinationCount"]), (&json!("2024Q1"), &json!("1")));
    assert_eq!(as_third.get(&path).await.status, StatusCode::FORBIDDEN);

    // It explains why nothing may be had yet, signs, and gets what was counted.
    let explain = format!("/v1/decisions/_explain?agreement={name}&purpose={PURPOSE}&dataset={DATASET}");
    let early = as_ggd.get(&explain).await.json();
    assert_eq!(early["permitted"], false, "{early}");
    assert_eq!(early["reasons"][0]["reason"], "DECISION_REASON_AGREEMENT_NOT_ACTIVE");
    for (http, member) in [(&as_weller, &weller), (&as_ggd, &ggd)] {
        let jws = sign_with(&member.key, &hash, "accept");
        let signed = http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.text());
    }
    let rows = format!("/v1/{DATASET}/observations?agreement={name}&purpose={PURPOSE}");
    let got = as_ggd.get(&rows).await.json();
    let got = got["observations"].as_array().expect("rows");
    let hidden = got.iter().filter(|row| row["status"] == "OBSERVATION_STATUS_WITHHELD").count();
    assert!(hidden > 0 && got.len() > hidden);
    assert_eq!((u64::try_from(got.len()), u64::try_from(hidden)), (Ok(cells), Ok(withheld)));

    // What a stop would take away is what was counted.
    let touched = as_ggd.get(&format!("/v1/{name}/_preview-revocation")).await.json();
    let of_ggd = &touched["recipients"][0];
    assert_eq!((&touched["active"], &of_ggd["recipientOin"]), (&json!(true), &json!(GGD.oin)), "{touched}");
    let counted = (json!(cells.to_string()), json!(withheld.to_string()));
    assert_eq!((&of_ggd["cellCount"], &of_ggd["withheldCount"]), (&counted.0, &counted.1), "{touched}");
    assert_eq!(touched["release"], preview["release"]);

    // A refusal is explained before it is met, in the same words.
    let entries = || async { as_ggd.get("/v1/ledger-entries").await.json()["ledgerEntries"].clone() };
    let before = entries().await;
    let permitted = as_ggd.get(&explain).await.json();
    assert_eq!((&permitted["permitted"], &permitted["dryRun"]), (&json!(true), &json!(true)), "{permitted}");
    assert_eq!(permitted["scope"]["dataset"], DATASET);
    assert_eq!(permitted["protection"]["minimumCount"], 10);
    let wide = "&periods=2025Q2&areas=areas/WK089902";
    let explained = as_ggd.get(&format!("{explain}{wide}")).await.json();
    assert_eq!(explained["permitted"], false, "{explained}");
    let of_any = format!("{explain}{wide}&system=ggd-systeem&recipientOin={}", GGD.oin);
    let as_officer = http.with_token(&platform.issuer.token(PRIVACY_OFFICER));
    let to_officer = as_officer.get(&of_any).await.json();
    let told = |answer: &serde_json::Value| -> Vec<_> {
        let reasons = answer["reasons"].as_array().expect("reasons").iter();
        reasons.map(|own| (own["reason"].clone(), own["metadata"].clone())).collect()
    };
    assert_eq!(told(&to_officer), told(&explained));
    let own_rules = to_officer["reasons"][2]["messageNl"].as_str().expect("a sentence");
    assert!(own_rules.contains(GGD.oin), "the officer hears whose rules: {own_rules}");
    assert_eq!(as_third.get(&of_any).await.status, StatusCode::FORBIDDEN);
    assert_eq!(entries().await, before, "a dry run leaves no trace");
    let refused = as_ggd.get(&format!("{rows}{wide}")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = refused.json();
    let reasons = explained["reasons"].as_array().expect("reasons");
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason["reason"].as_str()).collect();
    assert_eq!(
        codes,
        [
            "DECISION_REASON_AREA_BEYOND_SCOPE",
            "DECISION_REASON_PERIOD_BEYOND_SCOPE",
            "DECISION_REASON_WITHIN_OWN_RULES"
        ]
    );
    assert_eq!(refused["reason"], "AREA_BEYOND_SCOPE");
    assert_eq!(refused["detail"], reasons[0]["messageNl"]);
    assert_ne!(entries().await, before, "the refusal itself does");

    // The programme adds a purpose for something that it wants.
    let as_programme = http.with_token(&platform.issuer.token(PROGRAMME));
    let purpose = |serves: &str| json!({ "displayName": "Armoede bestrijden", "serves": serves });
    let add = "/v1/purposes?purposeId=armoede-bestrijden";
    let unknown = as_programme.json(Method::POST, add, &purpose("goals/S99")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "{}", unknown.text());
    assert!(unknown.text().contains("purpose.serves"), "{}", unknown.text());
    let added = as_programme.json(Method::POST, add, &purpose("goals/S1")).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    // What it serves stays, as agreements are signed on it; another name is another name.
    let change =
        async |to: Value| as_programme.json(Method::PATCH, "/v1/purposes/armoede-bestrijden", &to).await;
    let refused = change(json!({ "serves": "inspanningen/7A" })).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    assert!(refused.text().contains("purpose.serves"), "{}", refused.text());
    let changed = change(json!({ "displayName": "Armoede voorkomen" })).await;
    assert_eq!(changed.json()["displayName"], "Armoede voorkomen", "{}", changed.text());
    assert_eq!(changed.json()["serves"], "goals/S1");
    assert_eq!(http.get("/v1/purposes/armoede-bestrijden").await.json(), changed.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_sees_beforehand_what_it_then_gets_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_sees_beforehand_what_it_then_gets_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
