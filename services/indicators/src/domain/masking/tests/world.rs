//! Made-up datasets and their releases, of which all is known.

use std::collections::{BTreeMap, BTreeSet};

use super::areas;
use super::axis::{Axis, Grid, Place, SIDES};
use crate::domain::area::{Area, AreaKind};
use crate::domain::contributions::Contributions;
use crate::domain::dataset::Dimension;
use crate::domain::decimal::Decimal;
use crate::domain::declaration::Declarations;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;
use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, Table, TableBuilder};

pub(super) const COUNT: &str = "aantal";
pub(super) const RATE: &str = "procent";
const NEITHER: &str = "index";

/// Source, period, area, age and count.
pub(super) type Line = (&'static str, &'static str, &'static str, &'static str, i64);

pub(super) const YEAR: Period = Period::Year(2025);

/// The periods of a dataset: mostly a year, else some that lie in each other.
const PERIODS: [&[Period]; 8] = [
    &[YEAR],
    &[YEAR],
    &[YEAR],
    &[YEAR],
    &[YEAR, Period::Quarter(2025, 1), Period::Quarter(2025, 2), Period::Quarter(2025, 3)],
    &[
        YEAR,
        Period::Quarter(2025, 1),
        Period::Quarter(2025, 3),
        Period::Quarter(2025, 4),
        Period::Quarter(2025, 2),
    ],
    &[Period::Quarter(2025, 2), Period::Month(2025, 4), Period::Month(2025, 5), Period::Month(2025, 6)],
    &[YEAR, Period::Quarter(2025, 1), Period::Month(2025, 1), Period::Month(2025, 2)],
];

/// Choices that a seed makes.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    pub(super) fn under(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % most
    }

    pub(super) fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.under(from.len())]
    }

    /// One time in so many; never for 0.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        times > 0 && self.under(times) == times - 1
    }
}

/// Which block of counts, by themselves or of rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlockName {
    pub period: Period,
    pub source: &'static str,
    pub rates: bool,
}

/// Periods that lie in each other, the whole first, of counts by themselves or of rates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Family {
    pub periods: Vec<Period>,
    pub rates: bool,
}

pub(super) fn indicator(rates: bool) -> &'static str {
    if rates { RATE } else { COUNT }
}

/// The place of one of the counts that a rate is made of.
pub(super) fn beside((area, categories): &Place, side: &str) -> Place {
    (area.clone(), categories.iter().cloned().chain([side.to_owned()]).collect())
}

pub(super) type Counts = BTreeMap<Place, i64>;

/// What is delivered: the counts of each block, the places of it that do not apply, and values of which
/// it is not told of how many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delivery {
    pub counts: BTreeMap<BlockName, Counts>,
    pub not_applicable: BTreeSet<(BlockName, Place)>,
    /// Those of them that do.
    pub untrue: BTreeSet<(BlockName, Place)>,
    /// Who contribute how much to counts, as a delivery has it.
    pub contributions: BTreeMap<(BlockName, Place), String>,
    pub bare: BTreeMap<(BlockName, Place), i64>,
}

impl Delivery {
    /// What is delivered of these periods.
    pub(super) fn only(mut self, is: impl Fn(Period) -> bool) -> Self {
        self.counts.retain(|name, _| is(name.period));
        self.not_applicable.retain(|(name, _)| is(name.period));
        self.bare.retain(|(name, _), _| is(name.period));
        self
    }

    /// Adds a count of a source.
    pub(super) fn count(
        &mut self,
        source: &'static str,
        period: &str,
        area: &str,
        categories: &[String],
        value: i64,
    ) {
        let period = Period::parse(period).expect("a period");
        let counts = self.counts.entry(BlockName { period, source, rates: false }).or_default();
        counts.insert((area.to_owned(), categories.to_vec()), value);
    }

    /// Adds a rate of a source, with its three counts.
    pub(super) fn rate(
        &mut self,
        source: &'static str,
        period: &str,
        area: &str,
        categories: &[&str],
        numerator: i64,
        denominator: i64,
    ) {
        let period = Period::parse(period).expect("a period");
        let counts = self.counts.entry(BlockName { period, source, rates: true }).or_default();
        let place = (area.to_owned(), categories.iter().map(|own| (*own).to_owned()).collect());
        let sides = SIDES.iter().zip([numerator, denominator - numerator, denominator]);
        counts.extend(sides.map(|(side, count)| (beside(&place, side), count)));
    }
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub areas: Vec<Area>,
    pub dimensions: Vec<Dimension>,
    pub declared: Declarations,
    pub deliveries: Vec<Delivery>,
    /// Areas that are never delivered.
    never: BTreeSet<String>,
}

pub(super) fn dimension(code: &str, categories: usize, with_total: bool) -> Dimension {
    let parts = (1..=categories).map(|number| format!("{code}{number}"));
    let total = with_total.then(|| "totaal".to_owned());
    Dimension {
        code: code.to_owned(),
        name: code.to_owned(),
        categories: total.iter().cloned().chain(parts).collect(),
        total,
        subtotals: Vec::new(),
    }
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let periods = dice.one_of(&PERIODS);
        let rates = dice.once_in(3);
        let dimensions = match dice.under(4) {
            _ if rates && periods.len() > 1 => Vec::new(),
            0 | 1 if rates => Vec::new(),
            2 if rates => vec![dimension("leeftijd", 2, true)],
            3 if rates => vec![dimension("leeftijd", 2, false)],
            _ if periods.len() > 1 => vec![dimension("leeftijd", 2, dice.under(2) == 0)],
            0 | 1 => vec![dimension("leeftijd", 2 + dice.under(2), true)],
            2 => vec![dimension("leeftijd", 2 + dice.under(2), false)],
            _ => {
                let second_has_total = dice.under(2) == 0;
                vec![dimension("leeftijd", 2, true), dimension("soort", 2, second_has_total)]
            }
        };
        Self::made_up(dice, periods, rates, dimensions)
    }

    /// Releases of these periods, of rates or of counts, by these breakdowns.
    pub(super) fn made_up(
        dice: &mut Dice,
        periods: &[Period],
        rates: bool,
        dimensions: Vec<Dimension>,
    ) -> Self {
        let large = dimensions.len() + usize::from(rates) == 1 && periods.len() == 1;
        let areas = areas::made_up(dice, large);
        let never = areas::never(&areas, dice);
        let mut declared = Declarations::default();
        let over_time = periods.len() == 1 || !dice.once_in(3);
        declared.declare(indicator(rates), over_time, rates && !dimensions.is_empty() && dice.once_in(3));
        let mut world = Self { areas, dimensions, declared, deliveries: Vec::new(), never };
        // Now and then the longest period is told in other releases than those in it.
        let in_turn = periods.len() > 1 && dice.once_in(3);
        let rare = [dice.one_of(&[0, 9, 4, 2]), dice.one_of(&[4, 9, 0, 2]), dice.one_of(&[9, 4, 3])];
        let family = |periods: &[Period], rates| Family { periods: periods.to_vec(), rates };
        let families: Vec<Family> = match over_time {
            true => vec![family(periods, rates)],
            false => periods.iter().map(|own| family(&[*own], rates)).collect(),
        };
        let mut states: Vec<State> = families.iter().map(|own| State::new(&world, "", own, dice)).collect();
        if dice.once_in(3) {
            let others: Vec<State> = states.iter().map(|own| own.of_other_source(dice)).collect();
            states.extend(others);
        } else if dice.once_in(8) {
            states.push(State::new(&world, "", &family(&[Period::Year(2024)], rates), dice));
        } else if rates && periods.len() == 1 && dice.once_in(4) {
            states.push(State::new(&world, "", &family(periods, false), dice));
        }
        for number in 0..1 + dice.under(4) {
            let again = number > 0 && dice.once_in(8);
            let delivery = match world.deliveries.first() {
                Some(first) if again => first.clone(),
                _ => world.next(&mut states, number, rare, dice),
            };
            let delivery = if in_turn {
                delivery.only(|own| (own == periods[0]) == (number % 2 == 1))
            } else {
                delivery
            };
            world.deliveries.push(delivery);
        }
        world
    }

    /// One delivery of these, complete, with a 1 for each smallest group.
    pub(super) fn of_ones(families: &[Family]) -> Self {
        let areas = areas::made_up(&mut Dice::new(0), false);
        let never = BTreeSet::new();
        let declared = Declarations::default();
        let mut world = Self { areas, dimensions: Vec::new(), declared, deliveries: Vec::new(), never };
        let state = |family: &Family| {
            let atoms = vec![1; world.grid(family).atom_count()];
            State { source: "", family: family.clone(), atoms, there: BTreeSet::new() }
        };
        let mut states: Vec<State> = families.iter().map(state).collect();
        let delivery = world.next(&mut states, 0, [0; 3], &mut Dice::new(0));
        world.deliveries.push(delivery);
        world
    }

    /// Three districts, two of them with two neighbourhoods, and counts of 2025 by area and age.
    pub(super) fn told(deliveries: &[&[(&'static str, &'static str, i64)]]) -> Self {
        let line = |(area, age, value): &(&'static str, &'static str, i64)| ("", "2025", *area, *age, *value);
        let deliveries: Vec<Vec<Line>> =
            deliveries.iter().map(|counts| counts.iter().map(line).collect()).collect();
        Self::said(&deliveries)
    }

    /// The same areas, with counts by source, period, area and age.
    pub(super) fn said(deliveries: &[Vec<Line>]) -> Self {
        let dimensions = vec![dimension("leeftijd", 2, true)];
        let (areas, declared, never) = (areas::told(), Declarations::default(), BTreeSet::new());
        let mut world = Self { areas, dimensions, declared, deliveries: Vec::new(), never };
        for lines in deliveries {
            let mut delivery = Delivery::default();
            for (source, period, area, age, value) in lines {
                let name =
                    BlockName { period: Period::parse(period).expect("a period"), source, rates: false };
                let place = ((*area).to_owned(), vec![(*age).to_owned()]);
                delivery.counts.entry(name).or_default().insert(place, *value);
            }
            world.deliveries.push(delivery);
        }
        world
    }

    /// The places of these periods, which lie in the first, and what adds up to what.
    pub(super) fn grid(&self, family: &Family) -> Grid {
        let periods = &family.periods;
        let mut axes = vec![Axis::areas(&self.areas, periods[0].year())];
        axes.extend(self.dimensions.iter().map(Axis::breakdown));
        axes.extend((periods.len() > 1).then(|| Axis::periods(periods)));
        axes.extend(family.rates.then(Axis::sides));
        Grid { axes }
    }

    fn next(
        &self,
        states: &mut [State],
        number: usize,
        [gap, drop, add]: [usize; 3],
        dice: &mut Dice,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        for state in states {
            let grid = self.grid(&state.family);
            let places: Vec<(BlockName, Place)> = self.deliverable(state);
            if number == 0 {
                state.there = places.iter().filter(|_| !dice.once_in(gap)).cloned().collect();
            } else {
                for _ in 0..dice.under(3) {
                    let atom = dice.under(state.atoms.len());
                    state.atoms[atom] = dice.one_of(&VALUES);
                }
                let there = std::mem::take(&mut state.there);
                let stays = |place: &&(BlockName, Place), dice: &mut Dice| match there.contains(*place) {
                    true => !dice.once_in(drop),
                    false => dice.once_in(add),
                };
                state.there = places.iter().filter(|place| stays(place, dice)).cloned().collect();
            }
            for (name, place) in &state.there {
                let own = (place.0.clone(), place.1[..self.dimensions.len()].to_vec());
                let counts = delivery.counts.entry(*name).or_default();
                let bare = dice.once_in(30);
                if name.rates && bare {
                    // A rate that does not tell of how many it is.
                } else if state.does_not_apply(&grid, name, place, dice) {
                    delivery.not_applicable.insert((*name, own.clone()));
                    delivery.untrue.extend((!state.is_empty(&grid, place)).then(|| (*name, own.clone())));
                } else if name.rates {
                    let value = |side| state.value(&grid, &beside(place, side));
                    counts.extend(SIDES.map(|side| (beside(&own, side), value(side))));
                } else {
                    counts.insert(own.clone(), state.value(&grid, place));
                }
                if bare {
                    delivery.bare.insert((*name, own), dice.one_of(&[0, 3, 50]));
                }
            }
        }
        delivery
    }

    /// The places that can be delivered by a source, the first area first; of a rate one place.
    fn deliverable(&self, state: &State) -> Vec<(BlockName, Place)> {
        let Family { periods, rates } = state.family.clone();
        let grid = self.grid(&Family { periods: periods.clone(), rates: false });
        let year = periods[0].year();
        let places = grid.places().into_iter().filter(|place| self.can_be_delivered(place, year));
        let named = |place: Place| {
            let period = match &periods[..] {
                [period] => *period,
                periods => *periods.iter().find(|own| place.1.last() == Some(&own.to_string()))?,
            };
            Some((BlockName { period, source: state.source, rates }, place))
        };
        let mut places: Vec<_> = places.filter_map(named).collect();
        places.sort_by_key(|(_, place)| place.0 != "GM1");
        places
    }

    fn can_be_delivered(&self, (area, categories): &Place, year: u16) -> bool {
        let mut codes = self.dimensions.iter().zip(categories);
        let is_there = self.areas.iter().any(|own| own.code == *area && own.has_figures_of(year));
        is_there
            && !self.never.contains(area)
            && codes.all(|(dimension, code)| dimension.categories.contains(code))
    }

    /// The table of a delivery, of which the lines are in the order of what `place` gives.
    pub(super) fn table(&self, delivery: &Delivery, place: &dyn Fn(usize) -> usize) -> Table {
        let kinds: BTreeMap<&str, AreaKind> =
            self.areas.iter().map(|area| (area.code.as_str(), area.kind)).collect();
        let whole = |value: i64| Decimal::new(i128::from(value), 0);
        let (of_rates, by_themselves): (Vec<_>, Vec<_>) =
            delivery.counts.iter().partition(|(name, _)| name.rates);
        let counts = by_themselves.into_iter().flat_map(|(name, counts)| {
            counts.iter().map(move |(place, value)| (COUNT, name, place.clone(), whole(*value), None))
        });
        let rates = of_rates.into_iter().flat_map(|(name, counts)| {
            let told = counts.keys().filter_map(|(area, codes)| {
                let (side, categories) = codes.split_last()?;
                (side == SIDES[2]).then(|| (area.clone(), categories.to_vec()))
            });
            told.map(move |place| {
                let number = |side| u32::try_from(counts[&beside(&place, side)]).expect("a small number");
                let ratio = Ratio::new(number(SIDES[0]), number(SIDES[2])).expect("a part");
                let rate = ratio.rate(100, 1).or(whole(0));
                (RATE, name, place, rate, Some(ratio))
            })
        });
        let none = delivery
            .not_applicable
            .iter()
            .map(|(name, place)| (indicator(name.rates), name, place.clone(), None, None));
        let bare = delivery.bare.iter().map(|((name, place), value)| {
            let indicator = if name.rates { RATE } else { NEITHER };
            (indicator, name, place.clone(), whole(*value), None)
        });
        let mut lines: Vec<_> = counts.chain(rates).chain(none).chain(bare).enumerate().collect();
        lines.sort_by_key(|(number, _)| place(*number));
        let mut builder = TableBuilder::new(self.dimensions.iter().map(|own| own.code.clone()).collect());
        for (line, (_, (indicator, name, (area, categories), value, ratio))) in (1..).zip(lines) {
            let told = delivery.contributions.get(&(*name, (area.clone(), categories.clone())));
            let told = told.map(|text| Contributions::parse(text).expect("contributions"));
            builder.push(&NewCell {
                indicator: &IndicatorEntry {
                    code: indicator.to_owned(),
                    additive: indicator == COUNT,
                    per: Some(100),
                },
                area: &AreaEntry { code: area.clone(), kind: kinds[area.as_str()] },
                period: name.period,
                categories: &categories,
                source: name.source,
                value,
                ratio,
                contributions: told.as_ref(),
                status: if value.is_some() { Status::Final } else { Status::NotApplicable },
                note: "",
                line,
            });
        }
        builder.finish()
    }
}

const VALUES: [i64; 9] = [0, 20, 3, 1, 50, 2, 6, 12, 9];

/// What a source knows of the periods that lie in each other: the true counts, and which of the places
/// are delivered.
struct State {
    source: &'static str,
    family: Family,
    atoms: Vec<i64>,
    there: BTreeSet<(BlockName, Place)>,
}

impl State {
    fn new(world: &World, source: &'static str, family: &Family, dice: &mut Dice) -> Self {
        let grid = world.grid(family);
        let atoms = (0..grid.atom_count()).map(|_| dice.one_of(&VALUES)).collect();
        let mut state = Self { source, family: family.clone(), atoms, there: BTreeSet::new() };
        // Now and then nobody in all of a place, which can be a total.
        let places = world.deliverable(&state);
        while dice.once_in(3) {
            let (name, place) = &places[dice.under(places.len())];
            let place = if name.rates { beside(place, SIDES[2]) } else { place.clone() };
            grid.atoms(&place).into_iter().for_each(|atom| state.atoms[atom] = 0);
        }
        state
    }

    /// Another source of the same figures, which does not agree in everything.
    fn of_other_source(&self, dice: &mut Dice) -> Self {
        let mut other = Self {
            source: "b",
            family: self.family.clone(),
            atoms: self.atoms.clone(),
            there: BTreeSet::new(),
        };
        for _ in 0..dice.under(3) {
            let atom = dice.under(other.atoms.len());
            other.atoms[atom] = dice.one_of(&VALUES).max(1);
        }
        other
    }

    /// Whether there is nobody at a place.
    fn is_empty(&self, grid: &Grid, place: &Place) -> bool {
        let place = if self.family.rates { beside(place, SIDES[2]) } else { place.clone() };
        self.value(grid, &place) == 0
    }

    /// Whether it is said of a place that it does not apply: mostly where there is nobody, and now and then of a
    /// period of which only the parts are known.
    fn does_not_apply(&self, grid: &Grid, name: &BlockName, place: &Place, dice: &mut Dice) -> bool {
        let has_parts = self.family.periods.iter().any(|part| name.period.contains(*part));
        dice.under(2) == 0 && self.is_empty(grid, place) || has_parts && dice.once_in(12)
    }

    fn value(&self, grid: &Grid, place: &Place) -> i64 {
        grid.atoms(place).into_iter().map(|atom| self.atoms[atom]).sum()
    }
}
