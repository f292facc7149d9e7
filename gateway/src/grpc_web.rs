//! gRPC-Web (binary and text) for browsers, and which web applications may use it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body::Frame;
use http_body_util::{BodyStream, StreamBody};
use tonic_web::GrpcWebLayer;
use tower::{Layer, ServiceExt};

use crate::edge::{Edge, Entry, media_type};
use crate::proxy;
use crate::rest::problem::Problem;

/// The content types of gRPC-Web that are served.
const KINDS: [&str; 4] = [
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];
/// Headers that a web application may send.
const ALLOWED: &str = "authorization,content-type,grpc-timeout,x-grpc-web,x-request-id,x-user-agent";
/// Headers that a web application may read.
const EXPOSED: &str = "grpc-status,grpc-message,grpc-status-details-bin,x-request-id,api-version";
/// Headers that say how a call ended.
const ENDING: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// The origins of web applications that may call.
#[derive(Clone, Debug)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    pub(crate) fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// The origin of the request, when it is one of the list.
    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let listed = self.0.iter().any(|known| known.as_bytes() == origin.as_bytes());
        listed.then(|| origin.clone())
    }

    /// The answer to a browser that asks whether an application may call.
    pub(crate) fn preflight(&self, request: &Request) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.allowed(request.headers()) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        }
        response
    }

    fn mark(&self, origin: Option<HeaderValue>, response: &mut Response) {
        let headers = response.headers_mut();
        // What else the answer depends on stays there.
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}

/// Translates to gRPC, forwards, and translates back.
pub(crate) async fn serve(edge: Arc<Edge>, entry: Entry, mut request: Request) -> Response {
    let origin = edge.origins.allowed(request.headers());
    let kind = kind(request.headers(), &CONTENT_TYPE);
    let mut response = if request.method() != Method::POST {
        Problem::method_not_allowed(&[Method::POST]).answer(request.headers())
    } else if let Some(kind) = kind {
        // What translates compares letter for letter.
        let wanted = self::kind(request.headers(), &ACCEPT);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(wanted) = wanted {
            headers.insert(ACCEPT, HeaderValue::from_static(wanted));
        }
        // The length is that of the encoded body.
        headers.remove(CONTENT_LENGTH);
        translate(Arc::clone(&edge), entry, request).await
    } else {
        Problem::unsupported_media_type(&KINDS).answer(request.headers())
    };
    edge.origins.mark(origin, &mut response);
    response
}

/// The content type of gRPC-Web that a header names.
fn kind(headers: &HeaderMap, header: &HeaderName) -> Option<&'static str> {
    let named = media_type(headers, header)?;
    KINDS.into_iter().find(|kind| *kind == named)
}

async fn translate(edge: Arc<Edge>, entry: Entry, request: Request) -> Response {
    let forward = tower::service_fn(move |request: http::Request<tonic::body::Body>| {
        let (edge, entry) = (Arc::clone(&edge), entry.clone());
        async move {
            // The decoded body still claims the length of the encoded one; a stream claims nothing.
            let request = request.map(|body| Body::new(StreamBody::new(BodyStream::new(body))));
            Ok::<_, Infallible>(ending_in_body(proxy::forward(&edge, entry, request).await))
        }
    });
    match GrpcWebLayer::new().layer(forward).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// An answer that ended before it began has its status in the headers. Some clients look for it in
/// the last frame of the body only, so that is where it goes.
fn ending_in_body(mut response: Response) -> Response {
    if !response.headers().contains_key("grpc-status") {
        return response;
    }
    let mut trailers = HeaderMap::new();
    for name in ENDING {
        if let (Some(value), Ok(name)) =
            (response.headers_mut().remove(name), http::HeaderName::from_bytes(name.as_bytes()))
        {
            trailers.insert(name, value);
        }
    }
    let last = futures_util::stream::iter([Ok::<_, Infallible>(Frame::<Bytes>::trailers(trailers))]);
    response.map(|_| Body::new(StreamBody::new(last)))
}
