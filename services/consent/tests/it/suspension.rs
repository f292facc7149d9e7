//! Suspending, resuming and throwing away.

use std::time::Duration;

use consent::offline::SignatureKind;
use proto::consent::v1::{
    AgreementState, DeleteAgreementRequest, ResumeAgreementRequest, SuspendAgreementRequest,
};
use testkit::Party as Caller;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{self, reasons, refusal};

#[tokio::test]
async fn a_suspended_agreement_refuses_until_who_suspended_has_resumed() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.clock.advance(Duration::from_secs(60));
        let suspended = world.suspend(&active, Caller::Ggd).await.unwrap();
        assert_eq!(suspended.state(), AgreementState::Suspended, "{}", world.kind);
        assert_eq!(suspended.signatures.last().unwrap().kind(), proto::consent::v1::SignatureKind::Suspend);
        assert_eq!(reasons(&world.decide(world.request(&active.name)).await), ["AGREEMENT_SUSPENDED"]);

        let status = world.resume(&active, Caller::Weller).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        assert!(status.message().contains(Caller::Ggd.oin()), "{}", status.message());
        let metadata = status.get_error_details().error_info().unwrap().metadata.clone();
        assert_eq!(
            (metadata["state"].as_str(), metadata["suspended_by"].as_str()),
            ("SUSPENDED", Caller::Ggd.oin())
        );
        assert!(!metadata.contains_key("needed"), "it is in the state that is needed: {metadata:?}");

        // Beside the other's: both have to resume.
        let both = world.suspend(&active, Caller::Weller).await.unwrap();
        assert_eq!((both.state(), both.update_time), (AgreementState::Suspended, suspended.update_time));
        let one = world.resume(&active, Caller::Ggd).await.unwrap();
        assert_eq!(one.state(), AgreementState::Suspended);
        world.clock.advance(Duration::from_secs(60));
        let resumed = world.resume(&active, Caller::Weller).await.unwrap();
        assert_eq!(resumed.state(), AgreementState::Active);
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap(), resumed);
        assert!(world.decide(world.request(&active.name)).await.permitted);

        let summaries: Vec<_> =
            world.entries(Caller::Ggd).await.into_iter().map(|entry| entry.summary_nl).collect();
        assert!(summaries.iter().any(|text| text.ends_with(" opgeschort.")), "{summaries:?}");
        assert!(summaries.iter().any(|text| text.ends_with("houdt de afspraak opgeschort.")));
        assert!(summaries.iter().any(|text| text.ends_with("hervat. De afspraak is nu actief.")));
    }
}

#[tokio::test]
async fn any_party_revokes_a_suspended_agreement_and_that_is_final() {
    for world in world::worlds().await {
        for by in [Caller::Ggd, Caller::Weller] {
            let active = world.active().await;
            world.suspend(&active, Caller::Ggd).await.unwrap();
            let revoked = world.revoke(&active, by).await.unwrap();
            assert_eq!(revoked.state(), AgreementState::Revoked, "{}", world.kind);
            let status = world.resume(&active, Caller::Ggd).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
            let details = status.get_error_details();
            let metadata = &details.error_info().unwrap().metadata;
            assert_eq!((metadata["state"].as_str(), metadata["needed"].as_str()), ("REVOKED", "SUSPENDED"));
            let dutch = &details.localized_message().unwrap().message;
            assert!(dutch.contains("is ingetrokken:") && dutch.contains("Wat wel kan:"), "{dutch}");
        }
    }
}

#[tokio::test]
async fn a_suspend_that_was_placed_before_does_not_suspend_again() {
    for world in world::worlds().await {
        let active = world.active().await;
        let jws = world.jws(&active, SignatureKind::Suspend, Caller::Ggd);
        let suspended = world.suspend_with(&active, Caller::Ggd, jws.clone()).await.unwrap();
        let again = world.suspend_with(&active, Caller::Ggd, jws.clone()).await.unwrap();
        assert_eq!(again, suspended, "it stands already");
        world.clock.advance(Duration::from_secs(2));
        let resumed = world.resume(&active, Caller::Ggd).await.unwrap();
        let changes = world.changes(Caller::Ggd).await;
        let status = world.suspend_with(&active, Caller::Ggd, jws).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()));
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap(), resumed, "{}", world.kind);
        assert_eq!(world.changes(Caller::Ggd).await, changes);
        world.suspend(&active, Caller::Ggd).await.unwrap();
    }
}

#[tokio::test]
async fn a_repeated_suspend_or_resume_is_answered_the_same() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut ggd = world.agreements(Caller::Ggd);
        let jws = world.jws(&active, SignatureKind::Suspend, Caller::Ggd);
        let request_id = "0190163d-8694-739b-aea5-966c26f8ad01".to_owned();
        let suspend = SuspendAgreementRequest { name: active.name.clone(), jws, request_id };
        let suspended = ggd.suspend_agreement(suspend.clone()).await.unwrap().into_inner();
        let jws = world.jws(&active, SignatureKind::Resume, Caller::Ggd);
        let request_id = "0190163d-8694-739b-aea5-966c26f8ad02".to_owned();
        let resume = ResumeAgreementRequest { name: active.name.clone(), jws, request_id };
        let resumed = ggd.resume_agreement(resume.clone()).await.unwrap().into_inner();
        assert_eq!(ggd.suspend_agreement(suspend).await.unwrap().into_inner(), suspended, "{}", world.kind);
        assert_eq!(ggd.resume_agreement(resume).await.unwrap().into_inner(), resumed);
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap().state(), AgreementState::Active);
    }
}

#[tokio::test]
async fn a_draft_is_thrown_away_by_its_provider_and_stays_in_the_ledger() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        let delete = |etag: &str| DeleteAgreementRequest {
            name: draft.name.clone(),
            etag: etag.to_owned(),
            request_id: "0190163d-8694-739b-aea5-966c26f8ad03".to_owned(),
        };
        let mut weller = world.agreements(Caller::Weller);
        let status = world.agreements(Caller::Ggd).delete_agreement(delete("")).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let other = DeleteAgreementRequest { request_id: String::new(), ..delete("\"other\"") };
        let status = weller.delete_agreement(other).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Aborted, "ETAG_MISMATCH".to_owned()));

        weller.delete_agreement(delete(&draft.etag)).await.unwrap();
        weller.delete_agreement(delete(&draft.etag)).await.unwrap();
        assert!(world.get(&draft.name, Caller::Weller).await.is_err(), "{}", world.kind);
        let status = world.get(&draft.name, Caller::PrivacyOfficer).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        let entries = world.entries(Caller::Weller).await;
        assert_eq!(entries.len(), 2);
        assert!(entries[1].summary_nl.ends_with("als concept verwijderd."), "{}", entries[1].summary_nl);
        assert!(entries.iter().all(|entry| entry.agreement == draft.name && entry.agreement_sequence == 0));
        assert!(world.entries(Caller::Ggd).await.is_empty());
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_draft_whose_last_day_went_by_is_thrown_away_too() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        world.clock.advance(std::time::Duration::from_secs(8 * 86400));
        let expired = world.get(&draft.name, Caller::Weller).await.unwrap();
        assert_eq!(expired.state(), AgreementState::Expired, "{}", world.kind);
        let delete = DeleteAgreementRequest { name: draft.name.clone(), ..Default::default() };
        world.agreements(Caller::Weller).delete_agreement(delete).await.unwrap();
        assert!(world.get(&draft.name, Caller::Weller).await.is_err(), "{}", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_proposed_cannot_be_deleted() {
    for world in world::worlds().await {
        for agreement in [world.proposed().await, world.active().await] {
            let delete = DeleteAgreementRequest { name: agreement.name.clone(), ..Default::default() };
            let status = world.agreements(Caller::Weller).delete_agreement(delete).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
            assert_eq!(
                world.get(&agreement.name, Caller::Weller).await.unwrap(),
                agreement,
                "{}",
                world.kind
            );
        }
    }
}

#[tokio::test]
async fn what_was_resumed_too_often_can_still_be_seen_and_stopped() {
    for world in world::worlds().await {
        let active = world.active().await;
        for _ in 0..20 {
            world.clock.advance(Duration::from_secs(1));
            world.suspend(&active, Caller::Ggd).await.unwrap();
            world.resume(&active, Caller::Ggd).await.unwrap();
        }
        world.clock.advance(Duration::from_secs(1));
        world.suspend(&active, Caller::Ggd).await.unwrap();
        let status = world.resume(&active, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()), "{}", world.kind);
        let metadata = status.get_details_error_info().unwrap().metadata;
        assert_eq!((metadata["state"].as_str(), metadata.get("needed")), ("SUSPENDED", None));
        let said = status.get_details_localized_message().unwrap().message;
        assert!(said.contains("20 keer") && said.contains("nieuwe afspraak"), "{said}");

        world.suspend(&active, Caller::Weller).await.unwrap();
        let seen = world.get(&active.name, Caller::Weller).await.unwrap();
        assert_eq!((seen.state(), seen.signatures.len()), (AgreementState::Suspended, 44));
        let revoked = world.revoke(&active, Caller::Weller).await.unwrap();
        assert_eq!(revoked.state(), AgreementState::Revoked);
        world.verify().await.unwrap();
    }
}
