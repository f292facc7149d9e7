//! The contract: requests in, answers out.

mod agreements;
mod convert;
mod decisions;
mod ledger;
mod log;
mod organisations;
mod pages;
mod status;
mod story_consents;
mod templates;

pub(crate) use agreements::AgreementsApi;
pub(crate) use decisions::DecisionsApi;
pub(crate) use ledger::LedgerApi;
pub(crate) use log::LogApi;
pub(crate) use organisations::StakeholdersClient;
pub(crate) use story_consents::StoryConsentsApi;
pub(crate) use templates::TemplatesApi;
