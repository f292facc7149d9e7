//! The dependency tree against `deny.toml`.

use crate::{shell, tools};

/// Licences, banned and doubled crates, sources. Advisories are left out on purpose: their database
/// is fetched from the internet at every run, so that the same commit could pass today and fail
/// tomorrow, or fail without a network.
pub(crate) fn check() -> anyhow::Result<()> {
    shell::say("advisories are not checked: `cargo deny check advisories` does, with a network");
    let mut deny = shell::command(tools::cargo_deny()?)?;
    shell::run(deny.args(["--all-features", "check", "licenses", "bans", "sources"]))
}
