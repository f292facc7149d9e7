//! What this service needs to know of the figures that agreements are about. Never a value.

use std::collections::HashMap;
use std::fmt;

use futures_util::future::BoxFuture;
use platform::identity::Oin;

use super::unanswered::Unanswered;
use crate::domain::content::Protection;
use crate::domain::protection::ProtectionTerm;

/// What there is to know of a dataset and of the areas and indicators that were asked for with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// None when there is no such dataset.
    pub dataset: Option<DatasetFacts>,
    /// The level, for example "NEIGHBOURHOOD", of each of those areas that exists, by "areas/{code}".
    pub levels: HashMap<String, String>,
    /// Those of the indicators that do not exist, "indicators/{code}".
    pub unknown_indicators: Vec<String>,
}

/// A dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFacts {
    /// The organisation that owns it.
    pub owner: Oin,
    /// Everybody may read it, without an agreement.
    pub public: bool,
    /// The figures are made up.
    pub fictitious: bool,
    /// What it has values for, "indicators/{code}".
    pub indicators: Vec<String>,
    /// Those of them that are percentages or other rates, no counts.
    pub rates: Vec<String>,
    /// Its breakdowns, by code.
    pub dimensions: Vec<String>,
    /// The terms of protection that the service with the figures can enforce.
    pub enforceable: Vec<ProtectionTerm>,
}

/// What would be shared, and how small groups would be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewQuery {
    /// "datasets/{code}".
    pub dataset: String,
    /// "indicators/{code}".
    pub indicators: Vec<String>,
    /// The level of the areas, for example "NEIGHBOURHOOD".
    pub area_level: String,
    /// "areas/{code}"; empty for all areas of that level.
    pub areas: Vec<String>,
    /// The periods.
    pub periods: Vec<String>,
    /// The breakdowns that are shared in full, by code.
    pub dimensions: Vec<String>,
    /// How small groups would be protected.
    pub protection: Protection,
}

/// Small groups in a release cannot be protected as asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacle {
    /// The release, "datasets/{code}/releases/{number}".
    pub release: String,
    /// The cells that cannot be protected, not all of them when there are many. For the owner of the
    /// dataset only.
    pub cells: Vec<String>,
    /// How many there are.
    pub cell_count: i64,
    /// What is wrong and what would help, in Dutch.
    pub message_nl: String,
    /// What is wrong and what would help, in English.
    pub message_en: String,
}

/// What a delivery of the newest release would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Previewed {
    /// That release, "datasets/{code}/releases/{number}"; empty when there is none.
    pub release: String,
    /// The figures are made up.
    pub fictitious: bool,
    /// Observations, the withheld ones included.
    pub cells: i64,
    /// How many of them are withheld.
    pub withheld: i64,
    /// Combinations without any cell; not all of them when there are many.
    pub gaps: Vec<Gap>,
    /// How many such combinations there are.
    pub gap_count: i64,
    /// Why small groups cannot be protected so; none when they can.
    pub obstacle: Option<Obstacle>,
}

/// A combination without any cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// "indicators/{code}".
    pub indicator: String,
    /// The period.
    pub period: String,
    /// "areas/{code}"; empty when no area has data for this indicator and period.
    pub area: String,
}

/// Tells about the figures.
pub trait Figures: fmt::Debug + Send + Sync {
    /// The dataset "datasets/{code}", the level of these areas, at most 1000, and which of these indicators,
    /// at most 1000, do not exist.
    fn describe<'a>(
        &'a self,
        dataset: &'a str,
        areas: &'a [String],
        indicators: &'a [String],
    ) -> BoxFuture<'a, Result<Described, Unanswered>>;

    /// What a delivery would come to, computed with the mask that a delivery would have.
    fn preview(&self, query: PreviewQuery) -> BoxFuture<'_, Result<Previewed, Unanswered>>;

    /// Makes sure that every release of the dataset "datasets/{code}" can be delivered with this
    /// protection; tells what is in the way when it cannot.
    fn protect<'a>(
        &'a self,
        dataset: &'a str,
        protection: Protection,
    ) -> BoxFuture<'a, Result<Option<Obstacle>, Unanswered>>;
}
