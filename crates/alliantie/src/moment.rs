//! Moments as people read them: in Dutch, by the Dutch clock.

use consent::offline::moment_in_words;
use prost_types::Timestamp;
use time::{Duration, OffsetDateTime};

/// What is said of one that is not there, or that no calendar has.
const UNKNOWN: &str = "een onbekend tijdstip";

/// A moment in words.
pub(crate) fn of(at: OffsetDateTime) -> String {
    moment_in_words(at)
}

/// One of the contract.
pub(crate) fn of_timestamp(at: Option<Timestamp>) -> String {
    let moment = at.and_then(|at| {
        let seconds = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
        seconds.checked_add(Duration::nanoseconds(i64::from(at.nanos)))
    });
    moment.map_or_else(|| UNKNOWN.to_owned(), of)
}

/// One in seconds since 1970.
pub(crate) fn of_seconds(seconds: Option<i64>) -> String {
    let moment = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    moment.map_or_else(|| UNKNOWN.to_owned(), of)
}
