//! `request_id`: a write is done once, however often it is sent.

use proto::stakeholders::v1::{ListStakeholdersRequest, Stakeholder, UpdateStakeholderRequest};
use testkit::{Party, refusal};
use tonic::Code;

use crate::service::{both, create};

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_has_its_effect_once() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let mut request = create("weller", "Weller", "");
        request.request_id = ID.to_owned();
        let first = programme.create_stakeholder(request.clone()).await.unwrap().into_inner();

        let change = Stakeholder { kind: "corporatie".to_owned(), ..first.clone() };
        let update = UpdateStakeholderRequest {
            stakeholder: Some(change),
            update_mask: None,
            // Another method may use the same id.
            request_id: ID.to_owned(),
        };
        let changed = programme.update_stakeholder(update.clone()).await.unwrap().into_inner();
        // The etag no longer fits, and still the answer is the same.
        let again = programme.update_stakeholder(update).await.unwrap().into_inner();
        assert_eq!(again, changed, "{}", service.kind);
        let again = programme.create_stakeholder(request).await.unwrap().into_inner();
        assert_eq!(again, first, "the answer of then, not the state of now");
    }
}

#[tokio::test]
async fn a_request_id_stands_for_one_request_of_one_caller() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let mut request = create("weller", "Weller", "");
        request.request_id = ID.to_owned();
        programme.create_stakeholder(request.clone()).await.unwrap();
        request.stakeholder_id = "other".to_owned();
        let refused = refusal(programme.create_stakeholder(request).await);
        assert_eq!(refused, (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()), "{}", service.kind);
        let listed = programme.list_stakeholders(ListStakeholdersRequest::default()).await.unwrap();
        assert_eq!(listed.into_inner().stakeholders.len(), 1);
    }
}

#[tokio::test]
async fn a_request_that_failed_can_be_sent_again() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let taken = service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut request = create("ggd", "GGD", Party::Weller.oin());
        request.request_id = ID.to_owned();
        let refused = refusal(programme.create_stakeholder(request.clone()).await);
        assert_eq!(refused.0, Code::AlreadyExists, "{}", service.kind);
        let paths = vec!["oin".to_owned()];
        let release = UpdateStakeholderRequest {
            stakeholder: Some(Stakeholder { oin: String::new(), ..taken }),
            update_mask: Some(prost_types::FieldMask { paths }),
            request_id: String::new(),
        };
        programme.update_stakeholder(release).await.unwrap();
        programme.create_stakeholder(request).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_many_times_at_once_has_one_effect() {
    for service in both().await {
        let mut request = create("weller", "Weller", "");
        request.request_id = ID.to_owned();
        let senders: Vec<_> = (0..8)
            .map(|_| {
                let mut programme = service.called_as(Party::Programme);
                let request = request.clone();
                tokio::spawn(async move { programme.create_stakeholder(request).await.unwrap().into_inner() })
            })
            .collect();
        let mut answers = Vec::new();
        for sender in senders {
            answers.push(sender.await.unwrap());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{}", service.kind);
        let mut anonymous = service.called_as(Party::Anonymous);
        let listed = anonymous.list_stakeholders(ListStakeholdersRequest::default()).await.unwrap();
        assert_eq!(listed.into_inner().stakeholders.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_an_oin_at_once_one_gets_it() {
    for service in both().await {
        let senders: Vec<_> = (0..8)
            .map(|number| {
                let mut programme = service.called_as(Party::Programme);
                let request = create(&format!("claimer{number}"), "Weller", Party::Weller.oin());
                tokio::spawn(async move { programme.create_stakeholder(request).await })
            })
            .collect();
        let mut codes = Vec::new();
        for sender in senders {
            codes.push(sender.await.unwrap().map_or_else(|status| status.code(), |_| Code::Ok));
        }
        assert_eq!(codes.iter().filter(|code| **code == Code::Ok).count(), 1, "{} {codes:?}", service.kind);
        let refused = codes.iter().filter(|code| **code == Code::AlreadyExists).count();
        assert_eq!(refused, 7, "{} {codes:?}", service.kind);
    }
}
