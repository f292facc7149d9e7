//! Adding and reading inspanningen.

use platform::clock::timestamp;
use proto::inspanningen::v1::{
    CreateInspanningRequest, GetInspanningRequest, Inspanning, ListInspanningenRequest,
};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{both, create};

fn named(name: &str) -> GetInspanningRequest {
    GetInspanningRequest { name: name.to_owned() }
}

#[tokio::test]
async fn an_inspanning_is_read_as_it_was_added() {
    for service in both().await {
        service.add("1", "").await;
        let given = Inspanning {
            // What callers cannot set has no effect.
            name: "inspanningen/9".to_owned(),
            code: "9".to_owned(),
            parts: vec![Inspanning::default()],
            etag: "\"mine\"".to_owned(),
            display_name: "Ontwikkeling woningen".to_owned(),
            parent: "inspanningen/1".to_owned(),
            description: "Eerst het ene.\nDan het andere.".to_owned(),
            create_time: None,
            update_time: None,
        };
        let request = CreateInspanningRequest {
            inspanning: Some(given.clone()),
            inspanning_id: "1A".to_owned(),
            request_id: String::new(),
        };
        let mut programme = service.called_as(Party::Programme);
        let created = programme.create_inspanning(request.clone()).await.unwrap().into_inner();
        let now = Some(timestamp(service.clock.now()));
        let expected = Inspanning {
            name: "inspanningen/1A".to_owned(),
            code: "1A".to_owned(),
            parts: Vec::new(),
            etag: created.etag.clone(),
            create_time: now,
            update_time: now,
            ..given
        };
        assert_eq!(created, expected, "{}", service.kind);
        assert!(created.etag.len() > 2 && created.etag != "\"mine\"");
        let mut anonymous = service.called_as(Party::Anonymous);
        let read = anonymous.get_inspanning(named("inspanningen/1A")).await.unwrap();
        assert_eq!(read.into_inner(), created);
        let again = refusal(programme.create_inspanning(request).await);
        assert_eq!(again, (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    for service in both().await {
        let mut anonymous = service.called_as(Party::Anonymous);
        let missing = refusal(anonymous.get_inspanning(named("inspanningen/99")).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()), "{}", service.kind);
        for name in
            ["", "1", "inspanningen/", "inspanningen/1 A", "inspanningen/1/2", "goals/1", "inspanningen/\0"]
        {
            assert_eq!(wrong_fields(anonymous.get_inspanning(named(name)).await), ["name"], "{name:?}");
        }
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_new_inspanning_is_named() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let inspanning = Inspanning {
            display_name: "a".repeat(201),
            parent: "1".to_owned(),
            description: "é".repeat(4001),
            ..Inspanning::default()
        };
        let request = CreateInspanningRequest {
            inspanning: Some(inspanning),
            inspanning_id: "1 A".to_owned(),
            request_id: "seven".to_owned(),
        };
        let fields = wrong_fields(programme.create_inspanning(request.clone()).await);
        assert_eq!(fields, ["request_id"], "{}", service.kind);
        let request = CreateInspanningRequest { request_id: String::new(), ..request };
        let fields = wrong_fields(programme.create_inspanning(request).await);
        let expected =
            ["inspanning_id", "inspanning.display_name", "inspanning.description", "inspanning.parent"];
        assert_eq!(fields, expected);

        let empty = CreateInspanningRequest::default();
        assert_eq!(wrong_fields(programme.create_inspanning(empty).await), ["inspanning_id", "inspanning"]);
        for name in ["", " Wonen", "Wonen ", "Wo\nnen", "Wo\0nen"] {
            let mut request = create("1", "");
            request.inspanning.as_mut().unwrap().display_name = name.to_owned();
            let fields = wrong_fields(programme.create_inspanning(request).await);
            assert_eq!(fields, ["inspanning.display_name"], "{name:?}");
        }
        let mut request = create("1", "");
        request.inspanning.as_mut().unwrap().description = "een\0twee".to_owned();
        let fields = wrong_fields(programme.create_inspanning(request).await);
        assert_eq!(fields, ["inspanning.description"]);
        let listed = programme.list_inspanningen(ListInspanningenRequest::default()).await.unwrap();
        assert!(listed.into_inner().inspanningen.is_empty(), "a refused request changes nothing");
    }
}
