//! One agreement taking the place of another.

use std::time::Duration;

use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::Code;
use tonic_types::StatusExt;

use crate::seams::OTHER_DATASET;
use crate::world::{self, World, fields, reasons, refusal};

fn replacing(old: &Agreement) -> AgreementContent {
    AgreementContent {
        replaces: old.name.clone(),
        retention_months: 6,
        valid_until: "2027-11-30".to_owned(),
        ..world::content()
    }
}

async fn proposed(world: &World, old: &Agreement) -> Agreement {
    world.propose(&world.create(replacing(old)).await).await
}

async fn refused(world: &World, content: AgreementContent) {
    let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
    let status = world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err();
    assert_eq!(fields(&status), ["content.replaces"], "{} {status:?}", world.kind);
}

async fn state(world: &World, agreement: &Agreement) -> AgreementState {
    world.get(&agreement.name, Caller::Weller).await.unwrap().state()
}

#[tokio::test]
async fn the_new_agreement_takes_over_when_all_have_signed() {
    for world in world::worlds().await {
        let old = world.active().await;
        let new = proposed(&world, &old).await;
        assert_eq!(new.content.as_ref().unwrap().replaces, old.name);
        assert!(new.text_nl.contains(&format!("in de plaats van {}.", old.name)));
        world.accept(&new, Caller::Weller).await.unwrap();
        assert_eq!(state(&world, &old).await, AgreementState::Active, "{}", world.kind);
        world.clock.advance(Duration::from_secs(1));
        let active = world.accept(&new, Caller::Ggd).await.unwrap();
        assert_eq!((active.state(), active.replaced_by.as_str()), (AgreementState::Active, ""));
        let replaced = world.get(&old.name, Caller::Ggd).await.unwrap();
        assert_eq!(replaced.state(), AgreementState::Replaced);
        assert_eq!((&replaced.replaced_by, &replaced.update_time), (&new.name, &active.update_time));
        assert_ne!(replaced.etag, old.etag);

        let refusal = world.decide(world.request(&old.name)).await;
        assert_eq!(reasons(&refusal), ["AGREEMENT_REPLACED"]);
        assert_eq!(refusal.reasons[0].metadata["replaced_by"], new.name);
        assert!(refusal.reasons[0].message_nl.contains(&new.name));
        assert!(world.decide(world.request(&new.name)).await.permitted);

        // Both are in the ledger, as one exchange, each in its own row of numbers.
        let entries = world.entries(Caller::Ggd).await;
        let signed = entries.iter().rfind(|entry| entry.summary_nl.contains("ondertekend")).unwrap();
        let over = entries.iter().find(|entry| entry.summary_nl.contains("vervangen door")).unwrap();
        assert_eq!((&signed.agreement, signed.agreement_sequence), (&new.name, 3));
        assert_eq!((&over.agreement, over.agreement_sequence), (&old.name, 4));
        assert_eq!(signed.transaction_id, over.transaction_id);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn an_agreement_that_is_suspended_or_expired_is_replaced_for_good() {
    for world in world::worlds().await {
        let old = world.active().await;
        world.suspend(&old, Caller::Ggd).await.unwrap();
        let new = proposed(&world, &old).await;
        world.accept(&new, Caller::Weller).await.unwrap();
        world.accept(&new, Caller::Ggd).await.unwrap();
        assert_eq!(state(&world, &old).await, AgreementState::Replaced, "{}", world.kind);

        let old = world.active().await;
        world.clock.advance(Duration::from_secs(8 * 86400));
        assert_eq!(state(&world, &old).await, AgreementState::Expired);
        let new = proposed(&world, &old).await;
        world.accept(&new, Caller::Weller).await.unwrap();
        world.accept(&new, Caller::Ggd).await.unwrap();
        let over = world.get(&old.name, Caller::Ggd).await.unwrap();
        assert_eq!(
            (over.state(), &over.replaced_by),
            (AgreementState::Replaced, &new.name),
            "{}",
            world.kind
        );
        assert_eq!(over.update_time, world.get(&new.name, Caller::Ggd).await.unwrap().update_time);
        let refusal = world.decide(world.request(&old.name)).await;
        assert_eq!(world::reasons(&refusal)[0], "AGREEMENT_REPLACED", "{}", world.kind);
        refused(&world, replacing(&old)).await;
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn only_what_was_in_force_between_the_same_parties_can_be_replaced() {
    for world in world::worlds().await {
        let old = world.active().await;
        let mut more = replacing(&old);
        let oin = Caller::WonenZuid.oin().to_owned();
        more.recipients.push(Party { oin, display_name: String::new() });
        refused(&world, more).await;
        let nothing = "agreements/0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        for wrong in [nothing, "agreements/x".to_owned()] {
            refused(&world, AgreementContent { replaces: wrong, ..world::content() }).await;
        }
        for other in [world.create(world::content()).await, world.proposed().await] {
            refused(&world, replacing(&other)).await;
        }
        world.revoke(&old, Caller::Ggd).await.unwrap();
        refused(&world, replacing(&old)).await;
        // Of another provider, though a party may see it.
        let oin = Caller::WonenZuid.oin().to_owned();
        let recipients = vec![Party { oin, display_name: String::new() }];
        let theirs = AgreementContent { recipients, ..world::content() };
        let theirs = world.propose(&world.create(theirs).await).await;
        let mut content = replacing(&theirs);
        OTHER_DATASET.clone_into(&mut content.scope.as_mut().unwrap().dataset);
        let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
        let status = world.agreements(Caller::WonenZuid).create_agreement(request).await.unwrap_err();
        assert_eq!(fields(&status), ["content.replaces"], "{}", world.kind);
    }
}

#[tokio::test]
async fn the_last_signature_is_refused_when_the_old_one_is_gone() {
    for world in world::worlds().await {
        let old = world.active().await;
        let (first, second, third) =
            (proposed(&world, &old).await, proposed(&world, &old).await, world.active().await);
        for new in [&first, &second] {
            world.accept(new, Caller::Weller).await.unwrap();
        }
        world.accept(&first, Caller::Ggd).await.unwrap();
        let before = world.changes(Caller::Ggd).await;
        let status = world.accept(&second, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((&info.metadata["resource"], info.metadata["state"].as_str()), (&old.name, "REPLACED"));
        assert!(details.localized_message().unwrap().message.contains("Wat wel kan: wijs dit voorstel af"));
        assert_eq!(state(&world, &second).await, AgreementState::Proposed, "{}", world.kind);
        assert_eq!(world.changes(Caller::Ggd).await, before);

        let new = proposed(&world, &third).await;
        world.accept(&new, Caller::Ggd).await.unwrap();
        world.revoke(&third, Caller::Ggd).await.unwrap();
        let status = world.accept(&new, Caller::Weller).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
    }
}

#[tokio::test]
async fn nobody_signs_what_can_never_take_the_place_of_what_it_replaces_though_others_have_to_sign_too() {
    for world in world::worlds().await {
        let old = world.active().await;
        let new = proposed(&world, &old).await;
        world.revoke(&old, Caller::Ggd).await.unwrap();
        for by in [Caller::Weller, Caller::Ggd] {
            let status = world.accept(&new, by).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()), "{by:?}");
        }
        assert!(world.get(&new.name, Caller::Ggd).await.unwrap().signatures.is_empty(), "{}", world.kind);
        // What is damaged may be put right.
        let old = world.active().await;
        let new = proposed(&world, &old).await;
        let id = old.name.strip_prefix("agreements/").unwrap();
        let damage = format!("UPDATE agreement SET state = 'x' WHERE id = '{id}'");
        world.test.database.pool().execute_unprepared(&damage).await.unwrap();
        world.accept(&new, Caller::Weller).await.unwrap();
    }
}

#[tokio::test]
async fn an_agreement_in_force_is_not_replaced_by_one_that_holds_later() {
    for world in world::worlds().await {
        let old = world.active().await;
        let later =
            |valid_from: &str| AgreementContent { valid_from: valid_from.to_owned(), ..replacing(&old) };
        let content = Some(later("2026-11-25"));
        let request = CreateAgreementRequest { content, request_id: String::new() };
        let status = world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err();
        assert_eq!(fields(&status), ["content.valid_from"], "{}", world.kind);
        assert!(status.message().contains("2026-11-25"), "{}", status.message());
        let new = world.propose(&world.create(later("2026-11-23")).await).await;
        world.accept(&new, Caller::Weller).await.unwrap();
        world.accept(&new, Caller::Ggd).await.unwrap();
        assert_eq!(state(&world, &old).await, AgreementState::Replaced, "{}", world.kind);
        assert!(world.decide(world.request(&new.name)).await.permitted, "there is no day without one");
    }
}

#[tokio::test]
async fn of_a_revoke_and_the_last_signature_at_once_one_wins() {
    for world in world::worlds().await {
        let (mut revoked, mut replaced) = (0, 0);
        for round in 0..8 {
            let old = world.active().await;
            let new = proposed(&world, &old).await;
            world.accept(&new, Caller::Weller).await.unwrap();
            let accept = async {
                if round % 2 == 0 {
                    tokio::task::yield_now().await;
                }
                world.accept(&new, Caller::Ggd).await
            };
            let (signed, ended) = tokio::join!(accept, world.revoke(&old, Caller::Weller));
            let (old, new) = (state(&world, &old).await, state(&world, &new).await);
            match (signed.is_ok(), ended.is_ok()) {
                (true, false) => {
                    replaced += 1;
                    assert_eq!((old, new), (AgreementState::Replaced, AgreementState::Active));
                }
                (false, true) => {
                    revoked += 1;
                    assert_eq!((old, new), (AgreementState::Revoked, AgreementState::Proposed));
                }
                both => panic!("{} {both:?} {signed:?} {ended:?}", world.kind),
            }
        }
        assert_eq!(revoked + replaced, 8, "{}", world.kind);
    }
}

#[tokio::test]
async fn of_two_replacements_at_once_one_wins() {
    for world in world::worlds().await {
        let old = world.active().await;
        let (one, other) = (proposed(&world, &old).await, proposed(&world, &old).await);
        for new in [&one, &other] {
            world.accept(new, Caller::Weller).await.unwrap();
        }
        let (first, second) =
            tokio::join!(world.accept(&one, Caller::Ggd), world.accept(&other, Caller::Ggd));
        assert_ne!(first.is_ok(), second.is_ok(), "{}", world.kind);
        let winner = if first.is_ok() { &one } else { &other };
        assert_eq!(world.get(&old.name, Caller::Ggd).await.unwrap().replaced_by, winner.name);
        let states = [state(&world, &one).await, state(&world, &other).await];
        assert_eq!(states.iter().filter(|state| **state == AgreementState::Active).count(), 1);
    }
}

#[tokio::test]
async fn who_is_no_party_to_a_damaged_agreement_hears_nothing_of_that_when_it_signs_what_replaces_it() {
    for world in world::worlds().await {
        for listed in [true, false] {
            let old = world.active().await;
            let new = proposed(&world, &old).await;
            world.accept(&new, Caller::Weller).await.unwrap();
            let id = old.name.strip_prefix("agreements/").unwrap();
            let run = async |sql: String| world.test.database.pool().execute_unprepared(&sql).await.unwrap();
            run(format!("UPDATE agreement SET state = 'x' WHERE id = '{id}'")).await;
            if !listed {
                let own = Caller::Ggd.oin();
                run(format!("DELETE FROM agreement_party WHERE agreement = '{id}' AND oin = '{own}'")).await;
            }
            let refused = world.accept(&new, Caller::Ggd).await.unwrap_err();
            let (code, reason) = if listed {
                (Code::DataLoss, "AGREEMENT_DAMAGED")
            } else {
                (Code::FailedPrecondition, "WRONG_STATE")
            };
            assert_eq!(refusal(&refused), (code, reason.to_owned()), "{}", world.kind);
            let facts = refused.get_error_details().error_info().unwrap().metadata.clone();
            assert!(listed || !facts.contains_key("state"), "{} {facts:?}", world.kind);
            assert!(listed || refused.message().starts_with(&new.name), "{refused:?}");
        }
    }
}
