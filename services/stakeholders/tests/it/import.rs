//! Loading the programme's data at the first start, and again at the next.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use proto::stakeholders::v1::{
    AmbassadorGroup, ListStakeholdersRequest, LookUpOrganisationRequest, Stakeholder,
    UpdateStakeholderRequest, WithdrawSigningKeyRequest,
};
use stakeholders::{Imported, import_demo_key, import_demo_organisations, import_stakeholders};
use testkit::Party;

use crate::service::{Service, both};

fn data(path: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data");
    fs::read(folder.join(path)).unwrap()
}

async fn load(service: &Service) -> (Imported, Imported) {
    let stakeholders = data("programma/stakeholders.csv");
    let programme = import_stakeholders(&service.store, &service.clock, &stakeholders).await.unwrap();
    let demo = data("demo/organisaties-fictief.csv");
    (programme, import_demo_organisations(&service.store, &service.clock, &demo).await.unwrap())
}

async fn all(service: &Service) -> Vec<Stakeholder> {
    let mut anonymous = service.called_as(Party::Anonymous);
    let listed = anonymous.list_stakeholders(ListStakeholdersRequest::default()).await.unwrap();
    listed.into_inner().stakeholders
}

async fn set(service: &Service, id: &str, path: &str, given: Stakeholder) {
    service.clock.advance(Duration::from_secs(1));
    let stakeholder = Stakeholder { name: format!("stakeholders/{id}"), ..given };
    let request = UpdateStakeholderRequest {
        stakeholder: Some(stakeholder),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        request_id: String::new(),
    };
    service.called_as(Party::Programme).update_stakeholder(request).await.unwrap();
}

fn find<'a>(stakeholders: &'a [Stakeholder], id: &str) -> &'a Stakeholder {
    let name = format!("stakeholders/{id}");
    stakeholders.iter().find(|stakeholder| stakeholder.name == name).unwrap()
}

#[tokio::test]
async fn the_programmes_stakeholders_are_loaded_in_its_order() {
    for service in both().await {
        let (programme, demo) = load(&service).await;
        assert_eq!(programme, Imported { added: 19, kept: 0 }, "{}", service.kind);
        assert_eq!(demo, Imported { added: 5, kept: 0 });
        let listed = all(&service).await;
        assert_eq!(listed.len(), 19);
        assert_eq!((listed[0].display_name.as_str(), listed[18].kind.as_str()), ("Bewoners", "beleid"));
        let weller = find(&listed, "weller");
        assert_eq!((weller.oin.as_str(), weller.fictitious), (Party::Weller.oin(), true));
        assert_eq!(weller.ambassador_group(), AmbassadorGroup::ExternalParties);
        assert!(!find(&listed, "gemeenteraad").fictitious);
    }
}

#[tokio::test]
async fn loading_again_changes_nothing() {
    for service in both().await {
        load(&service).await;
        let before = all(&service).await;
        service.clock.advance(Duration::from_secs(60));
        let (programme, demo) = load(&service).await;
        assert_eq!(programme, Imported { added: 0, kept: 19 }, "{}", service.kind);
        assert_eq!(demo, Imported { added: 0, kept: 5 });
        assert_eq!(all(&service).await, before);
    }
}

#[tokio::test]
async fn loading_again_keeps_what_people_changed() {
    for service in both().await {
        load(&service).await;
        let named = |display_name: &str| Stakeholder {
            display_name: display_name.to_owned(),
            ..Stakeholder::default()
        };
        let with_oin = |oin: &str| Stakeholder { oin: oin.to_owned(), ..Stakeholder::default() };
        set(&service, "bewoners", "display_name", named("Inwoners")).await;
        set(&service, "weller", "oin", with_oin("")).await;
        set(&service, "ggd", "oin", with_oin("00000001123456789000")).await;
        // The OIN that Weller had goes to another.
        set(&service, "cmww", "oin", with_oin(Party::Weller.oin())).await;
        service.add("nieuw", "Nieuw", "").await;
        let before = all(&service).await;
        load(&service).await;
        assert_eq!(all(&service).await, before, "{}", service.kind);
        assert!(!find(&before, "ggd").fictitious);
    }
}

#[tokio::test]
async fn a_demo_key_is_only_for_the_fictitious() {
    for service in both().await {
        load(&service).await;
        let pem = String::from_utf8(data("demo/sleutels/weller-fictief.pub.pem")).unwrap();
        for _ in 0..2 {
            let imported = import_demo_key(&service.store, &service.clock, "weller", &pem).await;
            assert!(imported.unwrap(), "{}", service.kind);
        }
        let request = LookUpOrganisationRequest { oin: Party::Weller.oin().to_owned() };
        let found = service.called_as(Party::Service("consent")).look_up_organisation(request).await;
        let keys = found.unwrap().into_inner().signing_keys;
        assert_eq!(keys.len(), 1);
        assert!(keys[0].demo);

        let name = keys[0].name.clone();
        let withdraw = WithdrawSigningKeyRequest { name, request_id: String::new() };
        service.called_as(Party::Weller).withdraw_signing_key(withdraw).await.unwrap();
        assert!(!import_demo_key(&service.store, &service.clock, "weller", &pem).await.unwrap(), "withdrawn");

        let refused = import_demo_key(&service.store, &service.clock, "ggd", &pem).await.unwrap_err();
        assert!(refused.to_string().contains("exists already"), "{refused}");
        let ggd = String::from_utf8(data("demo/sleutels/ggd-fictief.pub.pem")).unwrap();
        let real = Stakeholder { oin: "00000001123456789000".to_owned(), ..Stakeholder::default() };
        set(&service, "ggd", "oin", real).await;
        assert!(!import_demo_key(&service.store, &service.clock, "ggd", &ggd).await.unwrap());
        for (id, pem) in [("nobody", ggd.as_str()), ("A B", &ggd), ("ggd", "hello")] {
            assert!(import_demo_key(&service.store, &service.clock, id, pem).await.is_err(), "{id}");
        }
    }
}

#[tokio::test]
async fn a_wrong_file_names_line_and_column_and_changes_nothing() {
    let head = "id,naam,soort,ambassadeursgroep,oin,volgorde\naa,A,,,,1\n";
    for service in both().await {
        for (line, expected) in [
            ("B B,B,,,,2", "line 3: id is not an id"),
            ("bb,,,,,2", "line 3: naam is required"),
            ("bb,B,,iedereen,,2", "line 3: ambassadeursgroep is not a group"),
            ("bb,B,,,12,2", "line 3: oin is not an OIN"),
            ("bb,B,,,,tweede", "line: 3"),
            ("bb,B", "line: 3"),
        ] {
            let file = format!("{head}{line}\n");
            let error =
                import_stakeholders(&service.store, &service.clock, file.as_bytes()).await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        let columns =
            import_stakeholders(&service.store, &service.clock, b"id,naam\naa,A\n").await.unwrap_err();
        assert!(columns.to_string().contains("soort"), "{columns}");
        let latin = import_stakeholders(&service.store, &service.clock, b"id,naam\naa,\xe9\n").await;
        assert!(latin.is_err());
        for (line, expected) in [
            ("nobody,00000099000000002000", "line 2: stakeholders/nobody does not exist"),
            ("aa,00000001000000002000", "line 2: oin is not a fictitious OIN"),
        ] {
            let file = format!("stakeholder,oin\n{line}\n");
            let error = import_demo_organisations(&service.store, &service.clock, file.as_bytes()).await;
            assert!(error.unwrap_err().to_string().contains(expected), "{expected}");
        }
        assert!(all(&service).await.is_empty(), "{}", service.kind);
    }
}
