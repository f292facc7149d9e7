//! Whether terms are about figures that there are, and that the provider may share.

use super::Error;
use super::figures::{DatasetFacts, Figures};
use crate::domain::content::{AreaLevel, Scope, Terms};
use crate::domain::predecessors::Kinds;
use crate::domain::preset::{self, Preset};
use crate::domain::problem::Problem;
use crate::domain::text;

/// Refuses terms about a dataset that is not the provider's own, or that name what it does not have. `before` is
/// what the agreements are about whose place this one takes.
///
/// # Errors
/// Every field that is wrong; or that the figures cannot be asked.
pub(super) async fn check(figures: &dyn Figures, terms: &Terms, before: &Kinds) -> Result<(), Error> {
    let scope = &terms.scope;
    let described = figures.describe(&scope.dataset, &scope.areas, &[]).await?;
    let mut problems = Vec::new();
    match described.dataset {
        None => problems.push(Problem::new("content.scope.dataset", "does not exist", "bestaat niet")),
        Some(dataset) if dataset.owner != terms.provider.oin => problems.push(Problem::new(
            "content.scope.dataset",
            "belongs to another organisation; expected a dataset of the provider",
            "is van een andere organisatie; verwacht wordt een dataset van de aanbieder",
        )),
        Some(dataset) => {
            parts(&dataset, scope, &mut problems);
            let own = terms.preset.filter(|preset| preset::percentages_only(*preset));
            if let Some(preset) = own.or_else(|| before.percentages_only()) {
                no_counts(&dataset, scope, preset, &mut problems);
            }
        }
    }
    for (place, area) in scope.areas.iter().enumerate() {
        let (field, agreed) = (format!("content.scope.areas[{place}]"), scope.area_level.name());
        match described.levels.get(area) {
            None => problems.push(Problem::new(field, "does not exist", "bestaat niet")),
            Some(level) if level != agreed => problems.push(Problem::new(
                field,
                format!("is of level {level}; expected {agreed}"),
                format!(
                    "is een gebied van de soort {}; verwacht wordt {}",
                    AreaLevel::named(level).map_or(level.as_str(), |level| text::area_level(level)),
                    text::area_level(scope.area_level)
                ),
            )),
            Some(_) => {}
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// What the scope names that the dataset does not have.
fn parts(dataset: &DatasetFacts, scope: &Scope, problems: &mut Vec<Problem>) {
    for (field, named, known, (en, nl)) in [
        ("indicators", &scope.indicators, &dataset.indicators, ("an indicator", "indicator")),
        ("dimensions", &scope.dimensions, &dataset.dimensions, ("a breakdown", "uitsplitsing")),
    ] {
        for (place, item) in named.iter().enumerate() {
            if !known.contains(item) {
                let (field, dataset) = (format!("content.scope.{field}[{place}]"), &scope.dataset);
                let (en, nl) = (format!("is not {en} of {dataset}"), format!("is geen {nl} van {dataset}"));
                problems.push(Problem::new(field, en, nl));
            }
        }
    }
}

/// The counts that the scope names. What is not an indicator of the dataset is named already.
fn no_counts(dataset: &DatasetFacts, scope: &Scope, preset: Preset, problems: &mut Vec<Problem>) {
    for (place, indicator) in scope.indicators.iter().enumerate() {
        if dataset.indicators.contains(indicator) && !dataset.rates.contains(indicator) {
            let (field, preset) = (format!("content.scope.indicators[{place}]"), preset.name());
            problems.push(Problem::new(
                field,
                format!("is a count; {preset} is of percentages only"),
                format!("is een aantal; bij {preset} horen alleen percentages"),
            ));
        }
    }
}
