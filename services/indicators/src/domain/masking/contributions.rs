//! Who contributes how much to the cells of a block.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{CellId, Kind, Relation, Universe};
use sdc::rules;

use super::apart::Cause;
use super::block::{Block, Count, Part};
use crate::domain::protection::Protection;

/// Most ways in which organisations can contribute to a cell, besides those that are told.
const MOST_WAYS: usize = 8;

/// Amounts by organisation, none of them zero.
type Amounts<'a> = BTreeMap<&'a str, i64>;

/// In which ways organisations can contribute to a cell; none where it is not known.
#[derive(Clone, Default)]
struct Ways<'a> {
    /// First those that are told, then those that follow.
    found: Vec<Amounts<'a>>,
    told: usize,
    /// Whether there are more than [`MOST_WAYS`] that follow, so that it can be in others.
    is_open: bool,
}

impl<'a> Ways<'a> {
    fn tell(&mut self, amounts: Amounts<'a>) {
        if !self.found.contains(&amounts) {
            self.found.push(amounts);
            self.told = self.found.len();
        }
    }

    /// Adds a way that follows; whether that is something new.
    fn add(&mut self, amounts: Amounts<'a>) -> bool {
        let is_new = !self.is_open && !self.found.contains(&amounts);
        if is_new && self.found.len() < self.told + MOST_WAYS {
            self.found.push(amounts);
        } else {
            self.is_open |= is_new;
        }
        is_new
    }

    /// The only way.
    fn only(&self) -> Option<&Amounts<'a>> {
        match self.found.as_slice() {
            [own] if !self.is_open => Some(own),
            _ => None,
        }
    }

    /// Who is the only one, in ways that are told or in the only one that there is.
    fn surely_alone(&self) -> impl Iterator<Item = &'a str> {
        let surely = if self.only().is_some() { 1 } else { self.told };
        self.found.iter().take(surely).filter_map(alone)
    }

    /// Who is the only one in a way that is found.
    fn alone(&self) -> impl Iterator<Item = &'a str> {
        self.found.iter().filter_map(alone)
    }
}

/// Of each cell who contributes how much to it; of some it can be in more ways than one, as they are told or
/// follow in more, and of some it is not known.
pub(super) struct Contributors<'a> {
    of: Vec<Ways<'a>>,
}

impl<'a> Contributors<'a> {
    /// As these counts tell it, and as it follows from that along all sums: of a total what contributes to all
    /// parts, of a part what is left of its total. An unchanged count that does not tell it again has the same
    /// contributors as before.
    pub(super) fn of<'c>(universe: &Universe, told: impl Iterator<Item = (CellId, &'c Count<'a>)>) -> Self
    where
        'a: 'c,
    {
        let mut of: Vec<Ways<'a>> = vec![Ways::default(); universe.len()];
        let known = |cell: CellId| universe.kind(cell) != Kind::Unknown;
        for (cell, own) in of.iter_mut().enumerate() {
            if known(cell) && universe.value(cell) == 0 {
                own.tell(Amounts::new());
            }
        }
        for (cell, count) in told {
            if let (Some(own), Some(amounts)) = (of.get_mut(cell), amounts(count)) {
                own.tell(amounts);
            }
        }
        let mut contributors = Self { of };
        while contributors.derive(universe) || contributors.add_others(universe) {}
        contributors
    }

    /// In which ways organisations contribute to a cell, and whether it can be in others.
    pub(super) fn ways(&self, cell: CellId) -> (Vec<rules::Contributions>, bool) {
        let own = self.of.get(cell);
        let found = own.into_iter().flat_map(|own| &own.found);
        let found: Vec<_> = found.map(|own| rules::Contributions::by_holding(own.clone())).collect();
        let is_open = found.is_empty() || own.is_some_and(|own| own.is_open);
        (found, is_open)
    }

    /// For each organisation the cells that it knows: to which nobody else contributes, and those of which it
    /// knows by these, and by what every reader knows, that nobody contributes to them. Of a cell that can be in
    /// several ways of which one follows, it is not known whether it is the only one, and of a cell that can be in
    /// too many ways, anybody may be. So each organisation is there as one that knows none of these, and as one
    /// that knows all.
    pub(super) fn alone(&self, universe: &Universe, is_public: impl Fn(CellId) -> bool) -> Vec<Vec<CellId>> {
        let codes: BTreeSet<&str> =
            self.of.iter().flat_map(|ways| &ways.found).flat_map(|own| own.keys().copied()).collect();
        let mut surely: BTreeMap<&str, Vec<CellId>> = BTreeMap::new();
        let mut maybe = surely.clone();
        for (cell, ways) in self.of.iter().enumerate() {
            let sure: BTreeSet<&str> = ways.surely_alone().collect();
            let all = if ways.is_open { codes.clone() } else { ways.alone().collect() };
            sure.into_iter().for_each(|code| surely.entry(code).or_default().push(cell));
            all.into_iter().for_each(|code| maybe.entry(code).or_default().push(cell));
        }
        let is_empty = |cell: CellId| universe.kind(cell) != Kind::Unknown && universe.value(cell) == 0;
        let sets = surely.into_values().chain(maybe.into_values());
        let sets = sets.map(|own| rules::with_empty(universe, own, &is_public, is_empty));
        sets.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The only way that a cell has.
    fn only(&self, cell: CellId) -> Option<&Amounts<'a>> {
        self.of.get(cell)?.only()
    }

    /// Fills in cells that are the only one in a sum of which nothing is known; whether there was one.
    fn derive(&mut self, universe: &Universe) -> bool {
        let mut found = false;
        for relation in universe.relations() {
            let is_open = |cell: &CellId| self.of.get(*cell).is_none_or(|own| own.found.is_empty());
            let mut open = relation.terms().map(|(cell, _)| cell).filter(is_open);
            let (Some(cell), None) = (open.next(), open.next()) else { continue };
            if universe.kind(cell) == Kind::Unknown {
                continue;
            }
            let amounts =
                self.rest(relation, cell, None).filter(|own| total(own) == Some(universe.value(cell)));
            if let (Some(amounts), Some(own)) = (amounts, self.of.get_mut(cell)) {
                found |= own.add(amounts);
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
    /// number was contributed by others. Whether there was one to add.
    fn add_others(&mut self, universe: &Universe) -> bool {
        let mut others: Vec<(CellId, Amounts<'a>)> = Vec::new();
        for relation in universe.relations() {
            for (cell, chosen) in self.in_doubt(relation) {
                let rest = self.rest(relation, cell, chosen);
                let is_known = universe.kind(cell) != Kind::Unknown;
                let rest = rest.filter(|own| is_known && total(own) == Some(universe.value(cell)));
                others.extend(rest.map(|own| (cell, own)));
            }
        }
        let mut added = false;
        for (cell, amounts) in others {
            if let Some(own) = self.of.get_mut(cell) {
                added |= own.add(amounts);
            }
        }
        added
    }

    /// The cells of a sum of which another way can follow, with a way of another one that it follows by: where
    /// one cell has more ways than one, that one, and all others by each of these; where it is not known of one
    /// more, that one by each of these; or all, when an organisation does not contribute to the total what it
    /// contributes to the parts.
    fn in_doubt(&self, relation: Relation<'_>) -> Vec<(CellId, Option<(CellId, &Amounts<'a>)>)> {
        let cells = || relation.terms().map(|(cell, _)| cell);
        let several: Vec<CellId> = cells().filter(|cell| self.only(*cell).is_none()).take(3).collect();
        let by = |one: CellId, cell: CellId| {
            let ways = self.of.get(one).filter(|own| !own.is_open).into_iter().flat_map(|own| &own.found);
            ways.map(move |way| (cell, Some((one, way))))
        };
        match several.as_slice() {
            [] if self.rest(relation, relation.total, None).as_ref() != self.only(relation.total) => {
                cells().map(|cell| (cell, None)).collect()
            }
            [one] => {
                let others = cells().filter(|cell| cell != one).flat_map(|cell| by(*one, cell));
                others.chain([(*one, None)]).collect()
            }
            [one, other] => {
                let is_lacking = |cell: CellId| self.of.get(cell).is_some_and(|own| own.found.is_empty());
                let pairs = [(*one, *other), (*other, *one)];
                pairs
                    .into_iter()
                    .filter(|(_, cell)| is_lacking(*cell))
                    .flat_map(|(one, cell)| by(one, cell))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn alone<'a>(amounts: &Amounts<'a>) -> Option<&'a str> {
    amounts.keys().next().copied().filter(|_| amounts.len() == 1)
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
