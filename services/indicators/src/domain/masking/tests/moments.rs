//! What somebody can take for the figures of one moment.

use std::collections::{BTreeMap, BTreeSet};

use super::attacker::{NOBODY, Seen, of_how_many};
use super::axis::{Grid, Place, SIDES};
use super::practice::within;
use super::world::{BlockName, Counts, Delivery, Family, beside};

/// What there is at each moment, with [`NOBODY`] where it does not apply: each source in each release by itself, with
/// what it said before and does not say now, and with what other sources said besides: always the newest figures.
pub(super) fn moments(deliveries: &[Delivery], family: &Family, grid: &Grid) -> BTreeSet<Counts> {
    // That something does not apply can be at odds with what is said at once, and is believed above what was said
    // before.
    let truly = deliveries.iter().flat_map(|own| said_truly(own, family).into_values());
    truly.chain(put_together(deliveries, family, grid, &|_, _| true)).collect()
}

/// The same as who saw these counts alone has it, with of how many each rate is: what is withheld keeps nothing out
/// of it.
pub(super) fn as_seen(
    deliveries: &[Delivery],
    family: &Family,
    grid: &Grid,
    seen: &Seen,
) -> BTreeSet<Counts> {
    let seen: BTreeSet<(&Place, i64)> = seen.iter().map(|(place, value, _)| (place, *value)).collect();
    let is_seen =
        |place: &Place, value: i64| value == NOBODY || of_how_many(place) || seen.contains(&(place, value));
    put_together(deliveries, family, grid, &is_seen)
}

fn put_together(
    deliveries: &[Delivery],
    family: &Family,
    grid: &Grid,
    is_there: &dyn Fn(&Place, i64) -> bool,
) -> BTreeSet<Counts> {
    let (mut moments, mut newest) = (BTreeSet::new(), Said::new());
    for delivery in deliveries {
        let mut said = said(delivery, family);
        for (source, counts) in &mut said {
            let own = newest.entry(source).or_default();
            // What is told anew and not shown has changed.
            own.retain(|place, _| !counts.contains_key(place));
            counts.retain(|place, value| is_there(place, *value));
            own.extend(counts.clone());
            // What was counted where it does not apply, does not apply when it is not said again.
            own.extend(with_nobody_inside(own, grid));
        }
        for (source, counts) in said {
            let mut own = newest[source].clone();
            own.extend(counts.clone());
            let others =
                newest.iter().filter(|(other, _)| **other != source).map(|(_, others)| others.clone());
            let all: Counts = others.clone().flatten().collect();
            for others in others.chain([all]) {
                moments.insert(others.clone().into_iter().chain(counts.clone()).collect());
                moments.insert(others.into_iter().chain(own.clone()).collect());
            }
            moments.insert(counts);
            moments.insert(own);
        }
    }
    moments
}

/// The places, by the number of the delivery, that are counted where it does not apply.
pub(super) fn counted_nobody(
    deliveries: &[Delivery],
    family: &Family,
    grid: &Grid,
) -> BTreeSet<(usize, Place)> {
    let (mut found, mut newest) = (BTreeSet::new(), Said::new());
    for (number, delivery) in deliveries.iter().enumerate() {
        for (source, counts) in said(delivery, family) {
            let own = newest.entry(source).or_default();
            own.extend(counts);
            let nobody = with_nobody_inside(own, grid);
            found.extend(nobody.keys().map(|place| (number, place.clone())));
            own.extend(nobody);
        }
    }
    found
}

/// The zeros of these counts that lie in what does not apply, as such.
fn with_nobody_inside(counts: &Counts, grid: &Grid) -> Counts {
    let none = counts.iter().filter(|(_, value)| **value == NOBODY).map(|(place, _)| place);
    let none: BTreeSet<usize> = none.flat_map(|place| grid.atoms(place)).collect();
    let zeros = counts.iter().filter(|(place, value)| **value == 0 && grid.atoms(place).is_subset(&none));
    zeros.map(|(place, _)| (place.clone(), NOBODY)).collect()
}

type Said<'a> = BTreeMap<&'a str, Counts>;

/// What is said of the places where it applies, and of those where it does not.
fn said<'a>(delivery: &'a Delivery, family: &Family) -> Said<'a> {
    with_nobody(delivery, family, &|_| true)
}

/// The same without what is said not to apply and does.
fn said_truly<'a>(delivery: &'a Delivery, family: &Family) -> Said<'a> {
    with_nobody(delivery, family, &|own| !delivery.untrue.contains(own))
}

fn with_nobody<'a>(
    delivery: &'a Delivery,
    family: &Family,
    is: &dyn Fn(&(BlockName, Place)) -> bool,
) -> Said<'a> {
    let mut said = Said::new();
    let is_of = |name: &BlockName| name.rates == family.rates && family.periods.contains(&name.period);
    for (name, counts) in delivery.counts.iter().filter(|(name, _)| is_of(name)) {
        let place = |(area, categories): &Place| within(&family.periods, name.period, area, categories);
        let own = said.entry(name.source).or_default();
        own.extend(counts.iter().map(|(at, value)| (place(at), *value)));
    }
    for own in delivery.not_applicable.iter().filter(|own| is(own)) {
        for (name, place) in places_of(own, family) {
            said.entry(name.source).or_default().insert(place, NOBODY);
        }
    }
    said
}

/// The places where it was said not to apply: there is nobody there. Of a rate that is nobody of nobody.
pub(super) fn nobody(delivery: &Delivery, family: &Family) -> impl Iterator<Item = (BlockName, Place)> {
    delivery.not_applicable.iter().flat_map(|own| places_of(own, family))
}

/// Those of them where nobody is: not where somebody is counted all the same.
pub(super) fn truly_nobody(delivery: &Delivery, family: &Family) -> impl Iterator<Item = (BlockName, Place)> {
    let true_ones = delivery.not_applicable.iter().filter(|own| !delivery.untrue.contains(*own));
    true_ones.flat_map(|own| places_of(own, family))
}

/// The places of these periods where it does not apply; of a rate those of its three counts.
fn places_of((name, at): &(BlockName, Place), family: &Family) -> Vec<(BlockName, Place)> {
    if name.rates != family.rates || !family.periods.contains(&name.period) {
        return Vec::new();
    }
    let place = within(&family.periods, name.period, &at.0, &at.1);
    let places = if name.rates { SIDES.map(|side| beside(&place, side)).to_vec() } else { vec![place] };
    places.into_iter().map(|place| (*name, place)).collect()
}

/// Of each count the smallest total that was delivered with it, at once and by the same source, of which it
/// is a category of a breakdown, or in one.
pub(super) fn groups(deliveries: &[Delivery], family: &Family, grid: &Grid) -> BTreeMap<(Place, i64), i64> {
    let mut groups: BTreeMap<(Place, i64), i64> = BTreeMap::new();
    let sums = grid.groups();
    for counts in deliveries.iter().flat_map(|delivery| said(delivery, family).into_values()) {
        for (total, parts) in &sums {
            for (part, value) in parts.iter().filter_map(|part| counts.get_key_value(part)) {
                let value = &(*value).max(0);
                let Some(all) = counts.get(total).filter(|all| **all > 0) else { continue };
                let smallest = groups.entry((part.clone(), *value)).or_insert(*all);
                *smallest = (*all).min(*smallest);
            }
        }
    }
    groups
}

/// Everything that was counted where it applies.
pub(super) fn delivered(deliveries: &[Delivery], family: &Family, grid: &Grid) -> BTreeSet<(Place, i64)> {
    let nobody = counted_nobody(deliveries, family, grid);
    let counts = deliveries.iter().enumerate().flat_map(|(number, own)| {
        said(own, family).into_values().flatten().map(move |(place, value)| (value, (number, place)))
    });
    let all = counts.filter(|(value, own)| *value != NOBODY && !nobody.contains(own));
    all.map(|(value, (_, place))| (place, value)).collect()
}
