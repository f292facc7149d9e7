//! `cargo xtask test`: everything that must pass, in order; the first failure stops it.

use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::postgres::Postgres;
use crate::{demo_data, deny, k8s, proto, shell, tidy, tools};

/// Where the cases of property tests begin, so that what passes passes again. With another value in the environment
/// they are others.
const SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "2025");

#[derive(Args)]
pub(crate) struct Options {
    /// Run this step only.
    #[arg(long, value_enum)]
    only: Option<Step>,
    /// For `cargo test`, for example the name of a test.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// The steps, in the order in which they run: the quick ones first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// `cargo fmt --check`.
    Fmt,
    /// Clippy without warnings.
    Clippy,
    /// The rules of this house, and the demo data against their seed.
    Tidy,
    /// The documentation of the code without warnings.
    Doc,
    /// Licences and bans of the dependencies.
    Deny,
    /// The contract: buf lint, and nothing broken that was there before.
    Proto,
    /// The Kubernetes manifests.
    K8s,
    /// `cargo test --workspace`, with a PostgreSQL server and a Python for the tests.
    Rust,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let begin = Instant::now();
    for &step in Step::value_variants() {
        if options.only.is_some_and(|only| only != step) {
            continue;
        }
        let name = step.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        shell::say(format!("==> {name}"));
        let start = Instant::now();
        step.run(options).with_context(|| format!("step `{name}` failed"))?;
        shell::say(format!("==> {name} passed in {:.1} s", start.elapsed().as_secs_f64()));
    }
    shell::say(format!("==> all passed in {:.1} s", begin.elapsed().as_secs_f64()));
    Ok(())
}

impl Step {
    fn run(self, options: &Options) -> anyhow::Result<()> {
        match self {
            Self::Fmt => cargo(&["fmt", "--all", "--check"]),
            Self::Clippy => cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
            Self::Tidy => tidy::run().and_then(|()| demo_data::run(true)),
            Self::Doc => {
                let mut cargo = shell::command("cargo")?;
                cargo.env("RUSTDOCFLAGS", "-D warnings");
                shell::run(cargo.args(["doc", "--workspace", "--no-deps"]))
            }
            Self::Deny => deny::check(),
            Self::Proto => proto::check(),
            Self::K8s => k8s::check(),
            Self::Rust => rust(&options.arguments),
        }
    }
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    shell::run(shell::command("cargo")?.args(arguments))
}

fn rust(arguments: &[String]) -> anyhow::Result<()> {
    // The scenarios run the program itself; `cargo test` alone would not build it.
    cargo(&["build", "--workspace", "--bins"])?;
    let python = tools::python()?;
    tools::faketime()?;
    let postgres = Postgres::start()?;
    let mut cargo = shell::command("cargo")?;
    cargo.env("ALLIANTIE_TEST_POSTGRES_URL", postgres.url());
    cargo.env("ALLIANTIE_TEST_PYTHON", python);
    if std::env::var_os(SEED.0).is_none() {
        cargo.env(SEED.0, SEED.1);
    }
    shell::run(cargo.args(["test", "--workspace"]).args(arguments))
}
