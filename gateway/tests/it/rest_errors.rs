//! REST: what comes back for bad requests.

use serde_json::json;
use testkit::Party;

use crate::support::{get, patch, post, send, start, token};

const JSON: (&str, &str) = ("content-type", "application/json");
const ENGLISH: (&str, &str) = ("accept-language", "en");

#[tokio::test]
async fn an_error_of_a_service_is_a_problem_in_dutch_or_english() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/areas/MISSING", &[]).await;
    let problem = answer.problem(404, "NOT_FOUND");
    assert_eq!(problem["detail"], "areas/MISSING bestaat niet");
    assert_eq!(problem["code"], "NOT_FOUND");
    assert_eq!(problem["type"], "urn:alliantie:error:not-found");
    assert_eq!(problem["metadata"]["resource"], "areas/MISSING");
    assert_eq!(answer.header("content-language"), "nl");
    let answer = get(&gateway, "/v1/areas/MISSING", &[ENGLISH]).await;
    assert_eq!(answer.problem(404, "NOT_FOUND")["detail"], "areas/MISSING does not exist");
    let answer = get(&gateway, "/v1/areas/ABORTED", &[]).await;
    assert_eq!(answer.problem(409, "ETAG_MISMATCH")["code"], "ABORTED");
}

#[tokio::test]
async fn every_wrong_field_is_listed_by_its_name_in_json() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/areas/INVALID", &[]).await;
    let errors = answer.problem(400, "INVALID_FIELD")["errors"].clone();
    assert_eq!(
        errors,
        json!([
            { "field": "area.displayName", "detail": "is verplicht" },
            { "field": "name", "detail": "is vreemd" },
        ])
    );
}

#[tokio::test]
async fn what_went_wrong_inside_stays_inside() {
    let gateway = start().await;
    for path in ["/v1/areas/RAW", "/v1/themes", "/panic"] {
        let answer = get(&gateway, path, &[]).await;
        answer.problem(500, "INTERNAL");
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let gateway = start().await;
    for path in ["/v1/purposes", "/v1/inspanningen"] {
        let answer = get(&gateway, path, &[]).await;
        answer.problem(503, "UNAVAILABLE");
        for raw in ["transport", "127.0.0.1", "refused", "10.0.0.3", "tcp"] {
            assert!(!answer.text().contains(raw), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn unknown_and_malformed_query_parameters_are_all_named() {
    let gateway = start().await;
    let path = "/v1/areas?page_size=3&pageSize=x&kind=5&wat=1&kind=AREA_KIND_REGION&kind=AREA_KIND_REGION";
    let problem = get(&gateway, path, &[ENGLISH]).await.problem(400, "INVALID_FIELD");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["pageSize", "pageSize", "kind", "wat", "kind"], "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("is not a query parameter of this path; it takes "), "{detail}");
    assert!(detail.contains("pageSize, pageToken"), "what there is, as it is written: {detail}");
    let problem =
        get(&gateway, "/v1/areas?pageSize=99999999999", &[ENGLISH]).await.problem(400, "INVALID_FIELD");
    assert_eq!(problem["errors"][0]["detail"], "must be a whole number");
    // What is in the path or the body is no query parameter.
    get(&gateway, "/v1/areas/A?name=areas/B", &[]).await.problem(400, "INVALID_FIELD");
    let weller = token(Party::Weller, &gateway.clock);
    let answer =
        post(&gateway, "/v1/datasets?dataset.displayName=x", &[JSON, ("authorization", &weller)], "{}").await;
    assert_eq!(answer.problem(400, "INVALID_FIELD")["errors"][0]["field"], "dataset.displayName");
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_with_its_place() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [JSON, ENGLISH, ("authorization", weller.as_str())];
    let cases: [(&str, &str, &str); 8] = [
        ("{\n  \"displayName\": nee}", "body", "is not JSON: line 2, column 19"),
        ("[]", "dataset", "must be an object"),
        ("{\"displayNam\": \"x\"}", "dataset.displayNam", "is not a field of this request"),
        (
            "{\"dimensions\": [{\"code\": \"a\", \"naam\": 1}]}",
            "dataset.dimensions[0].naam",
            "is not a field of this request",
        ),
        ("{\"displayName\": 5}", "dataset.displayName", "must be a text"),
        ("{\"fictitious\": \"ja\"}", "dataset.fictitious", "must be true or false"),
        ("{\"indicators\": [\"a\", 2]}", "dataset.indicators[1]", "must be a text"),
        (
            "{\"visibility\": \"GEHEIM\"}",
            "dataset.visibility",
            "must be one of VISIBILITY_UNSPECIFIED, VISIBILITY_PUBLIC, VISIBILITY_SHARED",
        ),
    ];
    for (body, field, detail) in cases {
        let answer = post(&gateway, "/v1/datasets?datasetId=d", &headers, body).await;
        let errors = answer.problem(400, "INVALID_FIELD")["errors"].clone();
        assert_eq!(errors, json!([{ "field": field, "detail": detail }]), "{body}");
    }
    let path = "/v1/datasets/d/releases/4/_publish";
    let problem = post(&gateway, path, &headers, "7").await.problem(400, "INVALID_FIELD");
    assert_eq!(problem["errors"][0]["field"], "body");
    let problem = post(&gateway, path, &headers, "{\"wat\": 1}").await.problem(400, "INVALID_FIELD");
    assert_eq!(problem["errors"][0]["field"], "wat");
    let deep = "[".repeat(100_000);
    post(&gateway, path, &headers, deep).await.problem(400, "INVALID_FIELD");
}

#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_is_not_found() {
    let gateway = start().await;
    for path in [
        "/v1/nothing",
        "/v1",
        "/v1/",
        "/v1/areas/",
        "/v1//areas",
        "/v1/areas/..",
        "/v1/areas/../areas/A",
        "/v1/areas/%2e%2e/A",
        "/v1/areas/A%2FB",
        "/v1/areas/A%00",
        "/v1/areas/_watch",
        "/v1/openapi.json/",
    ] {
        get(&gateway, path, &[]).await.problem(404, "UNKNOWN_METHOD");
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let gateway = start().await;
    let answer = post(&gateway, "/v1/areas/A", &[], "").await;
    answer.problem(405, "UNKNOWN_METHOD");
    assert_eq!(answer.header("allow"), "GET");
    let request = http::Request::builder().method("DELETE").uri(gateway.url("/v1/datasets"));
    let answer = send(request.body(axum::body::Body::empty()).unwrap()).await;
    answer.problem(405, "UNKNOWN_METHOD");
    assert!(answer.header("allow").contains("GET") && answer.header("allow").contains("POST"));
    assert_eq!(get(&gateway, "/v1/datasets/d/releases/_validate", &[]).await.header("allow"), "POST");
    assert_eq!(post(&gateway, "/v1/openapi.json", &[], "").await.header("allow"), "GET");
}

#[tokio::test]
async fn media_types_that_are_not_served_are_refused() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let authorised = ("authorization", weller.as_str());
    get(&gateway, "/v1/areas", &[("accept", "text/html")]).await.problem(406, "INVALID_FIELD");
    get(&gateway, "/v1/datasets/d/observations/_watch", &[("accept", "application/json")])
        .await
        .problem(406, "INVALID_FIELD");
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let headers = [("content-type", kind), authorised];
        post(&gateway, "/v1/datasets?datasetId=d", &headers, "{}").await.problem(415, "INVALID_FIELD");
    }
    post(&gateway, "/v1/datasets?datasetId=d", &[authorised], "{}").await.problem(415, "INVALID_FIELD");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [JSON, ("authorization", weller.as_str())];
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    let problem =
        post(&gateway, "/v1/datasets?datasetId=d", &headers, large.clone()).await.problem(413, "TOO_LARGE");
    assert_eq!(problem["metadata"], json!({ "limit": "4194304", "unit": "bytes" }));
    // The same without a length given beforehand.
    let pieces =
        large.chunks(100_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces));
    post(&gateway, "/v1/datasets?datasetId=d", &headers, body).await.problem(413, "TOO_LARGE");
}

#[tokio::test]
async fn a_method_for_services_has_no_path() {
    let gateway = start().await;
    for path in ["/v1/decisions", "/v1/organisations/00000099000000002000"] {
        get(&gateway, path, &[]).await.problem(404, "UNKNOWN_METHOD");
    }
}

#[tokio::test]
async fn a_body_that_names_another_resource_than_the_path_is_refused() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [JSON, ENGLISH, ("authorization", weller.as_str())];
    let path = "/v1/datasets/d/releases/4/_publish";
    for name in [json!("datasets/other/releases/9"), json!(4)] {
        let body = json!({ "name": name, "etag": "e" }).to_string();
        let problem = post(&gateway, path, &headers, body).await.problem(400, "INVALID_FIELD");
        assert_eq!(problem["errors"][0]["field"], "name");
    }
    for name in [json!(""), json!(null), json!("datasets/d/releases/4")] {
        let body = json!({ "name": name, "etag": "e" }).to_string();
        assert_eq!(post(&gateway, path, &headers, body).await.json()["name"], "datasets/d/releases/4");
    }
    let programme = token(Party::Programme, &gateway.clock);
    let headers = [JSON, ("authorization", programme.as_str())];
    let body = json!({ "name": "stakeholders/other", "displayName": "x" }).to_string();
    let answer = patch(&gateway, "/v1/stakeholders/weller?updateMask=displayName", &headers, body).await;
    assert_eq!(answer.problem(400, "INVALID_FIELD")["errors"][0]["field"], "stakeholder.name");
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_refused() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [JSON, ENGLISH, ("authorization", weller.as_str())];
    let cases = [
        (r#"{"displayName": "a", "displayName": "b"}"#, "displayName"),
        (r#"{"displayName": "a", "display_name": "b"}"#, "dataset.displayName"),
        (r#"{"display_name": "a", "displayName": null}"#, "dataset.displayName"),
        (
            r#"{"dimensions": [{"code": "a"}, {"displayName": "a", "display_name": "a"}]}"#,
            "dataset.dimensions[1].displayName",
        ),
    ];
    for (body, field) in cases {
        let answer = post(&gateway, "/v1/datasets?datasetId=d", &headers, body).await;
        let problem = answer.problem(400, "INVALID_FIELD");
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn a_name_that_is_made_up_is_given_back_in_short() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [JSON, ("authorization", weller.as_str())];
    let long = "x".repeat(100_000);
    for body in [format!("{{\"{long}\": 1}}"), format!("{{\"{long}\": 1, \"{long}\": 1}}")] {
        let answer = post(&gateway, "/v1/datasets?datasetId=d", &headers, body).await;
        let problem = answer.problem(400, "INVALID_FIELD");
        assert_eq!(problem["errors"][0]["field"].as_str().unwrap().len(), 100);
        assert!(answer.body.len() < 2000, "{}", answer.body.len());
    }
}
