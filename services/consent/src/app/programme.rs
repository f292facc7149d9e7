//! What this service needs to know of the programme that purposes serve.

use std::fmt;

use futures_util::future::BoxFuture;

use super::unanswered::Unanswered;

/// Tells about the programme.
pub trait Programme: fmt::Debug + Send + Sync {
    /// Whether this goal, "goals/{code}", or inspanning, "inspanningen/{code}", exists.
    fn exists<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<bool, Unanswered>>;
}
