//! What a rate is the rate of: how many of how many.

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_no_more_than_the_whole() {
        assert!(Ratio::new(3, 3).is_some());
        assert_eq!(Ratio::new(4, 3), None);
    }
}
