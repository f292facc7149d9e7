//! What listeners hear.

use std::time::Duration;

use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tokio::time::{Instant, timeout};
use tonic::{Code, Streaming};

use crate::world::{self, World, fields};

async fn watch(world: &World) -> Streaming<WatchRevocationsResponse> {
    let request = WatchRevocationsRequest { enforcement_point: "indicators/0".to_owned() };
    world.decisions().watch_revocations(request).await.unwrap().into_inner()
}

async fn hear(stream: &mut Streaming<WatchRevocationsResponse>) -> WatchRevocationsResponse {
    timeout(Duration::from_secs(2), stream.message()).await.unwrap().unwrap().unwrap()
}

async fn hear_of_an_end(stream: &mut Streaming<WatchRevocationsResponse>) -> WatchRevocationsResponse {
    loop {
        let heard = hear(stream).await;
        if !heard.agreement.is_empty() {
            return heard;
        }
    }
}

#[tokio::test]
async fn a_listener_hears_that_an_agreement_is_revoked() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut stream = watch(&world).await;
        assert_eq!(hear(&mut stream).await, WatchRevocationsResponse::default());
        let start = Instant::now();
        world.revoke(&active, Caller::Weller).await.unwrap();
        let heard = hear_of_an_end(&mut stream).await;
        assert!(start.elapsed() < Duration::from_secs(1), "{} took {:?}", world.kind, start.elapsed());
        assert_eq!(heard.agreement, active.name);
        let reason = heard.reason.unwrap();
        assert_eq!(reason.reason(), DecisionReason::AgreementRevoked);
        assert!(reason.message_nl.contains("ingetrokken"));
    }
}

#[tokio::test]
async fn a_listener_hears_a_sign_of_life_every_half_second() {
    for world in world::worlds().await {
        let mut stream = watch(&world).await;
        hear(&mut stream).await;
        hear(&mut stream).await;
        for _ in 0..3 {
            let start = Instant::now();
            assert_eq!(hear(&mut stream).await, WatchRevocationsResponse::default());
            assert!(start.elapsed() < Duration::from_millis(600), "{} {:?}", world.kind, start.elapsed());
        }
    }
}

#[tokio::test]
async fn a_listener_that_connects_hears_what_ended_in_the_last_hour() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        world.clock.advance(Duration::from_secs(59 * 60));
        assert_eq!(hear(&mut watch(&world).await).await.agreement, active.name);
        world.clock.advance(Duration::from_secs(2 * 60));
        assert_eq!(hear(&mut watch(&world).await).await.agreement, "");
    }
}

#[tokio::test]
async fn a_listener_hears_that_an_agreement_expired() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut stream = watch(&world).await;
        world.clock.advance(Duration::from_secs(7 * 86400 + 11 * 3600));
        let heard = hear_of_an_end(&mut stream).await;
        assert_eq!(
            (heard.agreement, heard.reason.unwrap().reason()),
            (active.name, DecisionReason::AgreementExpired)
        );
    }
}

#[tokio::test]
async fn a_revoke_through_another_process_is_heard() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (other, shutdown) = world.another_process().await;
        let mut client = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        let request = WatchRevocationsRequest { enforcement_point: "indicators/1".to_owned() };
        let mut stream = client.watch_revocations(request).await.unwrap().into_inner();
        hear(&mut stream).await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        assert_eq!(hear_of_an_end(&mut stream).await.agreement, active.name, "{}", world.kind);
        shutdown.tell();
    }
}

#[tokio::test]
async fn what_was_told_is_not_read_again() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut stream = watch(&world).await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        hear_of_an_end(&mut stream).await;
        // Who would read it again would go silent.
        let database = world.test.database.pool();
        database.execute_unprepared("UPDATE agreement SET content_json = '{}'").await.unwrap();
        for _ in 0..5 {
            assert_eq!(hear(&mut stream).await, WatchRevocationsResponse::default(), "{}", world.kind);
        }
    }
}

#[tokio::test]
async fn listeners_are_cut_at_the_order_to_stop() {
    for world in world::worlds().await {
        let mut stream = watch(&world).await;
        hear(&mut stream).await;
        world.shutdown.tell();
        let status = loop {
            match timeout(Duration::from_secs(2), stream.message()).await.unwrap() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("ended without a status"),
                Err(status) => break status,
            }
        };
        assert_eq!(status.code(), Code::Unavailable);
    }
}

#[tokio::test]
async fn a_listener_has_a_name() {
    for world in world::worlds().await {
        let status =
            world.decisions().watch_revocations(WatchRevocationsRequest::default()).await.unwrap_err();
        assert_eq!(fields(&status), ["enforcement_point"]);
    }
}
