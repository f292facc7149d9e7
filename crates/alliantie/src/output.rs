//! What the program says to who started it.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::in_dutch;

/// What is good as far as it could be looked at, and could not be looked at whole.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Incomplete(pub(crate) String);

/// How the program ends after that.
const INCOMPLETE: u8 = 3;

/// Writes an answer to standard output, which is what the program was started for. Nobody may be reading any more; that
/// is no reason to fail.
///
/// # Errors
/// When it is not written for another reason, as a disk that is full.
pub(crate) fn answer(line: impl AsRef<str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", line.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("het antwoord is niet te schrijven")
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard output. Nobody may be reading any more; that is no reason to fail.
pub(crate) fn say(line: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{}", line.as_ref()).and_then(|()| out.flush()));
}

/// Writes what a person reads beside the output to standard error.
pub(crate) fn tell(line: impl AsRef<str>) {
    drop(writeln!(std::io::stderr().lock(), "{}", plain(line.as_ref())));
}

/// A text in which whatever moves a terminal, or turns around how it is read, is spelt out: names in files and answers
/// can have it. Line breaks stay.
fn plain(text: &str) -> String {
    let is_read_as_it_is = |character: char| match character {
        '\n' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        _ => !character.is_control(),
    };
    let spelt = |character: char| {
        if is_read_as_it_is(character) {
            character.to_string()
        } else {
            character.escape_unicode().to_string()
        }
    };
    text.chars().map(spelt).collect()
}

/// Says on one line of standard error what failed and why. A cause that the sentence before it
/// tells already is left out.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain().map(in_dutch::cause) {
        if told.last().is_none_or(|before| !before.contains(&cause)) {
            told.push(cause);
        }
    }
    tell(format!("alliantie: {}", told.join(": ").replace('\n', " ")));
    if error.is::<Incomplete>() { ExitCode::from(INCOMPLETE) } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_terminal_is_spelt_out() {
        let name = "a\u{1b}[2J\r\u{9b}b\u{7f}\u{202e}c\nd";
        assert_eq!(plain(name), "a\\u{1b}[2J\\u{d}\\u{9b}b\\u{7f}\\u{202e}c\nd");
        assert_eq!(plain("é \"buurt1\""), "é \"buurt1\"");
    }
}
