//! What the store does: every published release has a shield under every protection that is agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sdc::Unwatched;

use super::axis::{Place, SIDES};
use super::world::{Delivery, Family, World, beside, indicator};
use crate::domain::masking::{
    Areas, Contents, Course, Edition, Failure, Layout, Shield, Why, Without, unplaced,
};
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::table::Table;

const SEED: [u8; 32] = [7; 32];

#[derive(Clone)]
pub(super) struct Published {
    pub table: Table,
    pub shields: BTreeMap<Protection, Shield>,
}

#[derive(Clone, Default)]
pub(super) struct Practice {
    pub published: Vec<Published>,
    /// What was delivered for each of them.
    pub deliveries: Vec<Delivery>,
    pub agreed: BTreeSet<Protection>,
    /// Those of before that are not agreed any more.
    pub retired: BTreeSet<Protection>,
    pub refused: Vec<Vec<Failure>>,
    /// Of each publication that was refused what is said to help.
    pub help: Vec<Vec<Vec<Without>>>,
    /// Whether that is asked.
    pub asks_help: bool,
}

pub(super) fn layout(world: &World) -> Layout<'_> {
    // Its counts are of other people than its rates.
    Layout {
        areas: Areas::new(&world.areas, []),
        dimensions: &world.dimensions,
        declared: &world.declared,
        has_counts: false,
        unplaced: BTreeSet::new(),
        seed: &SEED,
    }
}

pub(super) fn edition<'a>(of: &'a Published, contents: &'a Contents<'a>) -> Edition<'a> {
    let shields = of.shields.iter().map(|(protection, shield)| (*protection, shield)).collect();
    Edition::new(contents, shields)
}

pub(super) fn contents<'a>(world: &World, published: &'a [Published]) -> Vec<Contents<'a>> {
    let tables = published.iter().map(|own| &own.table);
    Contents::of_all(tables, &Areas::new(&world.areas, []))
}

/// What is made of these releases, of which no protection is wanted yet.
pub(super) fn with_course<T>(world: &World, published: &[Published], make: &dyn Fn(Course<'_>) -> T) -> T {
    let contents = contents(world, published);
    let shields: Vec<_> = published.iter().map(|own| own.shields.clone()).collect();
    let unplaced = unplaced(&contents, &shields);
    make(Course {
        layout: Layout { unplaced, ..layout(world) },
        contents: contents.iter().collect(),
        published: contents.len(),
        shields,
        wanted: Vec::new(),
        back: Vec::new(),
        retired: Vec::new(),
        aside: BTreeSet::new(),
    })
}

impl Published {
    /// The rows of these periods that are counts, or rates with their counts.
    pub(super) fn rows(&self, family: &Family) -> impl Iterator<Item = (usize, Vec<(Place, i64)>)> {
        self.table.cells().enumerate().filter_map(move |(row, cell)| {
            let of_block = cell.indicator == indicator(family.rates) && family.periods.contains(&cell.period);
            let value = cell.value.filter(|_| of_block)?;
            let place = within(&family.periods, cell.period, cell.area, cell.categories);
            if !family.rates {
                return Some((row, vec![(place, i64::try_from(value.unscaled()).expect("a small number"))]));
            }
            let ratio = cell.ratio?;
            let counts = [ratio.numerator(), ratio.denominator() - ratio.numerator(), ratio.denominator()];
            let counts = SIDES.iter().zip(counts.map(i64::from));
            Some((row, counts.map(|(side, count)| (beside(&place, side), count)).collect()))
        })
    }
}

/// A place among those of periods that lie in each other. What it is of a rate comes last.
pub(super) fn within(periods: &[Period], period: Period, area: &str, categories: &[String]) -> Place {
    let is_side = |code: &&String| SIDES.contains(&code.as_str());
    let at = categories.len() - usize::from(categories.last().is_some_and(|last| is_side(&last)));
    let period = (periods.len() > 1).then(|| period.to_string());
    (
        area.to_owned(),
        categories[..at].iter().cloned().chain(period).chain(categories[at..].to_vec()).collect(),
    )
}

impl Practice {
    /// Publishes a delivery of which the lines are in the order of what `place` gives.
    pub(super) fn publish(&mut self, world: &World, delivery: &Delivery, place: &dyn Fn(usize) -> usize) {
        let mut published = self.published.clone();
        published.push(Published { table: world.table(delivery, place), shields: BTreeMap::new() });
        if self.make(world, published, self.agreed.clone()) {
            self.deliveries.push(delivery.clone());
        }
    }

    pub(super) fn agree(&mut self, world: &World, protection: Protection) {
        let mut agreed = self.agreed.clone();
        agreed.insert(protection);
        self.make(world, self.published.clone(), agreed);
    }

    /// Retires one of the protections that are agreed, if there is one.
    pub(super) fn retire(&mut self, number: usize) {
        let retired = self.agreed.iter().nth(number % self.agreed.len().max(1)).copied();
        if let Some(retired) = retired {
            self.agreed.remove(&retired);
            self.retired.insert(retired);
        }
    }

    /// Makes what is lacking; nothing is changed when it cannot be made.
    fn make(&mut self, world: &World, mut published: Vec<Published>, agreed: BTreeSet<Protection>) -> bool {
        let back = self.retired.intersection(&agreed).copied().collect();
        let retired = self.retired.difference(&agreed).copied().collect();
        let made = with_course(world, &published, &|course| {
            let wanted = agreed.iter().copied().collect();
            let (back, retired) = (Vec::clone(&back), Vec::clone(&retired));
            let course = Course { wanted, back, retired, published: self.published.len(), ..course };
            course.clone().make(&Unwatched).map_err(|none| {
                let help = self.asks_help.then(|| course.smaller(&none, &Unwatched)).flatten();
                (none, help)
            })
        });
        match made {
            Ok(made) => {
                for own in made {
                    published[own.place].shields.insert(own.protection, own.shielded.shield);
                }
            }
            Err((none, help)) => {
                self.help.extend(help);
                let known =
                    |own: &Failure| matches!(own.why, Why::Unprotected | Why::NotProven | Why::Together(_));
                assert!(none.failures.iter().all(known), "{none:?}");
                self.refused.push(none.failures);
                return false;
            }
        }
        self.retired.retain(|protection| !agreed.contains(protection));
        (self.published, self.agreed) = (published, agreed);
        true
    }

    /// What was delivered of the releases that one of these has a shield of.
    pub(super) fn shown(&self, readers: &[Protection]) -> Vec<Delivery> {
        let all = self.deliveries.iter().zip(&self.published);
        let shown = all.filter(|(_, own)| readers.iter().any(|reader| own.shields.contains_key(reader)));
        shown.map(|(delivery, _)| delivery.clone()).collect()
    }

    /// The periods that were delivered: of what adds up over time those that lie in each other, the whole first, and
    /// of all others each by itself.
    pub(super) fn families(&self, world: &World) -> Vec<Family> {
        let adds_up = |rates: bool| world.declared.adds_up_over_time(indicator(rates));
        let alone = |own: Family| own.periods.into_iter().map(move |of| Family { periods: vec![of], ..own });
        let nested = self.nested().into_iter();
        nested.flat_map(|own| if adds_up(own.rates) { vec![own] } else { alone(own).collect() }).collect()
    }

    /// The periods that were delivered: those that lie in each other, the whole first.
    fn nested(&self) -> Vec<Family> {
        let names = self.deliveries.iter().flat_map(|delivery| delivery.counts.keys());
        let mut all: BTreeMap<bool, BTreeSet<Period>> = BTreeMap::new();
        names.for_each(|name| {
            all.entry(name.rates).or_default().insert(name.period);
        });
        let mut families: Vec<Family> = Vec::new();
        for (rates, period) in
            all.into_iter().flat_map(|(rates, own)| own.into_iter().map(move |of| (rates, of)))
        {
            match families.last_mut() {
                Some(last) if last.rates == rates && last.periods[0].contains(period) => {
                    last.periods.push(period)
                }
                _ => families.push(Family { periods: vec![period], rates }),
            }
        }
        families
    }

    /// Who reads under one protection, and who pools the answers under several.
    pub(super) fn readers(&self) -> Vec<Vec<Protection>> {
        let add = |pools: Vec<Vec<Protection>>, own: &Protection| {
            let with = |pool: &Vec<Protection>| pool.iter().copied().chain([*own]).collect();
            let more: Vec<Vec<Protection>> = pools.iter().map(with).collect();
            pools.into_iter().chain(more).collect()
        };
        let pools = self.agreed.union(&self.retired).fold(vec![Vec::new()], add);
        pools.into_iter().filter(|pool| !pool.is_empty()).collect()
    }
}

/// Line by line, with what each protection withholds.
impl fmt::Debug for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protections: Vec<String> = self.agreed.iter().map(|protection| protection.name()).collect();
        writeln!(f, "{protections:?}")?;
        for published in &self.published {
            writeln!(f, "release {:?}", published.shields.keys().map(|own| own.name()).collect::<Vec<_>>())?;
            for (row, cell) in published.table.cells().enumerate() {
                let value = cell.value.map_or("-".to_owned(), |value| value.to_string());
                let hidden = |shield: &Shield| if shield.mask.hides(row) { 'x' } else { '.' };
                let hidden: String = published.shields.values().map(hidden).collect();
                let (period, source) = (cell.period, cell.source);
                let codes = cell.categories.join("|");
                let of = cell
                    .ratio
                    .map_or(String::new(), |own| format!(" {}/{}", own.numerator(), own.denominator()));
                writeln!(
                    f,
                    "  {} {period}{source} {}|{codes} {value}{of} {hidden}",
                    cell.indicator, cell.area
                )?;
            }
        }
        Ok(())
    }
}
