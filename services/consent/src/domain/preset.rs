//! Kinds of figures, and the least protection of each: an agreement may be stricter than its preset in
//! any term, and looser in none.
//!
//! Source: reference "disclosure control" 2, of which `sdc` has the presets.

pub(crate) use sdc::rules::Preset;
use sdc::rules::{Dominance, RuleSet, Share};

use super::content::Protection;
use super::problem::Problem;

/// No agreement has a lower minimum count.
pub(crate) const LEAST_COUNT: i32 = 5;

/// The kind of figures that is taken where none is chosen: the strictest about persons.
pub(crate) const WHEN_NOT_CHOSEN: Preset = Preset::PersonsSensitive;

/// The least protection of a kind of figures.
///
/// For every agreement the platform protects who are not counted in a percentage as it does who are, and
/// keeps who is alone in a cell from learning another one, so there are no terms for these. The
/// respondents of a survey are the denominator of its percentages. That there are no counts is a rule for
/// the scope, see [`percentages_only`].
#[must_use]
pub(crate) fn least(preset: Preset) -> Protection {
    let RuleSet {
        minimum_frequency,
        protect_zeros,
        protect_complement: _,
        group_share,
        minimum_denominator,
        minimum_respondents,
        percentages_only: _,
        p_percent,
        dominance,
        interval_width,
        rounding_base,
        insiders: _,
    } = preset.rules();
    let number = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    let percent = |share: Option<Share>| share.map_or(0, |share| number(share.as_percent().into()));
    let rule: Option<&Dominance> = dominance.first();
    Protection {
        minimum_count: number(minimum_frequency).max(LEAST_COUNT),
        protect_zeros,
        interval_width: number(interval_width),
        p_percent: percent(p_percent),
        dominance_n: rule.map_or(0, |rule| i32::try_from(rule.n).unwrap_or(i32::MAX)),
        dominance_k: percent(rule.map(|rule| rule.k)),
        rounding_base: number(rounding_base),
        minimum_denominator: number(minimum_denominator.max(minimum_respondents)),
        group_percent: percent(group_share),
    }
}

/// Whether an agreement about this kind of figures may have percentages only, no counts: where the reference
/// has no rule for counts.
#[must_use]
pub(crate) fn percentages_only(preset: Preset) -> bool {
    preset.rules().percentages_only
}

/// Every term of this protection that is looser than that of the kind of figures.
#[must_use]
pub(crate) fn looser(preset: Preset, agreed: Protection) -> Vec<Problem> {
    let least = least(preset);
    let mut problems = Vec::new();
    let mut add = |field: &str, given: String, bound: (String, String)| {
        let (en, nl) = bound;
        problems.push(Problem::new(
            format!("content.protection.{field}"),
            format!("is {given}; {} has {en}", preset.name()),
            format!("is {given}; bij {} hoort {nl}", preset.name()),
        ));
    };
    let at_least = |least: i32| (format!("at least {least}"), format!("minstens {least}"));
    let at_most = |most: i32| (format!("at most {most}, and not 0"), format!("hoogstens {most}, en niet 0"));
    for (field, given, least) in [
        ("minimum_count", agreed.minimum_count, least.minimum_count),
        ("interval_width", agreed.interval_width, least.interval_width),
        ("p_percent", agreed.p_percent, least.p_percent),
        ("dominance_n", agreed.dominance_n, least.dominance_n),
        ("rounding_base", agreed.rounding_base, least.rounding_base),
        ("minimum_denominator", agreed.minimum_denominator, least.minimum_denominator),
    ] {
        if given < least {
            add(field, given.to_string(), at_least(least));
        }
    }
    // Of these a lower one is stricter, and 0 is none.
    for (field, given, most) in [
        ("dominance_k", agreed.dominance_k, least.dominance_k),
        ("group_percent", agreed.group_percent, least.group_percent),
    ] {
        if most != 0 && (given == 0 || given > most) {
            add(field, given.to_string(), at_most(most));
        }
    }
    if least.protect_zeros && !agreed.protect_zeros {
        add("protect_zeros", "false".to_owned(), ("true".to_owned(), "true".to_owned()));
    }
    problems
}

/// What a kind of figures is called, in Dutch, to go on after "cijfers over".
#[must_use]
pub(crate) fn in_dutch(preset: Preset) -> &'static str {
    match preset {
        Preset::PersonsSensitive => {
            "personen, met een gevoelig onderwerp: zorg, gezondheid, schulden, uitkeringen of herkomst"
        }
        Preset::PersonsGeneral => "personen, zonder gevoelig onderwerp",
        Preset::Households => "huishoudens, zonder gevoelig onderwerp",
        Preset::Dwellings => "woningen, in percentages",
        Preset::Businesses => "bedrijven, in percentages",
        Preset::SurveyPercentages => "antwoorden in een enquête, alleen in percentages",
        Preset::Income => "inkomen",
        Preset::Magnitude => "bedragen of verbruik, zoals huur, kosten of energie",
    }
}

/// A preset in the content of an agreement: its name.
pub(super) mod name {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Preset;

    #[expect(clippy::ref_option, reason = "serde hands the value over so")]
    pub(crate) fn serialize<S: Serializer>(preset: &Option<Preset>, to: S) -> Result<S::Ok, S::Error> {
        preset.map(Preset::name).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Preset>, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map(Some).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
