//! Made-up datasets and their releases, of which all is known.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, Grid, Place, SIDES};
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::Dimension;
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::ratio::Ratio;
use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, Table, TableBuilder};

pub(super) const COUNT: &str = "aantal";
pub(super) const RATE: &str = "procent";
const NEITHER: &str = "index";

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
    fn once_in(&mut self, times: usize) -> bool {
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

impl BlockName {
    pub(super) fn indicator(&self) -> &'static str {
        if self.rates { RATE } else { COUNT }
    }
}

/// The place of one of the counts that a rate is made of.
pub(super) fn beside((area, categories): &Place, side: &str) -> Place {
    (area.clone(), categories.iter().cloned().chain([side.to_owned()]).collect())
}

pub(super) type Counts = BTreeMap<Place, i64>;

/// What is delivered: the counts of each block, the places of it that do not apply, and values of which
/// it is not told of how many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Delivery {
    pub counts: BTreeMap<BlockName, Counts>,
    not_applicable: BTreeSet<(BlockName, Place)>,
    bare: BTreeMap<(BlockName, Place), i64>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub areas: Vec<Area>,
    pub dimensions: Vec<Dimension>,
    pub deliveries: Vec<Delivery>,
}

fn area(code: &str, kind: AreaKind, parent: Option<&str>) -> Area {
    Area {
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parents: parent.map(str::to_owned).into_iter().collect(),
        valid_from: None,
        valid_until: None,
        consists_of: Vec::new(),
        note: String::new(),
    }
}

fn dimension(code: &str, categories: usize, with_total: bool) -> Dimension {
    let parts = (1..=categories).map(|number| format!("{code}{number}"));
    let total = with_total.then(|| "totaal".to_owned());
    Dimension {
        code: code.to_owned(),
        name: code.to_owned(),
        categories: total.iter().cloned().chain(parts).collect(),
        total,
    }
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let rates = dice.once_in(3);
        let dimensions = match dice.under(4) {
            0 | 1 if rates => Vec::new(),
            2 if rates => vec![dimension("leeftijd", 2, true)],
            3 if rates => vec![dimension("leeftijd", 2, false)],
            0 | 1 => vec![dimension("leeftijd", 2 + dice.under(2), true)],
            2 => vec![dimension("leeftijd", 2 + dice.under(2), false)],
            _ => {
                let second_has_total = dice.under(2) == 0;
                vec![dimension("leeftijd", 2, true), dimension("soort", 2, second_has_total)]
            }
        };
        let mut world = Self {
            areas: areas(dice, dimensions.len() + usize::from(rates) < 2),
            dimensions,
            deliveries: Vec::new(),
        };
        let name = |year, source| BlockName { period: Period::Year(year), source, rates };
        let mut blocks = vec![name(2025, "")];
        if dice.once_in(4) {
            let counts = BlockName { rates: false, ..name(2025, "") };
            let other = if rates { counts } else { name(2025, "b") };
            blocks.push(dice.one_of(&[name(2024, ""), name(2025, "b"), other]));
        }
        let rare = [dice.one_of(&[0, 9, 4, 2]), dice.one_of(&[4, 9, 0, 2]), dice.one_of(&[9, 4, 3])];
        let mut states: BTreeMap<BlockName, State> = blocks
            .into_iter()
            .map(|name| {
                let grid = world.grid(&name);
                let state = State::new(&grid, dice);
                (name, state)
            })
            .collect();
        for number in 0..1 + dice.under(3) {
            let again = number > 0 && dice.once_in(8);
            let delivery = match world.deliveries.first() {
                Some(first) if again => first.clone(),
                _ => world.next(&mut states, number, rare, dice),
            };
            world.deliveries.push(delivery);
        }
        world
    }

    /// One delivery of these blocks, complete, with a 1 for each smallest group.
    pub(super) fn of_blocks(names: &[BlockName]) -> Self {
        let areas = areas(&mut Dice::new(0), false);
        let mut world = Self { areas, dimensions: Vec::new(), deliveries: Vec::new() };
        let state = |name: &BlockName| State {
            atoms: vec![1; world.grid(name).atom_count()],
            there: BTreeSet::new(),
        };
        let mut states = names.iter().map(|name| (*name, state(name))).collect();
        let delivery = world.next(&mut states, 0, [0; 3], &mut Dice::new(0));
        world.deliveries.push(delivery);
        world
    }

    /// Three districts, two of them with two neighbourhoods, and counts of 2025 by area and age.
    pub(super) fn told(deliveries: &[&[(&str, &str, i64)]]) -> Self {
        let district = |code| area(code, AreaKind::District, Some("GM1"));
        let neighbourhood = |code, of| area(code, AreaKind::Neighbourhood, Some(of));
        let areas = vec![
            area("GM1", AreaKind::Municipality, None),
            district("WK1"),
            district("WK2"),
            district("WK3"),
            neighbourhood("BU11", "WK1"),
            neighbourhood("BU12", "WK1"),
            neighbourhood("BU21", "WK2"),
            neighbourhood("BU22", "WK2"),
        ];
        let name = BlockName { period: Period::Year(2025), source: "", rates: false };
        let count =
            |(area, age, value): &(&str, &str, i64)| ((area.to_string(), vec![age.to_string()]), *value);
        let delivery = |counts: &&[(&str, &str, i64)]| Delivery {
            counts: BTreeMap::from([(name, counts.iter().map(count).collect())]),
            ..Delivery::default()
        };
        Self {
            areas,
            dimensions: vec![dimension("leeftijd", 2, true)],
            deliveries: deliveries.iter().map(delivery).collect(),
        }
    }

    /// The places of a block, and what adds up to what.
    pub(super) fn grid(&self, name: &BlockName) -> Grid {
        let breakdowns = self.dimensions.iter().map(Axis::breakdown);
        let areas = Axis::areas(&self.areas, name.period.year());
        Grid { axes: std::iter::once(areas).chain(breakdowns).chain(name.rates.then(Axis::sides)).collect() }
    }

    /// The places that a delivery can have.
    fn places(&self, name: &BlockName) -> Vec<Place> {
        let places = self.grid(&BlockName { rates: false, ..*name }).places();
        places.into_iter().filter(|place| self.can_be_delivered(place)).collect()
    }

    fn next(
        &self,
        states: &mut BTreeMap<BlockName, State>,
        number: usize,
        [gap, drop, add]: [usize; 3],
        dice: &mut Dice,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        for (name, state) in states {
            let (grid, places) = (self.grid(name), self.places(name));
            if number == 0 {
                state.there = places.iter().filter(|_| !dice.once_in(gap)).cloned().collect();
            } else {
                for _ in 0..dice.under(3) {
                    let atom = dice.under(state.atoms.len());
                    state.atoms[atom] = dice.one_of(&VALUES);
                }
                let there = std::mem::take(&mut state.there);
                let stays = |place: &&Place, dice: &mut Dice| match there.contains(*place) {
                    true => !dice.once_in(drop),
                    false => dice.once_in(add),
                };
                state.there = places.iter().filter(|place| stays(place, dice)).cloned().collect();
            }
            let mut counts = Counts::new();
            for place in &state.there {
                let bare = dice.once_in(30);
                if bare {
                    delivery.bare.insert((*name, place.clone()), dice.one_of(&[0, 3, 50]));
                }
                if name.rates && bare {
                    continue;
                }
                if dice.once_in(40) {
                    delivery.not_applicable.insert((*name, place.clone()));
                } else if name.rates {
                    let sides = SIDES.map(|side| beside(place, side));
                    counts.extend(sides.map(|place| (place.clone(), state.value(&grid, &place))));
                } else {
                    counts.insert(place.clone(), state.value(&grid, place));
                }
            }
            delivery.counts.insert(*name, counts);
        }
        delivery
    }

    fn can_be_delivered(&self, (_, categories): &Place) -> bool {
        self.dimensions.iter().zip(categories).all(|(dimension, code)| dimension.categories.contains(code))
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
            let there = self.places(name).into_iter();
            there.filter_map(move |place| {
                let [part, _, all] = SIDES.map(|side| counts.get(&beside(&place, side)).copied());
                let number = |value: i64| u32::try_from(value).expect("a small number");
                let ratio = Ratio::new(number(part?), number(all?)).expect("a part");
                let rate = ratio.rate(100, 1).or(whole(0));
                Some((RATE, name, place, rate, Some(ratio)))
            })
        });
        let none = delivery
            .not_applicable
            .iter()
            .map(|(name, place)| (name.indicator(), name, place.clone(), None, None));
        let bare = delivery.bare.iter().map(|((name, place), value)| {
            let indicator = if name.rates { RATE } else { NEITHER };
            (indicator, name, place.clone(), whole(*value), None)
        });
        let mut lines: Vec<_> = counts.chain(rates).chain(none).chain(bare).enumerate().collect();
        lines.sort_by_key(|(number, _)| place(*number));
        let mut builder = TableBuilder::new(self.dimensions.iter().map(|own| own.code.clone()).collect());
        for (line, (_, (indicator, name, (area, categories), value, ratio))) in (1..).zip(lines) {
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
                status: if value.is_some() { Status::Final } else { Status::NotApplicable },
                note: "",
                line,
            });
        }
        builder.finish()
    }
}

/// A municipality with districts, most of them with neighbourhoods, one of which may be of earlier
/// years only; and perhaps an area of the programme made of some of these.
fn areas(dice: &mut Dice, large: bool) -> Vec<Area> {
    let mut areas = vec![area("GM1", AreaKind::Municipality, None)];
    for district in 1..=2 + dice.under(2) {
        let code = format!("WK{district}");
        areas.push(area(&code, AreaKind::District, Some("GM1")));
        let neighbourhoods = if large { dice.under(4) } else { 0 };
        for number in 1..=neighbourhoods {
            let mut neighbourhood =
                area(&format!("BU{district}{number}"), AreaKind::Neighbourhood, Some(&code));
            neighbourhood.parents.push("GM1".to_owned());
            neighbourhood.valid_until = dice.once_in(16).then_some(2024);
            areas.push(neighbourhood);
        }
    }
    if dice.once_in(3) {
        let lowest = AreaKind::Neighbourhood;
        let kind = if areas.iter().any(|own| own.kind == lowest) { lowest } else { AreaKind::District };
        let members = areas.iter().filter(|own| own.kind == kind && dice.under(2) == 0);
        let mut programme = area("PG1", AreaKind::ProgrammeArea, None);
        programme.consists_of = members.map(|own| own.code.clone()).collect();
        areas.push(programme);
    }
    areas
}

const VALUES: [i64; 9] = [0, 20, 3, 1, 50, 2, 6, 12, 9];

/// The true counts of a block, and which of its places are delivered.
struct State {
    atoms: Vec<i64>,
    there: BTreeSet<Place>,
}

impl State {
    fn new(grid: &Grid, dice: &mut Dice) -> Self {
        let atoms = (0..grid.atom_count()).map(|_| dice.one_of(&VALUES)).collect();
        Self { atoms, there: BTreeSet::new() }
    }

    fn value(&self, grid: &Grid, place: &Place) -> i64 {
        grid.atoms(place).into_iter().map(|atom| self.atoms[atom]).sum()
    }
}

pub(super) fn protection(dice: &mut Dice) -> Protection {
    Protection {
        minimum_count: dice.one_of(&[5, 10, 3, 2]),
        minimum_denominator: dice.one_of(&[0, 0, 0, 20, 50]),
        interval_width: dice.one_of(&[0, 0, 3, 6]),
        protect_zeros: dice.once_in(3),
        rounding_base: dice.one_of(&[0, 0, 3, 5]),
    }
}
