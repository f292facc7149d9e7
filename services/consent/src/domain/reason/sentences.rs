//! The sentences of reasons.

use super::{About, MOST_LISTED, Reason, Side, consent, own};
use crate::domain::calendar::{in_words, moment_in_words, rfc3339};
use crate::domain::content::{AreaLevel, Delivery};
use crate::domain::protection::ProtectionTerm;
use crate::domain::text::{self, article};

impl Reason {
    /// The sentences in Dutch and in English, without the full stop.
    pub(super) fn sentences(&self, about: About<'_>) -> (String, String) {
        let About { agreement, dataset, .. } = about;
        match self {
            Self::WithinAgreement => (
                format!("Dit mag volgens de afspraak {agreement} (artikel {})", article::SCOPE),
                format!("This is within the agreement {agreement} (article {})", article::SCOPE),
            ),
            Self::AgreementMissing => (
                format!("{dataset} wordt alleen gedeeld onder een afspraak, en het verzoek noemt er geen"),
                format!("{dataset} is shared only under an agreement, and the request names none"),
            ),
            Self::NotARecipient => {
                let (nl, en) =
                    about.organisation.map_or(("uw organisatie", "your organisation"), |name| (name, name));
                (
                    format!("{agreement} bestaat niet, of {nl} is daarin geen ontvanger"),
                    format!("{agreement} does not exist, or {en} is not a recipient in it"),
                )
            }
            Self::AgreementNotActive { state } => (
                format!(
                    "De afspraak {agreement} geldt niet: die is {} (artikel {})",
                    state.in_dutch(),
                    article::VALIDITY
                ),
                format!(
                    "The agreement {agreement} is not active: it is {} (article {})",
                    state.name(),
                    article::VALIDITY
                ),
            ),
            Self::AgreementRevoked { since } => (
                format!(
                    "De afspraak {agreement} is ingetrokken op {} (artikel {})",
                    moment_in_words(*since),
                    article::VALIDITY
                ),
                format!(
                    "The agreement {agreement} was revoked at {} (article {})",
                    rfc3339(*since),
                    article::VALIDITY
                ),
            ),
            Self::AgreementSuspended { since } => (
                format!(
                    "De afspraak {agreement} is opgeschort sinds {} (artikel {}); wie heeft opgeschort, moet hervatten",
                    moment_in_words(*since),
                    article::VALIDITY
                ),
                format!(
                    "The agreement {agreement} is suspended since {} (article {}); who suspended it has to resume it",
                    rfc3339(*since),
                    article::VALIDITY
                ),
            ),
            Self::AgreementReplaced { since, by } => {
                let by = by.as_deref().unwrap_or_default();
                let (by_nl, by_en) = if by.is_empty() {
                    ("een nieuwe afspraak".to_owned(), "a new agreement".to_owned())
                } else {
                    (format!("de afspraak {by}"), format!("the agreement {by}"))
                };
                (
                    format!(
                        "De afspraak {agreement} is op {} vervangen door {by_nl} (artikel {})",
                        moment_in_words(*since),
                        article::VALIDITY
                    ),
                    format!(
                        "The agreement {agreement} was replaced at {} by {by_en} (article {})",
                        rfc3339(*since),
                        article::VALIDITY
                    ),
                )
            }
            Self::NotYetValid { valid_from } => (
                format!(
                    "De afspraak {agreement} geldt pas vanaf {} (artikel {})",
                    in_words(*valid_from),
                    article::VALIDITY
                ),
                format!("The agreement {agreement} holds from {valid_from} (article {})", article::VALIDITY),
            ),
            Self::AgreementExpired { valid_until } => (
                format!(
                    "De afspraak {agreement} gold tot en met {} (artikel {})",
                    in_words(*valid_until),
                    article::VALIDITY
                ),
                format!("The agreement {agreement} held until {valid_until} (article {})", article::VALIDITY),
            ),
            Self::PurposeMissing if agreement.is_empty() => (
                "Het verzoek noemt geen doel, en zonder doel mag er niets gedeeld worden".to_owned(),
                "The request names no purpose, and nothing may be shared without one".to_owned(),
            ),
            Self::PurposeMissing => (
                format!(
                    "De afspraak {agreement} geldt voor één doel (artikel {}), en het verzoek noemt geen doel",
                    article::PURPOSE
                ),
                format!(
                    "The agreement {agreement} is for one purpose (article {}), and the request names none",
                    article::PURPOSE
                ),
            ),
            Self::OtherPurpose { agreed, asked } => (
                format!(
                    "De afspraak {agreement} is voor het doel {agreed} (artikel {}), niet voor {asked}",
                    article::PURPOSE
                ),
                format!(
                    "The agreement {agreement} is for the purpose {agreed} (article {}), not for {asked}",
                    article::PURPOSE
                ),
            ),
            Self::OtherDataset { agreed, asked } => (
                format!(
                    "De afspraak {agreement} gaat over {agreed} (artikel {}), niet over {asked}",
                    article::SCOPE
                ),
                format!(
                    "The agreement {agreement} is about {agreed} (article {}), not about {asked}",
                    article::SCOPE
                ),
            ),
            Self::ProviderNotOwner { dataset } => (
                format!(
                    "De aanbieder in de afspraak {agreement} (artikel {}) is niet de eigenaar van {dataset}",
                    article::PARTIES
                ),
                format!(
                    "The provider in the agreement {agreement} (article {}) does not own {dataset}",
                    article::PARTIES
                ),
            ),
            Self::IndicatorBeyondScope { beyond } => {
                beyond_scope(agreement, beyond, "deze indicatoren", "these indicators")
            }
            Self::AreaBeyondScope { beyond, agreed } => {
                let nl = format!(
                    "deze gebieden of deze gebiedssoort (afgesproken is: {})",
                    text::area_level(*agreed)
                );
                let en = format!("these areas or this level of areas (agreed is: {})", agreed.name());
                let (_, en) = beyond_scope(agreement, beyond, &nl, &en);
                // A level of areas stands among them, by its name.
                let word = |item: &String| {
                    AreaLevel::named(item)
                        .map_or_else(|| item.clone(), |level| text::area_level(level).to_owned())
                };
                let beyond: Vec<String> = beyond.iter().map(word).collect();
                let (nl, _) = beyond_scope(agreement, &beyond, &nl, &en);
                (nl, en)
            }
            Self::PeriodBeyondScope { beyond } => {
                beyond_scope(agreement, beyond, "deze perioden", "these periods")
            }
            Self::DeliveryNotAgreed { asked } => {
                let way = match asked {
                    Delivery::Pull => "op aanvraag",
                    Delivery::Stream => "doorlopend",
                };
                (
                    format!(
                        "De afspraak {agreement} staat levering {way} niet toe (artikel {})",
                        article::DELIVERY
                    ),
                    format!(
                        "The agreement {agreement} does not allow delivery by {} (article {})",
                        asked.name(),
                        article::DELIVERY
                    ),
                )
            }
            Self::ProtectionNotEnforceable { terms } => {
                let list = |word: fn(ProtectionTerm) -> &'static str| {
                    terms.iter().map(|term| word(*term)).collect::<Vec<_>>().join(", ")
                };
                (
                    format!(
                        "De afspraak {agreement} vraagt een bescherming die de dienst met de gegevens niet kan geven (artikel {}): {}",
                        article::PROTECTION,
                        list(ProtectionTerm::in_dutch)
                    ),
                    format!(
                        "The agreement {agreement} asks for a protection that the service with the data cannot give (article {}): {}",
                        article::PROTECTION,
                        list(ProtectionTerm::name)
                    ),
                )
            }
            Self::AgreementDamaged => (
                format!(
                    "De afspraak {agreement} is beschadigd: wat het platform ervan bewaart, is niet wat is getekend en in het logboek staat. Daarom wordt er niets onder gedeeld"
                ),
                format!(
                    "The agreement {agreement} is damaged: what the platform keeps of it is not what was signed and entered in the ledger. So nothing is shared under it"
                ),
            ),
            Self::WitnessesOverdue { needed, fresh } => witnesses_overdue(agreement, *needed, *fresh),
            Self::ConsentMissing { story, usage } => consent::missing(story, *usage),
            Self::ConsentWithdrawn { story, usage, since } => consent::withdrawn(story, *usage, *since),
            Self::LedgerUnavailable => (
                "De beslissing kon niet in het logboek worden vastgelegd, en dan wordt er niets gedeeld"
                    .to_owned(),
                "The decision could not be entered in the ledger, and then nothing is shared".to_owned(),
            ),
            Self::WithinOwnRules { rule: None, .. } => own::none(about),
            Self::WithinOwnRules { system, rule: Some(rule) } => own::permits(system, rule, about),
            Self::SystemNotAllowed { system } => own::other_system(system, about),
            Self::OwnPurposeNotAllowed { system, asked } => own::other_purpose(system, asked, about),
            Self::OwnRulesDamaged => own::damaged(about),
        }
    }

    /// Whom the agreement says to ask, where that helps.
    pub(super) fn contact<'a>(&self, about: About<'a>) -> Option<&'a str> {
        match self {
            Self::LedgerUnavailable
            | Self::AgreementDamaged
            | Self::WitnessesOverdue { .. }
            | Self::ConsentMissing { .. }
            | Self::ConsentWithdrawn { .. }
            | Self::WithinOwnRules { .. }
            | Self::SystemNotAllowed { .. }
            | Self::OwnPurposeNotAllowed { .. }
            | Self::OwnRulesDamaged => None,
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
            | Self::ProtectionNotEnforceable { .. } => about.contact,
        }
    }

    /// Whom to ask, as a sentence with a space before it; empty when there is nobody to name.
    pub(super) fn whom_to_ask(&self, about: About<'_>) -> (String, String) {
        if let Some(contact) = self.contact(about) {
            return (format!(" Vragen: {contact}."), format!(" Questions: {contact}."));
        }
        if let Self::LedgerUnavailable = self {
            return (" Probeer het later opnieuw.".to_owned(), " Try again later.".to_owned());
        }
        if let Self::AgreementDamaged | Self::OwnRulesDamaged = self {
            return (
                " Meld dit bij de beheerder van het platform.".to_owned(),
                " Report this to the operator of the platform.".to_owned(),
            );
        }
        if let Self::WitnessesOverdue { .. } = self {
            return (
                " Vraag het de beheerder van het platform.".to_owned(),
                " Ask the operator of the platform.".to_owned(),
            );
        }
        if self.side() == Side::Recipient {
            return own::whom_to_ask(about);
        }
        let dataset = about.dataset;
        if dataset.is_empty() {
            return (String::new(), String::new());
        }
        (format!(" Vraag het de eigenaar van {dataset}."), format!(" Ask the owner of {dataset}."))
    }
}

fn witnesses_overdue(agreement: &str, needed: u32, fresh: u32) -> (String, String) {
    let (must_nl, must_en) = match needed {
        1 => ("1 organisatie moet".to_owned(), "1 organisation has".to_owned()),
        more => (format!("{more} organisaties moeten"), format!("{more} organisations have")),
    };
    let did_nl = match fresh {
        0 => "geen enkele heeft dat gedaan".to_owned(),
        1 => "1 heeft dat gedaan".to_owned(),
        more => format!("{more} hebben dat gedaan"),
    };
    let (under_nl, under_en) = match agreement {
        "" => ("geen enkele afspraak wordt nu iets".to_owned(), "any agreement".to_owned()),
        one => (format!("de afspraak {one} wordt nu niets"), format!("the agreement {one}")),
    };
    (
        format!(
            "Onder {under_nl} gedeeld: {must_nl} het logboek kortgeleden hebben medeondertekend, en {did_nl}"
        ),
        format!(
            "Nothing is shared under {under_en} now: {must_en} to have co-signed the ledger recently, and {fresh} did"
        ),
    )
}

fn beyond_scope(agreement: &str, beyond: &[String], nl: &str, en: &str) -> (String, String) {
    let listed = beyond.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = beyond.len().saturating_sub(MOST_LISTED);
    let (more_nl, more_en) = if more == 0 {
        (String::new(), String::new())
    } else {
        let all = beyond.len();
        (format!(" en nog {more}, samen {all}"), format!(" and {more} more, {all} in all"))
    };
    (
        format!(
            "De afspraak {agreement} staat {nl} niet toe (artikel {}): {listed}{more_nl}",
            article::SCOPE
        ),
        format!(
            "The agreement {agreement} does not allow {en} (article {}): {listed}{more_en}",
            article::SCOPE
        ),
    )
}
