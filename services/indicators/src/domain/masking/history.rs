//! What readers know of a block: every edition of it, each with what earlier ones said besides.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{Cube, ModelError};

use super::block::{Count, Part, Place};
use super::codes::Codes;
use super::failure::{Failure, Why};
use super::{Edition, Layout};
use crate::domain::period::Period;

/// Most cells that are put together to find out which older counts fit. What is left after that is left
/// out: where so much was revised, it is another moment.
const BUDGET: usize = 20_000_000;

/// What one source said of a block in one release.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saying<'a> {
    pub source: &'a str,
    pub part: &'a Part<'a>,
    pub edition: &'a Edition<'a>,
    /// Whether it is of the release that is to be protected.
    pub new: bool,
}

/// The universe of a block. In each edition the own counts come first, and then those of earlier
/// editions that it does not have: who has both adds them up.
pub(super) fn cube(
    layout: &Layout<'_>,
    key: (&str, &[Period]),
    sayings: &[Saying<'_>],
) -> Result<Cube, Failure> {
    let mut editions: Vec<Vec<Count<'_>>> = sayings.iter().map(|saying| saying.part.cells.clone()).collect();
    let codes = Codes::new(layout, key.1, &editions);
    let more = vec![BTreeSet::new(); codes.axes.len()];
    let mut history = History { codes: &codes, more, budget: BUDGET };
    let mut known: BTreeMap<Place<'_>, Count<'_>> = BTreeMap::new();
    for counts in &mut editions {
        let own = counts.len();
        for count in counts.iter() {
            known.remove(&count.place());
        }
        counts.extend(known.values());
        history.fit(counts, own).map_err(|why| failed(why, key))?;
        known = counts.iter().map(|count| (count.place(), *count)).collect();
    }
    build(&codes, &editions).map_err(|why| failed(why, key))
}

/// Why counts form no table.
enum Misfit {
    Model(ModelError),
    NoNode,
}

fn failed(misfit: Misfit, key: (&str, &[Period])) -> Failure {
    match misfit {
        Misfit::Model(error) => Failure::of_model(error, key),
        Misfit::NoNode => Failure::of(Why::TooLarge, key, Vec::new()),
    }
}

fn build(codes: &Codes, editions: &[Vec<Count<'_>>]) -> Result<Cube, Misfit> {
    let given: Option<Vec<_>> = editions.iter().map(|counts| codes.given(counts)).collect();
    let given = given.ok_or(Misfit::NoNode)?;
    let editions: Vec<_> = given.iter().map(Vec::as_slice).collect();
    Cube::new(&codes.axes, &editions).map_err(Misfit::Model)
}

/// Editions one after the other.
struct History<'a> {
    codes: &'a Codes,
    /// The totals of each dimension that are more than their parts in an edition so far.
    more: Vec<BTreeSet<String>>,
    /// How many cells may still be put together to find out what fits.
    budget: usize,
}

impl History<'_> {
    /// Leaves out, of what comes from earlier editions, the counts that do not add up with what is new:
    /// these are figures of two different moments. The rest stays.
    fn fit(&mut self, counts: &mut Vec<Count<'_>>, own: usize) -> Result<(), Misfit> {
        let carried = counts.split_off(own);
        let alone = build(self.codes, std::slice::from_ref(counts))?;
        self.add(&alone);
        self.keep(counts, &carried)
    }

    /// Adds what fits: all of it, or else each half as far as it does.
    fn keep<'c>(&mut self, counts: &mut Vec<Count<'c>>, candidates: &[Count<'c>]) -> Result<(), Misfit> {
        let (before, cost) = (counts.len(), counts.len() + candidates.len());
        if candidates.is_empty() || cost > self.budget {
            return Ok(());
        }
        self.budget -= cost;
        counts.extend_from_slice(candidates);
        match build(self.codes, std::slice::from_ref(counts)) {
            Ok(cube) if self.has_no_more(&cube) => return Ok(()),
            Ok(_)
            | Err(Misfit::Model(
                ModelError::NotAdditive { .. } | ModelError::Negative { .. } | ModelError::Unequal { .. },
            )) => counts.truncate(before),
            Err(misfit) => return Err(misfit),
        }
        if candidates.len() == 1 {
            return Ok(());
        }
        let (one, other) = candidates.split_at(candidates.len() / 2);
        self.keep(counts, one)?;
        self.keep(counts, other)
    }

    /// Whether no total is more than its parts that was not before or is not by itself: that would take a
    /// sum from the table that every reader can make.
    fn has_no_more(&self, cube: &Cube) -> bool {
        let mut pairs = cube.totals_with_more().iter().zip(&self.more);
        pairs.all(|(codes, known)| codes.is_subset(known))
    }

    fn add(&mut self, cube: &Cube) {
        for (codes, new) in self.more.iter_mut().zip(cube.totals_with_more()) {
            codes.extend(new.iter().cloned());
        }
    }
}
