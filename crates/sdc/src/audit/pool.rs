//! What recipients under several policies can compute who put their answers together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Question, Verdict, judge};
use crate::mask::Mask;
use crate::model::{CellId, Certificate, Floor, Insider, Need, Universe};
use crate::watch::{Cancelled, Watch};

/// What a policy hides, and from whom.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Which cells are hidden.
    pub hidden: &'a Mask,
    /// The cells that the policy protects and what each needs.
    pub needs: &'a [Need],
    /// What its recipients know of hidden cells.
    pub floor: Floor,
    /// Who knows cells as their contributor.
    pub insiders: &'a [Insider],
}

/// Judges what recipients can compute who share their answers under different policies, or one that
/// has answers under several. Hidden from them is what every policy hides, and they know of it what
/// any policy tells. Protected is what every policy protects, with the smallest of the needs: who may
/// see a cell under one policy may tell it. The same goes for insiders: those of every policy.
///
/// `integer` is as in [`Question`], `claims` as in [`judge`]. Without views there is nothing to judge.
///
/// Source: reference "disclosure control" 3.5.
///
/// # Errors
/// When `watch` ends the run.
pub fn pooled(
    universe: &Universe,
    views: &[View<'_>],
    integer: bool,
    claims: &[Certificate],
    watch: &dyn Watch,
) -> Result<Verdict, Cancelled> {
    let Some((first, others)) = views.split_first() else { return Ok(Verdict::default()) };
    let mut hidden = first.hidden.clone();
    let mut floor = first.floor;
    let mut needs = by_cell(first.needs);
    let mut insiders: BTreeSet<&Insider> = first.insiders.iter().collect();
    for view in others {
        hidden = hidden.and(view.hidden);
        floor = floor.max(view.floor);
        let its = by_cell(view.needs);
        needs = needs
            .into_iter()
            .filter_map(|(cell, need)| Some((cell, need.either(*its.get(&cell)?))))
            .collect();
        insiders.retain(|own| view.insiders.contains(own));
    }
    let needs: Vec<Need> = needs.into_values().collect();
    let insiders: Vec<Insider> = insiders.into_iter().cloned().collect();
    let question = Question { universe, hidden: &hidden, known: &[], floor, integer };
    judge(&question, &needs, &insiders, claims, watch)
}

/// The needs of each cell together.
fn by_cell(needs: &[Need]) -> BTreeMap<CellId, Need> {
    let mut merged: BTreeMap<CellId, Need> = BTreeMap::new();
    for need in needs {
        merged.entry(need.cell).and_modify(|own| *own = own.and(*need)).or_insert(*need);
    }
    merged
}
