//! Use cases: authorise, load, decide, save.

pub(crate) mod error;
pub(crate) mod goal;
pub(crate) mod import;
pub(crate) mod inspanning;
pub(crate) mod programme;

use error::Error;
use platform::clock::Clock;
use platform::idempotency::{Begun, Key, Write};
use prost::Message;

use crate::store::Store;

/// The use cases of this service, and what they work with.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
}

impl App {
    /// Begins the write that `key` stands for.
    async fn begin<'a, A: Message + Default>(&self, key: Option<&'a Key>) -> Result<Begun<'a, A>, Error> {
        Ok(Write::begin(self.store.begin_write().await?, key, self.clock.now()).await?)
    }
}
