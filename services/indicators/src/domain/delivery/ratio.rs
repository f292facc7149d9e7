//! The check of numerator and denominator, which go with a rate.

use super::record::LineErrors;
use super::sentence;
use crate::domain::decimal::Decimal;
use crate::domain::ratio::{MAX_DIGITS, Ratio};
use crate::domain::table::IndicatorEntry;

pub(super) const NUMERATOR: &str = "teller";
pub(super) const DENOMINATOR: &str = "noemer";

/// What the value of an indicator is the rate of; none when that is not told, or told wrongly.
pub(super) fn read(
    (numerator, denominator): (&str, &str),
    indicator: &IndicatorEntry,
    value: Option<Decimal>,
    errors: &mut LineErrors<'_>,
) -> Option<Ratio> {
    let (column, found) = match (numerator, denominator) {
        ("", "") => return None,
        ("", _) => return missing(NUMERATOR, DENOMINATOR, errors),
        (_, "") => return missing(DENOMINATOR, NUMERATOR, errors),
        (numerator, _) => (NUMERATOR, numerator),
    };
    if indicator.additive {
        errors.push(column, found, sentence::ratio_of_count(&indicator.code));
        return None;
    }
    if value.is_none() && (numerator, denominator) == ("0", "0") {
        // Of nobody a rate does not apply.
        return None;
    }
    if value.is_none() {
        errors.push(column, found, sentence::ratio_without_value());
        return None;
    }
    let (part, whole) = (whole(NUMERATOR, numerator, errors), whole(DENOMINATOR, denominator, errors));
    let (part, whole) = part.zip(whole)?;
    let ratio = Ratio::new(part, whole);
    if ratio.is_none() {
        errors.push(NUMERATOR, numerator, sentence::ratio_over_one(whole));
    }
    ratio
}

fn missing(column: &str, other: &str, errors: &mut LineErrors<'_>) -> Option<Ratio> {
    errors.push(column, "", sentence::ratio_by_half(other));
    None
}

fn whole(column: &str, text: &str, errors: &mut LineErrors<'_>) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    let read = (digits && !padded && text.len() <= MAX_DIGITS).then(|| text.parse().ok()).flatten();
    if read.is_none() {
        errors.push(column, text, sentence::not_whole(text));
    }
    read
}
