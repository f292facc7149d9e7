//! The OpenAPI document: its structure, and the NL API Design Rules that can be checked on it.

use std::collections::BTreeSet;

use gateway::Config;
use platform::access::Rules;
use serde_json::Value;

use crate::support::{Place, get, start, start_with};

async fn document() -> Value {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/openapi.json", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    answer.json()
}

/// Every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let named = |(method, operation): (&String, &Value)| (format!("{method} {path}"), operation.clone());
        item.as_object().unwrap().iter().map(named).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// All references in a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                found.insert(reference.to_owned());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_says_what_it_is_and_whom_to_ask() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], gateway::API_VERSION);
    assert_eq!(document["servers"][0]["url"], "/v1");
    for member in ["name", "url", "email"] {
        assert!(document["info"]["contact"][member].is_string());
    }
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 30, "{found:?}");
    for reference in found {
        let target = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(target.is_some_and(|target| target.is_object()), "{reference}");
    }
}

fn is_kebab_case(segment: &str) -> bool {
    let open = segment.starts_with('{') && segment.ends_with('}');
    let text = segment.strip_prefix('_').unwrap_or(segment);
    open || (!text.is_empty() && text.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-'))
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let document = document().await;
    let response = &document["components"]["responses"]["Problem"];
    let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    let properties = &document["components"]["schemas"]["Problem"]["properties"];
    for member in ["type", "title", "status", "detail"] {
        assert!(properties[member].is_object(), "{member}");
    }
}

#[tokio::test]
async fn behind_an_address_of_its_own_the_document_names_it_and_browsers_stay_on_https() {
    let config = Config { public_url: Some("https://alliantie.example/".to_owned()), ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    let answer = get(&gateway, "/v1/openapi.json", &[]).await;
    assert_eq!(answer.json()["servers"][0]["url"], "https://alliantie.example/v1");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn every_operation_holds_to_the_design_rules() {
    let document = document().await;
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
        assert!(operation["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        assert!(operation["x-roles"].as_array().is_some_and(|roles| !roles.is_empty()), "{name}");
        assert!(operation["security"].is_array(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses["200"]["headers"]["API-Version"].is_object(), "{name}");
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            assert_eq!(response["$ref"], "#/components/responses/Problem", "{name} {status}");
        }
        let path = name.split_once(' ').unwrap().1;
        if path != "/openapi.json" {
            for status in ["400", "401", "403", "504"] {
                assert!(responses.contains_key(status), "{name} {status}");
            }
            assert_eq!(responses.contains_key("408"), operation.get("requestBody").is_some(), "{name}");
        }
        assert!(path.split('/').skip(1).all(is_kebab_case) || path == "/openapi.json", "{name}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.is_empty() || operation.get("requestBody").is_some() {
            assert!(responses.contains_key("400"), "{name}");
        }
        let in_path: BTreeSet<String> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let open: BTreeSet<String> =
            path.split('/').filter(|segment| segment.starts_with('{')).map(str::to_owned).collect();
        assert_eq!(in_path, open, "{name}");
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let key = parameter["name"].as_str().unwrap();
            let plain = key.chars().all(|sign| sign.is_ascii_alphanumeric());
            assert!(plain && key.starts_with(|first: char| first.is_ascii_lowercase()), "{name} {key}");
        }
    }
    assert!(ids.len() > 30);
}

#[tokio::test]
async fn what_is_for_services_only_is_not_in_it() {
    let text = document().await.to_string();
    for name in ["Decide", "RecordDelivery", "LookUpOrganisation", "DecisionService"] {
        assert!(!text.contains(&format!("\"{name}\"")), "{name}");
    }
    let rules = Rules::of_contract().unwrap();
    let public = rules.iter().filter(|(_, rule)| !rule.roles.is_empty()).count();
    // The document itself is one operation more.
    assert_eq!(operations(&document().await).len(), public + 1);
}

#[tokio::test]
async fn the_page_of_an_upload_a_stream_and_a_download_say_their_media_types() {
    let document = document().await;
    let upload = &document["paths"]["/datasets/{datasetsId}/releases"]["post"];
    assert!(upload["requestBody"]["content"]["text/csv"].is_object());
    let watch = &document["paths"]["/datasets/{datasetsId}/observations/_watch"]["get"];
    let content = watch["responses"]["200"]["content"].as_object().unwrap();
    assert!(content.contains_key("text/event-stream") && content.contains_key("application/x-ndjson"));
    let tile = &document["paths"]["/ledger/tile/{tilePath}"]["get"];
    assert!(tile["responses"]["200"]["content"]["*/*"].is_object(), "{tile}");
    let publish = &document["paths"]["/datasets/{datasetsId}/releases/{releasesId}/_publish"]["post"];
    let properties = publish["requestBody"]["content"]["application/json"]["schema"]["properties"].clone();
    assert!(properties.get("name").is_none() && properties.get("etag").is_some(), "{properties}");
}

#[tokio::test]
async fn the_document_takes_no_parameters_and_asks_for_no_credentials() {
    let gateway = start().await;
    let answer = get(&gateway, "/v1/openapi.json", &[("authorization", "Bearer abc")]).await;
    assert_eq!(answer.status, 200);
    let problem = get(&gateway, "/v1/openapi.json?format=yaml", &[]).await.problem(400, "INVALID_FIELD");
    assert_eq!(problem["errors"][0]["field"], "format");
}
