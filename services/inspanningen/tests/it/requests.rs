//! `request_id`: a write is done once, however often it is sent.

use proto::inspanningen::v1::{Inspanning, ListInspanningenRequest, UpdateInspanningRequest};
use testkit::{Party, refusal};
use tonic::Code;

use crate::service::{both, create};

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_has_its_effect_once() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let mut request = create("1", "");
        request.request_id = ID.to_owned();
        let first = programme.create_inspanning(request.clone()).await.unwrap().into_inner();

        let change = Inspanning { description: "Zonnepanelen".to_owned(), ..first.clone() };
        let update = UpdateInspanningRequest {
            inspanning: Some(change),
            update_mask: None,
            // Another method may use the same id.
            request_id: ID.to_owned(),
        };
        let changed = programme.update_inspanning(update.clone()).await.unwrap().into_inner();
        // The etag no longer fits, and still the answer is the same.
        let again = programme.update_inspanning(update).await.unwrap().into_inner();
        assert_eq!(again, changed, "{}", service.kind);
        let again = programme.create_inspanning(request).await.unwrap().into_inner();
        assert_eq!(again, first, "the answer of then, not the state of now");
    }
}

#[tokio::test]
async fn a_request_id_stands_for_one_request_of_one_caller() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let mut request = create("1", "");
        request.request_id = ID.to_owned();
        programme.create_inspanning(request.clone()).await.unwrap();
        request.inspanning_id = "2".to_owned();
        let refused = refusal(programme.create_inspanning(request).await);
        assert_eq!(refused, (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()), "{}", service.kind);
        let listed = programme.list_inspanningen(ListInspanningenRequest::default()).await.unwrap();
        assert_eq!(listed.into_inner().inspanningen.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_many_times_at_once_has_one_effect() {
    for service in both().await {
        let mut request = create("1", "");
        request.request_id = ID.to_owned();
        let senders: Vec<_> = (0..8)
            .map(|_| {
                let mut programme = service.called_as(Party::Programme);
                let request = request.clone();
                tokio::spawn(async move { programme.create_inspanning(request).await.unwrap().into_inner() })
            })
            .collect();
        let mut answers = Vec::new();
        for sender in senders {
            answers.push(sender.await.unwrap());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{}", service.kind);
        let mut anonymous = service.called_as(Party::Anonymous);
        let listed = anonymous.list_inspanningen(ListInspanningenRequest::default()).await.unwrap();
        assert_eq!(listed.into_inner().inspanningen.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_updates_with_the_same_etag_one_is_done() {
    for service in both().await {
        let read = service.add("1", "").await;
        let senders: Vec<_> = (0..8)
            .map(|number| {
                let mut programme = service.called_as(Party::Programme);
                let change = Inspanning { description: format!("Versie {number}"), ..read.clone() };
                let request = UpdateInspanningRequest { inspanning: Some(change), ..Default::default() };
                tokio::spawn(async move { programme.update_inspanning(request).await })
            })
            .collect();
        let mut codes = Vec::new();
        for sender in senders {
            codes.push(sender.await.unwrap().map_or_else(|status| status.code(), |_| Code::Ok));
        }
        let done = codes.iter().filter(|code| **code == Code::Ok).count();
        let aborted = codes.iter().filter(|code| **code == Code::Aborted).count();
        assert_eq!((done, aborted), (1, 7), "{} {codes:?}", service.kind);
    }
}
