//! Why a request was permitted or refused, with its facts, as a sentence in Dutch and in English.

mod consent;

use time::{Date, OffsetDateTime};

use super::agreement::State;
use super::calendar::{in_words, moment_in_words, rfc3339};
use super::content::{AreaLevel, Delivery};
use super::story_consent::StoryUse;
use super::text::{self, article};

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
    /// The decision could not be entered in the ledger.
    LedgerUnavailable,
    /// Nobody, or not everybody, gave consent for this use of a story.
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
}

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    /// The name of the reason in the contract, for example "OTHER_PURPOSE".
    pub(crate) code: &'static str,
    /// In Dutch.
    pub(crate) nl: String,
    /// In English.
    pub(crate) en: String,
    /// The facts in it.
    pub(crate) metadata: Vec<(&'static str, String)>,
}

impl Reason {
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
            Self::LedgerUnavailable => "LEDGER_UNAVAILABLE",
            Self::ConsentMissing { .. } => "CONSENT_MISSING",
            Self::ConsentWithdrawn { .. } => "CONSENT_WITHDRAWN",
        }
    }

    /// The reason in words: what it is about, what is missing, and whom to ask.
    #[must_use]
    pub(crate) fn explain(&self, about: About<'_>) -> Explained {
        let (nl, en) = self.sentences(about);
        let (ask_nl, ask_en) = self.whom_to_ask(about);
        let mut metadata = self.facts();
        for (key, value) in [("agreement", about.agreement), ("dataset", about.dataset)] {
            if !value.is_empty() {
                metadata.push((key, value.to_owned()));
            }
        }
        metadata.extend(about.contact.map(|contact| ("contact", contact.to_owned())));
        Explained { code: self.code(), nl: format!("{nl}.{ask_nl}"), en: format!("{en}.{ask_en}"), metadata }
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
            Self::WithinAgreement
            | Self::AgreementMissing
            | Self::NotARecipient
            | Self::PurposeMissing
            | Self::ProviderNotOwner { .. }
            | Self::LedgerUnavailable => Vec::new(),
        }
    }

    /// The sentences in Dutch and in English, without the full stop.
    fn sentences(&self, About { agreement, dataset, .. }: About<'_>) -> (String, String) {
        match self {
            Self::WithinAgreement => (
                format!("Dit mag volgens de afspraak {agreement}"),
                format!("This is within the agreement {agreement}"),
            ),
            Self::AgreementMissing => (
                format!("{dataset} wordt alleen gedeeld onder een afspraak, en het verzoek noemt er geen"),
                format!("{dataset} is shared only under an agreement, and the request names none"),
            ),
            Self::NotARecipient => (
                format!("{agreement} bestaat niet, of uw organisatie is daarin geen ontvanger"),
                format!("{agreement} does not exist, or your organisation is not a recipient in it"),
            ),
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
                    "De afspraak {agreement} is opgeschort sinds {} (artikel {}); een partij moet die hervatten",
                    moment_in_words(*since),
                    article::VALIDITY
                ),
                format!(
                    "The agreement {agreement} is suspended since {} (article {}); a party has to resume it",
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
                beyond_scope(agreement, beyond, &nl, &en)
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
            Self::ConsentMissing { story, usage } => consent::missing(story, *usage),
            Self::ConsentWithdrawn { story, usage, since } => consent::withdrawn(story, *usage, *since),
            Self::LedgerUnavailable => (
                "De beslissing kon niet in het logboek worden vastgelegd, en dan wordt er niets gedeeld"
                    .to_owned(),
                "The decision could not be entered in the ledger, and then nothing is shared".to_owned(),
            ),
        }
    }

    /// Whom to ask, as a sentence with a space before it; empty for a permit.
    fn whom_to_ask(&self, about: About<'_>) -> (String, String) {
        match (self, about.contact) {
            (Self::WithinAgreement, _) => (String::new(), String::new()),
            (Self::LedgerUnavailable, _) => {
                (" Probeer het later opnieuw.".to_owned(), " Try again later.".to_owned())
            }
            (_, Some(contact)) => (format!(" Vragen: {contact}."), format!(" Questions: {contact}.")),
            (_, None) if about.dataset.is_empty() => (String::new(), String::new()),
            (_, None) => {
                let dataset = about.dataset;
                (format!(" Vraag het de eigenaar van {dataset}."), format!(" Ask the owner of {dataset}."))
            }
        }
    }
}

fn beyond_scope(agreement: &str, beyond: &[String], nl: &str, en: &str) -> (String, String) {
    let listed = beyond.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = beyond.len().saturating_sub(MOST_LISTED);
    let (more_nl, more_en) = if more == 0 {
        (String::new(), String::new())
    } else {
        (format!(" en nog {more}"), format!(" and {more} more"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    const AGREEMENT: &str = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";

    fn about() -> About<'static> {
        About {
            agreement: AGREEMENT,
            dataset: "datasets/weller-huurachterstand-fictief",
            contact: Some("Team gegevens"),
        }
    }

    fn one_of_each() -> Vec<Reason> {
        let beyond = vec!["areas/BU1".to_owned()];
        let (agreed, asked) = ("a".to_owned(), "b".to_owned());
        vec![
            Reason::WithinAgreement,
            Reason::AgreementMissing,
            Reason::NotARecipient,
            Reason::AgreementNotActive { state: State::Proposed },
            Reason::AgreementRevoked { since: datetime!(2026-11-23 12:00 UTC) },
            Reason::AgreementSuspended { since: datetime!(2026-11-23 12:00 UTC) },
            Reason::AgreementReplaced { since: datetime!(2026-11-23 12:00 UTC), by: None },
            Reason::NotYetValid { valid_from: date!(2027 - 01 - 01) },
            Reason::AgreementExpired { valid_until: date!(2026 - 01 - 01) },
            Reason::PurposeMissing,
            Reason::OtherPurpose { agreed: agreed.clone(), asked: asked.clone() },
            Reason::OtherDataset { agreed, asked },
            Reason::ProviderNotOwner { dataset: "datasets/x".to_owned() },
            Reason::IndicatorBeyondScope { beyond: beyond.clone() },
            Reason::AreaBeyondScope { beyond: beyond.clone(), agreed: AreaLevel::Neighbourhood },
            Reason::PeriodBeyondScope { beyond },
            Reason::DeliveryNotAgreed { asked: Delivery::Stream },
            Reason::LedgerUnavailable,
            Reason::ConsentMissing { story: "stories/x".to_owned(), usage: StoryUse::Publication },
            Reason::ConsentWithdrawn {
                story: "stories/x".to_owned(),
                usage: None,
                since: datetime!(2026-11-23 12:00 UTC),
            },
        ]
    }

    #[test]
    fn every_reason_is_a_whole_sentence_in_both_languages() {
        for reason in one_of_each() {
            let explained = reason.explain(about());
            for sentence in [&explained.nl, &explained.en] {
                assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
            }
            assert_ne!(explained.nl, explained.en);
        }
    }

    #[test]
    fn a_refusal_names_the_agreement_what_is_missing_and_whom_to_ask() {
        let reason =
            Reason::OtherPurpose { agreed: "purposes/wijkplannen".into(), asked: "purposes/x".into() };
        let explained = reason.explain(about());
        assert_eq!(
            explained.nl,
            format!(
                "De afspraak {AGREEMENT} is voor het doel purposes/wijkplannen (artikel 2), niet voor purposes/x. Vragen: Team gegevens."
            )
        );
        assert!(explained.metadata.contains(&("asked", "purposes/x".to_owned())));
        assert!(explained.metadata.contains(&("agreement", AGREEMENT.to_owned())));
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let beyond = (0..5000).map(|n| format!("areas/BU{n}")).collect();
        let explained = Reason::AreaBeyondScope { beyond, agreed: AreaLevel::District }.explain(about());
        assert!(explained.nl.contains("en nog 4990"), "{}", explained.nl);
        assert!(explained.metadata.contains(&("beyond_count", "5000".to_owned())));
        assert!(explained.nl.len() < 1000);
    }
}
