//! An answer is entered in the ledger before it is given. When it is kept back after all, the ledger
//! says that too.

use std::time::Duration;

use proto::consent::v1::{DecisionReason, RecordDeliveryRequest};
use proto::indicators::v1::ListObservationsResponse;
use testkit::Party;
use tokio::task::JoinHandle;
use tonic::{Code, Response, Status};

use crate::world::{AGREEMENT, World, asked, code_and_reason, info, receipt};

type Answering = JoinHandle<Result<Response<ListObservationsResponse>, Status>>;

fn ask(world: &World) -> Answering {
    let mut client = world.observations(Party::Ggd);
    tokio::spawn(async move { client.list_observations(asked()).await })
}

/// What the ledger was told of deliveries, once nothing more follows.
async fn entered(world: &World) -> Vec<RecordDeliveryRequest> {
    let entered = tokio::time::timeout(Duration::from_secs(5), world.indicators.entered());
    entered.await.expect("all is entered");
    world.consent.get(|state| state.deliveries.clone())
}

fn nothing_was_sent(told: &RecordDeliveryRequest) {
    assert_eq!((told.row_count, told.withheld_count, told.complete), (0, 0, false), "{told:?}");
    // SHA-256 of nothing.
    assert!(told.digest.starts_with("e3b0c44298fc1c14"), "{}", told.digest);
}

#[tokio::test]
async fn an_answer_that_is_given_is_entered_once() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let rows = ask(&world).await.unwrap().unwrap().into_inner().observations.len();
    let told = entered(&world).await;
    assert_eq!(told.iter().map(|told| (told.row_count, told.complete)).collect::<Vec<_>>(), [(100, true)]);
    assert_eq!(rows, 100);
}

#[tokio::test]
async fn an_answer_whose_permit_was_overtaken_by_a_stop_is_not_given() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        world.consent.set(|state| state.slow = Duration::from_millis(500));
        let answer = ask(&world);
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.consent.announce(AGREEMENT, DecisionReason::AgreementRevoked);
        let refused = answer.await.unwrap().unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "AGREEMENT_REVOKED".to_owned()));
        let (_, _, metadata) = info(&refused);
        let permit = ("7", "ledger-entries/1");
        assert_eq!((metadata["ledger_index"].as_str(), metadata["ledger_entry"].as_str()), permit);
        assert_eq!(receipt(&refused)[..2], ["7", "ab12"], "the permit that was withdrawn is in the ledger");
        let told = entered(&world).await;
        assert_eq!(told.len(), 1, "{told:?}");
        nothing_was_sent(&told[0]);
        assert_eq!(
            told[0].transaction_id,
            world.consent.get(|state| state.questions[0].transaction_id.clone())
        );
    }
}

#[tokio::test]
async fn an_answer_that_a_stop_overtakes_while_it_is_entered_is_entered_as_kept_back() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    // The mask is there already.
    ask(&world).await.unwrap().unwrap();
    world.consent.set(|state| {
        state.deliveries.clear();
        state.slow_entries = Duration::from_millis(400);
    });
    let answer = ask(&world);
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.consent.announce(AGREEMENT, DecisionReason::AgreementRevoked);
    let refused = answer.await.unwrap().unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "AGREEMENT_REVOKED".to_owned()));
    let [ahead, after] = <[_; 2]>::try_from(entered(&world).await).expect("two entries");
    assert_eq!((ahead.row_count, ahead.complete), (100, true));
    nothing_was_sent(&after);
    assert_eq!((&ahead.transaction_id, &ahead.release), (&after.transaction_id, &after.release));
}

#[tokio::test]
async fn an_answer_that_cannot_be_entered_or_that_nobody_waits_for_is_entered_as_kept_back() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    ask(&world).await.unwrap().unwrap();
    world.consent.set(|state| {
        state.deliveries.clear();
        state.ledger_down = true;
    });
    let refused = ask(&world).await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    world.consent.set(|state| state.ledger_down = false);
    let told = entered(&world).await;
    assert_eq!(told.len(), 1, "{told:?}");
    nothing_was_sent(&told[0]);

    world.consent.set(|state| state.slow_entries = Duration::from_millis(400));
    let gone = ask(&world);
    tokio::time::sleep(Duration::from_millis(200)).await;
    gone.abort();
    gone.await.unwrap_err();
    nothing_was_sent(entered(&world).await.last().expect("an entry"));
}
