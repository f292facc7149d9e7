//! The consent service: agreements under which data is exchanged, decisions about requests, and the
//! ledger of everything that happened.
//!
//! `domain` holds the rules, `app` the use cases, `grpc` the contract, `store` what is kept.

mod app;
mod config;
mod domain;
#[cfg(test)]
mod fuzz;
mod grpc;
mod jws;
mod migration;
pub mod offline;
#[cfg(test)]
mod reasons;
mod store;

use std::sync::Arc;

use ledger::{KeyError, NoteSigner};
use platform::clock::Clock;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_service_server::AgreementServiceServer;
use proto::consent::v1::agreement_template_service_server::AgreementTemplateServiceServer;
use proto::consent::v1::decision_service_server::DecisionServiceServer;
use proto::consent::v1::ledger_service_server::LedgerServiceServer;
use proto::consent::v1::log_service_server::LogServiceServer;
use proto::consent::v1::story_consent_service_server::StoryConsentServiceServer;
use proto::consent::v1::use_rule_service_server::UseRuleServiceServer;
use tonic::service::Routes;

use app::agreements::Agreements;
use app::decisions::Decisions;
use app::ledger::Ledger;
use app::log::Log;
use app::purposes::Purposes;
use app::revocations::Revocations;
use app::story_consents::StoryConsents;
use app::templates::Templates;
use app::use_rules::UseRules;

pub use app::organisations::{Error as OrganisationsError, Organisation, Organisations, RegisteredKey};
pub use app::purposes::{ImportError, import_purposes};
pub use app::verify::{Fault, Verified, VerifyError, verify_ledger};
pub use config::Config;
pub use migration::Migrator;
pub use store::{Error as StoreError, Store};

/// The services that this one calls.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// The stakeholders service, called on this service's own account.
    pub stakeholders: Vouched,
}

/// What the ledger signs its checkpoints with.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The name of the ledger, and whose co-signatures are needed.
    pub config: Config,
    /// The key.
    pub key: PrivateKey,
}

/// The service over a store whose schema is up to date. Its background tasks run in the current
/// Tokio runtime until `shutdown` is told.
///
/// # Errors
/// When the name of the ledger cannot be that of a key.
pub fn build(
    signing: &Signing,
    store: Store,
    clock: Clock,
    upstreams: Upstreams,
    shutdown: Shutdown,
) -> Result<Routes, KeyError> {
    let organisations = grpc::StakeholdersClient::new(upstreams.stakeholders);
    build_with(signing, store, clock, Arc::new(organisations), shutdown)
}

/// The same with another source of organisations than the stakeholders service.
///
/// # Errors
/// When the name of the ledger cannot be that of a key.
pub fn build_with(
    signing: &Signing,
    store: Store,
    clock: Clock,
    organisations: Arc<dyn Organisations>,
    shutdown: Shutdown,
) -> Result<Routes, KeyError> {
    let signer = NoteSigner::from_pkcs8(&signing.config.ledger_origin, signing.key.pkcs8())?;
    let witnesses = signing.config.witnesses();
    let log = Log::new(store.clone(), clock.clone(), organisations.clone(), signer, witnesses.max_age);
    let revocations = Revocations::start(store.clone(), clock.clone(), shutdown.clone());
    let decisions = Decisions::start(store.clone(), clock.clone(), witnesses, shutdown.clone());
    let stories = StoryConsents::new(store.clone(), clock.clone(), revocations.clone());
    let use_rules = UseRules::new(store.clone(), clock.clone());
    let agreements = Agreements::new(store.clone(), clock, organisations, revocations.clone());
    let purposes = Purposes::new(store.clone());
    let templates = grpc::TemplatesApi::new(Templates::new(agreements.clone(), purposes.clone()));
    let agreements = grpc::AgreementsApi::new(agreements, purposes);
    let decisions = grpc::DecisionsApi::new(decisions, revocations, shutdown);
    Ok(Routes::new(AgreementServiceServer::new(agreements))
        .add_service(AgreementTemplateServiceServer::new(templates))
        .add_service(DecisionServiceServer::new(decisions))
        .add_service(StoryConsentServiceServer::new(grpc::StoryConsentsApi::new(stories)))
        .add_service(UseRuleServiceServer::new(grpc::UseRulesApi::new(use_rules)))
        .add_service(LedgerServiceServer::new(grpc::LedgerApi::new(Ledger::new(store))))
        .add_service(LogServiceServer::new(grpc::LogApi::new(log))))
}
