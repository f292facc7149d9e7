//! What an ops engineer relies on: start, stop, errors, health.

use std::time::{Duration, Instant};

use e2e::exchange::{Member, announce, delivery, upload_messages};
use e2e::http::Http;
use e2e::parties::{PROGRAMME, WELLER, channel};
use e2e::platform::Platform;
use e2e::process::{Running, STOP, run};
use http::{Method, StatusCode};
use platform::db::Database;
use proto::indicators::v1::WatchObservationsRequest;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::json;
use tokio_stream::wrappers::ReceiverStream;

fn start(data: &std::path::Path) -> Running {
    Running::start(&["--data-dir", &data.display().to_string()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_the_data_even_after_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = |platform: &Running| {
        let token = run(&["token", "programma"]);
        Http::new(&platform.url()).with_token(token.out.trim())
    };
    let mut platform = start(folder.path());
    let http = token(&platform);
    let goal = json!({ "displayName": "Meer groen", "kind": "GOAL_KIND_OPERATIONAL" });
    let made = http.json(Method::POST, "/v1/goals?goalId=O1", &goal).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    platform.signal("KILL");
    platform.wait(STOP);
    drop(platform);

    let platform = start(folder.path());
    let http = token(&platform);
    assert_eq!(http.get("/v1/goals/O1").await.json(), made.json());
    let releases = http.get("/v1/datasets/stabiliteitsdriehoek/releases").await.json();
    assert_eq!(releases["releases"].as_array().expect("releases").len(), 1, "loaded once");
    assert!(folder.path().join("consent.db").is_file(), "one file per service");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greeting_says_where_to_look_and_what_to_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = start(folder.path());
    for needed in
        [platform.url(), "-- demo --platform".to_owned(), "/v1/openapi.json".to_owned(), "curl".to_owned()]
    {
        assert!(platform.greeting.contains(&needed), "{needed} is not in:\n{}", platform.greeting);
    }
    let admin = Http::new(&format!("http://{}", platform.admin));
    assert_eq!(admin.get("/livez").await.status, StatusCode::OK);
    assert_eq!(admin.get("/readyz").await.status, StatusCode::OK);
    Http::new(&platform.url()).get("/v1/areas").await;
    let metrics = admin.get("/metrics").await.text();
    assert!(metrics.contains("rpc_server_requests_total"), "{metrics}");
    assert!(metrics.contains("CatalogService/ListAreas"), "{metrics}");
    assert!(metrics.contains("gateway_request_seconds_bucket"), "{metrics}");
}

/// An upload that is under way when the platform is told to stop, and a stream that never ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_end_and_refuses_new_ones() {
    let mut platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    announce(&weller).await;
    let watch = WatchObservationsRequest { parent: "datasets/stapeling".to_owned(), ..Default::default() };
    let mut client = ObservationServiceClient::new(channel(&platform.url()).await);
    let mut stream = client.watch_observations(watch).await.expect("a stream").into_inner();
    stream.message().await.expect("a part").expect("more");

    let (pieces, upload) = tokio::sync::mpsc::channel(4);
    let mut messages = upload_messages(&delivery()).into_iter();
    pieces.send(messages.next().expect("a first piece")).await.expect("it is sent");
    let mut releases = ReleaseServiceClient::new(weller.connection.clone());
    let uploading = tokio::spawn(async move { releases.upload_release(ReceiverStream::new(upload)).await });
    tokio::time::sleep(Duration::from_millis(500)).await;

    let begin = Instant::now();
    platform.gateway.signal("TERM");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let refused = tokio::net::TcpStream::connect(platform.gateway.address).await;
    assert!(refused.is_err(), "new connections are refused");
    for piece in messages {
        pieces.send(piece).await.expect("the upload goes on");
    }
    drop(pieces);
    let uploaded = uploading.await.expect("it ends").expect("the upload is answered").into_inner();
    assert_eq!(uploaded.report.expect("a report").cell_count, 72);
    let status = tokio::task::spawn_blocking(move || platform.gateway.wait(STOP)).await.expect("it ends");
    assert!(status.success(), "{status}");
    assert!(begin.elapsed() < STOP);
}

#[test]
fn a_start_that_cannot_succeed_says_why_on_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let busy_address = busy.local_addr().expect("its address").to_string();
    let port = run(&["--listen", &busy_address, "--admin-listen", "127.0.0.1:0", "--data-dir", &data]);
    refused(&port, &[&busy_address, "--listen"]);

    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    let below = file.join("data").display().to_string();
    let unwritable = run(&["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &below]);
    refused(&unwritable, &["--data-dir"]);

    assert_eq!(run(&["--lisen", "127.0.0.1:0"]).code, 2);
    assert_eq!(run(&["serve", "indicatoren"]).code, 2);
    assert_eq!(run(&["--listen", "everywhere"]).code, 2);
    // The keys of the demo are public, so it stays on its own machine.
    let open = run(&["--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &data]);
    refused(&open, &["--no-demo"]);
}

#[test]
fn a_folder_is_for_one_process_and_for_the_demo_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let arguments = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &path];
    let mut platform = start(folder.path());
    refused(&run(&arguments), &["een ander proces", "--data-dir"]);
    platform.signal("TERM");
    assert!(platform.wait(STOP).success());
    refused(&run(&[&arguments[..], &["--no-demo"]].concat()), &["fictieve", "--data-dir"]);
}

#[test]
fn a_damaged_database_is_named_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut platform = start(folder.path());
    platform.signal("TERM");
    assert!(platform.wait(STOP).success());
    for service in ["consent", "indicators", "inspanningen", "stakeholders"] {
        let file = folder.path().join(format!("{service}.db"));
        let log = folder.path().join(format!("{service}.db-wal"));
        let (whole, pages) =
            (std::fs::read(&file).expect("a database"), std::fs::read(&log).unwrap_or_default());
        let mut scratched = whole.clone();
        // Pages in the log stand in for those in the file.
        let third = scratched.len() / 3;
        scratched[third..].fill(0xff);
        for damaged in ["this is no database".repeat(100).into_bytes(), scratched] {
            std::fs::write(&file, damaged).expect("damage");
            std::fs::write(&log, b"").expect("no log");
            let path = folder.path().display().to_string();
            let ended =
                run(&["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &path]);
            refused(&ended, &[&format!("{service}.db")]);
        }
        std::fs::write(&file, whole).expect("it is whole again");
        std::fs::write(&log, pages).expect("and its log");
    }
}

#[tokio::test]
async fn a_database_of_an_older_layout_is_refused_before_another_one_is_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = async |service: &str| {
        let url = format!("sqlite://{}", folder.path().join(format!("{service}.db")).display());
        Database::connect(&url).await.expect("a database")
    };
    let older = "CREATE TABLE seaql_migrations (version TEXT PRIMARY KEY, applied_at BIGINT NOT NULL);
                 INSERT INTO seaql_migrations VALUES ('m20250101_000001_older', 0)";
    let consent = database("consent").await;
    consent.pool().execute_unprepared(older).await.expect("a layout");
    consent.close().await.expect("closed");
    let path = folder.path().display().to_string();
    let ended =
        run(&["--no-demo", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", &path]);
    refused(&ended, &["consent.db", "van de een naar de ander gaan geen stappen"]);
    let tables = Statement::from_string(DatabaseBackend::Sqlite, "SELECT name FROM sqlite_master");
    let there = database("stakeholders").await.pool().query_all_raw(tables).await.expect("an answer");
    assert_eq!(there.len(), 0, "nothing was made there");
}

fn refused(finished: &e2e::process::Finished, mentions: &[&str]) {
    assert_eq!(finished.code, 1, "{}", finished.err);
    assert_eq!(finished.err.trim_end().lines().count(), 1, "one line: {}", finished.err);
    for needed in mentions {
        assert!(finished.err.contains(needed), "{needed} is not in {}", finished.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_the_demo_are_good_for_the_demo_only() {
    let platform = Platform::one_process();
    let token = run(&["token", "programma"]);
    let http = Http::new(&platform.url()).with_token(token.out.trim());
    let refused = http.json(Method::POST, "/v1/goals?goalId=O1", &json!({ "displayName": "x" })).await;
    assert_eq!(
        (refused.status, &refused.json()["reason"]),
        (StatusCode::UNAUTHORIZED, &json!("CREDENTIALS_INVALID"))
    );
    // The tests' own issuer is accepted here.
    let http = Http::new(&platform.url()).with_token(&platform.issuer.token(PROGRAMME));
    assert_eq!(http.get("/v1/goals").await.status, StatusCode::OK);
}
