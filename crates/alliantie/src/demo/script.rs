//! How the demo tells what it does.

use crate::output::say;

/// One step of the story.
pub(crate) struct Step(u8);

impl Step {
    /// Announces a step.
    pub(crate) fn begin(number: u8, title: &str) -> Self {
        say(format!("\nStap {number}. {title}"));
        Self(number)
    }

    /// The same thing with an ordinary program.
    pub(crate) fn command(&self, line: &str) {
        say(format!("  $ {line}"));
    }

    /// What came of it.
    pub(crate) fn result(&self, line: &str) {
        say(format!("  -> {line}"));
    }

    /// Ends the demo when something is not as it should be.
    pub(crate) fn must(&self, holds: bool, what: &str) -> anyhow::Result<()> {
        anyhow::ensure!(holds, "stap {}: {what}", self.0);
        Ok(())
    }
}
