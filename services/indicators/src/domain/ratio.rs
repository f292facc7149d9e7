//! What a rate is the rate of: how many of how many.

use crate::domain::decimal::Decimal;

/// Most digits of a numerator or denominator.
pub(crate) const MAX_DIGITS: usize = 9;

/// So many of a group of so many persons, households or respondents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ratio {
    numerator: u32,
    denominator: u32,
}

impl Ratio {
    /// `numerator` of `denominator`; none when that is more than all of them.
    #[must_use]
    pub(crate) fn new(numerator: u32, denominator: u32) -> Option<Self> {
        (numerator <= denominator).then_some(Self { numerator, denominator })
    }

    /// Who are counted.
    #[must_use]
    pub(crate) fn numerator(self) -> u32 {
        self.numerator
    }

    /// Who are counted, and all others.
    #[must_use]
    pub(crate) fn denominator(self) -> u32 {
        self.denominator
    }

    /// All others.
    #[must_use]
    pub(crate) fn rest(self) -> u32 {
        self.denominator - self.numerator
    }

    /// The rate per so many (100 for a percentage), rounded half away from zero to `scale` digits
    /// behind the point. None of a group of nobody, and when there are more than 9 digits.
    #[must_use]
    pub(crate) fn rate(self, per: u32, scale: u8) -> Option<Decimal> {
        let whole = 10i128.checked_pow(u32::from(scale))?.checked_mul(i128::from(per))?;
        let denominator = i128::from(self.denominator);
        // Twice the rate plus one half, halved.
        let doubled = whole.checked_mul(i128::from(self.numerator))?.checked_mul(2)?;
        Decimal::new(doubled.checked_add(denominator)?.checked_div(denominator.checked_mul(2)?)?, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(numerator: u32, denominator: u32, per: u32, scale: u8) -> Option<String> {
        Ratio::new(numerator, denominator)?.rate(per, scale).map(|rate| rate.to_string())
    }

    #[test]
    fn a_rate_has_the_digits_that_are_asked_for_and_half_goes_away_from_zero() {
        for (numerator, denominator, per, scale, expected) in [
            (1, 3, 100, 1, "33.3"),
            (2, 3, 100, 1, "66.7"),
            (1, 8, 100, 1, "12.5"),
            (1, 8, 100, 0, "13"),
            (3, 8, 100, 0, "38"),
            (0, 5, 100, 2, "0.00"),
            (5, 5, 1000, 0, "1000"),
            (u32::MAX, u32::MAX, 100, 9, "100.000000000"),
        ] {
            assert_eq!(rate(numerator, denominator, per, scale).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nobody_has_no_rate_and_a_part_is_no_more_than_the_whole() {
        assert_eq!(rate(0, 0, 100, 1), None);
        assert_eq!(Ratio::new(4, 3), None);
        assert_eq!(Ratio::new(3, 10).map(Ratio::rest), Some(7));
    }
}
