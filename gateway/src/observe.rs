//! A span and a measurement for every request, whatever it speaks.

use std::sync::LazyLock;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};
use platform::telemetry::{ANSWER_SECONDS, adopt_trace, meter};
use tracing::Instrument;

use crate::edge::Protocol;
use crate::request_id::REQUEST_ID;

struct Measured {
    requests: Counter<u64>,
    seconds: Histogram<f64>,
}

static MEASURED: LazyLock<Measured> = LazyLock::new(|| Measured {
    requests: meter().u64_counter("gateway_requests").with_description("Requests from outside").build(),
    seconds: meter()
        .f64_histogram("gateway_request_seconds")
        .with_description("Time until the head of the answer")
        .with_boundaries(ANSWER_SECONDS.to_vec())
        .build(),
});

/// Puts the request in a span of the caller's trace, and counts its answer.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let protocol = Protocol::of(&request).name();
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let span = tracing::info_span!("gateway", otel.kind = "server", protocol, request_id = id);
    adopt_trace(&span, request.headers());
    let start = tokio::time::Instant::now();
    let response = next.run(request).instrument(span).await;
    let protocol = KeyValue::new("protocol", protocol);
    let status = KeyValue::new("status", i64::from(response.status().as_u16()));
    MEASURED.requests.add(1, &[protocol.clone(), status]);
    MEASURED.seconds.record(start.elapsed().as_secs_f64(), &[protocol]);
    response
}
