//! Exact fractions.

use std::cmp::Ordering;
use std::fmt;

/// An exact fraction in lowest terms with a positive denominator, in the scale of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i64,
    denominator: i64,
}

impl From<i64> for Fraction {
    fn from(whole: i64) -> Self {
        Self { numerator: whole, denominator: 1 }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        left.cmp(&(i128::from(other.numerator) * i128::from(self.denominator)))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl Fraction {
    pub(super) const ZERO: Self = Self { numerator: 0, denominator: 1 };
    pub(super) const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The number above the line.
    #[must_use]
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// The number under the line: 1 or more.
    #[must_use]
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// The whole number that this is, when it is one.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// Whether this is at least `width` above `low`.
    #[must_use]
    pub fn is_above_by(self, low: Self, width: i64) -> bool {
        self.minus(low).is_none_or(|apart| apart >= Self::from(width))
    }

    /// The largest whole number that is not above this.
    #[must_use]
    pub fn floor(self) -> i64 {
        self.numerator.div_euclid(self.denominator)
    }

    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.numerator > 0
    }

    pub(super) fn negated(self) -> Option<Self> {
        Some(Self { numerator: self.numerator.checked_neg()?, denominator: self.denominator })
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if self.denominator == 1 && other.denominator == 1 {
            return Some(Self::from(self.numerator.checked_add(other.numerator)?));
        }
        let (a, b) = (i128::from(self.numerator), i128::from(other.numerator));
        let (c, d) = (i128::from(self.denominator), i128::from(other.denominator));
        Self::lowest(a.checked_mul(d)?.checked_add(b.checked_mul(c)?)?, c * d)
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated()?)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        if self.denominator == 1 && other.denominator == 1 {
            return Some(Self::from(self.numerator.checked_mul(other.numerator)?));
        }
        let above = i128::from(self.numerator) * i128::from(other.numerator);
        Self::lowest(above, i128::from(self.denominator) * i128::from(other.denominator))
    }

    /// One divided by this; none for zero.
    pub(super) fn inverse(self) -> Option<Self> {
        match self.numerator.signum() {
            1 => Some(Self { numerator: self.denominator, denominator: self.numerator }),
            -1 => Some(Self { numerator: -self.denominator, denominator: self.numerator.checked_neg()? }),
            _ => None,
        }
    }

    fn lowest(above: i128, under: i128) -> Option<Self> {
        let divisor = i128::try_from(common(above.unsigned_abs(), under.unsigned_abs())).ok()?;
        let numerator = i64::try_from(above / divisor).ok()?;
        Some(Self { numerator, denominator: i64::try_from(under / divisor).ok()? })
    }
}

/// The greatest common divisor; 1 when both are zero.
fn common(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}
