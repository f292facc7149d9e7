//! Rates that are withheld by a rule, and those beside them that are not.

use super::practice::{Practice, Published, contents, edition, layout};
use super::stories::MINIMUM;
use super::world::{Line, RATE, World, dimension};
use super::{Areas, Cause, Contents, Method, check, plain_filter_leaks, resists};
use crate::domain::masking::apart::Apart;

use sdc::Unwatched;

/// Period, area, age, and how many of how many.
type Rate = (&'static str, &'static str, &'static str, i64, i64);

fn world(releases: &[&[Rate]]) -> World {
    let said: Vec<Vec<Line>> = releases.iter().map(|_| Vec::new()).collect();
    let mut world = World::said(&said);
    world.dimensions = vec![dimension("leeftijd", 4, true)];
    for (delivery, rates) in world.deliveries.iter_mut().zip(releases) {
        for (period, area, age, numerator, denominator) in *rates {
            delivery.rate("", period, area, &[age], *numerator, *denominator);
        }
    }
    world
}

/// Why the rates are withheld in the last of these releases.
fn cause(world: &World) -> Option<Cause> {
    let tables: Vec<_> = world.deliveries.iter().map(|own| world.table(own, &|line| line)).collect();
    let all = Contents::of_all(tables.iter(), &Areas::new(&world.areas, []));
    Apart::of(&layout(world), &all.iter().collect::<Vec<_>>()).cause(RATE)
}

/// The rates of an area in 2025: of all, and of each age from the first on.
fn ages(area: &'static str, total: (i64, i64), each: &[(i64, i64)]) -> Vec<Rate> {
    let codes = ["totaal", "leeftijd1", "leeftijd2", "leeftijd3"];
    let numbers = std::iter::once(&total).chain(each);
    codes.into_iter().zip(numbers).map(|(age, (counted, of))| ("2025", area, age, *counted, *of)).collect()
}

/// Everybody of a district, in one age or another.
fn distribution() -> Vec<Rate> {
    ages("WK1", (200, 200), &[(90, 200), (107, 200), (3, 200)])
}

/// What is published of these releases under the minimum.
fn published(world: &World) -> Practice {
    let mut practice = Practice::default();
    practice.agree(world, MINIMUM);
    world.deliveries.iter().for_each(|own| practice.publish(world, own, &|line| line));
    practice
}

#[test]
fn a_distribution_with_its_total_and_without_a_category_can_be_audited() {
    let mut world = world(&[&distribution()]);
    world.declared.declare(RATE, true, true);
    let practice = published(&world);
    assert_eq!(practice.published.len(), 1, "{practice:?}");
    let contents = contents(&world, &practice.published);
    let edition = edition(&practice.published[0], &contents[0]);
    let report = check(&layout(&world), &[], &edition, MINIMUM, &Unwatched).expect("safe");
    assert_eq!(report.blocks[0].method, Method::Withheld(Cause::Distribution));
    assert_eq!(plain_filter_leaks(&layout(&world), &[], &edition, MINIMUM, &Unwatched), Ok(0));
}

#[test]
fn rates_are_withheld_as_a_distribution_exactly_where_they_are_declared_one() {
    // All at once, a category in each release, and figures that are none.
    let areas = [("WK1", [90, 107, 3]), ("WK2", [50, 130, 20])];
    let of = |age: usize| -> Vec<Rate> {
        let code = ["leeftijd1", "leeftijd2", "leeftijd3"][age];
        areas.iter().map(|(area, counted)| ("2025", *area, code, counted[age], 200)).collect()
    };
    let by_category = [of(0), of(1), of(2)];
    let of_each = [distribution(), ages("WK1", (100, 200), &[(40, 80), (40, 80), (20, 40)])];
    for releases in [vec![distribution()], by_category.to_vec(), by_category[..1].to_vec(), of_each.to_vec()]
    {
        let mut world = world(&releases.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(cause(&world), None);
        world.declared.declare(RATE, true, true);
        assert_eq!(cause(&world), Some(Cause::Distribution));
        let practice = published(&world);
        assert_eq!(practice.published.len(), releases.len(), "{practice:?}");
        let is_all = |own: &Published| own.shields[&MINIMUM].mask.count() == own.table.len();
        assert!(practice.published.iter().all(is_all), "{practice:?}");
    }
}

#[test]
fn who_is_alone_in_a_rate_knows_also_how_many_others_there_are_and_that_refuses_nothing() {
    let area = |code, of: [i64; 2]| -> Rate { ("2025", code, "totaal", of[0], of[1]) };
    let rates = [area("GM1", [60, 100]), area("WK1", [1, 3]), area("WK2", [1, 3]), area("WK3", [58, 94])];
    let world = world(&[&rates]);
    let practice = published(&world);
    resists(&world, &practice).expect("nothing is found");
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    // Who knows the one of the two would know the other if the third were shown.
    assert_eq!(practice.published[0].shields[&MINIMUM].mask.count(), 3);
}
