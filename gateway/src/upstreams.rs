//! The services behind the gateway.

use std::collections::BTreeMap;

use platform::upstream::Upstream;

/// The services behind the gateway, by name ("consent").
#[derive(Clone, Debug, Default)]
pub struct Upstreams(BTreeMap<String, Upstream>);

impl Upstreams {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the service `name`, in this process (`platform::upstream::local`) or over the network
    /// (`platform::upstream::remote`).
    #[must_use]
    pub fn with(mut self, name: &str, upstream: Upstream) -> Self {
        self.0.insert(name.to_owned(), upstream);
        self
    }

    /// The service `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Upstream> {
        self.0.get(name)
    }
}
