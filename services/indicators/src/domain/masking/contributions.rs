//! Who contributes how much to the cells of a block.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{CellId, Kind, Relation, Universe};
use sdc::rules;

use super::apart::Cause;
use super::block::{Block, Count, Part};
use crate::domain::protection::Protection;

/// Amounts by organisation, none of them zero.
type Amounts<'a> = BTreeMap<&'a str, i64>;

/// Of each cell who contributes how much to it; of some it can be in more ways than one, as they are told or
/// follow in more, and of some it is not known.
pub(super) struct Contributors<'a> {
    of: Vec<Vec<Amounts<'a>>>,
}

impl<'a> Contributors<'a> {
    /// As these counts tell it, and as it follows from that along all sums: of a total what contributes to all
    /// parts, of a part what is left of its total. An unchanged count that does not tell it again has the same
    /// contributors as before.
    pub(super) fn of<'c>(universe: &Universe, told: impl Iterator<Item = (CellId, &'c Count<'a>)>) -> Self
    where
        'a: 'c,
    {
        let mut of: Vec<Vec<Amounts<'a>>> = vec![Vec::new(); universe.len()];
        let known = |cell: CellId| universe.kind(cell) != Kind::Unknown;
        for (cell, own) in of.iter_mut().enumerate() {
            if known(cell) && universe.value(cell) == 0 {
                own.push(Amounts::new());
            }
        }
        for (cell, count) in told {
            if let (Some(own), Some(amounts)) = (of.get_mut(cell), amounts(count))
                && !own.contains(&amounts)
            {
                own.push(amounts);
            }
        }
        let mut contributors = Self { of };
        while contributors.derive(universe) {}
        contributors.add_others(universe);
        contributors
    }

    /// In which ways organisations contribute to a cell; none when that is not known.
    pub(super) fn ways(&self, cell: CellId) -> impl Iterator<Item = rules::Contributions> {
        self.of.get(cell).into_iter().flatten().map(|own| rules::Contributions::by_holding(own.clone()))
    }

    /// For each organisation the cells to which nobody else contributes, in one of the ways at least: it may know
    /// these.
    pub(super) fn alone(&self) -> Vec<Vec<CellId>> {
        let mut cells: BTreeMap<&str, Vec<CellId>> = BTreeMap::new();
        for (cell, ways) in self.of.iter().enumerate() {
            let only = |own: &Amounts<'a>| own.keys().next().copied().filter(|_| own.len() == 1);
            let alone: BTreeSet<&str> = ways.iter().filter_map(only).collect();
            alone.into_iter().for_each(|code| cells.entry(code).or_default().push(cell));
        }
        cells.into_values().collect()
    }

    /// The only way that a cell has.
    fn only(&self, cell: CellId) -> Option<&Amounts<'a>> {
        match self.of.get(cell).map(Vec::as_slice) {
            Some([own]) => Some(own),
            _ => None,
        }
    }

    /// Fills in cells that are the only one in a sum of which nothing is known; whether there was one.
    fn derive(&mut self, universe: &Universe) -> bool {
        let mut found = false;
        for relation in universe.relations() {
            let is_open = |cell: &CellId| self.of.get(*cell).is_none_or(Vec::is_empty);
            let mut open = relation.terms().map(|(cell, _)| cell).filter(is_open);
            let (Some(cell), None) = (open.next(), open.next()) else { continue };
            if universe.kind(cell) == Kind::Unknown {
                continue;
            }
            let amounts = self.rest(relation, cell).filter(|own| total(own) == Some(universe.value(cell)));
            if let (Some(amounts), Some(own)) = (amounts, self.of.get_mut(cell)) {
                own.push(amounts);
                found = true;
            }
        }
        found
    }

    /// What is left for one cell of a sum, when all others have one way; none when it is less than nothing.
    fn rest(&self, relation: Relation<'_>, cell: CellId) -> Option<Amounts<'a>> {
        let sign_of = |other: CellId| if other == relation.total { 1 } else { -1 };
        let turn = if cell == relation.total { -1 } else { 1 };
        let mut rest = Amounts::new();
        for (other, _) in relation.terms().filter(|(other, _)| *other != cell) {
            for (code, amount) in self.only(other)? {
                let sum = rest.entry(*code).or_default();
                *sum = sum.checked_add(amount.checked_mul(turn * sign_of(other))?)?;
            }
        }
        rest.retain(|_, amount| *amount != 0);
        rest.values().all(|amount| *amount > 0).then_some(rest)
    }

    /// Adds the ways that follow from another sum than they were found by: of another moment, when the same
    /// number was contributed by others.
    fn add_others(&mut self, universe: &Universe) {
        let mut others: Vec<(CellId, Amounts<'a>)> = Vec::new();
        for relation in universe.relations() {
            for cell in self.in_doubt(relation) {
                let rest = self.rest(relation, cell);
                let rest = rest.filter(|own| total(own) == Some(universe.value(cell)));
                others.extend(rest.map(|own| (cell, own)));
            }
        }
        for (cell, amounts) in others {
            if let Some(own) = self.of.get_mut(cell).filter(|own| !own.contains(&amounts)) {
                own.push(amounts);
            }
        }
    }

    /// The cells of a sum of which another way can follow: the one that has more ways than one, or all when an
    /// organisation does not contribute to the total what it contributes to the parts.
    fn in_doubt(&self, relation: Relation<'_>) -> Vec<CellId> {
        let cells = || relation.terms().map(|(cell, _)| cell);
        let several: Vec<CellId> = cells().filter(|cell| self.only(*cell).is_none()).take(2).collect();
        match several.as_slice() {
            [] if self.rest(relation, relation.total).as_ref() != self.only(relation.total) => {
                cells().collect()
            }
            [one] => vec![*one],
            _ => Vec::new(),
        }
    }
}

fn total(amounts: &Amounts<'_>) -> Option<i64> {
    amounts.values().try_fold(0i64, |sum, amount| sum.checked_add(*amount))
}

/// What a count tells, where it is in whole numbers.
fn amounts<'a>(count: &Count<'a>) -> Option<Amounts<'a>> {
    count.contributions?.iter().map(|(code, amount)| Some((code, amount.whole()?))).collect()
}

/// Why all of a block is withheld under a protection that asks who contributes what: it is of rates, or nobody
/// tells it of any count.
pub(super) fn cause(protection: Protection, block: &Block<'_>) -> Option<Cause> {
    let tells_nothing = block.values().all(|part| !tells(part));
    let is_something = block.values().flat_map(|part| &part.cells).any(|count| count.value != 0);
    (protection.asks_contributions() && tells_nothing && is_something).then_some(Cause::Contributions)
}

/// Whether a part tells of any count who contributes to it.
pub(super) fn tells(part: &Part<'_>) -> bool {
    part.cells.iter().any(|count| count.contributions.is_some())
}
