//! `cargo xtask fuzz`: the fuzz targets for as long as one likes. In `cargo xtask test` each of them
//! runs for a second.

use clap::Args;

use crate::shell;

/// The packages with fuzz targets: tests in a module `fuzz`.
const PACKAGES: [&str; 4] = ["consent", "platform", "gateway", "alliantie"];

#[derive(Args)]
pub(crate) struct Options {
    /// Part of the name of a target, for example `signatures`; all of them without it.
    target: Option<String>,
    /// For how long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut cargo = shell::command("cargo")?;
    cargo.args(["test", "--lib", "--bins"]);
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    // A filter of the tests: everything in a module `fuzz`, or those of them with the name.
    let targets = options.target.as_deref().unwrap_or_default();
    cargo.env("BOLERO_RANDOM_TEST_TIME_MS", options.seconds.saturating_mul(1000).to_string());
    shell::run(cargo.args(["--", &format!("fuzz::{targets}")]))
}
