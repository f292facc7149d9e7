//! Whoever put their answers together, somebody who knows as much or more is audited.

use proptest::prelude::*;

use super::world::Dice;
use crate::domain::masking::compute::pools;
use crate::domain::protection::Protection;

fn protections(dice: &mut Dice) -> Vec<Protection> {
    let protection = |dice: &mut Dice| Protection {
        minimum_count: dice.one_of(&[1, 3, 5, 10]),
        interval_width: dice.one_of(&[0, 3, 6]),
        protect_zeros: dice.under(2) == 0,
        rounding_base: 0,
    };
    (0..2 + dice.under(4)).map(|_| protection(dice)).collect()
}

fn protects(it: Protection, count: u32) -> bool {
    if count == 0 { it.protect_zeros } else { count < it.minimum_count }
}

proptest! {
    #[test]
    fn every_pool_is_in_one_that_protects_the_same_count_as_widely(seed in any::<u64>()) {
        let all = protections(&mut Dice::new(seed));
        let (own, others) = all.split_first().expect("a protection");
        let audited = pools(*own, others.iter().copied());
        for chosen in 1..1usize << others.len() {
            let with = others.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            let pool: Vec<Protection> = with.map(|(_, it)| *it).chain([*own]).collect();
            let width = pool.iter().map(|it| it.interval_width).min().expect("a width");
            let distinct = pool.iter().any(|it| it != own);
            for count in (0..10).filter(|count| distinct && pool.iter().all(|it| protects(*it, *count))) {
                let holds = |larger: &&std::collections::BTreeSet<Protection>| {
                    pool.iter().all(|it| larger.contains(it))
                        && larger.iter().all(|it| protects(*it, count) && it.interval_width >= width)
                };
                prop_assert!(audited.iter().any(|larger| holds(&larger)), "{count} {pool:?} {audited:?}");
            }
        }
    }
}
