//! How fast one caller may ask: a token bucket for each organisation, or for each address without
//! credentials.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ConnectInfo;
use http::Extensions;
use platform::clock::Clock;
use platform::status::Failure;
use proto::api::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::identity::Visitor;

/// What one request costs. A rate of n per second adds n of these units every microsecond.
const COST: i64 = 1_000_000;
/// Callers that are kept apart at most; the fullest buckets are forgotten first.
const MOST_BUCKETS: usize = 16_384;
/// Buckets that are forgotten at once, so that not every newcomer costs a look at all of them.
const FORGOTTEN: usize = MOST_BUCKETS / 4;

/// Under which name a request is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// Whether it is an address, and not somebody with credentials.
    pub(crate) is_address: bool,
}

/// Counts what callers ask.
#[derive(Debug)]
pub(crate) struct Limiter {
    per_second: i64,
    full: i64,
    clock: Clock,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: i64,
    /// Microseconds since 1970.
    at: i64,
}

impl Limiter {
    /// At most `per_second` on average and `burst` at once; no limit when `per_second` is 0.
    pub(crate) fn new(per_second: u32, burst: u32, clock: Clock) -> Self {
        Self {
            per_second: i64::from(per_second),
            full: i64::from(burst.max(1)) * COST,
            clock,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED, with the time to wait, when the caller is over its limit.
    pub(crate) fn admit(&self, key: Option<&Key>) -> Result<(), Status> {
        match key {
            Some(key) if self.per_second > 0 => self.take(&key.name),
            Some(_) | None => Ok(()),
        }
    }

    fn take(&self, key: &str) -> Result<(), Status> {
        let now = i64::try_from(self.clock.now().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(key) {
            self.forget_the_fullest(&mut buckets, now);
        }
        let bucket = buckets.entry(key.to_owned()).or_insert(Bucket { level: self.full, at: now });
        let level = self.level(*bucket, now);
        if level < COST {
            let wait = u64::try_from((COST - level) / self.per_second + 1).unwrap_or(u64::MAX);
            return Err(too_fast(Duration::from_micros(wait)));
        }
        *bucket = Bucket { level: level - COST, at: now };
        Ok(())
    }

    /// Makes room: full buckets say nothing, and the next fullest say least. Whoever is over its
    /// limit stays.
    fn forget_the_fullest(&self, buckets: &mut HashMap<String, Bucket>, now: i64) {
        buckets.retain(|_, bucket| self.level(*bucket, now) < self.full);
        if buckets.len() < MOST_BUCKETS {
            return;
        }
        let mut order: Vec<_> = buckets
            .iter()
            .map(|(name, bucket)| (Reverse(self.level(*bucket, now)), bucket.at, name.clone()))
            .collect();
        order.sort_unstable();
        for (_, _, name) in order.into_iter().take(FORGOTTEN) {
            buckets.remove(&name);
        }
    }

    fn level(&self, bucket: Bucket, now: i64) -> i64 {
        let gained = now.saturating_sub(bucket.at).max(0).saturating_mul(self.per_second);
        bucket.level.saturating_add(gained).min(self.full)
    }
}

/// Under which name a request is counted: the organisation, else who the token names, else the
/// address that it came from. Callers that cannot be told apart are not counted, since one of them
/// would stop them all.
pub(crate) fn key(visitor: Option<&Visitor>, extensions: &Extensions) -> Option<Key> {
    if let Some(name) = visitor.and_then(Visitor::name) {
        return Some(Key { name, is_address: false });
    }
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let name = match peer.0.ip().to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        // One subscriber has a whole /64.
        IpAddr::V6(address) => format!("{:x}/64", u128::from(address) >> 64),
    };
    Some(Key { name, is_address: true })
}

fn too_fast(wait: Duration) -> Status {
    overloaded(
        wait,
        "you ask faster than your limit; wait for the time in RetryInfo (Retry-After) and try again",
        "u vraagt sneller dan uw limiet; wacht de tijd in RetryInfo (Retry-After) en probeer het opnieuw",
    )
}

/// RESOURCE_EXHAUSTED, with the time to wait.
pub(crate) fn overloaded(wait: Duration, english: &str, dutch: &str) -> Status {
    let status = Status::from(Failure::new(Code::ResourceExhausted, ErrorReason::Overloaded, english, dutch));
    let mut details = status.get_error_details();
    details.set_retry_info(Some(wait));
    Status::with_error_details(status.code(), status.message(), details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_caller_over_its_limit_waits_and_others_do_not() {
        let clock = Clock::held_at(datetime!(2026-11-23 12:00 UTC));
        let limiter = Limiter::new(2, 3, clock.clone());
        for _ in 0..3 {
            limiter.take("a").expect("within the burst");
        }
        let refused = limiter.take("a").expect_err("over the limit");
        assert_eq!(refused.code(), Code::ResourceExhausted);
        let wait =
            refused.get_details_retry_info().and_then(|info| info.retry_delay).expect("a time to wait");
        assert!(wait <= Duration::from_millis(501), "{wait:?}");
        limiter.take("b").expect("another caller");
        clock.advance(Duration::from_millis(501));
        limiter.take("a").expect("after waiting");
        limiter.take("a").expect_err("over the limit again");
    }

    #[test]
    fn memory_stays_bounded_with_many_callers() {
        let limiter = Limiter::new(1, 1, Clock::held_at(datetime!(2026-11-23 12:00 UTC)));
        for caller in 0..3 * MOST_BUCKETS {
            limiter.take(&caller.to_string()).expect("the first request of a caller");
        }
        assert!(limiter.buckets.lock().expect("the buckets").len() <= MOST_BUCKETS);
    }

    #[test]
    fn a_caller_over_its_limit_is_not_forgotten_for_newcomers() {
        let limiter = Limiter::new(1, 2, Clock::held_at(datetime!(2026-11-23 12:00 UTC)));
        for _ in 0..2 {
            limiter.take("a").expect("within the burst");
        }
        for caller in 0..3 * MOST_BUCKETS {
            limiter.take(&caller.to_string()).expect("the first request of a caller");
        }
        limiter.take("a").expect_err("still over the limit");
        assert!(limiter.buckets.lock().expect("the buckets").len() <= MOST_BUCKETS);
    }

    fn from(address: &str) -> Extensions {
        let mut extensions = Extensions::new();
        let address: IpAddr = address.parse().expect("an address");
        extensions.insert(ConnectInfo(SocketAddr::new(address, 1)));
        extensions
    }

    #[test]
    fn without_a_limit_everything_passes() {
        let limiter = Limiter::new(0, 1, Clock::held_at(datetime!(2026-11-23 12:00 UTC)));
        for _ in 0..100 {
            limiter.admit(key(None, &from("192.0.2.1")).as_ref()).expect("no limit");
        }
    }

    #[test]
    fn addresses_of_one_subscriber_count_as_one() {
        assert_eq!(key(None, &from("2001:db8::1")), key(None, &from("2001:db8::ffff")));
        assert_ne!(key(None, &from("2001:db8::1")), key(None, &from("2001:db8:0:1::1")));
        assert_eq!(key(None, &from("::ffff:192.0.2.1")), key(None, &from("192.0.2.1")));
        assert_eq!(key(None, &Extensions::new()), None);
    }
}
