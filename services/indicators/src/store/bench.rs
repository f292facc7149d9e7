//! Where shields are made and audited: everything that the work needs, away from the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use sdc::Watch;

use super::shield::{Audited, Made, Unprotectable, digest, is_made, kept_names};
use super::table::aside;
use super::waiting::Awaited;
use super::{Error, Store, catalogue, protections};
use crate::domain::area::Area;
use crate::domain::dataset::{Dataset, Dimension};
use crate::domain::masking::{self, Contents, Edition, Failure, Layout, Shield, plain_filter_leaks};
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::table::Table;

impl Store {
    /// Computes and audits the shields that these releases, in the order of their publication, lack
    /// under these protections, in the order in which they came: a later mask is made inside or around
    /// those that are there. Nothing is kept. The work ends when nobody waits for it any more.
    pub(crate) async fn make_shields(
        &self,
        dataset: &Dataset,
        releases: &[Release],
        protections: &[Protection],
        awaited: Awaited,
    ) -> Result<Result<Vec<Made>, Unprotectable>, Error> {
        let kept = kept_names(self.database.pool(), &dataset.code).await?;
        let numbers: Vec<u32> = releases.iter().map(|release| release.id.number).collect();
        if protections.iter().all(|it| is_made(&kept, &numbers, *it)) {
            return Ok(Ok(Vec::new()));
        }
        let bench = self.bench(dataset, releases, protections.to_vec()).await?;
        aside(move || bench.make(&awaited)).await
    }

    /// Audits the last of these releases under a protection: the shield that is kept, or else the one
    /// that would be. Nothing is kept.
    pub(crate) async fn audit(
        &self,
        dataset: &Dataset,
        releases: &[Release],
        protection: Protection,
        awaited: Awaited,
    ) -> Result<Result<Audited, Unprotectable>, Error> {
        let wanted = protections::with(self.database.pool(), &dataset.code, protection).await?;
        let bench = self.bench(dataset, releases, wanted).await?;
        aside(move || bench.audit(protection, &awaited)).await
    }

    async fn bench(
        &self,
        dataset: &Dataset,
        releases: &[Release],
        protections: Vec<Protection>,
    ) -> Result<Bench, Error> {
        let pool = self.database.pool();
        let known = protections::known(pool, &dataset.code).await?;
        let retired = known.iter().filter(|it| it.retired).map(|it| it.protection);
        let back = retired.filter(|it| protections.contains(it)).collect();
        let known = known.into_iter().map(|it| it.protection);
        let names = kept_names(pool, &dataset.code).await?;
        let mut editions = Vec::with_capacity(releases.len());
        for release in releases {
            let table = self.all_cells(release).await?;
            let mut shields = BTreeMap::new();
            for (_, protection) in names.iter().filter(|(number, _)| *number == release.id.number) {
                if let Some(kept) = self.read_shield(&release.id, table.len(), *protection).await? {
                    shields.insert(*protection, kept.shield);
                }
            }
            editions.push(Issued { id: release.id.clone(), table, shields, not_kept: Vec::new() });
        }
        let indicators = catalogue::indicators_named(pool, &dataset.indicators).await?;
        Ok(Bench {
            areas: catalogue::all_areas(pool).await?,
            has_counts: indicators.iter().any(|indicator| indicator.additive),
            seed: self.seed(&dataset.code).await?,
            dataset: dataset.clone(),
            retired: known.filter(|it| !protections.contains(it)).collect(),
            back,
            protections,
            editions,
        })
    }
}

/// A release and its shields.
struct Issued {
    id: ReleaseId,
    table: Arc<Table>,
    shields: BTreeMap<Protection, Shield>,
    /// Under which of these it is not kept, nor delivered.
    not_kept: Vec<Protection>,
}

struct Bench {
    dataset: Dataset,
    /// Those that every release is to have a shield under, in the order in which they came.
    protections: Vec<Protection>,
    /// Those of them that were retired until now.
    back: Vec<Protection>,
    /// Those that earlier releases have a shield under, and that later ones do not need.
    retired: Vec<Protection>,
    areas: Vec<Area>,
    has_counts: bool,
    seed: Vec<u8>,
    editions: Vec<Issued>,
}

impl Bench {
    fn layout(&self) -> Layout<'_> {
        Layout {
            areas: &self.areas,
            dimensions: &self.dataset.dimensions,
            has_counts: self.has_counts,
            retired: &self.retired,
            seed: &self.seed,
        }
    }

    fn tables(&self) -> Vec<Arc<Table>> {
        self.editions.iter().map(|own| Arc::clone(&own.table)).collect()
    }

    /// Works on the release at `place` and those before it; none when there is no such release.
    fn on<T>(
        &self,
        contents: &[Contents<'_>],
        place: usize,
        work: impl FnOnce(&[Edition<'_>], &Edition<'_>) -> T,
    ) -> Option<T> {
        let shields =
            self.editions.iter().map(|own| own.shields.iter().map(|(of, shield)| (*of, shield)).collect());
        let editions = contents.iter().zip(shields).map(|(contents, shields)| Edition { contents, shields });
        let editions: Vec<Edition<'_>> = editions.collect();
        let (release, earlier) = editions.get(..=place)?.split_last()?;
        Some(work(earlier, release))
    }

    /// Makes what is lacking. Of those releases a shield is made under retired protections as well, so that
    /// the others are around it, and not kept. It is left out where it cannot be made, or the others cannot
    /// beside it. Where a release that is not the newest cannot have one under a protection that was retired
    /// until now, neither it nor those before it get one: nobody looked at what these would show beside it.
    fn make(mut self, watch: &dyn Watch) -> Result<Vec<Made>, Unprotectable> {
        let (tables, mut made) = (self.tables(), Vec::new());
        let contents = contents(&tables, &self.dataset.dimensions, &self.areas);
        for protection in self.retired.clone() {
            for place in self.incomplete() {
                match self.lacking(&contents, place, protection, watch) {
                    Some(Ok(own)) => self.put(place, protection, own.shielded.shield, true),
                    Some(Err(none)) if none.is_cancelled() => return Err(none),
                    Some(Err(_)) | None => {}
                }
            }
        }
        for protection in self.protections.clone() {
            for place in 0..self.editions.len() {
                let mut found = self.lacking(&contents, place, protection, watch);
                if matches!(&found, Some(Err(none)) if !none.is_cancelled()) && self.drop_retired() {
                    found = self.lacking(&contents, place, protection, watch);
                }
                let may_go_without = place + 1 < self.editions.len() && self.back.contains(&protection);
                match found {
                    Some(Ok(own)) => {
                        self.put(place, protection, own.shielded.shield.clone(), false);
                        made.push(own);
                    }
                    Some(Err(none)) if none.is_cancelled() || !may_go_without => return Err(none),
                    Some(Err(_)) => self.take_back(protection, &mut made),
                    None => {}
                }
            }
        }
        Ok(made)
    }

    /// Leaves out what was made under a protection.
    fn take_back(&mut self, protection: Protection, made: &mut Vec<Made>) {
        for own in made.extract_if(.., |own| own.protection == protection) {
            let edition = self.editions.iter_mut().find(|edition| edition.id == own.release);
            if let Some(edition) = edition {
                edition.shields.remove(&protection);
            }
        }
    }

    /// The places of the releases that lack a shield that they are to have.
    fn incomplete(&self) -> Vec<usize> {
        let lacks = |place: &usize| self.protections.iter().any(|it| self.lacks(*place, *it));
        (0..self.editions.len()).filter(lacks).collect()
    }

    /// Whether a release is to get a shield under a protection. Not before one that has: what was shown of
    /// the later one was not made beside what would be shown of this one.
    fn lacks(&self, place: usize, protection: Protection) -> bool {
        let later = self.editions.get(place..).unwrap_or_default();
        later.iter().all(|own| !own.shields.contains_key(&protection))
    }

    /// Makes a shield of a release that lacks it under a protection.
    fn lacking(
        &self,
        contents: &[Contents<'_>],
        place: usize,
        protection: Protection,
        watch: &dyn Watch,
    ) -> Option<Result<Made, Unprotectable>> {
        let edition = self.editions.get(place)?;
        if !self.lacks(place, protection) {
            return None;
        }
        let found = self.on(contents, place, |earlier, release| {
            masking::shield(&self.layout(), earlier, release, protection, watch)
        });
        let release = edition.id.clone();
        Some(match found? {
            Ok(shielded) => Ok(Made { release, protection, shielded }),
            Err(failures) => Err(Unprotectable { release, protection, failures }),
        })
    }

    fn put(&mut self, place: usize, protection: Protection, shield: Shield, not_kept: bool) {
        if let Some(edition) = self.editions.get_mut(place) {
            edition.shields.insert(protection, shield);
            edition.not_kept.extend(not_kept.then_some(protection));
        }
    }

    /// Leaves out the shields that were made under retired protections; false when there is none.
    fn drop_retired(&mut self) -> bool {
        let mut dropped = false;
        for edition in &mut self.editions {
            for protection in std::mem::take(&mut edition.not_kept) {
                dropped |= edition.shields.remove(&protection).is_some();
            }
        }
        dropped
    }

    fn audit(self, protection: Protection, watch: &dyn Watch) -> Result<Audited, Unprotectable> {
        let Some(Issued { id: release, shields, .. }) = self.editions.last() else {
            let release = ReleaseId { dataset: self.dataset.code, number: 0 };
            return Err(Unprotectable { release, protection, failures: vec![Failure::cancelled()] });
        };
        let (release, tables) = (release.clone(), self.tables());
        let contents = contents(&tables, &self.dataset.dimensions, &self.areas);
        let last = self.editions.len() - 1;
        let refused = |failures| Unprotectable { release: release.clone(), protection, failures };
        let leaks = self.on(&contents, last, |earlier, release| {
            let leaks = plain_filter_leaks(&self.layout(), earlier, release, protection, watch);
            leaks.map_err(|own| vec![own])
        });
        let plain_filter_leaks = leaks.unwrap_or_else(|| Err(vec![Failure::cancelled()])).map_err(refused)?;
        if let Some(kept) = shields.get(&protection) {
            let mask_digest = digest(&kept.mask.to_bytes());
            let checked = self.on(&contents, last, |earlier, release| {
                masking::check(&self.layout(), earlier, release, protection, watch)
            });
            let report = checked.unwrap_or_else(|| Err(vec![Failure::cancelled()])).map_err(refused)?;
            return Ok(Audited { in_use: true, plain_filter_leaks, mask_digest, report });
        }
        let made = self.make(watch)?;
        let made = made.into_iter().find(|made| made.release == release && made.protection == protection);
        let made = made.ok_or_else(|| refused(vec![Failure::cancelled()]))?;
        let mask_digest = made.mask_digest();
        Ok(Audited { in_use: false, plain_filter_leaks, mask_digest, report: made.shielded.report })
    }
}

/// The counts of every release, found once.
fn contents<'a>(tables: &'a [Arc<Table>], dimensions: &[Dimension], areas: &[Area]) -> Vec<Contents<'a>> {
    tables.iter().map(|table| Contents::of(table, dimensions, areas)).collect()
}
