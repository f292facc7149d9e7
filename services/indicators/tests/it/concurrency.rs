//! What happens when two things happen at the same time.

use std::collections::HashSet;
use std::time::Duration;

use proto::indicators::v1 as pb;
use testkit::Party;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::world::{
    AGREEMENT, HEADER, PURPOSE, WELLER, World, asked, code_and_reason, config, file, upload_messages,
};

const REQUEST: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

fn small(value: u32) -> Vec<u8> {
    file(&[&format!("huurachterstand,BU08990201,2025Q1,totaal,{value},,,")])
}

#[tokio::test]
async fn uploads_at_the_same_time_get_numbers_of_their_own() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (one, other) = (small(20), small(30));
        let (one, other) = tokio::join!(world.upload(&one, 1000), world.upload(&other, 1000));
        let numbers = [one, other].map(|uploaded| uploaded.unwrap().release.unwrap().number);
        assert_eq!(HashSet::from(numbers), HashSet::from([1, 2]), "{}", world.kind);
    }
}

#[tokio::test]
async fn one_request_twice_at_the_same_time_is_stored_once() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut messages = upload_messages(&small(20), 1000);
        messages[0].request_id = REQUEST.to_owned();
        let again = messages.clone();
        let (one, other) =
            tokio::join!(world.upload_as(Party::Weller, messages), world.upload_as(Party::Weller, again));
        assert_eq!(one.unwrap(), other.unwrap(), "{}", world.kind);
        assert_eq!(world.release_count(WELLER, Party::Weller).await, 1);
    }
}

#[tokio::test]
async fn a_draft_is_published_once_however_often_at_the_same_time() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let name = world.upload(&small(20), 1000).await.unwrap().release.unwrap().name;
        let (one, other) = tokio::join!(world.publish(&name), world.publish(&name));
        let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(done.unwrap().state(), pb::ReleaseState::Published);
        let refused = refused.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        let told: HashSet<String> = world
            .consent
            .get(|state| state.releases.iter().map(|told| told.transaction_id.clone()).collect());
        assert_eq!(told.len(), 1, "the ledger is told of one publication");
    }
}

#[tokio::test]
async fn a_publication_with_one_request_id_twice_at_the_same_time_has_one_answer() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let name = world.upload(&small(20), 1000).await.unwrap().release.unwrap().name;
        let request =
            pb::PublishReleaseRequest { name, request_id: REQUEST.to_owned(), ..Default::default() };
        let (mut one, mut other) = (world.releases(Party::Weller), world.releases(Party::Weller));
        let (one, other) = tokio::join!(one.publish_release(request.clone()), other.publish_release(request));
        assert_eq!(one.unwrap().into_inner(), other.unwrap().into_inner(), "{}", world.kind);
    }
}

#[tokio::test]
async fn a_declaration_is_not_taken_back_while_figures_that_are_protected_by_it_are_published() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        let lines = [("2025", 100), ("2025Q1", 40), ("2025Q2", 30)];
        let lines =
            lines.map(|(period, count)| format!("huurachterstand,WK089901,{period},totaal,{count},,,"));
        let delivery = file(&lines.each_ref().map(String::as_str));
        let name = world.upload(&delivery, 1000).await.unwrap().release.unwrap().name;
        world.consent.set(|state| state.slow_releases = Duration::from_secs(1));
        let declared = async {
            // The masks are made, and the ledger is told.
            while world.consent.get(|state| state.releases.is_empty()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            world.declare("huurachterstand", "nee", "nee").await
        };
        let (published, declared) = tokio::join!(world.publish(&name), declared);
        assert_eq!(published.unwrap().state(), pb::ReleaseState::Published, "{}", world.kind);
        let refused = declared.expect_err(world.kind).to_string();
        assert!(refused.contains("kan niet meer van ja naar nee"), "{}: {refused}", world.kind);
    }
}

#[tokio::test]
async fn readers_at_the_same_time_get_the_same() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let lists = (0..8).map(|_| world.list(Party::Ggd, asked()));
        let answers = futures_util::future::join_all(lists).await;
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().observations).collect();
        assert_eq!(answers[0].len(), 100);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}

#[tokio::test]
async fn more_deliveries_than_there_is_room_for_wait_and_are_then_refused() {
    for database in testkit::both().await {
        let config =
            indicators::Config { checks_at_once: 1, check_wait: Duration::from_millis(300), ..config() };
        let world = World::with_config(database, config).await;
        let (sender, pieces) = mpsc::channel(1);
        let mut client = world.releases(Party::Weller);
        let slow = tokio::spawn(async move { client.upload_release(ReceiverStream::new(pieces)).await });
        for message in upload_messages(&small(20), 10).into_iter().take(3) {
            sender.send(message).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let refused = world.upload(&small(30), 1000).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::ResourceExhausted, "OVERLOADED".to_owned()));
        let validate = pb::ValidateReleaseRequest { parent: format!("datasets/{WELLER}"), file: None };
        let mut client = world.releases(Party::Weller);
        let refused = client.validate_release(tokio_stream::iter([validate])).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::ResourceExhausted, "OVERLOADED".to_owned()));

        let waiting = small(30);
        let (waited, ()) = tokio::join!(world.upload(&waiting, 1000), async {
            for message in upload_messages(&small(20), 10).into_iter().skip(3) {
                sender.send(message).await.unwrap();
            }
            drop(sender);
        });
        waited.unwrap();
        slow.await.unwrap().unwrap();
        assert_eq!(world.release_count(WELLER, Party::Weller).await, 2);
    }
}

#[tokio::test]
async fn a_revoked_agreement_ends_a_release_between_two_batches() {
    const ROWS: usize = 20_000;
    for database in testkit::both().await {
        let world = World::empty(database).await;
        world.permit();
        // 200 sources of 100 rows: 20 neighbourhoods with a total of 200 in four age groups.
        let groups = [("totaal", 200), ("18-26", 50), ("27-39", 50), ("40-54", 50), ("55-66", 50)];
        let areas = ["124", "126", "134", "135", "136", "144", "201", "202", "203", "204"]
            .into_iter()
            .chain(["205", "207", "208", "209", "225", "242", "243", "314", "315", "316"]);
        let rows = areas.flat_map(|area| groups.map(|group| (area, group)));
        let lines: String = (0..ROWS / 100)
            .flat_map(|source| rows.clone().map(move |row| (source, row)))
            .map(|(source, (area, (group, count)))| {
                format!("huurachterstand,BU08990{area},2025Q1,{group},{count},,bron {source},\n")
            })
            .collect();
        let file = format!("{HEADER}\n{lines}");
        let name = world.upload(file.as_bytes(), 1_000_000).await.unwrap().release.unwrap().name;
        world.publish(&name).await.unwrap();
        let request = pb::WatchObservationsRequest {
            parent: format!("datasets/{WELLER}"),
            agreement: AGREEMENT.to_owned(),
            purpose: PURPOSE.to_owned(),
            ..Default::default()
        };
        let mut client = world.observations(Party::Ggd);
        let mut stream = client.watch_observations(request).await.unwrap().into_inner();
        let first = stream.message().await.unwrap().unwrap();
        let mut rows = first.observations.len();
        assert_eq!(rows, 500);
        world.consent.revoke(AGREEMENT);
        // What was on its way already arrives.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let ended = loop {
            match stream.message().await {
                Ok(part) => {
                    let part = part.expect("a stream that does not just end");
                    assert!(!part.release_complete);
                    rows += part.observations.len();
                }
                Err(ended) => break ended,
            }
        };
        assert_eq!(code_and_reason(&ended), (Code::PermissionDenied, "AGREEMENT_REVOKED".to_owned()));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let told = world.consent.get(|state| state.deliveries.clone());
        assert_eq!(told.len(), 1);
        assert!(!told[0].complete && rows < ROWS);
        assert_eq!(told[0].row_count, i64::try_from(rows).unwrap());
    }
}
