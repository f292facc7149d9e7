//! The edge of the platform: one port for gRPC, gRPC-Web, REST/JSON, server-sent events and the
//! web pages. It knows who calls, how fast they may ask and which service answers; it has no
//! database and no rules of the domain, and never changes an answer.
//!
//! - gRPC calls go through as they are ([`Upstreams`]), with the credentials from outside replaced
//!   by the internal token that services trust.
//! - REST follows from the `google.api.http` annotations of the contract, and so does the OpenAPI
//!   document at `/v1/openapi.json`. Errors are RFC 9457 problem details.
//! - Everything else is a web page ([`web`]).

mod contract;
mod dress;
mod edge;
mod grpc_web;
mod limiter;
mod observe;
mod open_calls;
mod openapi;
mod own;
mod proxy;
mod request_id;
mod rest;
mod upstreams;
mod whole;
mod words;

pub mod config;
pub mod identity;
pub mod web;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use platform::clock::Clock;
use platform::status::Failure;
use platform::token::Signer;
use tower_http::catch_panic::CatchPanicLayer;

pub use config::Config;
pub use contract::Error as ContractError;
pub use dress::API_VERSION;
pub use identity::issuers::Issuers;
pub use upstreams::Upstreams;

use contract::Contract;

/// The name under which the gateway signs internal tokens.
pub const NAME: &str = "gateway";

/// Why a gateway was not built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A fault of the build.
    #[error(transparent)]
    Contract(#[from] contract::Error),
    /// The contract has a service that is not behind the gateway.
    #[error("no address for the service {0}")]
    Upstream(String),
}

/// Builds the gateway. `signer` signs as [`NAME`]; `pages` answers what is neither gRPC nor under
/// `/v1` (see [`web`]). Serve it with the address of the peer known
/// (`into_make_service_with_connect_info::<SocketAddr>()`), so that callers without credentials
/// are limited one by one.
///
/// # Errors
/// When a service of the contract has no upstream, or the contract cannot be served.
pub fn build(
    config: Config,
    clock: Clock,
    issuers: Issuers,
    signer: Signer,
    upstreams: Upstreams,
    pages: Router,
) -> Result<Router, Error> {
    let contract = Contract::read()?;
    if let Some(missing) = contract.services().into_iter().find(|name| upstreams.get(name).is_none()) {
        return Err(Error::Upstream(missing));
    }
    let rest = rest::Rest::of(&contract, config.public_url.as_deref())?;
    let https = config.public_url.is_some_and(|url| url.starts_with("https://"));
    let shapes = contract.shapes()?;
    let edge = edge::Edge {
        shapes,
        rules: contract.rules,
        identity: identity::Identity::new(issuers, clock.clone()),
        limiter: limiter::Limiter::new(config.requests_per_second, config.request_burst, clock.clone()),
        open_calls: open_calls::OpenCalls::new(config.open_calls, config.open_calls_per_address),
        signer,
        upstreams,
        own: own::services()?,
        origins: grpc_web::Origins::new(config.web_origins),
        rest,
        pages,
    };
    Ok(Router::new()
        .fallback(edge::dispatch)
        .with_state(Arc::new(edge))
        // A panic becomes an answer, within the span, so that the log names the request.
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(observe::layer))
        .layer(from_fn_with_state(clock, request_id::layer))
        // Outermost: every answer has the headers.
        .layer(from_fn_with_state(dress::Transport { https }, dress::layer)))
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    let cause = std::io::Error::other("a handler panicked");
    rest::problem::Problem::from(Failure::internal(&cause)).answer(&http::HeaderMap::new())
}
