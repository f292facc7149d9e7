//! REST: what comes back for good requests.

use serde_json::json;
use testkit::Party;

use crate::support::{get, patch, post, send, start, token};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_resource_is_read_by_its_name() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/areas/BRU-NOORD", &[]).await;
    assert_eq!(answer.status, 200);
    let area = answer.json();
    assert_eq!(area["name"], "areas/BRU-NOORD");
    // Default values are written, in lowerCamelCase, enums by name.
    assert_eq!(area["kind"], "AREA_KIND_UNSPECIFIED");
    assert_eq!((&area["consistsOf"], &area["validFromYear"]), (&json!([]), &json!(0)));
    assert_eq!(area["displayName"], "anonymous");
}

#[tokio::test]
async fn a_name_is_percent_decoded() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/areas/BRU%20n%C3%A9", &[]).await;
    assert_eq!(answer.json()["name"], "areas/BRU né");
}

#[tokio::test]
async fn large_numbers_are_texts_times_are_in_utc_and_absent_messages_are_left_out() {
    let gateway = start().await;
    let release = get(&gateway, "/v1/datasets/d/releases/1", &[]).await.json();
    assert_eq!(release["cellCount"], "9223372036854775807");
    assert_eq!(release["createTime"], "1970-01-01T00:00:00Z");
    assert_eq!(release["state"], "RELEASE_STATE_DRAFT");
    assert!(release.get("publishTime").is_none(), "{release}");
}

#[tokio::test]
async fn query_parameters_become_fields() {
    let gateway = start().await;
    let path = "/v1/areas?kind=AREA_KIND_NEIGHBOURHOOD&pageSize=7&pageToken=a%26b";
    let answer = get(&gateway, path, &[]).await;
    assert_eq!(answer.json()["nextPageToken"], "5/7/a&b");
    assert_eq!(answer.json()["areas"], json!([]));
}

#[tokio::test]
async fn a_list_is_given_by_repetition() {
    let gateway = start().await;
    let path = "/v1/datasets/d/observations?areas=areas/A&areas=areas%2FB&periods=2023&periods=2024Q1";
    let answer = get(&gateway, path, &[]).await.json();
    assert_eq!(answer["notice"], "2023|2024Q1");
    assert_eq!(answer["release"], "datasets/d");
    assert_eq!(answer["observations"][1]["area"], "areas/B");
    assert_eq!(answer["observations"][0]["categories"], json!({ "leeftijdsgroep": "18-34" }));
}

#[tokio::test]
async fn a_nested_path_takes_the_rest_from_the_query() {
    let gateway = start().await;
    let path = "/v1/areas/BRU-NOORD/stability-triangle?benchmark=areas/BM-STED2&period=2023";
    let answer = get(&gateway, path, &[]).await.json();
    assert_eq!(answer["area"]["name"], "areas/BRU-NOORD");
    assert_eq!(answer["benchmark"]["name"], "areas/BM-STED2");
    assert_eq!(answer["period"], "2023");
}

#[tokio::test]
async fn a_resource_is_created_from_the_body_and_the_query() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let body = json!({
        "displayName": "Huurachterstand",
        "visibility": "VISIBILITY_SHARED",
        "dimensions": [{ "code": "leeftijdsgroep", "categories": ["18-34", "totaal"] }],
    });
    let path = "/v1/datasets?datasetId=weller-huur&requestId=r-1";
    let answer = post(&gateway, path, &[JSON, ("authorization", &weller)], body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let dataset = answer.json();
    assert_eq!(dataset["name"], "datasets/weller-huur");
    assert_eq!(dataset["owner"], format!("organisations/{}", Party::Weller.oin()));
    assert_eq!(dataset["dimensions"][0]["categories"][1], "totaal");
    assert_eq!(dataset["latestRelease"], "r-1");
}

#[tokio::test]
async fn an_operation_takes_the_whole_body() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [("content-type", "application/json; charset=utf-8"), ("authorization", weller.as_str())];
    let path = "/v1/datasets/d/releases/4/_publish";
    // Either name of a field is taken, and the body may say what the path says.
    let body = json!({ "name": "datasets/d/releases/4", "etag": "e", "request_id": "r-2" });
    let release = post(&gateway, path, &headers, body.to_string()).await.json();
    assert_eq!(release["name"], "datasets/d/releases/4");
    assert_eq!((&release["etag"], &release["note"]), (&json!("e"), &json!("r-2")));
    assert_eq!(release["digest"], "600000m", "it looks at a whole dataset, so it has minutes");
    let release = post(&gateway, path, &headers[1..], "").await.json();
    assert_eq!(release["name"], "datasets/d/releases/4");
}

#[tokio::test]
async fn an_update_has_its_mask_in_the_query_and_its_name_in_the_path() {
    let gateway = start().await;
    let programme = token(Party::Programme, &gateway.clock);
    let path = "/v1/stakeholders/weller?updateMask=displayName,oin";
    let body = json!({ "name": "stakeholders/weller", "display_name": "Weller", "etag": "e1" });
    let answer = patch(&gateway, path, &[JSON, ("authorization", &programme)], body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stakeholder = answer.json();
    assert_eq!(stakeholder["name"], "stakeholders/weller");
    assert_eq!(stakeholder["displayName"], "display_name|oin");
    assert_eq!(stakeholder["etag"], "e1");
}

#[tokio::test]
async fn every_answer_has_the_headers_that_the_rules_ask_for() {
    let gateway = start().await;
    for path in ["/v1/areas", "/v1/nothing", "/", "/v1/openapi.json", "/v1/areas/MISSING"] {
        let answer = get(&gateway, path, &[("x-request-id", "abc")]).await;
        assert_eq!(answer.header("api-version"), gateway::API_VERSION, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-request-id"), "abc");
    }
}

#[tokio::test]
async fn a_request_has_an_id_and_a_deadline_that_its_service_sees() {
    let gateway = start().await;
    let given = get(&gateway, "/v1/areas/A", &[("x-request-id", "mijn-id")]).await;
    assert_eq!(given.json()["note"], "mijn-id 30000000u");
    let long = "x".repeat(65);
    for bad in [long.as_str(), "met spatie", ""] {
        let made = get(&gateway, "/v1/areas/A", &[("x-request-id", bad)]).await;
        assert_eq!(made.header("x-request-id").len(), 36, "{bad:?}");
        let id = made.header("x-request-id").to_owned();
        assert!(made.json()["note"].as_str().is_some_and(|note| note.starts_with(&id)));
    }
}

#[tokio::test]
async fn head_and_options_are_answered() {
    let gateway = start().await;
    let ask = |method: &str| {
        let request = http::Request::builder().method(method).uri(gateway.url("/v1/areas/A"));
        send(request.body(axum::body::Body::empty()).unwrap())
    };
    let head = ask("HEAD").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let options = ask("OPTIONS").await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET"));
}

#[tokio::test]
async fn everything_else_is_a_page() {
    let gateway = start().await;
    assert_eq!(get(&gateway, "/", &[]).await.text(), "pagina");
    assert_eq!(get(&gateway, "/v1x", &[]).await.status, 404);
}
