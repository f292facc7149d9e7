//! Areas for which figures exist.

/// The kinds of area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AreaKind {
    /// Land.
    Country,
    /// Regio.
    Region,
    /// Gemeente.
    Municipality,
    /// Wijk (CBS).
    District,
    /// Buurt (CBS).
    Neighbourhood,
    /// Programmagebied.
    ProgrammeArea,
    /// A group of comparable municipalities.
    Benchmark,
}

impl AreaKind {
    /// Every kind, the largest areas first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Country,
        Self::Region,
        Self::Municipality,
        Self::District,
        Self::Neighbourhood,
        Self::ProgrammeArea,
        Self::Benchmark,
    ];

    /// The name of the level in an agreement, for example "NEIGHBOURHOOD".
    #[must_use]
    pub(crate) fn level(self) -> &'static str {
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

    /// The kind with that level name.
    #[must_use]
    pub(crate) fn of_level(level: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.level() == level)
    }

    /// The kind as the data files name it, for example "buurt".
    #[must_use]
    pub(crate) fn dutch(self) -> &'static str {
        match self {
            Self::Country => "land",
            Self::Region => "regio",
            Self::Municipality => "gemeente",
            Self::District => "wijk",
            Self::Neighbourhood => "buurt",
            Self::ProgrammeArea => "programmagebied",
            Self::Benchmark => "benchmark",
        }
    }

    /// The kind that the data files name so.
    #[must_use]
    pub(crate) fn of_dutch(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.dutch() == name)
    }

    /// The next level of the CBS division: the areas of it make up the area of this kind.
    #[must_use]
    pub(crate) fn made_of(self) -> Option<Self> {
        match self {
            Self::Municipality => Some(Self::District),
            Self::District => Some(Self::Neighbourhood),
            Self::Country | Self::Region | Self::Neighbourhood | Self::ProgrammeArea | Self::Benchmark => {
                None
            }
        }
    }

    /// Whether areas of this kind have codes of the CBS, which gives a code to another area when
    /// the division changes.
    #[must_use]
    pub(crate) fn has_cbs_code(self) -> bool {
        match self {
            Self::Municipality | Self::District | Self::Neighbourhood => true,
            Self::Country | Self::Region | Self::ProgrammeArea | Self::Benchmark => false,
        }
    }
}

/// An area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    /// Its code: of the CBS where there is one, else of the programme.
    pub code: String,
    /// Name as people use it.
    pub name: String,
    /// What kind of area it is.
    pub kind: AreaKind,
    /// Codes of the areas that it is part of, nearest first.
    pub parents: Vec<String>,
    /// First year in which the code means this area; none without a limit.
    pub valid_from: Option<u16>,
    /// Last year in which the code means this area; none without a limit.
    pub valid_until: Option<u16>,
    /// Codes of the CBS areas that an area of the programme is made of.
    pub consists_of: Vec<String>,
    /// What a reader has to know, in Dutch.
    pub note: String,
}

impl Area {
    /// Whether figures of `year` can be about this area. Only codes of the CBS are bound to their
    /// years, because they are given out again. An area of the programme or a benchmark is what
    /// the programme says it is, and figures of earlier years are worked out for it afterwards.
    #[must_use]
    pub(crate) fn has_figures_of(&self, year: u16) -> bool {
        let from = self.valid_from.is_none_or(|first| first <= year);
        let until = self.valid_until.is_none_or(|last| year <= last);
        !self.kind.has_cbs_code() || (from && until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cbs_code_is_bound_to_its_years_and_an_area_of_the_programme_is_not() {
        let mut area = Area {
            code: "BU08990124".to_owned(),
            name: "Klingelsberg".to_owned(),
            kind: AreaKind::Neighbourhood,
            parents: vec!["WK089901".to_owned()],
            valid_from: Some(2024),
            valid_until: Some(2025),
            consists_of: Vec::new(),
            note: String::new(),
        };
        assert_eq!(
            [2023, 2024, 2025, 2026].map(|year| area.has_figures_of(year)),
            [false, true, true, false]
        );
        area.kind = AreaKind::ProgrammeArea;
        assert!(area.has_figures_of(2023));
    }

    #[test]
    fn every_kind_is_found_by_its_names() {
        for kind in AreaKind::ALL {
            assert_eq!(AreaKind::of_level(kind.level()), Some(kind));
            assert_eq!(AreaKind::of_dutch(kind.dutch()), Some(kind));
        }
    }
}
