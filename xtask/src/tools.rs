//! Programs of others that the checks need, each at one version, in `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::shell;

const BUF: &str = "1.75.0";
const CARGO_DENY: &str = "0.20.2";
const PYTHON_PACKAGES: &str =
    "googleapis-common-protos==1.76.0\ngrpcio==1.85.1\ngrpcio-tools==1.85.1\nkubectl-cli-bin==1.37.1\n";

fn folder() -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Ok(shell::root()?.join(target).join("tools"))
}

pub(crate) fn cargo_deny() -> anyhow::Result<PathBuf> {
    let home = folder()?.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home.join("bin/cargo-deny");
    if !program.exists() {
        shell::say(format!("building cargo-deny {CARGO_DENY}: some minutes, once"));
        let mut cargo = shell::command("cargo")?;
        // Without it, cargo builds in a folder that it removes afterwards.
        cargo.env_remove("CARGO_TARGET_DIR");
        cargo.args(["install", "--locked", "--quiet", "--version", CARGO_DENY, "cargo-deny", "--root"]);
        shell::run(cargo.arg(home))?;
    }
    Ok(program)
}

pub(crate) fn buf() -> anyhow::Result<PathBuf> {
    let home = folder()?.join(format!("buf-{BUF}"));
    let program = home.join("node_modules/.bin/buf");
    if !program.exists() {
        if on_path("npm").is_none() {
            apt(&["npm"])?;
        }
        shell::say(format!("installing buf {BUF}"));
        let mut npm = shell::command("npm")?;
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]);
        shell::run(npm.arg(home).arg(format!("@bufbuild/buf@{BUF}")))?;
    }
    Ok(program)
}

/// A Python that can be a gRPC client.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    Ok(environment()?.join("bin/python"))
}

pub(crate) fn kubectl() -> anyhow::Result<PathBuf> {
    Ok(environment()?.join("bin/kubectl"))
}

/// The virtual environment with our Python packages.
fn environment() -> anyhow::Result<PathBuf> {
    let home = folder()?.join("venv");
    let installed = home.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|packages| packages == PYTHON_PACKAGES) {
        return Ok(home);
    }
    let complete = ["-c", "import ensurepip, venv"];
    if !shell::succeeds(shell::command("python3")?.args(complete)) {
        apt(&["python3", "python3-venv"])?;
    }
    let packages: Vec<_> = PYTHON_PACKAGES.lines().collect();
    shell::say(format!("installing {}", packages.join(", ")));
    shell::run(shell::command("python3")?.args(["-m", "venv", "--clear"]).arg(&home))?;
    let mut pip = shell::command(home.join("bin/python"))?;
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    shell::run(pip.args(packages))?;
    fs::write(&installed, PYTHON_PACKAGES)
        .with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(home)
}

/// The folder with initdb and pg_ctl. Debian keeps them off the path.
pub(crate) fn postgres() -> anyhow::Result<PathBuf> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    apt(&["postgresql"])?;
    find_postgres().context("there is no initdb, even with the package postgresql")
}

/// The library with which a test gives a process another clock.
pub(crate) fn faketime() -> anyhow::Result<()> {
    let found = || {
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).any(|file| file.exists())
    };
    if !found() {
        apt(&["faketime"])?;
    }
    ensure!(found(), "there is no libfaketimeMT.so.1, even with the package faketime");
    Ok(())
}

fn find_postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(|bin| major(bin));
    newest.or_else(|| on_path("initdb").and_then(|initdb| Some(initdb.parent()?.to_owned())))
}

/// 15 of `/usr/lib/postgresql/15/bin`.
fn major(bin: &Path) -> Option<u32> {
    bin.parent()?.file_name()?.to_str()?.parse().ok()
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Installs packages of Debian when we may, else says how.
fn apt(packages: &[&str]) -> anyhow::Result<()> {
    let names = packages.join(" ");
    ensure!(on_path("apt-get").is_some(), "missing on this machine: {names}");
    if !is_root()? {
        bail!("missing on this machine; run: sudo apt-get install --no-install-recommends {names}");
    }
    shell::say(format!("installing {names}"));
    shell::run(shell::command("apt-get")?.args(["update", "--quiet=2"]))?;
    let mut install = shell::command("apt-get")?;
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "--yes", "--quiet=2", "--no-install-recommends"]);
    shell::run(install.args(packages))
}

pub(crate) fn is_root() -> anyhow::Result<bool> {
    Ok(shell::output(shell::command("id")?.arg("-u"))?.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_postgres_are_numbers() {
        assert!(
            major(Path::new("/usr/lib/postgresql/9/bin")) < major(Path::new("/usr/lib/postgresql/15/bin"))
        );
    }
}
