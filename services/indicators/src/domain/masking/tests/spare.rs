//! No more is withheld than it takes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sdc::{Mask, Unwatched};

use super::axis::Place;
use super::cases;
use super::practice::{Practice, contents, layout};
use super::stories::MINIMUM;
use super::world::{Delivery, Dice, Family, World};
use super::{Edition, Method, Shield, check, shield};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// Counts of areas and their breakdown of one year, as one source has them.
pub(super) fn delivery(world: &World, dice: &mut Dice) -> Delivery {
    let grid = world.grid(&Family { periods: vec![Period::Year(2025)], rates: false });
    let atoms: Vec<i64> =
        (0..grid.atom_count()).map(|_| dice.one_of(&[0, 1, 3, 7, 12, 20, 35, 60])).collect();
    let mut delivery = Delivery::default();
    let is_area = |(area, categories): &Place| {
        let of_breakdown = |code| world.dimensions[0].categories.contains(code);
        world.areas.iter().any(|own| own.code == *area) && categories.iter().all(of_breakdown)
    };
    for place in grid.places().into_iter().filter(is_area) {
        let value = grid.atoms(&place).iter().map(|atom| atoms[*atom]).sum();
        delivery.count("", "2025", &place.0, &place.1, value);
    }
    delivery
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn each_count_that_is_withheld_would_give_one_away(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::said(&[]);
        let (minimum_count, interval_width) = (dice.one_of(&[2, 5, 10]), dice.one_of(&[0, 3, 12]));
        let protection =
            Protection { minimum_count, interval_width, protect_zeros: dice.once_in(3), ..MINIMUM };
        let mut practice = Practice::default();
        practice.publish(&world, &delivery(&world, &mut dice), &|line| line);
        let contents = contents(&world, &practice.published);
        let release = Edition::new(&contents[0], BTreeMap::new());
        let made = shield(&layout(&world), &[], &release, protection, &Unwatched);
        let made = made.expect("a mask");
        prop_assert!(made.report.blocks.iter().all(|block| block.method == Method::Network));
        let mask = &made.shield.mask;
        for row in (0..mask.len()).filter(|row| mask.hides(*row)) {
            let mut less = Mask::none(mask.len());
            let others = (0..mask.len()).filter(|other| *other != row && mask.hides(*other));
            others.for_each(|other| less.hide(other));
            let less = Shield { mask: less, ..made.shield.clone() };
            let shields = BTreeMap::from([(protection, &less)]);
            let release = Edition::new(&contents[0], shields);
            let checked = check(&layout(&world), &[], &release, protection, &Unwatched);
            prop_assert!(checked.is_err(), "{row} of {mask:?}\n{practice:?}");
        }
    }
}
