//! Decisions a second, each durable before it is answered, beside the bare group commit of the same
//! texts on the same disk.

use std::time::Duration;

use testkit::TestDatabase;

use crate::load::{Seen, decide, newest_entry};
use crate::world::{World, has_postgres};
use crate::{group_commit, growth};

/// Who ask at the same time.
const ASKERS: [usize; 3] = [1, 32, 256];
const AGREEMENTS: usize = 10;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

pub(crate) async fn run() {
    beside_group_commit(testkit::sqlite().await).await;
    if has_postgres() {
        beside_group_commit(testkit::postgres().await).await;
    }
    growth::run().await;
}

async fn beside_group_commit(test: TestDatabase) {
    let kind = test.kind;
    let world = World::new(test, AGREEMENTS).await;
    drop(decide(&world, 8, Duration::from_millis(500)).await);
    let text = newest_entry(&world).await;
    let folder = tempfile::tempdir().expect("a folder");
    println!("\ndecisions on {kind}, {ROUNDS} rounds of {ROUND:?} each; an entry has {} bytes", text.len());
    println!(
        "| at the same time | bare/s | per write | bare p99 | decisions/s | per commit | p50 | p99 | of bare |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for askers in ASKERS {
        let (mut bare, mut ours) = (Seen::default(), Seen::default());
        for _ in 0..ROUNDS {
            bare.add(group_commit::append(folder.path(), &text, askers, ROUND).await);
            ours.add(decide(&world, askers, ROUND).await);
        }
        println!(
            "| {askers} | {:.0} | {:.1} | {:.2?} | {:.0} | {:.1} | {:.2?} | {:.2?} | {:.2} |",
            bare.rate(),
            bare.batch(),
            bare.quantile(99),
            ours.rate(),
            ours.batch(),
            ours.quantile(50),
            ours.quantile(99),
            ours.rate() / bare.rate(),
        );
    }
    world.end().await;
}
