//! A revocation while something fails: 1,000 streams are open, and not one row arrives after the
//! bound, nor does one stream survive. Prints how long the streams took to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use e2e::exchange::{DATASET, Member, PURPOSE, agree, announce, upload_messages};
use e2e::parties::{Connection, GGD, WELLER, bearer, channel, reason};
use e2e::process::Running;
use e2e::proxy::Loses;
use e2e::replicas::Replicas;
use proto::consent::v1 as consent;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use proto::indicators::v1::{PublishReleaseRequest, WatchObservationsRequest};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::service::interceptor::InterceptedService;

/// Open streams at every fault.
const STREAMS: usize = 1000;
/// Streams over one connection.
const PER_CONNECTION: usize = 100;
/// No row leaves later than this after a revocation was answered.
pub(crate) const BOUND: Duration = Duration::from_secs(2);
/// For what has left and has to arrive; on top of it comes what this machine, as busy as it is, takes
/// to end all streams without a fault, but no more than as much again.
pub(crate) const ALLOWANCE: Duration = Duration::from_secs(1);
/// How often a release is published, unless most streams still wait for the one before.
const PUBLISH: Duration = Duration::from_millis(200);
/// Streams that are opened at a time.
const OPENING: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    PushLost,
    Paused,
    Killed,
    DatabaseRestarted,
    ClockAhead,
    ClockBehind,
    Partitioned,
    /// The enforcement point itself does not run, until after the bound.
    PointFrozen,
}

const FAULTS: [Fault; 9] = [
    Fault::None,
    Fault::PushLost,
    Fault::Paused,
    Fault::Killed,
    Fault::DatabaseRestarted,
    Fault::ClockAhead,
    Fault::ClockBehind,
    Fault::Partitioned,
    Fault::PointFrozen,
];

/// What one stream saw.
struct Seen {
    last_row: Instant,
    end: Instant,
    reason: String,
}

/// What all streams share.
struct Shared {
    opening: Semaphore,
    /// Streams that have rows.
    flowing: AtomicUsize,
    /// Messages with rows that arrived.
    rows: AtomicUsize,
    /// From now on a stream that ends is not opened again.
    fault: AtomicBool,
    /// Streams that a busy machine cut before the fault, and that were opened again.
    reopened: AtomicUsize,
}

/// One stream, until it ends.
async fn follow(
    mut client: ObservationServiceClient<Connection>,
    agreement: String,
    shared: Arc<Shared>,
) -> Seen {
    let request = WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement,
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    loop {
        let room = shared.opening.acquire().await.expect("room");
        let mut last_row = None;
        let status = match client.watch_observations(request.clone()).await {
            Err(status) => status,
            Ok(stream) => {
                let mut stream = stream.into_inner();
                let mut room = Some(room);
                loop {
                    match stream.message().await {
                        Ok(Some(part)) => {
                            assert!(!part.observations.is_empty());
                            if last_row.replace(Instant::now()).is_none() {
                                shared.flowing.fetch_add(1, Ordering::SeqCst);
                            }
                            shared.rows.fetch_add(1, Ordering::SeqCst);
                            room = None;
                        }
                        Ok(None) => panic!("a stream that just ends"),
                        Err(status) => {
                            drop(room);
                            break status;
                        }
                    }
                }
            }
        };
        match last_row {
            Some(last_row) if shared.fault.load(Ordering::SeqCst) => {
                return Seen { last_row, end: Instant::now(), reason: reason(&status) };
            }
            Some(_) => drop(shared.flowing.fetch_sub(1, Ordering::SeqCst)),
            None => {}
        }
        assert_ne!(reason(&status), "AGREEMENT_REVOKED", "before anybody revoked");
        shared.reopened.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_millis(100)).await;
    }
}

/// Opens all streams; they flow when this is done.
async fn open(platform: &Replicas, agreement: &str) -> (Vec<JoinHandle<Seen>>, Arc<Shared>) {
    let shared = Arc::new(Shared {
        opening: Semaphore::new(OPENING),
        flowing: AtomicUsize::new(0),
        rows: AtomicUsize::new(0),
        fault: AtomicBool::new(false),
        reopened: AtomicUsize::new(0),
    });
    let token = platform.issuer.token(GGD);
    let mut streams = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS / PER_CONNECTION {
        let connection = InterceptedService::new(channel(&platform.url()).await, bearer(&token));
        for _ in 0..PER_CONNECTION {
            let client = ObservationServiceClient::new(connection.clone());
            streams.push(tokio::spawn(follow(client, agreement.to_owned(), Arc::clone(&shared))));
        }
    }
    shared.all_flow().await;
    (streams, shared)
}

impl Shared {
    async fn all_flow(&self) {
        let all = async {
            while self.flowing.load(Ordering::SeqCst) < STREAMS {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(90), all).await.expect("all streams flow");
    }
}

/// Publishes one release.
pub(crate) async fn publish(weller: &Member, value: u32) -> Result<(), tonic::Status> {
    let line = format!("huishoudens-met-voorziening,BU08990201,2025Q1,totaal,{value},definitief");
    let file = format!("indicator,gebied,periode,leeftijd,waarde,status\n{line}\n");
    let mut releases = ReleaseServiceClient::new(weller.connection.clone());
    let uploaded = releases.upload_release(tokio_stream::iter(upload_messages(&file))).await?.into_inner();
    let name = uploaded.release.expect("a release").name;
    releases.publish_release(PublishReleaseRequest { name, ..Default::default() }).await?;
    Ok(())
}

/// Publishes until it is aborted, whatever fails.
fn keep_publishing(weller: &Arc<Member>, shared: &Arc<Shared>) -> JoinHandle<()> {
    let (weller, shared) = (Arc::clone(weller), Arc::clone(shared));
    tokio::spawn(async move {
        for value in 11.. {
            let before = shared.rows.load(Ordering::SeqCst);
            // What cannot be published during the fault is no release.
            drop(timeout(Duration::from_secs(2), publish(&weller, value)).await);
            sleep(PUBLISH).await;
            while shared.rows.load(Ordering::SeqCst) < before + STREAMS / 2 {
                sleep(Duration::from_millis(20)).await;
            }
        }
    })
}

impl Fault {
    /// Makes it happen, and proves that it did.
    async fn begin(self, platform: &mut Replicas, ggd: &Member, agreement: &str) {
        match self {
            Self::None => {}
            Self::PushLost => platform.proxy.lose(Loses::FromServer),
            Self::Partitioned => platform.proxy.lose(Loses::Everything),
            Self::Paused => platform.faulty.signal("STOP"),
            Self::PointFrozen => platform.indicators.signal("STOP"),
            Self::Killed => {
                platform.faulty.signal("KILL");
                platform.faulty.wait(Duration::from_secs(5));
            }
            Self::DatabaseRestarted => {
                let before = platform.cluster.process();
                platform.cluster.restart();
                assert_ne!(platform.cluster.process(), before, "another server runs");
            }
            Self::ClockAhead | Self::ClockBehind => {
                platform.shift_clock(if self == Self::ClockAhead { "+5m" } else { "-5m" });
                // By another clock a token is too old or from the future: it refuses who called just now.
                let query = e2e::exchange::query(agreement);
                let shifted = async {
                    while ggd.observations().list_observations(query.clone()).await.is_ok() {
                        sleep(Duration::from_millis(20)).await;
                    }
                };
                timeout(Duration::from_secs(2), shifted).await.expect("the clock is shifted");
            }
        }
    }

    /// Whether the enforcement point can still be told.
    fn silences(self) -> bool {
        matches!(self, Self::PushLost | Self::Paused | Self::Killed | Self::Partitioned | Self::PointFrozen)
    }

    /// Proves, when all is over, that the fault lasted, and undoes it.
    async fn end(self, platform: &mut Replicas, passed: (u64, u64)) {
        let (from_server, to_server) = (platform.proxy.from_server(), platform.proxy.to_server());
        match self {
            Self::None | Self::DatabaseRestarted | Self::PointFrozen => {}
            Self::PushLost => {
                assert_eq!(from_server.0, passed.0, "nothing was received");
                assert!(from_server.1 > 0 && to_server.0 > passed.1, "{from_server:?} {to_server:?}");
                platform.proxy.lose(Loses::Nothing);
            }
            Self::Partitioned => {
                assert_eq!((from_server.0, to_server.0), passed, "nothing passed");
                assert!(from_server.1 > 0 && to_server.1 > 0, "{from_server:?} {to_server:?}");
                platform.proxy.lose(Loses::Nothing);
            }
            Self::Paused => {
                go_on(&platform.faulty);
            }
            Self::Killed => platform.start_faulty_again(),
            Self::ClockAhead | Self::ClockBehind => {
                assert!(platform.faulty.is_running(), "it was its clock");
                platform.shift_clock("+0");
            }
        }
    }
}

/// Lets a process go on that is stopped.
pub(crate) fn go_on(process: &Running) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).expect("a process");
    assert!(stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')), "{stat}");
    process.signal("CONT");
}

/// Revokes through the healthy replica, however often that takes; tells when it was answered.
pub(crate) async fn revoke(weller: &Member, agreement: &consent::Agreement) -> Instant {
    let jws = weller.sign(agreement, "revoke");
    let request_id = platform::clock::Clock::system().uuid().to_string();
    let revoking = async {
        loop {
            let request = consent::RevokeAgreementRequest {
                name: agreement.name.clone(),
                jws: jws.clone(),
                request_id: request_id.clone(),
            };
            match weller.agreements().revoke_agreement(request).await {
                Ok(_) => return Instant::now(),
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    timeout(Duration::from_secs(20), revoking).await.expect("it is revoked")
}

async fn receipt(weller: &Member, agreement: &str) -> consent::RevocationReceipt {
    let mut client = RevocationServiceClient::new(weller.connection.clone());
    let request = consent::GetRevocationReceiptRequest { name: agreement.to_owned() };
    client.get_revocation_receipt(request).await.expect("a receipt").into_inner()
}

/// Waits until the enforcement point is connected again.
pub(crate) async fn recovered(weller: &Member, ggd: &Member) -> consent::Agreement {
    let agreement = agree(weller, ggd).await;
    let again = async {
        let query = e2e::exchange::query(&agreement.name);
        while ggd.observations().list_observations(query.clone()).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), again).await.expect("it goes on after the fault");
    agreement
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_arrives_after_the_bound_and_no_stream_survives_whatever_fails() {
    let mut platform = Replicas::start().await;
    let weller = Arc::new(Member::join_at(&platform.url(), &platform.issuer, WELLER).await);
    let ggd = Member::join_at(&platform.url(), &platform.issuer, GGD).await;
    announce(&weller).await;
    publish(&weller, 10).await.expect("a release");
    println!("{STREAMS} streams, bound {BOUND:?}; cut time after the revocation:");
    let mut busy = Duration::ZERO;
    for fault in FAULTS {
        let begin = Instant::now();
        let agreement = recovered(&weller, &ggd).await;
        let (streams, shared) = open(&platform, &agreement.name).await;
        let opened = begin.elapsed();
        let rows = shared.rows.load(Ordering::SeqCst);
        let publishing = keep_publishing(&weller, &shared);
        // Rows flow when it happens.
        let flow = async {
            while shared.rows.load(Ordering::SeqCst) < rows + STREAMS / 10 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(30), flow).await.expect("rows of new releases");
        shared.all_flow().await;
        shared.fault.store(true, Ordering::SeqCst);
        fault.begin(&mut platform, &ggd, &agreement.name).await;
        // What was under way when the fault began may still arrive.
        sleep(Duration::from_millis(50)).await;
        let passed = (platform.proxy.from_server().0, platform.proxy.to_server().0);
        let alive = streams.iter().filter(|stream| !stream.is_finished()).count();
        let revoked = revoke(&weller, &agreement).await;

        let (mut cuts, mut late_rows, mut survivors) = (Vec::new(), Vec::new(), 0);
        let latest = BOUND + ALLOWANCE + busy;
        let mut patience = tokio::time::Instant::from_std(revoked + latest);
        if fault == Fault::PointFrozen {
            // What leaves from then on arrives too late.
            tokio::time::sleep_until(patience).await;
            while !receipt(&weller, &agreement.name).await.complete {
                sleep(Duration::from_millis(20)).await;
            }
            patience = tokio::time::Instant::now();
            go_on(&platform.indicators);
            patience += latest;
        }
        let mut reasons = std::collections::BTreeMap::<String, usize>::new();
        for stream in streams {
            let Ok(seen) = tokio::time::timeout_at(patience, stream).await else {
                survivors += 1;
                continue;
            };
            let seen = seen.expect("a stream that was followed");
            let late = seen.last_row.saturating_duration_since(revoked);
            if late > latest {
                late_rows.push(late);
            }
            cuts.push(seen.end.saturating_duration_since(revoked));
            *reasons.entry(seen.reason).or_default() += 1;
        }
        publishing.abort();
        let receipt = receipt(&weller, &agreement.name).await;
        fault.end(&mut platform, passed).await;

        cuts.sort_unstable();
        let at = |share: usize| cuts.get((cuts.len() * share / 100).min(cuts.len().saturating_sub(1)));
        println!(
            "{fault:?}: p50 {:?} p99 {:?} max {:?}; open at the revocation {alive}; ended as {reasons:?}; \
             allowed {latest:?}; reopened before {}; opened in {opened:?}, all in {:?}",
            at(50),
            at(99),
            cuts.last(),
            shared.reopened.load(Ordering::SeqCst),
            begin.elapsed()
        );
        assert_eq!(survivors, 0, "{fault:?}: streams survive");
        assert!(late_rows.is_empty(), "{fault:?}: {} rows after the bound: {late_rows:?}", late_rows.len());
        assert!(receipt.complete, "{fault:?}: {receipt:?}");
        let points: Vec<_> = receipt.points.iter().map(|one| one.enforcement_point.as_str()).collect();
        assert_eq!(points, ["indicators/0"], "{fault:?}");
        if fault.silences() {
            assert!(receipt.points[0].silent_since.is_some(), "{fault:?}: {receipt:?}");
            assert!(alive > 0, "{fault:?}: streams were open when it was revoked");
        }
        if fault == Fault::None {
            // The others asked for a decision at that moment, and were refused.
            let cut = usize::try_from(receipt.points[0].streams_cut).expect("a count");
            assert!(alive == STREAMS && cut > STREAMS / 2 && cut <= STREAMS, "{alive} {receipt:?}");
            assert_eq!(reasons.get("AGREEMENT_REVOKED"), Some(&STREAMS), "{reasons:?}");
            busy = cuts.last().copied().unwrap_or_default().min(ALLOWANCE);
        }
    }
}
