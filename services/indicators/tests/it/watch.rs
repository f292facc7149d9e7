//! Following a dataset live, and being cut off.

use std::time::Duration;

use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::{DecisionReason, OpenStreamCount};
use proto::indicators::v1 as pb;
use testkit::Party;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::consent::Verdict;
use crate::world::{AGREEMENT, PURPOSE, WELLER, World, code_and_reason, file, info, receipt};

type Stream = Streaming<pb::WatchObservationsResponse>;

fn asked() -> pb::WatchObservationsRequest {
    pb::WatchObservationsRequest {
        parent: format!("datasets/{WELLER}"),
        agreement: AGREEMENT.to_owned(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    }
}

async fn open(world: &World, party: Party) -> Result<Stream, Status> {
    Ok(world.observations(party).watch_observations(asked()).await?.into_inner())
}

async fn next(stream: &mut Stream) -> Result<pb::WatchObservationsResponse, Status> {
    let message = timeout(Duration::from_secs(10), stream.message()).await.expect("a message in time");
    message.map(|message| message.expect("a stream that does not just end"))
}

/// Reads a whole release.
async fn release(stream: &mut Stream) -> (String, Vec<pb::Observation>) {
    let mut rows = Vec::new();
    loop {
        let part = next(stream).await.expect("a part");
        assert!(part.observations.len() <= 500);
        assert!(part.fictitious && part.notice.contains("fictief"));
        rows.extend(part.observations);
        if part.release_complete {
            return (part.release, rows);
        }
    }
}

/// Waits for the first delivery in the ledger.
async fn first_delivery(world: &World) -> proto::consent::v1::RecordDeliveryRequest {
    let told = timeout(Duration::from_secs(5), async {
        loop {
            if let Some(told) = world.consent.get(|state| state.deliveries.first().cloned()) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    told.await.expect("an entry")
}

async fn publish_one(world: &World, value: u32) -> String {
    let line = format!("huurachterstand,BU08990201,2025Q1,totaal,{value},,,");
    let name = world.upload(&file(&[&line]), 1000).await.unwrap().release.unwrap().name;
    world.publish(&name).await.unwrap();
    name
}

#[tokio::test]
async fn a_stream_begins_with_the_receipt_of_its_first_decision() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let response = world.observations(Party::Ggd).watch_observations(asked()).await.unwrap();
        let told = |name: &str| response.metadata().get(name).unwrap().to_str().unwrap().to_owned();
        let transaction = world.consent.get(|state| state.questions[0].transaction_id.clone());
        assert_eq!(told("alliantie-transaction-id"), transaction);
        assert_eq!(told("alliantie-ledger-index"), "7");
        assert_eq!(told("alliantie-leaf-hash"), "ab12");
        // The owner reads its own without a decision.
        let own = world.observations(Party::Weller).watch_observations(asked()).await.unwrap();
        assert!(own.metadata().get("alliantie-ledger-index").is_none());
    }
}

#[tokio::test]
async fn the_newest_release_comes_first_and_then_every_one_that_follows() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        let (name, rows) = release(&mut stream).await;
        assert_eq!((name, rows.len()), (format!("datasets/{WELLER}/releases/1"), 540));
        for value in [9, 37] {
            let published = publish_one(&world, value).await;
            let (name, rows) = release(&mut stream).await;
            assert_eq!((name, rows.len()), (published, 1));
            let withheld = rows[0].status() == pb::ObservationStatus::Withheld;
            assert_eq!(withheld, value < 10, "{value}");
        }
        // The last part is followed by its entry in the ledger.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (questions, told) =
            world.consent.get(|state| (state.questions.clone(), state.deliveries.clone()));
        let streamed = proto::consent::v1::Delivery::Stream;
        assert!(questions.iter().all(|question| question.delivery() == streamed));
        assert_eq!(told.iter().map(|told| told.row_count).collect::<Vec<_>>(), [540, 1, 1]);
        assert!(told.iter().all(|told| told.complete));
        let transactions: std::collections::HashSet<&str> =
            told.iter().map(|told| told.transaction_id.as_str()).collect();
        assert_eq!(transactions.len(), 3, "every release is a decision of its own");
    }
}

#[tokio::test]
async fn a_release_that_the_agreement_no_longer_covers_is_not_delivered() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let mut stream = open(&world, Party::Ggd).await.unwrap();
    release(&mut stream).await;
    world.consent.set(|state| state.verdict = Verdict::Refuse(vec![DecisionReason::PeriodBeyondScope]));
    publish_one(&world, 10).await;
    let refused = next(&mut stream).await.unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "PERIOD_BEYOND_SCOPE".to_owned()));
}

#[tokio::test]
async fn who_is_refused_learns_it_at_once() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        assert_eq!(open(&world, Party::Anonymous).await.unwrap_err().code(), Code::Unauthenticated);
        let refused = open(&world, Party::WonenZuid).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "AGREEMENT_MISSING".to_owned()));
        world.consent.set(|state| state.verdict = Verdict::Down);
        let refused = open(&world, Party::WonenZuid).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    }
}

#[tokio::test]
async fn a_revoked_agreement_ends_its_streams_at_once() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        release(&mut stream).await;
        let begin = tokio::time::Instant::now();
        world.consent.revoke(AGREEMENT);
        let ended = next(&mut stream).await.unwrap_err();
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
        let (code, reason, metadata) = info(&ended);
        assert_eq!((code, reason.as_str()), (Code::PermissionDenied, "AGREEMENT_REVOKED"));
        assert_eq!(
            (metadata["agreement"].as_str(), metadata["reasons"].as_str()),
            (AGREEMENT, "AGREEMENT_REVOKED")
        );
        assert!(ended.message().contains("English sentence"));
    }
}

#[tokio::test]
async fn a_stop_is_confirmed_with_the_streams_that_it_cut() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = open(&world, Party::Ggd).await.unwrap();
            release(&mut stream).await;
            streams.push(stream);
        }
        // The reader of the last one does not read on.
        let stop = world.consent.revoke(AGREEMENT);
        for stream in &mut streams[..2] {
            next(stream).await.unwrap_err();
        }
        let confirmed = |said: &Message| {
            matches!(said, Message::Confirmation(said)
            if (said.agreement.as_str(), said.stop, said.streams_cut) == (AGREEMENT, stop, 3))
        };
        world.consent.said(confirmed).await;
        next(&mut streams[2]).await.unwrap_err();
    }
}

#[tokio::test]
async fn which_streams_are_open_is_told_when_it_changes() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let opens = |counts: Vec<i64>| {
        move |said: &Message| match said {
            Message::OpenStreams(open) => {
                let told: Vec<i64> = open.counts.iter().map(|one| one.count).collect();
                let of_ggd = |one: &OpenStreamCount| one.recipient_oin == Party::Ggd.oin();
                told == counts && open.counts.iter().all(|one| one.agreement == AGREEMENT && of_ggd(one))
            }
            Message::Register(_) | Message::Confirmation(_) | Message::Alive(_) => false,
        }
    };
    let mut one = open(&world, Party::Ggd).await.unwrap();
    let mut other = open(&world, Party::Ggd).await.unwrap();
    release(&mut one).await;
    release(&mut other).await;
    world.consent.said(opens(vec![2])).await;
    drop(other);
    world.consent.said(opens(vec![1])).await;
    world.consent.set(|state| state.said.clear());
    drop(one);
    world.consent.said(opens(Vec::new())).await;
}

#[tokio::test]
async fn a_stop_from_before_the_permit_is_no_stop_of_this_stream() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    // Suspended and resumed: the stop is told again to who connects again.
    let stop = world.consent.announce(AGREEMENT, DecisionReason::AgreementSuspended);
    world.consent.set(|state| state.questions.resize(5, Default::default()));
    let mut stream = open(&world, Party::Ggd).await.unwrap();
    release(&mut stream).await;
    world.consent.set(|state| {
        state.questions.truncate(usize::try_from(stop).unwrap() - 1);
        state.said.clear();
    });
    assert_eq!(world.consent.announce(AGREEMENT, DecisionReason::AgreementSuspended), stop);
    world.consent.set(|state| state.questions.resize(10, Default::default()));
    let nothing_cut = |said: &Message| matches!(said, Message::Confirmation(said) if said.streams_cut == 0);
    world.consent.said(nothing_cut).await;
    world.permit();
    let published = publish_one(&world, 10).await;
    assert_eq!(release(&mut stream).await.0, published);
}

#[tokio::test]
async fn a_stream_is_cut_while_it_waits_for_a_decision() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let mut stream = open(&world, Party::Ggd).await.unwrap();
    release(&mut stream).await;
    world.consent.set(|state| state.slow = Duration::from_secs(4));
    publish_one(&world, 10).await;
    let begin = tokio::time::Instant::now();
    world.consent.revoke(AGREEMENT);
    let ended = next(&mut stream).await.unwrap_err();
    assert_eq!(code_and_reason(&ended), (Code::PermissionDenied, "AGREEMENT_REVOKED".to_owned()));
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_agreement_that_ends_leaves_the_streams_of_others_alone() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let mut stream = open(&world, Party::Ggd).await.unwrap();
    release(&mut stream).await;
    world.consent.revoke("agreements/other");
    world.permit();
    let published = publish_one(&world, 10).await;
    assert_eq!(release(&mut stream).await.0, published);
}

#[tokio::test]
async fn a_silent_decision_point_ends_the_streams_under_an_agreement() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        release(&mut stream).await;
        world.consent.set(|state| state.silent = true);
        let begin = tokio::time::Instant::now();
        let ended = next(&mut stream).await.unwrap_err();
        assert_eq!(code_and_reason(&ended), (Code::PermissionDenied, "DECISION_POINT_SILENT".to_owned()));
        assert_eq!(receipt(&ended)[0], "7", "of the permit that it was under");
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        // When it speaks again, a new stream can be opened.
        world.consent.set(|state| state.silent = false);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        release(&mut stream).await;
    }
}

#[tokio::test]
async fn the_clock_ends_the_streams_of_an_agreement() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let noon = world.clock.now().unix_timestamp();
    world.consent.set(|state| state.expire = prost_types::Timestamp { seconds: noon + 30, nanos: 0 });
    let mut stream = open(&world, Party::Ggd).await.unwrap();
    release(&mut stream).await;
    world.clock.advance(Duration::from_secs(31));
    let ended = next(&mut stream).await.unwrap_err();
    let (code, reason, metadata) = info(&ended);
    assert_eq!((code, reason.as_str()), (Code::PermissionDenied, "AGREEMENT_EXPIRED"));
    // As the decision point says it to who asks from then on.
    assert_eq!(ended.message(), "English sentence about DECISION_REASON_AGREEMENT_EXPIRED");
    assert_eq!((metadata["since"].as_str(), metadata["agreement"].as_str()), ("2026-11-23", AGREEMENT));
    assert!(!metadata.contains_key("expire_time"), "{metadata:?}");
    // Of the permit that it was under.
    assert_eq!((metadata["ledger_index"].as_str(), receipt(&ended)[0].as_str()), ("7", "7"));
}

#[tokio::test]
async fn the_order_to_stop_ends_every_stream() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let mut governed = open(&world, Party::Ggd).await.unwrap();
    let mut own = open(&world, Party::Weller).await.unwrap();
    release(&mut governed).await;
    release(&mut own).await;
    world.shutdown.tell();
    for stream in [&mut governed, &mut own] {
        let ended = next(stream).await.unwrap_err();
        assert_eq!(code_and_reason(&ended), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    }
}

#[tokio::test]
async fn who_stops_waits_until_all_that_was_delivered_is_in_the_ledger() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut ended = open(&world, Party::Ggd).await.unwrap();
        release(&mut ended).await;
        world.indicators.entered().await;
        world.consent.set(|state| {
            assert_eq!(state.deliveries.len(), 1);
            state.ledger_down = true;
            state.slow_entries = Duration::from_millis(300);
        });
        let mut halfway = open(&world, Party::Ggd).await.unwrap();
        next(&mut halfway).await.unwrap();
        world.shutdown.tell();
        let waiting = tokio::spawn({
            let service = world.indicators.clone();
            async move { service.entered().await }
        });
        // The reader of a stream that is open still, and a ledger that cannot be written, hold it up.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        drop(halfway);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!waiting.is_finished() && world.consent.get(|state| state.deliveries.len() == 1));
        world.consent.set(|state| state.ledger_down = false);
        timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
        let told = world.consent.get(|state| state.deliveries.clone());
        assert_eq!(told.iter().map(|told| told.complete).collect::<Vec<_>>(), [true, false]);
        assert!(told[1].row_count >= 500 && told[1].transaction_id != told[0].transaction_id);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_in_the_ledger_as_incomplete() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        let part = next(&mut stream).await.unwrap();
        assert!(!part.release_complete && part.observations.len() == 500);
        drop(stream);
        let told = first_delivery(&world).await;
        assert!(!told.complete && told.row_count >= 500);
        assert_eq!(told.transaction_id, part.decision.unwrap().transaction_id);
    }
}

#[tokio::test]
async fn what_left_while_the_ledger_was_down_is_entered_when_it_is_back() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let mut stream = open(&world, Party::Ggd).await.unwrap();
        // The mask is there already.
        release(&mut open(&world, Party::Ggd).await.unwrap()).await;
        first_delivery(&world).await;
        world.consent.set(|state| {
            state.deliveries.clear();
            state.ledger_down = true;
        });
        release(&mut stream).await;
        drop(stream);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(world.consent.get(|state| state.deliveries.is_empty()));
        world.consent.set(|state| state.ledger_down = false);
        let told = first_delivery(&world).await;
        assert!(told.complete);
        assert_eq!((told.row_count, told.digest.len()), (540, 64));
        let asked = world.consent.get(|state| state.questions[0].transaction_id.clone());
        assert_eq!(told.transaction_id, asked);
    }
}

#[tokio::test]
async fn the_owner_follows_without_decisions_and_without_masks() {
    let world = World::filled(testkit::sqlite().await).await;
    let mut stream = open(&world, Party::Weller).await.unwrap();
    assert_eq!(release(&mut stream).await.1.len(), 1224);
    let published = publish_one(&world, 3).await;
    let (name, rows) = release(&mut stream).await;
    assert_eq!((name, rows[0].value.as_str()), (published, "3"));
    assert!(world.consent.get(|state| state.questions.is_empty() && state.deliveries.is_empty()));
}
