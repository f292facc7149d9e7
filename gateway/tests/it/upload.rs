//! Files over REST: streamed in pieces, and never taken for complete when they are not.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use proto::indicators::v1::UploadReleaseRequest;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use sha2::{Digest, Sha256};
use testkit::Party;

use crate::support::{Ended, Place, post, send, start, start_with, token};

const PATH: &str = "/v1/datasets/weller-huur/releases?requestId=r-1&note=eerste";

fn digest(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_file_arrives_whole_in_pieces() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(gateway::Config::default(), place).await;
        let weller = token(Party::Weller, &gateway.clock);
        let headers = [("content-type", "text/csv; charset=utf-8"), ("authorization", weller.as_str())];
        let file: Vec<u8> =
            (0..3_000_000_u32).flat_map(|number| [b'0' + u8::try_from(number % 10).unwrap()]).collect();
        let answer = post(&gateway, PATH, &headers, file.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (release, report) = (&answer.json()["release"], &answer.json()["report"]);
        assert_eq!(release["name"], "datasets/weller-huur");
        assert_eq!((&release["note"], &release["etag"]), (&"eerste".into(), &"r-1".into()));
        assert_eq!(release["cellCount"], "3000000");
        assert_eq!(release["digest"], digest(&file));
        assert_eq!(report["periods"][0], "text/csv");
        let largest: usize = report["cellCount"].as_str().unwrap().parse().unwrap();
        assert!(largest <= 256 * 1024, "{largest}");
    }
}

#[tokio::test]
async fn a_file_in_crumbs_becomes_few_messages() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [("content-type", "text/csv"), ("authorization", weller.as_str())];
    let crumbs = (0..20_000).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"x")));
    let body = Body::from_stream(futures_util::stream::iter(crumbs));
    let answer = post(&gateway, PATH, &headers, body).await.json();
    assert_eq!(answer["release"]["cellCount"], "20000");
    assert_eq!(answer["report"]["lineCount"], "1");
}

#[tokio::test]
async fn an_empty_file_is_one_message() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [("content-type", "text/csv"), ("authorization", weller.as_str())];
    let answer = post(&gateway, PATH, &headers, "").await.json();
    assert_eq!(answer["report"]["lineCount"], "1");
    assert_eq!(answer["release"]["name"], "datasets/weller-huur");
}

#[tokio::test]
async fn a_file_that_breaks_off_is_never_complete() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(gateway::Config::default(), place).await;
        let weller = token(Party::Weller, &gateway.clock);
        let body = Body::from_stream(async_stream::stream! {
            yield Ok(Bytes::from(vec![b'x'; 300_000]));
            // Long enough for the service to see that piece.
            tokio::time::sleep(Duration::from_millis(300)).await;
            yield Err(std::io::Error::other("gone"));
        });
        let request = http::Request::post(gateway.url(PATH))
            .header("content-type", "text/csv")
            .header("authorization", weller)
            .body(body)
            .unwrap();
        let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
            .build_http::<Body>();
        client.request(request).await.expect_err("the file broke off");
        assert_eq!(gateway.uploads.first_end().await, Ended::Broken, "{place:?}");
    }
}

#[tokio::test]
async fn a_grpc_upload_that_is_cancelled_is_never_complete() {
    for place in [Place::InProcess, Place::OverTheNetwork] {
        let gateway = start_with(gateway::Config::default(), place).await;
        let mut releases = ReleaseServiceClient::new(gateway.channel().await);
        let first = UploadReleaseRequest { parent: "datasets/d".to_owned(), ..Default::default() };
        let pieces = futures_util::stream::iter([first]);
        let endless = futures_util::StreamExt::chain(pieces, futures_util::stream::pending());
        let mut request = tonic::Request::new(endless);
        let weller = token(Party::Weller, &gateway.clock);
        request.metadata_mut().insert("authorization", weller.parse().unwrap());
        let call = releases.upload_release(request);
        tokio::time::timeout(Duration::from_millis(300), call).await.expect_err("given up by the caller");
        assert_eq!(gateway.uploads.first_end().await, Ended::Broken, "{place:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_heard_before_the_file_has_ended() {
    let gateway = start().await;
    let weller = token(Party::Weller, &gateway.clock);
    let start = [Ok::<_, std::io::Error>(Bytes::from([b"stop".as_slice(), &[b'x'; 70_000]].concat()))];
    let endless =
        futures_util::StreamExt::chain(futures_util::stream::iter(start), futures_util::stream::pending());
    let request = http::Request::post(gateway.url(PATH))
        .header("content-type", "text/csv")
        .header("authorization", weller)
        .body(Body::from_stream(endless))
        .unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), send(request)).await.expect("an answer");
    answer.problem(409, "ALREADY_EXISTS");
}

#[tokio::test]
async fn an_upload_needs_credentials_and_a_media_type() {
    let gateway = start().await;
    post(&gateway, PATH, &[("content-type", "text/csv")], "x").await.problem(401, "CREDENTIALS_MISSING");
    let programme = token(Party::Programme, &gateway.clock);
    let headers = [("content-type", "text/csv"), ("authorization", programme.as_str())];
    post(&gateway, PATH, &headers, "x").await.problem(403, "ROLE_MISSING");
    let weller = token(Party::Weller, &gateway.clock);
    post(&gateway, PATH, &[("authorization", &weller)], "x").await.problem(415, "INVALID_FIELD");
}
