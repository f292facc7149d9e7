//! Streams over REST: server-sent events and lines.

use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proto::indicators::v1::WatchObservationsRequest;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use serde_json::Value;
use testkit::Party;
use tonic_types::StatusExt;

use crate::support::{get, start, token_for};

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

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let gateway = start().await;
    // Half a minute of patience comes after the end of a token: one second of it is left.
    let short = token_for(Party::Weller, &gateway.clock, time::Duration::seconds(-29));
    let authorised = ("authorization", short.as_str());
    let channel = gateway.channel().await;
    let mut request = tonic::Request::new(WatchObservationsRequest {
        parent: "datasets/endless".to_owned(),
        ..Default::default()
    });
    request.metadata_mut().insert("authorization", short.parse().unwrap());
    let mut call = ObservationServiceClient::new(channel);
    let grpc = async {
        let mut stream = call.watch_observations(request).await.unwrap().into_inner();
        for _ in 1..=3 {
            stream.message().await.unwrap().unwrap();
        }
        stream.message().await.unwrap_err()
    };
    let pass = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        gateway.clock.advance(std::time::Duration::from_secs(2));
    };
    let path = path("endless");
    let headers = [EVENTS, authorised];
    let all = futures_util::future::join4(
        get(&gateway, &path, &headers),
        get(&gateway, &path, &headers[1..]),
        grpc,
        pass,
    );
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), all).await;
    let (events, lines, status, ()) = ended.expect("they end");
    let last = events.text().split_terminator("\n\n").last().unwrap().to_owned();
    assert!(last.starts_with("event: error") && last.contains("CREDENTIALS_EXPIRED"), "{last}");
    let last: Value = serde_json::from_str(lines.text().lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["error"]["status"], &last["error"]["reason"]),
        (&401.into(), &"CREDENTIALS_EXPIRED".into())
    );
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, "CREDENTIALS_EXPIRED");
}
