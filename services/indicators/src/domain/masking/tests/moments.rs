//! What somebody can take for the figures of one moment.

use std::collections::{BTreeMap, BTreeSet};

use super::attacker::{NOBODY, Seen, of_how_many};
use super::axis::{Grid, Place, SIDES};
use super::practice::within;
use super::world::{BlockName, Counts, Delivery, Family, beside};

/// What there is at each moment, with [`NOBODY`] where it does not apply: each source in each release by itself, with
/// what it said before and does not say now, and with what other sources said besides: always the newest figures.
pub(super) fn moments(deliveries: &[Delivery], family: &Family) -> BTreeSet<Counts> {
    // That something does not apply can be at odds with what is said at once, and is believed above what was said
    // before.
    let truly = deliveries.iter().flat_map(|own| said_truly(own, family).into_values());
    let mut moments: BTreeSet<Counts> = truly.collect();
    let mut newest = Said::new();
    for delivery in deliveries {
        let said = said(delivery, family);
        for (source, counts) in &said {
            newest.entry(source).or_default().extend(counts.clone());
        }
        for (source, counts) in said {
            let own = newest[source].clone();
            for (_, others) in newest.iter().filter(|(other, _)| **other != source) {
                let mut with: Counts = others.clone();
                with.extend(counts.clone());
                moments.insert(with.clone());
                with.extend(own.clone());
                moments.insert(with);
            }
            moments.insert(counts);
            moments.insert(own);
        }
    }
    moments
}

/// The same as who saw these counts alone has it, with of how many each rate is: what is withheld keeps nothing out of it.
pub(super) fn as_seen(moments: &BTreeSet<Counts>, seen: &Seen) -> BTreeSet<Counts> {
    let seen: BTreeSet<(&Place, i64)> = seen.iter().map(|(place, value, _)| (place, *value)).collect();
    let is_seen =
        |place: &Place, value: i64| value == NOBODY || of_how_many(place) || seen.contains(&(place, value));
    let of_seen =
        |own: &Counts| own.clone().into_iter().filter(|(place, value)| is_seen(place, *value)).collect();
    moments.iter().map(of_seen).collect()
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

/// Everything that was counted.
pub(super) fn delivered(deliveries: &[Delivery], family: &Family) -> BTreeSet<(Place, i64)> {
    let all = deliveries.iter().flat_map(|delivery| said(delivery, family)).flat_map(|(_, counts)| counts);
    all.filter(|(_, value)| *value != NOBODY).collect()
}
