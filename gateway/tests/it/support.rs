//! A gateway to test: its services, its clients, its tokens.

mod catalog;
mod client;
mod log;
mod observations;
mod releases;
mod stakeholders;
mod tokens;

pub(crate) use client::{Answer, get, patch, post, send};
pub(crate) use releases::{Ended, Uploads};
pub(crate) use tokens::{key, other_keys, token, token_for};

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use gateway::{Config, Issuers, Upstreams};
use platform::access::{Access, Rules};
use platform::clock::Clock;
use platform::keys::PrivateKey;
use platform::serve::{Limits, stack};
use platform::shutdown::Shutdown;
use platform::token::{Signer, Verifier};
use platform::upstream::{local, remote};
use proto::consent::v1::log_service_server::LogServiceServer;
use proto::indicators::v1::catalog_service_server::CatalogServiceServer;
use proto::indicators::v1::observation_service_server::ObservationServiceServer;
use proto::indicators::v1::release_service_server::ReleaseServiceServer;
use proto::stakeholders::v1::stakeholders_service_server::StakeholdersServiceServer;
use tokio::net::TcpListener;
use tonic::service::Routes;

/// A gateway that listens, and what stands behind it.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) uploads: Uploads,
}

/// Where the services are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    InProcess,
    OverTheNetwork,
}

/// A gateway with services in this process.
pub(crate) async fn start() -> Gateway {
    start_with(Config::default(), Place::InProcess).await
}

/// A gateway with a consent service that has a log.
pub(crate) async fn start_with_log() -> Gateway {
    start_at(Config::default(), Place::InProcess, true).await
}

/// A gateway. `indicators` and `stakeholders` are there; nothing listens where `consent` should
/// be; `inspanningen` breaks off in the middle of its answers.
pub(crate) async fn start_with(config: Config, place: Place) -> Gateway {
    start_at(config, place, false).await
}

async fn start_at(config: Config, place: Place, log: bool) -> Gateway {
    let clock = testkit::clock();
    let signing = PrivateKey::generate().unwrap();
    let uploads = Uploads::default();
    let service = |name: &str, routes: Routes| {
        let trusted = HashMap::from([("gateway".to_owned(), signing.public().clone())]);
        let access = Access {
            rules: Rules::of_contract().unwrap(),
            verifier: Verifier::new(name, trusted, clock.clone()),
        };
        stack(routes, access, Limits::default()).unwrap()
    };
    let indicators = service(
        "indicators",
        Routes::new(CatalogServiceServer::new(catalog::Fake))
            .add_service(ObservationServiceServer::new(observations::Fake))
            .add_service(ReleaseServiceServer::new(releases::Fake(uploads.clone()))),
    );
    let stakeholders =
        service("stakeholders", Routes::new(StakeholdersServiceServer::new(stakeholders::Fake)));
    let indicators = match place {
        Place::InProcess => local(indicators),
        Place::OverTheNetwork => remote(&listen_at_service(indicators).await).unwrap(),
    };
    let consent = if log {
        local(service("consent", Routes::new(LogServiceServer::new(log::Fake))))
    } else {
        remote("http://127.0.0.1:1").unwrap()
    };
    let upstreams = Upstreams::new()
        .with("indicators", indicators)
        .with("stakeholders", local(stakeholders))
        .with("consent", consent)
        .with("inspanningen", local(Router::new().fallback(breaks_off)));
    let issuers = Issuers::demo(&key().public().to_pem()).unwrap().and(tokens::others()).unwrap();
    let signer = Signer::new("gateway", signing, clock.clone());
    let pages = Router::new().route("/", axum::routing::get(|| async { "pagina" })).route(
        "/panic",
        axum::routing::get(|| async {
            if true {
                panic!("secret")
            }
        }),
    );
    let router = gateway::build(config, clock.clone(), issuers, signer, upstreams, pages).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    Gateway { address, clock, uploads }
}

async fn listen_at_service(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(platform::serve::serve(listener, router, Shutdown::new()));
    url
}

/// A gRPC answer of which the connection breaks.
async fn breaks_off() -> axum::response::Response {
    let pieces = [Ok(bytes::Bytes::from_static(&[0, 0])), Err(std::io::Error::other("secret 10.0.0.3"))];
    let mut response =
        axum::response::Response::new(axum::body::Body::from_stream(futures_util::stream::iter(pieces)));
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    response
}

impl Gateway {
    /// A URL at this gateway.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A connection for gRPC.
    pub(crate) async fn channel(&self) -> tonic::transport::Channel {
        tonic::transport::Endpoint::from_shared(self.url("")).unwrap().connect().await.unwrap()
    }
}
