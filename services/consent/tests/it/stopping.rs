//! A party ends or pauses an agreement by what the ledger has about it, whatever became of its rows.

use std::time::Duration;

use platform::upstream::Vouched;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tokio::time::Instant;
use tonic::Code;

use crate::point::Point;
use crate::world::{self, World, reasons, refusal};

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

fn id(agreement: &Agreement) -> &str {
    agreement.name.strip_prefix("agreements/").unwrap()
}

/// An active agreement under which something was permitted, and what its row says changed.
async fn with(world: &World, change: &str) -> Agreement {
    let active = world.active().await;
    assert!(world.decide(world.request(&active.name)).await.permitted);
    run(world, &format!("UPDATE agreement SET {change} WHERE id = '{}'", id(&active))).await;
    let refused = world.decide(world.request(&active.name)).await;
    assert_eq!(reasons(&refused), ["AGREEMENT_DAMAGED"], "{} {change}", world.kind);
    active
}

fn receipts(world: &World, by: Caller) -> RevocationServiceClient<Vouched> {
    RevocationServiceClient::new(world.service.called_as(by))
}

/// What a row can say that no entry left.
fn changes() -> [&'static str; 8] {
    [
        "state = 'REVOKED'",
        "state = 'DRAFT', entries = 0, last_leaf = NULL",
        "state = 'x'",
        "state = 'SUSPENDED', replaced_by = 'x'",
        "last_leaf = NULL",
        "last_leaf = 'x'",
        "entries = 1",
        "entries = entries + 5",
    ]
}

#[tokio::test]
async fn a_party_revokes_and_its_row_is_as_the_ledger_has_it_again() {
    for world in world::worlds().await {
        for change in changes() {
            let active = with(&world, change).await;
            let about = async || {
                let entries = world.entries(Caller::PrivacyOfficer).await;
                entries.into_iter().filter(|entry| entry.agreement == active.name).collect::<Vec<_>>()
            };
            let before = about().await.pop().unwrap();
            let revoked = world.revoke(&active, Caller::Ggd).await.unwrap();
            assert_eq!(revoked.state(), AgreementState::Revoked, "{} {change}", world.kind);
            assert_eq!(world.get(&active.name, Caller::Weller).await.unwrap(), revoked);
            // It follows the last entry about it.
            let request = GetRevocationReceiptRequest { name: active.name.clone() };
            let receipt = receipts(&world, Caller::Ggd).get_revocation_receipt(request).await.unwrap();
            assert!(receipt.into_inner().complete, "{} {change}", world.kind);
            let stop = about().await.into_iter().find(|entry| entry.index > before.index).unwrap();
            assert_eq!(stop.agreement_sequence, before.agreement_sequence + 1);
            let previous = format!("\"previous\":\"{}\"", before.leaf_hash);
            assert!(stop.header_json.contains(&previous), "{} {change}", stop.header_json);
            world.verify().await.unwrap();
            let again = world.decide(world.request(&active.name)).await;
            assert_eq!(reasons(&again), ["AGREEMENT_REVOKED"], "{} {change}", world.kind);
        }
    }
}

#[tokio::test]
async fn a_party_suspends_and_resumes_again() {
    for world in world::worlds().await {
        for change in changes() {
            let active = with(&world, change).await;
            // A suspension that no party entered counts for nothing.
            let forged = format!("'{}', 9, '{}', 'suspend', 'a.b.c', 0", id(&active), Caller::Ggd.oin());
            let columns = "agreement, position, oin, kind, jws, create_time";
            run(&world, &format!("INSERT INTO agreement_signature ({columns}) VALUES ({forged})")).await;
            let suspended = world.suspend(&active, Caller::Ggd).await.unwrap();
            assert_eq!(suspended.state(), AgreementState::Suspended, "{} {change}", world.kind);
            let refused = world.decide(world.request(&active.name)).await;
            assert_eq!(reasons(&refused), ["AGREEMENT_SUSPENDED"], "{} {change}", world.kind);
            run(&world, "DELETE FROM agreement_signature WHERE position = 9").await;
            run(&world, "UPDATE agreement_signature SET position = 2 WHERE position = 10").await;
            world.verify().await.unwrap();
            world.clock.advance(Duration::from_secs(1));
            let resumed = world.resume(&active, Caller::Ggd).await.unwrap();
            assert_eq!(resumed.state(), AgreementState::Active, "{} {change}", world.kind);
            assert!(world.decide(world.request(&active.name)).await.permitted, "{} {change}", world.kind);
        }
    }
}

#[tokio::test]
async fn nothing_follows_a_last_entry_that_is_not_as_it_was_entered() {
    for world in world::worlds().await {
        for (was, forged) in [
            ("\"state\":\"ACTIVE\"", "\"state\":\"REVOKED\""),
            ("\"agreement_sequence\":", "\"agreement_sequence\":1"),
        ] {
            let active = world.active().await;
            let last = async || {
                let entries = world.entries(Caller::PrivacyOfficer).await;
                entries.into_iter().rfind(|entry| entry.agreement == active.name).unwrap()
            };
            let before = last().await;
            let set = async |header: &str| {
                let sql = format!(
                    "UPDATE ledger_entry SET header_json = '{header}' WHERE position = {}",
                    before.index
                );
                run(&world, &sql).await;
            };
            let changed = before.header_json.replace(was, forged);
            assert_ne!(changed, before.header_json);
            set(&changed).await;
            let refused = world.revoke(&active, Caller::Ggd).await.unwrap_err();
            let expected = (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned());
            assert_eq!(refusal(&refused), expected, "{} {forged} {refused:?}", world.kind);
            set(&before.header_json).await;
            assert_eq!(last().await.index, before.index, "{}", world.kind);
            assert_eq!(world.revoke(&active, Caller::Ggd).await.unwrap().state(), AgreementState::Revoked);
        }
    }
}

#[tokio::test]
async fn what_is_over_by_the_ledger_is_over_whatever_its_row_says() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        run(&world, "UPDATE agreement SET state = 'ACTIVE'").await;
        world.clock.advance(Duration::from_secs(1));
        for refused in
            [world.revoke(&active, Caller::Weller).await, world.suspend(&active, Caller::Ggd).await]
        {
            let refused = refused.unwrap_err();
            assert_eq!(refusal(&refused), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
            assert!(refused.message().contains("REVOKED"), "{} {}", world.kind, refused.message());
        }
        assert!(!world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
    }
}

#[tokio::test]
async fn only_a_party_by_the_ledger_ends_it_whatever_its_content_and_its_readers_are() {
    for world in world::worlds().await {
        let (active, other) = (world.active().await, {
            let mut content = world::content();
            content.recipients[0].oin = Caller::WonenZuid.oin().to_owned();
            let other = world.propose(&world.create(content).await).await;
            world.accept(&other, Caller::Weller).await.unwrap();
            world.accept(&other, Caller::WonenZuid).await.unwrap()
        });
        // Content with another recipient, who is said to be a reader; GGD is none any more.
        run(
            &world,
            "INSERT INTO agreement_content (content_hash, content_json, text_nl) VALUES ('x', '{}', '')",
        )
        .await;
        for (agreement, hash) in [(&other, "x"), (&active, other.content_hash.as_str())] {
            let sql = format!("UPDATE agreement SET content_hash = '{hash}' WHERE id = '{}'", id(agreement));
            run(&world, &sql).await;
        }
        let of_active = format!("WHERE agreement = '{}' AND oin = '{}'", id(&active), Caller::Ggd.oin());
        let reader = Caller::WonenZuid.oin();
        run(&world, &format!("UPDATE agreement_party SET oin = '{reader}' {of_active}")).await;
        run(&world, "UPDATE agreement_signature SET kind = 'x'").await;
        let foreign = world.revoke(&active, Caller::WonenZuid).await.unwrap_err();
        assert_eq!(foreign.code(), Code::PermissionDenied, "{}", world.kind);
        let revoked = world.revoke(&active, Caller::Ggd).await.unwrap();
        assert!(revoked.damaged, "{}", world.kind);
        assert_eq!(revoked.name, active.name);
        let request = GetRevocationReceiptRequest { name: active.name.clone() };
        let receipt = receipts(&world, Caller::Ggd).get_revocation_receipt(request).await.unwrap();
        assert!(receipt.into_inner().complete, "{}", world.kind);
        let last = world.entries(Caller::Ggd).await.pop().unwrap();
        assert_eq!((last.kind(), &last.agreement), (LedgerEntryKind::StopConfirmed, &active.name));
    }
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_of_what_cannot_be_shown() {
    for world in world::worlds().await {
        let active = world.active().await;
        run(&world, "UPDATE agreement_content SET content_json = '{}'").await;
        let jws = world.jws(&active, consent::offline::SignatureKind::Revoke, Caller::Ggd);
        let request_id = world.clock.uuid().to_string();
        let request = RevokeAgreementRequest { name: active.name.clone(), jws, request_id };
        let mut client = world.agreements(Caller::Ggd);
        let first = client.revoke_agreement(request.clone()).await.unwrap().into_inner();
        assert!(first.damaged && first.name == active.name, "{} {first:?}", world.kind);
        let changes = world.changes(Caller::Ggd).await;
        assert_eq!(client.revoke_agreement(request).await.unwrap().into_inner(), first);
        assert_eq!(world.changes(Caller::Ggd).await, changes, "{}", world.kind);
    }
}

#[tokio::test]
async fn open_streams_under_an_agreement_that_does_not_fit_end_by_themselves() {
    for world in world::worlds().await {
        let sound = world.active().await;
        for change in changes() {
            let active = world.active().await;
            let mut point = Point::connect(&world, "indicators/0").await;
            let open = |agreement: &Agreement| OpenStreamCount {
                agreement: agreement.name.clone(),
                recipient_oin: Caller::Ggd.oin().to_owned(),
                count: 3,
            };
            let counts = vec![open(&sound), open(&active)];
            point.say(Message::OpenStreams(OpenStreams { counts })).await;
            for _ in 0..3 {
                point.sign_of_life().await;
            }
            run(&world, &format!("UPDATE agreement SET {change} WHERE id = '{}'", id(&active))).await;
            let start = Instant::now();
            let heard = point.hear_of_an_end().await;
            assert!(start.elapsed() < Duration::from_secs(1), "{} took {:?}", world.kind, start.elapsed());
            assert_eq!((&heard.agreement, heard.stop), (&active.name, None), "{} {change}", world.kind);
            assert_eq!(heard.reason.unwrap().reason(), DecisionReason::AgreementDamaged);
            // Nothing is open there any more, so nothing more is told.
            point.say(Message::OpenStreams(OpenStreams { counts: vec![open(&sound)] })).await;
            let told = point.alive().await;
            while point.hear().await.answered < told {}
            for _ in 0..3 {
                point.sign_of_life().await;
            }
        }
    }
}
