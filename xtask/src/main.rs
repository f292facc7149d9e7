//! `cargo xtask`: the commands of the README and of CI.

mod bench;
mod demo_data;
mod deny;
mod fuzz;
mod k8s;
mod postgres;
mod proto;
mod shell;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs everything that must pass; what it needs and is missing, it installs.
    Test(test::Options),
    /// Checks the rules of this house that no other tool checks.
    Tidy,
    /// Runs the fuzz targets for as long as one likes; in `test` each of them runs for a second.
    Fuzz(fuzz::Options),
    /// Makes the fictitious deliveries of data/demo again, from their seed.
    DemoData {
        /// Change nothing; fail when the files are not what the seed gives.
        #[arg(long)]
        check: bool,
    },
    /// Measures a release build of the platform; what follows `--` goes to the benchmark.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::complain(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Test(options) => test::run(&options),
        Command::Tidy => tidy::run(),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::DemoData { check } => demo_data::run(check),
        Command::Bench(options) => bench::run(&options),
    }
}
