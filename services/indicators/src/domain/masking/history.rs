//! What readers know of a block: every edition of it, each with what earlier ones said besides.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{Cube, ModelError};

use super::block::{Count, Part, Place};
use super::codes::Codes;
use super::failure::{Failure, Why};
use super::{Edition, Layout};
use crate::domain::period::Period;

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
    let mut history = History { layout, codes: &codes, more: Vec::new() };
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
    layout: &'a Layout<'a>,
    codes: &'a Codes,
    /// The totals of each dimension that are more than their parts in an edition so far.
    more: Vec<BTreeSet<String>>,
}

impl History<'_> {
    /// Leaves out, of what comes from earlier editions, what does not add up with what is new: these
    /// are figures of two different moments. The rest stays.
    fn fit(&mut self, counts: &mut Vec<Count<'_>>, own: usize) -> Result<(), Misfit> {
        loop {
            let area = match build(self.codes, std::slice::from_ref(counts)) {
                Ok(cube) => match self.more_than_before(&cube, counts, own)? {
                    Some(area) => area,
                    None => {
                        self.add(&cube);
                        return Ok(());
                    }
                },
                Err(misfit) if counts.len() == own => return Err(misfit),
                Err(Misfit::Model(
                    ModelError::NotAdditive { total: cell, .. }
                    | ModelError::Negative { cell }
                    | ModelError::Unequal { one: cell, .. },
                )) => cell.split(['|', '/']).next().unwrap_or_default().to_owned(),
                Err(misfit) => return Err(misfit),
            };
            self.leave_out(&area, counts, own);
        }
    }

    /// A total that is more than its parts only because of what comes from earlier editions, and was
    /// not in these.
    fn more_than_before(
        &self,
        cube: &Cube,
        counts: &[Count<'_>],
        own: usize,
    ) -> Result<Option<String>, Misfit> {
        let known =
            |axis: usize, code: &String| self.more.get(axis).is_some_and(|codes| codes.contains(code));
        let pairs = cube.totals_with_more().iter().enumerate();
        let new: Vec<&String> =
            pairs.flat_map(|(axis, codes)| codes.iter().filter(move |code| !known(axis, code))).collect();
        if new.is_empty() || counts.len() == own {
            return Ok(None);
        }
        let alone = build(self.codes, &[counts.get(..own).unwrap_or_default().to_vec()])?;
        let is_own = |code: &String| alone.totals_with_more().iter().any(|codes| codes.contains(code));
        Ok(new.into_iter().find(|code| !is_own(code)).cloned())
    }

    fn add(&mut self, cube: &Cube) {
        self.more.resize(self.codes.axes.len(), BTreeSet::new());
        for (codes, new) in self.more.iter_mut().zip(cube.totals_with_more()) {
            codes.extend(new.iter().cloned());
        }
    }

    /// Leaves out what comes from earlier editions about an area itself, else about its parts, else
    /// about what it is a part of, else all.
    fn leave_out(&self, area: &str, counts: &mut Vec<Count<'_>>, own: usize) {
        let within = |code: &str, whole: &str| {
            let found = self.layout.areas.iter().find(|known| known.code == code);
            found.is_some_and(|known| known.parents.iter().any(|parent| parent == whole))
        };
        let before = counts.len();
        let ways: [&dyn Fn(&Count<'_>) -> bool; 4] = [
            &|count| count.area == area,
            &|count| within(count.area, area),
            &|count| within(area, count.area),
            &|_| true,
        ];
        for way in ways {
            if counts.len() == before {
                let mut place = 0;
                counts.retain(|count| {
                    place += 1;
                    place <= own || !way(count)
                });
            }
        }
    }
}
