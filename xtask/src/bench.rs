//! `cargo xtask bench`: the benchmark of the scenarios, in a release build.

use clap::Args;

use crate::shell;

#[derive(Args)]
pub(crate) struct Options {
    /// For the benchmark itself.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    // What is measured, beside what measures it.
    shell::run(shell::command("cargo")?.args(["build", "--release", "--package", "alliantie"]))?;
    let mut cargo = shell::command("cargo")?;
    cargo.args(["run", "--release", "--package", "e2e", "--bin", "bench", "--"]);
    shell::run(cargo.args(&options.arguments))
}
