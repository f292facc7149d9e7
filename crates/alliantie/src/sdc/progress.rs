//! How far a run is, for who waits for it, and its end on Ctrl-C.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::park;

use sdc::{Phase, Watch};
use tokio::signal::unix::{SignalKind, signal};

/// What a shell makes of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// What the line that says how far a run is, is wiped with.
const WIPE: &str = "\r\x1b[K";

/// Shows how far a run is on standard error when that is a terminal.
pub(super) struct Progress {
    /// Whether there is an answer, or none will come.
    decided: Arc<AtomicBool>,
    terminal: bool,
    shown: Cell<Option<(Phase, usize)>>,
}

impl Progress {
    /// Follows a run that Ctrl-C ends, and the program with it, wherever it is: nothing is lost by that. Once there is
    /// an answer it is written whole, unless Ctrl-C comes twice.
    ///
    /// # Errors
    /// When the system does not tell of Ctrl-C.
    pub(super) fn until_interrupted() -> io::Result<Self> {
        let (decided, terminal) = (Arc::new(AtomicBool::new(false)), io::stderr().is_terminal());
        let (by, mut interrupts) = (Arc::clone(&decided), signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            interrupts.recv().await;
            if by.swap(true, Ordering::SeqCst) {
                interrupts.recv().await;
                exit(INTERRUPTED);
            }
            // Held to the end, so that nothing is shown after it.
            let mut out = io::stderr().lock();
            let wipe = if terminal { WIPE } else { "" };
            drop(writeln!(out, "{wipe}alliantie: afgebroken; er is geen masker en geen oordeel"));
            exit(INTERRUPTED)
        });
        Ok(Self { decided, terminal, shown: Cell::new(None) })
    }

    /// Says that there is an answer, which is written from now on. Of a run that was just ended there is none.
    pub(super) fn answered(self) {
        while self.decided.swap(true, Ordering::SeqCst) {
            park();
        }
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
            let mut out = io::stderr().lock();
            let percent = now.map_or(0, |(_, percent)| percent);
            drop(write!(out, "{WIPE}{what}: {percent} %").and_then(|()| out.flush()));
        }
        true
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.get().is_some() && self.terminal {
            drop(write!(io::stderr().lock(), "{WIPE}"));
        }
    }
}
