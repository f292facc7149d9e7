//! Observations: the cells of a release, and what a reader gets of them.

use crate::domain::decimal::Decimal;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;
use crate::domain::table::{CellRef, Table};

/// What kind of value a cell has, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Status {
    /// Definitief.
    Final,
    /// Voorlopig.
    Provisional,
    /// Geschat.
    Estimated,
    /// Niet van toepassing: no value.
    NotApplicable,
}

impl Status {
    /// Every status.
    pub(crate) const ALL: [Self; 4] = [Self::Final, Self::Provisional, Self::Estimated, Self::NotApplicable];

    /// The status as a delivery names it.
    #[must_use]
    pub(crate) fn dutch(self) -> &'static str {
        match self {
            Self::Final => "definitief",
            Self::Provisional => "voorlopig",
            Self::Estimated => "geschat",
            Self::NotApplicable => "niet_van_toepassing",
        }
    }

    /// The status that a delivery names so.
    #[must_use]
    pub(crate) fn of_dutch(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.dutch() == name)
    }
}

/// What a reader gets of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    /// Code of the indicator.
    pub indicator: String,
    /// Code of the area.
    pub area: String,
    /// The period.
    pub period: Period,
    /// Dimension and category.
    pub categories: Vec<(String, String)>,
    /// Which of several sources it is from; empty when there is one.
    pub source: String,
    /// What the cell says; none when it is withheld.
    pub shown: Option<Shown>,
}

/// What a cell says to who may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The value; none when it is not applicable.
    pub value: Option<Decimal>,
    /// What the value is the rate of; none when that was not delivered or is not shown.
    pub ratio: Option<Ratio>,
    /// What kind of value it is.
    pub status: Status,
    /// What a reader has to know, in Dutch.
    pub note: String,
}

impl Observation {
    /// The cell of a table at `index`, with what `shown` tells of it; none when there is no such cell.
    pub(crate) fn of(
        table: &Table,
        index: usize,
        shown: impl FnOnce(&CellRef<'_>) -> Option<Shown>,
    ) -> Option<Self> {
        let cell = table.cell(index)?;
        let categories = table.dimensions().iter().cloned().zip(cell.categories.iter().cloned());
        Some(Self {
            indicator: cell.indicator.to_owned(),
            area: cell.area.to_owned(),
            period: cell.period,
            categories: categories.collect(),
            source: cell.source.to_owned(),
            shown: shown(&cell),
        })
    }
}

impl Shown {
    /// All that a cell says.
    pub(crate) fn all(cell: &CellRef<'_>) -> Self {
        Self { value: cell.value, ratio: cell.ratio, status: cell.status, note: cell.note.to_owned() }
    }
}
