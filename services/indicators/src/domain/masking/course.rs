//! Which shields of a dataset are made, and which around which.

use std::collections::{BTreeMap, BTreeSet};

use sdc::Watch;

use super::failure::BlockName;
use super::{Contents, Edition, Failure, Layout, Shield, Shielded, Why, shield};
use crate::domain::protection::Protection;

/// The releases of a dataset, in the order of their publication, and the protections that bind them.
#[derive(Clone, Debug)]
pub(crate) struct Course<'a> {
    /// How the dataset is laid out.
    pub layout: Layout<'a>,
    /// What each release holds.
    pub contents: Vec<&'a Contents<'a>>,
    /// How many of them are published; those after them can be made smaller still.
    pub published: usize,
    /// The shields that each has.
    pub shields: Vec<BTreeMap<Protection, Shield>>,
    /// Those that every release is to have a shield under.
    pub wanted: Vec<Protection>,
    /// Those of them that were retired until now.
    pub back: Vec<Protection>,
    /// Those that earlier releases have a shield under and later ones need none.
    pub retired: Vec<Protection>,
    /// Of the shields those that nobody has answers under, by place: the others are made around them.
    pub aside: BTreeSet<(usize, Protection)>,
}

/// A shield that was lacking.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// Which of the releases it is of.
    pub place: usize,
    /// The protection.
    pub protection: Protection,
    /// The shield.
    pub shielded: Shielded,
}

/// A shield that is lacking and cannot be made.
#[derive(Clone, Debug)]
pub(crate) struct NotMade {
    /// Which of the releases it would be of.
    pub place: usize,
    /// The protection.
    pub protection: Protection,
    /// Why not: each cause once.
    pub failures: Vec<Failure>,
}

impl NotMade {
    pub(super) fn is_cancelled(&self) -> bool {
        self.failures.iter().any(|failure| failure.why == Why::Cancelled)
    }

    /// Whether no mask leaves enough room, and nothing else is wrong.
    pub(super) fn is_lack_of_room(&self) -> bool {
        self.failures.iter().all(|failure| failure.why.is_lack_of_room())
    }

    /// The blocks that cannot be protected.
    pub(super) fn blocks(&self) -> BTreeSet<BlockName> {
        self.failures.iter().flat_map(|failure| failure.blocks.clone()).collect()
    }
}

impl Course<'_> {
    /// The releases with their shields.
    pub(crate) fn editions(&self) -> Vec<Edition<'_>> {
        let shields = self.shields.iter().map(|own| own.iter().map(|(of, shield)| (*of, shield)).collect());
        let editions = self.contents.iter().copied().zip(shields).enumerate();
        let aside = |place| self.aside.iter().filter(move |own| own.0 == place).map(|own| own.1);
        // One that was retired until now may have to go without.
        let wanted = || self.wanted.iter().filter(|own| !self.back.contains(*own));
        let coming = |place| wanted().filter(move |own| self.lacks(place, **own)).copied();
        let edition = |(place, (contents, shields))| Edition {
            aside: aside(place).collect(),
            coming: coming(place).collect(),
            ..Edition::new(contents, shields)
        };
        editions.map(edition).collect()
    }

    /// Makes what is lacking, under the looser protections first: a later mask is made inside or around those that
    /// are there, and around a looser one there is more room. Those that were retired until now come last, as a
    /// release may go without them. Of releases that lack a shield one is made under retired protections before
    /// all, so that the others are around it; it is not among what is made. It is left out where it cannot be made,
    /// or the others cannot beside it. Where a release that is not the newest cannot have one under a protection
    /// that was retired until now, neither it nor those before it get one: nobody looked at what these would show
    /// beside it.
    ///
    /// # Errors
    /// The first that cannot be made and that its release cannot go without, or when `watch` ends the run.
    pub(crate) fn make(mut self, watch: &dyn Watch) -> Result<Vec<Made>, NotMade> {
        self.make_aside(watch)?;
        let mut made = Vec::new();
        let back = self.back.clone();
        self.wanted.sort_unstable_by_key(|own| (back.contains(own), *own));
        for protection in self.wanted.clone() {
            for place in 0..self.shields.len() {
                let mut found = self.lacking(place, protection, watch);
                if matches!(&found, Some(Err(none)) if !none.is_cancelled()) && !self.aside.is_empty() {
                    while let Some((place, own)) = self.aside.pop_first() {
                        self.take(place, own);
                    }
                    found = self.lacking(place, protection, watch);
                }
                let may_go_without = place + 1 < self.shields.len() && self.back.contains(&protection);
                match found {
                    Some(Ok(own)) => {
                        self.put(place, protection, own.shield.clone());
                        made.push(Made { place, protection, shielded: own });
                    }
                    Some(Err(none)) if none.is_cancelled() || !may_go_without => return Err(none),
                    Some(Err(_)) => {
                        for own in made.extract_if(.., |own| own.protection == protection) {
                            self.take(own.place, protection);
                        }
                    }
                    None => {}
                }
            }
        }
        Ok(made)
    }

    /// Makes shields under retired protections, of the releases that lack one that they are to have.
    fn make_aside(&mut self, watch: &dyn Watch) -> Result<(), NotMade> {
        for protection in self.retired.clone() {
            for place in self.incomplete() {
                match self.lacking(place, protection, watch) {
                    Some(Ok(own)) => {
                        self.put(place, protection, own.shield);
                        self.aside.insert((place, protection));
                    }
                    Some(Err(none)) if none.is_cancelled() => return Err(none),
                    Some(Err(_)) | None => {}
                }
            }
        }
        Ok(())
    }

    /// The places of the releases that lack a shield that they are to have.
    fn incomplete(&self) -> Vec<usize> {
        let lacks = |place: &usize| self.wanted.iter().any(|it| self.lacks(*place, *it));
        (0..self.shields.len()).filter(lacks).collect()
    }

    /// Whether a release is to get a shield under a protection. Not before one that has: what was shown of
    /// the later one was not made beside what would be shown of this one.
    fn lacks(&self, place: usize, protection: Protection) -> bool {
        let mut later = self.shields.iter().skip(place);
        later.all(|own| !own.contains_key(&protection))
    }

    /// Makes a shield of a release that lacks it under a protection; none where it is to get none. Later releases
    /// that others have answers of, who have none of this one, were shown before it.
    fn lacking(
        &self,
        place: usize,
        protection: Protection,
        watch: &dyn Watch,
    ) -> Option<Result<Shielded, NotMade>> {
        if !self.lacks(place, protection) {
            return None;
        }
        let editions = self.editions();
        let release = editions.get(place)?;
        let only = |later: &Edition<'_>| later.answered().any(|other| !release.shields.contains_key(other));
        let before = editions.iter().enumerate().filter(|(at, own)| *at < place || *at > place && only(own));
        let before: Vec<Edition<'_>> = before.map(|(_, own)| own.clone()).collect();
        let made = shield(&self.layout, &before, release, protection, watch);
        Some(made.map_err(|failures| NotMade { place, protection, failures }))
    }

    /// A protection that can be given instead of one that cannot, where its obstacle is published, so that no
    /// smaller delivery helps: the loosest that is as strict as it and as all others that the dataset has or had, or
    /// else the strictest that it has. It is tried.
    pub(crate) fn instead(&self, none: &NotMade, watch: &dyn Watch) -> Option<Protection> {
        if none.place >= self.published || !none.is_lack_of_room() {
            return None;
        }
        let is_other = |own: &Protection| *own != none.protection;
        let others: Vec<Protection> = self.wanted.iter().copied().filter(is_other).collect();
        let all = others.iter().chain(&self.retired);
        let strictest = all.fold(none.protection, |strictest, own| strictest.and(*own));
        let own = others.iter().max().copied();
        let mut candidates = [Some(strictest), own].into_iter().flatten().filter(is_other);
        candidates.find(|candidate| {
            let mut course = Course { wanted: others.clone(), ..self.clone() };
            if course.retired.contains(candidate) {
                course.retired.retain(|own| own != candidate);
                course.back.push(*candidate);
            }
            if !course.wanted.contains(candidate) {
                course.wanted.push(*candidate);
            }
            // One that comes back is not made for every release.
            let has = self.shields.get(none.place).is_some_and(|own| own.contains_key(candidate));
            let is_it = |own: &Made| own.place == none.place && own.protection == *candidate;
            course.make(watch).is_ok_and(|made| has || made.iter().any(is_it))
        })
    }

    fn put(&mut self, place: usize, protection: Protection, own: Shield) {
        if let Some(shields) = self.shields.get_mut(place) {
            shields.insert(protection, own);
        }
    }

    fn take(&mut self, place: usize, protection: Protection) {
        if let Some(shields) = self.shields.get_mut(place) {
            shields.remove(&protection);
        }
    }
}
