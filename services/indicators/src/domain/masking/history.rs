//! What readers know of a block: every edition of it, each with what earlier ones said besides.

use std::collections::BTreeMap;

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
    let mut known: BTreeMap<Place<'_>, Count<'_>> = BTreeMap::new();
    for counts in &mut editions {
        let own = counts.len();
        for count in counts.iter() {
            known.remove(&count.place());
        }
        counts.extend(known.values());
        fitting(layout, &codes, counts, own).map_err(|why| failed(why, key))?;
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

/// Leaves out, of what comes from earlier editions, what does not add up with what is new: these are
/// figures of two different moments. The rest stays.
fn fitting(
    layout: &Layout<'_>,
    codes: &Codes,
    counts: &mut Vec<Count<'_>>,
    own: usize,
) -> Result<(), Misfit> {
    while counts.len() > own {
        let misfit = match build(codes, std::slice::from_ref(counts)) {
            Ok(_) => return Ok(()),
            Err(misfit) => misfit,
        };
        let area = match &misfit {
            Misfit::Model(
                ModelError::NotAdditive { total: cell, .. }
                | ModelError::Negative { cell }
                | ModelError::Unequal { one: cell, .. },
            ) => cell.split(['|', '/']).next().unwrap_or_default().to_owned(),
            Misfit::Model(_) | Misfit::NoNode => return Err(misfit),
        };
        let within = |code: &str, whole: &str| {
            let found = layout.areas.iter().find(|known| known.code == code);
            found.is_some_and(|known| known.parents.iter().any(|parent| parent == whole))
        };
        let before = counts.len();
        // The cell itself, else its parts, else what it is a part of, else all.
        let ways: [&dyn Fn(&Count<'_>) -> bool; 4] = [
            &|count| count.area == area,
            &|count| within(count.area, &area),
            &|count| within(&area, count.area),
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
    Ok(())
}
