//! What somebody can take for the figures of one moment.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Place;
use super::practice::within;
use super::world::{Counts, Delivery, Family};

/// Each source in each release by itself, with what it said before and does not say now, and with what
/// other sources said besides: always the newest figures.
pub(super) fn moments(deliveries: &[Delivery], family: &Family) -> BTreeSet<Counts> {
    let mut moments = BTreeSet::new();
    let mut newest: BTreeMap<&str, Counts> = BTreeMap::new();
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

fn said<'a>(delivery: &'a Delivery, family: &Family) -> BTreeMap<&'a str, Counts> {
    let mut said: BTreeMap<&str, Counts> = BTreeMap::new();
    for (name, counts) in delivery
        .counts
        .iter()
        .filter(|(name, _)| name.rates == family.rates && family.periods.contains(&name.period))
    {
        let own = said.entry(name.source).or_default();
        let place = |(area, categories): &Place| within(&family.periods, name.period, area, categories);
        own.extend(counts.iter().map(|(at, value)| (place(at), *value)));
    }
    said
}

/// Everything that was delivered.
pub(super) fn delivered(deliveries: &[Delivery], family: &Family) -> BTreeSet<(Place, i64)> {
    deliveries.iter().flat_map(|delivery| said(delivery, family)).flat_map(|(_, counts)| counts).collect()
}
