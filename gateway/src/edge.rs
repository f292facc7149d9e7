//! What the parts of the gateway share, and which part answers a request.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, header};
use platform::access::Rules;
use platform::identity::Caller;
use platform::status::Failure;
use platform::token::Signer;
use platform::upstream::{Upstream, Vouched};
use proto::api::v1::ErrorReason;
use tonic::{Code, Status};
use tower::ServiceExt;

use crate::grpc_web::{self, Origins};
use crate::identity::Identity;
use crate::limiter::Limiter;
use crate::upstreams::Upstreams;
use crate::{proxy, rest, whole};

/// What the parts of the gateway share.
pub(crate) struct Edge {
    pub(crate) rules: Rules,
    pub(crate) identity: Identity,
    pub(crate) limiter: Limiter,
    pub(crate) signer: Signer,
    pub(crate) upstreams: Upstreams,
    /// Health and reflection of the gateway itself.
    pub(crate) own: Upstream,
    pub(crate) origins: Origins,
    pub(crate) rest: rest::Rest,
    pub(crate) pages: Router,
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
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let path = request.uri().path();
        if kind.starts_with("application/grpc-web") {
            Self::GrpcWeb
        } else if kind.starts_with("application/grpc") {
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

fn asks_for_grpc_web(method: &Method, headers: &HeaderMap) -> bool {
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    *method == Method::OPTIONS
        && wanted.is_some_and(|wanted| wanted.to_ascii_lowercase().contains("x-grpc-web"))
}

/// Hands a request to the part that answers it.
pub(crate) async fn dispatch(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let protocol = Protocol::of(&request);
    let request = whole::checked(request);
    match protocol {
        Protocol::Grpc => proxy::forward(&edge, request).await,
        Protocol::GrpcWeb => grpc_web::serve(edge, request).await,
        Protocol::Preflight => edge.origins.preflight(&request),
        Protocol::Rest => rest::serve(&edge, request).await,
        Protocol::Page => edge.page(request).await,
    }
}

impl Edge {
    async fn page(&self, request: Request) -> Response {
        if let Err(status) = self.limiter.admit(None, request.extensions()) {
            return rest::problem::Problem::from(status).answer(request.headers());
        }
        match self.pages.clone().oneshot(request).await {
            Ok(response) => response.into_response(),
            Err(never) => match never {},
        }
    }

    /// Who calls, once counted.
    ///
    /// # Errors
    /// UNAUTHENTICATED for bad credentials, RESOURCE_EXHAUSTED over the limit.
    pub(crate) fn caller(
        &self,
        headers: &HeaderMap,
        extensions: &http::Extensions,
    ) -> Result<Caller, Status> {
        let caller = self.identity.caller(headers);
        self.limiter.admit(caller.as_ref().ok(), extensions)?;
        Ok(caller?)
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
