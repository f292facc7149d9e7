//! `cargo xtask tidy`: the rules of this house that no other tool checks.

mod manifest;
mod source;

use std::fmt;
use std::fs;

use anyhow::{Context as _, bail};

use crate::shell;

/// A rule that is broken.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    /// From 1.
    line: usize,
    rule: String,
}

impl Problem {
    fn new(path: &str, line: usize, rule: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule: rule.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// A file that git knows, or would after `git add`.
struct Source {
    /// From the folder of the workspace, with slashes.
    path: String,
    text: String,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let sources = sources()?;
    let problems = check(&sources);
    for problem in &problems {
        shell::say(problem.to_string());
    }
    if !problems.is_empty() {
        bail!("{} rules of this house are broken", problems.len());
    }
    shell::say(format!("{} files are tidy", sources.len()));
    Ok(())
}

fn check(sources: &[Source]) -> Vec<Problem> {
    let services: Vec<&str> = sources.iter().filter_map(|source| manifest::service(&source.path)).collect();
    let mut problems = Vec::new();
    for Source { path, text } in sources {
        problems.extend(source::check(path, text));
        if path.ends_with("Cargo.toml") {
            problems.extend(manifest::check(path, text, &services));
        }
    }
    problems
}

fn sources() -> anyhow::Result<Vec<Source>> {
    let mut git = shell::command("git")?;
    let listed = shell::output(git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let root = shell::root()?;
    let mut sources = Vec::new();
    for path in listed.split_terminator('\0').filter(|path| source::is_ours(path)) {
        let file = root.join(path);
        // Removed, and git has not been told yet.
        if !file.exists() {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
        sources.push(Source { path: path.to_owned(), text });
    }
    Ok(sources)
}
