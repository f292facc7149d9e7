//! `cargo xtask bench`: the benchmarks of the platform, in a release build.

use clap::{Args, ValueEnum};

use crate::postgres::Postgres;
use crate::shell;

/// A PostgreSQL server that runs already.
const POSTGRES: &str = "ALLIANTIE_TEST_POSTGRES_URL";

#[derive(Args)]
pub(crate) struct Options {
    /// What to measure; everything when nothing is named.
    #[arg(last = true)]
    parts: Vec<Part>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Decisions a second beside a bare group commit, and with more and more agreements.
    Decisions,
    /// Appends and proofs as the ledger grows.
    Ledger,
    /// The evaluation of the rules alone, beside the policy engine Cedar.
    Cedar,
    /// Reads through the gateway beside a bare server.
    Reads,
    /// Protecting and auditing made-up tables as they grow, rates, counts of which more is asked, and a look at
    /// a mask.
    Sdc,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Ledger => "ledger",
            Self::Cedar => "cedar",
            Self::Reads => "reads",
            Self::Sdc => "sdc",
        }
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let parts = if options.parts.is_empty() { Part::value_variants() } else { &options.parts };
    if parts.contains(&Part::Reads) {
        // What is measured, beside what measures it.
        shell::run(shell::command("cargo")?.args(["build", "--release", "--package", "alliantie"]))?;
    }
    let mut cargo = shell::command("cargo")?;
    cargo.args(["run", "--release", "--package", "e2e", "--bin", "bench"]);
    if parts.contains(&Part::Cedar) {
        cargo.args(["--features", "cedar"]);
    }
    cargo.arg("--").args(parts.iter().map(|part| part.name()));
    let own = parts.contains(&Part::Decisions) && std::env::var_os(POSTGRES).is_none();
    let postgres = own.then(Postgres::start).transpose()?;
    if let Some(postgres) = &postgres {
        cargo.env(POSTGRES, postgres.url());
    }
    shell::run(&mut cargo)
}
