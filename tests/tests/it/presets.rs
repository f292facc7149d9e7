//! A partner picks the kind of figures in a template, may be stricter and not looser, and the recipient gets
//! no figure that is nearly all of its group. Over REST, as the partners' systems do it.

use std::collections::BTreeMap;

use e2e::exchange::{DATASET, INDICATOR, Member, PURPOSE, announce, sign_with};
use e2e::http::{Answer, Http};
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const DRAFT: &str = "/v1/agreement-templates/cijfers-per-buurt-voor-een-inspanning/_draft";
/// Neighbourhoods with two counts, young and old. None is small; in the first, 380 of 400 are old.
const COUNTS: [(&str, u32, u32); 11] = [
    ("01", 20, 380),
    ("02", 31, 42),
    ("03", 35, 51),
    ("04", 44, 60),
    ("05", 38, 47),
    ("07", 52, 73),
    ("08", 29, 40),
    ("09", 61, 57),
    ("25", 47, 66),
    ("42", 33, 58),
    ("43", 56, 69),
];

fn rows() -> Vec<(String, &'static str, u32)> {
    let whole = |of: fn(&(&str, u32, u32)) -> u32| COUNTS.iter().map(of).sum();
    let areas = COUNTS.map(|(buurt, young, old)| (format!("BU089902{buurt}"), young, old));
    let district = ("WK089902".to_owned(), whole(|it| it.1), whole(|it| it.2));
    let cells = areas.into_iter().chain([district]).flat_map(|(area, young, old)| {
        [("jong", young), ("oud", old), ("totaal", young + old)]
            .map(|(age, count)| (area.clone(), age, count))
    });
    cells.collect()
}

fn delivery() -> String {
    let lines = rows().into_iter().map(|(area, age, count)| {
        format!("huishoudens-met-voorziening,{area},2025Q1,{age},{count},definitief\n")
    });
    format!("indicator,gebied,periode,leeftijd,waarde,status\n{}", lines.collect::<String>())
}

fn answers() -> Value {
    json!({
        "recipients": [GGD.oin], "serves": "inspanningen/7A", "preset": "PRESET_PERSONS_SENSITIVE",
        "dataset": DATASET, "indicators": [INDICATOR], "periods": ["2025Q1"], "dimensions": ["leeftijd"],
        "validFrom": "2026-01-01", "validUntil": "2099-12-31", "contact": "gegevensteam van Weller",
    })
}

fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

fn refused(answer: &Answer, says: &[&str]) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    for part in says {
        assert!(answer.text().contains(part), "{part} in {}", answer.text());
    }
}

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    announce(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));
    let as_ggd = http.with_token(&platform.issuer.token(GGD));
    let file = delivery().into_bytes();
    let uploaded =
        as_weller.send(Method::POST, &format!("/v1/{DATASET}/releases"), "text/csv", file.into()).await;
    let release = ok(&uploaded)["release"]["name"].as_str().expect("a name").to_owned();
    ok(&as_weller.json(Method::POST, &format!("/v1/{release}/_publish"), &json!({})).await);

    // The template tells the kinds of figures, each with its terms.
    let templates = ok(&http.get("/v1/agreement-templates").await);
    let presets = templates["agreementTemplates"][0]["presets"].as_array().expect("presets").clone();
    let of_kind = |preset: &str| presets.iter().find(|it| it["preset"] == preset).expect(preset);
    assert_eq!(of_kind("PRESET_PERSONS_SENSITIVE")["protection"]["groupPercent"], 90);
    assert_eq!(of_kind("PRESET_INCOME")["protection"]["minimumCount"], 100);

    // Stricter is possible, looser is not, and the refusal names the term.
    let with = |field: &str, value: Value| {
        let mut answers = answers();
        answers[field] = value;
        answers
    };
    let lower = as_weller.json(Method::POST, DRAFT, &with("minimumCount", json!(9))).await;
    refused(&lower, &["minimumCount", "is 9; bij persons_sensitive hoort minstens 10"]);
    let draft = ok(&as_weller.json(Method::POST, DRAFT, &with("minimumCount", json!(12))).await);
    assert_eq!(draft["content"]["protection"]["preset"], "PRESET_PERSONS_SENSITIVE");
    assert_eq!(draft["content"]["protection"]["minimumCount"], 12);
    let mut content = draft["content"].clone();
    content["protection"]["groupPercent"] = json!(95);
    content["protection"]["protectZeros"] = json!(false);
    let looser = as_weller.json(Method::POST, "/v1/agreements", &content).await;
    refused(
        &looser,
        &[
            "content.protection.groupPercent",
            "is 95; bij persons_sensitive hoort hoogstens 90",
            "content.protection.protectZeros",
        ],
    );

    let name = draft["name"].as_str().expect("a name");
    let text = draft["textNl"].as_str().expect("a text");
    assert!(text.contains("(persons_sensitive)") && text.contains("het 90 procent of meer is"), "{text}");
    ok(&as_weller.json(Method::POST, &format!("/v1/{name}/_propose"), &json!({})).await);
    let hash = draft["contentHash"].as_str().expect("a hash");
    for (http, member) in [(&as_weller, &weller), (&as_ggd, &ggd)] {
        let jws = sign_with(&member.key, hash, "accept");
        ok(&http.json(Method::POST, &format!("/v1/{name}/_sign"), &json!({ "jws": jws })).await);
    }

    let path = format!("/v1/{DATASET}/observations?agreement={name}&purpose={PURPOSE}&pageSize=1000");
    let answer = ok(&as_ggd.get(&path).await);
    assert!(answer["notice"].as_str().is_some_and(|notice| notice.contains("90 procent")), "{answer}");
    what_is_nearly_all_is_withheld(answer["observations"].as_array().expect("rows"));

    // It is the rule for groups that withholds them: no count is small.
    let mut terms = draft["content"]["protection"].clone();
    let audit = format!("/v1/{release}/_audit");
    let audited = ok(&as_weller.json(Method::POST, &audit, &json!({ "protection": terms })).await);
    assert_eq!((&audited["safe"], &audited["inUse"]), (&json!(true), &json!(true)), "{audited}");
    terms["groupPercent"] = json!(0);
    let audited = ok(&as_weller.json(Method::POST, &audit, &json!({ "protection": terms })).await);
    assert_eq!(audited.get("withheldCount").and_then(Value::as_str).unwrap_or("0"), "0", "{audited}");
}

fn what_is_nearly_all_is_withheld(observations: &[Value]) {
    let mut shown: BTreeMap<(String, &str), bool> = BTreeMap::new();
    for row in observations {
        let told = rows().into_iter().find(|(area, age, _)| {
            row["area"] == format!("areas/{area}") && row["categories"]["leeftijd"] == *age
        });
        let (area, age, count) = told.expect("a row of the delivery");
        let withheld = row["status"] == "OBSERVATION_STATUS_WITHHELD";
        assert_eq!(row.get("value").is_none_or(|value| value == ""), withheld, "{row}");
        if !withheld {
            let value: u32 = row["value"].as_str().expect("a value").parse().expect("a number");
            assert!(value.is_multiple_of(5) && value.abs_diff(count) < 5, "{row}");
        }
        shown.insert((area, age), !withheld);
    }
    assert_eq!(shown.len(), 3 * COUNTS.len());
    let first = |age| shown[&("BU08990201".to_owned(), age)];
    assert!(!first("oud"), "380 of 400");
    assert!(!first("jong") || !first("totaal"), "it comes back from the other two");
    let elsewhere = shown.iter().filter(|((area, _), shown)| area != "BU08990201" && !**shown).count();
    assert!(elsewhere > 0, "it comes back from the district");
    assert!(shown.values().filter(|shown| **shown).count() > 20, "and no more than it takes: {shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_shared_by_their_kind_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_shared_by_their_kind_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
