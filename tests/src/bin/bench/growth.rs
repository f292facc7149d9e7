//! How long a decision takes with more and more active agreements.

use std::time::Duration;

use testkit::TestDatabase;

use crate::load::{Seen, decide};
use crate::world::{World, has_postgres};

const AGREEMENTS: [usize; 3] = [10, 1000, 100_000];
const ASKERS: [usize; 2] = [1, 32];
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 4;

pub(crate) async fn run() {
    let mut sqlite = Vec::new();
    for _ in AGREEMENTS {
        sqlite.push(testkit::sqlite().await);
    }
    grow(sqlite).await;
    if has_postgres() {
        let mut postgres = Vec::new();
        for _ in AGREEMENTS {
            postgres.push(testkit::postgres().await);
        }
        grow(postgres).await;
    }
}

async fn grow(tests: Vec<TestDatabase>) {
    let kind = tests.first().map_or("", |test| test.kind);
    let mut worlds = Vec::new();
    for (agreements, test) in AGREEMENTS.into_iter().zip(tests) {
        let world = World::new(test, agreements).await;
        drop(decide(&world, 32, ROUND).await);
        worlds.push(world);
    }
    println!(
        "\nactive agreements on {kind}, one taken at random for each decision; {ROUNDS} rounds of {ROUND:?}"
    );
    println!("| agreements | at the same time | decisions/s | p50 | p99 | p99 of {} |", AGREEMENTS[0]);
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for askers in ASKERS {
        let mut seen = vec![Seen::default(); worlds.len()];
        for _ in 0..ROUNDS {
            for (seen, world) in seen.iter_mut().zip(&worlds) {
                seen.add(decide(world, askers, ROUND).await);
            }
        }
        let mut first = None;
        for (agreements, seen) in AGREEMENTS.iter().zip(&mut seen) {
            let p99 = seen.quantile(99);
            let first = first.get_or_insert(p99).as_secs_f64();
            println!(
                "| {agreements} | {askers} | {:.0} | {:.2?} | {p99:.2?} | {:.2} |",
                seen.rate(),
                seen.quantile(50),
                p99.as_secs_f64() / first,
            );
        }
    }
    for world in worlds {
        world.end().await;
    }
}
