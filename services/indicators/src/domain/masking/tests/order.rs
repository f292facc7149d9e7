//! In which order protections came.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sdc::{Mask, Unwatched};

use super::cases;
use super::practice::{Published, with_course};
use super::protections::protections;
use super::world::{Dice, World};
use crate::domain::masking::Course;
use crate::domain::protection::Protection;

type Masks = BTreeMap<Protection, Mask>;

/// The masks of a new release, or how many causes there are that it has none.
fn masks(world: &World, published: &[Published], wanted: &[Protection]) -> Result<Masks, usize> {
    with_course(world, published, &|course| {
        let made = Course { wanted: wanted.to_vec(), ..course }.make(&Unwatched);
        let masks = made.map(|made| made.into_iter().map(|own| (own.protection, own.shielded.shield.mask)));
        masks.map(Iterator::collect).map_err(|none| none.failures.len())
    })
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_order_in_which_protections_came_has_no_influence_on_the_masks_of_a_release(seed: u64) {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let table = world.table(&world.deliveries[0], &|line| line);
        let published = [Published { table, shields: BTreeMap::new() }];
        let mut wanted = protections(&mut dice);
        let found = masks(&world, &published, &wanted);
        wanted.reverse();
        prop_assert_eq!(masks(&world, &published, &wanted), found);
    }
}
