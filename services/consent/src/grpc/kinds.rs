//! Kinds of figures between the contract and the domain.

use proto::consent::v1 as wire;

use crate::domain::content::DraftPreset;
use crate::domain::preset::Preset;

/// The kind of figures that is asked for.
pub(super) fn of(number: i32) -> DraftPreset {
    match wire::Preset::try_from(number) {
        Ok(wire::Preset::Unspecified) => DraftPreset::None,
        Ok(wire::Preset::PersonsSensitive) => DraftPreset::Known(Preset::PersonsSensitive),
        Ok(wire::Preset::PersonsGeneral) => DraftPreset::Known(Preset::PersonsGeneral),
        Ok(wire::Preset::Households) => DraftPreset::Known(Preset::Households),
        Ok(wire::Preset::Dwellings) => DraftPreset::Known(Preset::Dwellings),
        Ok(wire::Preset::Businesses) => DraftPreset::Known(Preset::Businesses),
        Ok(wire::Preset::SurveyPercentages) => DraftPreset::Known(Preset::SurveyPercentages),
        Ok(wire::Preset::Income) => DraftPreset::Known(Preset::Income),
        Ok(wire::Preset::Magnitude) => DraftPreset::Known(Preset::Magnitude),
        Err(_) => DraftPreset::Unknown,
    }
}

/// The kind of figures, as the contract has it.
pub(super) fn wire(preset: Preset) -> wire::Preset {
    match preset {
        Preset::PersonsSensitive => wire::Preset::PersonsSensitive,
        Preset::PersonsGeneral => wire::Preset::PersonsGeneral,
        Preset::Households => wire::Preset::Households,
        Preset::Dwellings => wire::Preset::Dwellings,
        Preset::Businesses => wire::Preset::Businesses,
        Preset::SurveyPercentages => wire::Preset::SurveyPercentages,
        Preset::Income => wire::Preset::Income,
        Preset::Magnitude => wire::Preset::Magnitude,
    }
}
