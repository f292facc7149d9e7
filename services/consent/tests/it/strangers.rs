//! Who is no party to an agreement hears the same of it whatever became of its rows, as of one that is not there.

use platform::upstream::Vouched;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::world::{self, World, fields, reasons, refusal};

const NOBODYS: &str = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";

fn receipts(world: &World, by: Caller) -> RevocationServiceClient<Vouched> {
    RevocationServiceClient::new(world.service.called_as(by))
}

/// What a caller hears who asks all that can be asked of an agreement.
async fn heard(world: &World, name: &str, by: Caller) -> Vec<Status> {
    let name = name.to_owned();
    let (mut agreements, mut receipts) = (world.agreements(by), receipts(world, by));
    let jws = String::new;
    vec![
        agreements.get_agreement(GetAgreementRequest { name: name.clone() }).await.unwrap_err(),
        world
            .accept_with(&Agreement { name: name.clone(), ..Default::default() }, by, jws())
            .await
            .unwrap_err(),
        agreements
            .revoke_agreement(RevokeAgreementRequest { name: name.clone(), jws: jws(), ..Default::default() })
            .await
            .unwrap_err(),
        agreements
            .suspend_agreement(SuspendAgreementRequest {
                name: name.clone(),
                jws: jws(),
                ..Default::default()
            })
            .await
            .unwrap_err(),
        agreements
            .propose_agreement(ProposeAgreementRequest { name: name.clone(), ..Default::default() })
            .await
            .unwrap_err(),
        receipts
            .get_revocation_receipt(GetRevocationReceiptRequest { name: name.clone() })
            .await
            .unwrap_err(),
        receipts.preview_revocation(PreviewRevocationRequest { name: name.clone() }).await.unwrap_err(),
        world.previews(by).preview_agreement(PreviewAgreementRequest { name }).await.unwrap_err(),
    ]
}

/// What says of an agreement that it is damaged, the last entry about it, all of them, its content and its row,
/// and whether a party can still revoke it: that goes by the entries alone.
fn damages(id: &str) -> [(String, bool); 4] {
    let last = format!("(SELECT MAX(position) FROM ledger_entry WHERE agreement = '{id}')");
    let hash = format!("(SELECT content_hash FROM agreement WHERE id = '{id}')");
    [
        (format!("UPDATE ledger_entry SET header_json = '{{}}' WHERE position = {last}"), false),
        (format!("UPDATE ledger_entry SET leaf_hash = 'x' WHERE agreement = '{id}'"), false),
        (format!("UPDATE agreement_content SET content_json = '{{}}' WHERE content_hash = {hash}"), true),
        (format!("UPDATE agreement SET state = 'x' WHERE id = '{id}'"), true),
    ]
}

#[tokio::test]
async fn a_stranger_hears_the_same_of_a_damaged_agreement_as_of_none() {
    for world in world::worlds().await {
        let none: Vec<Code> =
            heard(&world, NOBODYS, Caller::WonenZuid).await.iter().map(Status::code).collect();
        assert_eq!(none, vec![Code::PermissionDenied; none.len()], "{}", world.kind);
        for number in 0..damages("").len() {
            let agreement = world.active().await;
            let (damage, revocable) = &damages(agreement.name.strip_prefix("agreements/").unwrap())[number];
            let sound = heard(&world, &agreement.name, Caller::WonenZuid).await;
            world.test.database.pool().execute_unprepared(damage).await.unwrap();
            let damaged = heard(&world, &agreement.name, Caller::WonenZuid).await;
            for (damaged, sound) in damaged.iter().zip(&sound) {
                let same = (sound.code(), sound.message(), sound.details());
                assert_eq!((damaged.code(), damaged.message(), damaged.details()), same, "{damage}");
            }
            let codes: Vec<Code> = damaged.iter().map(Status::code).collect();
            assert_eq!(codes, none, "{} {damage}", world.kind);
            for (by, why) in [(Caller::WonenZuid, "NOT_A_RECIPIENT"), (Caller::Ggd, "AGREEMENT_DAMAGED")] {
                let asked =
                    DecideRequest { recipient_oin: by.oin().to_owned(), ..world.request(&agreement.name) };
                let decided = world.decide(asked.clone()).await;
                assert_eq!(reasons(&decided), [why], "{} {damage}", world.kind);
                assert!(!decided.ledger_entry.is_empty(), "{} {damage}: it is entered", world.kind);
                let question = ExplainDecisionRequest {
                    agreement: asked.agreement,
                    purpose: asked.purpose,
                    dataset: asked.dataset,
                    system: asked.system,
                    ..Default::default()
                };
                let explained = world.explanations(by).explain_decision(question).await.unwrap().into_inner();
                assert_eq!(explained.reasons, decided.reasons, "{} {damage}", world.kind);
            }
            // A party hears of it.
            let read = world.get(&agreement.name, Caller::Ggd).await.unwrap();
            assert!(read.damaged && read.state() == AgreementState::Unspecified, "{} {damage}", world.kind);
            let revoked = world.revoke(&agreement, Caller::Ggd).await.map(drop);
            let refused = (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned());
            let expected = if *revocable { Ok(()) } else { Err(refused) };
            assert_eq!(revoked.map_err(|status| refusal(&status)), expected, "{} {damage}", world.kind);
        }
    }
}

#[tokio::test]
async fn a_draft_is_none_to_its_recipient_in_a_decision_also_when_it_is_damaged() {
    for world in world::worlds().await {
        for number in 0..=damages("").len() {
            let draft = world.create(world::content()).await;
            if let Some((damage, _)) = damages(draft.name.strip_prefix("agreements/").unwrap()).get(number) {
                world.test.database.pool().execute_unprepared(damage).await.unwrap();
            }
            // Nothing of what is agreed shows, whatever is asked.
            for (purpose, dataset) in [("", ""), ("purposes/x", ""), ("", crate::seams::OTHER_DATASET)] {
                let mut asked = world.request(&draft.name);
                let mut none = world.request(NOBODYS);
                for request in [&mut asked, &mut none] {
                    if !purpose.is_empty() {
                        request.purpose = purpose.to_owned();
                    }
                    if !dataset.is_empty() {
                        (request.dataset, request.release) = (dataset.to_owned(), String::new());
                    }
                }
                let (decided, of_none) = (world.decide(asked.clone()).await, world.decide(none).await);
                assert_eq!(reasons(&decided), ["NOT_A_RECIPIENT"], "{} {number}", world.kind);
                let said = |reason: &Reason| {
                    let mut facts: Vec<_> = reason.metadata.iter().collect();
                    facts.sort();
                    format!("{reason:?} {facts:?}", reason = (&reason.message_nl, &reason.message_en))
                        .replace(&draft.name, NOBODYS)
                };
                let [told, told_of_none]: [Vec<String>; 2] =
                    [&decided, &of_none].map(|answer| answer.reasons.iter().map(said).collect());
                assert_eq!(told, told_of_none, "{} {number}", world.kind);
                assert_eq!(decided.ledger_entry.is_empty(), of_none.ledger_entry.is_empty());
                let question = ExplainDecisionRequest {
                    agreement: asked.agreement,
                    purpose: asked.purpose,
                    dataset: asked.dataset,
                    system: asked.system,
                    ..Default::default()
                };
                let explained = world.explanations(Caller::Ggd).explain_decision(question).await;
                assert_eq!(
                    explained.unwrap().into_inner().reasons,
                    decided.reasons,
                    "{} {number}",
                    world.kind
                );
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_who_would_replace_a_damaged_agreement_hears_that_it_is_none_of_its_own() {
    for world in world::worlds().await {
        let agreement = world.active().await;
        let draft = async || {
            let mut content = world::content();
            content.recipients[0].oin = Caller::Ggd.oin().to_owned();
            content.scope.as_mut().unwrap().dataset = crate::seams::OTHER_DATASET.to_owned();
            content.replaces.clone_from(&agreement.name);
            let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
            world.agreements(Caller::WonenZuid).create_agreement(request).await.unwrap_err()
        };
        let sound = draft().await;
        assert_eq!(fields(&sound), ["content.replaces"], "{}", world.kind);
        for (damage, _) in damages(agreement.name.strip_prefix("agreements/").unwrap()) {
            world.test.database.pool().execute_unprepared(&damage).await.unwrap();
            let damaged = draft().await;
            assert_eq!((damaged.message(), fields(&damaged)), (sound.message(), fields(&sound)), "{damage}");
        }
    }
}
