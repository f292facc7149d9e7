//! gRPC through the gateway.

use std::time::Duration;

use proto::consent::v1::DecideRequest;
use proto::consent::v1::ListPurposesRequest;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::google::api::HttpBody;
use proto::indicators::v1::catalog_service_client::CatalogServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use proto::indicators::v1::*;
use proto::inspanningen::v1::ListInspanningenRequest;
use proto::inspanningen::v1::inspanningen_service_client::InspanningenServiceClient;
use testkit::Party;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::support::{Place, start, start_with, token};

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status.get_details_error_info().map(|info| info.reason).unwrap_or_default())
}

fn as_party<T>(message: T, authorization: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    request
}

#[tokio::test]
async fn calls_of_every_shape_go_through() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(gateway::Config::default(), place).await;
        let channel = gateway.channel().await;
        let weller = token(Party::Weller, &gateway.clock);

        let mut catalog = CatalogServiceClient::new(channel.clone());
        let mut request = as_party(GetAreaRequest { name: "areas/A".to_owned() }, &weller);
        request.set_timeout(Duration::from_secs(5));
        let area = catalog.get_area(request).await.unwrap().into_inner();
        assert_eq!((area.name.as_str(), area.code.as_str()), ("areas/A", Party::Weller.oin()));
        assert!(area.note.ends_with(" 5000000u"), "{}", area.note);
        let missing =
            catalog.get_area(GetAreaRequest { name: "areas/MISSING".to_owned() }).await.unwrap_err();
        assert_eq!(reason(&missing), (Code::NotFound, "NOT_FOUND".to_owned()));

        let mut releases = ReleaseServiceClient::new(channel.clone());
        let piece = |data: &'static [u8]| UploadReleaseRequest {
            parent: "datasets/d".to_owned(),
            file: Some(HttpBody { data: data.to_vec(), ..HttpBody::default() }),
            ..UploadReleaseRequest::default()
        };
        let pieces = futures_util::stream::iter([piece(b"abc"), piece(b"de")]);
        let answer = releases.upload_release(as_party(pieces, &weller)).await.unwrap().into_inner();
        assert_eq!(answer.release.unwrap().cell_count, 5);

        let mut observations = ObservationServiceClient::new(channel);
        let watch = |name: &str| WatchObservationsRequest { parent: name.to_owned(), ..Default::default() };
        let mut stream =
            observations.watch_observations(watch("datasets/revoked")).await.unwrap().into_inner();
        for number in 1..=3 {
            let message = stream.message().await.unwrap().unwrap();
            assert_eq!(message.release, format!("datasets/revoked/releases/{number}"));
        }
        let refused = stream.message().await.unwrap_err();
        assert_eq!(reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
    }
}

#[tokio::test]
async fn bad_credentials_are_refused() {
    let gateway = start().await;
    let mut catalog = CatalogServiceClient::new(gateway.channel().await);
    let bad = catalog.get_area(as_party(GetAreaRequest::default(), "Bearer abc")).await.unwrap_err();
    assert_eq!(reason(&bad), (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned()));
}

#[tokio::test]
async fn methods_for_services_cannot_be_reached() {
    let gateway = start().await;
    let mut decisions = DecisionServiceClient::new(gateway.channel().await);
    let refused = decisions.decide(DecideRequest::default()).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::Unauthenticated, "CREDENTIALS_MISSING".to_owned()));
    for party in [Party::Weller, Party::Programme, Party::PrivacyOfficer] {
        let authorization = token(party, &gateway.clock);
        let refused = decisions.decide(as_party(DecideRequest::default(), &authorization)).await.unwrap_err();
        assert_eq!(reason(&refused), (Code::PermissionDenied, "ROLE_MISSING".to_owned()));
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable_in_our_words() {
    let gateway = start().await;
    let channel = gateway.channel().await;
    let mut consent = AgreementServiceClient::new(channel.clone());
    let down = consent.list_purposes(ListPurposesRequest {}).await.unwrap_err();
    let mut inspanningen = InspanningenServiceClient::new(channel);
    let broken = inspanningen.list_inspanningen(ListInspanningenRequest::default()).await.unwrap_err();
    for status in [down, broken] {
        assert_eq!(reason(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        let shown = format!("{status:?}");
        for raw in ["10.0.0.3", "127.0.0.1", "transport", "tcp"] {
            assert!(!shown.contains(raw), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let gateway = start().await;
    for path in ["/alliantie.consent.v1.Nothing/Get", "/other.Service/Get", "/x", "/"] {
        let mut client = tonic::client::Grpc::new(gateway.channel().await);
        client.ready().await.unwrap();
        let codec = tonic_prost_codec();
        let status = client
            .unary(Request::new(GetAreaRequest::default()), path.parse().unwrap(), codec)
            .await
            .unwrap_err();
        assert_eq!(reason(&status), (Code::Unimplemented, "UNKNOWN_METHOD".to_owned()), "{path}");
    }
}

fn tonic_prost_codec() -> tonic_prost::ProstCodec<GetAreaRequest, Area> {
    tonic_prost::ProstCodec::default()
}

#[tokio::test]
async fn health_and_reflection_are_served() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let gateway = start().await;
    let channel = gateway.channel().await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let answer = health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);

    let mut reflection = ServerReflectionClient::new(channel);
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = reflection.server_reflection_info(futures_util::stream::iter([ask])).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list of services");
    };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    for name in [
        "alliantie.consent.v1.LedgerService",
        "alliantie.indicators.v1.CatalogService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} not in {names:?}");
    }
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let gateway = start().await;
    let catalog = CatalogServiceClient::new(gateway.channel().await);
    let calls = (0..200).map(|number| {
        let mut catalog = catalog.clone();
        async move {
            let name = format!("areas/{number}");
            let area = catalog.get_area(GetAreaRequest { name: name.clone() }).await.unwrap().into_inner();
            assert_eq!(area.name, name);
        }
    });
    futures_util::future::join_all(calls).await;
}
