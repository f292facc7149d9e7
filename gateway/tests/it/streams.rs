//! Streams over REST: server-sent events and lines.

use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::support::{get, start};

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

fn path(dataset: &str) -> String {
    format!("/v1/datasets/{dataset}/observations/_watch")
}

#[tokio::test]
async fn messages_are_events_with_a_number() {
    let gateway = start().await;
    let answer = get(&gateway, &path("d"), &[EVENTS]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text();
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(events.len(), 3);
    let (id, data) = events[1].split_once('\n').unwrap();
    assert_eq!(id, "id: 2");
    let message: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(message["release"], "datasets/d/releases/2");
}

#[tokio::test]
async fn without_events_messages_are_lines() {
    let gateway = start().await;
    let answer = get(&gateway, &path("d"), &[]).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["release"], "datasets/d/releases/3");
}

#[tokio::test]
async fn an_error_in_the_middle_is_the_last_event_or_line() {
    let gateway = start().await;
    let answer = get(&gateway, &path("revoked"), &[EVENTS]).await;
    let text = answer.text();
    let last = text.split_terminator("\n\n").last().unwrap();
    let (kind, data) = last.split_once('\n').unwrap();
    assert_eq!(kind, "event: error");
    let problem: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["reason"]), (&403.into(), &"OTHER_ORGANISATION".into()));
    let answer = get(&gateway, &path("revoked"), &[]).await;
    let last: Value = serde_json::from_str(answer.text().lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["reason"], "OTHER_ORGANISATION");
    assert_eq!(answer.text().lines().count(), 4);
}

#[tokio::test]
async fn a_refusal_before_the_first_message_has_its_own_status() {
    let gateway = start().await;
    for dataset in ["refused", "refused-in-stream"] {
        get(&gateway, &path(dataset), &[EVENTS]).await.problem(403, "OTHER_ORGANISATION");
    }
}

#[tokio::test]
async fn events_arrive_while_the_stream_goes_on() {
    let gateway = start().await;
    let request = http::Request::builder()
        .uri(gateway.url(&path("endless")))
        .header("accept", "text/event-stream")
        .body(axum::body::Body::empty())
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<axum::body::Body>();
    let mut body = client.request(request).await.unwrap().into_body();
    let mut text = String::new();
    while !text.contains("id: 3") {
        let frame = body.frame().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
}
