//! Nobody reaches a method that the contract does not open to them: every RPC of the contract is
//! called through the gateway with no credentials, with every role, and with a service's name.

use bytes::Bytes;
use e2e::parties::{GGD, PRIVACY_OFFICER, PROGRAMME, Party};
use e2e::platform::Platform;
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use platform::access::Rules;
use proto::api::v1::Role;
use tonic::{Code, Status};

/// A message without fields, in gRPC framing.
const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

/// What a method answers to an empty message.
async fn call(url: &str, path: &str, token: Option<&str>) -> Status {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let mut request = Request::post(format!("{url}{path}"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", "5S");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from_static(EMPTY))).expect("a request");
    let response = client.request(request).await.expect("the platform answers");
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    // A first frame with data lets the caller in; trailers say what came of it.
    let frame = response.into_body().frame().await.expect("a frame").expect("a whole one");
    frame.into_trailers().map_or_else(
        |_| Status::new(Code::Ok, ""),
        |trailers| Status::from_header_map(&trailers).expect("a status"),
    )
}

fn refused_by_the_rule(status: &Status) -> bool {
    ["CREDENTIALS_MISSING", "ROLE_MISSING"].contains(&e2e::parties::reason(status).as_str())
}

async fn call_every_method(platform: &Platform) {
    let rules = Rules::of_contract().expect("the contract");
    let ggd = |roles| Party { roles, ..GGD };
    let roles: [(Role, Party); 4] = [
        (Role::Partner, ggd(&["partner"])),
        (Role::Administrator, ggd(&["administrator"])),
        (Role::Programme, PROGRAMME),
        (Role::PrivacyOfficer, PRIVACY_OFFICER),
    ];
    for (path, rule) in rules.iter() {
        let public = rule.roles.contains(&Role::Public);
        let answer = call(&platform.url(), path, None).await;
        assert_eq!(refused_by_the_rule(&answer), !public, "{path} without credentials: {answer:?}");
        if !public {
            assert_eq!(answer.code(), Code::Unauthenticated, "{path}");
        }
        for (role, party) in roles {
            let admitted = public || rule.roles.contains(&role);
            let answer = call(&platform.url(), path, Some(&platform.issuer.token(party))).await;
            assert_eq!(refused_by_the_rule(&answer), !admitted, "{path} as {role:?}: {answer:?}");
            if !admitted {
                assert_eq!(answer.code(), Code::PermissionDenied, "{path} as {role:?}");
            }
        }
        // A token from outside cannot make its bearer a service.
        let service = Party { id: "service:indicators", oin: "", roles: &["service"] };
        let answer = call(&platform.url(), path, Some(&platform.issuer.token(service))).await;
        let refused = [Code::PermissionDenied, Code::Unauthenticated].contains(&answer.code());
        assert!(public || refused, "{path} as a service: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_in_whom_the_contract_names_and_nobody_else_on_one_process_with_sqlite() {
    call_every_method(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_in_whom_the_contract_names_and_nobody_else_on_five_processes_with_postgresql() {
    call_every_method(&Platform::five_processes().await).await;
}
