//! The figures come from the indicators service, and the programme from the inspanningen service.

use consent::{Seams, Store, Upstreams, build_with};
use platform::shutdown::Shutdown;
use platform::status::Failure;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_preview_service_client::AgreementPreviewServiceClient;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::purpose_service_client::PurposeServiceClient;
use proto::consent::v1::{
    CreateAgreementRequest, CreatePurposeRequest, PreviewAgreementRequest, Protection, ProtectionTerm,
    Purpose,
};
use proto::indicators::v1::sharing_service_server::{SharingService, SharingServiceServer};
use proto::indicators::v1::*;
use testkit::{InProcess, Party as Caller};
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::world::{self, DATASET, World, fields, refusal};

/// An indicators service with one dataset of Weller.
#[derive(Debug)]
struct Fake;

#[tonic::async_trait]
impl SharingService for Fake {
    async fn describe_dataset(
        &self,
        request: Request<DescribeDatasetRequest>,
    ) -> Result<Response<DescribeDatasetResponse>, Status> {
        let request = request.into_inner();
        let level = "NEIGHBOURHOOD".to_owned();
        let areas: Vec<_> = request.areas.into_iter().filter(|area| area != "areas/X").collect();
        let areas = areas.into_iter().map(|area| DescribedArea { area, level: level.clone() }).collect();
        if request.dataset == "datasets/kapot" {
            return Err(Status::internal("broken"));
        }
        if request.dataset == "datasets/beschadigd" {
            return Err(Failure::damaged(
                "datasets/beschadigd/releases/1/mask-reports/min10",
                &std::fmt::Error,
            )
            .into());
        }
        Ok(Response::new(DescribeDatasetResponse {
            exists: request.dataset == DATASET,
            owner_oin: Caller::Weller.oin().to_owned(),
            visibility: Visibility::Shared.into(),
            indicators: vec!["indicators/huurachterstand".to_owned()],
            dimensions: vec!["leeftijdsgroep".to_owned()],
            enforceable: vec![ProtectionTerm::MinimumCount.into()],
            areas,
            ..Default::default()
        }))
    }

    async fn protect_dataset(
        &self,
        request: Request<ProtectDatasetRequest>,
    ) -> Result<Response<ProtectDatasetResponse>, Status> {
        assert_eq!(request.into_inner().dataset, DATASET);
        Ok(Response::new(ProtectDatasetResponse::default()))
    }

    async fn preview_scope(
        &self,
        request: Request<PreviewScopeRequest>,
    ) -> Result<Response<PreviewScopeResponse>, Status> {
        let request = request.into_inner();
        assert_eq!(request.scope, world::content().scope);
        assert_eq!(request.protection, Some(Protection { minimum_count: 10, ..Default::default() }));
        let gap = ScopeGap { period: "2025Q2".to_owned(), ..Default::default() };
        Ok(Response::new(PreviewScopeResponse {
            release: format!("{DATASET}/releases/2"),
            cell_count: 12,
            withheld_count: 5,
            gaps: vec![gap],
            gap_count: 1,
            ..Default::default()
        }))
    }
}

/// The service with its own clients of the others.
fn service(world: &World) -> InProcess {
    let indicators = InProcess::new("indicators", Routes::new(SharingServiceServer::new(Fake)), &world.clock);
    let as_consent: fn(&InProcess) -> Vouched = |service| service.called_as(Caller::Service("consent"));
    // Nobody answers there as the programme.
    let upstreams = Upstreams {
        stakeholders: as_consent(&indicators),
        indicators: as_consent(&indicators),
        inspanningen: as_consent(&indicators),
    };
    let seams = Seams { organisations: world.organisations.clone(), ..Seams::from(upstreams) };
    let store = Store::new(world.test.database.clone());
    let routes = build_with(&world.signing, store, world.clock.clone(), seams, Shutdown::new());
    InProcess::new("consent", routes.unwrap(), &world.clock)
}

#[tokio::test]
async fn terms_and_previews_are_those_of_the_indicators_service() {
    for world in world::worlds().await {
        let service = service(&world);
        let mut client = AgreementServiceClient::new(service.called_as(Caller::Weller));
        let create = |dataset: &str, area: &[&str]| {
            let mut content = world::content();
            let scope = content.scope.as_mut().unwrap();
            dataset.clone_into(&mut scope.dataset);
            scope.areas = area.iter().map(|area| (*area).to_owned()).collect();
            CreateAgreementRequest { content: Some(content), request_id: String::new() }
        };
        let unknown = client.create_agreement(create("datasets/x", &["areas/X"])).await.unwrap_err();
        assert_eq!(fields(&unknown), ["content.scope.dataset", "content.scope.areas[0]"], "{}", world.kind);
        let broken = client.create_agreement(create("datasets/kapot", &[])).await.unwrap_err();
        assert_eq!(refusal(&broken), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        let damaged = client.create_agreement(create("datasets/beschadigd", &[])).await.unwrap_err();
        assert_eq!(refusal(&damaged), (Code::DataLoss, "DAMAGED".to_owned()));
        let said = damaged.message();
        assert!(said.contains("datasets/beschadigd/releases/1 ") && !said.contains("min10"), "{said}");
        client.create_agreement(create(DATASET, &["areas/BU08990201"])).await.unwrap();
        let name = client.create_agreement(create(DATASET, &[])).await.unwrap().into_inner().name;

        let mut previews = AgreementPreviewServiceClient::new(service.called_as(Caller::Weller));
        let request = PreviewAgreementRequest { name };
        let found = previews.preview_agreement(request).await.unwrap().into_inner();
        let counts = &found.recipients[0];
        assert_eq!((counts.cell_count, counts.withheld_count), (12, 5));
        assert_eq!(found.release, format!("{DATASET}/releases/2"));
        assert_eq!(found.empty_combinations[0].period, "2025Q2");
    }
}

#[tokio::test]
async fn a_programme_that_does_not_answer_makes_no_purpose() {
    for world in world::worlds().await {
        let service = service(&world);
        let mut client = PurposeServiceClient::new(service.called_as(Caller::Programme));
        for serves in ["goals/S1", "inspanningen/7A"] {
            let purpose = Purpose {
                display_name: "Armoede".to_owned(),
                serves: serves.to_owned(),
                ..Default::default()
            };
            let request = CreatePurposeRequest {
                purpose: Some(purpose),
                purpose_id: "armoede".to_owned(),
                ..Default::default()
            };
            let status = client.create_purpose(request).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()), "{}", world.kind);
        }
    }
}
