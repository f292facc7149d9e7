//! The use cases, a function each: authorise, load, decide, save.

pub(crate) mod access;
pub(crate) mod catalogue;
pub(crate) mod decision;
pub(crate) mod deliver;
pub(crate) mod enforcement;
pub(crate) mod error;
pub(crate) mod gates;
pub(crate) mod import;
pub(crate) mod loader;
pub(crate) mod makings;
pub(crate) mod passage;
pub(crate) mod protecting;
pub(crate) mod publish;
pub(crate) mod read;
pub(crate) mod sharing;
pub(crate) mod tally;
pub(crate) mod triangle;
pub(crate) mod watch;

use std::sync::Arc;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use tokio::sync::{Semaphore, watch as signal};

use crate::config::Config;
use crate::domain::dataset::Dataset;
use crate::domain::observation::Observation;
use crate::domain::release::{Release, ReleaseId};
use crate::store::Store;

use decision::DecisionPoint;
use deliver::Upload;
use enforcement::Enforcement;
use makings::Makings;
use tally::Deliveries;

/// How answers look on the wire, for what is remembered and for what a digest is taken of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub release: fn(&Release) -> Vec<u8>,
    pub upload: fn(&Upload) -> Vec<u8>,
    pub dataset: fn(&Dataset) -> Vec<u8>,
    pub observation: fn(&Observation) -> Vec<u8>,
    /// Which release an upload that is remembered made; none when it says none.
    pub uploaded: fn(&[u8]) -> Option<ReleaseId>,
}

/// What came of a request that is done once.
#[derive(Debug)]
pub(crate) enum Done<T> {
    /// It was done now.
    Now(T),
    /// It was done before; this is the answer that was given, as on the wire.
    Before(Vec<u8>),
}

/// What every use case works with.
#[derive(Debug)]
pub(crate) struct App {
    pub config: Config,
    pub store: Store,
    pub clock: Clock,
    pub decisions: Arc<dyn DecisionPoint>,
    pub enforcement: Enforcement,
    pub deliveries: Deliveries,
    /// Room for decisions that streams ask for.
    pub stream_decisions: Arc<Semaphore>,
    /// Room for the checks of deliveries.
    pub checks: Arc<Semaphore>,
    /// Room for previews of what an agreement comes to.
    pub previews: Arc<Semaphore>,
    /// Who makes the masks of which dataset.
    pub makings: Makings,
    /// Changes when this process publishes a release.
    pub published: signal::Sender<u64>,
    pub shutdown: Shutdown,
    pub wire: Wire,
}
