//! Rounded values are right on average and near, and the same for the same draw.

use proptest::prelude::*;
use sdc::rounding::round;

proptest! {
    #[test]
    fn a_rounded_value_is_a_multiple_next_to_the_value(
        value in any::<i64>(), base in any::<i64>(), draw in any::<u64>()
    ) {
        let rounded = i128::from(round(value, base, draw));
        if base <= 1 {
            prop_assert_eq!(rounded, i128::from(value));
        } else {
            prop_assert_eq!(rounded % i128::from(base), 0);
            prop_assert!((rounded - i128::from(value)).abs() < i128::from(base));
        }
    }

    #[test]
    fn the_mean_over_draws_is_the_value(value in -1_000i64..1_000, base in 0i64..40, fine in 1u128..9) {
        // Draws at equal distances, a whole number of them for each number under the base.
        let count = u128::from(base.max(1).unsigned_abs()) * fine;
        let draws = (0..count).map(|index| u64::try_from((index << 64).div_ceil(count)).unwrap());
        let sum: i128 = draws.map(|draw| i128::from(round(value, base, draw))).sum();
        prop_assert_eq!(sum, i128::from(value) * i128::try_from(count).unwrap());
    }

    #[test]
    fn a_value_under_zero_is_rounded_as_its_opposite(
        value in -1_000i64..1_000, base in 0i64..40, draw in any::<u64>()
    ) {
        prop_assert_eq!(round(-value, base, draw), -round(value, base, draw));
    }
}

#[test]
fn multiples_and_what_does_not_fit_are_rounded_without_overflow() {
    assert_eq!([0, u64::MAX].map(|draw| round(15, 5, draw)), [15, 15]);
    assert_eq!([0, u64::MAX].map(|draw| round(16, 5, draw)), [20, 15]);
    assert_eq!([0, u64::MAX].map(|draw| round(-16, 5, draw)), [-20, -15]);
    assert_eq!(round(i64::MAX, 1_000, 0), i64::MAX / 1_000 * 1_000);
    assert_eq!(round(i64::MIN, 1_000, 0), i64::MIN / 1_000 * 1_000);
    assert_eq!(round(i64::MIN, 1, 0), i64::MIN);
    assert_eq!(round(7, i64::MAX, u64::MAX), 0);
}
