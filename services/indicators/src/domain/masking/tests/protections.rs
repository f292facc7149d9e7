//! Made-up protections.

use std::cmp::Reverse;

use super::world::Dice;
use crate::domain::protection::Protection;

/// Protections, of three of which it can be that none is stricter than another.
pub(super) fn protections(dice: &mut Dice) -> Vec<Protection> {
    if dice.once_in(3) {
        let of = |minimum_count, interval_width, protect_zeros| Protection {
            minimum_count,
            interval_width,
            protect_zeros,
            ..Protection::default()
        };
        let last = dice.one_of(&[of(2, 9, true), of(8, 4, false), of(10, 2, true)]);
        return vec![of(3, 6, true), of(5, 3, dice.under(2) == 0), of(10, 0, false), last];
    }
    (0..1 + dice.under(3)).map(|_| protection(dice)).collect()
}

pub(super) fn protection(dice: &mut Dice) -> Protection {
    Protection {
        minimum_count: dice.one_of(&[5, 10, 3, 2]),
        minimum_denominator: dice.one_of(&[0, 0, 0, 20, 50]),
        group_percent: dice.one_of(&[None, None, None, Some(Reverse(80)), Some(Reverse(95))]),
        interval_width: dice.one_of(&[0, 0, 3, 6]),
        protect_zeros: dice.once_in(3),
        rounding_base: dice.one_of(&[0, 0, 3, 5]),
        ..Protection::default()
    }
}
