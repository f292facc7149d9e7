//! Changing a stakeholder: masks and etags.

use std::time::Duration;

use platform::clock::timestamp;
use proto::stakeholders::v1::{
    AmbassadorGroup, GetStakeholderRequest, Stakeholder, UpdateStakeholderRequest,
};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both};

fn update(stakeholder: Stakeholder, paths: &[&str]) -> UpdateStakeholderRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateStakeholderRequest {
        stakeholder: Some(stakeholder),
        update_mask: Some(prost_types::FieldMask { paths }),
        request_id: String::new(),
    }
}

/// Weller with every field set.
async fn weller(service: &Service) -> Stakeholder {
    let added = service.add("weller", "Weller", Party::Weller.oin()).await;
    let full = Stakeholder {
        kind: "woningcorporatie".to_owned(),
        ambassador_group: AmbassadorGroup::ExternalParties.into(),
        ..added
    };
    change(service, update(full, &["kind", "ambassador_group"])).await
}

async fn change(service: &Service, request: UpdateStakeholderRequest) -> Stakeholder {
    service.clock.advance(Duration::from_secs(1));
    service.called_as(Party::Programme).update_stakeholder(request).await.unwrap().into_inner()
}

async fn stored(service: &Service) -> Stakeholder {
    let request = GetStakeholderRequest { name: "stakeholders/weller".to_owned() };
    service.called_as(Party::Anonymous).get_stakeholder(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn an_update_changes_the_fields_that_the_mask_names() {
    for service in both().await {
        let before = weller(&service).await;
        let given = Stakeholder {
            display_name: "Stichting Weller".to_owned(),
            kind: String::new(),
            oin: "not looked at".to_owned(),
            ..before.clone()
        };
        let after = change(&service, update(given, &["display_name", "kind"])).await;
        assert_eq!((after.display_name.as_str(), after.kind.as_str()), ("Stichting Weller", ""));
        assert_eq!((&after.oin, after.ambassador_group), (&before.oin, before.ambassador_group));
        assert_eq!(after.update_time, Some(timestamp(service.clock.now())), "{}", service.kind);
        assert_eq!(after.create_time, before.create_time);
        assert_ne!(after.etag, before.etag);
        assert_eq!(stored(&service).await, after);
    }
}

#[tokio::test]
async fn an_empty_mask_changes_every_field_that_is_set() {
    for service in both().await {
        let before = weller(&service).await;
        let given = Stakeholder {
            name: before.name.clone(),
            display_name: "Stichting Weller".to_owned(),
            ..Stakeholder::default()
        };
        let request = UpdateStakeholderRequest {
            stakeholder: Some(given),
            update_mask: None,
            request_id: String::new(),
        };
        let after = change(&service, request).await;
        assert_eq!(after.display_name, "Stichting Weller");
        assert_eq!((after.kind, after.oin), (before.kind, before.oin), "{}", service.kind);
    }
}

#[tokio::test]
async fn a_star_replaces_every_field() {
    for service in both().await {
        let before = weller(&service).await;
        let given = Stakeholder {
            name: before.name.clone(),
            display_name: "Stichting Weller".to_owned(),
            ..Stakeholder::default()
        };
        let after = change(&service, update(given, &["*"])).await;
        assert_eq!((after.kind.as_str(), after.oin.as_str(), after.ambassador_group), ("", "", 0));
        let nameless = Stakeholder { name: before.name, ..Stakeholder::default() };
        let mut programme = service.called_as(Party::Programme);
        let fields = wrong_fields(programme.update_stakeholder(update(nameless, &["*"])).await);
        assert_eq!(fields, ["stakeholder.display_name"], "{}", service.kind);
    }
}

#[tokio::test]
async fn output_only_fields_are_ignored_and_unknown_paths_refused() {
    for service in both().await {
        let before = weller(&service).await;
        let given = Stakeholder { fictitious: false, create_time: None, ..before.clone() };
        let same = change(&service, update(given, &["name", "fictitious", "create_time", "etag"])).await;
        assert_eq!(same, before, "nothing changed, so the etag stands ({})", service.kind);

        let mut programme = service.called_as(Party::Programme);
        for path in ["colour", "displayName", "oin.digits", ""] {
            let request = update(before.clone(), &["display_name", path]);
            assert_eq!(wrong_fields(programme.update_stakeholder(request).await), ["update_mask"], "{path}");
        }
        let wrong = Stakeholder { name: "weller".to_owned(), oin: "1".to_owned(), ..before };
        let fields = wrong_fields(programme.update_stakeholder(update(wrong, &["oin", "colour"])).await);
        assert_eq!(fields, ["update_mask", "stakeholder.name"]);
        let nothing = UpdateStakeholderRequest::default();
        assert_eq!(wrong_fields(programme.update_stakeholder(nothing).await), ["stakeholder"]);
    }
}

#[tokio::test]
async fn an_update_of_what_somebody_else_changed_is_aborted() {
    for service in both().await {
        let before = weller(&service).await;
        let mine = Stakeholder { kind: "corporatie".to_owned(), ..before.clone() };
        let theirs = Stakeholder { kind: "verhuurder".to_owned(), ..before.clone() };
        let after = change(&service, update(theirs, &["kind"])).await;
        let mut programme = service.called_as(Party::Programme);
        let refused = refusal(programme.update_stakeholder(update(mine.clone(), &["kind"])).await);
        assert_eq!(refused, (Code::Aborted, "ETAG_MISMATCH".to_owned()), "{}", service.kind);
        assert_eq!(stored(&service).await, after);
        // Without an etag the caller says that it does not mind.
        let careless = Stakeholder { etag: String::new(), ..mine };
        assert_eq!(change(&service, update(careless, &["kind"])).await.kind, "corporatie");
    }
}

#[tokio::test]
async fn a_stakeholder_that_is_not_there_cannot_be_changed() {
    for service in both().await {
        let nobody = Stakeholder { name: "stakeholders/nobody".to_owned(), ..Stakeholder::default() };
        let mut programme = service.called_as(Party::Programme);
        let refused = refusal(programme.update_stakeholder(update(nobody, &["kind"])).await);
        assert_eq!(refused, (Code::NotFound, "NOT_FOUND".to_owned()), "{}", service.kind);
    }
}

#[tokio::test]
async fn an_oin_of_another_cannot_be_taken_and_a_released_one_can() {
    for service in both().await {
        let before = weller(&service).await;
        let ggd = service.add("ggd", "GGD", "").await;
        let mut programme = service.called_as(Party::Programme);
        let taking = Stakeholder { oin: before.oin.clone(), ..ggd };
        let refused = refusal(programme.update_stakeholder(update(taking.clone(), &["oin"])).await);
        assert_eq!(refused, (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()), "{}", service.kind);
        change(&service, update(Stakeholder { oin: String::new(), ..before }, &["oin"])).await;
        assert!(change(&service, update(taking, &["oin"])).await.fictitious);
    }
}
