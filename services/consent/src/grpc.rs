//! The contract: requests in, answers out.

mod agreements;
mod convert;
mod decisions;
mod explanation;
mod figures;
mod kinds;
mod ledger;
mod listening;
mod log;
mod organisations;
mod pages;
mod preview;
mod programme;
mod purposes;
mod revocations;
mod status;
mod story_consents;
mod story_withdrawals;
mod templates;
mod use_rules;

pub(crate) use agreements::AgreementsApi;
pub(crate) use convert::content as shown_content;
pub(crate) use decisions::DecisionsApi;
pub(crate) use explanation::ExplanationsApi;
pub(crate) use figures::IndicatorsClient;
pub(crate) use ledger::LedgerApi;
pub(crate) use log::LogApi;
pub(crate) use organisations::StakeholdersClient;
pub(crate) use preview::PreviewsApi;
pub(crate) use programme::InspanningenClient;
pub(crate) use purposes::PurposesApi;
pub(crate) use revocations::RevocationsApi;
pub(crate) use story_consents::StoryConsentsApi;
pub(crate) use templates::TemplatesApi;
pub(crate) use use_rules::UseRulesApi;

/// The conversions, for tests of more than the contract.
#[cfg(test)]
pub(crate) mod conversions {
    pub(crate) use super::convert::{draft, reason, request};
    pub(crate) use super::use_rules::terms as use_terms;
}
