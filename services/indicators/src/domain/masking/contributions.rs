//! Who contributes how much to the cells of a block.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{CellId, Kind, Relation, Universe};
use sdc::rules;

use super::apart::Cause;
use super::block::{Block, Count, Part};
use crate::domain::protection::Protection;

/// Most ways in which organisations can contribute to a cell.
const MOST_WAYS: usize = 8;

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
        while contributors.add_others(universe) {}
        contributors
    }

    /// In which ways organisations contribute to a cell; none when that is not known.
    pub(super) fn ways(&self, cell: CellId) -> impl Iterator<Item = rules::Contributions> {
        self.of.get(cell).into_iter().flatten().map(|own| rules::Contributions::by_holding(own.clone()))
    }

    /// For each organisation the cells that it may know: to which nobody else contributes, in one of the ways at
    /// least, and those of which it knows by these that nobody contributes to them.
    pub(super) fn alone(&self, universe: &Universe) -> Vec<Vec<CellId>> {
        let mut cells: BTreeMap<&str, Vec<CellId>> = BTreeMap::new();
        for (cell, ways) in self.of.iter().enumerate() {
            let only = |own: &Amounts<'a>| own.keys().next().copied().filter(|_| own.len() == 1);
            let alone: BTreeSet<&str> = ways.iter().filter_map(only).collect();
            alone.into_iter().for_each(|code| cells.entry(code).or_default().push(cell));
        }
        let is_empty = |cell: CellId| universe.kind(cell) != Kind::Unknown && universe.value(cell) == 0;
        cells.into_values().map(|own| rules::with_empty(universe, own, is_empty)).collect()
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
            let amounts =
                self.rest(relation, cell, None).filter(|own| total(own) == Some(universe.value(cell)));
            if let (Some(amounts), Some(own)) = (amounts, self.of.get_mut(cell)) {
                own.push(amounts);
                found = true;
            }
        }
        found
    }

    /// What is left for one cell of a sum, when all others have one way, or the one that is chosen for it; none
    /// when it is less than nothing.
    fn rest(
        &self,
        relation: Relation<'_>,
        cell: CellId,
        chosen: Option<(CellId, &Amounts<'a>)>,
    ) -> Option<Amounts<'a>> {
        let sign_of = |other: CellId| if other == relation.total { 1 } else { -1 };
        let turn = if cell == relation.total { -1 } else { 1 };
        let mut rest = Amounts::new();
        for (other, _) in relation.terms().filter(|(other, _)| *other != cell) {
            let own = chosen.filter(|(of, _)| *of == other).map(|(_, own)| own);
            for (code, amount) in own.or_else(|| self.only(other))? {
                let sum = rest.entry(*code).or_default();
                *sum = sum.checked_add(amount.checked_mul(turn * sign_of(other))?)?;
            }
        }
        rest.retain(|_, amount| *amount != 0);
        rest.values().all(|amount| *amount > 0).then_some(rest)
    }

    /// Adds the ways that follow from another sum than they were found by: of another moment, when the same
    /// number was contributed by others. Of a cell that could be in too many ways it is not known. Whether there
    /// was one to add.
    fn add_others(&mut self, universe: &Universe) -> bool {
        let mut others: Vec<(CellId, Amounts<'a>)> = Vec::new();
        for relation in universe.relations() {
            for (cell, chosen) in self.in_doubt(relation) {
                let rest = self.rest(relation, cell, chosen);
                let rest = rest.filter(|own| total(own) == Some(universe.value(cell)));
                others.extend(rest.map(|own| (cell, own)));
            }
        }
        let mut added = false;
        for (cell, amounts) in others {
            let own = self.of.get_mut(cell).filter(|own| !own.is_empty() && !own.contains(&amounts));
            if let Some(own) = own {
                own.push(amounts);
                if own.len() > MOST_WAYS {
                    own.clear();
                }
                added = true;
            }
        }
        added
    }

    /// The cells of a sum of which another way can follow, with a way of another one that it follows by: where
    /// one cell has more ways than one, that one, and all others by each of these; or all, when an organisation
    /// does not contribute to the total what it contributes to the parts.
    fn in_doubt(&self, relation: Relation<'_>) -> Vec<(CellId, Option<(CellId, &Amounts<'a>)>)> {
        let cells = || relation.terms().map(|(cell, _)| cell);
        let several: Vec<CellId> = cells().filter(|cell| self.only(*cell).is_none()).take(2).collect();
        match several.as_slice() {
            [] if self.rest(relation, relation.total, None).as_ref() != self.only(relation.total) => {
                cells().map(|cell| (cell, None)).collect()
            }
            [one] => {
                let ways = self.of.get(*one).into_iter().flatten();
                let others = ways.flat_map(|way| {
                    cells().filter(|cell| cell != one).map(move |cell| (cell, Some((*one, way))))
                });
                others.chain([(*one, None)]).collect()
            }
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
