//! What the store does: every published release has a shield under every protection that is agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sdc::Unwatched;

use super::axis::{Place, SIDES};
use super::world::{BlockName, Delivery, World, beside};
use crate::domain::masking::{Edition, Failure, Layout, Shield, Why, shield};
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
    pub refused: Vec<Failure>,
}

pub(super) fn layout(world: &World) -> Layout<'_> {
    Layout { areas: &world.areas, dimensions: &world.dimensions, seed: &SEED }
}

pub(super) fn edition(of: &Published) -> Edition<'_> {
    let shields = of.shields.iter().map(|(protection, shield)| (*protection, shield)).collect();
    Edition { table: &of.table, shields }
}

impl Published {
    /// The rows of a block that are counts, or rates with their counts.
    pub(super) fn rows(&self, name: BlockName) -> impl Iterator<Item = (usize, Vec<(Place, i64)>)> {
        self.table.cells().enumerate().filter_map(move |(row, cell)| {
            let of_block =
                (cell.indicator, cell.period, cell.source) == (name.indicator(), name.period, name.source);
            let value = cell.value.filter(|_| of_block)?;
            let place = (cell.area.to_owned(), cell.categories.to_vec());
            if !name.rates {
                return Some((row, vec![(place, i64::try_from(value.unscaled()).expect("a small number"))]));
            }
            let ratio = cell.ratio?;
            let counts = [ratio.numerator(), ratio.denominator() - ratio.numerator(), ratio.denominator()];
            let counts = SIDES.iter().zip(counts.map(i64::from));
            Some((row, counts.map(|(side, count)| (beside(&place, side), count)).collect()))
        })
    }

    /// The counts of a block, each with its row.
    pub(super) fn counts(&self, name: BlockName) -> impl Iterator<Item = (usize, Place, i64)> {
        self.rows(name)
            .flat_map(|(row, counts)| counts.into_iter().map(move |(place, value)| (row, place, value)))
    }
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

    /// Makes what is lacking, the looser protections first; nothing is changed when that cannot be.
    fn make(&mut self, world: &World, mut published: Vec<Published>, agreed: BTreeSet<Protection>) -> bool {
        for protection in &agreed {
            for place in 0..published.len() {
                if published[place].shields.contains_key(protection) {
                    continue;
                }
                let editions: Vec<Edition<'_>> = published[..=place].iter().map(edition).collect();
                let (release, earlier) = editions.split_last().expect("a release");
                match shield(&layout(world), earlier, release, *protection, &Unwatched) {
                    Ok(made) => published[place].shields.insert(*protection, made.shield),
                    Err(failure) => {
                        let known = matches!(failure.why, Why::Unprotected | Why::Together(_));
                        assert!(known, "{failure:?}");
                        self.refused.push(failure);
                        return false;
                    }
                };
            }
        }
        (self.published, self.agreed) = (published, agreed);
        true
    }

    pub(super) fn blocks(&self) -> BTreeSet<BlockName> {
        self.deliveries.iter().flat_map(|delivery| delivery.counts.keys().cloned()).collect()
    }

    /// Who reads under one protection, and who pools the answers under two.
    pub(super) fn readers(&self) -> Vec<Vec<Protection>> {
        let one = self.agreed.iter().map(|protection| vec![*protection]);
        let pairs = self
            .agreed
            .iter()
            .flat_map(|one| self.agreed.range(..one).map(|other| vec![*other, *one]).collect::<Vec<_>>());
        one.chain(pairs).collect()
    }
}

/// Line by line, with what each protection withholds.
impl fmt::Debug for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protections: Vec<String> = self.agreed.iter().map(|protection| protection.name()).collect();
        writeln!(f, "{protections:?}")?;
        for published in &self.published {
            writeln!(f, "release")?;
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
