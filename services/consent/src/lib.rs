//! The consent service: agreements under which data is exchanged, decisions about requests, and the
//! ledger of everything that happened.
//!
//! `domain` holds the rules, `app` the use cases, `grpc` the contract, `store` what is kept.

mod app;
mod domain;
mod grpc;
mod jws;
mod migration;
pub mod offline;
mod store;

use std::sync::Arc;

use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_service_server::AgreementServiceServer;
use proto::consent::v1::decision_service_server::DecisionServiceServer;
use proto::consent::v1::ledger_service_server::LedgerServiceServer;
use tonic::service::Routes;

use app::agreements::Agreements;
use app::decisions::Decisions;
use app::ledger::Ledger;
use app::purposes::Purposes;
use app::revocations::Revocations;

pub use app::ledger::{VerifyError, verify_ledger};
pub use app::organisations::{Error as OrganisationsError, Organisation, Organisations, RegisteredKey};
pub use app::purposes::{ImportError, import_purposes};
pub use migration::Migrator;
pub use store::{Error as StoreError, Store};

/// The services that this one calls.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// The stakeholders service, called on this service's own account.
    pub stakeholders: Vouched,
}

/// The service over a store whose schema is up to date. Its background tasks run in the current
/// Tokio runtime until `shutdown` is told.
#[must_use]
pub fn build(store: Store, clock: Clock, upstreams: Upstreams, shutdown: Shutdown) -> Routes {
    let organisations = grpc::StakeholdersClient::new(upstreams.stakeholders);
    build_with(store, clock, Arc::new(organisations), shutdown)
}

/// The same with another source of organisations than the stakeholders service.
#[must_use]
pub fn build_with(
    store: Store,
    clock: Clock,
    organisations: Arc<dyn Organisations>,
    shutdown: Shutdown,
) -> Routes {
    let revocations = Revocations::start(store.clone(), clock.clone(), shutdown.clone());
    let decisions = Decisions::start(store.clone(), clock.clone(), shutdown.clone());
    let agreements = Agreements::new(store.clone(), clock, organisations, revocations.clone());
    let agreements = grpc::AgreementsApi::new(agreements, Purposes::new(store.clone()));
    let decisions = grpc::DecisionsApi::new(decisions, revocations, shutdown);
    Routes::new(AgreementServiceServer::new(agreements))
        .add_service(DecisionServiceServer::new(decisions))
        .add_service(LedgerServiceServer::new(grpc::LedgerApi::new(Ledger::new(store))))
}
