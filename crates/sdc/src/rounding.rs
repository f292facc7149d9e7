//! Rounding of what is published, after cells are hidden.
//!
//! A value is rounded up or down at random, such that it is right on average. The random number must
//! be the same whenever the same cell is shown, in another table or for another question too: fresh
//! numbers average out and give the value away. So it comes from a keyed hash of the canonical name of
//! the cell, with a key that recipients do not know. Two cells with the same units have one name, and
//! so one rounded value. A mean that is exact may not be shown beside a rounded count.
//!
//! Source: reference "disclosure control" 3.4; CBS, "Kerncijfers wijken en buurten", on random
//! rounding to multiples of 5.

/// Rounds a value to a multiple of `base`: up with probability remainder / base, down otherwise, so
/// that the mean over draws is the value. `draw` is uniform in the numbers of 64 bits. A multiple stays
/// as it is; a value under zero is rounded as its opposite. A base of 1 or less leaves every value.
///
/// Where the next multiple does not fit in 64 bits the value is rounded towards zero.
#[must_use]
pub fn round(value: i64, base: i64, draw: u64) -> i64 {
    let magnitude = i128::from(value).abs();
    let rest = if base > 1 { magnitude % i128::from(base) } else { 0 };
    if rest == 0 {
        return value;
    }
    let down = magnitude - rest;
    // The draw, scaled to the numbers under the base.
    let scaled = (u128::from(draw) * u128::from(base.unsigned_abs())) >> 64;
    let up = scaled < rest.unsigned_abs();
    let sign = i128::from(value.signum());
    let fit = |magnitude: i128| i64::try_from(sign * magnitude).ok();
    up.then(|| fit(down + i128::from(base))).flatten().or(fit(down)).unwrap_or(value)
}
