//! Changing an inspanning: masks and etags.

use std::time::Duration;

use platform::clock::timestamp;
use proto::inspanningen::v1::{GetInspanningRequest, Inspanning, UpdateInspanningRequest};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both};

fn update(inspanning: Inspanning, paths: &[&str]) -> UpdateInspanningRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateInspanningRequest {
        inspanning: Some(inspanning),
        update_mask: Some(prost_types::FieldMask { paths }),
        request_id: String::new(),
    }
}

async fn change(service: &Service, request: UpdateInspanningRequest) -> Inspanning {
    service.clock.advance(Duration::from_secs(1));
    service.called_as(Party::Programme).update_inspanning(request).await.unwrap().into_inner()
}

/// Inspanning 1A, part of 1, with a description and a part.
async fn described(service: &Service) -> Inspanning {
    service.add("1", "").await;
    let added = service.add("1A", "1").await;
    service.add("1A1", "1A").await;
    let full = Inspanning { description: "Woningen".to_owned(), ..added };
    change(service, update(full, &["description"])).await
}

async fn stored(service: &Service) -> Inspanning {
    let request = GetInspanningRequest { name: "inspanningen/1A".to_owned() };
    service.called_as(Party::Anonymous).get_inspanning(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn an_update_changes_the_fields_that_the_mask_names() {
    for service in both().await {
        let before = described(&service).await;
        let given = Inspanning {
            display_name: "Nieuwbouw".to_owned(),
            description: "not looked at\0".to_owned(),
            ..before.clone()
        };
        let after = change(&service, update(given, &["display_name"])).await;
        assert_eq!((after.display_name.as_str(), after.description.as_str()), ("Nieuwbouw", "Woningen"));
        assert_eq!(after.update_time, Some(timestamp(service.clock.now())), "{}", service.kind);
        assert_eq!(after.create_time, before.create_time);
        assert_ne!(after.etag, before.etag);
        assert_eq!(after.parts.len(), 1, "the answer has the parts, like every answer");
        assert_eq!(stored(&service).await, after);
        let cleared = Inspanning { description: String::new(), ..after };
        assert_eq!(change(&service, update(cleared, &["description"])).await.description, "");
    }
}

#[tokio::test]
async fn an_empty_mask_changes_what_is_set_and_a_star_everything() {
    for service in both().await {
        let before = described(&service).await;
        let given = Inspanning {
            name: before.name.clone(),
            display_name: "Nieuwbouw".to_owned(),
            ..Inspanning::default()
        };
        let request = UpdateInspanningRequest { inspanning: Some(given.clone()), ..Default::default() };
        let after = change(&service, request).await;
        assert_eq!((after.display_name.as_str(), after.description.as_str()), ("Nieuwbouw", "Woningen"));
        let with_parent = Inspanning { parent: before.parent, ..given };
        let after = change(&service, update(with_parent, &["*"])).await;
        assert_eq!(after.description, "", "{}", service.kind);
    }
}

#[tokio::test]
async fn an_inspanning_never_moves() {
    for service in both().await {
        let before = described(&service).await;
        service.add("2", "").await;
        let mut programme = service.called_as(Party::Programme);
        for parent in ["inspanningen/2", "", "inspanningen/1A1"] {
            let moved = Inspanning { parent: parent.to_owned(), ..before.clone() };
            let fields = wrong_fields(programme.update_inspanning(update(moved, &["parent"])).await);
            assert_eq!(fields, ["inspanning.parent"], "{} {parent}", service.kind);
        }
        // The parent that it has is no change.
        let same = change(&service, update(before.clone(), &["parent", "display_name"])).await;
        assert_eq!(same, stored(&service).await);
        assert_eq!(same.etag, before.etag);
    }
}

#[tokio::test]
async fn output_only_fields_are_ignored_and_unknown_paths_refused() {
    for service in both().await {
        described(&service).await;
        let before = stored(&service).await;
        let given = Inspanning { code: "9".to_owned(), parts: Vec::new(), ..before.clone() };
        let same = change(&service, update(given, &["name", "code", "parts", "create_time"])).await;
        assert_eq!(same, before, "{}", service.kind);
        let mut programme = service.called_as(Party::Programme);
        for path in ["colour", "displayName", "parts.code", ""] {
            let request = update(before.clone(), &["display_name", path]);
            assert_eq!(wrong_fields(programme.update_inspanning(request).await), ["update_mask"], "{path}");
        }
        let nothing = UpdateInspanningRequest::default();
        assert_eq!(wrong_fields(programme.update_inspanning(nothing).await), ["inspanning"]);
    }
}

#[tokio::test]
async fn an_update_of_what_somebody_else_changed_is_aborted() {
    for service in both().await {
        let before = described(&service).await;
        let theirs = Inspanning { description: "Van hen".to_owned(), ..before.clone() };
        let after = change(&service, update(theirs, &["description"])).await;
        let mine = Inspanning { description: "Van mij".to_owned(), ..before };
        let mut programme = service.called_as(Party::Programme);
        let refused = refusal(programme.update_inspanning(update(mine.clone(), &["description"])).await);
        assert_eq!(refused, (Code::Aborted, "ETAG_MISMATCH".to_owned()), "{}", service.kind);
        assert_eq!(stored(&service).await, after);
        let careless = Inspanning { etag: String::new(), ..mine };
        assert_eq!(change(&service, update(careless, &["description"])).await.description, "Van mij");
        let nobody = Inspanning { name: "inspanningen/99".to_owned(), ..Inspanning::default() };
        let refused = refusal(programme.update_inspanning(update(nobody, &["description"])).await);
        assert_eq!(refused, (Code::NotFound, "NOT_FOUND".to_owned()));
    }
}
