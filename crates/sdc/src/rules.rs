//! Which single cells are unsafe, and how much room they need.
//!
//! Source: Handbook on Statistical Disclosure Control (2nd ed.), chapter 4 (magnitude tables:
//! sensitivity rules and upper protection levels) and chapter 5 (frequency tables: group
//! disclosure, zeros); reference "disclosure control" 1.1.

mod contributions;
mod insiders;
mod preset;
mod strictness;

pub use contributions::Contributions;
pub use insiders::with_empty;
pub use preset::{NoPreset, Preset};
pub use strictness::NotStricter;

use crate::mask::Mask;
use crate::model::{CellId, Floor, Kind, Need, Table, Universe};

/// A share of a whole, in thousandths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// Thousandths of a percent in a whole.
const WHOLE: i128 = 100_000;

impl Share {
    /// A whole number of percents.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(percent.saturating_mul(1000))
    }

    /// Thousandths of a percent: 90.909 % is 90909.
    #[must_use]
    pub const fn thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// As a whole number of percents, rounded downwards.
    #[must_use]
    pub const fn as_percent(self) -> u32 {
        self.0 / 1000
    }

    /// `amount` times this share, times [`WHOLE`].
    fn times(self, amount: i64) -> i128 {
        i128::from(self.0) * i128::from(amount)
    }
}

/// The (n,k) rule: the n largest contributors together hold more than k of the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dominance {
    /// How many of the largest contributors.
    pub n: usize,
    /// More than this share of the total is unsafe.
    pub k: Share,
}

/// The rules of one policy. A rule that is 0, none or false does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSet {
    /// A cell with fewer contributors is unsafe.
    pub minimum_frequency: u64,
    /// Whether a zero is unsafe. When it is not, zeros are always published.
    pub protect_zeros: bool,
    /// Whether the rest of a percentage (denominator minus numerator) obeys the count rules too.
    pub protect_complement: bool,
    /// A category that holds this share or more of its group is unsafe: it says of nearly everyone
    /// in the group that they are in it.
    pub group_share: Option<Share>,
    /// A rate or mean over fewer units is unsafe.
    pub minimum_denominator: u64,
    /// A survey result over fewer respondents is unsafe.
    pub minimum_respondents: u64,
    /// Only percentages may be published, no counts.
    pub percentages_only: bool,
    /// The p% rule: the second largest contributor can estimate the largest within this share.
    pub p_percent: Option<Share>,
    /// (n,k) rules; each of them counts.
    pub dominance: Vec<Dominance>,
    /// What can be computed about a protected cell must leave an interval at least this wide.
    pub interval_width: u64,
    /// Published values are rounded to this base.
    pub rounding_base: u64,
    /// Whether who knows a cell, as its only contributor, must not learn another one.
    pub insiders: bool,
}

/// What is known of one cell.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The value, or the numerator of a percentage, in scaled integers.
    pub value: i64,
    /// How many steps of that scale make one unit.
    pub unit: i64,
    /// How many units are behind the value. For a count: the count.
    pub contributors: Option<u64>,
    /// The amounts of the contributors, grouped per holding.
    pub contributions: Option<&'a Contributions>,
    /// Of a percentage, rate or mean: over how many units, in the scale of `value`.
    pub denominator: Option<i64>,
    /// Whether it is a mean or another ratio, so that nobody of the denominator is not counted in it.
    pub is_mean: bool,
    /// Of a survey result: how many respondents answered.
    pub respondents: Option<u64>,
    /// The totals of the groups of which this cell is a category.
    pub groups: &'a [i64],
}

impl Default for Facts<'_> {
    fn default() -> Self {
        Self {
            value: 0,
            unit: 1,
            contributors: None,
            contributions: None,
            denominator: None,
            is_mean: false,
            respondents: None,
            groups: &[],
        }
    }
}

impl Facts<'static> {
    /// A count of units.
    #[must_use]
    pub fn count(value: i64) -> Self {
        Self { value, contributors: u64::try_from(value).ok(), ..Self::default() }
    }
}

/// Why a cell is unsafe. For the owner of the data only: a recipient never learns the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// Too few contributors.
    Frequency,
    /// A zero where zeros are protected.
    Zero,
    /// The rest of a percentage is too small.
    Complement,
    /// Nearly all of a group is in this category.
    Group,
    /// Too few units under a rate or mean.
    Denominator,
    /// Too few respondents.
    Respondents,
    /// A count where only percentages may be published.
    Count,
    /// The p% rule.
    PPercent,
    /// An (n,k) rule.
    Dominance,
    /// A rule applies and what it asks about is not known.
    Unknown,
}

/// That a cell is unsafe, why, and how much room it needs, in the scale of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsafe {
    /// Every rule that the cell breaks, in the order of [`Breach`].
    pub breaches: Vec<Breach>,
    /// How far apart what it may be has to reach: the minimum count of a count that is under it, or that is one
    /// of too few units, else 0. Then no sum that can be computed of it and other hidden counts is under that
    /// minimum: each of them is no more than their sum.
    pub width: i64,
    /// The upper protection level, rounded up: how far an estimate must be able to be too high; 0 for count
    /// rules.
    pub above: i64,
    /// How far an estimate must be able to be too low: as far, and of what is nearly all of its group so far
    /// that it is less of it as the group is.
    pub below: i64,
}

impl RuleSet {
    /// Whether a cell is unsafe; none when it is safe.
    #[must_use]
    pub fn assess(&self, facts: &Facts<'_>) -> Option<Unsafe> {
        let mut found = Unsafe { breaches: Vec::new(), width: 0, above: 0, below: 0 };
        self.counts(facts, &mut found);
        self.groups(facts, &mut found);
        self.denominators(facts, &mut found);
        self.concentration(facts, &mut found);
        found.breaches.sort_unstable();
        found.breaches.dedup();
        (!found.breaches.is_empty()).then_some(found)
    }

    fn counts(&self, facts: &Facts<'_>, found: &mut Unsafe) {
        let minimum = units(self.minimum_frequency, facts);
        if self.minimum_frequency > 0 || self.protect_zeros {
            match facts.contributors {
                None => found.breaches.push(Breach::Unknown),
                Some(0) => {}
                Some(count) if count < self.minimum_frequency => {
                    found.breaches.push(Breach::Frequency);
                    if is_count(facts) {
                        found.width = found.width.max(narrow(minimum));
                    }
                }
                Some(_) => {}
            }
        }
        if self.protect_zeros && (facts.value == 0 || facts.contributors == Some(0)) {
            found.breaches.push(Breach::Zero);
        }
        let denominator = facts.denominator.filter(|_| self.protect_complement && !facts.is_mean);
        if let Some(denominator) = denominator {
            let rest = i128::from(denominator) - i128::from(facts.value);
            let small = rest > 0 && rest < minimum;
            if small || (rest == 0 && self.protect_zeros) {
                found.breaches.push(Breach::Complement);
            }
            if small {
                found.width = found.width.max(narrow(minimum));
            }
        }
    }

    fn groups(&self, facts: &Facts<'_>, found: &mut Unsafe) {
        let Some(share) = self.group_share else { return };
        for total in facts.groups.iter().filter(|total| **total > 0) {
            let (own, least) = (i128::from(facts.value), share.times(*total));
            if own * WHOLE >= least {
                found.breaches.push(Breach::Group);
                let from = least.checked_add(WHOLE - 1).map_or(own, |sum| sum / WHOLE);
                found.below = found.below.max(narrow(own - from + 1));
            }
        }
    }

    fn denominators(&self, facts: &Facts<'_>, found: &mut Unsafe) {
        if let Some(denominator) = facts.denominator {
            if i128::from(denominator) < units(self.minimum_denominator, facts) {
                found.breaches.push(Breach::Denominator);
                if is_count(facts) {
                    found.width = found.width.max(narrow(units(self.minimum_frequency, facts)));
                }
            }
        } else if self.percentages_only {
            found.breaches.push(Breach::Count);
        }
        if self.minimum_respondents > 0 {
            match facts.respondents {
                None => found.breaches.push(Breach::Unknown),
                Some(count) if count < self.minimum_respondents => found.breaches.push(Breach::Respondents),
                Some(_) => {}
            }
        }
    }

    fn concentration(&self, facts: &Facts<'_>, found: &mut Unsafe) {
        if self.p_percent.is_none() && self.dominance.is_empty() {
            return;
        }
        // When nothing is known of who contributes, it may all be of one; an empty cell has no contributors.
        let one = Contributions::with_total(Vec::new(), facts.value.saturating_abs());
        let own = facts.contributions.unwrap_or(&one);
        let why = |breach| if facts.contributions.is_some() { breach } else { Breach::Unknown };
        let mut level = 0;
        if let Some(share) = self.p_percent {
            let (rest, shared) = (i128::from(own.beyond(2)) * WHOLE, share.times(own.largest()));
            if rest < shared {
                found.breaches.push(why(Breach::PPercent));
                level = level.max(rounded_up(shared - rest, WHOLE));
            }
        }
        for rule in &self.dominance {
            let (largest, k) = (own.top(rule.n), i128::from(rule.k.0).max(1));
            let over = i128::from(largest) * WHOLE - rule.k.times(own.total());
            if over > 0 {
                found.breaches.push(why(Breach::Dominance));
                level = level.max(rounded_up(over, k));
            }
        }
        (found.above, found.below) = (found.above.max(level), found.below.max(level));
    }

    /// What an unsafe cell needs. `unit` is how many steps of the scale make one unit.
    #[must_use]
    pub fn need(&self, cell: CellId, found: &Unsafe, unit: i64) -> Need {
        let width = i64::try_from(self.interval_width).unwrap_or(i64::MAX).saturating_mul(unit);
        Need { cell, width: width.max(found.width).max(1), above: found.above, below: found.below }
    }

    /// The needs of all unsafe cells of a universe of counts, none beyond what its cell can have. `groups`
    /// gives for a cell the totals of the groups of which it is a category.
    pub fn count_needs(&self, universe: &Universe, groups: impl Fn(CellId) -> Vec<CellId>) -> Vec<Need> {
        let found = |cell: CellId| {
            let totals: Vec<i64> = match self.group_share {
                None => Vec::new(),
                Some(_) => groups(cell).into_iter().map(|total| universe.value(total)).collect(),
            };
            let facts = Facts { groups: &totals, ..Facts::count(universe.value(cell)) };
            self.assess(&facts).map(|found| self.need(cell, &found, 1))
        };
        let needs: Vec<Need> = known(universe).filter_map(found).collect();
        self.floor(universe, &needs).within_reach(universe, &Mask::none(universe.len()), needs)
    }

    /// The needs of all unsafe cells of a table of counts; `breakdowns` are the dimensions that
    /// divide people into categories.
    #[must_use]
    pub fn table_needs(&self, table: &Table, breakdowns: &[usize]) -> Vec<Need> {
        self.count_needs(&table.universe, |cell| {
            breakdowns.iter().flat_map(|dimension| table.totals_along(cell, *dimension)).collect()
        })
    }

    /// What a recipient knows of hidden cells when these are the needs under these rules: of a zero that is
    /// hidden for whichever reason it follows that zeros are not always shown.
    #[must_use]
    pub fn floor(&self, universe: &Universe, needs: &[Need]) -> Floor {
        let hides_zero = needs.iter().any(|need| universe.value(need.cell) == 0);
        if self.protect_zeros || hides_zero { Floor::ZERO } else { Floor::ONE }
    }
}

/// Whether the value is how many units there are.
fn is_count(facts: &Facts<'_>) -> bool {
    !facts.is_mean && facts.contributors.is_some_and(|count| units(count, facts) == i128::from(facts.value))
}

/// This many units, in the scale of the value.
fn units(count: u64, facts: &Facts<'_>) -> i128 {
    i128::from(count) * i128::from(facts.unit.max(1))
}

/// A number that fits, or the largest that does.
fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The cells of which the value is known.
fn known(universe: &Universe) -> impl Iterator<Item = CellId> {
    (0..universe.len()).filter(|cell| universe.kind(*cell) != Kind::Unknown)
}

/// A positive fraction, rounded up; the largest number when it does not fit.
fn rounded_up(numerator: i128, denominator: i128) -> i64 {
    narrow(numerator.checked_add(denominator - 1).map_or(i128::MAX, |sum| sum / denominator))
}
