//! Exact decimal numbers, as they were delivered: "17.0" stays "17.0".

use std::fmt;

/// Most digits behind the point.
pub(crate) const MAX_SCALE: u8 = 9;
/// Most digits in all.
pub(crate) const MAX_DIGITS: usize = 18;

/// An exact decimal: `unscaled` divided by ten to the power `scale`. Two decimals are equal when
/// they are written the same; [`Decimal::billionths`] compares their worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    unscaled: i128,
    scale: u8,
}

/// The text is not a decimal number of at most 18 digits, 9 of them behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most 18 digits, 9 of them behind the point")]
pub(crate) struct NotADecimal;

impl Decimal {
    /// Nothing.
    pub(crate) const ZERO: Self = Self { unscaled: 0, scale: 0 };

    /// Reads a decimal: digits, with a minus in front and a point and digits behind where needed.
    /// Nothing else: no plus, spaces, exponent, thousands separator or needless leading zero.
    ///
    /// # Errors
    /// When the text is anything else, or has too many digits.
    pub(crate) fn parse(text: &str) -> Result<Self, NotADecimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NotADecimal),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let padded = whole.len() > 1 && whole.starts_with('0');
        let count = whole.len() + fraction.len();
        if whole.is_empty() || padded || count > MAX_DIGITS || !only_digits(whole) || !only_digits(fraction) {
            return Err(NotADecimal);
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| NotADecimal)?;
        let sign = if negative { -1 } else { 1 };
        let unscaled = whole
            .bytes()
            .chain(fraction.bytes())
            .fold(0, |sum: i128, digit| sum * 10 + sign * i128::from(digit - b'0'));
        Self::new(unscaled, scale).ok_or(NotADecimal)
    }

    /// The decimal `unscaled / 10^scale`; none when the scale is over 9.
    #[must_use]
    pub(crate) fn new(unscaled: i128, scale: u8) -> Option<Self> {
        (scale <= MAX_SCALE).then_some(Self { unscaled, scale })
    }

    /// All digits, without the point.
    #[must_use]
    pub(crate) fn unscaled(self) -> i128 {
        self.unscaled
    }

    /// How many of the digits are behind the point.
    #[must_use]
    pub(crate) fn scale(self) -> u8 {
        self.scale
    }

    /// What it is worth, in billionths; none when that is beyond 128 bits.
    #[must_use]
    pub(crate) fn billionths(self) -> Option<i128> {
        self.at_scale(MAX_SCALE)
    }

    /// Its worth as a whole number; none when it is not one, or is beyond 64 bits.
    #[must_use]
    pub(crate) fn whole(self) -> Option<i64> {
        let step = 10i128.checked_pow(u32::from(self.scale))?;
        (self.unscaled % step == 0).then(|| i64::try_from(self.unscaled / step).ok()).flatten()
    }

    /// The sum, with the longer of both fractions; none when it is beyond 128 bits.
    #[must_use]
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Self::new(self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale)
    }

    /// The difference, with the longer of both fractions; none when it is beyond 128 bits.
    #[must_use]
    pub(crate) fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { unscaled: other.unscaled.checked_neg()?, scale: other.scale })
    }

    /// How much `self` is above `base`, as a percentage of the size of `base`, with one decimal,
    /// half away from zero. None when `base` is zero.
    #[must_use]
    pub(crate) fn percent_above(self, base: Self) -> Option<Self> {
        let difference = self.checked_sub(base)?;
        let size = base.at_scale(difference.scale)?.checked_abs()?;
        // Percent with one decimal: thousandths of the base.
        let thousandfold = difference.unscaled.checked_mul(1000)?;
        let quotient = thousandfold.checked_div(size)?;
        let rest = thousandfold.checked_rem(size)?.checked_abs()?;
        let away = if rest.checked_mul(2)? >= size { thousandfold.signum() } else { 0 };
        Self::new(quotient.checked_add(away)?, 1)
    }

    /// The same number with the other sign; none beyond 128 bits.
    #[must_use]
    pub(crate) fn checked_neg(self) -> Option<Self> {
        Self::new(self.unscaled.checked_neg()?, self.scale)
    }

    fn at_scale(self, scale: u8) -> Option<i128> {
        let more = scale.checked_sub(self.scale)?;
        self.unscaled.checked_mul(10i128.checked_pow(u32::from(more))?)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let size = self.unscaled.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{size}");
        }
        let unit = 10u128.pow(u32::from(self.scale));
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", size / unit, size % unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect("a decimal")
    }

    #[test]
    fn a_decimal_is_shown_as_it_was_delivered() {
        for text in ["0", "17.0", "-0.5", "192", "0.000000001", "999999999999999999", "-123456789.123456789"]
        {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("-0.0").to_string(), "0.0");
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1,5",
            "1.",
            ".5",
            "NaN",
            "inf",
            "1e3",
            "10^400",
            "+1",
            " 1",
            "1 ",
            "1.000.000",
            "1_000",
            "1'000",
            "007",
            "00.5",
            "--1",
            "٣",
            "1234567890123456789",
            "0.0000000001",
            "½",
        ] {
            assert_eq!(Decimal::parse(text), Err(NotADecimal), "{text:?}");
        }
        assert!(Decimal::parse(&"9".repeat(400)).is_err());
    }

    #[test]
    fn the_worked_relative_differences_of_the_programme() {
        for (value, base, percent) in [
            ("17.0", "8.4", "102.4"),
            ("192", "347", "-44.7"),
            ("16.4", "22.9", "-28.4"),
            ("15.1", "27.1", "-44.3"),
            ("8.4", "8.4", "0.0"),
            ("1", "-2", "150.0"),
        ] {
            assert_eq!(
                decimal(value).percent_above(decimal(base)).expect("a percentage").to_string(),
                percent
            );
        }
        assert_eq!(decimal("1").percent_above(decimal("0.0")), None);
    }

    #[test]
    fn half_a_tenth_is_rounded_away_from_zero() {
        assert_eq!(decimal("200.1").percent_above(decimal("200")).expect("a percentage").to_string(), "0.1");
        assert_eq!(decimal("199.9").percent_above(decimal("200")).expect("a percentage").to_string(), "-0.1");
    }

    /// A decimal in its two forms: text as a person would write it, and whole billionths.
    fn written() -> impl Strategy<Value = (String, i128)> {
        (any::<bool>(), 0u64..1_000_000_000, prop::option::of("[0-9]{1,9}")).prop_map(
            |(minus, whole, fraction)| {
                let fraction = fraction.unwrap_or_default();
                let mut text = format!("{}{whole}", if minus { "-" } else { "" });
                if !fraction.is_empty() {
                    text.push('.');
                    text.push_str(&fraction);
                }
                let padded = format!("{whole}{fraction:0<9}");
                let size: i128 = padded.parse().expect("digits");
                (text, if minus { -size } else { size })
            },
        )
    }

    proptest! {
        #[test]
        fn a_decimal_is_worth_what_its_digits_say((text, billionths) in written()) {
            let read = decimal(&text);
            prop_assert_eq!(read.billionths(), Some(billionths));
            prop_assert_eq!(decimal(&read.to_string()), read);
        }

        #[test]
        fn sums_and_differences_are_exact((a, in_a) in written(), (b, in_b) in written()) {
            let (a, b) = (decimal(&a), decimal(&b));
            let sum = a.checked_add(b).expect("a sum");
            let difference = a.checked_sub(b).expect("a difference");
            prop_assert_eq!(sum.billionths(), Some(in_a + in_b));
            prop_assert_eq!(difference.billionths(), Some(in_a - in_b));
        }

        #[test]
        fn a_percentage_is_the_nearest_tenth((a, in_a) in written(), (b, in_b) in written()) {
            let Some(percent) = decimal(&a).percent_above(decimal(&b)) else {
                prop_assert_eq!(in_b, 0);
                return Ok(());
            };
            // |exact - rounded| <= half a tenth of a percent, in units that stay whole.
            let exact = (in_a - in_b) * 1000;
            let rounded = percent.unscaled() * in_b.abs();
            prop_assert!((exact - rounded).abs() * 2 <= in_b.abs());
            prop_assert_eq!(percent.scale(), 1);
        }

        #[test]
        fn no_text_makes_it_stumble(text in "\\PC{0,40}") {
            if let Ok(read) = Decimal::parse(&text) {
                let shown = read.to_string();
                prop_assert_eq!(shown.trim_start_matches('-'), text.trim_start_matches('-'));
            }
        }
    }
}
