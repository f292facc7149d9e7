//! Decisions about requests, and what is recorded after them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::Code;

use crate::world::{self, DATASET, PURPOSE, World, fields, reasons, refusal};

#[tokio::test]
async fn a_request_within_the_agreement_is_permitted_and_narrowed() {
    for world in world::worlds().await {
        let active = world.active().await;
        let all = world.decide(world.request(&active.name)).await;
        assert!(all.permitted, "{} {all:?}", world.kind);
        assert_eq!(all.scope, active.content.as_ref().unwrap().scope);
        assert_eq!(all.protection.unwrap().minimum_count, 10);
        assert_eq!(all.content_hash, active.content_hash);
        assert_eq!(reasons(&all), ["WITHIN_AGREEMENT"]);
        // Midnight after 30 November, Dutch time.
        assert_eq!(all.expire_time.unwrap().seconds, 1_796_079_600);

        let area = RequestedArea { area: "areas/BU08990201".to_owned(), level: "NEIGHBOURHOOD".to_owned() };
        let asked = DecideRequest {
            periods: vec!["2025Q2".to_owned()],
            areas: vec![area],
            ..world.request(&active.name)
        };
        let narrowed = world.decide(asked).await;
        let scope = narrowed.scope.unwrap();
        assert_eq!(
            (scope.periods, scope.areas),
            (vec!["2025Q2".to_owned()], vec!["areas/BU08990201".to_owned()])
        );

        let entry = GetLedgerEntryRequest { name: narrowed.ledger_entry };
        let entry = world.ledger(Caller::Ggd).get_ledger_entry(entry).await.unwrap().into_inner();
        assert_eq!(entry.kind(), LedgerEntryKind::Permitted);
        assert_eq!(entry.agreement, active.name);
    }
}

async fn refused(world: &World, asked: DecideRequest, expected: &[&str]) -> DecideResponse {
    let answer = world.decide(asked).await;
    assert!(
        !answer.permitted
            && answer.scope.is_none()
            && answer.protection.is_none()
            && answer.expire_time.is_none()
    );
    assert_eq!(reasons(&answer), expected, "{}", world.kind);
    assert!(answer.ledger_entry.starts_with("ledger-entries/"));
    for reason in &answer.reasons {
        assert!(reason.message_nl.ends_with('.') && reason.message_en.ends_with('.'), "{reason:?}");
    }
    answer
}

#[tokio::test]
async fn every_reason_to_refuse_is_given() {
    for world in world::worlds().await {
        let active = world.active().await;
        let draft = world.create(world::content()).await;
        let proposed = world.proposed().await;
        let ask = |change: fn(&mut DecideRequest)| {
            let mut asked = world.request(&active.name);
            change(&mut asked);
            asked
        };
        refused(&world, ask(|it| it.agreement.clear()), &["AGREEMENT_MISSING"]).await;
        refused(&world, ask(|it| it.purpose.clear()), &["PURPOSE_MISSING"]).await;
        let other =
            refused(&world, ask(|it| it.purpose = "purposes/wijkplannen".into()), &["OTHER_PURPOSE"]).await;
        let reason = &other.reasons[0];
        assert_eq!(reason.metadata["agreed"], PURPOSE);
        assert_eq!(reason.metadata["asked"], "purposes/wijkplannen");
        assert!(
            reason.message_nl.contains(&active.name) && reason.message_nl.contains("gegevens@weller.example")
        );
        refused(
            &world,
            ask(|it| {
                it.dataset = "datasets/ander".into();
                it.release = "datasets/ander/releases/1".into();
            }),
            &["OTHER_DATASET"],
        )
        .await;
        refused(
            &world,
            ask(|it| it.dataset_owner_oin = Caller::WonenZuid.oin().into()),
            &["PROVIDER_NOT_OWNER"],
        )
        .await;
        refused(&world, ask(|it| it.indicators.push("indicators/x".into())), &["INDICATOR_BEYOND_SCOPE"])
            .await;
        refused(&world, ask(|it| it.area_level = "DISTRICT".into()), &["AREA_BEYOND_SCOPE"]).await;
        refused(&world, ask(|it| it.periods.push("2024Q4".into())), &["PERIOD_BEYOND_SCOPE"]).await;
        refused(&world, ask(|it| it.delivery = Delivery::Stream.into()), &["DELIVERY_NOT_AGREED"]).await;
        // What was never proposed is not there for a recipient.
        let hidden = refused(&world, world.request(&draft.name), &["NOT_A_RECIPIENT"]).await;
        assert!(hidden.content_hash.is_empty());
        let not_active = refused(&world, world.request(&proposed.name), &["AGREEMENT_NOT_ACTIVE"]).await;
        assert_eq!(not_active.reasons[0].metadata["state"], "PROPOSED");
        refused(
            &world,
            ask(|it| {
                it.purpose = "purposes/x".into();
                it.periods.push("1999".into());
            }),
            &["OTHER_PURPOSE", "PERIOD_BEYOND_SCOPE"],
        )
        .await;
        world.clock.advance(Duration::from_secs(8 * 86400));
        let expired = refused(&world, ask(|_| ()), &["AGREEMENT_EXPIRED"]).await;
        assert_eq!(expired.reasons[0].metadata["valid_until"], "2026-11-30");
    }
}

#[tokio::test]
async fn an_agreement_of_next_month_does_not_hold_yet() {
    for world in world::worlds().await {
        let mut content = world::content();
        (content.valid_from, content.valid_until) = ("2026-12-01".to_owned(), "2026-12-31".to_owned());
        let agreement = world.create(content).await;
        let propose = ProposeAgreementRequest { name: agreement.name.clone(), ..Default::default() };
        world.agreements(Caller::Weller).propose_agreement(propose).await.unwrap();
        world.accept(&agreement, Caller::Weller).await.unwrap();
        world.accept(&agreement, Caller::Ggd).await.unwrap();
        refused(&world, world.request(&agreement.name), &["NOT_YET_VALID"]).await;
        world.clock.advance(Duration::from_secs(8 * 86400));
        assert!(world.decide(world.request(&agreement.name)).await.permitted);
    }
}

#[tokio::test]
async fn a_stranger_learns_the_same_about_a_real_agreement_and_about_none() {
    for world in world::worlds().await {
        let active = world.active().await;
        let nothing = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";
        let mut answers = Vec::new();
        for name in [active.name.as_str(), nothing, "agreements/x", "zomaar"] {
            let asked =
                DecideRequest { recipient_oin: Caller::WonenZuid.oin().into(), ..world.request(name) };
            let mut answer = refused(&world, asked, &["NOT_A_RECIPIENT"]).await;
            assert!(answer.content_hash.is_empty());
            assert!(!answer.reasons[0].message_nl.contains("gegevens@weller.example"));
            let entry = GetLedgerEntryRequest { name: answer.ledger_entry.clone() };
            let entry = world.ledger(Caller::WonenZuid).get_ledger_entry(entry).await.unwrap().into_inner();
            assert_eq!((entry.agreement.as_str(), entry.agreement_sequence), ("", 0));
            assert_eq!(entry.parties, [Caller::Weller.oin(), Caller::WonenZuid.oin()]);
            assert_eq!((entry.index, &entry.leaf_hash), (answer.ledger_index, &answer.leaf_hash));
            (answer.ledger_index, answer.leaf_hash) = (0, String::new());
            answer.ledger_entry.clear();
            for reason in &mut answer.reasons {
                reason.message_nl = reason.message_nl.replace(name, "*");
                reason.message_en = reason.message_en.replace(name, "*");
                reason.metadata.insert("agreement".into(), "*".into());
            }
            answers.push(answer);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        // The provider itself is no recipient either.
        let asked =
            DecideRequest { recipient_oin: Caller::Weller.oin().into(), ..world.request(&active.name) };
        refused(&world, asked, &["NOT_A_RECIPIENT"]).await;
    }
}

#[tokio::test]
async fn a_revoke_holds_for_every_decision_after_it() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        world.revoke(&active, Caller::Weller).await.unwrap();
        let answer = refused(&world, world.request(&active.name), &["AGREEMENT_REVOKED"]).await;
        assert_eq!(answer.reasons[0].metadata["since"], "2026-11-23T12:00:00.000000Z");
        assert_eq!(
            answer.reasons[0].message_nl,
            format!(
                "De afspraak {} is ingetrokken op 23 november 2026 om 13:00 uur (artikel 6). Vragen: Team gegevens, gegevens@weller.example.",
                active.name
            )
        );
    }
}

#[tokio::test]
async fn no_permit_follows_a_revoke_under_load() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (decided, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (mut client, clock, request) =
                (world.decisions(), world.clock.clone(), world.request(&active.name));
            let (decided, stop) = (decided.clone(), stop.clone());
            tasks.push(tokio::spawn(async move {
                let mut answers = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let transaction_id = clock.uuid().to_string();
                    let request = DecideRequest { transaction_id, ..request.clone() };
                    answers.push(client.decide(request).await.unwrap().into_inner());
                    decided.fetch_add(1, Ordering::SeqCst);
                }
                answers
            }));
        }
        let some_more = async || {
            let enough = decided.load(Ordering::SeqCst) + 40;
            while decided.load(Ordering::SeqCst) < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        some_more().await;
        world.revoke(&active, Caller::Ggd).await.unwrap();
        some_more().await;
        stop.store(true, Ordering::SeqCst);

        let entries = world.entries(Caller::Ggd).await;
        let revoked = entries.iter().find(|entry| entry.summary_nl.contains("ingetrokken")).unwrap().index;
        let (mut before, mut after) = (0, 0);
        for task in tasks {
            for answer in task.await.unwrap() {
                let index: i64 =
                    answer.ledger_entry.strip_prefix("ledger-entries/").unwrap().parse().unwrap();
                let expected = if index < revoked { "WITHIN_AGREEMENT" } else { "AGREEMENT_REVOKED" };
                assert_eq!(reasons(&answer), [expected], "{}", world.kind);
                assert_eq!(answer.permitted, index < revoked);
                *(if index < revoked { &mut before } else { &mut after }) += 1;
            }
        }
        assert!(before > 0 && after > 0, "{before} before, {after} after");
    }
}

#[tokio::test]
async fn a_revoke_through_one_process_holds_in_another_at_once() {
    for world in world::worlds().await {
        let (other, shutdown) = world.another_process().await;
        let mut elsewhere = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        for _ in 0..5 {
            let active = world.active().await;
            let answer = elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner();
            assert!(answer.permitted, "{}", world.kind);
            world.revoke(&active, Caller::Weller).await.unwrap();
            let answer = elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner();
            assert_eq!((answer.permitted, reasons(&answer)), (false, vec!["AGREEMENT_REVOKED"]));
        }
        shutdown.tell();
    }
}

#[tokio::test]
async fn two_hundred_decisions_at_once_are_all_entered_without_gaps() {
    for world in world::worlds().await {
        let active = world.active().await;
        let before = world.entries(Caller::Ggd).await.len();
        let mut tasks = Vec::new();
        for number in 0..200 {
            let (mut client, mut request) = (world.decisions(), world.request(&active.name));
            if number % 4 == 0 {
                request.purpose = "purposes/x".to_owned();
            }
            tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap().into_inner() }));
        }
        let mut entries = BTreeSet::new();
        for task in tasks {
            entries.insert(task.await.unwrap().ledger_entry);
        }
        assert_eq!(entries.len(), 200, "{}", world.kind);
        let entered = world.entries(Caller::Ggd).await;
        assert_eq!(entered.len(), before + 200);
        for (place, entry) in (1..).zip(&entered) {
            // The draft, which is for Weller, is the first entry of all.
            assert_eq!((entry.index, entry.agreement_sequence), (place, place));
        }
        let head = world.verify().await.unwrap();
        assert_eq!(head.size, 204);
    }
}

#[tokio::test]
async fn a_release_is_entered_once_for_its_owner() {
    for world in world::worlds().await {
        let release = RecordReleaseRequest {
            owner_oin: Caller::Weller.oin().to_owned(),
            release: "datasets/x/releases/1".to_owned(),
            digest: "ab12".to_owned(),
            cell_count: 1224,
            transaction_id: world.clock.uuid().to_string(),
        };
        let mut client = world.decisions();
        let first = client.record_release(release.clone()).await.unwrap().into_inner();
        assert_eq!(client.record_release(release.clone()).await.unwrap().into_inner(), first);
        let other = RecordReleaseRequest { digest: "cd34".to_owned(), ..release.clone() };
        assert_eq!(fields(&client.record_release(other).await.unwrap_err()), ["transaction_id"]);
        let mut tasks = Vec::new();
        let at_once = RecordReleaseRequest { transaction_id: world.clock.uuid().to_string(), ..release };
        for _ in 0..20 {
            let (mut client, request) = (world.decisions(), at_once.clone());
            tasks.push(tokio::spawn(async move {
                client.record_release(request).await.unwrap().into_inner().ledger_entry
            }));
        }
        let mut names = BTreeSet::new();
        for task in tasks {
            names.insert(task.await.unwrap());
        }
        assert_eq!(names.len(), 1, "{}", world.kind);
        assert_eq!(world.entries(Caller::Weller).await.len(), 2);
        assert!(world.entries(Caller::Ggd).await.is_empty());
    }
}

#[tokio::test]
async fn a_delivery_is_entered_after_its_permit_and_once() {
    for world in world::worlds().await {
        let active = world.active().await;
        let request = world.request(&active.name);
        let delivery = RecordDeliveryRequest {
            transaction_id: request.transaction_id.clone(),
            agreement: active.name.clone(),
            recipient_oin: Caller::Ggd.oin().to_owned(),
            release: request.release.clone(),
            row_count: 90,
            withheld_count: 31,
            digest: "ab12".to_owned(),
            complete: true,
            mask_digest: "cd34".to_owned(),
        };
        let mut client = world.decisions();
        let status = client.record_delivery(delivery.clone()).await.unwrap_err();
        assert_eq!(fields(&status), ["transaction_id"], "there is no permit yet");
        assert!(world.decide(request).await.permitted);
        let foreign =
            RecordDeliveryRequest { recipient_oin: Caller::WonenZuid.oin().to_owned(), ..delivery.clone() };
        assert_eq!(fields(&client.record_delivery(foreign).await.unwrap_err()), ["transaction_id"]);
        for release in ["datasets/ander/releases/1".to_owned(), format!("{DATASET}/releases/2")] {
            let other = RecordDeliveryRequest { release, ..delivery.clone() };
            let status = client.record_delivery(other).await.unwrap_err();
            assert_eq!(fields(&status), ["transaction_id"], "another release than the permitted one");
        }
        let first = client.record_delivery(delivery.clone()).await.unwrap().into_inner();
        assert_eq!(client.record_delivery(delivery).await.unwrap().into_inner(), first);
        for by in [Caller::Weller, Caller::Ggd] {
            let last = world.entries(by).await.pop().unwrap();
            assert_eq!(
                (last.name.as_str(), last.kind()),
                (first.ledger_entry.as_str(), LedgerEntryKind::Delivered)
            );
            assert!(last.summary_nl.contains("kreeg 90 waarnemingen"), "{}", last.summary_nl);
        }
    }
}

#[tokio::test]
async fn a_permit_without_a_release_covers_those_of_its_dataset() {
    for world in world::worlds().await {
        let active = world.active().await;
        let request = DecideRequest { release: String::new(), ..world.request(&active.name) };
        let delivery = |release: String| RecordDeliveryRequest {
            transaction_id: request.transaction_id.clone(),
            agreement: active.name.clone(),
            recipient_oin: Caller::Ggd.oin().to_owned(),
            release,
            digest: "ab12".to_owned(),
            ..Default::default()
        };
        assert!(world.decide(request.clone()).await.permitted);
        let mut client = world.decisions();
        for other in ["datasets/ander/releases/1".to_owned(), format!("{DATASET}-2/releases/1")] {
            let status = client.record_delivery(delivery(other)).await.unwrap_err();
            assert_eq!(fields(&status), ["transaction_id"], "{}", world.kind);
        }
        client.record_delivery(delivery(format!("{DATASET}/releases/7"))).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_entered_is_refused_by_field() {
    for world in world::worlds().await {
        let mut client = world.decisions();
        let wrong = DecideRequest::default();
        assert_eq!(
            fields(&client.decide(wrong).await.unwrap_err()),
            ["recipient_oin", "dataset_owner_oin", "delivery"]
        );
        let wrong = DecideRequest {
            dataset: "x".into(),
            release: "y".into(),
            agreement: "a".repeat(201),
            transaction_id: "0190163d-8694-439b-aea5-966c26f8ad90".into(),
            trace_id: "ABC".into(),
            periods: vec!["2025".into(); 1001],
            ..world.request("")
        };
        let status = client.decide(wrong).await.unwrap_err();
        assert_eq!(
            fields(&status),
            ["dataset", "release", "agreement", "periods", "transaction_id", "trace_id"]
        );
        assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        let wrong = DecideRequest { release: "datasets/ander/releases/1".into(), ..world.request("") };
        assert_eq!(fields(&client.decide(wrong).await.unwrap_err()), ["release"], "of another dataset");
        let status = client.record_release(RecordReleaseRequest::default()).await.unwrap_err();
        assert_eq!(fields(&status), ["owner_oin"]);
        let wrong = RecordDeliveryRequest {
            recipient_oin: Caller::Ggd.oin().into(),
            row_count: -1,
            withheld_count: i64::MAX,
            ..Default::default()
        };
        let status = client.record_delivery(wrong).await.unwrap_err();
        assert_eq!(
            fields(&status),
            [
                "release",
                "digest",
                "row_count",
                "withheld_count",
                "withheld_count",
                "transaction_id",
                "agreement"
            ]
        );
        assert!(world.entries(Caller::PrivacyOfficer).await.is_empty());
    }
}

#[tokio::test]
async fn the_largest_question_makes_an_entry_below_64_kib() {
    for world in world::worlds().await {
        let active = world.active().await;
        // What the indicators service asks at most: 60,000 bytes of names, and all that is beside them.
        let indicators = (0..526).map(|number| format!("indicators/{number:a>100}")).collect();
        let asked = DecideRequest {
            indicators,
            purpose: format!("purposes/{}", "a".repeat(100)),
            system: "\u{1}".repeat(255),
            release: format!("{DATASET}/releases/{}", i32::MAX),
            enforceable: (1..=6).collect(),
            ..world.request(&active.name)
        };
        assert!(!world.decide(asked).await.permitted);
        let entry = world.entries(Caller::Ggd).await.pop().unwrap();
        assert!(entry.body_json.len() < 64 * 1024, "{} {}", world.kind, entry.body_json.len());
        assert!(entry.body_json.len() > 59_000, "{}", entry.body_json.len());
    }
}
