//! `x-request-id`: the name under which one request is found back in logs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use platform::clock::Clock;

/// The header.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a caller, in bytes.
const LONGEST: usize = 64;

/// Takes the caller's id when it can be one, else makes one; and gives it back with the answer.
pub(crate) async fn layer(State(clock): State<Clock>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).filter(|value| usable(value)).cloned();
    let id = given.or_else(|| HeaderValue::from_str(&clock.uuid().to_string()).ok());
    request.headers_mut().remove(REQUEST_ID);
    if let Some(id) = &id {
        request.headers_mut().insert(REQUEST_ID, id.clone());
    }
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn usable(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    !bytes.is_empty() && bytes.len() <= LONGEST && bytes.iter().all(u8::is_ascii_graphic)
}
