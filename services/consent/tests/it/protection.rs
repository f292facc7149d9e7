//! Agreements and the protection of small groups: what the service with the figures says beforehand,
//! and what of it is in the ledger.

use consent::Obstacle;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{self, DATASET, World, fields, refusal};

fn obstacle() -> Obstacle {
    Obstacle {
        release: format!("{DATASET}/releases/2"),
        cells: vec!["indicators/huurachterstand 2025Q1 BU1|18-26".to_owned()],
        cell_count: 1,
        message_nl: "Cel BU1 is uit te rekenen.".to_owned(),
        message_en: "Cell BU1 can be computed.".to_owned(),
    }
}

async fn state(world: &World, agreement: &Agreement) -> AgreementState {
    world.get(&agreement.name, Caller::Weller).await.unwrap().state()
}

#[tokio::test]
async fn an_agreement_becomes_active_only_when_small_groups_can_be_protected() {
    for world in world::worlds().await {
        let agreement = world.proposed().await;
        world.accept(&agreement, Caller::Weller).await.unwrap();
        assert!(world.figures.protected.lock().unwrap().is_empty(), "not before the last signature");
        *world.figures.obstacle.lock().unwrap() = Some(obstacle());
        let before = world.entries(Caller::Weller).await.len();
        let refused = world.accept(&agreement, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned()));
        assert_eq!(state(&world, &agreement).await, AgreementState::Proposed, "{}", world.kind);
        assert_eq!(world.entries(Caller::Weller).await.len(), before, "nothing happened");
        let told = format!("{refused:?}{}", String::from_utf8_lossy(refused.details()));
        assert!(!told.contains("BU1"), "which cells is for the provider: {told}");

        *world.figures.obstacle.lock().unwrap() = None;
        let active = world.accept(&agreement, Caller::Ggd).await.unwrap();
        assert_eq!(active.state(), AgreementState::Active);
        let asked = world.figures.protected.lock().unwrap().clone();
        let protection = consent::Protection { minimum_count: 10, ..Default::default() };
        assert_eq!(asked, [(DATASET.to_owned(), protection), (DATASET.to_owned(), protection)]);
    }
}

#[tokio::test]
async fn the_provider_hears_which_cells_are_in_the_way() {
    for world in world::worlds().await {
        let agreement = world.proposed().await;
        world.accept(&agreement, Caller::Ggd).await.unwrap();
        *world.figures.obstacle.lock().unwrap() = Some(obstacle());
        let refused = world.accept(&agreement, Caller::Weller).await.unwrap_err();
        assert_eq!(fields(&refused), ["indicators/huurachterstand 2025Q1 BU1|18-26"], "{}", world.kind);
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["cells"], "1");
        assert!(details.localized_message().unwrap().message.contains("BU1"));
    }
}

#[tokio::test]
async fn a_preview_says_what_is_in_the_way_and_only_the_provider_hears_where() {
    for world in world::worlds().await {
        world.figures.previewed.lock().unwrap().obstacle = Some(obstacle());
        let agreement = world.proposed().await;
        for (by, knows) in [(Caller::Weller, true), (Caller::Ggd, false)] {
            let request = PreviewAgreementRequest { name: agreement.name.clone() };
            let found = world.previews(by).preview_agreement(request).await.unwrap().into_inner();
            assert_eq!(found.notice_nl.contains("BU1"), knows, "{} {}", world.kind, found.notice_nl);
            assert!(found.notice_nl.contains("kan deze afspraak niet ingaan"), "{}", found.notice_nl);
        }
    }
}

fn masks(withheld: i64) -> RecordMasksRequest {
    let mask = |release: u32, minimum_count| ReleaseMask {
        release: format!("{DATASET}/releases/{release}"),
        protection: Some(Protection { minimum_count, ..Default::default() }),
        mask_digest: "ab".repeat(32),
        report_digest: "cd".repeat(32),
        seed_digest: "ef".repeat(32),
        engine: "alliantie-sdc 0.1.0".to_owned(),
        cell_count: 1224,
        withheld_count: withheld,
    };
    RecordMasksRequest {
        owner_oin: Caller::Weller.oin().to_owned(),
        transaction_id: "0190163d-8694-739b-aea5-966c26f8ad90".to_owned(),
        masks: vec![mask(1, 10), mask(2, 10)],
    }
}

#[tokio::test]
async fn masks_are_entered_once_and_concern_the_owner() {
    for world in world::worlds().await {
        let mut client = world.decisions();
        let first = client.record_masks(masks(300)).await.unwrap().into_inner();
        assert_eq!(first.ledger_entries.len(), 2);
        assert_eq!(client.record_masks(masks(300)).await.unwrap().into_inner(), first, "{}", world.kind);
        assert_eq!(fields(&client.record_masks(masks(301)).await.unwrap_err()), ["transaction_id"]);
        let entries = world.entries(Caller::Weller).await;
        assert!(entries.iter().all(|entry| entry.kind() == LedgerEntryKind::MaskComputed));
        assert_eq!(entries.len(), 2);
        assert!(entries[0].summary_nl.contains("300 van 1224"), "{}", entries[0].summary_nl);
        assert!(entries[1].body_json.contains(&"ef".repeat(32)));
        assert!(world.entries(Caller::Ggd).await.is_empty());
    }
}

#[tokio::test]
async fn a_retired_protection_is_entered_once_and_concerns_the_owner() {
    for world in world::worlds().await {
        let retired = RecordRetiredProtectionRequest {
            owner_oin: Caller::Weller.oin().to_owned(),
            transaction_id: world.clock.uuid().to_string(),
            dataset: DATASET.to_owned(),
            protection: Some(Protection { minimum_count: 10, ..Default::default() }),
        };
        let mut client = world.decisions();
        let first = client.record_retired_protection(retired.clone()).await.unwrap().into_inner();
        let again = client.record_retired_protection(retired.clone()).await.unwrap().into_inner();
        assert_eq!(again, first, "{}", world.kind);
        let other = Some(Protection { minimum_count: 5, ..Default::default() });
        let reused = RecordRetiredProtectionRequest { protection: other, ..retired.clone() };
        let none = RecordRetiredProtectionRequest { protection: None, ..retired.clone() };
        let nowhere = RecordRetiredProtectionRequest { dataset: "x".to_owned(), ..retired };
        for (wrong, field) in [(reused, "transaction_id"), (none, "protection"), (nowhere, "dataset")] {
            assert_eq!(fields(&client.record_retired_protection(wrong).await.unwrap_err()), [field]);
        }
        for by in [Caller::Weller, Caller::PrivacyOfficer] {
            let entries = world.entries(by).await;
            let [entry] = entries.as_slice() else { panic!("{entries:?}") };
            assert_eq!(
                (&entry.name, entry.kind()),
                (&first.ledger_entry, LedgerEntryKind::ProtectionRetired)
            );
            assert!(entry.summary_nl.contains(DATASET) && entry.summary_nl.contains("minimum van 10"));
        }
        assert!(world.entries(Caller::Ggd).await.is_empty());
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_protection_that_is_in_force_again_is_entered_once_and_concerns_the_owner() {
    for world in world::worlds().await {
        let back = RecordReinstatedProtectionRequest {
            owner_oin: Caller::Weller.oin().to_owned(),
            transaction_id: world.clock.uuid().to_string(),
            dataset: DATASET.to_owned(),
            protection: Some(Protection { minimum_count: 10, ..Default::default() }),
        };
        let mut client = world.decisions();
        let first = client.record_reinstated_protection(back.clone()).await.unwrap().into_inner();
        let again = client.record_reinstated_protection(back.clone()).await.unwrap().into_inner();
        assert_eq!(again, first, "{}", world.kind);
        let nowhere = RecordReinstatedProtectionRequest { dataset: "x".to_owned(), ..back };
        let refused = client.record_reinstated_protection(nowhere).await.unwrap_err();
        assert_eq!(fields(&refused), ["dataset"]);
        for by in [Caller::Weller, Caller::PrivacyOfficer] {
            let entries = world.entries(by).await;
            let [entry] = entries.as_slice() else { panic!("{entries:?}") };
            assert_eq!(
                (&entry.name, entry.kind()),
                (&first.ledger_entry, LedgerEntryKind::ProtectionReinstated)
            );
            assert!(entry.summary_nl.contains(DATASET) && entry.summary_nl.contains("minimum van 10"));
        }
        assert!(world.entries(Caller::Ggd).await.is_empty());
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn masks_that_cannot_be_entered_are_refused_by_field() {
    for world in world::worlds().await {
        let mut wrong = masks(1225);
        wrong.masks[0].release = "x".to_owned();
        wrong.masks[1].seed_digest.clear();
        let status = world.decisions().record_masks(wrong).await.unwrap_err();
        let named =
            ["masks[0].release", "masks[0].withheld_count", "masks[1].digest", "masks[1].withheld_count"];
        assert_eq!(fields(&status), named, "{}", world.kind);
        let none = RecordMasksRequest { masks: Vec::new(), ..masks(1) };
        assert_eq!(fields(&world.decisions().record_masks(none).await.unwrap_err()), ["masks"]);
        assert!(world.entries(Caller::PrivacyOfficer).await.is_empty());
    }
}

#[tokio::test]
async fn a_delivery_by_a_mask_that_is_not_in_the_ledger_is_entered_and_marked() {
    for world in world::worlds().await {
        let active = world.active().await;
        let entered = masks(300);
        world.decisions().record_masks(entered.clone()).await.unwrap();
        let wider = RecordMasksRequest {
            transaction_id: world.clock.uuid().to_string(),
            masks: vec![ReleaseMask {
                protection: Some(Protection { minimum_count: 5, ..Default::default() }),
                mask_digest: "12".repeat(32),
                ..entered.masks[0].clone()
            }],
            ..entered.clone()
        };
        world.decisions().record_masks(wider).await.unwrap();
        // The same mask is entered once more, for another publication.
        let again = RecordMasksRequest { transaction_id: world.clock.uuid().to_string(), ..entered };
        world.decisions().record_masks(again).await.unwrap();
        let (other, shutdown) = world.another_process().await;
        let elsewhere = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        let release = |number: u32| format!("{DATASET}/releases/{number}");
        for (mask_digest, release, row_count, unknown) in [
            ("ab".repeat(32), release(1), 90, false),
            ("ab".repeat(32), release(2), 90, false),
            ("ab".repeat(32), release(3), 90, true),
            ("12".repeat(32), release(1), 90, true),
            ("cd".repeat(32), release(1), 90, true),
            (String::new(), release(1), 90, true),
            (String::new(), release(1), 0, false),
        ] {
            for mut client in [world.decisions(), elsewhere.clone()] {
                let request = DecideRequest { release: release.clone(), ..world.request(&active.name) };
                let delivery = RecordDeliveryRequest {
                    transaction_id: request.transaction_id.clone(),
                    agreement: active.name.clone(),
                    recipient_oin: Caller::Ggd.oin().to_owned(),
                    release: release.clone(),
                    row_count,
                    withheld_count: 0,
                    digest: "ab12".to_owned(),
                    complete: true,
                    mask_digest: mask_digest.clone(),
                };
                assert!(world.decide(request).await.permitted);
                let first = client.record_delivery(delivery.clone()).await.unwrap().into_inner();
                for by in [Caller::Weller, Caller::Ggd, Caller::PrivacyOfficer] {
                    let last = world.entries(by).await.pop().unwrap();
                    assert_eq!((&last.name, last.kind()), (&first.ledger_entry, LedgerEntryKind::Delivered));
                    let told = (last.summary_nl.contains("Let op"), last.body_json.contains("mask_unknown"));
                    assert_eq!(told, (unknown, unknown), "{} {mask_digest} {release} {by:?}", world.kind);
                }
                assert_eq!(client.record_delivery(delivery).await.unwrap().into_inner(), first);
            }
        }
        world.verify().await.unwrap();
        shutdown.tell();
    }
}
