//! From the answer of the indicators service to what the page shows. Pure.

#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proto::indicators::v1::{
    Dataset, Indicator, ObservationStatus, Polarity, StabilityElement, StabilityIndicator, StabilityTriangle,
};

use super::chart::{Chart, Said};
use crate::web::number::{self, Sign};

/// What may stand in a part of a path as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The triangle of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Triangle {
    /// Name of the area.
    pub(super) area: String,
    /// Name of the area compared with.
    pub(super) benchmark: String,
    /// The year asked for.
    pub(super) year: String,
    /// How many indicators are on which side.
    pub(super) tally: Tally,
    /// The elements, in the order of the programme.
    pub(super) elements: Vec<Element>,
    /// Whether a polarity is an assumption of the programme.
    pub(super) has_assumption: bool,
    /// Whether a bar is cut.
    pub(super) has_cut: bool,
    /// Where the figures are from; none when there are none.
    pub(super) source: Option<Source>,
    /// The same figures for machines.
    pub(super) json: String,
}

/// How many indicators are on which side of the benchmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// More favourable.
    pub(super) favourable: usize,
    /// Less favourable.
    pub(super) unfavourable: usize,
    /// As favourable.
    pub(super) equal: usize,
    /// Not compared.
    pub(super) missing: usize,
}

/// One element of the triangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its place, from 1; unique on the page.
    pub(super) number: usize,
    /// Dutch name.
    pub(super) name: String,
    /// How many indicators are on which side.
    pub(super) tally: Tally,
    /// The bars.
    pub(super) chart: Chart,
    /// The table.
    pub(super) rows: Vec<Row>,
}

/// One indicator in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Name of the indicator.
    pub(super) name: String,
    /// Which direction is favourable, in Dutch.
    pub(super) direction: &'static str,
    /// Whether that is an assumption of the programme.
    pub(super) assumed: bool,
    /// The period of the figures, when it is another than was asked for.
    pub(super) other_period: Option<String>,
    /// Unit.
    pub(super) unit: String,
    /// Value of the area.
    pub(super) value: Cell,
    /// Value of the benchmark.
    pub(super) benchmark: Cell,
    /// Value minus benchmark.
    pub(super) difference: Cell,
    /// Relative difference, positive is favourable.
    pub(super) relative: Cell,
    /// What that means; none when there is nothing to compare.
    pub(super) verdict: Option<Verdict>,
}

/// One figure in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The figure in Dutch, or why there is none.
    pub(super) text: String,
    /// Whether there is none.
    pub(super) missing: bool,
    /// What kind of figure it is, unless final.
    pub(super) note: Option<&'static str>,
}

/// How an area does compared with the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Better.
    Favourable,
    /// Worse.
    Unfavourable,
    /// The same.
    Equal,
}

impl Verdict {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Favourable => "gunstiger",
            Self::Unfavourable => "ongunstiger",
            Self::Equal => "gelijk",
        }
    }

    /// The class that colours it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Favourable => "favourable",
            Self::Unfavourable => "unfavourable",
            Self::Equal => "equal",
        }
    }
}

/// Where the figures are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Title of the dataset.
    pub(super) title: String,
    /// What it is.
    pub(super) description: String,
    /// Which release of it.
    pub(super) release: String,
    /// Whether the figures are made up.
    pub(super) fictitious: bool,
}

impl Tally {
    fn of(rows: &[Row]) -> Self {
        let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
        Self {
            favourable: count(Some(Verdict::Favourable)),
            unfavourable: count(Some(Verdict::Unfavourable)),
            equal: count(Some(Verdict::Equal)),
            missing: count(None),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            favourable: self.favourable + other.favourable,
            unfavourable: self.unfavourable + other.unfavourable,
            equal: self.equal + other.equal,
            missing: self.missing + other.missing,
        }
    }

    /// How many indicators were compared.
    pub(super) fn compared(self) -> usize {
        self.favourable + self.unfavourable + self.equal
    }

    /// The same without what was not compared.
    pub(super) fn without_missing(self) -> Self {
        Self { missing: 0, ..self }
    }

    /// For example "1 gunstiger, 7 ongunstiger"; what is not there is left out.
    pub(super) fn words(self) -> String {
        let words: Vec<String> = [
            (self.favourable, "gunstiger"),
            (self.unfavourable, "ongunstiger"),
            (self.equal, "gelijk"),
            (self.missing, "zonder vergelijking"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        words.join(", ")
    }
}

impl Triangle {
    /// The view of `answer`, whose figures are from `dataset`.
    pub(super) fn of(answer: StabilityTriangle, dataset: Option<Dataset>) -> Self {
        let area = answer.area.unwrap_or_default();
        let benchmark = answer.benchmark.unwrap_or_default();
        let elements: Vec<Element> = answer
            .elements
            .into_iter()
            .zip(1..)
            .map(|(element, number)| Element::of(element, number, &answer.period))
            .collect();
        Self {
            tally: elements.iter().fold(Tally::default(), |sum, element| sum.plus(element.tally)),
            has_assumption: elements.iter().flat_map(|element| &element.rows).any(|row| row.assumed),
            has_cut: elements
                .iter()
                .flat_map(|element| &element.chart.rows)
                .any(|row| row.bar.as_ref().is_some_and(|bar| bar.cut)),
            source: dataset.map(|dataset| Source {
                title: dataset.display_name,
                description: dataset.description,
                release: answer.release.rsplit('/').next().unwrap_or_default().to_owned(),
                fictitious: dataset.fictitious,
            }),
            json: format!(
                "/v1/areas/{}/stability-triangle?benchmark=areas/{}&period={}",
                utf8_percent_encode(&area.code, UNRESERVED),
                utf8_percent_encode(&benchmark.code, UNRESERVED),
                utf8_percent_encode(&answer.period, UNRESERVED),
            ),
            area: area.display_name,
            benchmark: benchmark.display_name,
            year: answer.period,
            elements,
        }
    }
}

impl Element {
    fn of(element: StabilityElement, number: usize, year: &str) -> Self {
        let relatives: Vec<String> =
            element.indicators.iter().map(|indicator| indicator.relative_difference.clone()).collect();
        let rows: Vec<Row> =
            element.indicators.into_iter().map(|indicator| Row::of(indicator, year)).collect();
        let said: Vec<Said<'_>> = rows
            .iter()
            .zip(&relatives)
            .map(|(row, relative)| Said {
                name: &row.name,
                relative,
                shown: &row.relative.text,
                verdict: row.verdict,
            })
            .collect();
        Self {
            number,
            name: element.theme.unwrap_or_default().display_name,
            tally: Tally::of(&rows),
            chart: Chart::of(&said),
            rows,
        }
    }
}

impl Row {
    /// The plain figures, in the order of the columns.
    pub(super) fn figures(&self) -> [&Cell; 3] {
        [&self.value, &self.benchmark, &self.difference]
    }

    fn of(answer: StabilityIndicator, year: &str) -> Self {
        let (status, benchmark_status) = (answer.status(), answer.benchmark_status());
        let indicator = answer.indicator.unwrap_or_default();
        let missing =
            reason(&answer.value, status).or_else(|| reason(&answer.benchmark_value, benchmark_status));
        let relative = match missing {
            Some(reason) => Cell::missing(reason),
            None if answer.relative_difference.is_empty() => Cell::missing(uncompared(&indicator)),
            None => Cell::of(format!("{}%", number::dutch_signed(&answer.relative_difference))),
        };
        let difference = match missing {
            Some(reason) => Cell::missing(reason),
            None => Cell::of(number::dutch_signed(&answer.difference)),
        };
        let verdict = if relative.missing { None } else { verdict(&answer.relative_difference) };
        Self {
            direction: direction(indicator.polarity()),
            assumed: indicator.polarity_source == "aanname",
            name: indicator.display_name,
            unit: indicator.unit,
            other_period: (!answer.period.is_empty() && answer.period != year).then_some(answer.period),
            value: Cell::observed(&answer.value, status),
            benchmark: Cell::observed(&answer.benchmark_value, benchmark_status),
            difference,
            relative,
            verdict,
        }
    }
}

impl Cell {
    fn of(text: String) -> Self {
        Self { text, missing: false, note: None }
    }

    fn missing(reason: &str) -> Self {
        Self { text: reason.to_owned(), missing: true, note: None }
    }

    fn observed(value: &str, status: ObservationStatus) -> Self {
        match reason(value, status) {
            Some(reason) => Self::missing(reason),
            None => Self { text: number::dutch(value), missing: false, note: note(status) },
        }
    }
}

/// Why there is no value; none when there is one.
fn reason(value: &str, status: ObservationStatus) -> Option<&'static str> {
    match status {
        ObservationStatus::NotApplicable => Some("n.v.t."),
        ObservationStatus::Withheld => Some("afgeschermd"),
        ObservationStatus::Unspecified
        | ObservationStatus::Final
        | ObservationStatus::Provisional
        | ObservationStatus::Estimated => value.is_empty().then_some("niet gemeten"),
    }
}

fn note(status: ObservationStatus) -> Option<&'static str> {
    match status {
        ObservationStatus::Provisional => Some("voorlopig"),
        ObservationStatus::Estimated => Some("geschat"),
        ObservationStatus::Unspecified
        | ObservationStatus::Final
        | ObservationStatus::NotApplicable
        | ObservationStatus::Withheld => None,
    }
}

/// Why two values have no relative difference.
fn uncompared(indicator: &Indicator) -> &'static str {
    match indicator.polarity() {
        Polarity::Neutral => "geen oordeel",
        Polarity::Unspecified | Polarity::Higher | Polarity::Lower => "niet te berekenen",
    }
}

fn direction(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Higher => "hoger is gunstiger",
        Polarity::Lower => "lager is gunstiger",
        Polarity::Unspecified | Polarity::Neutral => "hoger of lager is niet gunstiger",
    }
}

fn verdict(relative: &str) -> Option<Verdict> {
    number::sign(relative).map(|sign| match sign {
        Sign::Negative => Verdict::Unfavourable,
        Sign::Zero => Verdict::Equal,
        Sign::Positive => Verdict::Favourable,
    })
}
