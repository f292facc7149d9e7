//! Another service of the platform: over the network, or in the same process without a socket.
//! Either way a call goes through its whole tower stack.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use http::{HeaderValue, Request, Response, header};
use proto::api::v1::ErrorReason;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

use crate::identity::Caller;
use crate::status::{Failure, reason_name};
use crate::telemetry;
use crate::token::Signer;

/// A service that answers gRPC calls; tonic's generated clients take it.
pub type Upstream = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// A service in this process.
#[must_use]
pub fn local(router: Router) -> Upstream {
    BoxCloneSyncService::new(tower::service_fn(move |request: Request<Body>| {
        let router = router.clone();
        async move {
            match router.oneshot(request).await {
                Ok(response) => Ok(response.map(Body::new)),
                Err(never) => match never {},
            }
        }
    }))
}

/// A service in this process that is made after those that call it, because it calls them too. Until
/// it is there, calls to it fail as to one that is down.
#[derive(Clone, Debug, Default)]
pub struct Later(Arc<OnceLock<Upstream>>);

/// A call came before the service was there.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the service is not there yet")]
struct NotThereYet;

impl Later {
    /// The service, for those that call it.
    #[must_use]
    pub fn upstream(&self) -> Upstream {
        let service = Arc::clone(&self.0);
        BoxCloneSyncService::new(tower::service_fn(move |request: Request<Body>| {
            let service = service.get().cloned();
            async move {
                match service {
                    Some(service) => service.oneshot(request).await,
                    None => Err(BoxError::from(NotThereYet)),
                }
            }
        }))
    }

    /// From now on it is this one; it cannot be replaced.
    pub fn is(&self, service: Upstream) {
        // A second one is not taken.
        drop(self.0.set(service));
    }
}

/// A service at `url` ("http://consent:8080"). It is connected to when it is first called, and
/// again when the connection is lost.
///
/// # Errors
/// When the URL cannot be read.
pub fn remote(url: &str) -> Result<Upstream, tonic::transport::Error> {
    let channel: Channel = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect_lazy();
    Ok(BoxCloneSyncService::new(channel.map_err(BoxError::from)))
}

/// Calls an upstream with a token that vouches for the caller, and with the trace of the request.
#[derive(Clone, Debug)]
pub struct Vouched {
    upstream: Upstream,
    signer: Signer,
    audience: String,
    caller: Caller,
}

impl Vouched {
    /// Calls `upstream`, the service named `audience`, on the account of this service.
    #[must_use]
    pub fn own(upstream: Upstream, signer: Signer, audience: &str) -> Self {
        let caller = Caller::service(signer.issuer());
        Self { upstream, signer, audience: audience.to_owned(), caller }
    }

    /// The same for `caller`, whose credentials this service verified.
    #[must_use]
    pub fn on_behalf_of(upstream: Upstream, signer: Signer, audience: &str, caller: Caller) -> Self {
        Self { upstream, signer, audience: audience.to_owned(), caller }
    }
}

impl Service<Request<Body>> for Vouched {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.upstream.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let authorised = self
            .signer
            .sign(&self.audience, &self.caller)
            .map_err(BoxError::from)
            .and_then(|token| Ok(HeaderValue::from_str(&format!("Bearer {token}"))?));
        match authorised {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.headers_mut().insert(header::AUTHORIZATION, value);
                telemetry::inject_trace(request.headers_mut());
                // The service that was polled ready is the one that is called.
                let clone = self.upstream.clone();
                let mut ready = std::mem::replace(&mut self.upstream, clone);
                Box::pin(async move { ready.call(request).await.map(trusted) })
            }
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }
}

/// The answer; when the service refuses the token of this one, as its clock or its keys differ, that it cannot be
/// used. Whoever this one was asked by has another token, with which nothing is wrong.
fn trusted(answer: Response<Body>) -> Response<Body> {
    let status = Status::from_header_map(answer.headers());
    let Some(status) = status.filter(|status| status.code() == Code::Unauthenticated) else {
        return answer;
    };
    let about_token = [ErrorReason::CredentialsExpired, ErrorReason::CredentialsInvalid].map(reason_name);
    match status.get_details_error_info() {
        Some(info) if about_token.contains(&info.reason.as_str()) => {
            Status::from(Failure::mistrusted(&status)).into_http()
        }
        Some(_) | None => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{self, Access, Rules};
    use crate::clock::Clock;
    use crate::keys::PrivateKey;
    use crate::token::Verifier;
    use axum::middleware::from_fn_with_state;
    use axum::routing::{get, post};
    use std::collections::HashMap;
    use time::macros::datetime;

    const PATH: &str = "/alliantie.indicators.v1.ObservationService/ListObservations";

    #[tokio::test]
    async fn a_service_that_refuses_our_token_is_not_there_whoever_asks() {
        let noon = datetime!(2026-11-23 12:00 UTC);
        let (key, other) = (PrivateKey::generate().expect("a key"), PrivateKey::generate().expect("a key"));
        let five = Duration::from_secs(300);
        for (clock, trusted, code) in [
            (Clock::held_at(noon), &key, None),
            (Clock::held_at(noon + five), &key, Some(Code::Unavailable)),
            (Clock::held_at(noon - five), &key, Some(Code::Unavailable)),
            (Clock::held_at(noon), &other, Some(Code::Unavailable)),
        ] {
            let trusted = HashMap::from([("gateway".to_owned(), trusted.public().clone())]);
            let verifier = Verifier::new("indicators", trusted, clock);
            let access = Access { rules: Rules::of_contract().expect("the contract"), verifier };
            let router = Router::new()
                .route(PATH, post(|| async { "rows" }))
                .layer(from_fn_with_state(access, access::layer));
            let signer = Signer::new("gateway", key.clone(), Clock::held_at(noon));
            let service = Vouched::on_behalf_of(local(router), signer, "indicators", Caller::anonymous());
            let request = Request::post(PATH).body(Body::empty()).expect("a request");
            let answer = service.oneshot(request).await.expect("an answer");
            let status = Status::from_header_map(answer.headers());
            assert_eq!(status.as_ref().map(Status::code), code);
            if let Some(status) = status {
                assert!(status.message().contains("do not trust each other"), "{status:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_service_that_needs_credentials_says_so_to_who_has_none() {
        let router = Router::new().route(
            PATH,
            post(|| async {
                let needed = Failure::new(Code::Unauthenticated, ErrorReason::CredentialsMissing, "en", "nl");
                Status::from(needed).into_http::<axum::body::Body>()
            }),
        );
        let signer = Signer::new("gateway", PrivateKey::generate().expect("a key"), Clock::system());
        let service = Vouched::on_behalf_of(local(router), signer, "indicators", Caller::anonymous());
        let request = Request::post(PATH).body(Body::empty()).expect("a request");
        let answer = service.oneshot(request).await.expect("an answer");
        let status = Status::from_header_map(answer.headers()).expect("a status");
        assert_eq!(status.code(), Code::Unauthenticated);
    }

    #[tokio::test]
    async fn a_service_that_comes_later_is_down_until_then() {
        let later = Later::default();
        let upstream = later.upstream();
        let call = || upstream.clone().oneshot(Request::new(Body::empty()));
        let error = call().await.expect_err("nobody is there");
        assert_eq!(error.to_string(), "the service is not there yet");
        later.is(local(Router::new().route("/", get(|| async { "there" }))));
        later.is(local(Router::new()));
        assert!(call().await.expect("an answer").status().is_success(), "the first one stays");
    }
}
