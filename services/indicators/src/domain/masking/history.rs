//! What readers know of a block: every edition of it, each with what earlier ones said besides.

use std::collections::BTreeSet;

use sdc::model::{CellId, Cube, Given, ModelError};

use super::block::{Count, Part, Place, Side};
use super::codes::Codes;
use super::effort::{Effort, digest};
use super::failure::{Failure, Why};
use super::moments::{Exceptions, Moment, Seen, moments, moments_as_seen, of_another_number};
use super::whole::{Whole, known};
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

impl Saying<'_> {
    /// Whether a row of it is shown under some protection.
    pub(super) fn is_shown(&self, row: usize) -> bool {
        self.edition.shields.values().any(|shield| !shield.mask.hides(row))
    }

    /// Whether it is of an earlier release, and nobody was shown anything of it.
    pub(super) fn is_unseen(&self) -> bool {
        !self.new && !self.part.rows.iter().any(|row| self.is_shown(*row))
    }
}

/// The universe of a block, by each way to read its counts.
pub(super) struct Readings<'a> {
    pub first: Whole,
    pub other: Option<Whole>,
    pub told: Told<'a>,
}

/// What was told of a block, whoever has seen it.
pub(super) struct Told<'a> {
    /// What is of each moment.
    editions: Vec<Vec<Count<'a>>>,
    but: Exceptions<'a>,
    /// Whether nothing that was said is left out of these.
    is_all_in: bool,
}

impl<'a> Told<'a> {
    /// Whether it is read in the same way by who has seen these counts.
    pub(super) fn is_all_for(&self, sayings: &[Saying<'a>], views: &[Seen<'_>]) -> bool {
        let is_kept_out = |seen: &Seen<'_>| {
            let moments = moments_as_seen(sayings, &self.but, seen);
            moments.iter().zip(&self.editions).any(|(moment, edition)| moment.is_kept_out(edition, seen))
        };
        self.is_all_in && !views.iter().any(is_kept_out)
    }
}

/// Reads the counts of a block in each way: for each saying an edition, with what its source
/// said before and what others said besides, always the newest, as far as it adds up. Who has both adds them
/// up. Where there are more sources, there are more editions, so that what the one said before does not hide
/// what another says.
///
/// First as few totals as can be are more than their parts in what each source says at once. Where something
/// does not fit then, the counts are read in another way too: any total can be more, so counts fit that
/// otherwise do not, and what they leave of it is a cell. A year that is more than the quarters that came
/// later tells how many are in none of them.
///
/// `views` are what readers have seen: what they have not keeps nothing of it out. `matters` tells of what is left of
/// several areas in several categories, which may be a cell, by its value and that of what it is left of, whether it
/// has to be one.
///
/// # Errors
/// When what is said at once does not add up, or when the effort ends before it is found out what fits with it.
pub(super) fn readings<'a>(
    layout: &Layout<'_>,
    key: (&str, &[Period]),
    sayings: &[Saying<'a>],
    views: &[Seen<'_>],
    matters: &dyn Fn(i64, i64) -> bool,
    effort: &mut Effort<'_>,
) -> Result<Readings<'a>, Failure> {
    let codes = codes(layout, key, sayings)?;
    let mut history = History::new(&codes, sayings, views, matters, effort);
    history.readings(sayings).map_err(|misfit| failed(misfit, key))
}

/// The dimensions of all that is said.
pub(super) fn codes(
    layout: &Layout<'_>,
    key: (&str, &[Period]),
    sayings: &[Saying<'_>],
) -> Result<Codes, Failure> {
    let counts = sayings.iter().flat_map(|saying| saying.part.all());
    Codes::new(layout, key.1, counts).ok_or_else(|| failed(Misfit::NoNode, key))
}

/// For each code of these counts a place with nothing in it. Beside them some of the counts have all sums that
/// all of them have, also those with an area that only the others name.
fn named<'a>(counts: impl Iterator<Item = &'a Count<'a>>) -> Vec<Count<'a>> {
    let (mut areas, mut categories, mut others) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let is_new = |count: &&Count<'a>| {
        let new = count.categories.iter().enumerate().filter(|own| categories.insert(*own)).count();
        areas.insert(count.area) | others.insert((count.period, count.side)) | (new > 0)
    };
    counts.filter(is_new).map(|count| Count { value: 0, ..*count }).collect()
}

/// Takes out where rates did not apply before, unless all of their counts are there.
fn without_half_rates(counts: &mut Vec<Count<'_>>, before: &BTreeSet<Place<'_>>) {
    let none: BTreeSet<Place<'_>> = counts.iter().filter(|count| count.none).map(Count::place).collect();
    counts.retain(|count| {
        let (area, period, categories, side) = count.place();
        let is_none = |side| none.contains(&(area, period, categories, Some(side)));
        let is_whole = || side.is_none() || Side::ALL.into_iter().all(is_none);
        !count.none || !before.contains(&count.place()) || is_whole()
    });
}

/// The counts of these sayings, but of those that are left out, each with its cell.
pub(super) fn told<'s, 'a>(
    cube: &'s Cube,
    sayings: &'s [Saying<'a>],
    left_out: &'s BTreeSet<usize>,
) -> impl Iterator<Item = (CellId, &'s Count<'a>)> {
    let there = sayings.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
    there.flat_map(|(place, saying)| cube.places(place).iter().copied().zip(&saying.part.cells))
}

/// Why counts form no table.
pub(super) enum Misfit {
    Model(ModelError),
    /// What is said at once is a table, and what may be of one moment is none.
    Together(ModelError),
    NoNode,
    /// Of these it is not found out whether they fit.
    TooMany(Vec<(Period, String)>),
    Cancelled,
}

impl Misfit {
    fn too_many<'c>(counts: impl IntoIterator<Item = &'c Count<'c>>) -> Self {
        let named: BTreeSet<_> = counts.into_iter().map(|count| (count.period, count.name())).collect();
        Self::TooMany(named.into_iter().collect())
    }
}

pub(super) fn failed(misfit: Misfit, key: (&str, &[Period])) -> Failure {
    match misfit {
        Misfit::Model(error) => Failure::of_model(error, key),
        Misfit::Together(error) => Failure::of_model(error, key).not_of_a_delivery(),
        Misfit::NoNode => Failure::of(Why::TooLarge, key, Vec::new()),
        Misfit::TooMany(counts) => {
            let cells = counts.into_iter().map(|(period, name)| Failure::place(key.0, &[period], name));
            Failure::about(Why::TooManyMisfits, cells.collect())
        }
        Misfit::Cancelled => Failure::cancelled(),
    }
}

/// These editions as cells at the nodes of the dimensions.
fn given<'c>(codes: &Codes, editions: &[impl AsRef<[Count<'c>]>]) -> Result<Vec<Vec<Given>>, Misfit> {
    let given: Option<Vec<_>> = editions.iter().map(|counts| codes.given(counts.as_ref())).collect();
    given.ok_or(Misfit::NoNode)
}

/// Editions one after the other.
pub(super) struct History<'a, 'w> {
    codes: &'a Codes,
    /// A place with nothing in it for each code.
    named: Vec<Count<'a>>,
    /// The totals of each dimension that may be more than their parts.
    more: Vec<BTreeSet<String>>,
    /// Whether these are all totals, and not as few as can be.
    of_any: bool,
    /// Whether all that was said fits. Then another way to read it has no more.
    all_fits: bool,
    /// Whether what is said at once finds room by itself. Else only sums tell what fits with it.
    finds_room: bool,
    /// What readers have seen.
    views: &'a [Seen<'a>],
    /// Whether what is left along two dimensions at once has to be a cell.
    matters: &'a dyn Fn(i64, i64) -> bool,
    effort: &'a mut Effort<'w>,
}

impl<'a, 'w> History<'a, 'w> {
    fn new(
        codes: &'a Codes,
        sayings: &[Saying<'a>],
        views: &'a [Seen<'a>],
        matters: &'a dyn Fn(i64, i64) -> bool,
        effort: &'a mut Effort<'w>,
    ) -> Self {
        let named = named(sayings.iter().flat_map(|saying| saying.part.all()));
        let more = vec![BTreeSet::new(); codes.axes.len()];
        let (all_fits, finds_room, of_any) = (true, true, false);
        Self { codes, named, more, of_any, all_fits, finds_room, views, matters, effort }
    }

    /// Where any total may be more than its parts, to find out what fits.
    pub(super) fn of_any_total(codes: &'a Codes, sayings: &[Saying<'a>], effort: &'a mut Effort<'w>) -> Self {
        let mut own = Self::new(codes, sayings, &[], &|_, _| false, effort);
        own.read_any();
        own
    }

    fn read_any(&mut self) {
        (self.more, self.of_any) = (self.codes.totals(), true);
    }
}

impl History<'_, '_> {
    fn readings<'c>(&mut self, sayings: &[Saying<'c>]) -> Result<Readings<'c>, Misfit> {
        let mut but = Exceptions::default();
        for (place, saying) in sayings.iter().enumerate() {
            match self.add(saying) {
                // What was withheld by a rule need not add up, and nobody knows it.
                Err(Misfit::Model(_)) if saying.is_unseen() => {
                    but.left_out.insert(place);
                }
                added => added?,
            }
        }
        // Until no more places are found that are counted where nobody is.
        let (moments, editions, fewest, first) = loop {
            self.all_fits = true;
            let moments = moments(sayings, &but);
            let editions = self.editions(&moments)?;
            let fewest = self.all_editions(sayings, &but, (&moments, editions.clone()))?;
            let first = self.whole(&fewest, but.left_out.clone())?;
            let before = but.nobody.len();
            but.nobody.extend(first.nobody(sayings));
            if but.nobody.len() == before {
                break (moments, editions, fewest, first);
            }
        };
        let is_all_in = moments.iter().zip(&editions).all(|(moment, edition)| moment.is_all_in(edition));
        let mut other = None;
        if !self.all_fits {
            self.read_any();
            let of_any = self.editions(&moments)?;
            let any = self.all_editions(sayings, &but, (&moments, of_any))?;
            other = (any != fewest).then(|| self.whole(&any, but.left_out.clone())).transpose()?;
        }
        let other = other.map(|other| other.beside(&first));
        Ok(Readings { first, other, told: Told { editions, but, is_all_in } })
    }

    fn whole(&mut self, editions: &[Vec<Count<'_>>], left_out: BTreeSet<usize>) -> Result<Whole, Misfit> {
        let given = given(self.codes, editions)?;
        let given: Vec<_> = given.iter().map(Vec::as_slice).collect();
        let Codes { axes, shares, .. } = self.codes;
        let nobody = |edition: usize, place: usize| {
            editions.get(edition).and_then(|own| own.get(place)).is_some_and(|count| count.none)
        };
        let again = &mut |cells| self.effort.spend(cells);
        let cube = Cube::within(axes, &given, *shares, &nobody, self.matters, again);
        let cube = cube.map_err(|error| match error == ModelError::Stopped {
            true => self.ended(editions.iter().flatten()),
            false => Misfit::Together(error),
        })?;
        // A count without a cell would be neither protected nor withheld.
        let has_all =
            |(edition, counts): (usize, &Vec<Count<'_>>)| cube.places(edition).len() == counts.len();
        if !editions.iter().enumerate().all(has_all) {
            return Err(Misfit::NoNode);
        }
        let known = known(&cube, shares.map(|own| own.along));
        Ok(Whole { cube, known, left_out })
    }

    fn failed<'c>(&self, error: ModelError, counts: impl IntoIterator<Item = &'c Count<'c>>) -> Misfit {
        if error == ModelError::Stopped { self.ended(counts) } else { Misfit::Model(error) }
    }

    /// Why the effort ended before it was known of these counts.
    fn ended<'c>(&self, counts: impl IntoIterator<Item = &'c Count<'c>>) -> Misfit {
        if self.effort.is_cancelled() { Misfit::Cancelled } else { Misfit::too_many(counts) }
    }

    /// What is of each moment, which these `editions` are, and what is of it as readers have seen it.
    fn all_editions<'c>(
        &mut self,
        sayings: &[Saying<'c>],
        but: &Exceptions<'c>,
        (moments, mut editions): (&[Moment<'c>], Vec<Vec<Count<'c>>>),
    ) -> Result<Vec<Vec<Count<'c>>>, Misfit> {
        let of_all = editions.clone();
        for seen in self.views {
            let pairs = moments_as_seen(sayings, but, seen).into_iter().zip(&of_all);
            let as_seen = pairs.filter(|(moment, edition)| moment.is_kept_out(edition, seen));
            let as_seen: Vec<_> = as_seen.map(|(moment, _)| moment).collect();
            for other in self.as_seen((moments, &of_all), &as_seen, seen)? {
                if !editions.contains(&other) {
                    editions.push(other);
                }
            }
        }
        Ok(editions)
    }

    /// Of moments of which there are these editions, what is of each as readers have seen it, and what is of it with
    /// others first that are at odds with it.
    fn as_seen<'c>(
        &mut self,
        (moments, editions): (&[Moment<'c>], &[Vec<Count<'c>>]),
        as_seen: &[Moment<'c>],
        seen: &Seen<'_>,
    ) -> Result<Vec<Vec<Count<'c>>>, Misfit> {
        let mut others = self.editions(as_seen)?;
        let of_seen = others.clone();
        let all = || moments.iter().zip(editions).chain(as_seen.iter().zip(&of_seen));
        let mut besides = Vec::new();
        for (moment, edition) in all() {
            besides.extend(moment.besides(edition, seen).map_err(Misfit::too_many)?);
        }
        others.extend(self.editions(&besides)?);
        Ok(others)
    }

    /// What is of each moment. The newest come first: most of what they say is not published yet.
    fn editions<'c>(&mut self, moments: &[Moment<'c>]) -> Result<Vec<Vec<Count<'c>>>, Misfit> {
        let mut editions = Vec::with_capacity(moments.len());
        for Moment { said, none, older, before } in moments.iter().rev() {
            let mut counts = said.clone();
            self.finds_room = true;
            self.finds_room = older.iter().all(Vec::is_empty) || self.is_table(said, said)?;
            for older in std::iter::once(none).chain(older) {
                let said: BTreeSet<Place<'c>> = counts.iter().map(Count::place).collect();
                let of_another = of_another_number(&counts, older.iter());
                let others = older.iter().filter(|count| !said.contains(&count.place()));
                let others = others.filter(|count| !of_another.contains(&count.rate()));
                self.keep(&mut counts, &others.copied().collect::<Vec<_>>())?;
            }
            without_half_rates(&mut counts, before);
            editions.push(counts);
        }
        editions.reverse();
        Ok(editions)
    }

    /// Adds what fits: all of it, or else each half as far as it does. The others are figures of another
    /// moment.
    pub(super) fn keep<'c>(
        &mut self,
        counts: &mut Vec<Count<'c>>,
        candidates: &[Count<'c>],
    ) -> Result<(), Misfit> {
        if candidates.is_empty() || self.fit(counts, candidates)? {
            return Ok(());
        }
        self.all_fits = false;
        self.keep_halves(counts, candidates)
    }

    /// Adds each half as far as it fits, of what does not fit together.
    fn keep_halves<'c>(
        &mut self,
        counts: &mut Vec<Count<'c>>,
        candidates: &[Count<'c>],
    ) -> Result<(), Misfit> {
        if candidates.len() < 2 {
            return Ok(());
        }
        let (one, other) = candidates.split_at(candidates.len() / 2);
        let both = counts.len() + one.len();
        self.keep(counts, one)?;
        if counts.len() == both {
            // With all of the one half the other is what did not fit.
            return self.keep_halves(counts, other);
        }
        self.keep(counts, other)
    }

    /// Adds these if all of them fit.
    fn fit<'c>(&mut self, counts: &mut Vec<Count<'c>>, candidates: &[Count<'c>]) -> Result<bool, Misfit> {
        let before = counts.len();
        counts.extend_from_slice(candidates);
        let fits = self.is_table(counts, candidates)?;
        if !fits {
            counts.truncate(before);
        }
        Ok(fits)
    }

    /// Whether all sums of counts are and find room. `about` are those of which it is asked. Where what is said at
    /// once finds no room by itself, more totals that are more than their parts than there can be in that would take
    /// sums from the table that every reader can make: then only sums tell.
    fn is_table(&mut self, counts: &[Count<'_>], about: &[Count<'_>]) -> Result<bool, Misfit> {
        let given = given(self.codes, &[&self.named, counts])?;
        let editions: Vec<_> = given.iter().map(Vec::as_slice).collect();
        let digest = digest(&editions.concat(), [self.of_any, self.finds_room]);
        let found = self.effort.found(&digest);
        if !self.effort.spend(if found.is_some() { 0 } else { counts.len() }) {
            return Err(self.ended(about));
        }
        if let Some(found) = found {
            return Ok(found);
        }
        let (Codes { axes, shares, .. }, more) = (self.codes, &self.more);
        let again = &mut |cells| self.effort.spend(cells);
        let found = match self.finds_room {
            true => Cube::misfit(axes, &editions, *shares, more, again).map(|misfit| misfit.is_none()),
            false => Cube::fits(axes, &editions, *shares, more, again),
        };
        let found = found.map_err(|error| self.failed(error, about))?;
        self.effort.keep(digest, found);
        Ok(found)
    }

    /// What is wrong with counts when any total may be more than its parts: sums that are not, or that find no room.
    fn misfit(&mut self, counts: &[Count<'_>]) -> Result<Option<ModelError>, Misfit> {
        let given = given(self.codes, &[&self.named, counts])?;
        let editions: Vec<_> = given.iter().map(Vec::as_slice).collect();
        let Codes { axes, shares, .. } = self.codes;
        let (more, again) = (self.codes.totals(), &mut |cells| self.effort.spend(cells));
        let found = Cube::misfit(axes, &editions, *shares, &more, again);
        found.map_err(|error| self.failed(error, counts))
    }

    /// Takes note of the totals that are more than their parts in what is said at once.
    fn add(&mut self, Saying { part, new, .. }: &Saying<'_>) -> Result<(), Misfit> {
        // Of periods that add up, a total that is less than what is in it is a mistake.
        if *new
            && self.codes.has_periods()
            && let Some(error) = self.misfit(&part.cells)?
        {
            return Err(Misfit::Model(error));
        }
        let given = given(self.codes, &[&self.named, &part.cells])?;
        let editions: Vec<_> = given.iter().map(Vec::as_slice).collect();
        let Codes { axes, shares, .. } = self.codes;
        let more = Cube::more_than_parts(axes, &editions, *shares, &mut |cells| self.effort.spend(cells));
        let more = more.map_err(|error| self.failed(error, &part.cells))?;
        for (codes, new) in self.more.iter_mut().zip(more.fewest) {
            codes.extend(new);
        }
        Ok(())
    }
}
