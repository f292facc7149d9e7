//! What a plain filter gives away, held against an attacker that shares no code with what is tried.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sdc::Unwatched;

use super::attacker::Structure;
use super::axis::Place;
use super::practice::{Practice, contents, layout};
use super::stories::MINIMUM;
use super::world::{Dice, Family, World};
use super::{Edition, cases, moments, plain_filter_leaks, spare};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_plain_filter_gives_away_the_small_counts_that_can_be_one_number_only(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::said(&[]);
        let (minimum_count, protect_zeros) = (dice.one_of(&[2, 5, 10]), dice.once_in(2));
        let protection = Protection { minimum_count, protect_zeros, ..MINIMUM };
        let mut practice = Practice::default();
        practice.publish(&world, &spare::delivery(&world, &mut dice), &|line| line);
        let contents = contents(&world, &practice.published);
        let release = Edition::new(&contents[0], BTreeMap::new());
        let found = plain_filter_leaks(&layout(&world), &[], &release, protection, &Unwatched);

        let family = Family { periods: vec![Period::Year(2025)], rates: false };
        let deliveries = &practice.deliveries;
        let grid = world.grid(&family);
        let moments = moments::moments(deliveries, &family, &grid);
        let structure = Structure::new(grid.clone(), moments, moments::delivered(deliveries, &family, &grid));
        let is_small = |value: i64| value < i64::from(minimum_count) && (value > 0 || protect_zeros);
        let rows: Vec<(Place, i64)> =
            practice.published[0].rows(&family).flat_map(|(_, counts)| counts).collect();
        let shown = rows.iter().filter(|(_, value)| !is_small(*value));
        let shown = shown.map(|(place, value)| (place.clone(), *value, None)).collect();
        let view = structure.seen(&shown, i64::from(!protect_zeros));
        let small = view.protected(|_, value, _| is_small(value));
        let known: Vec<_> = small.iter().filter(|own| view.width(own.0) < 0.5).collect();
        let is_known = |(place, value): &&(Place, i64)| {
            known.iter().any(|own| own.1 == place && own.2 == *value)
        };
        prop_assert_eq!(found, Ok(rows.iter().filter(is_known).count()), "{:?}", practice);
    }
}
