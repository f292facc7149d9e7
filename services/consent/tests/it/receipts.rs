//! Receipts of stops: who had to confirm, who did, who fell silent; and what a stop would touch.

use std::sync::atomic::Ordering;
use std::time::Duration;

use proto::consent::v1::agreement_preview_service_client::AgreementPreviewServiceClient as AgreementPreview;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::point::{PROCESS, Point, registration};
use crate::world::{self, DATASET, World, refusal};

async fn receipt(world: &World, agreement: &str, by: Caller) -> Result<RevocationReceipt, Status> {
    let request = GetRevocationReceiptRequest { name: agreement.to_owned() };
    let mut client = RevocationServiceClient::new(world.service.called_as(by));
    Ok(client.get_revocation_receipt(request).await?.into_inner())
}

async fn preview(world: &World, agreement: &str, by: Caller) -> Result<PreviewRevocationResponse, Status> {
    let request = PreviewRevocationRequest { name: agreement.to_owned() };
    let mut client = RevocationServiceClient::new(world.service.called_as(by));
    Ok(client.preview_revocation(request).await?.into_inner())
}

async fn execute(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

/// The entries of receipts.
async fn receipts(world: &World) -> Vec<LedgerEntry> {
    let entries = world.entries(Caller::PrivacyOfficer).await.into_iter();
    entries.filter(|entry| entry.kind() == LedgerEntryKind::StopConfirmed).collect()
}

#[tokio::test]
async fn a_receipt_names_each_point_and_when_it_confirmed_and_is_in_the_ledger_once() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (other, shutdown) = world.another_process().await;
        let mut here = Point::connect(&world, "indicators/0").await;
        let client = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        let there = registration("indicators/1");
        let mut there = Point::register(client, Message::Register(there)).await.unwrap();
        world.revoke(&active, Caller::Weller).await.unwrap();
        let stop = here.hear_of_an_end().await.stop.unwrap();
        assert_eq!(there.hear_of_an_end().await.stop, Some(stop));

        here.confirm(&active.name, stop, 7).await;
        // Again, and for a stop that is none: neither counts.
        here.confirm(&active.name, stop, 9).await;
        here.confirm(&active.name, stop + 1, 9).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(receipts(&world).await.is_empty(), "{}: not without the other one", world.kind);
        there.confirm(&active.name, stop, 3).await;

        let receipt = receipt(&world, &active.name, Caller::Ggd).await.unwrap();
        assert!(receipt.complete && receipt.complete_time.is_some(), "{} {receipt:?}", world.kind);
        assert_eq!(receipt.state(), AgreementState::Revoked);
        assert_eq!(receipt.stop, format!("ledger-entries/{stop}"));
        assert_eq!(receipt.bound.map(|bound| (bound.seconds, bound.nanos)), Some((2, 0)));
        let points: Vec<_> = receipt
            .points
            .iter()
            .map(|point| (point.enforcement_point.as_str(), point.streams_cut, point.confirm_time.is_some()))
            .collect();
        assert_eq!(points, [("indicators/0", 7, true), ("indicators/1", 3, true)]);
        assert!(receipt.points.iter().all(|point| point.silent_since.is_none()));

        // Both processes looked several times more.
        tokio::time::sleep(Duration::from_millis(800)).await;
        let entries = receipts(&world).await;
        assert_eq!(entries.len(), 1, "{}", world.kind);
        assert_eq!((&entries[0].name, &entries[0].agreement), (&receipt.ledger_entry, &active.name));
        assert_eq!(entries[0].parties, [Caller::Weller.oin(), Caller::Ggd.oin()]);
        assert!(entries[0].summary_nl.contains("2 van de 2") && entries[0].summary_nl.contains("10 lopende"));
        world.verify().await.unwrap();
        shutdown.tell();
    }
}

#[tokio::test]
async fn a_point_that_fell_silent_has_cut_by_itself_and_the_receipt_says_so() {
    for world in world::worlds().await {
        let active = world.active().await;
        let point = Point::connect(&world, "indicators/0").await;
        world.revoke(&active, Caller::Weller).await.unwrap();
        drop(point);
        let begin = Instant::now();
        let waiting = receipt(&world, &active.name, Caller::Weller);
        let silent = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert!(receipts(&world).await.is_empty(), "{}", world.kind);
            // The clock of SQLite is held; nothing is entered before the time is over.
            world.clock.advance(Duration::from_millis(3001));
        };
        let (answer, ()) = tokio::join!(waiting, silent);
        let receipt = answer.unwrap();
        assert!(receipt.complete, "{} {receipt:?}", world.kind);
        if world.kind == "postgres" {
            assert!(begin.elapsed() >= Duration::from_millis(2500), "{:?}", begin.elapsed());
        }
        let [point] = receipt.points.as_slice() else { panic!("{receipt:?}") };
        assert_eq!((point.enforcement_point.as_str(), point.process.as_str()), ("indicators/0", PROCESS));
        assert!(point.silent_since.is_some() && point.confirm_time.is_none());
        let entry = receipts(&world).await.pop().unwrap();
        assert!(entry.summary_nl.contains("indicators/0 zwijgt sinds"), "{}", entry.summary_nl);
        assert!(entry.summary_nl.contains("0 van de 1"), "{}", entry.summary_nl);
        // A confirmation that came while that was entered is not in the receipt.
        execute(&world, "UPDATE stop_confirmation SET confirm_time = silent_since, streams_cut = 9").await;
        let again = self::receipt(&world, &active.name, Caller::Weller).await.unwrap();
        assert_eq!(again, receipt);
    }
}

#[tokio::test]
async fn who_connects_again_and_again_and_hears_nothing_is_silent() {
    for world in world::worlds().await {
        let active = world.active().await;
        drop(Point::connect(&world, "indicators/0").await);
        world.revoke(&active, Caller::Weller).await.unwrap();
        let begin = Instant::now();
        let connecting = async {
            loop {
                drop(Point::connect(&world, "indicators/0").await);
                tokio::time::sleep(Duration::from_millis(400)).await;
                world.clock.advance(Duration::from_millis(400));
            }
        };
        let receipt = tokio::select! {
            receipt = receipt(&world, &active.name, Caller::Weller) => receipt.unwrap(),
            () = connecting => unreachable!(),
        };
        assert!(begin.elapsed() >= Duration::from_secs(2), "{} {:?}", world.kind, begin.elapsed());
        assert!(receipt.complete && receipt.points[0].silent_since.is_some(), "{receipt:?}");
    }
}

#[tokio::test]
async fn who_answers_is_not_silent_and_a_receipt_that_waits_says_so() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut point = Point::connect(&world, "indicators/0").await;
        world.revoke(&active, Caller::Weller).await.unwrap();
        let answering = async {
            loop {
                point.alive().await;
                point.hear().await;
                // The held clock of SQLite runs with the signs of life.
                world.clock.advance(Duration::from_millis(250));
            }
        };
        let begin = Instant::now();
        let receipt = tokio::select! {
            receipt = receipt(&world, &active.name, Caller::Weller) => receipt.unwrap(),
            () = answering => unreachable!(),
        };
        assert!(begin.elapsed() >= Duration::from_secs(5), "{:?}", begin.elapsed());
        assert!(!receipt.complete && receipt.ledger_entry.is_empty(), "{} {receipt:?}", world.kind);
        let [point] = receipt.points.as_slice() else { panic!("{receipt:?}") };
        assert!(point.confirm_time.is_none() && point.silent_since.is_none());
        assert!(receipts(&world).await.is_empty());
    }
}

#[tokio::test]
async fn only_points_that_were_heard_in_the_last_minute_have_to_confirm() {
    for world in world::worlds().await {
        drop(Point::connect(&world, "indicators/0").await);
        execute(&world, "UPDATE enforcement_point SET heard_time = heard_time - 61000000, registered_time = heard_time - 61000000").await;
        let active = world.active().await;
        world.revoke(&active, Caller::Weller).await.unwrap();
        let receipt = receipt(&world, &active.name, Caller::Weller).await.unwrap();
        assert!(receipt.complete && receipt.points.is_empty(), "{} {receipt:?}", world.kind);
        assert_eq!(receipts(&world).await.len(), 1);
    }
}

#[tokio::test]
async fn two_processes_with_one_name_are_two_points() {
    for world in world::worlds().await {
        let active = world.active().await;
        let _one = Point::connect(&world, "indicators/0").await;
        let process = "019364f0-0000-7000-8000-000000000002".to_owned();
        let other = RegisterEnforcementPoint { process, ..registration("indicators/0") };
        let _other = Point::register(world.decisions(), Message::Register(other)).await.unwrap();
        let preview = preview(&world, &active.name, Caller::Weller).await.unwrap();
        assert_eq!(preview.points.len(), 2, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_point_is_kept_as_heard_about_once_a_second() {
    for world in world::worlds().await {
        let mut point = Point::connect(&world, "indicators/0").await;
        let count = "CREATE TABLE written (at INTEGER)";
        execute(&world, count).await;
        let trigger = if world.kind == "sqlite" {
            "CREATE TRIGGER t AFTER UPDATE ON enforcement_point BEGIN INSERT INTO written VALUES (1); END"
        } else {
            "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN INSERT INTO written VALUES (1); RETURN NEW; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER t AFTER UPDATE ON enforcement_point FOR EACH ROW EXECUTE FUNCTION f()"
        };
        execute(&world, trigger).await;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(3500) {
            point.alive().await;
            point.hear().await;
        }
        let backend = world.test.database.pool().get_database_backend();
        let select = sea_orm::Statement::from_string(backend, "SELECT count(*) FROM written");
        let row = world.test.database.pool().query_one_raw(select).await.unwrap().unwrap();
        let written: i64 = row.try_get_by_index(0).unwrap();
        assert!((2..=5).contains(&written), "{} {written}", world.kind);
    }
}

#[tokio::test]
async fn what_a_stop_would_touch_is_shown_before_it() {
    for world in world::worlds().await {
        let (release, fictitious) = (format!("{DATASET}/releases/3"), true);
        *world.figures.previewed.lock().unwrap() =
            consent::Previewed { release, fictitious, cells: 90, withheld: 31, ..Default::default() };
        let active = world.active().await;
        let point = Point::connect(&world, "indicators/0").await;
        let count = |agreement: &str, count| OpenStreamCount {
            agreement: agreement.to_owned(),
            recipient_oin: Caller::Ggd.oin().to_owned(),
            count,
        };
        let counts = vec![count(&active.name, 12), count("agreements/other", 5)];
        point.say(Message::OpenStreams(OpenStreams { counts })).await;
        let told = async {
            loop {
                let shown = preview(&world, &active.name, Caller::Ggd).await.unwrap();
                if shown.recipients[0].open_streams > 0 {
                    return shown;
                }
            }
        };
        let shown = tokio::time::timeout(Duration::from_secs(5), told).await.unwrap();
        assert!(shown.active, "{}", world.kind);
        let of_ggd = RecipientStreams {
            recipient_oin: Caller::Ggd.oin().to_owned(),
            open_streams: 12,
            cell_count: 90,
            withheld_count: 31,
        };
        assert_eq!(shown.recipients, std::slice::from_ref(&of_ggd));
        let plan = AgreementPreview::new(world.service.called_as(Caller::Ggd));
        let before = PreviewAgreementRequest { name: active.name.clone() };
        let before = { plan }.preview_agreement(before).await.unwrap().into_inner();
        assert_eq!((&shown.release, &shown.notice_nl), (&before.release, &before.notice_nl));
        assert!(shown.fictitious && shown.notice_nl.contains("releases/3"), "{}", shown.notice_nl);
        let points: Vec<_> =
            shown.points.iter().map(|one| (one.enforcement_point.as_str(), one.open_streams)).collect();
        assert_eq!(points, [("indicators/0", 12)]);
        // The streams are shown also when nothing can be counted.
        world.figures.down.store(true, Ordering::SeqCst);
        let blind = preview(&world, &active.name, Caller::Ggd).await.unwrap();
        let of_ggd = RecipientStreams { cell_count: 0, withheld_count: 0, ..of_ggd };
        assert_eq!((blind.recipients, blind.release.as_str()), (vec![of_ggd], ""));
        assert!(blind.notice_nl.contains("niet geteld"), "{}", blind.notice_nl);
        world.figures.down.store(false, Ordering::SeqCst);
        world.revoke(&active, Caller::Ggd).await.unwrap();
        let after = preview(&world, &active.name, Caller::Ggd).await.unwrap();
        assert_eq!((after.active, after.recipients[0].cell_count, after.release.as_str()), (false, 0, ""));
        assert!(after.notice_nl.contains("niets geleverd"), "{}", after.notice_nl);
    }
}

#[tokio::test]
async fn receipts_and_previews_are_for_the_parties_and_the_privacy_officer() {
    for world in world::worlds().await {
        let active = world.active().await;
        let status = receipt(&world, &active.name, Caller::Weller).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        world.revoke(&active, Caller::Ggd).await.unwrap();
        for name in [active.name.as_str(), "agreements/none"] {
            let status = receipt(&world, name, Caller::WonenZuid).await.unwrap_err();
            assert_eq!(refusal(&status).0, Code::PermissionDenied);
            let status = preview(&world, name, Caller::WonenZuid).await.unwrap_err();
            assert_eq!(refusal(&status).0, Code::PermissionDenied);
        }
        receipt(&world, &active.name, Caller::PrivacyOfficer).await.unwrap();
        preview(&world, &active.name, Caller::PrivacyOfficer).await.unwrap();
        let status = receipt(&world, "x", Caller::PrivacyOfficer).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}
