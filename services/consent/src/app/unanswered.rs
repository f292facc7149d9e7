//! Another service of the platform does not answer.

use std::error::Error as Cause;

/// Another service gives no answer that can be used; nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("the service {service} gives no usable answer")]
pub struct Unanswered {
    service: &'static str,
    /// A resource of which it says that what it keeps of it is damaged.
    damaged: Option<String>,
    #[source]
    cause: Box<dyn Cause + Send + Sync>,
}

impl Unanswered {
    /// The service with this name does not answer, because of this.
    pub fn new(service: &'static str, cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self { service, damaged: None, cause: cause.into() }
    }

    /// The same, as what it keeps of a resource is damaged.
    #[must_use]
    pub(crate) fn of_damaged(self, resource: Option<String>) -> Self {
        Self { damaged: resource, ..self }
    }

    /// The resource of which what the service keeps is damaged; then it does not help to ask again.
    pub(crate) fn damaged(&self) -> Option<&str> {
        self.damaged.as_deref()
    }
}
