//! A request that is sent again has its effect once.

use std::time::Duration;

use consent::offline::SignatureKind;
use proto::consent::v1::{
    Agreement, CreateAgreementRequest, ProposeAgreementRequest, RevokeAgreementRequest, SignAgreementRequest,
};
use sea_orm::{ConnectionTrait, Statement};
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

#[tokio::test]
async fn answers_of_more_than_a_day_ago_give_way_to_new_ones_some_at_a_time() {
    for world in world::worlds().await {
        let mut weller = world.agreements(Caller::Weller);
        let mut create = async |number: u32| {
            let request_id = format!("0190163d-8694-739b-aea5-{number:012}");
            let request = CreateAgreementRequest { content: Some(world::content()), request_id };
            weller.create_agreement(request).await.unwrap().into_inner()
        };
        let kept = async || {
            let pool = world.test.database.pool();
            let count = "SELECT COUNT(*) FROM request_log".to_owned();
            let count = Statement::from_string(pool.get_database_backend(), count);
            pool.query_one_raw(count).await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
        };
        let mut first = Vec::new();
        for number in 0..30 {
            first.push(create(number).await);
        }
        let day = Duration::from_secs(86_400);
        world.clock.advance(day);
        create(30).await;
        assert_eq!((kept().await, create(0).await), (31, first.remove(0)), "{}", world.kind);
        world.clock.advance(Duration::from_secs(1));
        for (number, left) in [(31, 12), (32, 3), (33, 4)] {
            create(number).await;
            assert_eq!(kept().await, left, "{}", world.kind);
        }
    }
}
