//! The body of a request: JSON within a limit, or a file in pieces.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use platform::status::{Failure, FieldViolation};
use serde_json::Value;

use super::message::cut;
use super::problem::Problem;
use super::strict;
use crate::edge;

/// Longest JSON body, in bytes.
pub(crate) const LONGEST_JSON: usize = 4 * 1024 * 1024;
/// How long a JSON body may take, all of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// The media type of JSON bodies.
const JSON: &str = "application/json";

/// The media type of the body, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    edge::media_type(headers, &CONTENT_TYPE)
}

/// The next piece of a body; nothing at its end.
///
/// # Errors
/// When the body breaks off, or pauses for too long.
pub(crate) async fn piece(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(Problem::body_incomplete()),
            Some(Ok(frame)) => {
                // Trailers carry nothing of ours.
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// The JSON in a body; nothing when the body is empty.
///
/// # Errors
/// When it is too large, too slow, of another media type, or not JSON.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<Option<Value>, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > LONGEST_JSON) {
        return Err(Problem::too_large(LONGEST_JSON));
    }
    let text = in_time(body, PATIENCE).await?;
    if text.is_empty() {
        return Ok(None);
    }
    if media_type(headers).as_deref() != Some(JSON) {
        return Err(Problem::unsupported_media_type(&[JSON]));
    }
    strict::parse(&text).map(Some).map_err(|error| Failure::invalid_field(violation(error)).into())
}

fn violation(error: strict::Error) -> FieldViolation {
    match error {
        strict::Error::Twice(key) => {
            FieldViolation::new(cut(&key), "is given more than once", "staat er meer dan eens")
        }
        strict::Error::NotJson { line, column } => FieldViolation::new(
            "body",
            format!("is not JSON: line {line}, column {column}"),
            format!("is geen JSON: regel {line}, kolom {column}"),
        ),
    }
}

/// The whole body, when it comes within `patience`.
async fn in_time(mut body: Body, patience: Duration) -> Result<Vec<u8>, Problem> {
    let read = async {
        let mut text = Vec::new();
        while let Some(piece) = piece(&mut body).await? {
            if text.len() + piece.len() > LONGEST_JSON {
                return Err(Problem::too_large(LONGEST_JSON));
            }
            text.extend_from_slice(&piece);
        }
        Ok(text)
    };
    tokio::time::timeout(patience, read).await.map_err(|_| Problem::body_incomplete())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};

    #[tokio::test]
    async fn a_body_in_drops_is_given_up_in_the_end() {
        let drops = stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b" "))
        });
        let read = in_time(Body::from_stream(drops), Duration::from_millis(200));
        let problem = tokio::time::timeout(Duration::from_secs(10), read).await.expect("an end");
        let response = problem.expect_err("too slow").answer(&HeaderMap::new());
        assert_eq!(response.status(), http::StatusCode::REQUEST_TIMEOUT);
    }
}
