//! What enforcement points hear, and how they register.

use std::time::Duration;

use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tokio::time::Instant;
use tonic::Code;

use crate::point::{Point, registration};
use crate::world::{self, World, fields};

const NAME: &str = "indicators/0";

async fn watch(world: &World) -> Point {
    Point::connect(world, NAME).await
}

#[tokio::test]
async fn a_point_hears_that_an_agreement_is_revoked() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        let start = Instant::now();
        world.revoke(&active, Caller::Weller).await.unwrap();
        let heard = point.hear_of_an_end().await;
        assert!(start.elapsed() < Duration::from_secs(1), "{} took {:?}", world.kind, start.elapsed());
        assert_eq!(heard.agreement, active.name);
        let stop = world.entries(Caller::Weller).await.pop().unwrap();
        assert_eq!(heard.stop.map(|stop| format!("ledger-entries/{stop}")), Some(stop.name));
        let reason = heard.reason.unwrap();
        assert_eq!(reason.reason(), DecisionReason::AgreementRevoked);
        assert!(reason.message_nl.contains("ingetrokken"));
    }
}

#[tokio::test]
async fn a_point_hears_a_sign_of_life_every_half_second() {
    for world in world::worlds().await {
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        for _ in 0..4 {
            let start = Instant::now();
            point.sign_of_life().await;
            assert!(start.elapsed() < Duration::from_millis(600), "{} {:?}", world.kind, start.elapsed());
        }
    }
}

#[tokio::test]
async fn a_sign_of_life_answers_only_what_was_said_before_it() {
    for world in world::worlds().await {
        let mut point = watch(&world).await;
        let mut last = 0;
        for _ in 0..4 {
            let said = point.alive().await;
            let mut answered = point.sign_of_life().await;
            while answered < said {
                answered = point.sign_of_life().await;
            }
            assert_eq!(answered, said);
            last = answered;
        }
        // Who says nothing gets no newer answer.
        for _ in 0..3 {
            assert_eq!(point.sign_of_life().await, last, "{}", world.kind);
        }
    }
}

#[tokio::test]
async fn a_point_that_connects_hears_what_stopped_in_the_last_hour() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        let mut point = watch(&world).await;
        assert_eq!(point.hear().await.agreement, active.name);
        // Once a look that began after this is over, it is told to those who listen.
        let said = point.alive().await;
        while point.hear().await.answered < said {}
        let hour = "UPDATE agreement_stop SET stop_time = stop_time - 3600000001";
        world.test.database.pool().execute_unprepared(hour).await.unwrap();
        assert_eq!(watch(&world).await.hear().await.agreement, "");
    }
}

#[tokio::test]
async fn a_point_hears_that_an_agreement_expired() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        world.clock.advance(Duration::from_secs(7 * 86400 + 11 * 3600));
        let heard = point.hear_of_an_end().await;
        assert_eq!(heard.agreement, active.name);
        assert_eq!(heard.reason.unwrap().reason(), DecisionReason::AgreementExpired);
        assert_eq!(heard.stop, None, "nothing to confirm");
    }
}

#[tokio::test]
async fn a_revoke_through_another_process_is_heard_whatever_its_clock_says() {
    for world in world::worlds().await {
        for minutes in [5, 0] {
            let active = world.active().await;
            let mut point = watch(&world).await;
            point.hear().await;
            let (other, shutdown) = world.another_process().await;
            let mut there = Point::register(
                DecisionServiceClient::new(other.called_as(Caller::Service("indicators"))),
                Message::Register(registration("indicators/1")),
            )
            .await
            .unwrap();
            there.hear().await;
            // The clock of whoever revokes is ahead of what was looked at, or is not.
            world.clock.advance(Duration::from_secs(minutes * 60));
            world.revoke(&active, Caller::Ggd).await.unwrap();
            for point in [&mut point, &mut there] {
                while point.hear_of_an_end().await.agreement != active.name {}
            }
            shutdown.tell();
        }
    }
}

#[tokio::test]
async fn what_was_told_is_not_read_again() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        point.hear_of_an_end().await;
        // Who would read it again would go silent.
        let database = world.test.database.pool();
        database.execute_unprepared("UPDATE agreement_stop SET state = 'x'").await.unwrap();
        for _ in 0..5 {
            point.sign_of_life().await;
        }
    }
}

#[tokio::test]
async fn a_damaged_agreement_keeps_no_stop_and_no_receipt_back() {
    for world in world::worlds().await {
        let (damaged, sound, expiring) = (world.active().await, world.active().await, world.active().await);
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        world.revoke(&damaged, Caller::Ggd).await.unwrap();
        point.hear_of_an_end().await;
        let database = world.test.database.pool();
        for name in [&damaged.name, &expiring.name] {
            let id = name.strip_prefix("agreements/").unwrap();
            let damage = format!(
                "UPDATE agreement_content SET content_json = '{{}}' \
                 WHERE content_hash = (SELECT content_hash FROM agreement WHERE id = '{id}')"
            );
            database.execute_unprepared(&damage).await.unwrap();
        }
        // Who connects hears of both, and the stop of the sound one is told and confirmed as always.
        let mut fresh = watch(&world).await;
        let first = fresh.hear_of_an_end().await;
        assert_eq!((&first.agreement, first.stop.is_some()), (&damaged.name, true), "{}", world.kind);
        assert_eq!(first.reason.unwrap().reason(), DecisionReason::AgreementRevoked);
        world.revoke(&sound, Caller::Ggd).await.unwrap();
        let heard = fresh.hear_of_an_end().await;
        assert_eq!(heard.agreement, sound.name);
        fresh.confirm(&damaged.name, first.stop.unwrap(), 0).await;
        fresh.confirm(&sound.name, heard.stop.unwrap(), 0).await;
        let receipts = async || {
            let entries = world.entries(Caller::PrivacyOfficer).await.into_iter();
            let receipts = entries.filter(|entry| entry.kind() == LedgerEntryKind::StopConfirmed);
            receipts.map(|entry| entry.agreement).collect::<Vec<_>>()
        };
        // That of the damaged one too: it goes by the entries about it.
        let mut stopped = [damaged.name.clone(), sound.name.clone()];
        stopped.sort();
        let told = async || {
            let mut told = receipts().await;
            told.sort();
            told
        };
        while told().await != stopped {
            fresh.sign_of_life().await;
        }
        // The end by the clock of an agreement that cannot be read is told too.
        world.clock.advance(Duration::from_secs(7 * 86400 + 11 * 3600));
        assert_eq!(fresh.hear_of_an_end().await.agreement, expiring.name);
    }
}

#[tokio::test]
async fn points_are_cut_at_the_order_to_stop() {
    for world in world::worlds().await {
        let mut point = watch(&world).await;
        point.sign_of_life().await;
        world.shutdown.tell();
        let status = loop {
            if let Err(status) = point.heard().await {
                break status;
            }
        };
        assert_eq!(status.code(), Code::Unavailable);
    }
}

#[tokio::test]
async fn a_point_registers_first_and_only_then_and_has_no_longer_limit_than_the_service() {
    for world in world::worlds().await {
        let register = async |change: fn(&mut RegisterEnforcementPoint)| {
            let mut first = registration(NAME);
            change(&mut first);
            let refused = Point::register(world.decisions(), Message::Register(first)).await;
            fields(&refused.err().unwrap())
        };
        assert_eq!(register(|first| first.enforcement_point.clear()).await, ["register.enforcement_point"]);
        assert_eq!(register(|first| first.process = "x".to_owned()).await, ["register.process"]);
        for limit in [0, -1, 2001] {
            let mut first = registration(NAME);
            first.silence_limit_ms = limit;
            let refused = Point::register(world.decisions(), Message::Register(first)).await;
            assert_eq!(fields(&refused.err().unwrap()), ["register.silence_limit_ms"], "{limit}");
        }
        let alive = Message::Alive(EnforcementPointAlive { number: 1 });
        let refused = Point::register(world.decisions(), alive).await.err().unwrap();
        assert_eq!(fields(&refused), ["register"]);
        let point = &mut watch(&world).await;
        point.say(Message::Register(registration(NAME))).await;
        let refused = loop {
            if let Err(status) = point.heard().await {
                break status;
            }
        };
        assert_eq!(fields(&refused), ["register"]);
    }
}
