use std::time::Duration;

use futures_util::stream;
use platform::clock::Clock;
use time::macros::datetime;
use tokio::time::Instant;

use super::*;
use crate::app::gates::Enforced;

const AGREEMENT: &str = "agreements/a";

fn batch() -> Batch {
    let heading = Heading { release: None, fictitious: true, notice: String::new(), receipt: None };
    Batch { heading, observations: Vec::new(), complete: true }
}

#[tokio::test]
async fn a_batch_that_was_being_made_when_its_gate_was_shut_does_not_pass() {
    let enforced = Enforced::new(Duration::from_secs(60));
    enforced.prolong(Instant::now());
    let noon = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
    let gate = enforced.gate(AGREEMENT, "oin", true, &noon).await.expect("a gate");
    gate.key().permitted(1).expect("permitted");
    let under = Under {
        agreement: AGREEMENT.to_owned(),
        transaction_id: Uuid::nil(),
        expires: datetime!(2027-11-23 12:00 UTC),
    };
    // The gate is shut while the second batch is made, after it was seen to be open.
    let mut made = 0;
    let batches = stream::poll_fn(move |_| {
        made += 1;
        if made == 2 {
            let (message_nl, message_en) = (String::new(), String::new());
            let code = "AGREEMENT_REVOKED".to_owned();
            enforced.shut(AGREEMENT, Some(2), &Reason { code, message_nl, message_en, metadata: Vec::new() });
        }
        std::task::Poll::Ready(Some(Ok(batch())))
    });
    let mut passed = Box::pin(gated(Shutdown::new(), Some((gate, under)), batches));
    assert!(matches!(passed.next().await, Some(Ok(_))));
    let Some(Err(Error::Refused(refusal))) = passed.next().await else { panic!("it passed") };
    assert_eq!(refusal.reasons[0].code, "AGREEMENT_REVOKED");
    assert!(passed.next().await.is_none());
}
