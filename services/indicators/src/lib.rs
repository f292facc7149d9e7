//! Areas, indicators, datasets, releases and observations.
//!
//! `grpc` takes requests and gives answers, `app` has a function for each of them, `domain` the
//! rules, `store` the database. Rows of a dataset leave the store only against a proof of the right
//! to read them: see `domain::permit`.

mod app;
mod config;
mod domain;
mod grpc;
mod migration;
mod store;

use std::sync::Arc;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use tokio::sync::{Semaphore, watch};
use tonic::service::Routes;

use app::App;
use app::decision::{DecisionPoint, EnforcementPoint};
use app::enforcement::Enforcement;
use app::makings::Makings;
use app::tally::Deliveries;

pub use app::import::{CatalogFiles, ImportError, SheetError};
pub use app::loader::{LoadError, Loader};
pub use config::Config;
pub use migration::Migrator;
pub use store::Store;

/// The other services that this one calls.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// The service that decides and keeps the ledger, called on this service's own account.
    pub consent: Vouched,
}

/// The service: what it answers, and what fills it at first start.
#[derive(Clone, Debug)]
pub struct Service {
    app: Arc<App>,
}

impl Service {
    /// The service on this store. It starts listening for agreements that end, until the order to
    /// stop; so it needs a tokio runtime.
    #[must_use]
    pub fn new(config: Config, store: Store, clock: Clock, upstreams: Upstreams, shutdown: Shutdown) -> Self {
        let process = clock.uuid();
        let consent = grpc::consent::Consent { channel: upstreams.consent, process };
        let decisions: Arc<dyn DecisionPoint> = Arc::new(consent);
        let (name, limit) = (config.enforcement_point.clone(), config.silence_limit);
        let point = EnforcementPoint { name, process, limit };
        let enforcement = Enforcement::start(Arc::clone(&decisions), point, shutdown.clone());
        let stream_decisions = Arc::new(Semaphore::new(config.stream_decisions_at_once));
        let (published, _) = watch::channel(0);
        let store = store.with_cache(config.cache_bytes);
        let checks = Arc::new(Semaphore::new(config.checks_at_once));
        let previews = Arc::new(Semaphore::new(config.previews_at_once));
        let makings = Makings::new(config.masks_at_once);
        let wire = grpc::WIRE;
        let deliveries = Deliveries::new(Arc::clone(&decisions), config.decision_timeout, wire.observation);
        Self {
            app: Arc::new(App {
                config,
                store,
                clock,
                decisions,
                enforcement,
                deliveries,
                stream_decisions,
                checks,
                previews,
                makings,
                published,
                shutdown,
                wire,
            }),
        }
    }

    /// What it answers, to be put behind the platform's stack.
    #[must_use]
    pub fn routes(&self) -> Routes {
        grpc::routes(&self.app)
    }

    /// Waits until every delivery under way ended and is entered in the ledger. That may take long
    /// where consent cannot be reached. To be called when nothing is served any more, before the
    /// process ends.
    pub async fn entered(&self) {
        self.app.deliveries.entered().await;
    }

    /// What fills it at first start.
    #[must_use]
    pub fn loader(&self) -> Loader {
        Loader::new(Arc::clone(&self.app))
    }
}

/// The service on this store, to be put behind the platform's stack: [`Service::new`] and
/// [`Service::routes`] in one.
#[must_use]
pub fn build(config: Config, store: Store, clock: Clock, upstreams: Upstreams, shutdown: Shutdown) -> Routes {
    Service::new(config, store, clock, upstreams, shutdown).routes()
}
