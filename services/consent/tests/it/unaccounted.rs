//! Deliveries of which nobody tells how they ended, as their process is gone.

use std::time::Duration;

use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tokio::time::{Instant, sleep};

use crate::point::{PROCESS, Point, registration};
use crate::world::{self, DATASET, World};

/// A process that registered and is gone, and one that never did.
const GONE: [&str; 2] = ["019364f0-0000-7000-8000-000000000002", "019364f0-0000-7000-8000-000000000003"];
const SILENT_FOR: u32 = 4;
/// How long an entry is waited for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes a permit through this process; gives its transaction.
async fn permit(world: &World, agreement: &str, process: &str, release: &str) -> String {
    let request = world.request(agreement);
    let (process, release) = (process.to_owned(), release.to_owned());
    let request = DecideRequest { process, release, ..request };
    assert!(world.decide(request.clone()).await.permitted);
    request.transaction_id
}

async fn deliver(world: &World, agreement: &str, transaction_id: &str) {
    let delivery = RecordDeliveryRequest {
        transaction_id: transaction_id.to_owned(),
        agreement: agreement.to_owned(),
        recipient_oin: Caller::Ggd.oin().to_owned(),
        release: format!("{DATASET}/releases/1"),
        row_count: 5,
        digest: "ab12".to_owned(),
        ..Default::default()
    };
    world.decisions().record_delivery(delivery).await.unwrap();
}

/// Changes a transaction on SQLite, which keeps any value in any column.
async fn change(world: &World, to: &str) {
    if world.kind == "sqlite" {
        let sql = format!("UPDATE ledger_entry SET transaction_id = {to}");
        world.test.database.pool().execute_unprepared(&sql).await.unwrap();
    }
}

/// The transactions of the entries of this kind that a party reads, sorted.
async fn transactions(world: &World, by: Caller, kind: LedgerEntryKind) -> Vec<String> {
    let entries = world.entries(by).await.into_iter().filter(|entry| entry.kind() == kind);
    let mut transactions: Vec<_> = entries.map(|entry| entry.transaction_id).collect();
    transactions.sort();
    transactions
}

/// The transactions that are entered as unaccounted, once there are so many; a point answers meanwhile.
async fn unaccounted(world: &World, point: &mut Point, count: usize) -> Vec<String> {
    let begin = Instant::now();
    let mut since = None;
    loop {
        world.clock.advance(Duration::from_millis(200));
        point.alive().await;
        sleep(Duration::from_millis(200)).await;
        let found = transactions(world, Caller::Ggd, LedgerEntryKind::DeliveryUnaccounted).await;
        assert!(begin.elapsed() < PATIENCE, "{}: {found:?}", world.kind);
        // What must not be entered has some time to be.
        if found.len() >= count && since.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(2) {
            return found;
        }
    }
}

#[tokio::test]
async fn a_permit_of_a_process_that_is_gone_is_entered_as_unaccounted_and_once() {
    for mut world in world::worlds().await {
        let (kind, active) = (world.kind, world.active().await.name);
        let mut alive = Point::connect(&world, "indicators/0").await;
        let registered = RegisterEnforcementPoint { process: GONE[0].to_owned(), ..registration("b") };
        drop(Point::register(world.decisions(), Message::Register(registered.clone())).await.unwrap());
        let release = format!("{DATASET}/releases/1");
        let told = permit(&world, &active, GONE[0], &release).await;
        deliver(&world, &active, &told).await;
        let mut open = [
            permit(&world, &active, GONE[0], &release).await,
            permit(&world, &active, GONE[1], &release).await,
        ];
        open.sort();
        // A transaction that is no text is passed over, and the search ends all the same.
        let damaged =
            if kind == "sqlite" { permit(&world, &active, GONE[0], &release).await } else { String::new() };
        change(&world, &format!("x'01' WHERE transaction_id = '{damaged}'")).await;
        // There is nothing to deliver, it is no enforcement point, and it is there still.
        for (process, release) in [(GONE[0], ""), ("", release.as_str()), (PROCESS, &release)] {
            permit(&world, &active, process, release).await;
        }
        world.signing.config.unaccounted_after_seconds = SILENT_FOR;
        let (_one, _shutdown) = world.another_process().await;
        let (_other, _also) = world.another_process().await;
        assert_eq!(unaccounted(&world, &mut alive, 2).await, open, "{kind}");
        let of_provider = transactions(&world, Caller::Weller, LedgerEntryKind::DeliveryUnaccounted).await;
        assert_eq!(of_provider, open, "{kind}");
        let entry = world.entries(Caller::Ggd).await.pop().unwrap();
        assert!(entry.summary_nl.contains("niet bekend"), "{}", entry.summary_nl);
        assert!(GONE.iter().any(|process| entry.body_json.contains(process)), "{}", entry.body_json);

        // It was only cut off: what it tells later is entered too, and it can go again.
        deliver(&world, &active, &open[0]).await;
        let delivered = transactions(&world, Caller::Ggd, LedgerEntryKind::Delivered).await;
        assert_eq!((delivered.len(), delivered.contains(&open[0])), (2, true), "{kind}");
        drop(Point::register(world.decisions(), Message::Register(registered)).await.unwrap());
        let again = permit(&world, &active, GONE[0], &release).await;
        let [one, other] = open;
        assert_eq!(unaccounted(&world, &mut alive, 3).await, [one, other, again], "{kind}");
        change(&world, &format!("'{damaged}' WHERE typeof(transaction_id) = 'blob'")).await;
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn what_could_not_be_entered_is_entered_when_it_can() {
    for mut world in world::worlds().await {
        let (one, other) = (world.active().await.name, world.active().await.name);
        let mut alive = Point::connect(&world, "indicators/0").await;
        let registered = RegisterEnforcementPoint { process: GONE[0].to_owned(), ..registration("b") };
        drop(Point::register(world.decisions(), Message::Register(registered)).await.unwrap());
        let release = format!("{DATASET}/releases/1");
        let entered = permit(&world, &other, GONE[0], &release).await;
        let unread = permit(&world, &other, GONE[0], &release).await;
        permit(&world, &other, PROCESS, &release).await;
        let kept_back = permit(&world, &one, GONE[0], &release).await;
        permit(&world, &one, PROCESS, &release).await;
        let all = world.entries(Caller::PrivacyOfficer).await;
        // One permit cannot be read, and nothing can follow a last entry that cannot.
        let damaged = [&all[all.len() - 4], &all[all.len() - 1]];
        let set = async |entry: &LedgerEntry, header: &str| {
            let at = entry.index;
            let sql = format!("UPDATE ledger_entry SET header_json = '{header}' WHERE position = {at}");
            world.test.database.pool().execute_unprepared(&sql).await.unwrap();
        };
        for entry in damaged {
            set(entry, "{}").await;
        }
        world.signing.config.unaccounted_after_seconds = SILENT_FOR;
        let (_process, _shutdown) = world.another_process().await;
        assert_eq!(unaccounted(&world, &mut alive, 1).await, [entered.as_str()], "{}", world.kind);
        for entry in damaged {
            set(entry, &entry.header_json).await;
        }
        let mut every = [kept_back, unread, entered];
        every.sort();
        assert_eq!(unaccounted(&world, &mut alive, 3).await, every, "{}", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn more_than_are_read_at_once_are_entered_all_and_once() {
    for mut world in world::worlds().await {
        let active = world.active().await.name;
        let mut alive = Point::connect(&world, "indicators/0").await;
        let release = format!("{DATASET}/releases/1");
        let mut open = Vec::new();
        for _ in 0..450 {
            open.push(permit(&world, &active, GONE[1], &release).await);
        }
        open.sort();
        world.signing.config.unaccounted_after_seconds = SILENT_FOR;
        let (_one, _shutdown) = world.another_process().await;
        let (_other, _also) = world.another_process().await;
        assert_eq!(unaccounted(&world, &mut alive, open.len()).await, open, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_process_names_itself_by_a_uuid() {
    for world in world::worlds().await {
        let active = world.active().await.name;
        let request = DecideRequest { process: "indicators/0".to_owned(), ..world.request(&active) };
        let refused = world.decisions().decide(request).await.unwrap_err();
        assert_eq!(world::fields(&refused), ["process"], "{}", world.kind);
    }
}
