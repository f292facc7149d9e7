//! The one source of time and of ids, so that a test can hold both still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};

/// Tells the time, in UTC.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Microseconds since 1970.
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now` until it is moved. Clones move together.
    #[must_use]
    pub fn held_at(now: OffsetDateTime) -> Self {
        Self(Source::Held(Arc::new(AtomicI64::new(micros(now)))))
    }

    /// Moves a held clock forward; the clock of the machine takes no orders.
    pub fn advance(&self, by: Duration) {
        if let Source::Held(at) = &self.0 {
            at.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Now, cut to the microsecond: what both databases keep.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let at = match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the clock")]
                let now = OffsetDateTime::now_utc();
                micros(now)
            }
            Source::Held(at) => at.load(Ordering::SeqCst),
        };
        from_micros(at)
    }

    /// A new UUIDv7 with this clock's time in it.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.nanosecond()))
    }
}

/// Microseconds since 1970: how databases keep a time.
#[must_use]
pub fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// The time that is so many microseconds after 1970.
#[must_use]
pub fn from_micros(at: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `at` as the protobuf type.
#[must_use]
pub fn timestamp(at: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_held_clock_moves_only_when_told() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let other = clock.clone();
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(60));
        assert_eq!(other.now(), datetime!(2026-11-23 12:01 UTC));
    }

    #[test]
    fn ids_carry_the_time_of_the_clock() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let (seconds, _) = clock.uuid().get_timestamp().expect("a version 7 id").to_unix();
        assert_eq!(i64::try_from(seconds).expect("small"), clock.now().unix_timestamp());
    }
}
