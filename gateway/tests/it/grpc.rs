//! gRPC through the gateway.

use std::time::Duration;

use proto::consent::v1::DecideRequest;
use proto::consent::v1::ListPurposesRequest;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::purpose_service_client::PurposeServiceClient;
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

use crate::support::{Place, send, start, start_with, token};

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
    let mut consent = PurposeServiceClient::new(channel.clone());
    let down = consent.list_purposes(ListPurposesRequest::default()).await.unwrap_err();
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
    let weller = &token(Party::Weller, &gateway.clock);
    let calls = (0..200).map(|number| {
        let mut catalog = catalog.clone();
        async move {
            let name = format!("areas/{number}");
            let request = as_party(GetAreaRequest { name: name.clone() }, weller);
            let area = catalog.get_area(request).await.unwrap().into_inner();
            assert_eq!(area.name, name);
        }
    });
    futures_util::future::join_all(calls).await;
}

#[tokio::test]
async fn a_call_has_a_deadline_that_the_gateway_bounds() {
    let gateway = start().await;
    let mut catalog = CatalogServiceClient::new(gateway.channel().await);
    let area = catalog.get_area(GetAreaRequest::default()).await.unwrap().into_inner();
    assert!(area.note.ends_with(" 30S"), "{}", area.note);
    let mut request = Request::new(GetAreaRequest::default());
    request.set_timeout(Duration::from_secs(3600));
    let area = catalog.get_area(request).await.unwrap().into_inner();
    assert!(area.note.ends_with(" 30S"), "{}", area.note);
}

#[tokio::test]
async fn what_looks_at_a_whole_dataset_has_minutes() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let mut releases = ReleaseServiceClient::new(gateway.channel().await);
    let publish = as_party(PublishReleaseRequest::default(), &weller);
    let release = releases.publish_release(publish).await.unwrap();
    assert_eq!(release.into_inner().digest, "600S");
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let config = gateway::Config { open_calls_per_address: 1, ..gateway::Config::default() };
        let gateway = start_with(config, place).await;
        let first = [Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[0, 0]))];
        let endless = futures_util::StreamExt::chain(
            futures_util::stream::iter(first),
            futures_util::stream::pending(),
        );
        let request = http::Request::post(gateway.url("/alliantie.indicators.v1.CatalogService/GetArea"))
            .header("content-type", "application/grpc-web+proto")
            .header("grpc-timeout", "200m")
            .body(axum::body::Body::from_stream(endless))
            .unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(10), send(request)).await.expect("an answer");
        assert!(answer.text().contains("grpc-status:4"), "{}", answer.text());
        let mut catalog = CatalogServiceClient::new(gateway.channel().await);
        catalog.get_area(GetAreaRequest::default()).await.expect("its room is given back");
    }
}

#[tokio::test]
async fn what_a_library_says_is_said_in_our_words() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(gateway::Config::default(), place).await;
        let ask = async |body: Vec<u8>| {
            let request = http::Request::post(gateway.url("/alliantie.indicators.v1.CatalogService/GetArea"))
                .version(http::Version::HTTP_2)
                .header("content-type", "application/grpc")
                .body(axum::body::Body::from(body))
                .unwrap();
            let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .http2_only(true)
                .build_http::<axum::body::Body>();
            let response = client.request(request).await.unwrap();
            Status::from_header_map(response.headers()).expect("a refusal")
        };
        let invalid = (Code::InvalidArgument, "INVALID_FIELD".to_owned());
        assert_eq!(reason(&ask(vec![0, 0, 0, 0, 3, 255, 255, 255]).await), invalid, "{place:?}");
        assert_eq!(reason(&ask(Vec::new()).await), invalid);
        assert_eq!(reason(&ask(vec![0, 0, 0, 0, 9, 1]).await), invalid);
        assert_eq!(reason(&ask(vec![1, 0, 0, 0, 1, 1]).await), invalid);
        let large = ask([vec![0, 0, 80, 0, 0], vec![0; 80 * 65536]].concat()).await;
        assert_eq!(reason(&large), (Code::ResourceExhausted, "TOO_LARGE".to_owned()));
        let mut catalog = CatalogServiceClient::new(gateway.channel().await);
        let raw = catalog.get_area(GetAreaRequest { name: "areas/RAW".to_owned() }).await.unwrap_err();
        assert_eq!(reason(&raw), (Code::Internal, "INTERNAL".to_owned()));
        assert!(!format!("{raw:?}").contains("secret"), "{raw:?}");
    }
}

#[tokio::test]
async fn health_of_a_service_that_is_not_there_is_not_found() {
    let gateway = start().await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(gateway.channel().await);
    let ask = tonic_health::pb::HealthCheckRequest { service: "niets".to_owned() };
    let missing = health.check(ask).await.unwrap_err();
    assert_eq!(reason(&missing), (Code::NotFound, "NOT_FOUND".to_owned()));
}
