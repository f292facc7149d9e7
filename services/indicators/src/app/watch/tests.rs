use std::time::Duration;

use futures_util::stream;
use platform::clock::Clock;
use sha2::{Digest, Sha256};
use time::macros::datetime;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::app::decision::double::Double;
use crate::app::deliver::hex;
use crate::app::gates::Enforced;
use crate::app::tally::Deliveries;
use crate::domain::area::AreaKind;
use crate::domain::period::Period;
use crate::domain::permit::{Answer, Place, Question, Scope};
use crate::domain::protection::Protection;

const AGREEMENT: &str = "agreements/a";

fn permit() -> Permit {
    let scope = Scope {
        dataset: "d".to_owned(),
        indicators: Vec::new(),
        level: AreaKind::Neighbourhood,
        areas: Vec::new(),
        periods: Vec::new(),
        dimensions: Vec::new(),
    };
    let question = Question {
        recipient: "oin".to_owned(),
        system: String::new(),
        agreement: AGREEMENT.to_owned(),
        purpose: String::new(),
        dataset: "d".to_owned(),
        owner: String::new(),
        indicators: Vec::new(),
        areas: Vec::new(),
        level: None,
        periods: Vec::new(),
        delivery: Delivery::Stream,
        transaction_id: Uuid::nil(),
        trace_id: String::new(),
        release: None,
    };
    let answer = Answer {
        permitted: true,
        reasons: Vec::new(),
        scope: Some(scope),
        protection: Protection::named("min10-width5"),
        ledger_entry: "ledger-entries/1".to_owned(),
        place: Place::default(),
        content_hash: String::new(),
        expire_time: Some(datetime!(2027-11-23 12:00 UTC)),
        expired: Some(reason("AGREEMENT_EXPIRED")),
    };
    Permit::of_answer(&question, answer).expect("a permit")
}

fn reason(code: &str) -> Reason {
    let (code, message_nl, message_en) = (code.to_owned(), String::new(), String::new());
    Reason { code, message_nl, message_en, metadata: Vec::new() }
}

/// An observation as on the wire.
fn wire(observation: &Observation) -> Vec<u8> {
    observation.area.clone().into_bytes()
}

/// A part with one withheld observation of this area.
fn made(area: usize, tally: Option<Tally>) -> Made {
    let heading = Heading { release: None, fictitious: true, notice: String::new(), receipt: None };
    let observation = Observation {
        indicator: "i".to_owned(),
        area: format!("BU{area}"),
        period: Period::Year(2025),
        categories: Vec::new(),
        source: String::new(),
        shown: None,
    };
    Made { batch: Batch { heading, observations: vec![observation], complete: area == 3 }, tally }
}

fn tally(ledger: &Arc<Double>) -> (Deliveries, Tally) {
    let deliveries = Deliveries::new(Arc::clone(ledger) as _, Duration::from_secs(1), wire);
    let release = ReleaseId { dataset: "d".to_owned(), number: 1 };
    let tally = Tally::new(&deliveries, &permit(), release);
    (deliveries, tally)
}

/// What the ledger was told of the only delivery: rows, withheld, digest and whether it is complete.
async fn entered(deliveries: &Deliveries, ledger: &Double) -> (u64, u64, String, bool) {
    deliveries.entered().await;
    let records = ledger.delivered();
    let [one] = records.as_slice() else { panic!("{records:?}") };
    (one.rows, one.withheld, one.digest.clone(), one.complete)
}

#[tokio::test]
async fn a_batch_that_was_being_made_when_its_gate_was_shut_does_not_pass() {
    let enforced = Enforced::new(Duration::from_secs(60));
    enforced.prolong(Instant::now());
    let noon = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
    let gate = enforced.gate(AGREEMENT, "oin", true, &noon).await.expect("a gate");
    gate.key().permitted(1).expect("permitted");
    let under = Under::of(&permit());
    let ledger = Double::new().0;
    let (deliveries, tally) = tally(&ledger);
    let mut tally = Some(tally);
    // The gate is shut while the second batch is made, after it was seen to be open.
    let mut made_so_far = 0;
    let batches = stream::poll_fn(move |_| {
        made_so_far += 1;
        if made_so_far == 2 {
            enforced.shut(AGREEMENT, Some(2), &reason("AGREEMENT_REVOKED"));
        }
        std::task::Poll::Ready(Some(Ok(made(made_so_far, tally.take()))))
    });
    let mut passed = Box::pin(gated(Shutdown::new(), Some((gate, under)), batches));
    assert!(matches!(passed.next().await, Some(Ok(_))));
    let Some(Err(Error::Refused(refusal))) = passed.next().await else { panic!("it passed") };
    assert_eq!(refusal.reasons[0].code, "AGREEMENT_REVOKED");
    let told = entered(&deliveries, &ledger).await;
    assert_eq!(told, (1, 1, hex(Sha256::digest("BU1")), false), "what was held back is not counted");
    assert!(passed.next().await.is_none());
}

#[tokio::test]
async fn what_passes_is_counted_when_it_is_handed_out_and_not_before() {
    for (read, digest, complete) in [
        (0, Sha256::digest(""), false),
        (2, Sha256::digest("BU1BU2"), false),
        (3, Sha256::digest("BU1BU2BU3"), true),
    ] {
        let ledger = Double::new().0;
        let (deliveries, tally) = tally(&ledger);
        let parts = [made(1, Some(tally)), made(2, None), made(3, None)];
        let mut passed = Box::pin(gated(Shutdown::new(), None, stream::iter(parts.map(Ok))));
        for _ in 0..read {
            passed.next().await.expect("a part").expect("it passes");
        }
        drop(passed);
        let rows = u64::try_from(read).expect("a count");
        assert_eq!(entered(&deliveries, &ledger).await, (rows, rows, hex(digest), complete));
    }
}
