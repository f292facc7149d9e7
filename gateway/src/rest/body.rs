//! The body of a request: JSON within a limit, or a file in pieces.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use platform::status::{Failure, FieldViolation};
use serde_json::Value;

use super::problem::Problem;

/// Longest JSON body, in bytes.
pub(crate) const LONGEST_JSON: usize = 4 * 1024 * 1024;
/// How long a body may pause.
const PATIENCE: Duration = Duration::from_secs(30);
/// The media type of JSON bodies.
const JSON: &str = "application/json";

/// The media type of the body, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The next piece of a body; nothing at its end.
///
/// # Errors
/// When the body breaks off, or pauses for too long.
pub(crate) async fn piece(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame =
            tokio::time::timeout(PATIENCE, body.frame()).await.map_err(|_| Problem::body_incomplete())?;
        match frame {
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
/// When it is too large, of another media type, or not JSON.
pub(crate) async fn json(headers: &HeaderMap, mut body: Body) -> Result<Option<Value>, Problem> {
    let announced = headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > LONGEST_JSON) {
        return Err(Problem::too_large(LONGEST_JSON));
    }
    let mut text = Vec::new();
    while let Some(piece) = piece(&mut body).await? {
        if text.len() + piece.len() > LONGEST_JSON {
            return Err(Problem::too_large(LONGEST_JSON));
        }
        text.extend_from_slice(&piece);
    }
    if text.is_empty() {
        return Ok(None);
    }
    if media_type(headers).as_deref() != Some(JSON) {
        return Err(Problem::unsupported_media_type(&[JSON]));
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let violation = FieldViolation::new(
            "body",
            format!("is not JSON: line {line}, column {column}"),
            format!("is geen JSON: regel {line}, kolom {column}"),
        );
        Failure::invalid_field(violation).into()
    })
}
