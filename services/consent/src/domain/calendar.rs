//! Days by the Dutch clock, and dates as people write them.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday};

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

/// When a day begins in the Netherlands.
#[must_use]
pub(crate) fn start_of_day(day: Date) -> OffsetDateTime {
    // Summer time begins and ends on a Sunday after midnight, so that Sunday begins by the old time.
    let summer =
        day > last_sunday(day.year(), Month::March) && day <= last_sunday(day.year(), Month::October);
    PrimitiveDateTime::new(day, Time::MIDNIGHT).assume_offset(offset(summer))
}

/// When a day has ended in the Netherlands: the first moment of the next one.
#[must_use]
pub(crate) fn end_of_day(day: Date) -> OffsetDateTime {
    start_of_day(day.next_day().unwrap_or(day))
}

/// The day that it is in the Netherlands.
#[must_use]
pub(crate) fn day_of(at: OffsetDateTime) -> Date {
    local(at).date()
}

/// The moment by the Dutch clock: summer time from the last Sunday of March to the last Sunday of
/// October, both at 01:00 UTC (Directive 2000/84/EC).
fn local(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    let change =
        |month| PrimitiveDateTime::new(last_sunday(at.year(), month), time::macros::time!(1:00)).assume_utc();
    at.to_offset(offset(change(Month::March) <= at && at < change(Month::October)))
}

fn offset(summer: bool) -> UtcOffset {
    if summer { time::macros::offset!(+2) } else { time::macros::offset!(+1) }
}

fn last_sunday(year: i32, month: Month) -> Date {
    // Both months have 31 days.
    let mut day = Date::from_calendar_date(year, month, 31).unwrap_or(Date::MIN);
    while day.weekday() != Weekday::Sunday {
        day = day.previous_day().unwrap_or(Date::MIN.next_occurrence(Weekday::Sunday));
    }
    day
}

/// Reads "2026-11-01".
#[must_use]
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let date = Date::parse(text, format).ok()?;
    (date.to_string() == text).then_some(date)
}

/// "1 november 2026".
#[must_use]
pub(crate) fn in_words(day: Date) -> String {
    let month = MONTHS.get(usize::from(u8::from(day.month())) - 1).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

/// "1 november 2026 om 13:05 uur", by the Dutch clock.
#[must_use]
pub(crate) fn moment_in_words(at: OffsetDateTime) -> String {
    let at = local(at);
    format!("{} om {:02}:{:02} uur", in_words(at.date()), at.hour(), at.minute())
}

/// "1 november 2026 om 13:05:09 uur", by the Dutch clock, with thousandths where there are any: "13:05:09,120".
#[must_use]
pub(crate) fn instant_in_words(at: OffsetDateTime) -> String {
    let at = local(at);
    let thousandths = match at.millisecond() {
        0 => String::new(),
        some => format!(",{some:03}"),
    };
    format!(
        "{} om {:02}:{:02}:{:02}{thousandths} uur",
        in_words(at.date()),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// RFC 3339 in UTC with six decimals: every moment is written in one way.
#[must_use]
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, micros) = (at.date(), at.microsecond());
    format!("{date}T{:02}:{:02}:{:02}.{micros:06}Z", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn a_winter_day_begins_an_hour_before_midnight_utc() {
        assert_eq!(start_of_day(date!(2026 - 11 - 01)), datetime!(2026-10-31 23:00 UTC));
        assert_eq!(end_of_day(date!(2026 - 12 - 31)), datetime!(2026-12-31 23:00 UTC));
    }

    #[test]
    fn a_summer_day_begins_two_hours_before_midnight_utc() {
        assert_eq!(start_of_day(date!(2026 - 07 - 01)), datetime!(2026-06-30 22:00 UTC));
    }

    #[test]
    fn the_days_on_which_the_clock_changes_have_23_and_25_hours() {
        let hours = |day| (end_of_day(day) - start_of_day(day)).whole_hours();
        assert_eq!(hours(date!(2026 - 03 - 29)), 23);
        assert_eq!(hours(date!(2026 - 10 - 25)), 25);
        assert_eq!(hours(date!(2026 - 03 - 28)), 24);
        assert_eq!(hours(date!(2027 - 03 - 28)), 23);
        assert_eq!(hours(date!(2027 - 10 - 31)), 25);
    }

    #[test]
    fn the_day_of_a_moment_is_that_of_the_dutch_clock() {
        assert_eq!(day_of(datetime!(2026-06-30 22:00 UTC)), date!(2026 - 07 - 01));
        assert_eq!(day_of(datetime!(2026-06-30 21:59 UTC)), date!(2026 - 06 - 30));
        assert_eq!(day_of(datetime!(2026-12-31 23:00 UTC)), date!(2027 - 01 - 01));
    }

    #[test]
    fn the_clock_jumps_at_one_oclock_utc() {
        let at = |at| moment_in_words(at);
        assert_eq!(at(datetime!(2026-03-29 00:59 UTC)), "29 maart 2026 om 01:59 uur");
        assert_eq!(at(datetime!(2026-03-29 01:00 UTC)), "29 maart 2026 om 03:00 uur");
        assert_eq!(at(datetime!(2026-10-25 00:59 UTC)), "25 oktober 2026 om 02:59 uur");
        assert_eq!(at(datetime!(2026-10-25 01:00 UTC)), "25 oktober 2026 om 02:00 uur");
    }

    #[test]
    fn every_day_begins_where_the_one_before_ended() {
        let mut day = date!(2024 - 01 - 01);
        while day < date!(2052 - 01 - 01) {
            assert_eq!(day_of(start_of_day(day)), day);
            assert_eq!(day_of(end_of_day(day) - time::Duration::MICROSECOND), day);
            day = day.next_day().expect("a next day");
        }
    }

    #[test]
    fn a_date_is_written_in_one_way() {
        assert_eq!(parse_date("2026-11-01"), Some(date!(2026 - 11 - 01)));
        for wrong in
            ["", "2026-11-1", "01-11-2026", "2026-02-30", "+2026-11-01", "2026-11-01T00:00", "20261101"]
        {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
        assert_eq!(in_words(date!(2026 - 11 - 01)), "1 november 2026");
        let at = datetime!(2026-11-01 12:05:09 UTC);
        assert_eq!(instant_in_words(at), "1 november 2026 om 13:05:09 uur");
        let later = at + time::Duration::microseconds(20_999);
        assert_eq!(instant_in_words(later), "1 november 2026 om 13:05:09,020 uur");
        assert_eq!(rfc3339(datetime!(2026-11-01 1:02:03.000004 +1)), "2026-11-01T00:02:03.000004Z");
        assert_eq!(end_of_day(Date::MAX), start_of_day(Date::MAX));
    }
}
