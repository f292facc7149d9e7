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
pub use preset::{NoPreset, Preset};
pub use strictness::NotStricter;

use crate::model::{CellId, Cube, Floor, Kind, Need, Table, Universe};

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The value, or the numerator of a percentage, in scaled integers.
    pub value: i64,
    /// How many units are behind the value. For a count: the count.
    pub contributors: Option<u64>,
    /// The amounts of the contributors, grouped per holding.
    pub contributions: Option<&'a Contributions>,
    /// Of a percentage, rate or mean: over how many units, in the scale of `value`.
    pub denominator: Option<i64>,
    /// Of a survey result: how many respondents answered.
    pub respondents: Option<u64>,
    /// The totals of the groups of which this cell is a category.
    pub groups: &'a [i64],
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

/// That a cell is unsafe, why, and how far an estimate of it must be able to be too high.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsafe {
    /// Every rule that the cell breaks, in the order of [`Breach`].
    pub breaches: Vec<Breach>,
    /// The upper protection level, rounded up, in the scale of the value; 0 for count rules.
    pub level: i64,
}

impl RuleSet {
    /// Whether a cell is unsafe; none when it is safe.
    #[must_use]
    pub fn assess(&self, facts: &Facts<'_>) -> Option<Unsafe> {
        let mut breaches = Vec::new();
        self.counts(facts, &mut breaches);
        self.denominators(facts, &mut breaches);
        let level = self.concentration(facts, &mut breaches);
        breaches.sort_unstable();
        breaches.dedup();
        (!breaches.is_empty()).then_some(Unsafe { breaches, level })
    }

    fn counts(&self, facts: &Facts<'_>, breaches: &mut Vec<Breach>) {
        if self.minimum_frequency > 0 || self.protect_zeros {
            match facts.contributors {
                None => breaches.push(Breach::Unknown),
                Some(0) if self.protect_zeros => breaches.push(Breach::Zero),
                Some(0) => {}
                Some(count) if count < self.minimum_frequency => breaches.push(Breach::Frequency),
                Some(_) => {}
            }
        }
        if let Some(share) = self.group_share {
            let filled = |total: i64| total > 0 && i128::from(facts.value) * WHOLE >= share.times(total);
            if facts.groups.iter().any(|total| filled(*total)) {
                breaches.push(Breach::Group);
            }
        }
        if let (true, Some(denominator)) = (self.protect_complement, facts.denominator) {
            let rest = denominator.saturating_sub(facts.value);
            let small = rest != 0 && u64::try_from(rest).is_ok_and(|rest| rest < self.minimum_frequency);
            if rest < 0 || small || (rest == 0 && self.protect_zeros) {
                breaches.push(Breach::Complement);
            }
        }
    }

    fn denominators(&self, facts: &Facts<'_>, breaches: &mut Vec<Breach>) {
        if let Some(denominator) = facts.denominator {
            if u64::try_from(denominator).map_or(true, |units| units < self.minimum_denominator) {
                breaches.push(Breach::Denominator);
            }
        } else if self.percentages_only {
            breaches.push(Breach::Count);
        }
        if self.minimum_respondents > 0 {
            match facts.respondents {
                None => breaches.push(Breach::Unknown),
                Some(count) if count < self.minimum_respondents => breaches.push(Breach::Respondents),
                Some(_) => {}
            }
        }
    }

    fn concentration(&self, facts: &Facts<'_>, breaches: &mut Vec<Breach>) -> i64 {
        let mut level = 0;
        if self.p_percent.is_none() && self.dominance.is_empty() {
            return level;
        }
        let Some(own) = facts.contributions else {
            // An empty cell has no contributors, so nothing to estimate.
            if facts.value != 0 {
                breaches.push(Breach::Unknown);
            }
            return level;
        };
        if let Some(share) = self.p_percent {
            let (rest, shared) = (own.beyond(2), share.times(own.largest()));
            if i128::from(rest) * WHOLE < shared {
                breaches.push(Breach::PPercent);
                level = level.max(rounded_up(shared - i128::from(rest) * WHOLE, WHOLE));
            }
        }
        for rule in &self.dominance {
            let (largest, k) = (own.top(rule.n), i128::from(rule.k.0).max(1));
            let over = i128::from(largest) * WHOLE - rule.k.times(own.total());
            if over > 0 {
                breaches.push(Breach::Dominance);
                level = level.max(rounded_up(over, k));
            }
        }
        level
    }

    /// What an unsafe cell needs. `unit` is how many steps of the scale make one unit.
    #[must_use]
    pub fn need(&self, cell: CellId, found: &Unsafe, unit: i64) -> Need {
        let width = i64::try_from(self.interval_width).unwrap_or(i64::MAX).saturating_mul(unit).max(1);
        Need { cell, width, above: found.level, below: found.level }
    }

    /// The needs of all unsafe cells of a universe of counts. `groups` gives for a cell the totals
    /// of the groups of which it is a category.
    pub fn count_needs(&self, universe: &Universe, groups: impl Fn(CellId) -> Vec<CellId>) -> Vec<Need> {
        let found = |cell: CellId| {
            let totals: Vec<i64> = match self.group_share {
                None => Vec::new(),
                Some(_) => groups(cell).into_iter().map(|total| universe.value(total)).collect(),
            };
            let facts = Facts { groups: &totals, ..Facts::count(universe.value(cell)) };
            self.assess(&facts).map(|found| self.need(cell, &found, 1))
        };
        known(universe).filter_map(found).collect()
    }

    /// The needs of all unsafe cells of a table of counts; `breakdowns` are the dimensions that
    /// divide people into categories.
    #[must_use]
    pub fn table_needs(&self, table: &Table, breakdowns: &[usize]) -> Vec<Need> {
        self.count_needs(&table.universe, |cell| {
            breakdowns.iter().flat_map(|dimension| table.totals_along(cell, *dimension)).collect()
        })
    }

    /// The needs of all unsafe cells of a cube of counts, as [`RuleSet::table_needs`].
    #[must_use]
    pub fn cube_needs(&self, cube: &Cube, breakdowns: &[usize]) -> Vec<Need> {
        self.count_needs(cube.universe(), |cell| {
            breakdowns.iter().flat_map(|dimension| cube.totals_along(cell, *dimension)).collect()
        })
    }

    /// What a recipient knows of hidden cells under these rules.
    #[must_use]
    pub fn floor(&self) -> Floor {
        if self.protect_zeros { Floor::ZERO } else { Floor::ONE }
    }
}

/// The cells of which the value is known.
fn known(universe: &Universe) -> impl Iterator<Item = CellId> {
    (0..universe.len()).filter(|cell| universe.kind(*cell) != Kind::Unknown)
}

/// A positive fraction, rounded up; the largest number when it does not fit.
fn rounded_up(numerator: i128, denominator: i128) -> i64 {
    let whole = numerator.checked_add(denominator - 1).map_or(i128::MAX, |sum| sum / denominator);
    i64::try_from(whole).unwrap_or(i64::MAX)
}
