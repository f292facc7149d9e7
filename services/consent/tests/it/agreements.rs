//! The life of an agreement.

use std::sync::atomic::Ordering;
use std::time::Duration;

use consent::offline::{self, SignatureKind};
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{self, World, fields, refusal};

#[tokio::test]
async fn an_agreement_lives_from_draft_to_revoked() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        assert_eq!(draft.state(), AgreementState::Draft, "{}", world.kind);
        let content = draft.content.clone().unwrap();
        assert_eq!(content.provider.unwrap().display_name, "Weller");
        assert_eq!(content.recipients[0].display_name, "GGD Zuid-Limburg");
        offline::check_content(&draft.content_json, &draft.content_hash).unwrap();
        offline::check_text(&draft.content_json, &draft.text_nl).unwrap();
        assert!(draft.text_nl.contains("Vroegsignalering van betalingsachterstanden"));

        let request = ProposeAgreementRequest {
            name: draft.name.clone(),
            etag: draft.etag.clone(),
            ..Default::default()
        };
        let proposed =
            world.agreements(Caller::Weller).propose_agreement(request).await.unwrap().into_inner();
        assert_eq!(proposed.state(), AgreementState::Proposed);
        assert_ne!(proposed.etag, draft.etag);
        assert_eq!(proposed.content_hash, draft.content_hash);

        let half = world.accept(&proposed, Caller::Weller).await.unwrap();
        assert_eq!((half.state(), half.signatures.len()), (AgreementState::Proposed, 1));
        let again = world.accept(&proposed, Caller::Weller).await.unwrap();
        assert_eq!(again, half);
        let active = world.accept(&proposed, Caller::Ggd).await.unwrap();
        assert_eq!((active.state(), active.signatures.len()), (AgreementState::Active, 2));
        assert_eq!(world.accept(&proposed, Caller::Ggd).await.unwrap(), active);

        world.clock.advance(Duration::from_secs(60));
        let revoked = world.revoke(&active, Caller::Ggd).await.unwrap();
        assert_eq!((revoked.state(), revoked.signatures.len()), (AgreementState::Revoked, 3));
        assert_ne!(revoked.update_time, active.update_time);
        assert_eq!(world.get(&active.name, Caller::Weller).await.unwrap(), revoked);
        let kinds: Vec<_> = revoked.signatures.iter().map(|placed| placed.kind().as_str_name()).collect();
        assert_eq!(kinds, ["SIGNATURE_KIND_ACCEPT", "SIGNATURE_KIND_ACCEPT", "SIGNATURE_KIND_REVOKE"]);

        let status = world.revoke(&active, Caller::Weller).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
    }
}

#[tokio::test]
async fn a_rejected_proposal_is_final() {
    for world in world::worlds().await {
        let proposed = world.proposed().await;
        let jws = world.jws(&proposed, SignatureKind::Reject, Caller::Ggd);
        let request = RejectAgreementRequest { name: proposed.name.clone(), jws, request_id: String::new() };
        let rejected = world.agreements(Caller::Ggd).reject_agreement(request).await.unwrap().into_inner();
        assert_eq!(rejected.state(), AgreementState::Rejected);
        let status = world.accept(&proposed, Caller::Weller).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
    }
}

#[tokio::test]
async fn an_agreement_expires_by_the_clock() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.clock.advance(Duration::from_millis(2));
        let draft = world.create(world::content()).await;
        // From noon on 23 November to midnight after 30 November, Dutch time.
        world.clock.advance(Duration::from_millis((7 * 86400 + 11 * 3600) * 1000 - 3));
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap().state(), AgreementState::Active);
        world.clock.advance(Duration::from_millis(1));
        let expired = world.get(&active.name, Caller::Ggd).await.unwrap();
        assert_eq!(expired.state(), AgreementState::Expired);
        assert_ne!(expired.etag, active.etag);
        let status = world.revoke(&active, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        assert_eq!(listed(&world, Caller::Weller, AgreementState::Expired).await, [draft.name, active.name]);
        assert!(listed(&world, Caller::Weller, AgreementState::Active).await.is_empty());
    }
}

async fn listed(world: &World, by: Caller, state: AgreementState) -> Vec<String> {
    let request = ListAgreementsRequest { state: state.into(), ..Default::default() };
    let answer = world.agreements(by).list_agreements(request).await.unwrap().into_inner();
    answer.agreements.into_iter().map(|agreement| agreement.name).collect()
}

#[tokio::test]
async fn parties_list_their_agreements_and_the_privacy_officer_all() {
    for world in world::worlds().await {
        let mut names = Vec::new();
        for _ in 0..3 {
            names.insert(0, world.create(world::content()).await.name);
            world.clock.advance(Duration::from_millis(2));
        }
        let all = AgreementState::Unspecified;
        assert_eq!(listed(&world, Caller::Weller, all).await, names, "{}", world.kind);
        assert!(listed(&world, Caller::Ggd, all).await.is_empty(), "drafts are for their provider");
        let propose = ProposeAgreementRequest { name: names[1].clone(), ..Default::default() };
        world.agreements(Caller::Weller).propose_agreement(propose).await.unwrap();
        assert_eq!(listed(&world, Caller::Ggd, all).await, names[1..2]);
        assert_eq!(listed(&world, Caller::PrivacyOfficer, all).await, names);
        assert!(listed(&world, Caller::WonenZuid, all).await.is_empty());
        assert!(listed(&world, Caller::Weller, AgreementState::Active).await.is_empty());

        let mut client = world.agreements(Caller::Weller);
        let first = ListAgreementsRequest { page_size: 2, ..Default::default() };
        let first = client.list_agreements(first).await.unwrap().into_inner();
        assert_eq!(first.agreements.len(), 2);
        let second = ListAgreementsRequest {
            page_size: 2,
            page_token: first.next_page_token.clone(),
            ..Default::default()
        };
        let second = client.list_agreements(second).await.unwrap().into_inner();
        assert_eq!(
            (second.agreements[0].name.as_str(), second.next_page_token.as_str()),
            (names[2].as_str(), "")
        );
        let other =
            ListAgreementsRequest { state: 3, page_token: first.next_page_token, ..Default::default() };
        assert_eq!(refusal(&client.list_agreements(other).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
        for wrong in [
            ListAgreementsRequest { page_size: -1, ..Default::default() },
            ListAgreementsRequest { state: 99, ..Default::default() },
        ] {
            assert_eq!(client.list_agreements(wrong).await.unwrap_err().code(), Code::InvalidArgument);
        }
    }
}

#[tokio::test]
async fn a_draft_is_for_its_provider_and_the_privacy_officer() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        let status = world.get(&draft.name, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let status = world.accept(&draft, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        assert!(world.entries(Caller::Ggd).await.is_empty(), "{}", world.kind);
        for by in [Caller::Weller, Caller::PrivacyOfficer] {
            assert_eq!(world.get(&draft.name, by).await.unwrap(), draft);
            assert_eq!(listed(&world, by, AgreementState::Draft).await, std::slice::from_ref(&draft.name));
            assert_eq!(world.entries(by).await.len(), 1);
        }
        // It stays so when it expires without ever being proposed.
        world.clock.advance(Duration::from_secs(8 * 86400));
        assert!(world.get(&draft.name, Caller::Ggd).await.is_err());
        assert!(listed(&world, Caller::Ggd, AgreementState::Expired).await.is_empty());
        assert_eq!(listed(&world, Caller::Weller, AgreementState::Expired).await, [draft.name]);
    }
}

#[tokio::test]
async fn an_agreement_of_more_than_64_kib_is_refused() {
    for world in world::worlds().await {
        let with_areas = |length: usize| {
            let mut content = world::content();
            content.scope.as_mut().unwrap().areas =
                (0..1000).map(|number| format!("areas/{number:0length$}")).collect();
            CreateAgreementRequest { content: Some(content), request_id: String::new() }
        };
        let mut weller = world.agreements(Caller::Weller);
        let status = weller.create_agreement(with_areas(90)).await.unwrap_err();
        assert_eq!(fields(&status), ["content"], "{}", world.kind);
        assert!(world.entries(Caller::Weller).await.is_empty());
        weller.create_agreement(with_areas(20)).await.unwrap();
    }
}

#[tokio::test]
async fn who_is_no_party_gets_the_same_answer_as_for_nothing() {
    for world in world::worlds().await {
        let agreement = world.proposed().await;
        let nothing = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";
        for name in [agreement.name.as_str(), nothing, "agreements/x"] {
            let status = world.get(name, Caller::WonenZuid).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
            assert_eq!(
                status.message(),
                format!("{name} belongs to another organisation, or does not exist")
            );
        }
        assert_eq!(world.get(&agreement.name, Caller::PrivacyOfficer).await.unwrap(), agreement);
        assert_eq!(world.get(nothing, Caller::PrivacyOfficer).await.unwrap_err().code(), Code::NotFound);
        let malformed = world.get("areas/x", Caller::Ggd).await.unwrap_err();
        assert_eq!(fields(&malformed), ["name"]);
    }
}

#[tokio::test]
async fn only_the_provider_proposes_and_only_what_it_read() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        let propose = |etag: &str| ProposeAgreementRequest {
            name: draft.name.clone(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let status = world.agreements(Caller::Ggd).propose_agreement(propose("")).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let mut weller = world.agreements(Caller::Weller);
        let status = weller.propose_agreement(propose("\"other\"")).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        weller.propose_agreement(propose(&draft.etag)).await.unwrap();
        let status = weller.propose_agreement(propose("")).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        assert_eq!(world.entries(Caller::Weller).await.len(), 2, "refusals enter nothing");
    }
}

#[tokio::test]
async fn wrong_terms_are_all_named_and_nothing_is_stored() {
    for world in world::worlds().await {
        let mut content = world::content();
        content.provider = Some(Party { oin: Caller::Ggd.oin().to_owned(), display_name: String::new() });
        content
            .recipients
            .push(Party { oin: "00000099000000009999".to_owned(), display_name: String::new() });
        content.purpose = "purposes/alles".to_owned();
        content.legal_basis = 77;
        content.protection =
            Some(Protection { minimum_count: 1, protect_zeros: false, ..Default::default() });
        content.valid_until = "2026-11-22".to_owned();
        let create = |content| CreateAgreementRequest { content, request_id: String::new() };
        let mut weller = world.agreements(Caller::Weller);
        let status = weller.create_agreement(create(Some(content))).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        assert_eq!(
            fields(&status),
            [
                "content.provider.oin",
                "content.recipients[1].oin",
                "content.purpose",
                "content.legal_basis",
                "content.protection.minimum_count",
                "content.valid_until"
            ]
        );
        assert_eq!(weller.create_agreement(create(None)).await.unwrap_err().code(), Code::InvalidArgument);
        assert!(listed(&world, Caller::Weller, AgreementState::Unspecified).await.is_empty());
        assert!(world.entries(Caller::Weller).await.is_empty());
    }
}

#[tokio::test]
async fn of_a_field_with_a_closed_list_it_is_told_which_values_there_are() {
    /// Every value of an enum but the first, which stands for none.
    fn values<E: TryFrom<i32>>(name: fn(&E) -> &'static str) -> String {
        let all = (1..).map_while(|number| E::try_from(number).ok());
        all.map(|value| name(&value)).collect::<Vec<_>>().join(", ")
    }
    let expected = [
        ("content.legal_basis", values(LegalBasis::as_str_name)),
        (
            "content.scope.area_level",
            "COUNTRY, REGION, MUNICIPALITY, DISTRICT, NEIGHBOURHOOD, PROGRAMME_AREA, BENCHMARK".to_owned(),
        ),
        ("content.protection.preset", values(Preset::as_str_name)),
        ("content.deliveries[0]", values(Delivery::as_str_name)),
        ("content.onward_sharing", values(OnwardSharing::as_str_name)),
    ];
    for world in world::worlds().await {
        let mut wrong =
            AgreementContent { legal_basis: 0, deliveries: vec![99], onward_sharing: 99, ..world::content() };
        wrong.scope.as_mut().unwrap().area_level = "BUURT".to_owned();
        wrong.protection.as_mut().unwrap().preset = 99;
        let request = CreateAgreementRequest { content: Some(wrong), request_id: String::new() };
        let status = world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err();
        let details = status.get_error_details();
        let found = &details.bad_request().unwrap().field_violations;
        assert_eq!(found.len(), expected.len(), "{} {found:?}", world.kind);
        for (violation, (field, values)) in found.iter().zip(&expected) {
            assert_eq!(violation.field, *field);
            let said = format!("kent; verwacht wordt een van {values}");
            assert!(violation.description.ends_with(&said), "{violation:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_drafted_or_signed_when_organisations_cannot_be_looked_up() {
    for world in world::worlds().await {
        let proposed = world.proposed().await;
        world.organisations.down.store(true, Ordering::SeqCst);
        let create = CreateAgreementRequest { content: Some(world::content()), request_id: String::new() };
        let status = world.agreements(Caller::Weller).create_agreement(create).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        let status = world.accept(&proposed, Caller::Ggd).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(world.get(&proposed.name, Caller::Ggd).await.unwrap(), proposed);
    }
}

#[tokio::test]
async fn drafting_asks_for_the_names_of_all_parties_in_one_question() {
    for world in world::worlds().await {
        let mut content = world::content();
        content.recipients.push(Party { oin: Caller::WonenZuid.oin().to_owned(), ..Default::default() });
        let draft = world.create(content).await;
        let recipients = &draft.content.as_ref().unwrap().recipients;
        let names: Vec<_> = recipients.iter().map(|party| party.display_name.as_str()).collect();
        assert_eq!(names, ["GGD Zuid-Limburg", "Wonen Zuid"], "{}", world.kind);
        assert_eq!(world.organisations.named.load(Ordering::SeqCst), 1);
    }
}
