//! The terms of protection: which an agreement asks for, and which the service with the data can
//! enforce.

use serde::{Deserialize, Serialize};

use super::content::Protection;

/// A term of protection that an agreement can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProtectionTerm {
    /// Counts under a minimum are withheld.
    MinimumCount,
    /// Zeros are withheld.
    Zeros,
    /// What is withheld cannot be narrowed down to an interval of a width.
    IntervalWidth,
    /// What is withheld cannot be estimated within a percentage.
    PPercent,
    /// A total in which a few contributors dominate is withheld.
    Dominance,
    /// Counts are rounded, and percentages are computed from rounded counts.
    Rounding,
    /// Percentages over fewer units than a minimum are withheld.
    MinimumDenominator,
    /// Categories that are nearly all of their group are withheld.
    Group,
}

impl ProtectionTerm {
    /// All terms.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::MinimumCount,
        Self::Zeros,
        Self::IntervalWidth,
        Self::PPercent,
        Self::Dominance,
        Self::Rounding,
        Self::MinimumDenominator,
        Self::Group,
    ];

    /// Its name in the contract, for example "MINIMUM_COUNT".
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MinimumCount => "MINIMUM_COUNT",
            Self::Zeros => "ZEROS",
            Self::IntervalWidth => "INTERVAL_WIDTH",
            Self::PPercent => "P_PERCENT",
            Self::Dominance => "DOMINANCE",
            Self::Rounding => "ROUNDING",
            Self::MinimumDenominator => "MINIMUM_DENOMINATOR",
            Self::Group => "GROUP",
        }
    }

    /// The term in Dutch.
    #[must_use]
    pub(crate) fn in_dutch(self) -> &'static str {
        match self {
            Self::MinimumCount => "een aantal onder het minimum niet tonen",
            Self::Zeros => "een nul niet tonen",
            Self::IntervalWidth => "een marge overlaten voor wie een verborgen aantal uitrekent",
            Self::PPercent => "een cijfer niet tonen waaruit iemand de bijdrage van een ander kan schatten",
            Self::Dominance => "een cijfer niet tonen als de grootste bijdragen daar te veel van zijn",
            Self::Rounding => "elk aantal afronden",
            Self::MinimumDenominator => "een percentage over weinig mensen of huishoudens niet tonen",
            Self::Group => "een aantal niet tonen dat bijna de hele groep is",
        }
    }
}

/// The terms that an agreement with this protection asks for.
#[must_use]
pub(crate) fn terms_of(protection: &Protection) -> Vec<ProtectionTerm> {
    let asked = [
        (ProtectionTerm::MinimumCount, protection.minimum_count > 0),
        (ProtectionTerm::Zeros, protection.protect_zeros),
        (ProtectionTerm::IntervalWidth, protection.interval_width > 0),
        (ProtectionTerm::PPercent, protection.p_percent > 0),
        (ProtectionTerm::Dominance, protection.dominance_n > 0),
        (ProtectionTerm::Rounding, protection.rounding_base > 0),
        (ProtectionTerm::MinimumDenominator, protection.minimum_denominator > 0),
        (ProtectionTerm::Group, protection.group_percent > 0),
    ];
    asked.into_iter().filter(|(_, asked)| *asked).map(|(term, _)| term).collect()
}
