//! How fast one caller may ask.

use gateway::Config;
use testkit::Party;

use crate::support::{Place, get, start_with, token};

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
