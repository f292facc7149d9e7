//! The one way in which a service is served: its stack of layers, its listener, its end.

mod listen;
mod opening;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use proto::api::v1::ErrorReason;
use tokio::sync::Semaphore;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::access::{self, Access};
use crate::status::Failure;
use crate::{guard, telemetry};

pub use listen::{bind, serve};

/// When a caller may try again what was refused because the service is full.
const RETRY: Duration = Duration::from_secs(1);

/// Settings of the stack.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests at the same time; more are refused at once.
    pub concurrent_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrent_requests: 2048 }
    }
}

/// The services in `routes`, with health and reflection, behind the stack.
///
/// # Errors
/// When the contract in the program cannot be read.
pub fn stack(
    routes: Routes,
    access: Access,
    limits: Limits,
) -> Result<Router, tonic_reflection::server::Error> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (_, health) = tonic_health::server::health_reporter();
    let methods = access.rules.iter().map(|(path, _)| path.to_owned()).collect();
    let routes = routes
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    Ok(routes
        .prepare()
        .into_axum_router()
        // Innermost: nothing that a handler gives out is out of its sight.
        .layer(middleware::from_fn(guard::layer))
        // The caller is known before a handler runs, and the layers above see refusals.
        .layer(middleware::from_fn_with_state(access, access::layer))
        // A panic becomes an answer; it must be within the span, so that the log names the request.
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| internal()))
        // Load is shed before work is done, and counted like every other answer.
        .layer(middleware::from_fn_with_state(Arc::new(Semaphore::new(limits.concurrent_requests)), shed))
        // Outermost: everything has a span and is counted.
        .layer(middleware::from_fn_with_state(Arc::new(methods), observe)))
}

fn internal() -> Response {
    let cause = std::io::Error::other("a handler panicked");
    Status::from(Failure::internal(&cause)).into_http()
}

/// Refuses what is over the limit, and what would be too late anyway.
async fn shed(State(permits): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(permit) = permits.try_acquire_owned() else {
        return overloaded().into_http();
    };
    let deadline = deadline(request.headers());
    let answer = async {
        let response = next.run(request).await;
        // A stream counts until its last message.
        response.map(|body| axum::body::Body::new(Held { body, _permit: permit }))
    };
    match deadline {
        None => answer.await,
        Some(deadline) => match tokio::time::timeout(deadline, answer).await {
            Ok(response) => response,
            Err(_) => Status::from(too_late()).into_http(),
        },
    }
}

/// UNAVAILABLE, with the time to wait: every caller is refused, whatever its own limit.
fn overloaded() -> Status {
    let status = Status::from(Failure::new(
        Code::Unavailable,
        ErrorReason::Overloaded,
        "too many requests at the same time; try again in a moment",
        "te veel verzoeken tegelijk; probeer het zo meteen opnieuw",
    ));
    let mut details = status.get_error_details();
    details.set_retry_info(Some(RETRY));
    Status::with_error_details(status.code(), status.message(), details)
}

fn too_late() -> Failure {
    Failure::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        "the deadline of the request has passed",
        "de termijn van het verzoek is verstreken",
    )
}

/// The time that the caller gives (`grpc-timeout`: up to 8 digits and a unit).
#[must_use]
pub fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = if digits.len() <= 8 {
        digits.parse().ok()?
    } else {
        return None;
    };
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// A body that holds a permit until it is dropped.
struct Held {
    body: axum::body::Body,
    _permit: tokio::sync::OwnedSemaphorePermit,
}

impl http_body::Body for Held {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, axum::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// Gives the request a span in the caller's trace, and counts its answer.
async fn observe(State(methods): State<Arc<BTreeSet<String>>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // What a caller made up must not become a label of a metric.
    let method = if methods.contains(path) { path.to_owned() } else { "other".to_owned() };
    let span = tracing::info_span!("rpc", otel.name = %method, otel.kind = "server");
    telemetry::adopt_trace(&span, request.headers());
    let start = tokio::time::Instant::now();
    let response = next.run(request).instrument(span).await;
    telemetry::record_rpc(&method, code_of(&response), start.elapsed().as_secs_f64());
    response
}

/// The gRPC code of an answer whose headers carry one; a stream that began is OK so far.
fn code_of(response: &Response) -> Code {
    match response.headers().get("grpc-status") {
        Some(code) => Code::from_bytes(code.as_bytes()),
        None if response.status() == StatusCode::OK => Code::Ok,
        None => Code::Unknown,
    }
}

/// An empty answer with a status, for probes.
#[must_use]
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_service_says_when_to_come_back() {
        let status = overloaded();
        assert_eq!(status.code(), Code::Unavailable);
        let details = status.get_error_details();
        assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("OVERLOADED"));
        assert_eq!(details.retry_info().and_then(|info| info.retry_delay), Some(RETRY));
        assert!(details.localized_message().is_some());
    }

    #[tokio::test]
    async fn what_is_over_the_limit_is_refused_at_once() {
        let permits = Arc::new(Semaphore::new(0));
        let router = Router::new()
            .route("/", axum::routing::get(|| async { "answer" }))
            .layer(middleware::from_fn_with_state(permits, shed));
        let request = Request::new(axum::body::Body::empty());
        let response = tower::ServiceExt::oneshot(router, request).await.expect("an answer");
        assert_eq!(code_of(&response), Code::Unavailable);
    }

    #[test]
    fn a_deadline_is_read_in_every_unit() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", http::HeaderValue::from_static(text));
            deadline(&headers)
        };
        assert_eq!(read("5S"), Some(Duration::from_secs(5)));
        assert_eq!(read("100m"), Some(Duration::from_millis(100)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(read("123456789S"), None);
        assert_eq!(read("S"), None);
        assert_eq!(read(""), None);
        assert_eq!(read("12"), None);
    }
}
