//! What is said to the decision point over one connection.
//!
//! However many agreements stop at once, only so many confirmations are under way: what is said is taken in order,
//! and a sign of life that came behind thousands of them would be answered when this process has cut by itself. The
//! answer to a sign of life shows that all that was said before it was taken.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::decision::Said;

/// Messages that may wait to be sent; a decision point that takes none any more is left.
const OUTBOX: usize = 256;
/// Confirmations that may be under way. Each is a write to the disk of the decision point: also at 10 ms for each, a
/// sign of life behind them is answered within a limit of two seconds.
pub(super) const UNDER_WAY: u64 = 100;

/// The connection is no longer of use.
#[derive(Debug)]
pub(super) struct Lost;

/// A sign of life that was not answered yet.
#[derive(Clone, Copy, Debug)]
struct Asked {
    number: i64,
    at: Instant,
    /// How many confirmations were sent before it.
    confirmed: u64,
}

/// What waits to be said, and what was said.
#[derive(Debug)]
pub(super) struct Outbox {
    says: mpsc::Sender<Said>,
    asked: VecDeque<Asked>,
    /// Confirmations that are not sent yet.
    waiting: VecDeque<Said>,
    /// How many were sent.
    sent: u64,
    /// How many of those are known to be taken.
    taken: u64,
}

impl Outbox {
    /// One for a new connection, and what comes out of it.
    pub(super) fn new() -> (Self, mpsc::Receiver<Said>) {
        let (says, said) = mpsc::channel(OUTBOX);
        (Self { says, asked: VecDeque::new(), waiting: VecDeque::new(), sent: 0, taken: 0 }, said)
    }

    /// Says a sign of life.
    pub(super) fn alive(&mut self, number: i64) -> Result<(), Lost> {
        self.asked.push_back(Asked { number, at: Instant::now(), confirmed: self.sent });
        self.say(Said::Alive(number))
    }

    /// A sign of life was answered. Gives when it was said; none for one that was answered before.
    pub(super) fn answered(&mut self, number: i64) -> Result<Option<Instant>, Lost> {
        let mut newest = None;
        while let Some(asked) = self.asked.pop_front_if(|asked| asked.number <= number) {
            newest = Some(asked.at);
            self.taken = asked.confirmed;
        }
        self.send_on()?;
        Ok(newest)
    }

    /// Says that a stop is in force, as soon as there is room.
    pub(super) fn confirm(&mut self, confirmation: Said) -> Result<(), Lost> {
        self.waiting.push_back(confirmation);
        self.send_on()
    }

    /// Says which streams are open.
    pub(super) fn open(&self, open: BTreeMap<(String, String), u64>) -> Result<(), Lost> {
        self.say(Said::Open(open))
    }

    fn send_on(&mut self) -> Result<(), Lost> {
        while self.sent.saturating_sub(self.taken) < UNDER_WAY
            && let Some(confirmation) = self.waiting.pop_front()
        {
            self.sent += 1;
            self.say(confirmation)?;
        }
        Ok(())
    }

    fn say(&self, said: Said) -> Result<(), Lost> {
        self.says.try_send(said).map_err(|_| Lost)
    }
}
