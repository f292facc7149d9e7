use std::time::Duration;

use futures_util::{StreamExt, poll, stream};
use platform::clock::Clock;
use platform::shutdown::Shutdown;
use sha2::{Digest, Sha256};
use time::macros::datetime;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::app::decision::double::Double;
use crate::app::deliver::hex;
use crate::app::gates::Enforced;
use crate::app::read::Heading;
use crate::app::tally::Deliveries;
use crate::app::watch::{Made, passing};
use crate::domain::area::AreaKind;
use crate::domain::observation::Observation;
use crate::domain::period::Period;
use crate::domain::permit::{Answer, Delivery, Place, Question, Scope};
use crate::domain::protection::Protection;
use crate::domain::release::ReleaseId;

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

/// A part with one withheld observation of this area; the third one is the last.
fn part(area: usize) -> Batch {
    let heading = Heading { release: None, fictitious: true, notice: String::new(), receipt: None };
    let observation = Observation {
        indicator: "i".to_owned(),
        area: format!("BU{area}"),
        period: Period::Year(2025),
        categories: Vec::new(),
        source: String::new(),
        shown: None,
    };
    Batch { heading, observations: vec![observation], complete: area == 3 }
}

/// A ledger, the gates and the way of one answer.
struct World {
    ledger: Arc<Double>,
    deliveries: Deliveries,
    enforced: Arc<Enforced>,
    passage: Arc<Passage>,
}

const LIMIT: Duration = Duration::from_secs(60);

impl World {
    async fn new() -> Self {
        let ledger = Double::new().0;
        let deliveries = Deliveries::new(Arc::clone(&ledger) as _, Duration::from_secs(1), wire);
        let enforced = Enforced::new(LIMIT);
        enforced.prolong(Instant::now());
        let noon = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let gate = enforced.gate(AGREEMENT, "oin", true, &noon).await.expect("a gate");
        let passage = Arc::new(Passage::open(gate, &permit()).expect("a way"));
        Self { ledger, deliveries, enforced, passage }
    }

    fn tally(&self) -> Tally {
        Tally::new(&self.deliveries, &permit(), ReleaseId { dataset: "d".to_owned(), number: 1 })
    }

    fn revoke(&self) {
        self.enforced.shut(AGREEMENT, Some(2), &reason("AGREEMENT_REVOKED"));
    }

    /// A whole answer that was entered ahead.
    async fn answer(&self) {
        let mut tally = self.tally();
        tally.follows(&part(1).observations, true);
        tally.enter_ahead().await.expect("entered");
        self.passage.answers(tally);
    }

    /// What the ledger was told when all is over: rows, withheld, digest of areas and whether it is complete.
    async fn entered(self) -> Vec<(u64, u64, String, bool)> {
        let Self { ledger, deliveries, passage, .. } = self;
        drop(passage);
        deliveries.entered().await;
        let records = ledger.delivered().into_iter();
        records.map(|one| (one.rows, one.withheld, one.digest, one.complete)).collect()
    }
}

fn counted(areas: &str, complete: bool) -> (u64, u64, String, bool) {
    let rows = u64::try_from(areas.len() / 3).expect("a count");
    (rows, rows, hex(Sha256::digest(areas)), complete)
}

fn is_revoked(passes: Result<Instant, Error>) -> bool {
    matches!(passes, Err(Error::Refused(refusal)) if refusal.reasons[0].code == "AGREEMENT_REVOKED")
}

#[tokio::test]
async fn a_message_counts_from_its_first_piece_on_and_not_before() {
    // Pieces that pass of three messages of three pieces each.
    for (pieces, areas, complete) in [
        (0, "", false),
        (1, "BU1", false),
        (3, "BU1", false),
        (4, "BU1BU2", false),
        (8, "BU1BU2BU3", false),
        (9, "BU1BU2BU3", true),
    ] {
        let world = World::new().await;
        let mut begun = Some(world.tally());
        for piece in 0..pieces {
            if piece % 3 == 0 {
                world.passage.sends(&part(piece / 3 + 1), begun.take());
            }
            world.passage.pass(piece % 3 == 2).expect("it passes");
        }
        drop(begun);
        assert_eq!(world.entered().await, [counted(areas, complete)], "{pieces}");
    }
}

#[tokio::test]
async fn an_answer_that_was_entered_ahead_is_entered_again_only_when_it_did_not_leave_whole() {
    for (pieces, again) in [(0, Some(counted("", false))), (1, Some(counted("BU1", false))), (2, None)] {
        let world = World::new().await;
        world.answer().await;
        for piece in 0..pieces {
            world.passage.pass(piece == 1).expect("it passes");
        }
        world.revoke();
        assert!(is_revoked(world.passage.pass(true)));
        let expected: Vec<_> = [Some(counted("BU1", true)), again].into_iter().flatten().collect();
        assert_eq!(world.entered().await, expected, "{pieces}");
    }
}

#[tokio::test]
async fn what_has_passed_may_leave_in_time_and_later_while_the_gate_is_open() {
    let world = World::new().await;
    let before = Instant::now();
    world.answer().await;
    let until = world.passage.pass(true).expect("it passes");
    assert!(until <= before + LIMIT && until > before, "{until:?}");
    let holds = world.passage.holds();
    assert!(holds());
    let World { enforced, passage, .. } = world;
    // It holds the gate: what is late still hears of the stop.
    drop(passage);
    assert!(holds());
    enforced.shut(AGREEMENT, Some(2), &reason("AGREEMENT_REVOKED"));
    assert!(!holds());
}

#[tokio::test]
async fn the_next_message_is_made_when_the_one_before_has_passed_and_was_entered() {
    let world = World::new().await;
    let made =
        [1, 3, 1].map(|area| Ok(Made { batch: part(area), tally: (area == 1).then(|| world.tally()) }));
    let mut way = Box::pin(passing(Shutdown::new(), Some(Arc::clone(&world.passage)), stream::iter(made)));
    way.next().await.expect("a part").expect("it follows");
    world.passage.pass(false).expect("it passes");
    assert!(poll!(way.next()).is_pending(), "its last piece has not passed");
    world.passage.pass(true).expect("it passes");
    way.next().await.expect("a part").expect("it follows");
    world.passage.pass(true).expect("it passes");
    way.next().await.expect("a part").expect("it follows");
    assert_eq!(world.ledger.delivered().len(), 1, "the release is in the ledger before the next one follows");
    drop(way);
    assert_eq!(world.entered().await, [counted("BU1BU3", true), counted("", false)]);
}

#[tokio::test]
async fn what_was_being_made_when_its_gate_was_shut_does_not_pass() {
    let world = World::new().await;
    world.passage.sends(&part(1), Some(world.tally()));
    world.revoke();
    assert!(is_revoked(world.passage.pass(true)));
    assert!(matches!(world.passage.cut().await, Error::Refused(_)));
    assert_eq!(world.entered().await, [counted("", false)]);
}

#[tokio::test]
async fn no_way_opens_through_a_gate_that_was_shut_while_the_permit_was_asked_for() {
    let world = World::new().await;
    let noon = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
    let gate = world.enforced.gate(AGREEMENT, "oin", false, &noon).await.expect("a gate");
    world.revoke();
    assert!(matches!(Passage::open(gate, &permit()), Err(Error::Refused(_))));
}
