//! Hides cells until everything protected is, and shows again what need not be hidden.

use std::collections::BTreeSet;

use super::state::{Look, Move, Mover, State, Wish};
use super::{Engine, NoMask, Outcome, Task};
use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Certificate, Insider, Kind, Need};
use crate::watch::{Cancelled, Phase, Watch, report};

/// A secondary cell on which more protected cells than this lean is not tried to be shown again.
const LEANING: usize = 48;
/// With this many protected cells or fewer on it, it is worth a thorough look for other proofs.
const FEW: usize = 12;
/// After so many protected cells for which the furthest look found nothing, no more of these are taken.
const GIVEN_UP: usize = 200;

pub(super) struct Driver<'a, M> {
    task: &'a Task<'a>,
    state: State,
    mover: M,
    /// The needs, merged per cell, largest value first.
    needs: Arr<Need>,
    proofs: Arr<Proof>,
    /// For each cell the needs of which the proof moves it, in order; may name some that no longer do.
    leaning: Arr<Vec<usize>>,
    /// The insiders, the same whatever the order in which they and their cells were given: which of them is spared
    /// first decides what is hidden.
    insiders: Arr<Insider>,
    /// For each cell the insiders who know it.
    knowing: Arr<Vec<usize>>,
    /// For how many needs the furthest look found nothing.
    given_up: usize,
}

/// What shows that a need is met.
#[derive(Clone, Debug, Default)]
struct Proof {
    up: Move,
    down: Move,
    /// For each insider that could spoil the above: a move without its cells.
    guards: Vec<Move>,
    /// What it took to find it.
    look: Look,
}

impl Proof {
    fn moves(&self) -> impl Iterator<Item = &Move> {
        [&self.up, &self.down].into_iter().chain(&self.guards)
    }

    fn cells(&self) -> impl Iterator<Item = CellId> {
        self.moves().flat_map(|found| found.moves.iter().map(|(cell, _)| *cell))
    }
}

/// What a need lacks.
#[derive(Clone, Copy, Debug)]
enum Lack {
    /// This much upward.
    Above(i64),
    /// This much downward.
    Below(i64),
    /// This much, either way.
    Width(i64),
    /// One step, either way, without the cells of this insider.
    Guard(usize),
}

impl<'a, M: Mover> Driver<'a, M> {
    pub(super) fn new(task: &'a Task<'a>, state: State, mover: M) -> Self {
        let universe = task.universe;
        // What must stay hidden may not be exactly known.
        let at_least_one = |need: &Need| Need { width: need.width.max(1), ..*need };
        let mut needs: Vec<Need> = task.needs.iter().map(at_least_one).collect();
        needs.sort_unstable();
        let mut merged: Vec<Need> = Vec::with_capacity(needs.len());
        for need in needs {
            match merged.last_mut() {
                Some(last) if last.cell == need.cell => *last = last.and(need),
                _ => merged.push(need),
            }
        }
        merged.sort_by_key(|need| (std::cmp::Reverse(universe.value(need.cell)), need.cell));
        let insiders: BTreeSet<Insider> = task.insiders.iter().map(in_order).collect();
        let mut knowing = Arr::of(Vec::new(), universe.len());
        for (id, insider) in insiders.iter().enumerate() {
            let known = insider.knows.iter().filter(|cell| **cell < universe.len());
            known.for_each(|cell| knowing[*cell].push(id));
        }
        Self {
            proofs: Arr::of(Proof::default(), merged.len()),
            leaning: Arr::of(Vec::new(), universe.len()),
            needs: merged.into(),
            task,
            state,
            mover,
            insiders: insiders.into_iter().collect(),
            knowing,
            given_up: 0,
        }
    }

    /// Hides cells until every need is met.
    pub(super) fn secure(&mut self, watch: &dyn Watch) -> Result<(), NoMask> {
        let mut impossible: Vec<CellId> = self.task.must_hide.to_vec();
        impossible.retain(|cell| self.state.open.find(*cell) != Some(&false));
        for id in 0..self.needs.len() {
            report(watch, Phase::Protect, id, self.needs.len())?;
            let need = self.needs[id];
            if need.cell >= self.state.hidden.len() || self.state.open[need.cell] || !self.meet(id) {
                impossible.push(need.cell);
            }
        }
        if impossible.is_empty() {
            return Ok(());
        }
        impossible.sort_unstable();
        impossible.dedup();
        Err(NoMask::Impossible { cells: impossible })
    }

    /// Meets one need. Hidden cells only grow in number, so what was proven before still holds.
    fn meet(&mut self, id: usize) -> bool {
        let mut look = Look::Quick;
        loop {
            let lack = match self.prove(self.needs[id], look) {
                Ok(proof) => {
                    self.keep(id, proof);
                    return true;
                }
                Err(lack) => lack,
            };
            match self.cheapest(self.needs[id], lack, look) {
                Some(cells) => cells.into_iter().for_each(|cell| self.state.hide(cell)),
                None if look == Look::Quick => look = Look::Thorough,
                None => return self.meet_anywhere(id) || (self.mover.learn() && self.meet(id)),
            }
        }
    }

    /// Meets one need by what would show it if everything that may be hidden were: where cells are hidden step
    /// by step, those of one step may not be those that the next one needs.
    fn meet_anywhere(&mut self, id: usize) -> bool {
        if !M::LOOKS_FURTHER || self.given_up >= GIVEN_UP {
            return false;
        }
        let Ok(found) = self.prove(self.needs[id], Look::Anywhere) else {
            self.given_up += 1;
            return false;
        };
        found.cells().for_each(|cell| self.state.hide(cell));
        self.keep(id, Proof { look: Look::Far, ..found });
        true
    }

    fn keep(&mut self, id: usize, proof: Proof) {
        let cells: BTreeSet<CellId> = proof.cells().collect();
        for cell in cells {
            let leaning = &mut self.leaning[cell];
            if let Err(place) = leaning.binary_search(&id) {
                leaning.insert(place, id);
            }
        }
        self.proofs[id] = proof;
    }

    fn far(&mut self, cell: CellId, up: bool, amount: i64, insider: Option<usize>, look: Look) -> Move {
        let barred = insider.map_or(&[][..], |id| self.insiders[id].knows.as_slice());
        self.mover.far(&self.state, Wish { cell, up, amount, barred, look })
    }

    fn prove(&mut self, need: Need, look: Look) -> Result<Proof, Lack> {
        let up = self.far(need.cell, true, need.above.max(need.width), None, look);
        if up.amount < need.above {
            return Err(Lack::Above(need.above - up.amount));
        }
        let below = need.below_at(self.task.universe, self.task.floor);
        let wanted = below.max(need.width.saturating_sub(up.amount));
        let down = if wanted > 0 { self.far(need.cell, false, wanted, None, look) } else { Move::default() };
        if down.amount < below {
            return Err(Lack::Below(below - down.amount));
        }
        let width = up.amount.saturating_add(down.amount);
        if width < need.width {
            return Err(Lack::Width(need.width - width));
        }
        let mut proof = Proof { up, down, guards: Vec::new(), look };
        let concerned: BTreeSet<usize> =
            proof.cells().flat_map(|cell| self.knowing[cell].iter().copied()).collect();
        for id in concerned {
            let insider = &self.insiders[id];
            let spared = proof.moves().any(|found| found.amount > 0 && !found.touches(&insider.knows));
            if spared || insider.may_find(need.cell) {
                continue;
            }
            let guard = [true, false].into_iter().map(|up| self.far(need.cell, up, 1, Some(id), look));
            match guard.into_iter().find(|found| found.amount > 0) {
                Some(guard) => proof.guards.push(guard),
                None => return Err(Lack::Guard(id)),
            }
        }
        Ok(proof)
    }

    /// The cheapest cells that take away what is lacking.
    fn cheapest(&mut self, need: Need, lack: Lack, look: Look) -> Option<Vec<CellId>> {
        let below = need.below_at(self.task.universe, self.task.floor);
        let (ways, more, insider): (&[bool], i64, Option<usize>) = match lack {
            Lack::Above(more) => (&[true], more, None),
            Lack::Below(more) => (&[false], more, None),
            Lack::Width(more) => (&[true, false], more, None),
            Lack::Guard(id) => (&[true, false], 1, Some(id)),
        };
        let barred = insider.map_or(&[][..], |id| self.insiders[id].knows.as_slice());
        let mut best: Option<(u64, Vec<CellId>)> = None;
        for up in ways.iter().copied() {
            let amount = match insider {
                Some(_) => 0,
                None if up => need.above.max(need.width),
                None => below.max(need.width),
            };
            let wish = Wish { cell: need.cell, up, amount, barred, look };
            if let Some(found) = self.mover.repair(&self.state, wish, more)
                && !found.1.is_empty()
                && best.as_ref().is_none_or(|(cost, _)| found.0 < *cost)
            {
                best = Some(found);
            }
        }
        best.map(|(_, cells)| cells)
    }

    /// Shows secondary cells again where every need is still met without them, dearest first.
    pub(super) fn unhide(&mut self, watch: &dyn Watch) -> Result<(), Cancelled> {
        let mut secondary = self.secondary();
        secondary.sort_by_key(|cell| (std::cmp::Reverse(self.state.costs[*cell]), *cell));
        for (done, cell) in secondary.iter().enumerate() {
            report(watch, Phase::Unhide, done, secondary.len())?;
            self.show(*cell);
        }
        // Proofs found on the way may have left cells behind on which nothing leans any more.
        for cell in secondary {
            if self.state.hidden[cell] && self.leaning(cell).is_empty() {
                self.state.show(cell);
            }
        }
        Ok(())
    }

    /// The cells that are hidden for the sake of others.
    fn secondary(&self) -> Vec<CellId> {
        let hidden = |cell: &CellId| self.state.hidden[*cell] && !self.state.kept[*cell];
        (0..self.task.universe.len()).filter(hidden).collect()
    }

    /// The needs of which the proof moves a cell.
    fn leaning(&self, cell: CellId) -> Vec<usize> {
        let named = self.leaning[cell].iter().copied();
        named.filter(|id| self.proofs[*id].cells().any(|own| own == cell)).collect()
    }

    /// Shows one cell when everything that leans on it can do without.
    fn show(&mut self, cell: CellId) {
        let leaning = self.leaning(cell);
        if leaning.len() > LEANING {
            self.leaning[cell] = leaning;
            return;
        }
        self.state.show(cell);
        let mut proofs = Vec::with_capacity(leaning.len());
        for id in &leaning {
            let look = self.proofs[*id].look;
            let mut found = self.prove(self.needs[*id], look);
            if found.is_err() && M::LOOKS_FURTHER && look == Look::Quick && leaning.len() <= FEW {
                found = self.prove(self.needs[*id], Look::Thorough);
            }
            match found {
                Ok(proof) => proofs.push((*id, proof)),
                Err(_) => {
                    self.state.hide(cell);
                    self.leaning[cell] = leaning;
                    return;
                }
            }
        }
        for (id, proof) in proofs {
            self.keep(id, proof);
        }
    }

    /// How many cells that could be published are hidden for the sake of others.
    fn count_secondary(&self, mask: &Mask) -> usize {
        let needed = self.needs.iter().map(|need| need.cell);
        let asked: BTreeSet<CellId> = needed.chain(self.task.must_hide.iter().copied()).collect();
        let given = (0..mask.len()).filter(|cell| self.task.universe.kind(*cell) == Kind::Given);
        given.filter(|cell| mask.hides(*cell) && !asked.contains(cell)).count()
    }

    pub(super) fn outcome(self, engine: Engine) -> Outcome {
        let universe = self.task.universe;
        let mut mask = Mask::none(universe.len());
        (0..universe.len()).filter(|cell| self.state.hidden[*cell]).for_each(|cell| mask.hide(cell));
        let follow = self.mover.pairs().iter().filter(|(first, _)| self.state.hidden[*first]);
        follow.for_each(|(_, second)| mask.hide(*second));
        let secondary = self.count_secondary(&mask);
        let mut certificates = Vec::new();
        for (need, proof) in self.needs.iter().zip(self.proofs.iter()) {
            let found = proof.moves().filter(|found| found.amount > 0);
            certificates
                .extend(found.map(|found| Certificate { cell: need.cell, moves: found.moves.clone() }));
        }
        Outcome { mask, engine, certificates, secondary }
    }
}

fn in_order(insider: &Insider) -> Insider {
    let sorted = |cells: &[CellId]| cells.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    Insider { knows: sorted(&insider.knows), own: sorted(&insider.own) }
}
