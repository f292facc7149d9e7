//! Whether a mask gives every protected cell the room that it needs, for outsiders and insiders.

use std::collections::{BTreeMap, BTreeSet};

use super::component::Component;
use super::ratio::Fraction;
use super::reach::Reach;
use super::{Interval, Question};
use crate::arr::Arr;
use crate::model::{CellId, Certificate, Insider, Need};
use crate::watch::{Cancelled, Phase, Watch, report};

#[cfg(test)]
mod tests;

/// What is wrong with the protection of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// It is published.
    Shown,
    /// Its value can be computed, or nothing shows that it cannot.
    Exact,
    /// It is known more narrowly than it may be.
    Narrow,
    /// The insider with this number, who knows cells of its own, can compute it.
    Insider(usize),
}

/// A protected cell that a mask does not protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The cell.
    pub cell: CellId,
    /// What is wrong.
    pub flaw: Flaw,
    /// Whether that is surely so. Otherwise the cell may have what it needs, and nothing was found that
    /// shows it: as unsafe, as long as nobody shows it.
    pub proven: bool,
    /// Values that are surely possible for those outside; no wider than what was needed.
    pub interval: Interval,
}

/// The judgement of a mask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many protected cells were judged.
    pub judged: usize,
    /// Those that are not protected, by cell.
    pub failures: Vec<Failure>,
}

impl Verdict {
    /// Whether every protected cell has what it needs.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Judges a mask. To each of `insiders`, who know cells as their contributor, no protected cell may become
/// exactly known but those that they know and those that are about nobody else. `claims` may hold
/// certificates, which spare the auditor a search where there is no network.
///
/// # Errors
/// When `watch` ends the run.
pub fn judge(
    question: &Question<'_>,
    needs: &[Need],
    insiders: &[Insider],
    claims: &[Certificate],
    watch: &dyn Watch,
) -> Result<Verdict, Cancelled> {
    let components = Arr::from(Component::split(question));
    let mut place_of: Arr<Option<(usize, usize)>> = Arr::of(None, question.universe.len());
    for (id, component) in components.iter().enumerate() {
        for (place, cell) in component.cells.iter().enumerate() {
            place_of[*cell] = Some((id, place));
        }
    }
    let mut by_component: BTreeMap<Option<usize>, Vec<(Need, usize)>> = BTreeMap::new();
    for need in needs {
        let place = place_of.find(need.cell).copied().flatten();
        // What must stay hidden may not be exactly known.
        let need = Need { width: need.width.max(1), ..*need };
        by_component.entry(place.map(|(id, _)| id)).or_default().push((need, place.map_or(0, |(_, at)| at)));
    }
    let mut knowing: BTreeMap<CellId, Vec<usize>> = BTreeMap::new();
    for (id, insider) in insiders.iter().enumerate() {
        insider.knows.iter().for_each(|cell| knowing.entry(*cell).or_default().push(id));
    }
    let claims = sorted(claims);
    let known: BTreeSet<CellId> = question.known.iter().copied().collect();
    let mut verdict = Verdict::default();
    for (id, members) in by_component {
        let component = id.map(|id| &components[id]);
        let mut reach = component.map(|component| Reach::of(question, component));
        let mut fixed: Option<BTreeSet<CellId>> = None;
        for (need, place) in members {
            report(watch, Phase::Audit, verdict.judged, needs.len())?;
            if known.contains(&need.cell) {
                continue;
            }
            verdict.judged += 1;
            let Some((reach, component)) = reach.as_mut().zip(component) else {
                verdict.failures.push(closed(question, need.cell));
                continue;
            };
            let mut case = Case { question, need, place, reach, shown: Vec::new() };
            if !case.reach.is_network() {
                claims.get(&need.cell).into_iter().flatten().for_each(|claim| case.consider(claim));
            }
            let local = |cell: CellId| {
                let place = place_of.find(cell).copied().flatten();
                place.filter(|(other, _)| Some(*other) == id).map(|(_, at)| at)
            };
            let flaw = case.outsider().or_else(|| case.insider(insiders, &knowing, &local));
            if let Some(flaw) = flaw {
                let interval = case.interval();
                let mut proven = reach.is_network();
                if !proven && flaw == Flaw::Exact {
                    let fixed = fixed.get_or_insert_with(|| reach.recoverable().into_iter().collect());
                    proven = fixed.contains(&need.cell);
                }
                proven &= !component.beside_still;
                verdict.failures.push(Failure { cell: need.cell, flaw, proven, interval });
            }
        }
    }
    verdict.failures.sort_by_key(|failure| (failure.cell, failure.flaw));
    Ok(verdict)
}

/// A protected cell that cannot have another value: it is shown, or nobody knows it and nothing tells how far it
/// can go.
fn closed(question: &Question<'_>, cell: CellId) -> Failure {
    let value = Some(question.universe.value(cell).into());
    let shown = !question.hidden.hides(cell);
    let flaw = if shown { Flaw::Shown } else { Flaw::Exact };
    Failure { cell, flaw, proven: shown, interval: Interval { low: value, high: value, exact: shown } }
}

fn sorted(claims: &[Certificate]) -> BTreeMap<CellId, Vec<&Certificate>> {
    let mut by_cell: BTreeMap<CellId, Vec<&Certificate>> = BTreeMap::new();
    for claim in claims {
        by_cell.entry(claim.cell).or_default().push(claim);
    }
    by_cell
}

/// One protected cell under judgement.
struct Case<'a, 'b> {
    question: &'a Question<'a>,
    need: Need,
    place: usize,
    reach: &'b mut Reach<'a>,
    /// How it surely can move.
    shown: Vec<Shown>,
}

/// How far a cell surely goes, and the cells that move then, itself included.
struct Shown {
    up: bool,
    amount: Fraction,
    moving: Vec<CellId>,
}

impl Case<'_, '_> {
    /// Takes a claim over when it is true.
    fn consider(&mut self, claim: &Certificate) {
        let Some(moved) = confirmed(self.question, claim) else { return };
        let Some(amount) = moved.checked_abs().map(Fraction::from) else { return };
        let moving = claim.moves.iter().map(|(cell, _)| *cell).collect();
        self.shown.push(Shown { up: moved > 0, amount, moving });
    }

    /// How far it surely goes in a direction.
    fn reached(&self, up: bool) -> Fraction {
        let amounts = self.shown.iter().filter(|shown| shown.up == up).map(|shown| shown.amount);
        amounts.fold(Fraction::ZERO, Fraction::max)
    }

    fn outsider(&mut self) -> Option<Flaw> {
        let below = self.need.below_at(self.question.universe, self.question.floor);
        if !self.has_enough(below) {
            self.look(true, self.need.above.max(self.need.width));
        }
        if !self.has_enough(below) {
            let rest = self.need.width.saturating_sub(self.reached(true).floor());
            self.look(false, rest.max(below));
        }
        match self.has_enough(below) {
            true => None,
            false if self.reached(true).is_zero() && self.reached(false).is_zero() => Some(Flaw::Exact),
            false => Some(Flaw::Narrow),
        }
    }

    fn has_enough(&self, below: i64) -> bool {
        let (up, down) = (self.reached(true), self.reached(false));
        let width = up.plus(down).is_none_or(|sum| sum >= Fraction::from(self.need.width));
        width && up >= Fraction::from(self.need.above) && down >= Fraction::from(below)
    }

    /// Finds out how far the cell goes.
    fn look(&mut self, up: bool, wanted: i64) {
        let amount = self.reach.far(self.place, up, wanted);
        self.shown.push(Shown { up, amount, moving: self.reach.support(self.place) });
    }

    /// An insider whose cells are part of all that shows that the cell can move: it must be able to move
    /// without them.
    fn insider(
        &mut self,
        insiders: &[Insider],
        knowing: &BTreeMap<CellId, Vec<usize>>,
        local: &dyn Fn(CellId) -> Option<usize>,
    ) -> Option<Flaw> {
        let moving = self.shown.iter().flat_map(|shown| &shown.moving);
        let concerned: BTreeSet<usize> =
            moving.filter_map(|cell| knowing.get(cell)).flatten().copied().collect();
        for id in concerned {
            let Some(insider) = insiders.get(id) else { continue };
            if insider.may_find(self.need.cell) {
                continue;
            }
            let cells = &insider.knows;
            let untouched = |shown: &Shown| {
                shown.amount >= Fraction::ONE && shown.moving.iter().all(|cell| !cells.contains(cell))
            };
            if self.shown.iter().any(untouched) {
                continue;
            }
            let places: Vec<usize> = cells.iter().filter_map(|cell| local(*cell)).collect();
            self.reach.bar(&places, true);
            let moves =
                [true, false].into_iter().any(|up| self.reach.far(self.place, up, 1) >= Fraction::ONE);
            self.reach.bar(&places, false);
            if !moves {
                return Some(Flaw::Insider(id));
            }
        }
        None
    }

    fn interval(&self) -> Interval {
        let value = Fraction::from(self.question.universe.value(self.need.cell));
        let (low, high) = (value.minus(self.reached(false)), value.plus(self.reached(true)));
        Interval { low: Some(low.unwrap_or(value)), high: Some(high.unwrap_or(value)), exact: false }
    }
}

/// How far the cell of a certificate deviates in it; none when the certificate is not true.
fn confirmed(question: &Question<'_>, claim: &Certificate) -> Option<i64> {
    let universe = question.universe;
    let moves: BTreeMap<CellId, i64> = claim.moves.iter().copied().collect();
    if moves.len() != claim.moves.len() {
        return None;
    }
    let mut touched = BTreeSet::new();
    for (cell, change) in &moves {
        let free = *cell < universe.len() && question.is_open(*cell) && !question.known.contains(cell);
        let value = universe.value(*cell).checked_add(*change)?;
        let possible = *change >= 0 || question.floor.of(universe, *cell).is_none_or(|low| value >= low);
        if !free || !possible {
            return None;
        }
        touched.extend(universe.relations_of(*cell).iter().copied());
    }
    for relation in touched {
        let terms = universe.relation(relation).terms();
        let changes = terms.filter_map(|(cell, sign)| moves.get(&cell).map(|change| (sign, *change)));
        if changes.map(|(sign, change)| i128::from(sign) * i128::from(change)).sum::<i128>() != 0 {
            return None;
        }
    }
    moves.get(&claim.cell).copied().filter(|amount| *amount != 0)
}
