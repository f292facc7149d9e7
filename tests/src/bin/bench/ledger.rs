//! The ledger as it grows: appends and proofs in memory, and appends in the store.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use ::ledger::{
    Frontier, Hash, TileId, commitment, consistency_proof, inclusion_proof, leaf_data, leaf_hash,
    subtree_root,
};

use crate::load::{Seen, decide};
use crate::world::World;
use crate::{Numbers, average, rows};

const SIZES: [u64; 4] = [1_000, 100_000, 1_000_000, 10_000_000];
/// Appends that are timed at a size, and how many times.
const APPENDS: u64 = 1000;
const REPEATS: u32 = 100;
const PROOFS: u32 = 1000;
/// Entries in the store: none, about a million and about ten million, some 8 GB. All tiles are full, so that
/// the next appends fill new ones.
const ROWS: [u64; 3] = [0, 1 << 20, 10 << 20];
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

/// A log in memory: its frontier, and the nodes of every eighth height.
struct Log {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

impl Log {
    fn append(&mut self, text: &[u8]) {
        let committed = commitment(&SALT, text);
        let mut node = leaf_hash(&leaf_data(&committed, &committed));
        self.frontier.append(node);
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(node);
            if !nodes.len().is_multiple_of(256) {
                return;
            }
            node = subtree_root(&nodes[nodes.len() - 256..]);
        }
    }

    /// Back to when it was smaller.
    fn shrink(&mut self, frontier: Frontier) {
        for (level, nodes) in self.levels.iter_mut().enumerate() {
            nodes.truncate(place(frontier.size() >> (8 * level)));
        }
        self.frontier = frontier;
    }

    fn tile(&self, tile: TileId) -> Result<Vec<Hash>, Infallible> {
        let start = place(tile.number * 256);
        Ok(self.levels[usize::from(tile.level)][start..start + usize::from(tile.width)].to_vec())
    }
}

const SALT: ::ledger::Salt = ::ledger::Salt::from_bytes([7; 32]);

fn place(number: u64) -> usize {
    usize::try_from(number).expect("a place")
}

fn ratio(time: Duration, first: &mut Option<Duration>) -> f64 {
    time.as_secs_f64() / first.get_or_insert(time).as_secs_f64()
}

pub(crate) async fn run() {
    in_memory();
    in_store().await;
}

fn in_memory() {
    println!("\nthe log in memory: commitments, leaf, frontier and tiles; a proof reads its tiles anew");
    println!(
        "| entries | append | of {} | inclusion proof | of {0} | consistency proof | of {0} |",
        SIZES[0]
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut log = Log { frontier: Frontier::empty(), levels: Vec::new() };
    let (mut of_append, mut of_inclusion, mut of_consistency) = (None, None, None);
    for size in SIZES {
        while log.frontier.size() < size {
            let text = log.frontier.size().to_be_bytes();
            log.append(&text);
        }
        let appends = append_at(&mut log, size);
        let mut numbers = Numbers::new(size);
        let inclusion = average(PROOFS, || {
            let proof = inclusion_proof(numbers.below(size), size, |tile| log.tile(tile)).expect("a proof");
            assert!(!proof.is_empty());
        });
        let consistency = average(PROOFS, || {
            let old = 1 + numbers.below(size - 1);
            assert!(!consistency_proof(old, size, |tile| log.tile(tile)).expect("a proof").is_empty());
        });
        println!(
            "| {size} | {appends:.2?} | {:.2} | {inclusion:.2?} | {:.2} | {consistency:.2?} | {:.2} |",
            ratio(appends, &mut of_append),
            ratio(inclusion, &mut of_inclusion),
            ratio(consistency, &mut of_consistency),
        );
    }
}

/// The time of one append to a log of this size.
fn append_at(log: &mut Log, size: u64) -> Duration {
    let before = log.frontier.clone();
    let mut taken = Duration::ZERO;
    for _ in 0..REPEATS {
        let start = Instant::now();
        for index in size..size + APPENDS {
            log.append(&index.to_be_bytes());
        }
        taken += start.elapsed();
        log.shrink(before.clone());
    }
    taken / REPEATS / u32::try_from(APPENDS).expect("few")
}

async fn in_store() {
    let mut worlds = Vec::new();
    let start = Instant::now();
    for entries in ROWS {
        let world = World::new(testkit::sqlite().await, 10).await;
        rows::longer_ledger(&world, entries).await;
        worlds.push((entries, world, Seen::default()));
    }
    println!(
        "\ndecisions entered in the store on sqlite, 32 at the same time; entries seeded in {:.0?}",
        start.elapsed()
    );
    println!("| entries before | decisions/s | p50 | p99 | of the first |");
    println!("| ---: | ---: | ---: | ---: | ---: |");
    for _ in 0..ROUNDS {
        for (_, world, seen) in &mut worlds {
            seen.add(decide(world, 32, ROUND).await);
        }
    }
    let mut first = None;
    for (entries, _, seen) in &mut worlds {
        let rate = seen.rate();
        let of_first = rate / *first.get_or_insert(rate);
        println!(
            "| {entries} | {rate:.0} | {:.2?} | {:.2?} | {of_first:.2} |",
            seen.quantile(50),
            seen.quantile(99)
        );
    }
    for (_, world, _) in worlds {
        world.end().await;
    }
}
