//! A request that is sent again has its effect once.

use std::time::Duration;

use consent::offline::SignatureKind;
use proto::consent::v1::{
    Agreement, CreateAgreementRequest, ProposeAgreementRequest, RevokeAgreementRequest, SignAgreementRequest,
};
use testkit::Party as Caller;
use tokio::time::timeout;
use tonic::Code;

use crate::world::{self, refusal};

#[tokio::test]
async fn a_repeated_request_is_done_once_and_answered_the_same() {
    for world in world::worlds().await {
        let request_id = "0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        let create =
            CreateAgreementRequest { content: Some(world::content()), request_id: request_id.clone() };
        let mut weller = world.agreements(Caller::Weller);
        let draft = weller.create_agreement(create.clone()).await.unwrap().into_inner();
        world.clock.advance(Duration::from_secs(5));
        assert_eq!(weller.create_agreement(create.clone()).await.unwrap().into_inner(), draft);
        // Also when the same terms would be refused by now.
        world.clock.advance(Duration::from_secs(30 * 86400));
        assert_eq!(weller.create_agreement(create.clone()).await.unwrap().into_inner(), draft);
        let mut other = create;
        other.content.as_mut().unwrap().retention_months = 3;
        let status = weller.create_agreement(other).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
        assert_eq!(world.entries(Caller::Weller).await.len(), 1);
    }
}

#[tokio::test]
async fn repeated_changes_are_done_once_and_answered_the_same() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        let id = |n: u8| format!("0190163d-8694-739b-aea5-966c26f8ad{n:02}");
        let name = draft.name.clone();
        let propose =
            ProposeAgreementRequest { name: name.clone(), etag: draft.etag.clone(), request_id: id(1) };
        let mut weller = world.agreements(Caller::Weller);
        let proposed = weller.propose_agreement(propose.clone()).await.unwrap().into_inner();
        assert_eq!(weller.propose_agreement(propose).await.unwrap().into_inner(), proposed);
        let jws = world.jws(&draft, SignatureKind::Accept, Caller::Weller);
        let sign = SignAgreementRequest { name: name.clone(), jws, request_id: id(2) };
        let signed = weller.sign_agreement(sign.clone()).await.unwrap().into_inner();
        world.accept(&draft, Caller::Ggd).await.unwrap();
        assert_eq!(weller.sign_agreement(sign).await.unwrap().into_inner(), signed, "the answer of then");
        let jws = world.jws(&draft, SignatureKind::Revoke, Caller::Weller);
        let revoke = RevokeAgreementRequest { name, jws, request_id: id(3) };
        let revoked = weller.revoke_agreement(revoke.clone()).await.unwrap().into_inner();
        assert_eq!(weller.revoke_agreement(revoke).await.unwrap().into_inner(), revoked);
        assert_eq!(world.changes(Caller::Weller).await, 5);
    }
}

#[tokio::test]
async fn twenty_at_once_with_one_request_id_are_done_once() {
    for world in world::worlds().await {
        let create = CreateAgreementRequest {
            content: Some(world::content()),
            request_id: "0190163d-8694-739b-aea5-966c26f8ad90".to_owned(),
        };
        let mut tasks = Vec::new();
        for _ in 0..20 {
            let (mut client, request) = (world.agreements(Caller::Weller), create.clone());
            tasks.push(tokio::spawn(async move { client.create_agreement(request).await }));
        }
        let mut drafts: Vec<Agreement> = Vec::new();
        for task in tasks {
            drafts.push(task.await.unwrap().unwrap().into_inner());
        }
        assert!(drafts.windows(2).all(|pair| pair[0] == pair[1]), "{}", world.kind);
        assert_eq!(world.entries(Caller::Weller).await.len(), 1);

        let draft = drafts.remove(0);
        let propose = ProposeAgreementRequest { name: draft.name.clone(), ..Default::default() };
        world.agreements(Caller::Weller).propose_agreement(propose).await.unwrap();
        let sign = SignAgreementRequest {
            name: draft.name.clone(),
            jws: world.jws(&draft, SignatureKind::Accept, Caller::Ggd),
            request_id: "0190163d-8694-739b-aea5-966c26f8ad91".to_owned(),
        };
        let mut tasks = Vec::new();
        for _ in 0..20 {
            let (mut client, request) = (world.agreements(Caller::Ggd), sign.clone());
            tasks.push(tokio::spawn(async move { client.sign_agreement(request).await }));
        }
        let mut signed: Vec<Agreement> = Vec::new();
        for task in tasks {
            signed.push(task.await.unwrap().unwrap().into_inner());
        }
        assert!(signed.windows(2).all(|pair| pair[0] == pair[1]), "{}", world.kind);
        assert_eq!(signed[0].signatures.len(), 1);
        assert_eq!(world.entries(Caller::Weller).await.len(), 3);
    }
}

#[tokio::test]
async fn a_repeated_request_is_answered_while_others_write() {
    for world in world::worlds().await {
        let create = CreateAgreementRequest {
            content: Some(world::content()),
            request_id: "0190163d-8694-739b-aea5-966c26f8ad90".to_owned(),
        };
        let mut weller = world.agreements(Caller::Weller);
        let draft = weller.create_agreement(create.clone()).await.unwrap().into_inner();
        let writing = world.test.database.begin_write().await.unwrap();
        let again = timeout(Duration::from_secs(3), weller.create_agreement(create)).await;
        assert_eq!(again.expect(world.kind).unwrap().into_inner(), draft);
        writing.rollback().await.unwrap();
    }
}
