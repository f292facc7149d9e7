//! `cargo xtask bench`: the platform beside what it is compared with, in one run on one machine.
//! Ratios carry over to other machines, times do not.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool that prints and may fail"
)]

mod bare_service;
#[cfg(feature = "cedar")]
mod cedar;
#[path = "../../../../crates/sdc/tests/it/country.rs"]
mod country;
mod counts;
mod decisions;
mod group_commit;
mod growth;
mod ledger;
mod load;
mod rates;
mod reads;
mod rows;
mod sdc;
mod world;

use std::time::{Duration, Instant};

/// The one that the platform has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["bare", triangle, list] => reads::bare(triangle, list).await,
        [] => {
            decisions::run().await;
            ledger::run().await;
            evaluations().await;
            reads::run().await;
            sdc::run();
        }
        parts => {
            for part in parts {
                match *part {
                    "decisions" => decisions::run().await,
                    "ledger" => ledger::run().await,
                    "cedar" => evaluations().await,
                    "reads" => reads::run().await,
                    "sdc" => sdc::run(),
                    other => {
                        panic!("there is no part {other}; expected decisions, ledger, cedar, reads or sdc")
                    }
                }
            }
        }
    }
}

#[cfg(feature = "cedar")]
async fn evaluations() {
    cedar::run().await;
}

#[cfg(not(feature = "cedar"))]
async fn evaluations() {
    println!("\nbuilt without the feature `cedar`: the evaluations were not compared");
}

/// A number for a ratio.
fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("not so many"))
}

/// The part of sorted times, in percent, that is not longer than this.
fn quantile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() - 1) * percent / 100]
}

/// How long this takes, on average over so many times.
fn average(times: u32, mut what: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..times).for_each(|_| what());
    start.elapsed() / times
}

/// Numbers that look random, the same in every run (xorshift).
#[derive(Clone, Debug)]
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// One below this.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
