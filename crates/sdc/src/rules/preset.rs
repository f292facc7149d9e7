//! The default rules per kind of figure.

use std::fmt;
use std::str::FromStr;

use super::{Dominance, RuleSet, Share};

/// Default rules by name. An agreement may adjust them upward only, see [`RuleSet::raised`].
///
/// Source: reference "disclosure control" 2, from the practice of CBS (Kerncijfers wijken en
/// buurten), GGD and CBS microdata export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Persons and care, health, debt, benefits, origin.
    PersonsSensitive,
    /// Persons, nothing sensitive.
    PersonsGeneral,
    /// Households.
    Households,
    /// Percentages of dwellings. There is no rule for counts of them, so none is published.
    Dwellings,
    /// Percentages of businesses, likewise.
    Businesses,
    /// Percentages from a survey.
    SurveyPercentages,
    /// Income.
    Income,
    /// Amounts: rent, cost, energy.
    Magnitude,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 8] = [
        Self::PersonsSensitive,
        Self::PersonsGeneral,
        Self::Households,
        Self::Dwellings,
        Self::Businesses,
        Self::SurveyPercentages,
        Self::Income,
        Self::Magnitude,
    ];

    /// The name, as in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PersonsSensitive => "persons_sensitive",
            Self::PersonsGeneral => "persons_general",
            Self::Households => "households",
            Self::Dwellings => "dwellings",
            Self::Businesses => "businesses",
            Self::SurveyPercentages => "survey_percentages",
            Self::Income => "income",
            Self::Magnitude => "magnitude",
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(self) -> RuleSet {
        let base = RuleSet { protect_complement: true, ..RuleSet::default() };
        match self {
            Self::PersonsSensitive => RuleSet {
                minimum_frequency: 10,
                protect_zeros: true,
                group_share: Some(Share::percent(90)),
                interval_width: 10,
                rounding_base: 5,
                insiders: true,
                ..base
            },
            Self::PersonsGeneral | Self::Households => {
                RuleSet { minimum_frequency: 5, interval_width: 5, rounding_base: 5, insiders: true, ..base }
            }
            Self::Dwellings | Self::Businesses => {
                RuleSet { minimum_denominator: 20, percentages_only: true, ..base }
            }
            Self::SurveyPercentages => {
                RuleSet { minimum_denominator: 50, minimum_respondents: 50, percentages_only: true, ..base }
            }
            Self::Income => RuleSet { minimum_frequency: 100, insiders: true, ..base },
            Self::Magnitude => RuleSet {
                minimum_frequency: 10,
                p_percent: Some(Share::percent(10)),
                dominance: vec![Dominance { n: 1, k: Share::percent(50) }],
                insiders: true,
                ..base
            },
        }
    }
}

/// There is no preset with this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPreset {
    /// The name that was asked for.
    pub name: String,
}

impl fmt::Display for NoPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Preset::ALL.map(Preset::name).join(", ");
        write!(f, "there is no policy \"{}\"; use one of {known}", self.name)
    }
}

impl std::error::Error for NoPreset {}

impl FromStr for Preset {
    type Err = NoPreset;

    fn from_str(name: &str) -> Result<Self, NoPreset> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == name);
        found.ok_or_else(|| NoPreset { name: name.to_owned() })
    }
}
