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

/// What says of an agreement that it is damaged: the last entry about it, all of them, its content and its row.
fn damages(id: &str) -> Vec<String> {
    let last = format!("(SELECT MAX(position) FROM ledger_entry WHERE agreement = '{id}')");
    let hash = format!("(SELECT content_hash FROM agreement WHERE id = '{id}')");
    vec![
        format!("UPDATE ledger_entry SET header_json = '{{}}' WHERE position = {last}"),
        format!("UPDATE ledger_entry SET leaf_hash = 'x' WHERE agreement = '{id}'"),
        format!("UPDATE agreement_content SET content_json = '{{}}' WHERE content_hash = {hash}"),
        format!("UPDATE agreement SET state = 'x' WHERE id = '{id}'"),
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
            let damage = &damages(agreement.name.strip_prefix("agreements/").unwrap())[number];
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
                assert_eq!(decided.ledger_entry.is_empty(), by == Caller::Ggd, "{} {damage}", world.kind);
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
            if let Err(refused) = world.revoke(&agreement, Caller::Ggd).await {
                let expected = (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned());
                assert_eq!(refusal(&refused), expected, "{} {damage}", world.kind);
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
        for damage in damages(agreement.name.strip_prefix("agreements/").unwrap()) {
            world.test.database.pool().execute_unprepared(&damage).await.unwrap();
            let damaged = draft().await;
            assert_eq!((damaged.message(), fields(&damaged)), (sound.message(), fields(&sound)), "{damage}");
        }
    }
}
