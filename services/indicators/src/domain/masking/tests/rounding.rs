//! Which counts of rates are rounded upwards.

use super::practice::Practice;
use super::world::{BlockName, Delivery, World, beside};
use super::*;

#[test]
fn numerators_and_denominators_of_rates_are_rounded_upwards_each_by_themselves() {
    let mut world = World::said(&[]);
    let mut delivery = Delivery::default();
    let counts =
        delivery.counts.entry(BlockName { period: Period::Year(2025), source: "", rates: true }).or_default();
    for area in ["WK1", "WK2", "WK3"] {
        for (age, times) in [("leeftijd1", 1), ("leeftijd2", 1), ("totaal", 2)] {
            let place = (area.to_owned(), vec![age.to_owned()]);
            let sides = SIDES.iter().zip([22, 41, 63]);
            counts.extend(sides.map(|(side, count)| (beside(&place, side), count * times)));
        }
    }
    world.deliveries.push(delivery);
    let rounded = Protection { minimum_count: 10, rounding_base: 5, ..Protection::default() };
    let mut practice = Practice::default();
    practice.agree(&world, rounded);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    let shield = &practice.published[0].shields[&rounded];
    let upwards = shield.upwards.as_ref().expect("rounded");
    let rows = 0..practice.published[0].table.len();
    let drawn: BTreeSet<(bool, bool)> =
        rows.map(|row| (upwards.values.hides(row), upwards.denominators.hides(row))).collect();
    let all = [(false, false), (false, true), (true, false), (true, true)];
    assert_eq!((drawn, shield.mask.count()), (all.into(), 0));
}
