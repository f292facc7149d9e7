//! Where it is said not to apply there is nobody, and everybody knows that.

use super::practice::Practice;
use super::programme::with_programme;
use super::resists;
use super::stories::MINIMUM;
use super::world::{BlockName, Delivery, World};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

/// Counts of one release by area and age; none where it does not apply.
type Release<'a> = &'a [(&'static str, &'static str, Option<i64>)];

const TEN: Protection = Protection { minimum_count: 10, ..MINIMUM };

/// How many counts are withheld in the last of these releases; none when it is refused. Nobody finds a small
/// one.
fn withheld(releases: &[Release<'_>], protection: Protection) -> Option<usize> {
    let counts = |own: &Release<'_>| -> Vec<(&'static str, &'static str, i64)> {
        own.iter().filter_map(|(area, age, count)| Some((*area, *age, (*count)?))).collect()
    };
    let counts: Vec<_> = releases.iter().map(counts).collect();
    let mut world = World::told(&counts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let name = BlockName { period: Period::Year(2025), source: "", rates: false };
    for (delivery, own) in world.deliveries.iter_mut().zip(releases) {
        delivery.counts.entry(name).or_default();
        let none = own.iter().filter(|(.., count)| count.is_none());
        let places = none.map(|(area, age, _)| (name, ((*area).to_owned(), vec![(*age).to_owned()])));
        delivery.not_applicable.extend(places);
    }
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
    resists(&world, &practice).expect("nothing is found");
    let last = practice.published.get(releases.len() - 1)?;
    Some(last.shields[&protection].mask.count())
}

#[test]
fn what_does_not_apply_leaves_no_room_for_what_is_withheld_beside_it() {
    let counts = [("GM1", "totaal", Some(40)), ("WK1", "totaal", Some(33)), ("WK2", "totaal", Some(7))];
    let of = |third| [&counts[..], &[("WK3", "totaal", third)]].concat();
    assert_eq!(withheld(&[&of(None)], TEN), Some(2));
    // Also where zeros are protected: that one is known.
    assert_eq!(withheld(&[&of(None)], Protection { protect_zeros: true, ..TEN }), Some(2));
    assert_eq!(withheld(&[&of(Some(0))], TEN), Some(2));
}

#[test]
fn that_it_does_not_apply_tells_nothing_whenever_it_is_said() {
    let counts = [("GM1", "totaal", Some(40)), ("WK1", "totaal", Some(33)), ("WK2", "totaal", Some(7))];
    let third = [("WK3", "totaal", None)];
    // The 7 are all of the second and the third, which are a small group together.
    assert_eq!(withheld(&[&counts], TEN), Some(2));
    assert_eq!(withheld(&[&counts, &third], TEN), Some(0), "nothing else is delivered");
    assert_eq!(withheld(&[&third, &counts], TEN), Some(2));
}

#[test]
fn what_does_not_apply_in_a_total_does_not_apply_in_its_parts() {
    let zeros = Protection { protect_zeros: true, ..TEN };
    let counts = [
        ("GM1", "totaal", Some(80)),
        ("WK1", "totaal", None),
        ("BU11", "totaal", Some(0)),
        ("WK2", "totaal", Some(60)),
        ("WK3", "totaal", Some(20)),
    ];
    assert_eq!(withheld(&[&counts], zeros), Some(0));
}

#[test]
fn where_it_did_not_apply_and_nobody_is_counted_now_is_a_zero_like_any_other() {
    let zeros = Protection { protect_zeros: true, ..TEN };
    let of = |counts: [Option<i64>; 3]| {
        [("WK1", "totaal", counts[0]), ("WK1", "leeftijd1", counts[1]), ("WK1", "leeftijd2", counts[2])]
    };
    let before = of([None; 3]);
    assert_eq!(withheld(&[&before, &before], zeros), Some(0));
    // Everybody there would be known to be of the first age.
    assert_eq!(withheld(&[&before, &of([Some(40), Some(40), Some(0)])], zeros), Some(2));
    assert_eq!(withheld(&[&before, &of([Some(4), Some(4), Some(0)])], zeros), Some(3));
    assert_eq!(withheld(&[&of([Some(40), Some(40), Some(0)])], zeros), Some(2));
    let alone = |count| [("WK1", "totaal", count)];
    assert_eq!(withheld(&[&alone(None), &alone(Some(3)), &alone(Some(0))], zeros), Some(1));
    // What is not said again does not apply still.
    let beside = [("GM1", "totaal", Some(37)), ("WK2", "totaal", Some(30)), ("WK3", "totaal", Some(7))];
    assert_eq!(withheld(&[&alone(None), &beside], TEN), Some(2));
}

#[test]
fn a_zero_that_was_shown_in_what_does_not_apply_is_known_afterwards_too() {
    let zeros = Protection { protect_zeros: true, ..TEN };
    let first = [("WK1", "totaal", None), ("WK1", "leeftijd1", Some(0))];
    let second = [
        ("GM1", "leeftijd2", Some(64)),
        ("WK1", "totaal", Some(50)),
        ("WK2", "leeftijd2", Some(4)),
        ("WK3", "leeftijd2", Some(10)),
    ];
    assert_eq!(withheld(&[&first], zeros), Some(0));
    // Of the 64 are 50 in the first district, where nobody is of the other age.
    assert_eq!(withheld(&[&first, &second], zeros), Some(2));
}

#[test]
fn a_zero_that_is_counted_anew_where_it_did_not_apply_is_protected() {
    let zeros = Protection { protect_zeros: true, ..TEN };
    let none = [("WK1", "totaal", None), ("WK1", "leeftijd1", Some(0))];
    let now = [("WK1", "totaal", Some(50)), ("WK1", "leeftijd1", Some(0))];
    assert_eq!(withheld(&[&none[..1], &now], zeros), Some(1));
    assert_eq!(withheld(&[&none, &now], zeros), Some(1));
    assert_eq!(withheld(&[&none[..1], &none[1..], &now], zeros), Some(1));
    // So it is below that.
    let above = [("GM1", "totaal", None), ("WK1", "totaal", Some(0))];
    let now = [("GM1", "totaal", Some(60)), ("WK1", "totaal", Some(0)), ("WK2", "totaal", Some(60))];
    assert_eq!(withheld(&[&above, &now], zeros), Some(2));
}

#[test]
fn a_total_of_what_does_not_apply_and_of_what_its_only_one_knows_is_no_reason_to_refuse() {
    // Who is the only old one in the first district knows that there is none in the second, where being young does
    // not apply: so nobody is there.
    let counts = [
        ("WK1", "totaal", Some(20)),
        ("WK1", "leeftijd1", Some(19)),
        ("WK1", "leeftijd2", Some(1)),
        ("WK2", "totaal", Some(0)),
        ("WK2", "leeftijd1", None),
        ("WK2", "leeftijd2", Some(0)),
        ("WK3", "totaal", Some(30)),
        ("WK3", "leeftijd1", Some(30)),
        ("WK3", "leeftijd2", Some(0)),
    ];
    let protection = Protection { minimum_count: 5, protect_zeros: true, ..MINIMUM };
    assert!(withheld(&[&counts], protection).is_some());
}

#[test]
fn a_total_that_does_not_apply_while_its_parts_do_says_nothing() {
    let counts = [("GM1", "totaal", None), ("WK1", "totaal", Some(33)), ("WK2", "totaal", Some(7))];
    assert_eq!(withheld(&[&counts], TEN), Some(1));
}

#[test]
fn what_once_was_counted_and_does_not_apply_any_more_stays_as_it_was() {
    let of = |second| [("GM1", "totaal", Some(60)), ("WK2", "totaal", second)];
    assert_eq!(withheld(&[&of(Some(7)), &of(None)], TEN), Some(0));
}

#[test]
fn of_a_rate_that_does_not_apply_an_area_of_the_programme_is_made_without() {
    let mut world = with_programme(World::told(&[&[]]), &[("PG1", &["WK1", "BU32"])]);
    let delivery = &mut world.deliveries[0];
    for (area, counted, of) in [("GM1", 107, 400), ("WK2", 100, 300), ("WK1", 4, 50)] {
        delivery.rate("", "2025", area, &["totaal"], counted, of);
    }
    // The other neighbourhood of the third district is left out, so the area of the programme has 7.
    let name = BlockName { period: Period::Year(2025), source: "", rates: true };
    delivery.not_applicable.insert((name, ("BU31".to_owned(), vec!["totaal".to_owned()])));
    let mut practice = Practice::default();
    practice.agree(&world, TEN);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert_eq!(practice.published[0].shields[&TEN].mask.count(), 2);
}

/// An area with how many of how many; none where the rate does not apply.
type Rate = (&'static str, Option<(i64, i64)>);

/// How many rates are withheld in each of these releases, and whether one is refused. Nobody finds a small
/// one.
fn withheld_rates(releases: &[&[Rate]], protection: Protection) -> (Vec<usize>, bool) {
    let mut world = World::told(&vec![&[][..]; releases.len()]);
    let name = BlockName { period: Period::Year(2025), source: "", rates: true };
    for (delivery, own) in world.deliveries.iter_mut().zip(releases) {
        delivery.counts.entry(name).or_default();
        for (area, rate) in *own {
            match rate {
                Some((counted, of)) => delivery.rate("", "2025", area, &["totaal"], *counted, *of),
                None => {
                    let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
                    delivery.not_applicable.insert((name, place));
                }
            }
        }
    }
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
    resists(&world, &practice).expect("nothing is found");
    let counts = practice.published.iter().map(|own| own.shields[&protection].mask.count());
    (counts.collect(), !practice.refused.is_empty())
}

#[test]
fn that_a_rate_does_not_apply_tells_of_rates_in_a_release_without_others_too() {
    // The other neighbourhood of the second district and the third district are 3 of 40 together.
    let rates = [("GM1", Some((113, 400))), ("WK1", Some((100, 300))), ("BU21", Some((10, 60)))];
    let third = [("WK3", None)];
    let found = [&[&rates[..]][..], &[&rates, &third], &[&third, &rates]].map(|own| withheld_rates(own, TEN));
    assert_eq!(found, [(vec![1], false), (vec![1, 0], false), (vec![0, 1], false)]);
}

#[test]
fn a_rate_of_somebody_in_what_did_not_apply_before_is_protected() {
    let zeros = Protection { protect_zeros: true, minimum_count: 10, ..MINIMUM };
    for (counted, all) in [(0, 60), (60, 60)] {
        let (mut world, name) =
            (World::told(&[]), BlockName { period: Period::Year(2025), source: "", rates: true });
        let (mut first, mut second) = (Delivery::default(), Delivery::default());
        first.rate("", "2025", "WK3", &["totaal"], 20, 80);
        first.not_applicable.insert((name, ("WK1".to_owned(), vec!["totaal".to_owned()])));
        second.rate("", "2025", "BU11", &["totaal"], counted, all);
        world.deliveries = vec![first, second];
        let mut practice = Practice::default();
        practice.agree(&world, zeros);
        world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
        assert!(practice.refused.is_empty(), "{:?}", practice.refused);
        resists(&world, &practice).expect("nothing is found");
        assert_eq!(practice.published[1].shields[&zeros].mask.count(), 1, "{practice:?}");
    }
}

#[test]
fn a_zero_that_is_told_where_it_does_not_apply_tells_none_of_before() {
    let zeros = Protection { protect_zeros: true, interval_width: 5, ..MINIMUM };
    let of = |area, counts: [i64; 3]| {
        ["totaal", "leeftijd1", "leeftijd2"]
            .into_iter()
            .zip(counts)
            .map(move |(age, own)| (area, age, Some(own)))
    };
    let first: Vec<_> =
        of("WK1", [60, 50, 10]).chain(of("BU11", [30, 30, 0])).chain(of("BU12", [30, 20, 10])).collect();
    let none = [("BU11", "totaal", None), ("BU11", "leeftijd1", None), ("BU11", "leeftijd2", Some(0))];
    let now = [("WK1", "totaal", Some(30)), ("WK1", "leeftijd1", Some(20))];
    // Of the 10 that were shown and are not told again none are in the first area, so all are in the second: as before.
    assert_eq!(withheld(&[&first, &[&none[..], &now].concat()], zeros), None);
}

#[test]
fn a_rate_of_nobody_makes_its_total_the_same_people_as_the_other_part() {
    // Who is counted in the first neighbourhood knows that nobody is of the second age there.
    let mut delivery = Delivery::default();
    for (area, age, numerator, denominator) in [
        ("BU11", "totaal", 1, 36),
        ("BU11", "leeftijd1", 1, 30),
        ("BU11", "leeftijd2", 0, 6),
        ("BU12", "leeftijd2", 0, 0),
        ("WK1", "leeftijd2", 0, 6),
    ] {
        delivery.rate("", "2025", area, &[age], numerator, denominator);
    }
    let (world, mut practice) = (World::said(&[]), Practice::default());
    let protection = Protection { protect_zeros: true, interval_width: 5, ..MINIMUM };
    practice.agree(&world, protection);
    practice.publish(&world, &delivery, &|line| line);
    resists(&world, &practice).expect("nothing is found");
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    let published = &practice.published[0];
    let hidden = published
        .table
        .cells()
        .enumerate()
        .filter(|(row, _)| published.shields[&protection].mask.hides(*row));
    assert_eq!(hidden.filter(|(_, cell)| cell.area != "BU12").count(), 4);
}
