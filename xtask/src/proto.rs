//! The contract: its style, and that nobody who uses it breaks.

use crate::{shell, tools};

const CONTRACT: &str = "proto/alliantie";
/// The trailer of a commit that breaks the contract on purpose, with the reason. What came before it
/// is no longer what others rely on.
const BREAK: &str = "Contract-break:";

pub(crate) fn check() -> anyhow::Result<()> {
    let buf = tools::buf()?;
    shell::run(shell::command(&buf)?.args(["lint", "proto"]))?;
    let Some(commit) = baseline()? else {
        shell::say("no earlier contract in the history to compare this one with");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let before = folder.path().join("before.tar");
    let mut git = shell::command("git")?;
    shell::run(git.args(["archive", "--format=tar", "--output"]).arg(&before).args([&commit, "proto"]))?;
    shell::say(format!("comparing with the contract of {commit}"));
    let before = format!("{}#subdir=proto", before.display());
    shell::run(shell::command(&buf)?.args(["breaking", "proto", "--against", &before]))
}

/// The commit with the contract as others know it. Where that is the contract as it is here, the
/// one before its last change: a fresh clone of what has landed must not compare it with itself.
fn baseline() -> anyhow::Result<Option<String>> {
    let landed = printed(&["merge-base", "origin/main", "HEAD"])?;
    let changed = printed(&["log", "-1", "--format=%H", "--", CONTRACT])?;
    let before = changed.map(|commit| format!("{commit}^"));
    let broken = printed(&["log", "-1", "--format=%H", &format!("--grep=^{BREAK}")])?;
    for commit in [landed, Some("HEAD".to_owned()), before].into_iter().flatten() {
        if let Some(broken) = &broken
            && !holds(&["merge-base", "--is-ancestor", broken, &commit])?
        {
            shell::say(format!("the contract was broken on purpose in {broken}; nothing before it counts"));
            return Ok(Some(broken.clone()));
        }
        let there = holds(&["cat-file", "-e", &format!("{commit}:{CONTRACT}")])?;
        if there && !holds(&["diff", "--quiet", &commit, "--", CONTRACT])? {
            return printed(&["rev-parse", &commit]);
        }
    }
    Ok(None)
}

/// What git prints; nothing when it fails, because many of these commits need not be there.
fn printed(arguments: &[&str]) -> anyhow::Result<Option<String>> {
    let output = shell::command("git")?.args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok((output.status.success() && !text.is_empty()).then_some(text))
}

fn holds(arguments: &[&str]) -> anyhow::Result<bool> {
    Ok(shell::succeeds(shell::command("git")?.args(arguments)))
}
