//! What readers know of a block: every edition of it, each with what earlier ones said besides.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{Cube, ModelError};
use sdc::{Phase, Watch};

use super::block::{Count, Part, Place};
use super::codes::Codes;
use super::failure::{Failure, Why};
use super::{Edition, Layout};
use crate::domain::period::Period;

/// Most cells that are put together to find out which older counts fit. What is left after that is left
/// out: where so much was revised, it is another moment.
const BUDGET: usize = 20_000_000;

/// Most sources with which one that is at odds with them is put together, each by itself.
const MOST_AT_ODDS: usize = 8;

/// What one source said of a block in one release.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saying<'a> {
    pub source: &'a str,
    pub part: &'a Part<'a>,
    pub edition: &'a Edition<'a>,
    /// Whether it is of the release that is to be protected.
    pub new: bool,
}

/// The universe of a block: for each saying an edition, with what its source said before and what others
/// said besides, always the newest, as far as it adds up. Who has both adds them up. Where there are more
/// sources, there are more editions, so that what the one said before does not hide what another says.
pub(super) fn cube(
    layout: &Layout<'_>,
    key: (&str, &[Period]),
    sayings: &[Saying<'_>],
    watch: &dyn Watch,
) -> Result<Cube, Failure> {
    let codes = Codes::new(layout, key.1, sayings.iter().flat_map(|saying| &saying.part.cells));
    let more = vec![BTreeSet::new(); codes.axes.len()];
    let mut history = History { codes: &codes, more, budget: BUDGET, watch };
    history.cube(sayings).map_err(|why| failed(why, key))
}

/// What may be of one moment: counts that were said at once, and older ones, the likeliest first.
struct Moment<'a> {
    said: Vec<Count<'a>>,
    older: Vec<Vec<Count<'a>>>,
}

/// For each saying a moment, and then for each saying one more for every other source that is at odds
/// with it, in which what that source said comes first.
fn moments<'a>(sayings: &[Saying<'a>]) -> (Vec<Moment<'a>>, Vec<Moment<'a>>) {
    let mut newest: BTreeMap<&str, BTreeMap<Place<'a>, Count<'a>>> = BTreeMap::new();
    let (mut own, mut besides) = (Vec::new(), Vec::new());
    for saying in sayings {
        let now = saying.part.cells.iter().map(|count| (count.place(), *count));
        newest.entry(saying.source).or_default().extend(now.clone());
        let now: BTreeSet<Place<'a>> = now.map(|(place, _)| place).collect();
        let mut sources: Vec<&str> = newest.keys().copied().collect();
        sources.sort_by_key(|source| *source != saying.source);
        let older = |source| -> Vec<Count<'a>> {
            let all = newest.get(source).into_iter().flatten();
            all.filter(|(place, _)| !now.contains(*place)).map(|(_, count)| *count).collect()
        };
        let older: Vec<Vec<Count<'a>>> = sources.into_iter().map(older).collect();
        let mut first: BTreeMap<Place<'a>, i64> = BTreeMap::new();
        older.iter().flatten().for_each(|count| {
            first.entry(count.place()).or_insert(count.value);
        });
        let at_odds = |(_, counts): &(usize, &Vec<Count<'a>>)| {
            counts.iter().any(|count| first.get(&count.place()) != Some(&count.value))
        };
        for (place, _) in older.iter().enumerate().filter(at_odds).take(MOST_AT_ODDS) {
            let mut older = older.clone();
            older.get_mut(..=place).into_iter().for_each(|counts| counts.rotate_right(1));
            besides.push(Moment { said: saying.part.cells.clone(), older });
        }
        own.push(Moment { said: saying.part.cells.clone(), older });
    }
    (own, besides)
}

/// Why counts form no table.
enum Misfit {
    Model(ModelError),
    NoNode,
    Cancelled,
}

fn failed(misfit: Misfit, key: (&str, &[Period])) -> Failure {
    match misfit {
        Misfit::Model(error) => Failure::of_model(error, key),
        Misfit::NoNode => Failure::of(Why::TooLarge, key, Vec::new()),
        Misfit::Cancelled => Failure::cancelled(),
    }
}

fn build(codes: &Codes, editions: &[Vec<Count<'_>>]) -> Result<Cube, Misfit> {
    let given: Option<Vec<_>> = editions.iter().map(|counts| codes.given(counts)).collect();
    let given = given.ok_or(Misfit::NoNode)?;
    let editions: Vec<_> = given.iter().map(Vec::as_slice).collect();
    let cube = match codes.sides {
        Some(axis) => Cube::of_shares(&codes.axes, &editions, axis),
        None => Cube::new(&codes.axes, &editions),
    };
    cube.map_err(Misfit::Model)
}

/// Editions one after the other.
struct History<'a> {
    codes: &'a Codes,
    /// The totals of each dimension that are more than their parts in what is said at once.
    more: Vec<BTreeSet<String>>,
    /// How many cells may still be put together to find out what fits.
    budget: usize,
    watch: &'a dyn Watch,
}

impl History<'_> {
    fn cube(&mut self, sayings: &[Saying<'_>]) -> Result<Cube, Misfit> {
        sayings.iter().try_for_each(|saying| self.add(saying.part))?;
        let (own, besides) = moments(sayings);
        let mut editions = self.editions(own)?;
        editions.extend(self.editions(besides)?);
        build(self.codes, &editions)
    }

    /// What is of each moment. The newest come first: most of what they say is not published yet.
    fn editions<'c>(&mut self, moments: Vec<Moment<'c>>) -> Result<Vec<Vec<Count<'c>>>, Misfit> {
        let mut editions = Vec::with_capacity(moments.len());
        for Moment { said: mut counts, older } in moments.into_iter().rev() {
            for older in older {
                let said: BTreeSet<Place<'c>> = counts.iter().map(Count::place).collect();
                let others = older.into_iter().filter(|count| !said.contains(&count.place()));
                self.keep(&mut counts, &others.collect::<Vec<_>>())?;
            }
            editions.push(counts);
        }
        editions.reverse();
        Ok(editions)
    }

    /// Adds what fits: all of it, or else each half as far as it does. The others are figures of another
    /// moment.
    fn keep<'c>(&mut self, counts: &mut Vec<Count<'c>>, candidates: &[Count<'c>]) -> Result<(), Misfit> {
        let (before, cost) = (counts.len(), counts.len() + candidates.len());
        if candidates.is_empty() || cost > self.budget {
            return Ok(());
        }
        self.budget -= cost;
        // Of how much work is left nothing is known.
        if !self.watch.step(Phase::Protect, 0, 0) {
            return Err(Misfit::Cancelled);
        }
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

    /// Whether no total is more than its parts that never is in what is said at once: that would take a sum
    /// from the table that every reader can make.
    fn has_no_more(&self, cube: &Cube) -> bool {
        let mut pairs = cube.totals_with_more().iter().zip(&self.more);
        pairs.all(|(codes, known)| codes.is_subset(known))
    }

    /// Takes note of the totals that are more than their parts in what is said at once.
    fn add(&mut self, part: &Part<'_>) -> Result<(), Misfit> {
        let alone = build(self.codes, std::slice::from_ref(&part.cells))?;
        for (codes, new) in self.more.iter_mut().zip(alone.totals_with_more()) {
            codes.extend(new.iter().cloned());
        }
        Ok(())
    }
}
