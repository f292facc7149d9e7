//! From a template and answers to the terms of a draft.

use time::{Date, Duration};

use super::{Serves, Template};
use crate::domain::calendar::parse_date;
use crate::domain::content::{Draft, DraftParty, DraftPreset, DraftScope, Protection};
use crate::domain::preset::{self, WHEN_NOT_CHOSEN};
use crate::domain::problem::Problem;
use crate::domain::purpose::Purpose;

/// The answers to the questions of a template; empty is no answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// OINs.
    pub(crate) recipients: Vec<String>,
    /// "inspanningen/{code}" or "goals/{code}".
    pub(crate) serves: String,
    /// "purposes/{code}".
    pub(crate) purpose: String,
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// "indicators/{code}".
    pub(crate) indicators: Vec<String>,
    /// Periods.
    pub(crate) periods: Vec<String>,
    /// Whom to ask.
    pub(crate) contact: String,
    /// "areas/{code}".
    pub(crate) areas: Vec<String>,
    /// Breakdowns, by code.
    pub(crate) dimensions: Vec<String>,
    /// First day, "2026-11-24".
    pub(crate) valid_from: String,
    /// Last day.
    pub(crate) valid_until: String,
    /// The kind of figures, which gives the protection.
    pub(crate) preset: DraftPreset,
    /// 0 for that of the kind of figures.
    pub(crate) minimum_count: i32,
}

/// The terms that follow from a template and the answers, and what is wrong with the answers as far
/// as it is not wrong with the terms. `purposes` is the whole list; `today` is the Dutch day.
#[must_use]
pub(crate) fn fill(
    template: &Template,
    answers: Answers,
    purposes: &[Purpose],
    today: Date,
) -> (Draft, Vec<Problem>) {
    let mut problems = Vec::new();
    let purpose = purpose(template, &answers, purposes).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let chosen = match answers.preset {
        DraftPreset::Known(preset) => preset,
        DraftPreset::None | DraftPreset::Unknown => WHEN_NOT_CHOSEN,
    };
    // That a kind is unknown is found with the other terms.
    let preset = match answers.preset {
        DraftPreset::Unknown => DraftPreset::Unknown,
        DraftPreset::None | DraftPreset::Known(_) => DraftPreset::Known(chosen),
    };
    let least = preset::least(chosen);
    let minimum_count = if answers.minimum_count == 0 { least.minimum_count } else { answers.minimum_count };
    let tomorrow = today.next_day().unwrap_or(today);
    let valid_from = if answers.valid_from.is_empty() { tomorrow.to_string() } else { answers.valid_from };
    let valid_until = if answers.valid_until.is_empty() {
        last_day_of_a_year(parse_date(&valid_from).unwrap_or(tomorrow)).to_string()
    } else {
        answers.valid_until
    };
    let party = |oin| DraftParty { oin, display_name: None };
    let draft = Draft {
        provider: DraftParty::default(),
        recipients: answers.recipients.into_iter().map(party).collect(),
        purpose,
        purpose_display_name: None,
        legal_basis: Some(template.legal_basis),
        scope: Some(DraftScope {
            dataset: answers.dataset,
            indicators: answers.indicators,
            area_level: template.area_level.name().to_owned(),
            areas: answers.areas,
            periods: answers.periods,
            dimensions: answers.dimensions,
        }),
        protection: Some(Protection { minimum_count, ..least }),
        preset,
        deliveries: template.deliveries.iter().copied().map(Some).collect(),
        valid_from,
        valid_until,
        retention_months: template.retention_months,
        onward_sharing: Some(template.onward_sharing),
        contact: answers.contact,
        replaces: String::new(),
    };
    (draft, problems)
}

/// The field of the answers that a field of the terms comes from: "recipients[1]" for
/// "content.recipients[1].oin".
#[must_use]
pub(crate) fn field_of(term: &str) -> String {
    let field = term.strip_prefix("content.").unwrap_or(term);
    let field = field.strip_prefix("scope.").or_else(|| field.strip_prefix("protection.")).unwrap_or(field);
    field.strip_suffix(".oin").unwrap_or(field).to_owned()
}

/// The purpose that is named, or the only one that serves what is named.
fn purpose(template: &Template, answers: &Answers, purposes: &[Purpose]) -> Result<String, Problem> {
    let Answers { purpose, serves, .. } = answers;
    if purpose.is_empty() {
        return the_only_one(template, serves, purposes);
    }
    // What is no purpose at all is found with the other terms.
    let Some(named) = purposes.iter().find(|known| known.name() == *purpose) else {
        return Ok(purpose.clone());
    };
    if !template.serves.admits(&named.serves) {
        let (en, nl) = template.serves.in_words();
        return Err(Problem::new(
            "purpose",
            format!("serves {}; this template is for {en}", named.serves),
            format!("hoort bij {}; dit sjabloon is voor {nl}", named.serves),
        ));
    }
    if !serves.is_empty() && named.serves != *serves {
        return Err(Problem::new(
            "serves",
            format!("is {serves}, but {purpose} serves {}", named.serves),
            format!("is {serves}, maar {purpose} hoort bij {}", named.serves),
        ));
    }
    Ok(purpose.clone())
}

fn the_only_one(template: &Template, serves: &str, purposes: &[Purpose]) -> Result<String, Problem> {
    let (en, nl) = template.serves.in_words();
    if serves.is_empty() {
        return Err(Problem::new(
            "serves",
            format!("is required when no purpose is named; expected {en}"),
            format!("is verplicht als er geen doel (purpose) is genoemd; verwacht wordt {nl}"),
        ));
    }
    let serving: Vec<&Purpose> = purposes
        .iter()
        .filter(|purpose| purpose.serves == serves && template.serves.admits(&purpose.serves))
        .collect();
    let names = |purposes: &[&Purpose]| purposes.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
    match serving.as_slice() {
        [only] => Ok(only.name()),
        [] => {
            let mut known: Vec<&str> = purposes
                .iter()
                .map(|purpose| purpose.serves.as_str())
                .filter(|serves| template.serves.admits(serves))
                .collect();
            known.sort_unstable();
            known.dedup();
            let known = known.join(", ");
            Err(Problem::new(
                "serves",
                format!("is {en} that no purpose serves; expected one of {known}"),
                format!("is niet {nl} waar een doel uit de lijst bij hoort; verwacht wordt een van {known}"),
            ))
        }
        several => {
            let names = names(several);
            Err(Problem::new(
                "purpose",
                format!("is required, as several serve {serves}: {names}"),
                format!("is verplicht, want bij {serves} horen er meer: {names}"),
            ))
        }
    }
}

impl Serves {
    fn admits(self, serves: &str) -> bool {
        let (inspanning, goal) = (serves.starts_with("inspanningen/"), serves.starts_with("goals/"));
        match self {
            Self::Inspanning => inspanning,
            Self::Goal => goal,
            Self::Either => inspanning || goal,
        }
    }

    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Inspanning => {
                ("an inspanning, inspanningen/{code}", "een inspanning (inspanningen/{code})")
            }
            Self::Goal => ("a goal, goals/{code}", "een doel (goals/{code})"),
            Self::Either => (
                "an inspanning or a goal, inspanningen/{code} or goals/{code}",
                "een inspanning of een doel (inspanningen/{code} of goals/{code})",
            ),
        }
    }
}

/// The last day of the year that begins on this day.
fn last_day_of_a_year(first: Date) -> Date {
    match first.replace_year(first.year().saturating_add(1)) {
        Ok(next) => next.previous_day().unwrap_or(next),
        // 29 February: the year ends on the 28th.
        Err(_) => first.saturating_add(Duration::days(365)),
    }
}
