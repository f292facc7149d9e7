//! What shields promise, tried on made-up datasets by an attacker that shares no code with what is
//! tried: everything that was shown under one protection or two, in all releases.

mod apart;
mod areas;
mod attacker;
mod axis;
mod budget;
mod contributions;
mod crosswise;
mod equations;
mod groups;
mod help;
mod in_turn;
mod leaks;
mod moments;
mod needs;
mod not_applicable;
mod order;
mod other_years;
mod outdated;
mod periods;
mod pools;
mod practice;
mod programme;
mod protections;
mod rates_over_time;
mod readings;
mod retired;
mod rounding;
mod spare;
mod stories;
mod subtotals;
mod sums;
mod unplaced;
mod world;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use sdc::Unwatched;

use super::*;
use attacker::{NOBODY, Seen, Structure, of_all};
use axis::{Axis, Grid, Place, SIDES};
use practice::{Practice, Published, edition, layout};
use world::{Counts, Delivery, Dice, Family, World};

use crate::domain::period::Period;

/// So many cases, the same ones each time; `PROPTEST_RNG_SEED` gives others.
fn cases(many: u32) -> ProptestConfig {
    let own = ProptestConfig::with_cases(many);
    match own.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(2025), ..own },
        RngSeed::Fixed(_) => own,
    }
}

/// A world with its releases published and its protections agreed, in any order.
fn practised(seed: u64) -> (World, Practice) {
    let mut dice = Dice::new(seed);
    let world = World::new(&mut dice);
    let practice = practise(&world, &mut dice);
    (world, practice)
}

/// The releases of a world published and protections agreed, in any order.
fn practise(world: &World, dice: &mut Dice) -> Practice {
    let mut protections = protections::protections(dice);
    let mut practice = Practice::default();
    let mut deliveries = world.deliveries.iter().peekable();
    loop {
        let publish = protections.is_empty() || dice.under(2) == 0;
        match (publish, deliveries.peek()) {
            (true, None) if protections.is_empty() => break,
            (true, Some(_)) => {
                if let Some(delivery) = deliveries.next() {
                    practice.publish(world, delivery, &|line| line);
                }
            }
            (true, None) | (false, _) => {
                if let Some(protection) = protections.pop() {
                    practice.agree(world, protection);
                }
            }
        }
    }
    practice
}

/// The counts of these periods that are shown under these protections, in any release, and those of rates
/// with of how many.
fn seen(practice: &Practice, family: &Family, grid: &Grid, protections: &[Protection]) -> Seen {
    let nobody_there = moments::counted_nobody(&practice.deliveries, family, grid);
    let mut seen = BTreeSet::new();
    for (number, published) in practice.published.iter().enumerate() {
        for protection in protections {
            let Some(Shield { mask, .. }) = published.shields.get(protection) else { continue };
            for (_, counts) in published.rows(family).filter(|(row, _)| !mask.hides(*row)) {
                let all: Counts = counts.into_iter().collect();
                let of = |place: &Place| {
                    let is_nobody = !family.rates && nobody_there.contains(&(number, place.clone()));
                    of_all(place, &all).or(is_nobody.then_some(NOBODY))
                };
                seen.extend(all.iter().map(|(place, value)| (place.clone(), *value, of(place))));
            }
        }
    }
    let of = |place: &Place| match family.rates {
        true => place.1.last().is_some_and(|code| code != SIDES[2]).then_some(0),
        false => Some(NOBODY),
    };
    let nobody = nobody(practice, family, protections).into_iter();
    seen.extend(nobody.map(|place| (place.clone(), 0, of(&place))));
    seen
}

/// The places where these readers were told that it does not apply.
fn nobody(practice: &Practice, family: &Family, protections: &[Protection]) -> BTreeSet<Place> {
    let shown = practice.shown(protections);
    shown.iter().flat_map(|own| moments::nobody(own, family)).map(|(_, place)| place).collect()
}

/// `group` is what a count, or who are counted in a rate, are a category of.
fn is_protected(
    protections: &[Protection],
    place: &Place,
    value: i64,
    denominator: Option<i64>,
    group: Option<i64>,
) -> bool {
    let nearly_all = |least: Option<Reverse<u32>>| match (least, group) {
        (Some(Reverse(percent)), Some(all)) => value * 100 >= all * i64::from(percent),
        (None, _) | (_, None) => false,
    };
    let of_few = |least: u32| denominator.is_some_and(|all| all < i64::from(least));
    let is_rest = place.1.last().is_some_and(|code| code == SIDES[1]);
    protections.iter().all(|protection| match value {
        _ if denominator == Some(0) => false,
        // All others, where it is no secret that nobody is counted.
        all if is_rest && denominator == Some(all) && !protection.protect_zeros => false,
        0 => protection.protect_zeros,
        value => {
            value < i64::from(protection.minimum_count)
                || of_few(protection.minimum_denominator)
                || nearly_all(protection.group_percent)
        }
    })
}

/// How far apart what a count may be has to reach: of a small one, or one of few, as far as its minimum, so that
/// no sum of hidden counts is a small count.
fn agreed_width(protection: &Protection, value: i64, denominator: Option<i64>) -> u32 {
    let of_few = denominator.is_some_and(|all| value > 0 && all < i64::from(protection.minimum_denominator));
    let is_small = of_few || (1..i64::from(protection.minimum_count)).contains(&value);
    let minimum = if is_small { protection.minimum_count } else { 1 };
    protection.interval_width.max(minimum)
}

/// Whoever reads under one protection or several, and keeps everything, finds nothing that is protected.
fn resists(world: &World, practice: &Practice) -> Result<(), TestCaseError> {
    for family in practice.families(world) {
        let mut known: BTreeMap<([Vec<Delivery>; 2], BTreeSet<Counts>), Structure> = BTreeMap::new();
        for readers in practice.readers() {
            // Of releases of after a protection was retired its readers know nothing, also not of zeros.
            let zeros: Vec<Protection> = readers.iter().filter(|own| !own.protect_zeros).copied().collect();
            let told = [practice.shown(&readers), practice.shown(&zeros)];
            let grid = world.grid(&family);
            let shown = seen(practice, &family, &grid, &readers);
            let mut moments = moments::moments(&told[0], &family, &grid);
            moments.extend(moments::as_seen(&told[0], &family, &grid, &shown));
            let structure = known.entry((told, moments)).or_insert_with_key(|(told, moments)| {
                let delivered = moments::delivered(&told[1], &family, &grid);
                Structure::new(grid, moments.clone(), delivered)
            });
            // A rate that is not shown can have a zero among its counts.
            let lowest = readers.iter().any(|protection| !protection.protect_zeros) && !family.rates;
            let lowest = i64::from(lowest);
            let told = moments::delivered(&practice.shown(&readers), &family, &world.grid(&family));
            let counted =
                told.iter().filter(|(_, value)| *value == 0).map(|(place, _)| place.clone()).collect();
            let nobody = structure.nobody(&nobody(practice, &family, &readers), &counted);
            let published = practice.shown(&readers);
            let known = published.iter().flat_map(|own| moments::truly_nobody(own, &family));
            let known = structure.nobody(&known.map(|(_, place)| place).collect(), &counted);
            let view = structure.seen(&shown, lowest).where_nobody_is(known);
            let groups = moments::groups(&practice.shown(&readers), &family, &world.grid(&family));
            let group = |place: &Place, value: i64, of: Option<i64>| match family.rates {
                true => of.filter(|_| place.1.last().is_some_and(|side| side == SIDES[0])),
                false => groups.get(&(place.clone(), value)).copied(),
            };
            let mut protected = view.protected(|place, value, of| {
                is_protected(&readers, place, value, of, group(place, value, of))
            });
            protected.retain(|(at, ..)| !nobody.contains(at));
            let found = view.found();
            let found: Vec<_> = protected.iter().filter(|(at, ..)| found.contains(at)).collect();
            prop_assert!(found.is_empty(), "{readers:?}\n{found:?}\n{practice:?}");
            let room =
                |at: usize| view.denominator(at).and_then(|all| u32::try_from(all).ok()).map(f64::from);
            let agreed = |(at, _, value): &(usize, &Place, i64)| {
                let width = readers
                    .iter()
                    .map(|own| agreed_width(own, *value, view.denominator(*at)))
                    .min()
                    .map_or(0.0, f64::from);
                room(*at).map_or(width, |room| width.min(room))
            };
            let narrow: Vec<_> = protected.iter().filter(|own| view.width(own.0) < agreed(own)).collect();
            prop_assert!(narrow.is_empty(), "{readers:?}\n{narrow:?}\n{practice:?}");
            let insiders = view.found_by_insiders(&protected);
            prop_assert!(insiders.is_empty(), "{readers:?}\n{insiders:?}\n{practice:?}");
            let unaware = view.found_by_unaware(&protected, &told);
            prop_assert!(unaware.is_empty(), "{readers:?}\n{unaware:?}\n{practice:?}");
        }
    }
    Ok(())
}

/// Every shield passes its audit, beside those of before.
fn passes_its_audit(world: &World, practice: &Practice) -> Result<(), TestCaseError> {
    for place in 0..practice.published.len() {
        let published = &practice.published[..=place];
        let contents = practice::contents(world, published);
        let editions: Vec<Edition<'_>> =
            published.iter().zip(&contents).map(|(own, contents)| edition(own, contents)).collect();
        let (release, earlier) = editions.split_last().expect("a release");
        for protection in &practice.agreed {
            let checked = check(&layout(world), earlier, release, *protection, &Unwatched);
            prop_assert!(checked.is_ok(), "{checked:?}\n{practice:?}");
        }
    }
    Ok(())
}

/// What a protection does with a count or a rate: whether it is withheld, and what is rounded upwards.
type Fate = (bool, Option<(bool, bool)>);
/// A count, or the three of a rate.
type Told = (Family, Vec<(Place, i64)>);

fn fates(world: &World, practice: &Practice, protection: Protection) -> Vec<(Told, Fate)> {
    let of = |published: &Published| {
        let shield = &published.shields[&protection];
        let up = |own: &Upwards, row| (own.values.hides(row), own.denominators.hides(row));
        let fate = |row| (shield.mask.hides(row), shield.upwards.as_ref().map(|own| up(own, row)));
        let families = practice.families(world);
        let rows = families.iter().flat_map(|family| {
            published.rows(family).map(|(row, counts)| ((family.clone(), counts), fate(row)))
        });
        rows.collect::<Vec<_>>()
    };
    practice.published.iter().flat_map(of).collect()
}

#[test]
fn rates_of_a_year_and_its_quarters_are_one_block_exactly_where_their_numerators_add_up() {
    let (year, quarter) = (Period::Year(2025), Period::Quarter(2025, 1));
    let family = |periods: &[Period], rates| Family { periods: periods.to_vec(), rates };
    let both = [year, quarter];
    let mut world = World::of_ones(&[family(&both, false), family(&both, true)]);
    let keys = |world: &World| {
        let table = world.table(&world.deliveries[0], &|line| line);
        let contents = Contents::of_all(std::iter::once(&table), &Areas::new(&world.areas, []));
        let keys = keys(&layout(world), &contents.iter().collect::<Vec<_>>()).into_iter();
        keys.map(|(indicator, periods)| (indicator.to_owned(), periods)).collect::<Vec<_>>()
    };
    let of = |indicator: &str, periods: &[Period]| (indicator.to_owned(), periods.to_vec());
    assert_eq!(keys(&world), [of(world::COUNT, &both), of(world::RATE, &both)]);
    world.declared.declare(world::RATE, false, false);
    assert_eq!(
        keys(&world),
        [of(world::COUNT, &both), of(world::RATE, &[year]), of(world::RATE, &[quarter])]
    );
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn who_keeps_all_that_was_shown_finds_no_protected_count(seed in any::<u64>()) {
        let (world, practice) = practised(seed);
        resists(&world, &practice)?;
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn who_kept_what_was_shown_under_a_retired_protection_finds_no_protected_count(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let protections = protections::protections(&mut dice);
        let mut practice = Practice::default();
        for delivery in &world.deliveries {
            practice.publish(&world, delivery, &|line| line);
            for _ in 0..2 {
                match dice.under(3) {
                    0 => practice.retire(dice.under(4)),
                    _ => practice.agree(&world, dice.one_of(&protections)),
                }
            }
        }
        resists(&world, &practice)?;
    }

    #[test]
    fn who_keeps_periods_of_which_each_has_a_level_of_its_own_finds_no_protected_count(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::of_levels(&mut dice);
        let practice = practise(&world, &mut dice);
        resists(&world, &practice)?;
    }

    #[test]
    fn who_keeps_rates_of_periods_of_which_the_numerators_add_up_finds_no_protected_one(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let world = World::of_rates_over_time(&mut dice);
        let practice = practise(&world, &mut dice);
        resists(&world, &practice)?;
    }

    #[test]
    fn every_shield_that_is_made_passes_its_audit(seed in any::<u64>()) {
        let (world, practice) = practised(seed);
        passes_its_audit(&world, &practice)?;
    }

    #[test]
    fn a_count_that_did_not_change_is_withheld_or_rounded_alike_in_every_release(seed in any::<u64>()) {
        let (world, practice) = practised(seed);
        for protection in &practice.agreed {
            let mut known = BTreeMap::new();
            // Where it was said not to apply, everybody knows that it is nobody.
            let can_be_known = practice.deliveries.iter().any(|own| !own.not_applicable.is_empty());
            let is_known = |told: &Told| can_be_known && told.1.iter().all(|(_, value)| *value == 0);
            for (told, fate) in fates(&world, &practice, *protection) {
                if is_known(&told) {
                    continue;
                }
                let before = *known.entry(told.clone()).or_insert(fate);
                prop_assert_eq!(before, fate, "{:?}\n{:?}", told, practice);
            }
        }
    }

    #[test]
    fn a_shield_does_not_depend_on_the_order_of_the_lines(seed in any::<u64>(), by in 1usize..1000) {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let protection = protections::protection(&mut dice);
        let shields = |order: &dyn Fn(usize) -> usize| {
            let mut practice = Practice::default();
            practice.agree(&world, protection);
            world.deliveries.iter().for_each(|own| practice.publish(&world, own, order));
            practice.published.into_iter().map(|own| own.shields).collect::<Vec<_>>()
        };
        // 1009 is a prime: every line gets a place of its own.
        prop_assert_eq!(shields(&|line| line), shields(&|line| line * by % 1009));
    }

    #[test]
    fn what_a_looser_protection_withholds_a_stricter_one_withholds_too(seed in any::<u64>()) {
        let (_, practice) = practised(seed);
        for readers in practice.readers() {
            let [looser, stricter] = readers.as_slice() else { continue };
            if stricter.is_at_least_as_strict_as(*looser) {
                for published in &practice.published {
                    let (inner, outer) = (&published.shields[looser], &published.shields[stricter]);
                    prop_assert!(outer.mask.contains(&inner.mask), "{readers:?}\n{practice:?}");
                }
            }
        }
    }

    #[test]
    fn what_tells_no_count_is_withheld_and_what_does_not_apply_is_not(seed in any::<u64>()) {
        let (world, practice) = practised(seed);
        for published in &practice.published {
            for (row, cell) in published.table.cells().enumerate() {
                let placed = Axis::is_placed(&world.areas, cell.period.year(), cell.area);
                let told = placed && (cell.additive || cell.ratio.is_some() || cell.value.is_none());
                let is_share = cell.ratio.is_some() && world.declared.is_distribution(cell.indicator);
                for (protection, shield) in &published.shields {
                    prop_assert!((told && !is_share) || shield.mask.hides(row));
                    prop_assert!(cell.value.is_some() || !placed || !shield.mask.hides(row));
                    let upwards = shield.upwards.as_ref().filter(|_| told && !shield.mask.hides(row));
                    let rounded = upwards.map(|own| own.rounded(*protection, row, &cell).is_some());
                    prop_assert!(rounded.is_none_or(|can_be| can_be == cell.value.is_some()), "{cell:?}");
                }
            }
        }
    }
}
