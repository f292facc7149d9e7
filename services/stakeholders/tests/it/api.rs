//! Adding, reading and listing stakeholders.

use platform::clock::timestamp;
use proto::stakeholders::v1::{
    AmbassadorGroup, CreateStakeholderRequest, GetStakeholderRequest, ListStakeholdersRequest,
    LookUpOrganisationRequest, NameOrganisationsRequest, Stakeholder,
};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{both, create};

fn named(name: &str) -> GetStakeholderRequest {
    GetStakeholderRequest { name: name.to_owned() }
}

#[tokio::test]
async fn a_stakeholder_is_read_as_it_was_added() {
    for service in both().await {
        let given = Stakeholder {
            // What callers cannot set has no effect.
            name: "stakeholders/other".to_owned(),
            fictitious: true,
            etag: "\"mine\"".to_owned(),
            display_name: "Coöperatie Zorgzaam".to_owned(),
            kind: "zorg".to_owned(),
            ambassador_group: AmbassadorGroup::ExternalParties.into(),
            oin: "00000001123456789000".to_owned(),
            create_time: None,
            update_time: None,
        };
        let request = CreateStakeholderRequest {
            stakeholder: Some(given.clone()),
            stakeholder_id: "zorgzaam".to_owned(),
            request_id: String::new(),
        };
        let mut programme = service.called_as(Party::Programme);
        let created = programme.create_stakeholder(request.clone()).await.unwrap().into_inner();
        let now = Some(timestamp(service.clock.now()));
        let expected = Stakeholder {
            name: "stakeholders/zorgzaam".to_owned(),
            fictitious: false,
            etag: created.etag.clone(),
            create_time: now,
            update_time: now,
            ..given
        };
        assert_eq!(created, expected, "{}", service.kind);
        assert!(created.etag.len() > 2 && created.etag != "\"mine\"");

        let mut anonymous = service.called_as(Party::Anonymous);
        let read = anonymous.get_stakeholder(named("stakeholders/zorgzaam")).await.unwrap();
        assert_eq!(read.into_inner(), created);
        let again = refusal(programme.create_stakeholder(request).await);
        assert_eq!(again, (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    for service in both().await {
        let mut anonymous = service.called_as(Party::Anonymous);
        let missing = refusal(anonymous.get_stakeholder(named("stakeholders/nobody")).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()), "{}", service.kind);
        for name in
            ["", "nobody", "stakeholders/", "stakeholders/A B", "stakeholders/a/b", "stakeholders/ab\0"]
        {
            assert_eq!(wrong_fields(anonymous.get_stakeholder(named(name)).await), ["name"], "{name:?}");
        }
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_new_stakeholder_is_named() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let stakeholder = Stakeholder {
            display_name: "a".repeat(201),
            kind: "zorg\u{7}".to_owned(),
            ambassador_group: 9,
            oin: "123".to_owned(),
            ..Stakeholder::default()
        };
        let request = CreateStakeholderRequest {
            stakeholder: Some(stakeholder),
            stakeholder_id: "Groot".to_owned(),
            request_id: String::new(),
        };
        let fields = wrong_fields(programme.create_stakeholder(request).await);
        let expected = [
            "stakeholder_id",
            "stakeholder.display_name",
            "stakeholder.kind",
            "stakeholder.ambassador_group",
            "stakeholder.oin",
        ];
        assert_eq!(fields, expected, "{}", service.kind);

        let empty = CreateStakeholderRequest::default();
        assert_eq!(
            wrong_fields(programme.create_stakeholder(empty).await),
            ["stakeholder_id", "stakeholder"]
        );
        for name in ["", " Weller", "Weller ", "Wel\nler", "Wel\0ler"] {
            let fields = wrong_fields(programme.create_stakeholder(create("weller", name, "")).await);
            assert_eq!(fields, ["stakeholder.display_name"], "{name:?}");
        }
        let mut odd = create("weller", "Weller", "");
        odd.request_id = "seven".to_owned();
        assert_eq!(wrong_fields(programme.create_stakeholder(odd).await), ["request_id"]);
        let listed = programme.list_stakeholders(ListStakeholdersRequest::default()).await.unwrap();
        assert!(listed.into_inner().stakeholders.is_empty(), "a refused request changes nothing");
    }
}

#[tokio::test]
async fn pages_follow_the_order_of_the_programme() {
    for service in both().await {
        // Not the order of the ids.
        for id in ["dd", "bb", "cc", "aa", "ee"] {
            service.add(id, id, "").await;
        }
        let mut anonymous = service.called_as(Party::Anonymous);
        let mut seen = Vec::new();
        let mut sizes = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListStakeholdersRequest { page_size: 2, page_token };
            let page = anonymous.list_stakeholders(request).await.unwrap().into_inner();
            sizes.push(page.stakeholders.len());
            seen.extend(page.stakeholders.into_iter().map(|stakeholder| stakeholder.display_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, ["dd", "bb", "cc", "aa", "ee"], "{}", service.kind);
        assert_eq!(sizes, [2, 2, 1]);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    for service in both().await {
        let mut anonymous = service.called_as(Party::Anonymous);
        let negative = ListStakeholdersRequest { page_size: -1, page_token: String::new() };
        assert_eq!(wrong_fields(anonymous.list_stakeholders(negative).await), ["page_size"]);
        let forged = |key| platform::page::Page::parse(1, "", &["stakeholders"]).unwrap().token_after(key);
        for page_token in ["x".to_owned(), forged("a\0b"), forged("' OR 1=1")] {
            let request = ListStakeholdersRequest { page_size: 1, page_token };
            let refused = refusal(anonymous.list_stakeholders(request).await);
            assert_eq!(refused, (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()), "{}", service.kind);
        }
        let request = ListStakeholdersRequest { page_size: 1, page_token: forged("nobody") };
        let after_nobody = anonymous.list_stakeholders(request).await.unwrap().into_inner();
        assert!(after_nobody.stakeholders.is_empty());
    }
}

#[tokio::test]
async fn an_oin_belongs_to_one_stakeholder() {
    for service in both().await {
        let oin = Party::Weller.oin();
        service.add("weller", "Weller", oin).await;
        let mut programme = service.called_as(Party::Programme);
        let status = programme.create_stakeholder(create("other", "Ander", oin)).await.unwrap_err();
        assert_eq!(status.code(), Code::AlreadyExists, "{}", service.kind);
        assert!(
            status.message().contains("stakeholder.oin") && status.message().contains("stakeholders/weller")
        );
        // Any number of stakeholders have none.
        service.add("aa", "A", "").await;
        service.add("bb", "B", "").await;
    }
}

#[tokio::test]
async fn an_organisation_is_looked_up_by_its_oin() {
    for service in both().await {
        let oin = Party::Weller.oin();
        service.add("weller", "Weller", oin).await;
        let mut consent = service.called_as(Party::Service("consent"));
        let look_up = |oin: &str| LookUpOrganisationRequest { oin: oin.to_owned() };
        let found = consent.look_up_organisation(look_up(oin)).await.unwrap().into_inner();
        let told = (found.oin.as_str(), found.stakeholder.as_str(), found.display_name.as_str());
        assert_eq!(told, (oin, "stakeholders/weller", "Weller"), "{}", service.kind);
        assert!(found.signing_keys.is_empty());
        let missing = refusal(consent.look_up_organisation(look_up(Party::Ggd.oin())).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()));
        for oin in ["", "123", "0000009900000000200x"] {
            assert_eq!(wrong_fields(consent.look_up_organisation(look_up(oin)).await), ["oin"], "{oin}");
        }
    }
}

#[tokio::test]
async fn organisations_are_named_in_one_call() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        service.add("ggd", "GGD", Party::Ggd.oin()).await;
        service.add("aa", "A", "").await;
        let mut consent = service.called_as(Party::Service("consent"));
        let name = |oins: &[&str]| NameOrganisationsRequest {
            oins: oins.iter().map(|oin| (*oin).to_owned()).collect(),
        };
        let asked = name(&[Party::Ggd.oin(), "00000099000000009999", Party::Weller.oin()]);
        let found = consent.name_organisations(asked).await.unwrap().into_inner().display_names;
        assert_eq!(found.len(), 2, "{}: who is not there is left out", service.kind);
        assert_eq!(
            (found[Party::Weller.oin()].as_str(), found[Party::Ggd.oin()].as_str()),
            ("Weller", "GGD")
        );
        let wrong = wrong_fields(consent.name_organisations(name(&[Party::Ggd.oin(), "123"])).await);
        assert_eq!(wrong, ["oins[1]"]);
        assert_eq!(wrong_fields(consent.name_organisations(name(&[Party::Ggd.oin(); 501])).await), ["oins"]);
        let none = consent.name_organisations(name(&[])).await.unwrap().into_inner();
        assert!(none.display_names.is_empty());
    }
}
