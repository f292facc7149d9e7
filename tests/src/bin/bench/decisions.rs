//! Decisions a second, each durable before it is answered, beside the bare group commit of the same
//! bytes on the same disk, behind the same call: the same number ask in the same way, of a service that
//! keeps the text of the entry in one write with all that wait, has the disk keep it, and answers. So the
//! ratio says what deciding and the ledger cost. Beside it the parts: that group commit without the call,
//! and the same bytes in one table through the driver of the pool.

use std::time::Duration;

use testkit::TestDatabase;

use crate::group_commit::{self, Queue};
use crate::load::{Seen, ask, decide, newest_entry};
use crate::world::{World, has_postgres, request};
use crate::{bare_service, growth};

/// Who ask at the same time.
const ASKERS: [usize; 3] = [1, 32, 256];
const AGREEMENTS: usize = 10;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

pub(crate) async fn run() {
    beside_group_commit(testkit::sqlite().await, testkit::sqlite().await).await;
    if has_postgres() {
        beside_group_commit(testkit::postgres().await, testkit::postgres().await).await;
    }
    growth::run().await;
}

async fn beside_group_commit(test: TestDatabase, other: TestDatabase) {
    let kind = test.kind;
    let world = World::new(test, AGREEMENTS).await;
    drop(decide(&world, 8, Duration::from_millis(500)).await);
    let text = newest_entry(&world).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, table) = (Queue::to_file(folder.path()), Queue::to_table(&other.database).await);
    let answer = world.asker().decide(request(&world.agreements[0], &world.clock)).await;
    let call = bare_service::asker(&file, &text, answer);
    println!("\ndecisions on {kind}, {ROUNDS} rounds of {ROUND:?} each; an entry has {} bytes", text.len());
    println!(
        "| at the same time | bare commit behind the call/s | per write | work | decisions/s | per commit | work | p50 | p99 | of bare behind the call | work of it | without the call/s | of it | one table/s | of it |"
    );
    println!("|{}", " ---: |".repeat(15));
    for askers in ASKERS {
        let (mut bare, mut rows) = (Seen::default(), Seen::default());
        let (mut called, mut ours) = (Seen::default(), Seen::default());
        for _ in 0..ROUNDS {
            bare.add(group_commit::append(&file, &text, askers, ROUND).await);
            rows.add(group_commit::append(&table, &text, askers, ROUND).await);
            called.add(file.counting(ask(&world, &call, askers, ROUND)).await);
            ours.add(decide(&world, askers, ROUND).await);
        }
        println!(
            "| {askers} | {:.0} | {:.1} | {:.1?} | {:.0} | {:.1} | {:.1?} | {:.2?} | {:.2?} | {:.2} | {:.2} | {:.0} | {:.2} | {:.0} | {:.2} |",
            called.rate(),
            called.batch(),
            called.work(),
            ours.rate(),
            ours.batch(),
            ours.work(),
            ours.quantile(50),
            ours.quantile(99),
            ours.rate() / called.rate(),
            ours.work().as_secs_f64() / called.work().as_secs_f64(),
            bare.rate(),
            ours.rate() / bare.rate(),
            rows.rate(),
            ours.rate() / rows.rate(),
        );
    }
    world.end().await;
    drop(table);
    crate::world::remove(other).await;
}
