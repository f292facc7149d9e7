//! When a part fails, nothing is delivered that should not be.

use std::time::{Duration, Instant};

use e2e::exchange::{DATASET, Member, PURPOSE, agree, announce, deliver, query};
use e2e::parties::{GGD, WELLER, reason};
use e2e::platform::Platform;
use platform::db::Database;
use proto::indicators::v1::WatchObservationsRequest;
use sea_orm::ConnectionTrait;
use tonic::Code;

/// How long a silent consent service is waited for, and some time for a busy machine.
const SILENCE: Duration = Duration::from_secs(2 + 3);

fn watch(agreement: &str) -> WatchObservationsRequest {
    WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: agreement.to_owned(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_consent_service_ends_streams_and_refuses_queries() {
    let platform = Platform::five_processes().await;
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await.name;
    let mut stream =
        ggd.observations().watch_observations(watch(&agreement)).await.expect("a stream").into_inner();
    while !stream.message().await.expect("a part").expect("more").release_complete {}

    let consent = &platform.others[2];
    consent.signal("STOP");
    let start = Instant::now();
    let ended = stream.message().await.expect_err("the stream is cut");
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::PermissionDenied, "DECISION_POINT_SILENT"));
    assert!(start.elapsed() < SILENCE, "after {:?}", start.elapsed());
    let refused = ggd.observations().list_observations(query(&agreement)).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");

    consent.signal("CONT");
    let again = async {
        while ggd.observations().list_observations(query(&agreement)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.expect("it goes on when consent is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_cannot_be_written_is_a_refusal() {
    let platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await.name;
    ggd.observations().list_observations(query(&agreement)).await.expect("rows");

    let file = platform.folder().join("data").join("consent.db");
    let database = Database::connect(&format!("sqlite://{}", file.display())).await.expect("its database");
    let rename = "ALTER TABLE ledger_entry RENAME TO ledger_entry_gone";
    database.pool().execute_unprepared(rename).await.expect("the ledger is gone");
    let refused = ggd.observations().list_observations(query(&agreement)).await.expect_err("refused");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "LEDGER_UNAVAILABLE"));

    let rename = "ALTER TABLE ledger_entry_gone RENAME TO ledger_entry";
    database.pool().execute_unprepared(rename).await.expect("the ledger is back");
    ggd.observations().list_observations(query(&agreement)).await.expect("rows again");
}
