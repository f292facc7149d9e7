//! What a visitor asks for: the parameters `gebied`, `benchmark` and `jaar` of the page.

/// Area when none is asked for.
const AREA: &str = "BRU-NOORD";
/// Area to compare with when none is asked for.
const BENCHMARK: &str = "BM-STED2";
/// Year when none is asked for.
const YEAR: &str = "2023";
/// The years that can be asked for.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2100;
/// Longest parameter that is kept, in characters; no code or year comes near it.
const LONGEST: usize = 40;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Code of the area.
    pub(super) area: String,
    /// Code of the area to compare with.
    pub(super) benchmark: String,
    /// The year as it was typed.
    pub(super) year: String,
}

impl Choice {
    /// Reads the query of a URL. Parameters of others are left alone; of a repeated one the first
    /// counts.
    pub(super) fn parse(query: &str) -> Self {
        let value = |name: &str, default: &str| -> String {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map_or_else(|| default.to_owned(), |(_, value)| value.trim().chars().take(LONGEST).collect())
        };
        Self {
            area: value("gebied", AREA),
            benchmark: value("benchmark", BENCHMARK),
            year: value("jaar", YEAR),
        }
    }

    /// Whether the year is four digits and within what can be asked for.
    pub(super) fn year_is_valid(&self) -> bool {
        self.year.len() == 4
            && self.year.bytes().all(|byte| byte.is_ascii_digit())
            && self.year.parse().is_ok_and(|year: u16| YEARS.contains(&year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(area: &str, benchmark: &str, year: &str) -> Choice {
        Choice { area: area.to_owned(), benchmark: benchmark.to_owned(), year: year.to_owned() }
    }

    #[test]
    fn without_parameters_the_page_shows_noord_against_the_benchmark() {
        assert_eq!(Choice::parse(""), choice("BRU-NOORD", "BM-STED2", "2023"));
        assert_eq!(Choice::parse("utm_source=brief"), choice("BRU-NOORD", "BM-STED2", "2023"));
    }

    #[test]
    fn parameters_are_decoded_and_the_first_counts() {
        let read = Choice::parse("gebied=GM0899&benchmark=NL&jaar=+2024+&gebied=NL");
        assert_eq!(read, choice("GM0899", "NL", "2024"));
        assert_eq!(Choice::parse("gebied=%3Cb%3E").area, "<b>");
    }

    #[test]
    fn an_endless_parameter_is_cut() {
        let read = Choice::parse(&format!("gebied={}", "é".repeat(10_000)));
        assert_eq!(read.area.chars().count(), LONGEST);
    }

    #[test]
    fn a_year_has_four_digits() {
        for year in ["1900", "2023", "2100"] {
            assert!(choice("", "", year).year_is_valid(), "{year}");
        }
        for year in ["", "23", "02023", "20x3", "1899", "2101", "2023Q1", "-202", "+202", "２０２３"] {
            assert!(!choice("", "", year).year_is_valid(), "{year}");
        }
    }
}
