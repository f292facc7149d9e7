//! Headers of every answer: the version of the API and what keeps browsers safe (NL API Design
//! Rules, /core/version-header and /core/transport/security-headers).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

/// Version of the API: semantic versioning, its major version being the one in the paths.
pub const API_VERSION: &str = "1.0.0";

const VERSION_HEADER: HeaderName = HeaderName::from_static("api-version");

/// Whether browsers are told to stay on https.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transport {
    pub(crate) https: bool,
}

/// Adds the headers. The web pages choose their own caching and content policy.
pub(crate) async fn layer(State(transport): State<Transport>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(VERSION_HEADER, HeaderValue::from_static(API_VERSION));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if transport.https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    let chosen = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in chosen {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
