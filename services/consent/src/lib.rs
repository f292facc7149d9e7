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
pub mod replay;
mod store;

use std::sync::Arc;
use std::time::Duration;

use ledger::{KeyError, NoteSigner};
use platform::clock::Clock;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_preview_service_server::AgreementPreviewServiceServer;
use proto::consent::v1::agreement_service_server::AgreementServiceServer;
use proto::consent::v1::agreement_template_service_server::AgreementTemplateServiceServer;
use proto::consent::v1::decision_service_server::DecisionServiceServer;
use proto::consent::v1::explanation_service_server::ExplanationServiceServer;
use proto::consent::v1::ledger_service_server::LedgerServiceServer;
use proto::consent::v1::log_service_server::LogServiceServer;
use proto::consent::v1::purpose_service_server::PurposeServiceServer;
use proto::consent::v1::revocation_service_server::RevocationServiceServer;
use proto::consent::v1::story_consent_service_server::StoryConsentServiceServer;
use proto::consent::v1::use_rule_service_server::UseRuleServiceServer;
use tokio::sync::Notify;
use tonic::service::Routes;

use app::agreements::Agreements;
use app::decisions::Decisions;
use app::explanation::Explanations;
use app::ledger::Ledger;
use app::log::Log;
use app::points::Points;
use app::preview::Previews;
use app::purposes::Purposes;
use app::receipts::Receipts;
use app::revocations::Revocations;
use app::story_consents::StoryConsents;
use app::templates::Templates;
use app::unaccounted;
use app::use_rules::UseRules;

pub use app::figures::{DatasetFacts, Described, Figures, Gap, Obstacle, PreviewQuery, Previewed};
pub use app::organisations::{Error as OrganisationsError, Organisation, Organisations, RegisteredKey};
pub use app::programme::Programme;
pub use app::purposes::{ImportError, import_purposes};
pub use app::unanswered::Unanswered;
pub use app::verify::{Fault, Verified, VerifyError, verify_ledger};
pub use config::Config;
pub use domain::content::Protection;
pub use domain::protection::ProtectionTerm;
pub use migration::Migrator;
pub use store::{Error as StoreError, Store};

/// The services that this one calls, on its own account.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// Knows the organisations and their keys.
    pub stakeholders: Vouched,
    /// Knows the figures that agreements are about.
    pub indicators: Vouched,
    /// Knows the goals and inspanningen that purposes serve.
    pub inspanningen: Vouched,
}

/// What other services tell this one.
#[derive(Clone, Debug)]
pub struct Seams {
    /// The organisations and their keys.
    pub organisations: Arc<dyn Organisations>,
    /// The figures that agreements are about.
    pub figures: Arc<dyn Figures>,
    /// The goals and inspanningen that purposes serve.
    pub programme: Arc<dyn Programme>,
}

impl From<Upstreams> for Seams {
    fn from(upstreams: Upstreams) -> Self {
        Self {
            organisations: Arc::new(grpc::StakeholdersClient::new(upstreams.stakeholders)),
            figures: Arc::new(grpc::IndicatorsClient::new(upstreams.indicators)),
            programme: Arc::new(grpc::InspanningenClient::new(upstreams.inspanningen)),
        }
    }
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
    build_with(signing, store, clock, upstreams.into(), shutdown)
}

/// The same with other sources than the services of the platform.
///
/// # Errors
/// When the name of the ledger cannot be that of a key.
pub fn build_with(
    signing: &Signing,
    store: Store,
    clock: Clock,
    seams: Seams,
    shutdown: Shutdown,
) -> Result<Routes, KeyError> {
    let Seams { organisations, figures, programme } = seams;
    let signer = NoteSigner::from_pkcs8(&signing.config.ledger_origin, signing.key.pkcs8())?;
    let witnesses = signing.config.witnesses();
    let log = Log::new(store.clone(), clock.clone(), organisations.clone(), signer, witnesses.max_age);
    let (limit, confirmed) = (signing.config.silence_limit, Arc::new(Notify::new()));
    let points = Points::new(store.clone(), clock.clone(), limit, Arc::clone(&confirmed));
    let revocations =
        Revocations::start(store.clone(), clock.clone(), points, witnesses.clone(), shutdown.clone());
    let receipts = Receipts::start(store.clone(), clock.clone(), limit, confirmed, shutdown.clone());
    let decisions = Decisions::start(store.clone(), clock.clone(), witnesses.clone(), shutdown.clone());
    let silent_for = Duration::from_secs(signing.config.unaccounted_after_seconds.into());
    unaccounted::start(store.clone(), clock.clone(), decisions.clone(), silent_for, shutdown.clone());
    let stories = StoryConsents::new(store.clone(), clock.clone(), decisions.clone(), revocations.clone());
    let use_rules = UseRules::new(store.clone(), clock.clone());
    let agreements = Agreements::new(
        store.clone(),
        clock.clone(),
        organisations,
        Arc::clone(&figures),
        revocations.clone(),
    );
    let previews = Previews::new(agreements.clone(), Arc::clone(&figures), receipts.clone());
    let explanations = Explanations::new(store.clone(), clock.clone(), figures, witnesses);
    let purposes = Purposes::new(store.clone(), clock, programme);
    let templates = Templates::new(agreements.clone(), purposes.clone());
    let decisions = grpc::DecisionsApi::new(decisions, revocations, shutdown.clone());
    Ok(Routes::new(AgreementServiceServer::new(grpc::AgreementsApi::new(agreements)))
        .add_service(AgreementTemplateServiceServer::new(grpc::TemplatesApi::new(templates)))
        .add_service(AgreementPreviewServiceServer::new(grpc::PreviewsApi::new(previews.clone())))
        .add_service(PurposeServiceServer::new(grpc::PurposesApi::new(purposes)))
        .add_service(ExplanationServiceServer::new(grpc::ExplanationsApi::new(explanations)))
        .add_service(DecisionServiceServer::new(decisions))
        .add_service(RevocationServiceServer::new(grpc::RevocationsApi::new(receipts, previews)))
        .add_service(StoryConsentServiceServer::new(grpc::StoryConsentsApi::new(stories, shutdown)))
        .add_service(UseRuleServiceServer::new(grpc::UseRulesApi::new(use_rules)))
        .add_service(LedgerServiceServer::new(grpc::LedgerApi::new(Ledger::new(store))))
        .add_service(LogServiceServer::new(grpc::LogApi::new(log))))
}
