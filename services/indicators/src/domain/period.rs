//! The periods that a value can be of.

use std::cmp::Ordering;
use std::fmt;

/// A year, quarter, month or day. Periods are ordered by their first day, the longest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Period {
    /// "2023".
    Year(u16),
    /// "2023Q1": year and quarter 1 to 4.
    Quarter(u16, u8),
    /// "2023-06": year and month 1 to 12.
    Month(u16, u8),
    /// "2023-12-31": year, month and day.
    Day(u16, u8, u8),
}

/// The text is not a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a year, quarter, month or day")]
pub(crate) struct NotAPeriod;

impl Period {
    /// Reads a period: "2023", "2023Q1", "2023-06" or "2023-12-31", from 1800 to 2199.
    ///
    /// # Errors
    /// When the text is anything else, or there is no such day.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAPeriod> {
        let (year, rest) = text.split_at_checked(4).ok_or(NotAPeriod)?;
        let year = number(year, 1800..=2199)?;
        if rest.is_empty() {
            return Ok(Self::Year(year));
        }
        if let Some(quarter) = rest.strip_prefix('Q') {
            let quarter = if quarter.len() == 1 {
                number(quarter, 1..=4)?
            } else {
                return Err(NotAPeriod);
            };
            return Ok(Self::Quarter(year, small(quarter)?));
        }
        let rest = rest.strip_prefix('-').ok_or(NotAPeriod)?;
        let (month, day) = match rest.split_once('-') {
            Some((month, day)) => (month, Some(day)),
            None => (rest, None),
        };
        let month = small(two_digits(month, 1..=12)?)?;
        let Some(day) = day else {
            return Ok(Self::Month(year, month));
        };
        let day = small(two_digits(day, 1..=31)?)?;
        let name = time::Month::try_from(month).map_err(|_| NotAPeriod)?;
        time::Date::from_calendar_date(i32::from(year), name, day).map_err(|_| NotAPeriod)?;
        Ok(Self::Day(year, month, day))
    }

    /// The year that it is in.
    #[must_use]
    pub(crate) fn year(self) -> u16 {
        match self {
            Self::Year(year) | Self::Quarter(year, _) | Self::Month(year, _) | Self::Day(year, _, _) => year,
        }
    }

    /// Whether another period lies in it, and is not the same.
    #[must_use]
    pub(crate) fn contains(self, other: Self) -> bool {
        match (self, other) {
            (Self::Year(_), Self::Year(_)) => false,
            (Self::Year(year), other) => year == other.year(),
            (Self::Quarter(year, quarter), Self::Month(of, month) | Self::Day(of, month, _)) => {
                year == of && quarter == month.div_ceil(3)
            }
            (Self::Month(year, month), Self::Day(of, its, _)) => (year, month) == (of, its),
            (Self::Quarter(..) | Self::Month(..) | Self::Day(..), _) => false,
        }
    }

    /// The periods of the next kind that it is made of: quarters, months or days; none for a day.
    #[must_use]
    pub(crate) fn parts(self) -> Vec<Self> {
        match self {
            Self::Year(year) => (1..=4).map(|quarter| Self::Quarter(year, quarter)).collect(),
            Self::Quarter(year, quarter) => {
                let last = quarter.saturating_mul(3);
                (last.saturating_sub(2)..=last).map(|month| Self::Month(year, month)).collect()
            }
            Self::Month(year, month) => {
                let name = time::Month::try_from(month).unwrap_or(time::Month::January);
                (1..=name.length(i32::from(year))).map(|day| Self::Day(year, month, day)).collect()
            }
            Self::Day(..) => Vec::new(),
        }
    }

    /// First day, then how short it is.
    fn rank(self) -> (u16, u8, u8, u8) {
        match self {
            Self::Year(year) => (year, 1, 1, 0),
            Self::Quarter(year, quarter) => (year, quarter.saturating_mul(3).saturating_sub(2), 1, 1),
            Self::Month(year, month) => (year, month, 1, 2),
            Self::Day(year, month, day) => (year, month, day, 3),
        }
    }
}

fn number(text: &str, within: std::ops::RangeInclusive<u16>) -> Result<u16, NotAPeriod> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAPeriod);
    }
    let number = text.parse().map_err(|_| NotAPeriod)?;
    if within.contains(&number) { Ok(number) } else { Err(NotAPeriod) }
}

fn two_digits(text: &str, within: std::ops::RangeInclusive<u16>) -> Result<u16, NotAPeriod> {
    if text.len() == 2 { number(text, within) } else { Err(NotAPeriod) }
}

fn small(number: u16) -> Result<u8, NotAPeriod> {
    u8::try_from(number).map_err(|_| NotAPeriod)
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year}"),
            Self::Quarter(year, quarter) => write!(f, "{year}Q{quarter}"),
            Self::Month(year, month) => write!(f, "{year}-{month:02}"),
            Self::Day(year, month, day) => write!(f, "{year}-{month:02}-{day:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_shown_as_it_was_written() {
        for text in ["2023", "2023Q1", "2023-06", "2023-12-31", "2024-02-29"] {
            assert_eq!(Period::parse(text).map(|period| period.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "23",
            "2023Q5",
            "2023Q0",
            "2023q1",
            "2023Q",
            "2023Q11",
            "2023-13",
            "2023-6",
            "2023-00",
            "2023-02-29",
            "2023-1-1",
            "2023-01-1",
            " 2023",
            "2023 ",
            "+023",
            "20231",
            "0023",
            "éé23",
            "2023-12-31-1",
            "2023-",
        ] {
            assert_eq!(Period::parse(text), Err(NotAPeriod), "{text:?}");
        }
    }

    #[test]
    fn periods_are_ordered_by_their_first_day_the_longest_first() {
        let ordered =
            ["2022-12-31", "2023", "2023Q1", "2023-01", "2023-01-01", "2023-03", "2023Q2", "2023-04"];
        let mut periods: Vec<Period> =
            ordered.iter().rev().map(|text| Period::parse(text).expect("a period")).collect();
        periods.sort();
        assert_eq!(periods.iter().map(ToString::to_string).collect::<Vec<_>>(), ordered);
    }

    #[test]
    fn a_period_holds_the_shorter_ones_in_it() {
        let read = |text| Period::parse(text).expect("a period");
        for (long, short) in
            [("2025", "2025Q4"), ("2025", "2025-01-31"), ("2025Q4", "2025-10"), ("2025-02", "2025-02-28")]
        {
            assert!(read(long).contains(read(short)), "{long} {short}");
            assert!(!read(short).contains(read(long)), "{short} {long}");
        }
        for (one, other) in
            [("2025", "2025"), ("2025", "2024Q1"), ("2025Q1", "2025-04"), ("2025-02", "2025-03-01")]
        {
            assert!(!read(one).contains(read(other)), "{one} {other}");
        }
    }
}
