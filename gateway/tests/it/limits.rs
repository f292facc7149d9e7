//! How fast one caller may ask, and how much at once.

use axum::body::Body;
use gateway::Config;
use gateway::identity::demo_token;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proto::api::v1::Role;
use proto::indicators::v1::GetAreaRequest;
use proto::indicators::v1::catalog_service_client::CatalogServiceClient;
use testkit::Party;

use crate::support::{Place, get, key, send, start_with, token};

#[tokio::test]
async fn a_caller_over_its_limit_is_told_when_to_come_back_and_others_go_on() {
    let config = Config { requests_per_second: 1, request_burst: 2, ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    let weller = token(Party::Weller, &gateway.clock);
    let ggd = token(Party::Ggd, &gateway.clock);
    for _ in 0..2 {
        assert_eq!(get(&gateway, "/v1/areas", &[("authorization", &weller)]).await.status, 200);
    }
    let refused = get(&gateway, "/v1/areas", &[("authorization", &weller)]).await;
    refused.problem(429, "OVERLOADED");
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(get(&gateway, "/v1/areas", &[("authorization", &ggd)]).await.status, 200);
    assert_eq!(get(&gateway, "/v1/areas", &[]).await.status, 200);
    assert_eq!(get(&gateway, "/", &[]).await.status, 200);
    get(&gateway, "/", &[]).await.problem(429, "OVERLOADED");
    gateway.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(get(&gateway, "/v1/areas", &[("authorization", &weller)]).await.status, 200);
}

#[tokio::test]
async fn whatever_is_asked_counts() {
    let config = Config { requests_per_second: 1, request_burst: 3, ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    let ask = async |method: &str, path: &str| {
        let request = http::Request::builder().method(method).uri(gateway.url(path));
        send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask("GET", "/v1//nothing").await.status, 404);
    assert_eq!(ask("DELETE", "/v1/areas").await.status, 405);
    assert_eq!(ask("OPTIONS", "/v1/areas").await.status, 204);
    ask("GET", "/v1//nothing").await.problem(429, "OVERLOADED");
}

#[tokio::test]
async fn subjects_of_one_issuer_without_an_organisation_count_apart() {
    let config = Config { requests_per_second: 1, request_burst: 1, ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    let of = |subject: &str| {
        let lifetime = time::Duration::hours(1);
        let token = demo_token::sign(key(), subject, None, &[Role::Programme], &gateway.clock, lifetime);
        format!("Bearer {}", token.unwrap())
    };
    let (programme, officer) = (of("een"), of("twee"));
    for authorization in [&programme, &officer] {
        assert_eq!(get(&gateway, "/v1/areas", &[("authorization", authorization)]).await.status, 200);
    }
    assert_eq!(get(&gateway, "/v1/areas", &[]).await.status, 200);
    for authorization in [&programme, &officer] {
        get(&gateway, "/v1/areas", &[("authorization", authorization)]).await.problem(429, "OVERLOADED");
    }
}

#[tokio::test]
async fn a_call_is_open_until_the_end_of_its_answer_and_there_are_not_too_many() {
    let config = Config { open_calls: 2, open_calls_per_address: 1, ..Config::default() };
    let gateway = start_with(config, Place::InProcess).await;
    let weller = token(Party::Weller, &gateway.clock);
    let authorised = ("authorization", weller.as_str());
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let watch = async |authorization: Option<&str>| {
        let path = "/v1/datasets/endless/observations/_watch";
        let mut request = http::Request::builder().uri(gateway.url(path));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        client.request(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let (first, _second) = (watch(Some(&weller)).await, watch(Some(&weller)).await);
    let refused = get(&gateway, "/v1/areas", &[authorised]).await;
    refused.problem(429, "OVERLOADED");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(get(&gateway, "/v1/areas", &[]).await.status, 200);
    let _anonymous = watch(None).await;
    get(&gateway, "/v1/areas", &[]).await.problem(429, "OVERLOADED");
    // gRPC counts with the rest.
    let mut catalog = CatalogServiceClient::new(gateway.channel().await);
    let refused = catalog.get_area(GetAreaRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
    drop(first);
    for _ in 0..100 {
        if get(&gateway, "/v1/areas", &[authorised]).await.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the room of a call that ended is not given back");
}

#[test]
fn a_service_that_has_no_address_is_named_at_the_start() {
    let clock = testkit::clock();
    let key = platform::keys::PrivateKey::generate().unwrap();
    let signer = platform::token::Signer::new(gateway::NAME, key, clock.clone());
    let upstreams = gateway::Upstreams::new();
    let issuers = gateway::Issuers::none();
    let built = gateway::build(Config::default(), clock, issuers, signer, upstreams, axum::Router::new());
    assert_eq!(built.unwrap_err().to_string(), "no address for the service consent");
}
