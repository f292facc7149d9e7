//! Which totals are more than their parts.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::derive::Misfit;
use super::grid::Grid;
use crate::model::{Dimension, ModelError};

/// A total, by dimension and code.
type Total = (usize, String);

/// What is wrong when no other totals have a part more.
#[derive(Debug)]
pub(super) struct More {
    surely: Vec<Total>,
    doubtful: Vec<Total>,
    error: Option<ModelError>,
}

impl More {
    pub(super) fn of(grid: &Grid, misfit: Misfit) -> Self {
        let totals = |nodes: BTreeSet<(usize, usize)>| {
            let code = |along: usize, node| Some(grid.sides.get(along)?.axis.codes[node].clone());
            nodes.into_iter().filter_map(|(along, node)| Some((along, code(along, node)?))).collect()
        };
        Self { surely: totals(misfit.leaving), doubtful: totals(misfit.doubtful), error: misfit.error }
    }
}

/// How often cells are put together to find out which totals can be kept the sum of their parts. Each of the
/// others takes a few times, and mostly there is none.
const MOST_FITS: usize = 50;

/// What fits, with the totals that have a part more for it, by dimension.
type Found<T> = (Vec<BTreeSet<String>>, T);

/// Gives totals a part more where the cells do not fit otherwise: those that show it, and of those of which
/// something was derived, or else of all others, one that is enough by itself or no more than it takes. A
/// total without such a part is taken for the sum of its parts, as readers take it. When nothing helps, what
/// is wrong is what was wrong at first.
pub(super) fn found<T>(
    dimensions: &[Dimension],
    fit: impl Fn(&[BTreeSet<String>]) -> Result<Result<T, More>, ModelError>,
) -> Result<Found<T>, ModelError> {
    let mut sure = vec![BTreeSet::new(); dimensions.len()];
    let mut leaving = sure.clone();
    let mut first = None;
    let found = loop {
        let more = match fit(&leaving)? {
            Ok(fitted) => break Ok((leaving, fitted)),
            Err(more) => more,
        };
        let totals = if more.surely.is_empty() {
            first = first.or(more.error);
            more.doubtful
        } else {
            add(&mut sure, &more.surely);
            more.surely
        };
        if !add(&mut leaving, &totals) {
            break Err(first.clone().unwrap_or(ModelError::Empty { what: "the table".to_owned() }));
        }
    };
    let candidates: Vec<Total> = match &found {
        Ok(_) if first.is_none() => return found,
        Ok((leaving, _)) => all(leaving).collect(),
        Err(_) => totals(dimensions).collect(),
    };
    let is_sure = |(along, code): &Total| sure.get(*along).is_some_and(|own| own.contains(code));
    let candidates: Vec<Total> = candidates.into_iter().filter(|total| !is_sure(total)).collect();
    fewer(&sure, &candidates, found, fit)
}

/// The same with as few of the candidates besides what is sure as is found out.
fn fewer<T>(
    sure: &[BTreeSet<String>],
    candidates: &[Total],
    found: Result<Found<T>, ModelError>,
    fit: impl Fn(&[BTreeSet<String>]) -> Result<Result<T, More>, ModelError>,
) -> Result<Found<T>, ModelError> {
    let with = |totals: &[Total]| {
        let mut leaving = sure.to_vec();
        add(&mut leaving, totals);
        leaving
    };
    let left = Cell::new(MOST_FITS);
    let fits = |totals: &[Total]| {
        left.replace(left.get().saturating_sub(1)) > 0 && fit(&with(totals)).is_ok_and(|own| own.is_ok())
    };
    if found.is_err() && !fits(candidates) {
        return found;
    }
    let alone = candidates.iter().take(MOST_FITS / 2).map(|total| vec![total.clone()]);
    let few = std::iter::once(Vec::new()).chain(alone).find(|own| fits(own));
    let few = few.unwrap_or_else(|| fewest(&[], false, candidates, &fits));
    match fit(&with(&few))? {
        // What is not found out is not taken for more where nothing shows it.
        Ok(fitted) if left.get() > 0 || found.is_ok() => Ok((with(&few), fitted)),
        _ => found,
    }
}

/// Adds totals; whether one is new.
fn add(leaving: &mut [BTreeSet<String>], totals: &[Total]) -> bool {
    let mut new = false;
    for (along, code) in totals {
        new |= leaving.get_mut(*along).is_some_and(|own| own.insert(code.clone()));
    }
    new
}

fn all(leaving: &[BTreeSet<String>]) -> impl Iterator<Item = Total> {
    let codes = leaving.iter().enumerate();
    codes.flat_map(|(along, own)| own.iter().map(move |code| (along, code.clone())))
}

fn totals(dimensions: &[Dimension]) -> impl Iterator<Item = Total> {
    dimensions.iter().enumerate().flat_map(|(along, dimension)| {
        let codes: BTreeSet<&String> =
            dimension.nodes.iter().filter_map(|node| node.parent.as_ref()).collect();
        codes.into_iter().map(move |code| (along, code.clone()))
    })
}

/// Of `others`, which are enough together, so few that none can be left out. `known` are enough with them,
/// and perhaps without when some of these are `new`.
fn fewest(known: &[Total], new: bool, others: &[Total], fits: &dyn Fn(&[Total]) -> bool) -> Vec<Total> {
    if new && fits(known) {
        return Vec::new();
    }
    if others.len() < 2 {
        return others.to_vec();
    }
    let (one, other) = others.split_at(others.len() / 2);
    let mut found = fewest(&[known, one].concat(), true, other, fits);
    let first = fewest(&[known, &found].concat(), !found.is_empty(), one, fits);
    found.extend(first);
    found
}
