//! Counts of which one is not true any more, where it does not show which.

use proptest::prelude::*;

use super::practice::{Practice, Published};
use super::stories::MINIMUM;
use super::world::{BlockName, Delivery, Dice, World};
use super::{Why, cases, passes_its_audit, resists};
use crate::domain::area::Area;
use crate::domain::period::Period;
use crate::domain::protection::Protection;

const DISTRICTS: [&str; 5] = ["WK1", "WK2", "WK3", "WK4", "WK5"];

/// A municipality with five districts.
fn world() -> World {
    let mut world = World::said(&[]);
    let third = world.areas.iter().find(|area| area.code == "WK3").expect("an area").clone();
    world.areas.retain(|area| area.code == "GM1" || DISTRICTS.contains(&&*area.code));
    world.areas.extend(["WK4", "WK5"].map(|code| Area { code: code.to_owned(), ..third.clone() }));
    world
}

/// How many of how many in each of these areas, or how many by themselves.
fn delivery(figures: &[(&str, i64, i64)], rates: bool) -> Delivery {
    let mut delivery = Delivery::default();
    for (area, count, of) in figures {
        match rates {
            true => delivery.rate("", "2025", area, &["totaal"], *count, *of),
            false => {
                let name = BlockName { period: Period::Year(2025), source: "", rates };
                let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
                delivery.counts.entry(name).or_default().insert(place, *count);
            }
        }
    }
    delivery
}

/// The municipality of these districts.
fn all(districts: &[(&'static str, i64, i64)]) -> (&'static str, i64, i64) {
    districts.iter().fold(("GM1", 0, 0), |sum, own| (sum.0, sum.1 + own.1, sum.2 + own.2))
}

fn is_shown(published: &Published, protection: Protection, code: &str) -> bool {
    let mask = &published.shields[&protection].mask;
    published.table.cells().enumerate().any(|(row, cell)| cell.area == code && !mask.hides(row))
}

#[test]
fn a_total_that_was_corrected_tells_none_of_its_parts_whichever_of_them_changed() {
    let before = [("WK1", 20, 54), ("WK2", 54, 150), ("WK3", 45, 110), ("WK4", 60, 170), ("WK5", 70, 200)];
    for (changed, rates) in (0..5).flat_map(|changed| [(changed, true), (changed, false)]) {
        let mut first = before;
        (first[changed].1, first[changed].2) = (20, 54);
        let mut second = first;
        (second[changed].1, second[changed].2) = (3, 30);
        let releases = [[&[all(&first)][..], &first].concat(), vec![all(&second)]];
        let (world, mut practice) = (world(), Practice::default());
        practice.agree(&world, MINIMUM);
        releases.iter().for_each(|own| practice.publish(&world, &delivery(own, rates), &|line| line));
        assert!(practice.published.iter().skip(1).all(|own| !is_shown(own, MINIMUM, "GM1")), "{practice:?}");
        resists(&world, &practice).expect("nothing is found");
    }
}

/// The municipality, and districts or neighbourhoods in it, as they were and as the municipality alone is told now.
fn corrected(
    world: &World,
    before: &[(&'static str, i64, i64)],
    now: (&'static str, i64, i64),
    rates: bool,
) -> bool {
    let mut practice = Practice::default();
    practice.agree(world, MINIMUM);
    for own in [before, &[now]] {
        practice.publish(world, &delivery(own, rates), &|line| line);
    }
    let [first, second] = practice.published.as_slice() else { panic!("{:?}", practice.refused) };
    resists(world, &practice).expect("nothing is found");
    assert!(before.iter().all(|(area, ..)| is_shown(first, MINIMUM, area)));
    is_shown(second, MINIMUM, now.0)
}

#[test]
fn a_total_that_was_corrected_does_not_tell_the_rate_of_which_a_side_still_fits() {
    // The first district is 3 of 58 now, besides 16 of 59 and 13 of 71.
    let before = [("GM1", 66, 227), ("WK1", 37, 97), ("WK2", 16, 59), ("WK3", 13, 71)];
    assert!(!corrected(&World::said(&[]), &before, ("GM1", 32, 188), true));
    assert!(!corrected(&World::said(&[]), &before, ("GM1", 58, 219), true), "29 of 89");
    assert!(corrected(&World::said(&[]), &before, ("GM1", 80, 260), true), "none of them was more");
}

#[test]
fn a_total_that_was_corrected_does_not_tell_the_part_of_a_part_that_changed() {
    // The first neighbourhood is 3 now, besides 71 and 52, or the second 24, or the first district 43.
    let before = [("GM1", 154, 0), ("WK1", 71, 0), ("WK2", 83, 0), ("BU21", 31, 0), ("BU22", 52, 0)];
    let before = before.map(|(area, count, _)| (area, count, count));
    assert!(!corrected(&World::said(&[]), &before, ("GM1", 126, 126), false));
    assert!(!corrected(&World::said(&[]), &before, ("GM1", 134, 134), false), "11, 32 or 51");
    assert!(corrected(&World::said(&[]), &before, ("GM1", 184, 184), false), "none of them was more");
}

#[test]
fn a_total_that_was_corrected_does_not_tell_a_large_part_that_keeps_many_small_ones_out() {
    // The first neighbourhood is 3 of 143 now.
    let parts = ["BU11", "BU12", "BU13", "BU14", "BU15", "BU16", "BU17", "BU18", "BU19", "BU1A", "BU1B"];
    let counts = parts.map(|code| if code == "BU11" { (code, 130, 130) } else { (code, 14, 14) });
    let before = [&[("WK1", 270, 270)][..], &counts].concat();
    let mut world = World::said(&[]);
    let like = world.areas.iter().find(|area| area.code == "BU12").expect("an area").clone();
    world.areas.extend(parts[2..].iter().map(|code| Area { code: (*code).to_owned(), ..like.clone() }));
    assert!(!corrected(&world, &before, ("WK1", 143, 143), false));
}

#[test]
fn that_a_total_was_no_more_than_its_parts_is_no_secret_when_it_becomes_more() {
    let zeros = Protection { protect_zeros: true, minimum_count: 6, ..MINIMUM };
    let first =
        [("GM1", 500, 500), ("WK1", 100, 100), ("WK2", 100, 100), ("WK3", 100, 100), ("WK4", 200, 200)];
    for second in [("GM1", 540, 540), ("GM1", 503, 503), ("WK4", 180, 180)] {
        let (mut world, mut practice) = (world(), Practice::default());
        world.areas.retain(|area| area.code != "WK5");
        practice.agree(&world, zeros);
        for own in [&first[..], &[second]] {
            practice.publish(&world, &delivery(own, false), &|line| line);
        }
        assert_eq!(practice.refused.len(), 0, "{:?}", practice.refused);
        resists(&world, &practice).expect("nothing is found");
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn who_knows_which_part_is_not_true_any_more_finds_no_small_one(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut figure = |code: &'static str| {
            let count = dice.one_of(&[1i64, 3, 7, 20, 30, 60]);
            (code, count, count + dice.one_of(&[2i64, 10, 40]))
        };
        let first = DISTRICTS.map(&mut figure);
        let second = DISTRICTS.map(&mut figure);
        let changed = dice.under(5);
        let mut now = first;
        now[changed] = second[changed];
        let rates = dice.under(2) == 0;
        let told: Vec<_> =
            now.into_iter().enumerate().filter(|(at, _)| *at != changed && dice.once_in(4)).map(|(_, own)| own).collect();
        let releases = [[&[all(&first)][..], &first].concat(), [&[all(&now)][..], &told].concat()];
        let (world, mut practice) = (world(), Practice::default());
        let zeros = dice.under(2) == 0;
        let protection = Protection { protect_zeros: zeros, ..MINIMUM };
        practice.agree(&world, protection);
        releases.iter().for_each(|own| practice.publish(&world, &delivery(own, rates), &|line| line));
        resists(&world, &practice)?;
        let [before, after] = practice.published.as_slice() else { return Ok(()) };
        let mut others = DISTRICTS.iter().enumerate().filter(|(at, _)| *at != changed);
        if is_shown(after, protection, "GM1") && others.all(|(_, code)| is_shown(before, protection, code) || is_shown(after, protection, code)) {
            let (_, count, of) = now[changed];
            prop_assert!(count >= 5 && (!rates || of - count >= 5 || of == count && !zeros), "{count} of {of}\n{practice:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn who_knows_which_smallest_part_is_not_true_any_more_finds_no_small_one(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut figure = |code: &'static str, counts: &[i64]| {
            let count = dice.one_of(counts);
            (code, count, count + dice.one_of(&[10i64, 40, 41]))
        };
        let parts = ["WK1", "WK3", "BU21", "BU22", "BU23", "BU24"].map(|code| figure(code, &[20, 31, 52, 71]));
        let other = parts.map(|own| figure(own.0, &[1, 3, 7, 20, 100]));
        let parts = parts.into_iter().take(4 + dice.under(3)).collect::<Vec<_>>();
        let mut now = parts.clone();
        let changed = dice.under(now.len());
        now[changed] = other[changed];
        let (mut world, mut practice) = (World::said(&[]), Practice::default());
        let like = world.areas.iter().find(|area| area.code == "BU22").expect("an area").clone();
        world.areas.extend(["BU23", "BU24"].map(|code| Area { code: code.to_owned(), ..like.clone() }));
        practice.agree(&world, MINIMUM);
        let rates = dice.under(2) == 0;
        let second = ("WK2", all(&parts[2..]).1, all(&parts[2..]).2);
        let first = [vec![all(&parts), second], parts.clone()].concat();
        for own in [&first[..], &[all(&now)]] {
            practice.publish(&world, &delivery(own, rates), &|line| line);
        }
        resists(&world, &practice)?;
        let [before, after] = practice.published.as_slice() else { return Ok(()) };
        prop_assert!(first.iter().all(|(area, ..)| is_shown(before, MINIMUM, area)), "{practice:?}");
        let (_, count, of) = now[changed];
        let is_small = count < 5 || rates && of - count < 5;
        prop_assert!(!is_small || !is_shown(after, MINIMUM, "GM1"), "{count} of {of}\n{practice:?}");
    }
}

/// The counts that are shown of the last of these releases, of areas by themselves.
fn shown(world: &World, releases: &[&[(&'static str, i64)]], protection: Protection) -> Vec<i64> {
    let mut practice = Practice::default();
    practice.agree(world, protection);
    for counts in releases {
        let counts: Vec<_> = counts.iter().map(|(area, count)| (*area, *count, 0)).collect();
        practice.publish(world, &delivery(&counts, false), &|line| line);
    }
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    resists(world, &practice).expect("nothing is found");
    let last = practice.published.last().expect("a release");
    let cells = last.table.cells().enumerate();
    let shown = cells.filter(|(row, _)| !last.shields[&protection].mask.hides(*row));
    shown.filter_map(|(_, cell)| i64::try_from(cell.value?.unscaled()).ok()).collect()
}

#[test]
fn a_new_count_that_is_withheld_keeps_nothing_that_was_shown_out() {
    let ten = Protection { minimum_count: 10, protect_zeros: true, ..MINIMUM };
    // 100 less 41 and 58 is the 1 of before, although all are 102 now.
    let first = [("GM1", 100), ("WK1", 1), ("WK2", 40), ("WK3", 59)];
    let second = [("WK1", 3), ("WK2", 41), ("WK3", 58)];
    let mut world = world();
    world.areas.retain(|area| !["WK4", "WK5"].contains(&&*area.code));
    assert_eq!(shown(&world, &[&first], ten).len(), 2);
    assert_eq!(shown(&world, &[&first, &second], ten).len(), 1);
    // It can also be what was never told again, where the new one was at odds with it.
    let part = [("GM1", 100), ("WK2", 40)];
    assert_eq!(shown(&world, &[&part, &[("WK1", 3), ("WK3", 59)]], ten).len(), 0);
}

/// A release of a municipality of three districts, by source.
fn by_source(lines: &[(&'static str, &'static str, i64)]) -> Delivery {
    let mut delivery = Delivery::default();
    for (source, area, count) in lines {
        let name = BlockName { period: Period::Year(2025), source, rates: false };
        let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
        delivery.counts.entry(name).or_default().insert(place, *count);
    }
    delivery
}

/// How many are withheld of each of these releases, of which every mask passes its audit.
fn withheld(releases: &[&[(&'static str, &'static str, i64)]], protection: Protection) -> Vec<usize> {
    let (mut world, mut practice) = (world(), Practice::default());
    world.areas.retain(|area| !["WK4", "WK5"].contains(&&*area.code));
    practice.agree(&world, protection);
    releases.iter().for_each(|own| practice.publish(&world, &by_source(own), &|line| line));
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    resists(&world, &practice).expect("nothing is found");
    passes_its_audit(&world, &practice).expect("as it was made");
    practice.published.iter().map(|own| own.shields[&protection].mask.count()).collect()
}

#[test]
fn what_is_withheld_does_not_replace_what_was_shown() {
    let ten = Protection { minimum_count: 10, ..MINIMUM };
    // 38 less 17 and 18 is 3, whatever the second source says of the second district now.
    let first = [("c", "WK1", 5), ("c", "WK2", 18)];
    let second = [("a", "GM1", 38), ("b", "WK1", 17), ("b", "WK2", 9)];
    assert_eq!(withheld(&[&first, &second], ten), [1, 2]);
}

const PARTS: [(&str, &str, i64); 4] =
    [("a", "GM1", 103), ("a", "WK1", 31), ("a", "WK2", 20), ("a", "WK3", 52)];

#[test]
fn what_is_told_again_as_it_was_stays_and_what_does_not_fit_with_it_is_withheld() {
    // The second district is 3 now.
    assert_eq!(withheld(&[&PARTS, &[("a", "WK1", 48), ("a", "GM1", 103)]], MINIMUM), [0, 1]);
    assert_eq!(withheld(&[&PARTS, &[("a", "GM1", 86)]], MINIMUM), [0, 1]);
    let all = [("a", "GM1", 86), ("a", "WK1", 31), ("a", "WK2", 3), ("a", "WK3", 52)];
    assert_eq!(withheld(&[&PARTS, &[("a", "GM1", 86)], &all], MINIMUM), [0, 1, 2]);
}

#[test]
fn what_another_source_showed_may_be_what_is_not_true_any_more() {
    assert_eq!(withheld(&[&PARTS, &[("b", "GM1", 86)]], MINIMUM), [0, 1]);
    // Where they are told of one moment they need not fit.
    let both = |parts: &[(&'static str, &'static str, i64)]| [parts, &[("b", "GM1", 86)]].concat();
    assert_eq!(withheld(&[&both(&PARTS)], MINIMUM), [0]);
    let now = PARTS.map(|(source, area, count)| (source, area, count * 2));
    assert_eq!(withheld(&[&PARTS, &both(&now)], MINIMUM), [0, 0]);
}

#[test]
fn what_goes_back_to_what_it_was_is_new_beside_what_came_between() {
    assert_eq!(withheld(&[&[("a", "GM1", 86)], &PARTS, &[("a", "GM1", 86)]], MINIMUM), [0, 0, 1]);
}

#[test]
fn that_nobody_is_left_is_no_secret_where_zeros_are_none() {
    let zeros = Protection { protect_zeros: true, ..MINIMUM };
    for (protection, expected) in [(MINIMUM, [0, 0]), (zeros, [0, 1])] {
        assert_eq!(withheld(&[&PARTS, &[("a", "GM1", 0)]], protection), expected);
    }
}

#[test]
fn a_protection_that_would_show_the_parts_of_what_another_one_shows_anew_is_refused() {
    let (mut world, mut practice) = (world(), Practice::default());
    world.areas.retain(|area| !["WK4", "WK5"].contains(&&*area.code));
    let hundred = Protection { minimum_count: 100, ..MINIMUM };
    practice.agree(&world, hundred);
    let parts = [("a", "GM1", 154), ("a", "WK1", 71), ("a", "WK2", 31), ("a", "WK3", 52)];
    for own in [&parts[..], &[("a", "GM1", 126)]] {
        practice.publish(&world, &by_source(own), &|line| line);
    }
    practice.agree(&world, MINIMUM);
    let [refused] = practice.refused.as_slice() else { panic!("{practice:?}") };
    assert_eq!(refused.iter().map(|own| own.why.clone()).collect::<Vec<_>>(), [Why::Together(hundred)]);
}

#[test]
fn what_a_rate_was_of_another_number_keeps_out_nothing_that_was_shown() {
    let figure = |source: &'static str, area: &'static str, counted, all| (source, area, counted, all);
    // What is not of somebody does not apply. 443 less 240 and 200 is 3.
    let of_another = [
        vec![figure("a", "WK1", 240, 480), figure("a", "WK2", 60, 118), figure("a", "WK3", 200, 400)],
        vec![figure("b", "WK1", 241, 480), figure("b", "WK2", 3, 120), figure("b", "GM1", 443, 1000)],
    ];
    let mut did_not_apply = of_another.clone();
    did_not_apply[0][1] = figure("a", "WK2", 0, 0);
    let ten = Protection { minimum_count: 10, protect_zeros: true, interval_width: 10, ..MINIMUM };
    for (releases, protection) in
        [(&of_another, MINIMUM), (&of_another, ten), (&did_not_apply, MINIMUM), (&did_not_apply, ten)]
    {
        let (mut world, mut practice) = (world(), Practice::default());
        world.areas.retain(|area| !["WK4", "WK5"].contains(&&*area.code));
        practice.agree(&world, protection);
        for figures in releases {
            let mut delivery = Delivery::default();
            for (source, area, counted, all) in figures {
                match all {
                    0 => {
                        let name = BlockName { period: Period::Year(2025), source, rates: true };
                        let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
                        delivery.not_applicable.insert((name, place));
                    }
                    _ => delivery.rate(source, "2025", area, &["totaal"], *counted, *all),
                }
            }
            practice.publish(&world, &delivery, &|line| line);
        }
        resists(&world, &practice).expect("nothing is found");
        let shown = practice.published.get(1).is_some_and(|own| is_shown(own, protection, "GM1"));
        assert!(!shown, "{practice:?}");
    }
}
