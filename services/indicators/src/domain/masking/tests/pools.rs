//! Whoever put their answers together, somebody who knows as much or more is audited.

use proptest::prelude::*;

use super::agreed_width;
use super::world::Dice;
use crate::domain::masking::pools::pools;
use crate::domain::protection::Protection;

fn protections(dice: &mut Dice) -> Vec<Protection> {
    let protection = |dice: &mut Dice| Protection {
        minimum_count: dice.one_of(&[1, 3, 5, 10]),
        minimum_denominator: dice.one_of(&[0, 0, 4, 8, 20]),
        interval_width: dice.one_of(&[0, 3, 6]),
        protect_zeros: dice.under(2) == 0,
        rounding_base: 0,
    };
    (0..2 + dice.under(4)).map(|_| protection(dice)).collect()
}

/// `of` is the denominator of a rate that the count is a part of.
fn protects(it: Protection, (count, of): (u32, Option<u32>)) -> bool {
    let of_few = of.is_some_and(|all| all < it.minimum_denominator);
    if count == 0 { it.protect_zeros } else { count < it.minimum_count || of_few }
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
            let distinct = pool.iter().any(|it| it != own);
            let parts = |of: u32| (0..=of).map(move |count| (count, Some(of)));
            let counts = (0..10).map(|count| (count, None)).chain((0..25).flat_map(parts));
            for count in counts.filter(|count| distinct && pool.iter().all(|it| protects(*it, *count))) {
                let width_of = |it: &Protection| agreed_width(it, i64::from(count.0));
                let width = pool.iter().map(width_of).min().expect("a width");
                let holds = |larger: &&std::collections::BTreeSet<Protection>| {
                    pool.iter().all(|it| larger.contains(it))
                        && larger.iter().all(|it| protects(*it, count) && width_of(it) >= width)
                };
                prop_assert!(audited.iter().any(|larger| holds(&larger)), "{count:?} {pool:?} {audited:?}");
            }
        }
    }
}
