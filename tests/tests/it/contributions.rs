//! Figures to which corporations contribute: GGD delivers them with who contributes what, Weller reads them under
//! agreements that nobody can estimate what another one contributes. Over REST, as the partners' systems do it.

use e2e::exchange::{INDICATOR, Member, sign_with};
use e2e::http::{Answer, Http};
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const DATASET: &str = "datasets/ggd-voorzieningen";
const PURPOSE: &str = "purposes/wijkplannen";
/// Area, households, and how many of them each corporation has. In the first neighbourhood the second largest can
/// take off its own and is left with hardly more than the largest; in the last one nearly all are of one.
const ROWS: [(&str, i64, &str); 7] = [
    ("BU08990124", 100, "alfa=55 beta=40 gamma=5"),
    ("BU08990126", 60, "alfa=20 beta=20 gamma=20"),
    ("BU08990134", 90, "alfa=30 beta=30 gamma=30"),
    ("BU08990135", 70, "alfa=30 beta=20 gamma=20"),
    ("BU08990136", 45, "alfa=15 beta=15 gamma=15"),
    ("BU08990144", 92, "alfa=70 beta=11 gamma=11"),
    ("WK089901", 457, "alfa=220 beta=136 gamma=101"),
];

fn delivery() -> String {
    let mut lines = "indicator,gebied,periode,waarde,bijdragen\n".to_owned();
    for (area, households, told) in ROWS {
        lines.push_str(&format!("huishoudens-met-voorziening,{area},2025,{households},{told}\n"));
    }
    lines
}

fn content(level: &str, protection: &Value) -> Value {
    json!({
        "recipients": [{ "oin": WELLER.oin }],
        "purpose": PURPOSE,
        "legalBasis": "LEGAL_BASIS_PUBLIC_TASK",
        "scope": {
            "dataset": DATASET, "indicators": [INDICATOR], "areaLevel": level, "periods": ["2025"],
        },
        "protection": protection,
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
        "displayName": "Voorzieningen", "visibility": "VISIBILITY_SHARED", "indicators": [INDICATOR],
    });
    ok(as_ggd.json(Method::POST, "/v1/datasets?datasetId=ggd-voorzieningen", &dataset).await);

    // Contributions that are not together the value are named, and nothing is stored.
    let releases = format!("/v1/{DATASET}/releases");
    let wrong = delivery().replace("gamma=5", "gamma=4");
    let refused = as_ggd.send(Method::POST, &releases, "text/csv", wrong.into()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    let error = refused.json()["errors"][0].to_string();
    assert!(error.contains("line 2, column bijdragen") && error.contains("tellen op tot 99"), "{error}");

    let uploaded = ok(as_ggd.send(Method::POST, &releases, "text/csv", delivery().into()).await);
    let release = uploaded["release"]["name"].as_str().expect("a name").to_owned();
    ok(as_ggd.json(Method::POST, &format!("/v1/{release}/_publish"), &json!({})).await);

    let parties = [(&as_ggd, &ggd), (&as_weller, &weller)];
    let estimated = json!({ "minimumCount": 10, "pPercent": 15 });
    let (hidden, shown) = read_under(&parties, &estimated).await;
    // 5 are left beside 55 and 40: an estimate of the 100 must be able to be 3.25 too high, so 4.
    nobody_comes_close("BU08990124", 4, &hidden, &shown);
    let dominated = json!({ "minimumCount": 10, "dominanceN": 1, "dominanceK": 75 });
    let (hidden, shown) = read_under(&parties, &dominated).await;
    // 70 is 75 percent of 93.3.
    nobody_comes_close("BU08990144", 2, &hidden, &shown);
}

/// What Weller gets under agreements with this protection: the areas that are withheld, and those that are shown.
async fn read_under(
    parties: &[(&Http, &Member); 2],
    protection: &Value,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let [(as_ggd, _), (as_weller, _)] = parties;
    let (mut hidden, mut shown) = (Vec::new(), Vec::new());
    for level in ["NEIGHBOURHOOD", "DISTRICT"] {
        let draft = ok(as_ggd.json(Method::POST, "/v1/agreements", &content(level, protection)).await);
        let name = draft["name"].as_str().expect("a name");
        let hash = draft["contentHash"].as_str().expect("a hash");
        ok(as_ggd.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await);
        for (http, member) in parties {
            let jws = sign_with(&member.key, hash, "accept");
            let signed =
                ok(http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await);
            assert!(signed["state"] != "AGREEMENT_STATE_DRAFT", "{signed}");
        }
        let path = format!("/v1/{DATASET}/observations?agreement={name}&purpose={PURPOSE}");
        let answer = ok(as_weller.get(&path).await);
        assert!(!answer.to_string().contains("gamma"), "nobody is shown who contributes: {answer}");
        for row in answer["observations"].as_array().expect("rows") {
            let told = ROWS.iter().find(|(area, ..)| row["area"] == format!("areas/{area}"));
            let (area, households, _) = told.expect("an area of the delivery");
            if row["status"] == "OBSERVATION_STATUS_WITHHELD" {
                assert!(row.get("value").is_none_or(|value| value == ""), "{row}");
                hidden.push(*area);
            } else {
                assert_eq!(row["value"], households.to_string());
                shown.push(*area);
            }
        }
    }
    assert_eq!(hidden.len() + shown.len(), ROWS.len());
    (hidden, shown)
}

/// From the district and what is shown of its neighbourhoods the count follows only that far.
fn nobody_comes_close(area: &str, level: i64, hidden: &[&str], shown: &[&str]) {
    assert!(hidden.contains(&area), "{hidden:?}");
    let of = |area: &str| ROWS.iter().find(|(own, ..)| *own == area).map_or(0, |(_, count, _)| *count);
    if shown.contains(&"WK089901") {
        let neighbourhoods = shown.iter().filter(|own| own.starts_with("BU"));
        let left = of("WK089901") - neighbourhoods.map(|own| of(own)).sum::<i64>();
        // Who is shown zeros knows that the others that are withheld are at least one.
        let others = i64::try_from(hidden.len()).expect("a few") - 1;
        assert!(others > 0 && left - others >= of(area) + level, "{left} is left for {hidden:?}");
        assert!(of(area) - level >= 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contributions_are_not_to_be_estimated_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contributions_are_not_to_be_estimated_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
