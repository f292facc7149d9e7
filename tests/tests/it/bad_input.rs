//! Bad input gets an error that names the field or line, changes nothing, and costs no memory.

use bytes::Bytes;
use e2e::http::{Answer, Http};
use e2e::parties::{GGD, WELLER, reason};
use e2e::platform::Platform;
use e2e::process::Running;
use http::{Method, StatusCode};
use proto::google::api::HttpBody;
use proto::indicators::v1::UploadReleaseRequest;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use serde_json::json;
use tonic::Code;

use e2e::exchange::{DATASET, Member, announce};

/// What the processes may grow by while they refuse a flood: far less than the flood.
const MEMORY: u64 = 48 * 1024 * 1024;

async fn send_bad_input(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    announce(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));

    deliveries(&as_weller).await;
    floods(platform, &weller).await;
    credentials(platform, &http).await;
    requests(&http, &as_weller).await;

    let releases = as_weller.get(&format!("/v1/{DATASET}/releases")).await.json();
    assert_eq!(releases["releases"], json!([]), "nothing was stored");
}

async fn deliveries(weller: &Http) {
    let header = "indicator,gebied,periode,leeftijd,waarde,status";
    let good = "huishoudens-met-voorziening,BU08990201,2025Q1,jong,5,definitief";
    let line = |from: &str, to: &str| {
        format!("{header}\n{good}\n{}\n", good.replace("jong", "oud").replace(from, to))
    };
    let cases = [
        (line("huishoudens-met-voorziening", "geluk"), "line 3", "indicator"),
        (line("BU08990201", "BU08999999"), "line 3", "gebied"),
        (line(",5,", ",veel,"), "line 3", "waarde"),
        (line(",5,", ",NaN,"), "line 3", "waarde"),
        (line(",5,", ",10^400,"), "line 3", "waarde"),
        (line(",5,", ",\"5,5\","), "line 3", "waarde"),
        (line(",oud,", ",jong,"), "line 3", "regel 2"),
        (line("2025Q1", "2023Q5"), "line 3", "periode"),
        (
            format!(
                "{header}\n{good}\n{}\n{}\n",
                good.replace("jong", "oud"),
                good.replace("jong", "totaal")
            ),
            "line 4",
            "10",
        ),
    ];
    for (csv, place, about) in cases {
        let path = format!("/v1/{DATASET}/releases");
        let refused = weller.send(Method::POST, &path, "text/csv", csv.clone().into()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{csv}\n{}", refused.text());
        let problem = refused.json();
        assert_eq!(problem["reason"], "INVALID_DELIVERY", "{csv}");
        let error = problem["errors"][0].to_string();
        assert!(error.contains(place) && error.contains(about), "{csv}: {error}");
        // The dry run says the same, and lists all.
        let path = format!("/v1/{DATASET}/releases/_validate");
        let report = weller.send(Method::POST, &path, "text/csv", csv.into()).await;
        assert_eq!(report.status, StatusCode::OK, "{}", report.text());
        let count = report.json()["errorCount"].as_str().and_then(|count| count.parse().ok());
        assert!(count.is_some_and(|count: u32| count > 0), "{}", report.text());
    }
}

async fn floods(platform: &Platform, weller: &Member) {
    let mut releases = ReleaseServiceClient::new(weller.connection.clone());
    let message = |data: Vec<u8>, first: bool| UploadReleaseRequest {
        parent: if first { DATASET.to_owned() } else { String::new() },
        file: Some(HttpBody { content_type: "text/csv".to_owned(), data, ..Default::default() }),
        ..Default::default()
    };
    let before = peak_memory(platform);
    // One line of 1 MB, and one of 100 MB, which is more than a file may have.
    for (pieces, expected) in [(16, "INVALID_DELIVERY"), (1600, "TOO_LARGE")] {
        let pieces = (0..pieces).map(move |piece| message(vec![b'x'; 64 * 1024], piece == 0));
        let refused = releases.upload_release(tokio_stream::iter(pieces)).await.expect_err("too long");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert_eq!(reason(&refused), expected);
    }
    // A million tiny messages.
    let pieces = (0..1_000_000).map(move |piece| message(vec![b'x'], piece == 0));
    let refused = releases.upload_release(tokio_stream::iter(pieces)).await.expect_err("no delivery");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    // The kernel counts pages per processor, so a peak can read a little lower than it did.
    let grown = peak_memory(platform).saturating_sub(before);
    assert!(grown < MEMORY, "grew by {} MiB", grown / 1024 / 1024);
}

/// The most memory that the processes ever had, in bytes.
fn peak_memory(platform: &Platform) -> u64 {
    let peak = |process: &Running| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
    };
    platform.others.iter().chain([&platform.gateway]).map(peak).sum()
}

async fn credentials(platform: &Platform, http: &Http) {
    let good = platform.issuer.token(GGD);
    let (head, signature) = good.rsplit_once('.').expect("a signature");
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let stranger = e2e::parties::Issuer::new();
    let cases = [
        (forged, "CREDENTIALS_INVALID"),
        (platform.issuer.token_with(GGD, -3600, e2e::parties::AUDIENCE), "CREDENTIALS_EXPIRED"),
        (platform.issuer.token_with(GGD, 3600, "another-platform"), "CREDENTIALS_INVALID"),
        (stranger.token(GGD), "CREDENTIALS_INVALID"),
        ("nonsense".to_owned(), "CREDENTIALS_INVALID"),
    ];
    for (token, expected) in cases {
        // A bad token is refused even where none is needed.
        for path in ["/v1/agreements", "/v1/areas"] {
            let refused = http.with_token(&token).get(path).await;
            assert_eq!(problem(&refused), (StatusCode::UNAUTHORIZED, expected.to_owned()), "{path} {token}");
        }
    }
    assert_eq!(problem(&http.get("/v1/agreements").await).1, "CREDENTIALS_MISSING");
}

async fn requests(http: &Http, weller: &Http) {
    let cases = [
        (http.get("/v1/areas?pageSize=-1").await, "pageSize"),
        (http.get("/v1/areas?colour=red").await, "colour"),
        (http.get("/v1/areas?pageSize=many").await, "pageSize"),
        (http.get("/v1/areas?pageToken=bogus").await, "pageToken"),
        (http.get("/v1/datasets/stabiliteitsdriehoek/observations?areas=areas/NERGENS").await, "areas[0]"),
        (http.get("/v1/areas/BRU-NOORD/stability-triangle?benchmark=areas/NL&period=2023Q5").await, "period"),
        (
            weller.send(Method::POST, "/v1/agreements", "application/json", Bytes::from("{not json")).await,
            "JSON",
        ),
        (weller.json(Method::POST, "/v1/agreements", &json!({ "colour": "red" })).await, "colour"),
        (weller.json(Method::POST, "/v1/agreements", &json!({ "validUntil": "ooit" })).await, "validUntil"),
    ];
    for (answer, about) in cases {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert!(answer.text().contains(about), "{about} is not in {}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    for path in ["/v1/areas/../agreements", "/v1/areas/%2e%2e/agreements", "/v1/areas/", "/v1/nothing"] {
        let answer = http.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text());
    }
    assert_eq!(http.get("/v1/areas/NERGENS").await.status, StatusCode::NOT_FOUND);
}

fn problem(answer: &Answer) -> (StatusCode, String) {
    (answer.status, answer.json()["reason"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_by_field_and_line_and_changes_nothing_on_one_process_with_sqlite() {
    send_bad_input(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_by_field_and_line_and_changes_nothing_on_five_processes_with_postgresql() {
    send_bad_input(&Platform::five_processes().await).await;
}
