//! Numbers of a file in scaled whole numbers, and back.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Decimals that fit in scaled whole numbers, at most.
const MOST_DECIMALS: u32 = 9;
/// The largest number with decimals, in these: so many digits are the same in what is printed, where readers of JSON
/// take them for a float.
const MOST_WITH_DECIMALS: i64 = 999_999_999_999_999;

/// A number as it is written, all digits of it: as a float it may be another one.
#[derive(Clone, Debug)]
pub(super) struct Number(String);

impl Number {
    /// As JSON, as it is written as far as a float can have it.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// Its digits as a whole number, without zeros at the end of its decimals, and how many decimals it has.
    fn exact(&self) -> Result<(i128, u32)> {
        let expected =
            || format!("{self} is te groot of te klein; verwacht wordt een getal, bijvoorbeeld 12 of 7.5");
        let (number, exponent) = self.0.split_once(['e', 'E']).unwrap_or((&self.0, "0"));
        let (whole, places) = number.split_once('.').unwrap_or((number, ""));
        let places = places.trim_end_matches('0');
        let digits: i128 = format!("{whole}{places}").parse().with_context(expected)?;
        if digits == 0 {
            return Ok((0, 0));
        }
        let exponent: i32 = exponent.parse().with_context(expected)?;
        let decimals = i64::try_from(places.len())? - i64::from(exponent);
        match u32::try_from(decimals) {
            Ok(decimals) => Ok(without_zeros(digits, decimals)),
            Err(_) => {
                let zeros = u32::try_from(-decimals).ok().and_then(|zeros| 10i128.checked_pow(zeros));
                let digits = zeros.and_then(|zeros| digits.checked_mul(zeros));
                Ok((digits.with_context(expected)?, 0))
            }
        }
    }
}

/// A whole number with so many decimals, without zeros at the end of these.
fn without_zeros(mut digits: i128, mut decimals: u32) -> (i128, u32) {
    while decimals > 0 && digits % 10 == 0 {
        (digits, decimals) = (digits / 10, decimals - 1);
    }
    (digits, decimals)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(whole.to_string())
    }
}

impl From<&serde_json::Number> for Number {
    fn from(read: &serde_json::Number) -> Self {
        Self(read.to_string())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(from)?;
        let value = serde_json::from_str(text.get()).map_err(|error| {
            // The place is that within the text.
            let said = error.to_string();
            D::Error::custom(said.split(" at line ").next().unwrap_or(&said))
        });
        let unexpected = match value? {
            Value::Number(_) => return Ok(Self(text.get().to_owned())),
            Value::Null => return Err(Error::invalid_type(Unexpected::Unit, &"a number")),
            Value::Bool(own) => return Err(Error::invalid_type(Unexpected::Bool(own), &"a number")),
            Value::String(own) => return Err(Error::invalid_type(Unexpected::Str(&own), &"a number")),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Err(Error::invalid_type(unexpected, &"a number"))
    }
}

/// A fraction as a JSON number with as many decimals as it takes, at most twelve.
pub(super) fn decimal(numerator: i128, denominator: i128) -> Value {
    serde_json::from_str(&written(numerator, denominator)).unwrap_or(Value::Null)
}

/// A fraction with as many decimals as it takes, at most twelve.
pub(super) fn written(numerator: i128, denominator: i128) -> String {
    let sign = if numerator < 0 { "-" } else { "" };
    let (numerator, denominator) = (numerator.unsigned_abs(), denominator.unsigned_abs().max(1));
    let mut text = format!("{sign}{}", numerator / denominator);
    let mut rest = numerator % denominator;
    if rest != 0 {
        text.push('.');
    }
    for _ in 0..12 {
        if rest == 0 {
            break;
        }
        rest *= 10;
        text.push_str(&(rest / denominator).to_string());
        rest %= denominator;
    }
    text
}

/// A scaled whole number as a JSON number with all of its decimals, also where these are zeros.
pub(super) fn with_decimals(scaled: i128, decimals: u32) -> Value {
    let (sign, size) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    let unit = 10u128.pow(decimals);
    let (whole, part, wide) = (size / unit, size % unit, decimals as usize);
    let text = if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0>wide$}") };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// How many decimals a number has.
pub(super) fn decimals_of(number: &Number) -> Result<u32> {
    let (_, places) = number.exact()?;
    ensure!(
        places <= MOST_DECIMALS,
        "{number} heeft meer dan {MOST_DECIMALS} decimalen; rond het af, bijvoorbeeld op 7.25"
    );
    Ok(places)
}

/// A number in scaled whole numbers.
pub(super) fn scaled(number: &Number, decimals: u32) -> Result<i64> {
    let (digits, places) = number.exact()?;
    let more = decimals.checked_sub(places);
    let more = more.with_context(|| format!("{number} heeft meer dan {decimals} decimalen; rond het af"))?;
    let most = if decimals == 0 { i64::MAX } else { MOST_WITH_DECIMALS };
    let scaled = digits.checked_mul(10i128.saturating_pow(more)).and_then(|own| i64::try_from(own).ok());
    scaled.filter(|own| own.unsigned_abs() <= most.unsigned_abs()).with_context(|| {
        let most = most / 10i64.saturating_pow(decimals);
        format!(
            "{number} past niet; verwacht wordt een getal van hoogstens {most} (in {decimals} decimalen), bijvoorbeeld 12"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_number_is_what_its_digits_say() {
        for (text, digits, decimals) in [
            ("9007199254740993.0", 9_007_199_254_740_993, 0),
            ("0.12345678912345678900", 123_456_789_123_456_789, 18),
            ("-1.50", -15, 1),
            ("-0.0", 0, 0),
            ("12e2", 1200, 0),
            ("1.25E+1", 125, 1),
            ("1500e-2", 15, 0),
            ("0e-999999999999", 0, 0),
            ("1e-400", 1, 400),
        ] {
            assert_eq!(number(text).exact().unwrap(), (digits, decimals), "{text}");
        }
        for text in ["1e300", "1e-99999999999", "99999999999999999999999999999999999999999"] {
            assert!(number(text).exact().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_that_does_not_fit_its_scale_is_refused() {
        assert_eq!(scaled(&number("9223372036854775807"), 0).unwrap(), i64::MAX);
        assert!(scaled(&number("9223372036854775808"), 0).is_err());
        assert_eq!(scaled(&number("-999999999999.999"), 3).unwrap(), -MOST_WITH_DECIMALS);
        assert_eq!(with_decimals((-MOST_WITH_DECIMALS).into(), 3).to_string(), "-999999999999.999");
        assert!(scaled(&number("1000000000000"), 3).is_err());
        assert!(format!("{:#}", scaled(&number("1.25"), 1).unwrap_err()).contains("meer dan 1 decimalen"));
        assert!(
            format!("{:#}", decimals_of(&number("1e-400")).unwrap_err()).contains("meer dan 9 decimalen")
        );
    }

    #[test]
    fn what_is_no_number_is_not_read_as_one() {
        for text in ["\"1\"", "null", "true", "[1]", "{\"a\": 1}"] {
            let said = serde_json::from_str::<Number>(text).unwrap_err().to_string();
            assert!(said.contains("invalid type") && said.contains("expected a number"), "{said}");
        }
    }
}
