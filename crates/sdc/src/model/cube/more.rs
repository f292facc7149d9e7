//! Which totals are more than their parts.

use std::collections::BTreeSet;

use super::derive::Misfit;
use super::grid::Grid;
use super::{Cube, Given, Layout, Shares};
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

    pub(super) fn into_error(self) -> ModelError {
        self.error.unwrap_or(ModelError::Empty { what: "the table".to_owned() })
    }
}

/// How many totals are tried each by itself.
const MOST_ALONE: usize = 25;

/// The totals that are more than their parts somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreThanParts {
    /// Their codes, by dimension: as few as can be.
    pub fewest: Vec<BTreeSet<String>>,
    /// Whether each of them shows in the cells. Otherwise these are one way to read the cells, and other
    /// totals can be more.
    pub certain: bool,
}

/// What fits, with the totals that have a part more for it.
pub(super) struct Found<T> {
    pub(super) more: MoreThanParts,
    pub(super) fitted: T,
}

/// Puts cells together when these totals have a part more.
type Fit<'a, T> = dyn FnMut(&[BTreeSet<String>]) -> Result<Result<T, More>, ModelError> + 'a;

impl Cube {
    /// The totals of each dimension, by code, that are more than their parts somewhere: those of
    /// [`Cube::totals_with_more`], without a universe. `again` is asked as by [`Cube::within`].
    ///
    /// # Errors
    /// As [`Cube::within`].
    pub fn more_than_parts(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<MoreThanParts, ModelError> {
        super::check(dimensions, editions)?;
        Ok(found(dimensions, editions, shares, again)?.more)
    }
}

/// The cells at their places, with the totals that have a part more for it.
pub(super) fn found(
    dimensions: &[Dimension],
    editions: &[&[Given]],
    shares: Option<Shares>,
    again: &mut dyn FnMut(usize) -> bool,
) -> Result<Found<Layout>, ModelError> {
    let cells = editions.iter().map(|own| own.len()).sum();
    let mut first = true;
    search(dimensions, &mut |leaving| {
        if !std::mem::take(&mut first) && !again(cells) {
            return Err(ModelError::Stopped);
        }
        Layout::new(dimensions, editions, shares, leaving, &BTreeSet::new(), again)
    })
}

/// Gives totals a part more where the cells do not fit otherwise: those that show it, and of those of which
/// something was derived, or else of all others, one that is enough by itself or no more than it takes. A
/// total without such a part is taken for the sum of its parts, as readers take it. When nothing helps, what
/// is wrong is what was wrong at first.
fn search<T>(dimensions: &[Dimension], fit: &mut Fit<'_, T>) -> Result<Found<T>, ModelError> {
    let mut sure = vec![BTreeSet::new(); dimensions.len()];
    let mut fewest = sure.clone();
    let mut first = None;
    let found = loop {
        let more = match fit(&fewest)? {
            Ok(fitted) => {
                let more = MoreThanParts { fewest, certain: first.is_none() };
                break Ok(Found { more, fitted });
            }
            Err(more) => more,
        };
        let totals = if more.surely.is_empty() {
            first = first.or(more.error);
            more.doubtful
        } else {
            add(&mut sure, &more.surely);
            more.surely
        };
        if !add(&mut fewest, &totals) {
            break Err(first.clone().unwrap_or(ModelError::Empty { what: "the table".to_owned() }));
        }
    };
    let candidates: Vec<Total> = match &found {
        Ok(own) if own.more.certain => return found,
        Ok(own) => all(&own.more.fewest).collect(),
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
    fit: &mut Fit<'_, T>,
) -> Result<Found<T>, ModelError> {
    let with = |totals: &[Total]| {
        let mut fewest = sure.to_vec();
        add(&mut fewest, totals);
        fewest
    };
    let mut fits = |totals: &[Total]| match fit(&with(totals)) {
        Err(ModelError::Stopped) => Err(ModelError::Stopped),
        fitted => Ok(fitted.is_ok_and(|own| own.is_ok())),
    };
    if found.is_err() && !fits(candidates)? {
        return found;
    }
    let alone = candidates.iter().take(MOST_ALONE).map(|total| vec![total.clone()]);
    let mut few = None;
    for own in std::iter::once(Vec::new()).chain(alone) {
        if fits(&own)? {
            few = Some(own);
            break;
        }
    }
    let few = match few {
        Some(few) => few,
        None => fewest(&[], false, candidates, &mut fits)?,
    };
    match fit(&with(&few))? {
        Ok(fitted) => Ok(Found { more: MoreThanParts { fewest: with(&few), certain: false }, fitted }),
        Err(_) => found,
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
fn fewest(
    known: &[Total],
    new: bool,
    others: &[Total],
    fits: &mut dyn FnMut(&[Total]) -> Result<bool, ModelError>,
) -> Result<Vec<Total>, ModelError> {
    if new && fits(known)? {
        return Ok(Vec::new());
    }
    if others.len() < 2 {
        return Ok(others.to_vec());
    }
    let (one, other) = others.split_at(others.len() / 2);
    let mut found = fewest(&[known, one].concat(), true, other, fits)?;
    let first = fewest(&[known, &found].concat(), !found.is_empty(), one, fits)?;
    found.extend(first);
    Ok(found)
}
