//! The process that delivers is killed amid a stream: the ledger says that nobody tells how it ended.

use std::time::{Duration, Instant};

use e2e::exchange::{DATASET, Member, PURPOSE, agree, announce, deliver};
use e2e::parties::{GGD, Party, WELLER};
use e2e::platform::Platform;
use e2e::process::run;
use platform::db::Database;
use proto::consent::v1::LedgerEntryKind as Kind;
use proto::indicators::v1::WatchObservationsRequest;
use sea_orm::{ConnectionTrait, TransactionTrait};

/// How long the entry is waited for, on a busy machine; a process is gone after 2 s of silence here.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the audit by a party says; it finds nothing wrong.
fn audit(platform: &Platform, party: Party) -> String {
    let path = |name: &str| platform.folder().join(format!("{name}-{}", party.id)).display().to_string();
    let (token, folder) = (path("token"), path("logboek"));
    std::fs::write(&token, platform.issuer.token(party)).expect("a token");
    let url = platform.url();
    let audited = run(&["ledger", "audit", &folder, "--platform", &url, "--token-file", &token]);
    assert_eq!(audited.code, 0, "{}{}", audited.out, audited.err);
    audited.out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_killed_is_entered_and_the_audit_of_both_parties_says_so() {
    let platform = Platform::five_processes_with(&["--unaccounted-after-seconds", "5"]).await;
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await.name;
    // The rows cannot be read yet, so that the stream is under way for as long as the test wants.
    let database = Database::connect(&platform.databases[3]).await.expect("the database of the figures");
    let held = database.pool().begin().await.expect("a transaction");
    held.execute_unprepared("LOCK TABLE release_part, shield").await.expect("the rows are held");
    let watch = WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement,
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    let stream = ggd.observations().watch_observations(watch).await.expect("a stream");
    let said = audit(&platform, GGD);
    assert!(said.contains("staat (nog) niet hoe de levering afliep: ledger-entries/"), "{said}");

    platform.others[3].signal("KILL");
    drop((stream, held));
    let begin = Instant::now();
    let entry = loop {
        let entry = ggd.ledger().await.pop().expect("entries");
        if entry.kind() == Kind::DeliveryUnaccounted {
            break entry;
        }
        assert!(begin.elapsed() < PATIENCE, "{entry:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(entry.summary_nl.contains("niet bekend"), "{}", entry.summary_nl);
    for party in [WELLER, GGD] {
        let said = audit(&platform, party);
        let told = "zegt het platform dat niet bekend is hoe de levering afliep: ledger-entries/";
        assert!(said.contains(told) && !said.contains("(nog)"), "{said}");
    }
}
