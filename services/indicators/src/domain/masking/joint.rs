//! Whether rates are a distribution that is not told in one piece: its categories come from several sources, in
//! several releases, or at several levels of areas.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::apart::{Shares, Tally};
use super::block::{Contents, Count, Side};
use super::codes::{Codes, breakdown_axes};
use super::newest::{Newest, taken_together};
use super::sums::{Numbers, Sums, put};
use crate::domain::period::Period;

/// Whether the rates of an indicator are a distribution over the categories of a breakdown by all that was said
/// of them, up to some release: the newest of each source, with the newest of all others, and with what follows
/// by sums over areas and other breakdowns.
pub(super) fn is_distribution(layout: &Layout<'_>, contents: &[&Contents<'_>], indicator: &str) -> bool {
    let mut newest = Newest::new();
    contents.iter().any(|own| {
        let mut is_new = false;
        for (_, block) in own.counts.iter().filter(|((of, _), _)| *of == indicator) {
            for (source, part) in block {
                let of_source = newest.entry(source).or_default();
                for count in part.all().filter(|count| count.side != Some(Side::Rest)) {
                    is_new |= of_source.insert(count.place(), *count) != Some(*count);
                }
            }
        }
        is_new && taken_together(&newest).into_iter().any(|counts| is_one(layout, counts))
    })
}

/// Whether these rates are a distribution.
fn is_one(layout: &Layout<'_>, counts: Vec<Count<'_>>) -> bool {
    let mut periods: BTreeMap<Period, Vec<Count<'_>>> = BTreeMap::new();
    counts.into_iter().for_each(|count| periods.entry(count.period).or_default().push(count));
    breakdown_axes(layout).any(|axis| {
        let mut tally = Tally::default();
        periods.values().for_each(|counts| add(layout, axis, counts, &mut tally).unwrap_or(()));
        tally.is_of_one() && !tally.is_chance()
    })
}

/// Adds the places of one period, by the categories of a breakdown.
fn add(layout: &Layout<'_>, axis: usize, counts: &[Count<'_>], tally: &mut Tally) -> Option<()> {
    let dimension = layout.dimensions.get(axis.checked_sub(breakdown_axes(layout).start)?)?;
    let codes = Codes::new(layout, &[counts.first()?.period], counts.iter())?;
    let sides = codes.sides?;
    let side = |side: Side| codes.node(sides, side.code());
    let (numerator, denominator) = (side(Side::Numerator)?, side(Side::Denominator)?);
    let total = dimension.total.as_ref().and_then(|total| codes.node(axis, total));
    // Where it does not apply is nobody, unless parts are more than that.
    let given = codes.given(counts)?.into_iter().map(|own| (own.nodes, own.value));
    let (none, given): (Vec<_>, Vec<_>) = given.zip(counts).partition(|(_, count)| count.none);
    let mut numbers: Numbers = given.into_iter().map(|(own, _)| own).collect();
    let is_counted = |place: &[usize]| place.get(sides) == Some(&numerator);
    let of_categories = numbers.keys().filter(|place| is_counted(place) && place.get(axis).copied() != total);
    let (mut places, mut categories, mut told) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for place in of_categories {
        places.insert(put(place, axis, 0));
        categories.extend(place.get(axis).copied());
        told += 1;
    }
    if categories.len() < 2 {
        return None;
    }
    // Where each place has all categories, sums of them tell nothing else.
    if told < places.len().saturating_mul(categories.len()) {
        let sums = Sums::of(&codes.axes).without(Some(axis)).without(codes.sides);
        sums.close(&mut numbers);
        none.into_iter().for_each(|((place, value), _)| {
            numbers.entry(place).or_insert(value);
        });
        sums.close(&mut numbers);
    }
    let mut found: BTreeMap<Vec<usize>, Shares> = BTreeMap::new();
    for (place, counted) in numbers.iter().filter(|(place, _)| is_counted(place)) {
        // Nobody of nobody tells nothing.
        let all = numbers.get(&put(place, sides, denominator)).filter(|all| **all > 0);
        if let (Some(all), Some(category)) = (all, place.get(axis)) {
            found.entry(put(place, axis, 0)).or_default().add(Some(*category) == total, *counted, *all);
        }
    }
    found.values().for_each(|shares| tally.add(shares));
    Some(())
}
