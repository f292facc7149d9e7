//! Reading the programme, as a municipal app and a person do.

use e2e::http::Http;
use e2e::parties::{GGD, PROGRAMME};
use e2e::platform::Platform;
use http::{Method, StatusCode};
use serde_json::{Value, json};

async fn read_and_update(platform: &Platform) {
    let http = Http::new(&platform.url());
    catalog(&http).await;
    observations(&http).await;
    triangle(&http).await;
    tree(&http).await;
    updates(platform, &http).await;
    documents(&http).await;
}

async fn catalog(http: &Http) {
    let areas = http.get("/v1/areas?pageSize=1000").await.json();
    assert_eq!(areas["areas"].as_array().expect("areas").len(), 56);
    assert_eq!(areas["nextPageToken"], "");
    let noord = http.get("/v1/areas/BRU-NOORD").await.json();
    assert_eq!(noord["displayName"], "Brunssum Noord");
    assert_eq!(noord["kind"], "AREA_KIND_PROGRAMME_AREA");
    assert_eq!(noord["consistsOf"], json!(["areas/WK089902"]));
    let buurten = http.get("/v1/areas?kind=AREA_KIND_NEIGHBOURHOOD").await.json();
    assert_eq!(buurten["areas"].as_array().expect("areas").len(), 45);

    let mut stability = 0;
    for theme in ["bestaanszekerheid", "continuiteit-zorg", "meedoen", "stress"] {
        let list = http.get(&format!("/v1/indicators?theme=themes/{theme}")).await.json();
        stability += list["indicators"].as_array().expect("indicators").len();
    }
    assert_eq!(stability, 28);
    let one = http.get("/v1/indicators/arbeidsongeschikt").await.json();
    assert_eq!(one["polarity"], "POLARITY_LOWER");
}

async fn observations(http: &Http) {
    let path = "/v1/datasets/stabiliteitsdriehoek/observations";
    let mut rows = Vec::new();
    let mut token = String::new();
    loop {
        let page = http.get(&format!("{path}?pageSize=60&pageToken={token}")).await.json();
        rows.extend(page["observations"].as_array().expect("observations").clone());
        token = page["nextPageToken"].as_str().expect("a token").to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(rows.len(), 140);
    let not_applicable = |row: &&Value| row["status"] == "OBSERVATION_STATUS_NOT_APPLICABLE";
    assert_eq!(rows.iter().filter(not_applicable).count(), 4);

    let filter = format!("{path}?indicators=indicators/woz-waarde&areas=areas/BRU-NOORD&periods=2023");
    let one = http.get(&filter).await.json();
    assert_eq!(one["observations"][0]["value"], "192");
    assert_eq!(one["observations"].as_array().expect("one").len(), 1);
}

async fn triangle(http: &Http) {
    let path = "/v1/areas/BRU-NOORD/stability-triangle?benchmark=areas/BM-STED2&period=2023";
    let triangle = http.get(path).await.json();
    let elements = triangle["elements"].as_array().expect("elements");
    let sizes: Vec<usize> =
        elements.iter().map(|element| element["indicators"].as_array().expect("indicators").len()).collect();
    assert_eq!(sizes, [8, 6, 5, 9]);
    let find = |code: &str| {
        let name = format!("indicators/{code}");
        elements
            .iter()
            .flat_map(|element| element["indicators"].as_array().expect("indicators"))
            .find(|entry| entry["indicator"]["name"] == name.as_str())
            .unwrap_or_else(|| panic!("{code}"))
    };
    // The worked values of the programme's figures.
    for (code, value, relative) in [
        ("arbeidsongeschikt", "17.0", "-102.4"),
        ("woz-waarde", "192", "-44.7"),
        ("vrijwilligerswerk", "16.4", "-28.4"),
        ("overlastmeldingen", "15.1", "44.3"),
    ] {
        let entry = find(code);
        assert_eq!(
            (&entry["value"], &entry["relativeDifference"]),
            (&json!(value), &json!(relative)),
            "{code}"
        );
    }
    let school = find("stress-school");
    assert_eq!(school["status"], "OBSERVATION_STATUS_NOT_APPLICABLE");
    assert_eq!((&school["value"], &school["relativeDifference"]), (&json!(""), &json!("")));
}

async fn tree(http: &Http) {
    let tree = http.get("/v1/inspanningen").await.json();
    let main = tree["inspanningen"].as_array().expect("inspanningen");
    let codes: Vec<&str> = main.iter().map(|item| item["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let parts: usize = main.iter().map(|item| item["parts"].as_array().expect("parts").len()).sum();
    assert_eq!(main.len() + parts, 29);
    assert_eq!(main[6]["parts"][4]["code"], "7E");

    let stakeholders = http.get("/v1/stakeholders").await.json();
    assert_eq!(stakeholders["stakeholders"].as_array().expect("stakeholders").len(), 19);
    let goals = http.get("/v1/goals").await.json();
    assert_eq!(goals["goals"].as_array().expect("goals").len(), 4);
    let findings = http.get("/v1/findings?kind=FINDING_KIND_OPPORTUNITY").await.json();
    assert_eq!(findings["findings"].as_array().expect("findings").len(), 4);
    assert_eq!(http.get("/v1/roles").await.json()["roles"].as_array().expect("roles").len(), 5);
    assert!(!http.get("/v1/purposes").await.json()["purposes"].as_array().expect("purposes").is_empty());
}

async fn updates(platform: &Platform, http: &Http) {
    let programme = http.with_token(&platform.issuer.token(PROGRAMME));
    let partner = http.with_token(&platform.issuer.token(GGD));
    let id = "0190163d-8694-739b-aea5-966c26f8ad90";
    let new = json!({ "displayName": "Meer groen", "kind": "GOAL_KIND_OPERATIONAL" });
    let path = format!("/v1/goals?goalId=O1&requestId={id}");
    assert_eq!(http.json(Method::POST, &path, &new).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(partner.json(Method::POST, &path, &new).await.status, StatusCode::FORBIDDEN);
    let made = programme.json(Method::POST, &path, &new).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let again = programme.json(Method::POST, &path, &new).await;
    assert_eq!(again.json(), made.json(), "a retried request gets the same answer");
    let other = json!({ "displayName": "Anders", "kind": "GOAL_KIND_OPERATIONAL" });
    let reused = programme.json(Method::POST, &path, &other).await;
    assert_eq!(
        (reused.status, &reused.json()["reason"]),
        (StatusCode::BAD_REQUEST, &json!("REQUEST_ID_REUSED"))
    );

    let etag = made.json()["etag"].clone();
    let change = json!({ "displayName": "Meer groen in de wijk", "etag": etag });
    let path = "/v1/goals/O1?updateMask=displayName";
    let changed = programme.json(Method::PATCH, path, &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(changed.json()["kind"], "GOAL_KIND_OPERATIONAL", "what the mask does not name stays");
    let late = programme.json(Method::PATCH, path, &change).await;
    assert_eq!((late.status, &late.json()["reason"]), (StatusCode::CONFLICT, &json!("ETAG_MISMATCH")));
    assert_eq!(http.get("/v1/goals/O1").await.json()["displayName"], "Meer groen in de wijk");
}

async fn documents(http: &Http) {
    let openapi = http.get("/v1/openapi.json").await;
    assert_eq!(openapi.headers["access-control-allow-origin"], "*");
    let openapi = openapi.json();
    assert!(openapi["openapi"].as_str().expect("a version").starts_with("3."));
    let paths = openapi["paths"].as_object().expect("paths");
    assert!(paths.keys().any(|path| path.ends_with("/stability-triangle")), "{:?}", paths.keys());

    let page = http.get("/?gebied=BRU-OOST&benchmark=NL").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-type"].to_str().expect("text").starts_with("text/html"));
    let html = page.text();
    for needed in ["<html lang=\"nl\"", "<svg", "<table", "<form", "Brunssum Oost", "Nederland", "n.v.t."] {
        assert!(html.contains(needed), "{needed} is not in the page");
    }
    assert!(!html.contains("<script"), "the page works without JavaScript");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programme_can_be_read_and_kept_up_to_date_on_one_process_with_sqlite() {
    read_and_update(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programme_can_be_read_and_kept_up_to_date_on_five_processes_with_postgresql() {
    read_and_update(&Platform::five_processes().await).await;
}
