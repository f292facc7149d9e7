//! What the parts of the gateway share, and which part answers a request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, Method, header};
use platform::access::Rules;
use platform::identity::Caller;
use platform::status::Failure;
use platform::token::Signer;
use platform::upstream::{Upstream, Vouched};
use proto::api::v1::ErrorReason;
use tonic::{Code, Status};
use tower::ServiceExt;

use crate::contract::Shape;
use crate::grpc_web::{self, Origins};
use crate::identity::{Identity, Visitor};
use crate::limiter::{self, Limiter};
use crate::open_calls::{self, OpenCalls, Permit};
use crate::upstreams::Upstreams;
use crate::{proxy, rest, whole};

/// How long the body of a request may pause.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the parts of the gateway share.
pub(crate) struct Edge {
    /// The shape of every method of the contract, by path.
    pub(crate) shapes: HashMap<String, Shape>,
    pub(crate) rules: Rules,
    pub(crate) identity: Identity,
    pub(crate) limiter: Limiter,
    pub(crate) open_calls: OpenCalls,
    pub(crate) signer: Signer,
    pub(crate) upstreams: Upstreams,
    /// Health and reflection of the gateway itself.
    pub(crate) own: Upstream,
    pub(crate) origins: Origins,
    pub(crate) rest: rest::Rest,
    pub(crate) pages: Router,
}

/// How a request came in, once it was counted.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// With good credentials, or with none.
    Visitor(Visitor),
    /// With credentials that are not good.
    BadCredentials(Failure),
    /// Over a limit of its caller.
    OverLimit(Status),
}

impl Entry {
    /// Who calls.
    ///
    /// # Errors
    /// UNAUTHENTICATED for bad credentials, RESOURCE_EXHAUSTED over a limit.
    pub(crate) fn visitor(self) -> Result<Visitor, Status> {
        match self {
            Self::Visitor(visitor) => Ok(visitor),
            Self::BadCredentials(failure) => Err(failure.into()),
            Self::OverLimit(status) => Err(status),
        }
    }

    /// For what is open to everybody, whatever their credentials.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED over a limit.
    pub(crate) fn anybody(&self) -> Result<(), Status> {
        match self {
            Self::Visitor(_) | Self::BadCredentials(_) => Ok(()),
            Self::OverLimit(status) => Err(status.clone()),
        }
    }
}

/// What a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    GrpcWeb,
    /// A browser asks whether a web application may call with gRPC-Web.
    Preflight,
    Rest,
    Page,
}

impl Protocol {
    /// By content type, then by path.
    pub(crate) fn of(request: &Request) -> Self {
        let headers = request.headers();
        let kind = media_type(headers, &header::CONTENT_TYPE).unwrap_or_default();
        let path = request.uri().path();
        if kind.starts_with("application/grpc-web") {
            Self::GrpcWeb
        } else if kind == "application/grpc" || kind.starts_with("application/grpc+") {
            Self::Grpc
        } else if asks_for_grpc_web(request.method(), headers) {
            Self::Preflight
        } else if path == "/v1" || path.starts_with("/v1/") {
            Self::Rest
        } else {
            Self::Page
        }
    }

    /// For logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb | Self::Preflight => "grpc-web",
            Self::Rest => "rest",
            Self::Page => "page",
        }
    }
}

/// The media type in a header: in lower case, without parameters.
pub(crate) fn media_type(headers: &HeaderMap, header: &HeaderName) -> Option<String> {
    let value = headers.get(header)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn asks_for_grpc_web(method: &Method, headers: &HeaderMap) -> bool {
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    *method == Method::OPTIONS
        && wanted.is_some_and(|wanted| wanted.to_ascii_lowercase().contains("x-grpc-web"))
}

/// Hands a request to the part that answers it.
pub(crate) async fn dispatch(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let protocol = Protocol::of(&request);
    let request = whole::checked(request, PATIENCE);
    let (entry, permit) = edge.enter(protocol, &request);
    let response = match protocol {
        Protocol::Grpc => proxy::forward(&edge, entry, request).await,
        Protocol::GrpcWeb => grpc_web::serve(edge, entry, request).await,
        Protocol::Preflight => match entry.anybody() {
            Ok(()) => edge.origins.preflight(&request),
            Err(status) => rest::problem::Problem::from(status).answer(request.headers()),
        },
        Protocol::Rest => rest::serve(&edge, entry, request).await,
        Protocol::Page => edge.page(entry, request).await,
    };
    open_calls::held(response, permit)
}

impl Edge {
    /// Counts a request, and tells who calls.
    fn enter(&self, protocol: Protocol, request: &Request) -> (Entry, Option<Permit>) {
        let visitor = match protocol {
            Protocol::Grpc | Protocol::GrpcWeb | Protocol::Rest => self.identity.visitor(request.headers()),
            // These are the same for everybody.
            Protocol::Preflight | Protocol::Page => self.identity.visitor(&HeaderMap::new()),
        };
        let key = limiter::key(visitor.as_ref().ok(), request.extensions());
        let admitted = self.limiter.admit(key.as_ref()).and_then(|()| self.open_calls.enter(key.as_ref()));
        match (admitted, visitor) {
            (Err(status), _) => (Entry::OverLimit(status), None),
            (Ok(permit), Ok(visitor)) => (Entry::Visitor(visitor), permit),
            (Ok(permit), Err(failure)) => (Entry::BadCredentials(failure), permit),
        }
    }

    async fn page(&self, entry: Entry, request: Request) -> Response {
        if let Err(status) = entry.anybody() {
            return rest::problem::Problem::from(status).answer(request.headers());
        }
        match self.pages.clone().oneshot(request).await {
            Ok(response) => response.into_response(),
            Err(never) => match never {},
        }
    }

    /// The service that may be called at `path` for `caller`, vouching for it.
    ///
    /// # Errors
    /// When there is no such method, or its rule does not admit the caller.
    pub(crate) fn vouched(&self, service: &str, path: &str, caller: Caller) -> Result<Vouched, Failure> {
        self.rules.get(path).ok_or_else(|| unknown_method(path))?.admit(&caller)?;
        let upstream = self.upstreams.get(service).ok_or_else(|| unknown_method(path))?;
        Ok(Vouched::on_behalf_of(upstream.clone(), self.signer.clone(), service, caller))
    }
}

/// UNIMPLEMENTED for a gRPC path that the contract does not have.
pub(crate) fn unknown_method(path: &str) -> Failure {
    let path: String = path.chars().take(200).collect();
    Failure::new(
        Code::Unimplemented,
        ErrorReason::UnknownMethod,
        format!("there is no method {path}"),
        format!("de methode {path} bestaat niet"),
    )
}

/// DEADLINE_EXCEEDED.
pub(crate) fn too_late() -> Failure {
    Failure::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        "the deadline of the request has passed",
        "de termijn van het verzoek is verstreken",
    )
}
