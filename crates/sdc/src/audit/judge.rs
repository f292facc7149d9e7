//! Whether a mask gives every protected cell the room that it needs, for outsiders and insiders.

use std::collections::{BTreeMap, BTreeSet};

use super::component::Component;
use super::ratio::Fraction;
use super::reach::Reach;
use super::{Interval, Question};
use crate::arr::Arr;
use crate::model::{CellId, Certificate, Need};
use crate::watch::{Cancelled, Phase, Watch, report};

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

/// Judges a mask. Each of `insiders` is a set of cells that somebody knows as their contributor; a
/// protected cell outside it may not become exactly known to them. `claims` may hold certificates,
/// which spare the auditor a search where there is no network.
///
/// # Errors
/// When `watch` ends the run.
pub fn judge(
    question: &Question<'_>,
    needs: &[Need],
    insiders: &[Vec<CellId>],
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
        by_component.entry(place.map(|(id, _)| id)).or_default().push((*need, place.map_or(0, |(_, at)| at)));
    }
    let mut knowing: BTreeMap<CellId, Vec<usize>> = BTreeMap::new();
    for (id, cells) in insiders.iter().enumerate() {
        cells.iter().for_each(|cell| knowing.entry(*cell).or_default().push(id));
    }
    let claims = sorted(claims);
    let mut verdict = Verdict::default();
    for (id, members) in by_component {
        let component = id.map(|id| &components[id]);
        let mut reach = component.map(|component| Reach::of(question, component));
        let mut fixed: Option<Vec<CellId>> = None;
        for (need, place) in members {
            report(watch, Phase::Audit, verdict.judged, needs.len())?;
            if question.known.contains(&need.cell) {
                continue;
            }
            verdict.judged += 1;
            let Some((reach, component)) = reach.as_mut().zip(component) else {
                let value = Some(question.universe.value(need.cell).into());
                let interval = Interval { low: value, high: value, exact: true };
                verdict.failures.push(Failure { cell: need.cell, flaw: Flaw::Shown, proven: true, interval });
                continue;
            };
            let mut case = Case { question, need, place, reach, component, up: None, down: None };
            if !case.reach.is_network() {
                claims.get(&need.cell).into_iter().flatten().for_each(|claim| case.consider(claim));
            }
            let local =
                |cell: CellId| place_of[cell].filter(|(other, _)| Some(*other) == id).map(|(_, at)| at);
            let flaw = case.outsider().or_else(|| case.insider(insiders, &knowing, &local));
            if let Some(flaw) = flaw {
                let interval = case.interval();
                let mut proven = reach.is_network();
                if !proven && flaw == Flaw::Exact {
                    proven = fixed.get_or_insert_with(|| reach.recoverable()).contains(&need.cell);
                }
                verdict.failures.push(Failure { cell: need.cell, flaw, proven, interval });
            }
        }
    }
    verdict.failures.sort_by_key(|failure| (failure.cell, failure.flaw));
    Ok(verdict)
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
    component: &'b Component,
    /// How far it surely goes, and the cells that move with it.
    up: Option<(Fraction, Vec<CellId>)>,
    down: Option<(Fraction, Vec<CellId>)>,
}

impl Case<'_, '_> {
    /// Takes a claim over when it is true.
    fn consider(&mut self, claim: &Certificate) {
        let Some(amount) = confirmed(self.question, claim) else { return };
        let slot = if amount > 0 { &mut self.up } else { &mut self.down };
        let Some(size) = amount.checked_abs().map(Fraction::from) else { return };
        if slot.as_ref().is_none_or(|(own, _)| size > *own) {
            *slot = Some((size, claim.moves.iter().map(|(cell, _)| *cell).collect()));
        }
    }

    fn outsider(&mut self) -> Option<Flaw> {
        let below = self.need.below_at(self.question.universe, self.question.floor);
        let wanted = self.need.above.max(self.need.width);
        let claimed =
            |slot: &Option<(Fraction, Vec<CellId>)>| slot.as_ref().map_or(Fraction::ZERO, |(own, _)| *own);
        let (mut up, mut down) = (claimed(&self.up), claimed(&self.down));
        let enough = |up: Fraction, down: Fraction, need: &Need| {
            let width = up.plus(down).is_none_or(|sum| sum >= Fraction::from(need.width));
            width && up >= Fraction::from(need.above) && down >= Fraction::from(below)
        };
        if !enough(up, down, &self.need) {
            self.look(true, wanted);
            up = claimed(&self.up);
        }
        if !enough(up, down, &self.need) {
            let rest = self.need.width.saturating_sub(up.floor());
            self.look(false, rest.max(below));
            down = claimed(&self.down);
        }
        match enough(up, down, &self.need) {
            true => None,
            false if up.is_zero() && down.is_zero() => Some(Flaw::Exact),
            false => Some(Flaw::Narrow),
        }
    }

    /// Finds out how far the cell goes; keeps a claim that goes further.
    fn look(&mut self, up: bool, wanted: i64) {
        let amount = self.reach.far(self.place, up, wanted);
        let cells = self.reach.support().into_iter().map(|place| self.component.cells[place]).collect();
        let slot = if up { &mut self.up } else { &mut self.down };
        if slot.as_ref().is_none_or(|(own, _)| amount > *own) {
            *slot = Some((amount, cells));
        }
    }

    /// An insider whose cells are part of what shows that the cell can move: it must be able to move
    /// without them.
    fn insider(
        &mut self,
        insiders: &[Vec<CellId>],
        knowing: &BTreeMap<CellId, Vec<usize>>,
        local: &dyn Fn(CellId) -> Option<usize>,
    ) -> Option<Flaw> {
        let moving = self.up.iter().chain(&self.down).flat_map(|(_, cells)| cells);
        let concerned: BTreeSet<usize> =
            moving.filter_map(|cell| knowing.get(cell)).flatten().copied().collect();
        for id in concerned {
            let Some(cells) = insiders.get(id) else { continue };
            if cells.contains(&self.need.cell) {
                continue;
            }
            let untouched = |slot: &Option<(Fraction, Vec<CellId>)>| {
                slot.as_ref().is_some_and(|(amount, moving)| {
                    *amount >= Fraction::ONE && moving.iter().all(|cell| !cells.contains(cell))
                })
            };
            if untouched(&self.up) || untouched(&self.down) {
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
        let amount =
            |slot: &Option<(Fraction, Vec<CellId>)>| slot.as_ref().map_or(Fraction::ZERO, |(own, _)| *own);
        let (low, high) = (value.minus(amount(&self.down)), value.plus(amount(&self.up)));
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
        let free = *cell < universe.len() && question.hidden.hides(*cell) && !question.known.contains(cell);
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
