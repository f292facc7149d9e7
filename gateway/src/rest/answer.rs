//! Answers: protobuf JSON, and streams of it as server-sent events or as lines.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use platform::status::Failure;
use prost_reflect::{DynamicMessage, SerializeOptions, Value};
use serde_json::Value as Json;
use tonic::Status;

use super::negotiate::Language;
use super::problem::Problem;

/// The media type of one message.
pub(crate) const JSON: &str = "application/json";
/// The media type of messages as lines.
pub(crate) const LINES: &str = "application/x-ndjson";
/// The media type of messages as events.
pub(crate) const EVENTS: &str = "text/event-stream";
/// The media type of a file that does not say its own.
const BINARY: &str = "application/octet-stream";
/// How often an idle stream of events gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// A message as protobuf JSON. Fields with their default value are written, so that a client sees
/// an empty list as such; messages that are absent are left out.
pub(crate) fn json(message: &DynamicMessage) -> Result<Vec<u8>, Problem> {
    let options = SerializeOptions::new().skip_default_fields(false);
    let written = message.serialize_with_options(serde_json::value::Serializer, &options);
    let text = written.and_then(|mut json| {
        sort_maps(&mut json, message);
        serde_json::to_vec(&json)
    });
    text.map_err(|error| Problem::from(Failure::internal(&error)))
}

/// Puts maps in the order of their keys: a message has them in any.
fn sort_maps(json: &mut Json, message: &DynamicMessage) {
    for (field, value) in message.fields() {
        let Some(own) = json.get_mut(field.json_name()) else { continue };
        match (value, own) {
            (Value::Map(_), Json::Object(map)) => map.sort_keys(),
            (Value::Message(inner), own) => sort_maps(own, inner),
            (Value::List(inner), Json::Array(list)) => {
                let messages = list.iter_mut().zip(inner);
                messages.for_each(|(own, inner)| {
                    inner.as_message().into_iter().for_each(|inner| sort_maps(own, inner))
                });
            }
            _ => {}
        }
    }
}

/// One message.
pub(crate) fn one(message: &DynamicMessage) -> Result<Response, Problem> {
    Ok(with_type(Body::from(json(message)?), JSON))
}

/// A google.api.HttpBody as the file that it holds, with its own media type, and for as long in caches
/// as the service says with `cache-control` in the metadata.
pub(crate) fn file(answer: &tonic::Response<DynamicMessage>) -> Result<Response, Problem> {
    let message = answer.get_ref();
    let data = message.get_field_by_name("data");
    let data = data.and_then(|data| data.as_bytes().cloned()).unwrap_or_default();
    let named = message.get_field_by_name("content_type");
    let named = named.as_ref().and_then(|name| name.as_str()).filter(|name| !name.is_empty());
    let media_type = HeaderValue::from_str(named.unwrap_or(BINARY))
        .map_err(|error| Problem::from(Failure::internal(&error)))?;
    let mut response = Response::new(Body::from(data));
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    let caching = answer.metadata().get(CACHE_CONTROL.as_str());
    if let Some(caching) = caching.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
        response.headers_mut().insert(CACHE_CONTROL, caching);
    }
    Ok(response)
}

/// Messages as lines; an error at the end is a line `{"error": {...}}` with problem details.
pub(crate) fn lines(
    messages: impl Stream<Item = Result<DynamicMessage, Status>> + Send + 'static,
    language: Language,
) -> Response {
    let lines = messages.map(move |message| {
        let mut line = match message.map_err(Problem::from).and_then(|message| json(&message)) {
            Ok(text) => text,
            Err(problem) => [b"{\"error\":".as_slice(), &problem.json(language), b"}"].concat(),
        };
        line.push(b'\n');
        Ok::<_, Infallible>(Bytes::from(line))
    });
    with_type(Body::from_stream(lines), LINES)
}

/// Messages as server-sent events, numbered from 1; an error at the end is an event `error` with
/// problem details.
pub(crate) fn events(
    messages: impl Stream<Item = Result<DynamicMessage, Status>> + Send + 'static,
    language: Language,
) -> Response {
    let events = messages.enumerate().map(move |(before, message)| {
        let event = match message.map_err(Problem::from).and_then(|message| json(&message)) {
            Ok(text) => Event::default().id((before + 1).to_string()).data(String::from_utf8_lossy(&text)),
            Err(problem) => {
                Event::default().event("error").data(String::from_utf8_lossy(&problem.json(language)))
            }
        };
        Ok::<_, Infallible>(event)
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response();
    // What is under an agreement stays nowhere on the way.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn with_type(body: Body, media_type: &'static str) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    #[test]
    fn maps_are_in_the_order_of_their_keys() {
        let contract = Contract::read().expect("the contract");
        let page = contract.pool.get_message_by_name("alliantie.indicators.v1.ListObservationsResponse");
        let keys = || (b'a'..=b'p').map(|letter| char::from(letter).to_string());
        let categories: Json = keys().rev().map(|key| (key, Json::from("x"))).collect();
        let sent = serde_json::json!({"observations": [{"area": "areas/BU1", "categories": categories}]});
        let message = DynamicMessage::deserialize(page.expect("a page"), sent).expect("a message");
        let answer: Json = serde_json::from_slice(&json(&message).expect("an answer")).expect("JSON");
        let shown = answer["observations"][0]["categories"].as_object().expect("categories");
        assert!(shown.keys().cloned().eq(keys()), "{answer}");
    }
}
