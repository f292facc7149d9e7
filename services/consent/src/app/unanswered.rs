//! Another service of the platform does not answer.

use std::error::Error as Cause;

/// Another service gives no answer that can be used; nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("the service {service} gives no usable answer")]
pub struct Unanswered {
    service: &'static str,
    #[source]
    cause: Box<dyn Cause + Send + Sync>,
}

impl Unanswered {
    /// The service with this name does not answer, because of this.
    pub fn new(service: &'static str, cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self { service, cause: cause.into() }
    }
}
