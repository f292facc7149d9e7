//! What tests share. Only ever a dev-dependency, so it may panic: that is how a test fails.
#![expect(clippy::expect_used, clippy::panic, reason = "only tests use this crate")]

mod access;
mod answer;
mod database;
mod service;

pub use access::assert_admits;
pub use answer::{refusal, wrong_fields};
pub use database::{TestDatabase, both, postgres, sqlite};
pub use service::{InProcess, Party, trusted_key};

use platform::clock::Clock;
use time::macros::datetime;

/// A clock that stands at noon (UTC) on Monday 23 November 2026.
#[must_use]
pub fn clock() -> Clock {
    Clock::held_at(datetime!(2026-11-23 12:00 UTC))
}
