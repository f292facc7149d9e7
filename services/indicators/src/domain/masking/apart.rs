//! Rates that cannot be protected each by itself. They are withheld, as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Contents, Count, Key, Side};
use super::periods;
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// What would give rates away, or be given away by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The dataset has counts, and a rate can be made of these.
    Counts,
    /// Rates of another period, of which the numerators add up with theirs.
    Periods,
    /// The other categories: together they are everybody, so who has all but one has the last.
    Distribution,
}

/// The rates of a release that are withheld, and why.
#[derive(Debug)]
pub(super) struct Apart<'a> {
    beside_counts: bool,
    told: BTreeSet<(&'a str, Period)>,
    distributions: BTreeSet<&'a str>,
    rates: BTreeSet<&'a str>,
}

impl<'a> Apart<'a> {
    /// Those of the last of these releases.
    pub(super) fn of(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> Self {
        let rates: BTreeSet<&str> = contents.iter().flat_map(|own| own.rates.iter().copied()).collect();
        Self {
            beside_counts: layout.has_counts,
            told: periods::told(contents),
            distributions: distributions(layout.dimensions, contents),
            rates,
        }
    }

    /// Why a block is withheld; none of one that is protected by itself.
    pub(super) fn cause(&self, (indicator, periods): &Key<'_>) -> Option<Cause> {
        if !self.rates.contains(indicator) {
            return None;
        }
        let told = || periods.iter().any(|period| self.told.contains(&(*indicator, *period)));
        if self.beside_counts {
            Some(Cause::Counts)
        } else if self.distributions.contains(indicator) {
            Some(Cause::Distribution)
        } else {
            told().then_some(Cause::Periods)
        }
    }
}

/// Where the categories of a breakdown might share one denominator: indicator, breakdown, and the place in
/// one release without the category.
type Sharing<'a> = (&'a str, usize, (usize, &'a str, Period, &'a str, Vec<&'a str>));

/// Numerators and denominators of the categories at one place.
#[derive(Default)]
struct Shares {
    numerators: Vec<i64>,
    denominators: BTreeSet<i64>,
}

impl Shares {
    /// Whether there is something to compare.
    fn can_tell(&self) -> bool {
        self.numerators.len() > 1 && self.denominators.last().is_some_and(|most| *most > 0)
    }

    /// Whether the categories are parts of one and the same group, and together all of it.
    fn are_everybody(&self) -> bool {
        let all: i64 = self.numerators.iter().sum();
        self.denominators.len() == 1 && self.denominators.contains(&all)
    }
}

/// The indicators of which the rates are a distribution over the categories of a breakdown: in more than
/// half of the places the categories have one denominator, which they are together. In one place with two
/// categories that can be chance.
fn distributions<'a>(dimensions: &[Dimension], contents: &[&Contents<'a>]) -> BTreeSet<&'a str> {
    let mut shares: BTreeMap<Sharing<'a>, Shares> = BTreeMap::new();
    for (release, own) in contents.iter().enumerate().filter(|_| !dimensions.is_empty()) {
        for ((indicator, period), block) in own.counts.iter().filter(|((of, _), _)| own.rates.contains(of)) {
            for (source, part) in block {
                for count in &part.cells {
                    for (place, dimension) in dimensions.iter().enumerate() {
                        let Some(others) = others(count, place, dimension) else { continue };
                        let at = (release, *source, *period, count.area, others);
                        let shares = shares.entry((*indicator, place, at)).or_default();
                        match count.side {
                            Some(Side::Numerator) => shares.numerators.push(count.value),
                            Some(Side::Denominator) => drop(shares.denominators.insert(count.value)),
                            Some(Side::Rest) | None => {}
                        }
                    }
                }
            }
        }
    }
    let mut found: BTreeMap<(&str, usize), Vec<(&Shares, bool)>> = BTreeMap::new();
    for ((indicator, place, _), shares) in shares.iter().filter(|(_, shares)| shares.can_tell()) {
        found.entry((*indicator, *place)).or_default().push((shares, shares.are_everybody()));
    }
    let is_one = |places: &Vec<(&Shares, bool)>| {
        let everybody = places.iter().filter(|(_, are)| *are).count();
        let is_chance = places.len() == 1 && places.iter().all(|(shares, _)| shares.numerators.len() == 2);
        everybody * 2 > places.len() && !is_chance
    };
    found.iter().filter(|(_, places)| is_one(places)).map(|((indicator, _), _)| *indicator).collect()
}

/// The other categories of a count that is of a category, not of the total.
fn others<'a>(count: &Count<'a>, place: usize, dimension: &Dimension) -> Option<Vec<&'a str>> {
    let own = count.categories.get(place)?;
    let others = count.categories.iter().enumerate().filter(|(other, _)| *other != place);
    (Some(own) != dimension.total.as_ref()).then(|| others.map(|(_, category)| category.as_str()).collect())
}
