//! gRPC: calls go through to their service as they are, streams and trailers included; only who
//! calls is replaced by what the gateway vouches for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use platform::serve::deadline;
use platform::status::Failure;
use platform::upstream::Upstream;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::{BoxError, ServiceExt};

use crate::contract::{Shape, service_of_path};
use crate::edge::{Edge, Entry, too_late, unknown_method};
use crate::identity::lifetime::Lifetime;
use crate::request_id::REQUEST_ID;
use crate::whole::{Ended, Lingering};
use crate::words;

/// Services that the gateway answers itself.
const OWN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];
/// The one method of those whose answer does not go on.
const OWN_UNARY: &str = "/grpc.health.v1.Health/Check";
/// How long a call may take, as the caller and the gateway say to the service.
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// How a call ended.
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
/// Headers that a call takes along, next to `grpc-*`. Everything else from outside stays there.
const PASSED: [HeaderName; 4] = [header::CONTENT_TYPE, header::TE, header::USER_AGENT, REQUEST_ID];

/// Forwards a call and gives back the answer of its service.
pub(crate) async fn forward(edge: &Edge, entry: Entry, request: Request) -> Response {
    match target(edge, entry, &request) {
        Ok(target) => call(target, request).await,
        Err(status) => status.into_http(),
    }
}

/// Where a call goes, and how long it may take.
struct Target {
    upstream: Upstream,
    shape: Shape,
    lifetime: Lifetime,
}

/// Where the call goes, with the caller known and admitted.
fn target(edge: &Edge, entry: Entry, request: &Request) -> Result<Target, Status> {
    let path = request.uri().path();
    entry.anybody()?;
    if request.method() != Method::POST {
        return Err(unknown_method(path).into());
    }
    let visitor = entry.visitor()?;
    if OWN.iter().any(|own| path.starts_with(own)) {
        let shape = if path == OWN_UNARY { Shape::Unary } else { Shape::Stream };
        return Ok(Target { upstream: edge.own.clone(), shape, lifetime: visitor.lifetime });
    }
    let service = service_of_path(path).ok_or_else(|| unknown_method(path))?;
    let shape = edge.shapes.get(path).copied().ok_or_else(|| unknown_method(path))?;
    let vouched = edge.vouched(service, path, visitor.caller)?;
    Ok(Target { upstream: Upstream::new(vouched), shape, lifetime: visitor.lifetime })
}

async fn call(target: Target, request: Request) -> Response {
    let Target { upstream, shape, lifetime } = target;
    let (head, body) = request.into_parts();
    let mut outgoing = http::Request::new(tonic::body::Body::new(body));
    if let Some(path) = head.uri.path_and_query() {
        *outgoing.uri_mut() = http::Uri::from(path.clone());
    }
    *outgoing.method_mut() = Method::POST;
    *outgoing.version_mut() = Version::HTTP_2;
    *outgoing.headers_mut() = passed(&head.headers);
    let time = limit(shape, outgoing.headers_mut());
    let ended: Ended = head.extensions.get().cloned().unwrap_or_default();
    let answer = Lingering::new(upstream.oneshot(outgoing), ended.clone());
    match tokio::time::timeout(time, answer).await {
        Err(_) => Status::from(too_late()).into_http(),
        Ok(Ok(response)) if is_grpc(response.status(), response.headers()) => {
            match refusal(response.headers()) {
                Some(_) if ended.stalled() => Status::from(too_late()).into_http(),
                Some(status) => status.into_http(),
                None => response.map(|body| Body::new(Guarded::new(Body::new(body), lifetime))),
            }
        }
        Ok(Ok(response)) => {
            let strange = std::io::Error::other(format!("no gRPC answer but HTTP {}", response.status()));
            Status::from(Failure::unavailable(&strange)).into_http()
        }
        Ok(Err(error)) => broken(&error).into_http(),
    }
}

/// How long the answer may stay out: as long as the caller says and never longer than the shape of
/// the call allows, which is then what the service hears.
fn limit(shape: Shape, headers: &mut HeaderMap) -> Duration {
    let most = shape.limit();
    match deadline(headers) {
        Some(given) if given <= most => given,
        Some(_) | None => {
            if shape != Shape::Stream
                && let Ok(value) = HeaderValue::try_from(format!("{}S", most.as_secs()))
            {
                headers.insert(TIMEOUT, value);
            }
            most
        }
    }
}

/// A status that a library wrote, in our words; nothing when these headers say no such thing.
fn refusal(headers: &HeaderMap) -> Option<Status> {
    if !headers.contains_key(STATUS) {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    let own = status.code() == Code::Ok || status.get_details_error_info().is_some();
    (!own).then(|| words::ours(status))
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

/// The body of an answer. When the connection behind it breaks, or the credentials of the caller
/// end, it ends with trailers that say so in our words.
struct Guarded {
    body: Option<Body>,
    over: Pin<Box<dyn Future<Output = Status> + Send>>,
}

impl Guarded {
    fn new(body: Body, lifetime: Lifetime) -> Self {
        Self { body: Some(body), over: Box::pin(lifetime.over()) }
    }

    fn end(&mut self, status: &Status) -> Frame<Bytes> {
        self.body = None;
        let mut trailers = HeaderMap::new();
        // A status of ours always fits into headers.
        drop(status.add_header(&mut trailers));
        Frame::trailers(trailers)
    }
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.body.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(expired) = self.over.as_mut().poll(cx) {
            return Poll::Ready(Some(Ok(self.end(&expired))));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = match ready!(Pin::new(body).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.trailers_ref().and_then(refusal) {
                Some(status) => self.end(&status),
                None => frame,
            },
            Some(Err(error)) => self.end(&broken(&error.into_inner())),
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
