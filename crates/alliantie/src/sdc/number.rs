//! Numbers of a file in scaled whole numbers, and back.

use anyhow::{Context, Result, ensure};
use serde_json::{Number, Value};

/// Decimals that fit in scaled whole numbers, at most.
const MOST_DECIMALS: u32 = 9;

/// A fraction as a JSON number with as many decimals as it takes, at most twelve.
pub(super) fn decimal(numerator: i128, denominator: i128) -> Value {
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
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// How many decimals a number has.
pub(super) fn decimals_of(number: &Number) -> Result<u32> {
    let text = number.to_string();
    ensure!(
        !text.contains(['e', 'E']),
        "{text} is te groot of te klein; verwacht wordt een getal zonder exponent, bijvoorbeeld 12 of 7.5"
    );
    let places = text.split_once('.').map_or("", |(_, places)| places).trim_end_matches('0').len();
    let places = u32::try_from(places)?;
    ensure!(
        places <= MOST_DECIMALS,
        "{text} heeft meer dan {MOST_DECIMALS} decimalen; rond het af, bijvoorbeeld op 7.25"
    );
    Ok(places)
}

/// A number in scaled whole numbers.
pub(super) fn scaled(number: &Number, decimals: u32) -> Result<i64> {
    let text = number.to_string();
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let places = places.trim_end_matches('0');
    let wanted = usize::try_from(decimals)?;
    ensure!(places.len() <= wanted, "{text} heeft meer dan {decimals} decimalen; rond het af");
    let digits = format!("{whole}{places:0<wanted$}");
    digits.parse().with_context(|| {
        let most = i64::MAX / 10i64.saturating_pow(decimals);
        format!(
            "{text} past niet; verwacht wordt een getal zonder exponent van hoogstens {most} (in {decimals} decimalen), \
             bijvoorbeeld 12"
        )
    })
}
