//! What cannot be protected by itself, mostly rates. It is withheld, as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::Layout;
use super::block::{Contents, Key, Part, Side};
use super::joint;
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
            distributions: distributions(layout, contents),
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
pub(super) struct Shares {
    categories: usize,
    counted: i64,
    denominators: BTreeSet<i64>,
}

impl Shares {
    /// Adds a category, or the total, of which so many are counted of so many.
    pub(super) fn add(&mut self, is_total: bool, counted: i64, of: i64) {
        self.denominators.insert(of);
        if !is_total {
            self.categories += 1;
            self.counted = self.counted.saturating_add(counted);
        }
    }

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

impl Tally {
    /// Adds a place, where there is something to compare in it.
    pub(super) fn add(&mut self, shares: &Shares) {
        if shares.can_tell() {
            self.places += 1;
            self.of_one += usize::from(shares.can_be_of_one());
            self.categories = self.categories.max(shares.categories);
        }
    }

    /// Whether the categories are a distribution: they can be parts of one group in half of the places or more.
    pub(super) fn is_of_one(self) -> bool {
        self.of_one > 0 && self.of_one * 2 >= self.places
    }

    /// Whether that can be chance: in one place with two categories.
    pub(super) fn is_chance(self) -> bool {
        self.places <= 1 && self.categories <= 2
    }
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
            shares(part, place, dimension).values().for_each(|shares| tally.add(shares));
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

/// The indicators of which the rates are a distribution over the categories of a breakdown, as it shows in what
/// is said at once, or in all that was said together, up to some release: of what was shown since then the last
/// category would follow from what was shown before.
fn distributions<'a>(layout: &Layout<'_>, contents: &[&Contents<'a>]) -> BTreeSet<&'a str> {
    let mut found: BTreeMap<(&str, usize), (Tally, bool)> = BTreeMap::new();
    let mut distributions: BTreeSet<&str> = BTreeSet::new();
    for (of, own) in contents.iter().flat_map(|contents| &contents.tallies) {
        let (all, is_chance) = found.entry(*of).or_insert((Tally::default(), true));
        all.places += own.places;
        all.of_one += own.of_one;
        *is_chance &= own.is_chance();
        distributions.extend(Some(of.0).filter(|_| all.is_of_one() && !*is_chance));
    }
    for indicator in contents.iter().flat_map(|own| own.rates.iter().copied()).collect::<BTreeSet<_>>() {
        if !distributions.contains(indicator) && joint::is_distribution(layout, contents, indicator) {
            distributions.insert(indicator);
        }
    }
    distributions
}
