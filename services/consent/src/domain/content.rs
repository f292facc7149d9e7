//! The terms of an agreement: typed, closed, and complete from the moment that they exist.

mod check;
mod closed;

pub(crate) use check::MOST_RECIPIENTS;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::calendar;
use super::name::AgreementId;
use super::preset::{self, Preset};
use super::problem::Problem;

/// The terms of an agreement, checked: what is new is made by [`Content::new`], and nothing changes
/// it after. What was signed is read back as it stands, without that check: the store and the offline
/// check see first that it has the hash that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Content {
    terms: Terms,
}

/// The terms as they are enforced, signed and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// The agreement, "agreements/{uuid}". It makes every content a different one, so that a
    /// signature under one agreement is worth nothing under another with the same terms.
    pub(crate) agreement: String,
    /// Who delivers.
    pub(crate) provider: Party,
    /// Who receives.
    pub(crate) recipients: Vec<Party>,
    /// What for.
    pub(crate) purpose: AgreedPurpose,
    /// Why it is lawful.
    pub(crate) legal_basis: LegalBasis,
    /// What is shared.
    pub(crate) scope: Scope,
    /// How small groups are protected.
    pub(crate) protection: Protection,
    /// Which kind of figures it is about: what the protection is at least as strict as.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "preset::name")]
    pub(crate) preset: Option<Preset>,
    /// The ways to fetch it.
    pub(crate) deliveries: Vec<Delivery>,
    /// First day, Dutch time.
    #[serde(with = "day")]
    pub(crate) valid_from: Date,
    /// Last day, Dutch time.
    #[serde(with = "day")]
    pub(crate) valid_until: Date,
    /// How many months a recipient may keep the data.
    pub(crate) retention_months: i32,
    /// Whether a recipient may share it.
    pub(crate) onward_sharing: OnwardSharing,
    /// Whom to ask.
    pub(crate) contact: String,
    /// The agreement whose place this one takes, "agreements/{uuid}".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<String>,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Party {
    /// Its OIN.
    pub(crate) oin: Oin,
    /// Its Dutch name when the agreement was drafted.
    pub(crate) display_name: String,
}

/// The purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreedPurpose {
    /// "purposes/{code}".
    pub(crate) name: String,
    /// What the data is for, in Dutch, when the agreement was drafted.
    pub(crate) display_name: String,
}

/// What is shared: the combinations of the lists, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// "indicators/{code}".
    pub(crate) indicators: Vec<String>,
    /// The level of the areas.
    pub(crate) area_level: AreaLevel,
    /// "areas/{code}"; empty for all areas of that level.
    pub(crate) areas: Vec<String>,
    /// The periods.
    pub(crate) periods: Vec<String>,
    /// The dimensions that are shared in full, by code.
    pub(crate) dimensions: Vec<String>,
}

/// How small groups are protected. A term that is 0 is not agreed, and is left out of the canonical
/// JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// A count under this is withheld.
    pub minimum_count: i32,
    /// Whether a zero is withheld too.
    pub protect_zeros: bool,
    /// How wide the range at least is to which a withheld count can be narrowed down.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub interval_width: i32,
    /// p% rule: how close, in percent, one contributor may come to the contribution of another.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub p_percent: i32,
    /// Dominance rule (n, k): of how many largest contributions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dominance_n: i32,
    /// Dominance rule (n, k): the part of a figure, in percent, that these may be.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dominance_k: i32,
    /// Of what every count is rounded to a multiple; percentages are computed from rounded counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rounding_base: i32,
    /// A percentage over fewer persons, households or respondents is withheld.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minimum_denominator: i32,
    /// From which part of its group, in percent, a category is withheld.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub group_percent: i32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the value over so")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// Why processing is lawful (AVG, article 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum LegalBasis {
    /// Wettelijke verplichting.
    LegalObligation,
    /// Taak van algemeen belang.
    PublicTask,
    /// Gerechtvaardigd belang.
    LegitimateInterest,
}

/// A level of areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AreaLevel {
    /// Land.
    Country,
    /// Regio.
    Region,
    /// Gemeente.
    Municipality,
    /// Wijk.
    District,
    /// Buurt.
    Neighbourhood,
    /// Programmagebied.
    ProgrammeArea,
    /// Groep van vergelijkbare gemeenten.
    Benchmark,
}

impl AreaLevel {
    /// All levels.
    pub(crate) const ALL: [Self; 7] = [
        Self::Country,
        Self::Region,
        Self::Municipality,
        Self::District,
        Self::Neighbourhood,
        Self::ProgrammeArea,
        Self::Benchmark,
    ];

    /// Its name in the contract, for example "NEIGHBOURHOOD".
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Country => "COUNTRY",
            Self::Region => "REGION",
            Self::Municipality => "MUNICIPALITY",
            Self::District => "DISTRICT",
            Self::Neighbourhood => "NEIGHBOURHOOD",
            Self::ProgrammeArea => "PROGRAMME_AREA",
            Self::Benchmark => "BENCHMARK",
        }
    }

    /// The level with that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// A way to fetch data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Delivery {
    /// By asking for it.
    Pull,
    /// By following it live.
    Stream,
}

impl Delivery {
    /// Its name in the contract: "PULL", "STREAM".
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pull => "PULL",
            Self::Stream => "STREAM",
        }
    }
}

/// Whether data may be shared onward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum OnwardSharing {
    /// Not.
    None,
    /// Only in publications from which no cell can be read.
    Publications,
}

/// Terms as somebody proposes them, before they are checked. What is not known is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// Who delivers: the caller's organisation.
    pub(crate) provider: DraftParty,
    /// Who receives.
    pub(crate) recipients: Vec<DraftParty>,
    /// "purposes/{code}".
    pub(crate) purpose: String,
    /// Its name, when there is such a purpose.
    pub(crate) purpose_display_name: Option<String>,
    /// Why it is lawful.
    pub(crate) legal_basis: Option<LegalBasis>,
    /// What is shared; `None` when it was left out.
    pub(crate) scope: Option<DraftScope>,
    /// How small groups are protected; `None` when it was left out.
    pub(crate) protection: Option<Protection>,
    /// Which kind of figures it is about.
    pub(crate) preset: DraftPreset,
    /// The ways to fetch it.
    pub(crate) deliveries: Vec<Option<Delivery>>,
    /// First day, "2026-11-01".
    pub(crate) valid_from: String,
    /// Last day, "2027-10-31".
    pub(crate) valid_until: String,
    /// How many months a recipient may keep the data.
    pub(crate) retention_months: i32,
    /// Whether a recipient may share it.
    pub(crate) onward_sharing: Option<OnwardSharing>,
    /// Whom to ask.
    pub(crate) contact: String,
    /// The agreement whose place it takes, "agreements/{uuid}"; empty for none.
    pub(crate) replaces: String,
}

/// A kind of figures as somebody names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DraftPreset {
    /// None is named.
    #[default]
    None,
    /// This one.
    Known(Preset),
    /// One that the platform does not know.
    Unknown,
}

/// A party as somebody names it.
#[derive(Clone, Debug, Default)]
pub(crate) struct DraftParty {
    /// Its OIN.
    pub(crate) oin: String,
    /// Its Dutch name, when there is such an organisation.
    pub(crate) display_name: Option<String>,
}

/// A scope as somebody proposes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct DraftScope {
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// "indicators/{code}".
    pub(crate) indicators: Vec<String>,
    /// The level of the areas, by name.
    pub(crate) area_level: String,
    /// "areas/{code}".
    pub(crate) areas: Vec<String>,
    /// The periods.
    pub(crate) periods: Vec<String>,
    /// The dimensions, by code.
    pub(crate) dimensions: Vec<String>,
}

impl Content {
    /// The content of an agreement that is drafted today.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub(crate) fn new(agreement: AgreementId, draft: Draft, today: Date) -> Result<Self, Vec<Problem>> {
        Ok(Self { terms: check::terms(agreement, draft, today)? })
    }

    /// The terms.
    #[must_use]
    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The first moment at which it holds.
    #[must_use]
    pub(crate) fn starts(&self) -> OffsetDateTime {
        calendar::start_of_day(self.terms.valid_from)
    }

    /// The first moment at which it no longer holds.
    #[must_use]
    pub(crate) fn ends(&self) -> OffsetDateTime {
        calendar::end_of_day(self.terms.valid_until)
    }

    /// The parties: the provider first.
    #[must_use]
    pub(crate) fn parties(&self) -> Vec<Oin> {
        let recipients = self.terms.recipients.iter().map(|party| party.oin.clone());
        std::iter::once(self.terms.provider.oin.clone()).chain(recipients).collect()
    }

    /// Whether it is between the same provider and the same recipients, in whatever order.
    #[must_use]
    pub(crate) fn same_parties(&self, other: &Self) -> bool {
        let recipients =
            |content: &Self| content.parties().into_iter().skip(1).collect::<std::collections::BTreeSet<_>>();
        self.terms.provider.oin == other.terms.provider.oin && recipients(self) == recipients(other)
    }

    /// Whether this organisation receives.
    #[must_use]
    pub(crate) fn has_recipient(&self, oin: &Oin) -> bool {
        self.terms.recipients.iter().any(|party| party.oin == *oin)
    }
}

/// Days as "2026-11-01".
mod day {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::Date;

    pub(super) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::calendar::parse_date(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
