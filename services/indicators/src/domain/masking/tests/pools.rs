//! Whoever put their answers together, somebody who knows as much or more is audited.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use sdc::model::Need;

use super::world::Dice;
use crate::domain::masking::pools::pools;
use crate::domain::protection::Protection;

/// Protections of a few cells, of each some, with the room that these need.
fn needing(dice: &mut Dice) -> BTreeMap<Protection, Vec<Need>> {
    let mut all = BTreeMap::new();
    for minimum_count in 1..=2 + u32::try_from(dice.under(4)).expect("a small number") {
        let protected: Vec<usize> = (0..4).filter(|_| dice.under(3) > 0).collect();
        let need = |cell| {
            let (above, below) = (dice.one_of(&[0, 2, 4]), dice.one_of(&[0, 2, 4]));
            Need { cell, width: dice.one_of(&[1, 3, 6]), above, below }
        };
        let needs = protected.into_iter().map(need).collect();
        all.insert(Protection { minimum_count, ..Protection::default() }, needs);
    }
    all
}

proptest! {
    #[test]
    fn every_pool_is_in_one_that_protects_the_same_cell_with_as_much_room(seed in any::<u64>()) {
        let mut all = needing(&mut Dice::new(seed));
        let (own, needs) = all.pop_first().expect("a protection");
        let audited = pools((own, &needs), all.iter().map(|(other, its)| (*other, its.as_slice())));
        let others: Vec<Protection> = all.keys().copied().collect();
        all.insert(own, needs);
        let of = |protection: &Protection, cell: usize| {
            all[protection].iter().find(|need| need.cell == cell).copied()
        };
        for chosen in 1..1usize << others.len() {
            let with = others.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            let pool: Vec<Protection> = with.map(|(_, it)| *it).chain([own]).collect();
            for cell in 0..4 {
                let needs: Option<Vec<Need>> = pool.iter().map(|it| of(it, cell)).collect();
                let Some(least) = needs.and_then(|needs| needs.into_iter().reduce(Need::either)) else {
                    continue;
                };
                let has_room = |it: &Protection| of(it, cell).is_some_and(|own| own.either(least) == least);
                let holds = |larger: &BTreeSet<Protection>| {
                    pool.iter().all(|it| larger.contains(it)) && larger.iter().all(has_room)
                };
                prop_assert!(audited.iter().any(holds), "{cell} {pool:?} {audited:?}");
            }
        }
    }
}
