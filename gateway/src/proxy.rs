//! gRPC: calls go through to their service as they are, streams and trailers included; only who
//! calls is replaced by what the gateway vouches for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use platform::status::Failure;
use platform::upstream::Upstream;
use tonic::Status;
use tower::{BoxError, ServiceExt};

use crate::contract::service_of_path;
use crate::edge::{Edge, too_late, unknown_method};
use crate::request_id::REQUEST_ID;
use crate::whole::Lingering;

/// Services that the gateway answers itself.
const OWN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];
/// Headers that a call takes along, next to `grpc-*`. Everything else from outside stays there.
const PASSED: [HeaderName; 4] = [header::CONTENT_TYPE, header::TE, header::USER_AGENT, REQUEST_ID];

/// Forwards a call and gives back the answer of its service.
pub(crate) async fn forward(edge: &Edge, request: Request) -> Response {
    match target(edge, &request) {
        Ok(upstream) => call(upstream, request).await,
        Err(status) => status.into_http(),
    }
}

/// Where the call goes, with the caller known and admitted.
fn target(edge: &Edge, request: &Request) -> Result<Upstream, Status> {
    let path = request.uri().path();
    if request.method() != Method::POST {
        return Err(unknown_method(path).into());
    }
    let caller = edge.caller(request.headers(), request.extensions())?;
    if OWN.iter().any(|own| path.starts_with(own)) {
        return Ok(edge.own.clone());
    }
    let service = service_of_path(path).ok_or_else(|| unknown_method(path))?;
    let vouched = edge.vouched(service, path, caller)?;
    Ok(Upstream::new(vouched))
}

async fn call(upstream: Upstream, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut outgoing = http::Request::new(tonic::body::Body::new(body));
    if let Some(path) = head.uri.path_and_query() {
        *outgoing.uri_mut() = http::Uri::from(path.clone());
    }
    *outgoing.method_mut() = Method::POST;
    *outgoing.version_mut() = Version::HTTP_2;
    *outgoing.headers_mut() = passed(&head.headers);
    let ended = head.extensions.get().cloned().unwrap_or_default();
    match Lingering::new(upstream.oneshot(outgoing), ended).await {
        Ok(response) if is_grpc(response.status(), response.headers()) => {
            response.map(|body| Body::new(Guarded { body: Some(Body::new(body)) }))
        }
        Ok(response) => {
            let strange = std::io::Error::other(format!("no gRPC answer but HTTP {}", response.status()));
            Status::from(Failure::unavailable(&strange)).into_http()
        }
        Err(error) => broken(&error).into_http(),
    }
}

fn passed(headers: &HeaderMap) -> HeaderMap {
    let known = |name: &HeaderName| PASSED.contains(name) || name.as_str().starts_with("grpc-");
    headers
        .iter()
        .filter(|(name, _)| known(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_grpc(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    status == StatusCode::OK && kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// DEADLINE_EXCEEDED when the time of the call was up, else UNAVAILABLE; what the transport says
/// goes to the log only.
fn broken(error: &BoxError) -> Status {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**error);
    while let Some(one) = cause {
        if one.is::<tonic::TimeoutExpired>() {
            return too_late().into();
        }
        cause = one.source();
    }
    Failure::unavailable(&**error).into()
}

/// The body of an answer. When the connection behind it breaks, it ends with trailers that say so
/// in our words.
struct Guarded {
    body: Option<Body>,
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        let Some(Err(error)) = frame else {
            return Poll::Ready(frame);
        };
        self.body = None;
        let mut trailers = HeaderMap::new();
        // A status of ours always fits into headers.
        drop(broken(&error.into_inner()).add_header(&mut trailers));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
