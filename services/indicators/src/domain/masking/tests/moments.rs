//! What somebody can take for the figures of one moment.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Place;
use super::practice::within;
use super::world::{Counts, Delivery};
use crate::domain::period::Period;

/// Each source in each release by itself, with what it said before and does not say now, and with what
/// other sources said besides: always the newest figures.
pub(super) fn moments(deliveries: &[Delivery], periods: &[Period]) -> BTreeSet<Counts> {
    let mut moments = BTreeSet::new();
    let mut newest: BTreeMap<&str, Counts> = BTreeMap::new();
    for delivery in deliveries {
        for (source, counts) in said(delivery, periods) {
            newest.entry(source).or_default().extend(counts.clone());
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

fn said<'a>(delivery: &'a Delivery, periods: &[Period]) -> BTreeMap<&'a str, Counts> {
    let mut said: BTreeMap<&str, Counts> = BTreeMap::new();
    for (name, counts) in delivery.counts.iter().filter(|(name, _)| periods.contains(&name.period)) {
        let own = said.entry(name.source).or_default();
        let place = |(area, categories): &Place| within(periods, name.period, area, categories);
        own.extend(counts.iter().map(|(at, value)| (place(at), *value)));
    }
    said
}

/// Everything that was delivered.
pub(super) fn delivered(deliveries: &[Delivery], periods: &[Period]) -> BTreeSet<(Place, i64)> {
    deliveries.iter().flat_map(|delivery| said(delivery, periods)).flat_map(|(_, counts)| counts).collect()
}
