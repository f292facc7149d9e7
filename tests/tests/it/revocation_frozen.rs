//! An enforcement point that does not run while an agreement is revoked, with answers under way everywhere in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use e2e::exchange::{Member, announce, deliver, query};
use e2e::parties::{GGD, WELLER, bearer, channel};
use e2e::replicas::Replicas;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use tokio::time::{sleep, sleep_until, timeout};
use tonic::service::interceptor::InterceptedService;

use crate::revocation_faults::{ALLOWANCE, BOUND, go_on, recovered, revoke};

/// How often it is frozen.
const TIMES: usize = 4;
/// Readers that ask all the time.
const READERS: usize = 40;

/// What all readers share.
#[derive(Default)]
struct Shared {
    /// Answers that came.
    answers: AtomicUsize,
    stop: AtomicBool,
}

/// Asks until it is told to stop; gives when each answer had come.
async fn ask(url: String, token: String, agreement: String, shared: Arc<Shared>) -> Vec<Instant> {
    let connection = InterceptedService::new(channel(&url).await, bearer(&token));
    let mut client = ObservationServiceClient::new(connection);
    let mut came = Vec::new();
    while !shared.stop.load(Ordering::SeqCst) {
        match client.list_observations(query(&agreement)).await {
            Ok(_) => {
                came.push(Instant::now());
                shared.answers.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
    came
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_in_a_frozen_enforcement_point_does_not_leave_after_the_bound() {
    let platform = Replicas::start().await;
    let weller = Arc::new(Member::join_at(&platform.url(), &platform.issuer, WELLER).await);
    let ggd = Member::join_at(&platform.url(), &platform.issuer, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    for time in 0..TIMES {
        let agreement = recovered(&weller, &ggd).await;
        let shared = Arc::new(Shared::default());
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let token = platform.issuer.token(GGD);
                tokio::spawn(ask(platform.url(), token, agreement.name.clone(), Arc::clone(&shared)))
            })
            .collect();
        let all_ask = async {
            while shared.answers.load(Ordering::SeqCst) < 2 * READERS {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(30), all_ask).await.expect("answers are under way");
        platform.indicators.signal("STOP");
        let revoked = revoke(&weller, &agreement).await;
        sleep_until((revoked + BOUND + ALLOWANCE).into()).await;
        go_on(&platform.indicators);
        let went_on = Instant::now();
        sleep(Duration::from_secs(1)).await;
        shared.stop.store(true, Ordering::SeqCst);
        for reader in readers {
            let came = timeout(Duration::from_secs(20), reader).await.expect("it ends").expect("well");
            let late = came.iter().filter(|came| **came > went_on).count();
            assert_eq!(late, 0, "answers that left after it went on, time {time}");
        }
    }
}
