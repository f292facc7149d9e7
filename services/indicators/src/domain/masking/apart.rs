//! What cannot be protected by itself, mostly rates. It is withheld, as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Contents, Key, Part, Side};
use super::periods;
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// Why figures are withheld whatever their size: what would give them away, or be given away by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The dataset has counts, and a rate can be made of these.
    Counts,
    /// Rates of another period, of which the numerators add up with theirs.
    Periods,
    /// That who contributes how much is not told, and it is agreed that nobody must be able to estimate that.
    Contributions,
    /// The other categories: together they can be everybody, so who has all but one has the last.
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
            told: periods::told(layout, contents),
            distributions: distributions(contents),
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

/// What the categories of a breakdown, and their total where it is told, are at one place.
#[derive(Default)]
struct Shares {
    categories: usize,
    counted: i64,
    denominators: BTreeSet<i64>,
}

impl Shares {
    /// Whether there is something to compare.
    fn can_tell(&self) -> bool {
        self.categories > 1 && self.denominators.last().is_some_and(|most| *most > 0)
    }

    /// Whether the categories can be parts of one and the same group. Some of that group can be in none.
    fn can_be_of_one(&self) -> bool {
        self.denominators.len() == 1 && self.denominators.first().is_some_and(|all| self.counted <= *all)
    }
}

/// In how many places of a release, and in how many of all, the categories of a breakdown can be parts of
/// one group, and how many categories there are at most.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    of_one: usize,
    places: usize,
    categories: usize,
}

/// By indicator and breakdown.
pub(super) type Tallies<'a> = BTreeMap<(&'a str, usize), Tally>;

/// Those of the rates of a release.
pub(super) fn tallies<'a>(dimensions: &[Dimension], contents: &Contents<'a>) -> Tallies<'a> {
    let mut tallies = Tallies::new();
    let rates = contents.counts.iter().filter(|((of, _), _)| contents.rates.contains(of));
    for ((indicator, _), block) in rates {
        for (part, (place, dimension)) in
            block.values().flat_map(|part| dimensions.iter().enumerate().map(move |own| (part, own)))
        {
            let tally = tallies.entry((*indicator, place)).or_default();
            for shares in shares(part, place, dimension).values().filter(|shares| shares.can_tell()) {
                tally.places += 1;
                tally.of_one += usize::from(shares.can_be_of_one());
                tally.categories = tally.categories.max(shares.categories);
            }
        }
    }
    tallies
}

/// By area and the categories of the other breakdowns.
fn shares<'a>(
    part: &Part<'a>,
    place: usize,
    dimension: &Dimension,
) -> BTreeMap<(&'a str, Vec<&'a str>), Shares> {
    let mut found: BTreeMap<_, Shares> = BTreeMap::new();
    for count in part.cells.iter().filter(|count| count.side != Some(Side::Rest)) {
        let others = count.categories.iter().enumerate().filter(|(other, _)| *other != place);
        let others: Vec<&str> = others.map(|(_, category)| category.as_str()).collect();
        let shares = found.entry((count.area, others)).or_default();
        if count.side == Some(Side::Denominator) {
            shares.denominators.insert(count.value);
        } else if count.categories.get(place) != dimension.total.as_ref() {
            shares.categories += 1;
            shares.counted = shares.counted.saturating_add(count.value);
        }
    }
    found
}

/// The indicators of which the rates are a distribution over the categories of a breakdown: in half of the
/// places or more the categories can be parts of one group. In one place with two categories that can be
/// chance.
fn distributions<'a>(contents: &[&Contents<'a>]) -> BTreeSet<&'a str> {
    let mut found: BTreeMap<(&str, usize), (Tally, bool)> = BTreeMap::new();
    for (of, own) in contents.iter().flat_map(|contents| &contents.tallies) {
        let (all, is_chance) = found.entry(*of).or_insert((Tally::default(), true));
        all.places += own.places;
        all.of_one += own.of_one;
        *is_chance &= own.places <= 1 && own.categories <= 2;
    }
    let is_one = |(_, (all, is_chance)): &(_, &(Tally, bool))| {
        all.of_one > 0 && all.of_one * 2 >= all.places && !is_chance
    };
    found.iter().filter(is_one).map(|((indicator, _), _)| *indicator).collect()
}
