//! Why a request was permitted or refused, with its facts, as a sentence in Dutch and in English.

mod consent;
mod own;

use time::{Date, OffsetDateTime};

use super::agreement::State;
use super::calendar::rfc3339;
use super::content::{AreaLevel, Delivery};
use super::protection::ProtectionTerm;
use super::story_consent::StoryUse;

/// Most items that a sentence or a fact lists; metadata `beyond_count` counts them all.
const MOST_LISTED: usize = 10;

/// A reason and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Permitted.
    WithinAgreement,
    /// The request names no agreement.
    AgreementMissing,
    /// There is no such agreement, or the one that asks is no recipient.
    NotARecipient,
    /// Not signed by all, or refused.
    AgreementNotActive {
        /// Where it stands.
        state: State,
    },
    /// Ended by a party.
    AgreementRevoked {
        /// Since when.
        since: OffsetDateTime,
    },
    /// Paused by a party.
    AgreementSuspended {
        /// Since when.
        since: OffsetDateTime,
    },
    /// Followed by another agreement.
    AgreementReplaced {
        /// Since when.
        since: OffsetDateTime,
        /// Which one, "agreements/{id}", where it is known.
        by: Option<String>,
    },
    /// Its first day is still to come.
    NotYetValid {
        /// Its first day.
        valid_from: Date,
    },
    /// Its last day has passed.
    AgreementExpired {
        /// Its last day.
        valid_until: Date,
    },
    /// The request names no purpose.
    PurposeMissing,
    /// The agreement is for another purpose.
    OtherPurpose {
        /// The agreed one.
        agreed: String,
        /// The one in the request.
        asked: String,
    },
    /// The agreement is about another dataset.
    OtherDataset {
        /// The agreed one.
        agreed: String,
        /// The one in the request.
        asked: String,
    },
    /// The provider does not own the dataset.
    ProviderNotOwner {
        /// The dataset.
        dataset: String,
    },
    /// Indicators that are not agreed.
    IndicatorBeyondScope {
        /// Which.
        beyond: Vec<String>,
    },
    /// Areas, or a level of areas, that are not agreed.
    AreaBeyondScope {
        /// Which.
        beyond: Vec<String>,
        /// The agreed level.
        agreed: AreaLevel,
    },
    /// Periods that are not agreed.
    PeriodBeyondScope {
        /// Which.
        beyond: Vec<String>,
    },
    /// A way of delivery that is not agreed.
    DeliveryNotAgreed {
        /// Which.
        asked: Delivery,
    },
    /// Terms of protection that the service with the data cannot enforce.
    ProtectionNotEnforceable {
        /// Which.
        terms: Vec<ProtectionTerm>,
    },
    /// Too few organisations co-signed a recent checkpoint of the ledger.
    WitnessesOverdue {
        /// How many have to.
        needed: u32,
        /// How many did.
        fresh: u32,
    },
    /// The decision could not be entered in the ledger.
    LedgerUnavailable,
    /// What is kept of the agreement cannot be read, or is not what was signed and entered.
    AgreementDamaged,
    /// There is no consent of everybody for this use of a story.
    ConsentMissing {
        /// "stories/{code}".
        story: String,
        /// What for.
        usage: StoryUse,
    },
    /// The consent for a story was withdrawn.
    ConsentWithdrawn {
        /// "stories/{code}".
        story: String,
        /// What for; none when it is about every use.
        usage: Option<StoryUse>,
        /// Since when.
        since: OffsetDateTime,
    },
    /// The recipient's own rules permit it, or it has none.
    WithinOwnRules {
        /// The system that asks.
        system: String,
        /// The rule that permits it, "use-rules/{id}"; none when there are no rules.
        rule: Option<String>,
    },
    /// No rule of the recipient is about the system.
    SystemNotAllowed {
        /// The system that asks.
        system: String,
    },
    /// No rule of the recipient allows the system this purpose.
    OwnPurposeNotAllowed {
        /// The system that asks.
        system: String,
        /// The purpose in the request; may be empty.
        asked: String,
    },
    /// An own rule of the recipient cannot be read, so that it is not known what its systems may ask.
    OwnRulesDamaged,
}

/// The side of an exchange whose rules give a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The own rules of the organisation that asks.
    Recipient,
    /// The terms of the agreement, and the platform that enforces them.
    Provider,
}

/// What a reason is about, as far as the one who asks may know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    /// The agreement, as the request names it; empty when it names none.
    pub(crate) agreement: &'a str,
    /// The dataset; empty when the reason is not about a request.
    pub(crate) dataset: &'a str,
    /// Whom to ask; only for a party.
    pub(crate) contact: Option<&'a str>,
    /// The organisation that asks, by name, when somebody else reads the reason.
    pub(crate) organisation: Option<&'a str>,
}

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    /// The name of the reason in the contract, for example "OTHER_PURPOSE".
    pub(crate) code: &'static str,
    /// Whose reason it is.
    pub(crate) side: Side,
    /// In Dutch.
    pub(crate) nl: String,
    /// In English.
    pub(crate) en: String,
    /// The facts in it.
    pub(crate) metadata: Vec<(&'static str, String)>,
}

impl Reason {
    /// The codes of the reasons that permit; every other one refuses.
    pub(crate) const PERMITTING: [&str; 2] = ["WITHIN_AGREEMENT", "WITHIN_OWN_RULES"];

    /// Whether it permits.
    #[must_use]
    pub(crate) fn permits(&self) -> bool {
        Self::PERMITTING.contains(&self.code())
    }

    /// The name of the reason in the contract.
    #[must_use]
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::WithinAgreement => "WITHIN_AGREEMENT",
            Self::AgreementMissing => "AGREEMENT_MISSING",
            Self::NotARecipient => "NOT_A_RECIPIENT",
            Self::AgreementNotActive { .. } => "AGREEMENT_NOT_ACTIVE",
            Self::AgreementRevoked { .. } => "AGREEMENT_REVOKED",
            Self::AgreementSuspended { .. } => "AGREEMENT_SUSPENDED",
            Self::AgreementReplaced { .. } => "AGREEMENT_REPLACED",
            Self::NotYetValid { .. } => "NOT_YET_VALID",
            Self::AgreementExpired { .. } => "AGREEMENT_EXPIRED",
            Self::PurposeMissing => "PURPOSE_MISSING",
            Self::OtherPurpose { .. } => "OTHER_PURPOSE",
            Self::OtherDataset { .. } => "OTHER_DATASET",
            Self::ProviderNotOwner { .. } => "PROVIDER_NOT_OWNER",
            Self::IndicatorBeyondScope { .. } => "INDICATOR_BEYOND_SCOPE",
            Self::AreaBeyondScope { .. } => "AREA_BEYOND_SCOPE",
            Self::PeriodBeyondScope { .. } => "PERIOD_BEYOND_SCOPE",
            Self::DeliveryNotAgreed { .. } => "DELIVERY_NOT_AGREED",
            Self::ProtectionNotEnforceable { .. } => "PROTECTION_NOT_ENFORCEABLE",
            Self::WitnessesOverdue { .. } => "WITNESSES_OVERDUE",
            Self::LedgerUnavailable => "LEDGER_UNAVAILABLE",
            Self::AgreementDamaged => "AGREEMENT_DAMAGED",
            Self::ConsentMissing { .. } => "CONSENT_MISSING",
            Self::ConsentWithdrawn { .. } => "CONSENT_WITHDRAWN",
            Self::WithinOwnRules { .. } => "WITHIN_OWN_RULES",
            Self::SystemNotAllowed { .. } => "SYSTEM_NOT_ALLOWED",
            Self::OwnPurposeNotAllowed { .. } => "OWN_PURPOSE_NOT_ALLOWED",
            Self::OwnRulesDamaged => "OWN_RULES_DAMAGED",
        }
    }

    /// Whose reason it is.
    #[must_use]
    pub(crate) fn side(&self) -> Side {
        match self {
            Self::WithinOwnRules { .. }
            | Self::SystemNotAllowed { .. }
            | Self::OwnPurposeNotAllowed { .. }
            | Self::OwnRulesDamaged => Side::Recipient,
            Self::WithinAgreement
            | Self::AgreementMissing
            | Self::NotARecipient
            | Self::AgreementNotActive { .. }
            | Self::AgreementRevoked { .. }
            | Self::AgreementSuspended { .. }
            | Self::AgreementReplaced { .. }
            | Self::NotYetValid { .. }
            | Self::AgreementExpired { .. }
            | Self::PurposeMissing
            | Self::OtherPurpose { .. }
            | Self::OtherDataset { .. }
            | Self::ProviderNotOwner { .. }
            | Self::IndicatorBeyondScope { .. }
            | Self::AreaBeyondScope { .. }
            | Self::PeriodBeyondScope { .. }
            | Self::DeliveryNotAgreed { .. }
            | Self::ProtectionNotEnforceable { .. }
            | Self::WitnessesOverdue { .. }
            | Self::LedgerUnavailable
            | Self::AgreementDamaged
            | Self::ConsentMissing { .. }
            | Self::ConsentWithdrawn { .. } => Side::Provider,
        }
    }

    /// The reason in words, in Dutch and in English: what it is about, what is missing, and whom to ask.
    #[must_use]
    pub(crate) fn in_words(&self, about: About<'_>) -> (String, String) {
        let (nl, en) = self.sentences(about);
        let (ask_nl, ask_en) = self.whom_to_ask(about);
        (format!("{nl}.{ask_nl}"), format!("{en}.{ask_en}"))
    }

    /// The reason in words, with the facts in it for machines.
    #[must_use]
    pub(crate) fn explain(&self, about: About<'_>) -> Explained {
        let (nl, en) = self.in_words(about);
        let mut metadata = self.facts();
        for (key, value) in [("agreement", about.agreement), ("dataset", about.dataset)] {
            if !value.is_empty() {
                metadata.push((key, value.to_owned()));
            }
        }
        metadata.extend(self.contact(about).map(|contact| ("contact", contact.to_owned())));
        Explained { code: self.code(), side: self.side(), nl, en, metadata }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AgreementNotActive { state } => vec![("state", state.name().to_owned())],
            Self::AgreementRevoked { since } | Self::AgreementSuspended { since } => {
                vec![("since", rfc3339(*since))]
            }
            Self::AgreementReplaced { since, by } => {
                let by = by.iter().map(|by| ("replaced_by", by.clone()));
                std::iter::once(("since", rfc3339(*since))).chain(by).collect()
            }
            Self::NotYetValid { valid_from } => vec![("valid_from", valid_from.to_string())],
            Self::AgreementExpired { valid_until } => vec![("valid_until", valid_until.to_string())],
            Self::OtherPurpose { agreed, asked } | Self::OtherDataset { agreed, asked } => {
                vec![("agreed", agreed.clone()), ("asked", asked.clone())]
            }
            Self::IndicatorBeyondScope { beyond }
            | Self::PeriodBeyondScope { beyond }
            | Self::AreaBeyondScope { beyond, .. } => {
                let listed: Vec<_> = beyond.iter().take(MOST_LISTED).cloned().collect();
                vec![("beyond", listed.join(", ")), ("beyond_count", beyond.len().to_string())]
            }
            Self::DeliveryNotAgreed { asked } => vec![("asked", asked.name().to_owned())],
            Self::ConsentMissing { story, usage } => {
                vec![("story", story.clone()), ("use", usage.name().to_owned())]
            }
            Self::ConsentWithdrawn { story, usage, since } => {
                let usage = usage.map(|usage| ("use", usage.name().to_owned()));
                [("story", story.clone()), ("since", rfc3339(*since))].into_iter().chain(usage).collect()
            }
            Self::ProtectionNotEnforceable { terms } => {
                let names: Vec<_> = terms.iter().map(|term| term.name()).collect();
                vec![("terms", names.join(", "))]
            }
            Self::WitnessesOverdue { needed, fresh } => {
                vec![("needed", needed.to_string()), ("fresh", fresh.to_string())]
            }
            Self::WithinOwnRules { system, rule: Some(rule) } => {
                vec![("system", system.clone()), ("rule", rule.clone())]
            }
            Self::SystemNotAllowed { system } => vec![("system", system.clone())],
            Self::OwnPurposeNotAllowed { system, asked } => {
                vec![("system", system.clone()), ("asked", asked.clone())]
            }
            Self::WithinAgreement
            | Self::AgreementMissing
            | Self::NotARecipient
            | Self::PurposeMissing
            | Self::ProviderNotOwner { .. }
            | Self::LedgerUnavailable
            | Self::AgreementDamaged
            | Self::OwnRulesDamaged
            | Self::WithinOwnRules { rule: None, .. } => Vec::new(),
        }
    }
}

mod sentences;
#[cfg(test)]
pub(crate) mod tests;
