//! How far a run is, for who waits for it, and its end on Ctrl-C.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sdc::{Phase, Watch};

/// What a shell makes of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Shows how far a run is on standard error when that is a terminal, and ends the run when it is
/// stopped.
pub(super) struct Progress {
    stopped: Arc<AtomicBool>,
    terminal: bool,
    shown: Cell<Option<(Phase, usize)>>,
}

impl Progress {
    /// Follows a run that Ctrl-C ends with an error; a second one ends the program at once.
    pub(super) fn until_interrupted() -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if stop.swap(true, Ordering::Relaxed) {
                    exit(INTERRUPTED);
                }
            }
        });
        Self { stopped, terminal: std::io::stderr().is_terminal(), shown: Cell::new(None) }
    }
}

impl Watch for Progress {
    fn step(&self, phase: Phase, done: usize, all: usize) -> bool {
        let now = Some((phase, done.saturating_mul(100) / all.max(1)));
        if self.terminal && self.shown.replace(now) != now {
            let what = match phase {
                Phase::Protect => "cellen afschermen",
                Phase::Unhide => "tonen wat niet verborgen hoeft",
                Phase::Audit => "toetsen",
            };
            let mut out = std::io::stderr().lock();
            let percent = now.map_or(0, |(_, percent)| percent);
            drop(write!(out, "\r\x1b[K{what}: {percent} %").and_then(|()| out.flush()));
        }
        !self.stopped.load(Ordering::Relaxed)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.get().is_some() && self.terminal {
            drop(write!(std::io::stderr().lock(), "\r\x1b[K"));
        }
    }
}
