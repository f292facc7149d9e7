//! gRPC-Web, byte for byte, as a browser speaks it.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::Config;
use prost::Message;
use proto::indicators::v1::{Area, GetAreaRequest, WatchObservationsRequest, WatchObservationsResponse};
use testkit::Party;

use crate::support::{Answer, Place, post, send, start, start_with, token};

const AREA: &str = "/alliantie.indicators.v1.CatalogService/GetArea";
const WATCH: &str = "/alliantie.indicators.v1.ObservationService/WatchObservations";
const BINARY: (&str, &str) = ("content-type", "application/grpc-web+proto");
const TEXT: (&str, &str) = ("content-type", "application/grpc-web-text+proto");

fn framed(message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), &message].concat()
}

/// The messages of an answer, and its trailers.
fn frames(mut body: &[u8]) -> (Vec<Vec<u8>>, String) {
    let (mut messages, mut trailers) = (Vec::new(), String::new());
    while let Some((head, rest)) = body.split_at_checked(5) {
        let length = u32::from_be_bytes(head[1..5].try_into().unwrap());
        let (data, rest) = rest.split_at(usize::try_from(length).unwrap());
        if head[0] & 0x80 == 0 {
            messages.push(data.to_vec());
        } else {
            trailers = String::from_utf8(data.to_vec()).unwrap();
        }
        body = rest;
    }
    (messages, trailers)
}

/// The bytes of a text answer: each part of it is encoded on its own.
fn decoded(answer: &Answer) -> Vec<u8> {
    let text = answer.text();
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        bytes.extend(STANDARD.decode(chunk).unwrap());
    }
    bytes
}

fn area(name: &str) -> Vec<u8> {
    framed(&GetAreaRequest { name: name.to_owned() })
}

#[tokio::test]
async fn binary_calls_are_answered() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(Config::default(), place).await;
        let weller = token(Party::Weller, &gateway.clock);
        let answer = post(&gateway, AREA, &[BINARY, ("authorization", &weller)], area("areas/A")).await;
        let (messages, trailers) = frames(&answer.body);
        let area = Area::decode(messages[0].as_slice()).unwrap();
        assert_eq!((area.name.as_str(), area.code.as_str()), ("areas/A", Party::Weller.oin()));
        assert!(trailers.contains("grpc-status:0"), "{trailers}");
    }
}

#[tokio::test]
async fn text_calls_are_answered() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(Config::default(), place).await;
        let body = STANDARD.encode(area("areas/LANG-GENOEG-OM-VERSCHIL-TE-MAKEN"));
        let answer = post(&gateway, AREA, &[TEXT, ("accept", TEXT.1)], body).await;
        let (messages, trailers) = frames(&decoded(&answer));
        let area = Area::decode(messages[0].as_slice()).unwrap();
        assert_eq!(area.name, "areas/LANG-GENOEG-OM-VERSCHIL-TE-MAKEN");
        assert!(trailers.contains("grpc-status:0"), "{trailers}");
    }
}

#[tokio::test]
async fn streams_are_answered() {
    let gateway = start().await;
    let ask = framed(&WatchObservationsRequest { parent: "datasets/d".to_owned(), ..Default::default() });
    let answer = post(&gateway, WATCH, &[BINARY], ask).await;
    let (messages, trailers) = frames(&answer.body);
    assert_eq!(messages.len(), 3);
    let last = WatchObservationsResponse::decode(messages[2].as_slice()).unwrap();
    assert_eq!(last.release, "datasets/d/releases/3");
    assert!(trailers.contains("grpc-status:0"));
}

#[tokio::test]
async fn an_error_is_in_the_last_frame() {
    let gateway = start().await;
    let answer = post(&gateway, AREA, &[BINARY], area("areas/MISSING")).await;
    assert_eq!(answer.status, 200);
    let (messages, trailers) = frames(&answer.body);
    assert!(messages.is_empty());
    assert!(
        trailers.contains("grpc-status:5") && trailers.contains("grpc-status-details-bin:"),
        "{trailers}"
    );
    let answer = post(&gateway, AREA, &[BINARY, ("authorization", "Bearer abc")], area("areas/A")).await;
    assert!(frames(&answer.body).1.contains("grpc-status:16"));
    let answer = post(&gateway, "/alliantie.consent.v1.DecisionService/Decide", &[BINARY], framed(&())).await;
    assert!(frames(&answer.body).1.contains("grpc-status:16"));
}

#[tokio::test]
async fn a_deadline_is_passed_on_and_its_end_is_said() {
    // A client that keeps the time itself would hide what the gateway says.
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(Config::default(), place).await;
        let path = "/alliantie.indicators.v1.CatalogService/GetIndicator";
        let answer = post(&gateway, path, &[BINARY, ("grpc-timeout", "100m")], area("indicators/a")).await;
        assert!(frames(&answer.body).1.contains("grpc-status:4"), "{place:?} {}", frames(&answer.body).1);
    }
}

#[tokio::test]
async fn other_forms_are_refused() {
    let gateway = start().await;
    let answer = post(&gateway, AREA, &[("content-type", "application/grpc-web+json")], "{}").await;
    answer.problem(415, "INVALID_FIELD");
}

#[tokio::test]
async fn web_applications_of_the_list_may_call_and_others_may_not() {
    let config = Config { web_origins: vec!["https://app.example".to_owned()], ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    for (origin, allowed) in [("https://app.example", "https://app.example"), ("https://evil.example", "")] {
        let request = http::Request::builder()
            .method("OPTIONS")
            .uri(gateway.url(AREA))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-grpc-web")
            .body(Body::empty())
            .unwrap();
        let preflight = send(request).await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), allowed);
        let answer = post(&gateway, AREA, &[BINARY, ("origin", origin)], area("areas/A")).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        assert!(answer.header("vary").contains("origin"));
    }
}

#[tokio::test]
async fn media_types_are_read_in_any_case_and_with_parameters() {
    let gateway = start().await;
    let kind = ("content-type", "Application/gRPC-Web-Text+Proto; charset=UTF-8");
    let accept = ("accept", "application/GRPC-web-text; q=1");
    let answer = post(&gateway, AREA, &[kind, accept], STANDARD.encode(area("areas/A"))).await;
    let (messages, trailers) = frames(&decoded(&answer));
    assert_eq!(Area::decode(messages[0].as_slice()).unwrap().name, "areas/A");
    assert!(trailers.contains("grpc-status:0"), "{trailers}");
}

#[tokio::test]
async fn an_answer_says_everything_that_it_depends_on() {
    let gateway = start().await;
    let answer = post(&gateway, AREA, &[("content-type", "application/grpc-web+json")], "{}").await;
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["accept-language", "origin"]);
}
