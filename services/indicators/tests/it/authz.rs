//! Who may call what: every RPC of the service, with every kind of credentials.

use platform::access::Rules;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{World, asked};

const PARTIES: [Party; 7] = [
    Party::Anonymous,
    Party::Weller,
    Party::Ggd,
    Party::Programme,
    Party::PrivacyOfficer,
    Party::Service("gateway"),
    Party::Service("consent"),
];

async fn code(world: &World, party: Party, method: &str) -> Code {
    let mut catalogue = world.catalogue(party);
    let mut releases = world.releases(party);
    let mut observations = world.observations(party);
    let mut sharing = world.sharing(party);
    let upload = tokio_stream::iter([pb::UploadReleaseRequest::default()]);
    let validate = tokio_stream::iter([pb::ValidateReleaseRequest::default()]);
    let answer = match method {
        "GetArea" => catalogue.get_area(pb::GetAreaRequest::default()).await.map(drop),
        "ListAreas" => catalogue.list_areas(pb::ListAreasRequest::default()).await.map(drop),
        "ListThemes" => catalogue.list_themes(pb::ListThemesRequest {}).await.map(drop),
        "GetIndicator" => catalogue.get_indicator(pb::GetIndicatorRequest::default()).await.map(drop),
        "ListIndicators" => catalogue.list_indicators(pb::ListIndicatorsRequest::default()).await.map(drop),
        "GetDataset" => catalogue.get_dataset(pb::GetDatasetRequest::default()).await.map(drop),
        "ListDatasets" => catalogue.list_datasets(pb::ListDatasetsRequest::default()).await.map(drop),
        "CreateDataset" => catalogue.create_dataset(pb::CreateDatasetRequest::default()).await.map(drop),
        "UploadRelease" => releases.upload_release(upload).await.map(drop),
        "ValidateRelease" => releases.validate_release(validate).await.map(drop),
        "PublishRelease" => releases.publish_release(pb::PublishReleaseRequest::default()).await.map(drop),
        "GetRelease" => releases.get_release(pb::GetReleaseRequest::default()).await.map(drop),
        "ListReleases" => releases.list_releases(pb::ListReleasesRequest::default()).await.map(drop),
        "ListObservations" => observations.list_observations(asked()).await.map(drop),
        "WatchObservations" => {
            let asked = asked();
            let request = pb::WatchObservationsRequest {
                parent: asked.parent,
                agreement: asked.agreement,
                purpose: asked.purpose,
                ..Default::default()
            };
            observations.watch_observations(request).await.map(drop)
        }
        "GetStabilityTriangle" => {
            observations.get_stability_triangle(pb::GetStabilityTriangleRequest::default()).await.map(drop)
        }
        "DescribeDataset" => sharing.describe_dataset(pb::DescribeDatasetRequest::default()).await.map(drop),
        "ProtectDataset" => sharing.protect_dataset(pb::ProtectDatasetRequest::default()).await.map(drop),
        "AuditRelease" => {
            let request = pb::AuditReleaseRequest::default();
            world.protections(party).audit_release(request).await.map(drop)
        }
        "ListWithheldCells" => {
            let request = pb::ListWithheldCellsRequest::default();
            world.protections(party).list_withheld_cells(request).await.map(drop)
        }
        "ListDatasetProtections" => {
            let request = pb::ListDatasetProtectionsRequest::default();
            world.protections(party).list_dataset_protections(request).await.map(drop)
        }
        "ListMaskReports" => {
            let request = pb::ListMaskReportsRequest::default();
            world.protections(party).list_mask_reports(request).await.map(drop)
        }
        "RetireDatasetProtection" => {
            let request = pb::RetireDatasetProtectionRequest::default();
            world.protections(party).retire_dataset_protection(request).await.map(drop)
        }
        "PreviewScope" => sharing.preview_scope(pb::PreviewScopeRequest::default()).await.map(drop),
        other => panic!("{other} has no line here"),
    };
    answer.map_or_else(|status| status.code(), |()| Code::Ok)
}

#[tokio::test]
async fn every_rpc_lets_in_only_who_may_call_it() {
    let rules = Rules::of_contract().unwrap();
    let methods: Vec<&str> = rules
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("/alliantie.indicators.v1."))
        .filter_map(|path| path.split_once('/').map(|(_, method)| method))
        .collect();
    assert_eq!(methods.len(), 24);
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        for method in &methods {
            for party in PARTIES {
                let partner = matches!(party, Party::Weller | Party::Ggd);
                let for_partners = matches!(
                    *method,
                    "CreateDataset"
                        | "UploadRelease"
                        | "ValidateRelease"
                        | "PublishRelease"
                        | "ListObservations"
                        | "WatchObservations"
                        | "AuditRelease"
                        | "ListDatasetProtections"
                        | "ListMaskReports"
                        | "ListWithheldCells"
                        | "RetireDatasetProtection"
                );
                let for_consent = matches!(*method, "DescribeDataset" | "PreviewScope" | "ProtectDataset");
                let admitted = match (for_partners, for_consent) {
                    (true, _) => partner,
                    (_, true) => party == Party::Service("consent"),
                    _ => true,
                };
                let found = code(&world, party, method).await;
                let case = format!("{} {method} {party:?}: {found:?}", world.kind);
                if admitted {
                    assert!(matches!(found, Code::Ok | Code::InvalidArgument), "{case}");
                } else if party == Party::Anonymous {
                    assert_eq!(found, Code::Unauthenticated, "{case}");
                } else {
                    assert_eq!(found, Code::PermissionDenied, "{case}");
                }
            }
        }
    }
}
