//! Decisions a second, each durable before it is answered, beside the bare group commit of the same
//! bytes on the same disk; and beside the parts of the way that are not ours: the same bytes in one
//! table through the same driver, and the bare group commit behind the same call.

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
        "| at the same time | bare/s | per write | bare p99 | one table/s | bare behind the call/s | decisions/s | per commit | p50 | p99 | of bare | of one table | of the call |"
    );
    println!("|{}", " ---: |".repeat(13));
    for askers in ASKERS {
        let mut bare = Seen::default();
        let (mut rows, mut called, mut ours) = (Seen::default(), Seen::default(), Seen::default());
        for _ in 0..ROUNDS {
            bare.add(group_commit::append(&file, &text, askers, ROUND).await);
            rows.add(group_commit::append(&table, &text, askers, ROUND).await);
            called.add(ask(&world, &call, askers, ROUND).await);
            ours.add(decide(&world, askers, ROUND).await);
        }
        println!(
            "| {askers} | {:.0} | {:.1} | {:.2?} | {:.0} | {:.0} | {:.0} | {:.1} | {:.2?} | {:.2?} | {:.2} | {:.2} | {:.2} |",
            bare.rate(),
            bare.batch(),
            bare.quantile(99),
            rows.rate(),
            called.rate(),
            ours.rate(),
            ours.batch(),
            ours.quantile(50),
            ours.quantile(99),
            ours.rate() / bare.rate(),
            ours.rate() / rows.rate(),
            ours.rate() / called.rate(),
        );
    }
    world.end().await;
    drop(table);
    crate::world::remove(other).await;
}
