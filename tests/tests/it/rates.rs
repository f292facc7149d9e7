//! Percentages of a survey: GGD delivers them with the counts behind them, Weller reads them under
//! agreements. Over REST, as the partners' systems do it.

use e2e::exchange::{Member, sign_with};
use e2e::http::{Answer, Http};
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const DATASET: &str = "datasets/ggd-eenzaamheid";
const PURPOSE: &str = "purposes/wijkplannen";
/// Area, rate, who are lonely, who answered. In one neighbourhood a handful are, in another one a handful
/// are not.
const ROWS: [(&str, &str, i64, i64); 7] = [
    ("BU08990124", "6.0", 3, 50),
    ("BU08990126", "33.3", 20, 60),
    ("BU08990134", "40.0", 24, 60),
    ("BU08990135", "93.3", 56, 60),
    ("BU08990136", "25.0", 25, 100),
    ("BU08990144", "44.4", 40, 90),
    ("WK089901", "40.0", 168, 420),
];

fn delivery() -> String {
    let mut lines = "indicator,gebied,periode,waarde,teller,noemer\n".to_owned();
    for (area, rate, lonely, answered) in ROWS {
        lines.push_str(&format!("sociaal-eenzaam,{area},2025,{rate},{lonely},{answered}\n"));
        lines.push_str(&format!("sociaal-eenzaam,{area},2024,{rate},,\n"));
    }
    lines
}

fn content(level: &str) -> Value {
    json!({
        "recipients": [{ "oin": WELLER.oin }],
        "purpose": PURPOSE,
        "legalBasis": "LEGAL_BASIS_PUBLIC_TASK",
        "scope": {
            "dataset": DATASET, "indicators": ["indicators/sociaal-eenzaam"],
            "areaLevel": level, "periods": ["2024", "2025"],
        },
        "protection": { "minimumCount": 10 },
        "deliveries": ["DELIVERY_PULL"],
        "validFrom": "2026-01-01", "validUntil": "2099-12-31", "retentionMonths": 6,
        "onwardSharing": "ONWARD_SHARING_NONE", "contact": "gegevensteam van GGD",
    })
}

fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn play(platform: &Platform) {
    let ggd = Member::join(platform, GGD).await;
    let weller = Member::join(platform, WELLER).await;
    let http = Http::new(&platform.url());
    let as_ggd = http.with_token(&platform.issuer.token(GGD));
    let as_weller = http.with_token(&platform.issuer.token(WELLER));

    let dataset = json!({
        "displayName": "Eenzaamheid", "visibility": "VISIBILITY_SHARED",
        "indicators": ["indicators/sociaal-eenzaam"],
    });
    ok(as_ggd.json(Method::POST, "/v1/datasets?datasetId=ggd-eenzaamheid", &dataset).await);

    // A numerator that is more than its denominator is named, and nothing is stored.
    let releases = format!("/v1/{DATASET}/releases");
    let wrong = delivery().replace("6.0,3,50", "6.0,53,50");
    let refused = as_ggd.send(Method::POST, &releases, "text/csv", wrong.into()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    let error = refused.json()["errors"][0].to_string();
    assert!(error.contains("teller") && error.contains("noemer (50)"), "{error}");

    let uploaded = ok(as_ggd.send(Method::POST, &releases, "text/csv", delivery().into()).await);
    let release = uploaded["release"]["name"].as_str().expect("a name").to_owned();
    ok(as_ggd.json(Method::POST, &format!("/v1/{release}/_publish"), &json!({})).await);

    let mut rows = Vec::new();
    for level in ["NEIGHBOURHOOD", "DISTRICT"] {
        let draft = ok(as_ggd.json(Method::POST, "/v1/agreements", &content(level)).await);
        let name = draft["name"].as_str().expect("a name");
        let hash = draft["contentHash"].as_str().expect("a hash");
        ok(as_ggd.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await);
        let preview = ok(as_weller.get(&format!("/v1/{name}/_preview")).await);
        for (http, member) in [(&as_ggd, &ggd), (&as_weller, &weller)] {
            let jws = sign_with(&member.key, hash, "accept");
            ok(http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await);
        }
        let path = format!("/v1/{DATASET}/observations?agreement={name}&purpose={PURPOSE}");
        let answer = ok(as_weller.get(&path).await);
        assert!(answer["notice"].as_str().is_some_and(|notice| notice.contains("percentages")), "{answer}");
        let got = answer["observations"].as_array().expect("rows").clone();
        let withheld = got.iter().filter(|row| is_withheld(row)).count();
        // Before it was signed the recipient was told in tens.
        let told = ((withheld + 5) / 10 * 10).min(got.len() / 10 * 10);
        assert_eq!(preview["recipients"][0]["withheldCount"], told.to_string());
        rows.extend(got);
    }
    weller_gets_what_is_safe(&rows);
}

fn is_withheld(row: &Value) -> bool {
    row["status"] == "OBSERVATION_STATUS_WITHHELD"
}

fn weller_gets_what_is_safe(rows: &[Value]) {
    assert_eq!(rows.len(), 2 * ROWS.len());
    let (mut hidden, mut lonely, mut answered) = (0, 168, 420);
    for row in rows {
        let told = ROWS.iter().find(|(area, ..)| row["area"] == format!("areas/{area}"));
        let (area, rate, numerator, denominator) = told.expect("an area of the delivery");
        if is_withheld(row) {
            let empty = row.get("value").is_none_or(|value| value == "");
            assert!(empty && row.get("numerator").is_none() && row.get("denominator").is_none(), "{row}");
        } else {
            assert_eq!(row["value"], *rate);
            assert_eq!(row["numerator"], numerator.to_string());
            assert_eq!(row["denominator"], denominator.to_string());
        }
        if row["period"] == "2024" {
            assert!(is_withheld(row), "of how many it is, is not told: {row}");
        } else if *area == "WK089901" {
            assert!(!is_withheld(row), "{row}");
        } else if is_withheld(row) {
            hidden += 1;
        } else {
            (lonely, answered) = (lonely - numerator, answered - denominator);
            assert!(*numerator >= 10 && denominator - numerator >= 10, "{row}");
        }
    }
    // What the district leaves of the neighbourhoods is of two together, and of each side enough.
    assert_eq!(hidden, 2);
    assert!(lonely >= 10 && answered - lonely >= 10, "{lonely} of {answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn percentages_are_read_under_an_agreement_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn percentages_are_read_under_an_agreement_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
