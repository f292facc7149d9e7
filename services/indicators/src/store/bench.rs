//! Where shields are made and audited: everything that the work needs, away from the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sdc::Watch;

use super::salt::Salt;
use super::shield::{Audited, Made, Unprotectable, is_made, kept_names};
use super::table::aside;
use super::waiting::Awaited;
use super::{Error, Store, catalogue, protections};
use crate::domain::area::Area;
use crate::domain::dataset::Dataset;
use crate::domain::declaration::Declarations;
use crate::domain::masking::{
    self, Areas, Contents, Course, Failure, Layout, Shield, WithheldCell, plain_filter_leaks,
};
use crate::domain::observation::{Observation, Shown};
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
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

    /// The cells of the last of these releases that are withheld under a protection, as their owner has them:
    /// by the shield that is kept, or else the one that would be. Nothing is kept.
    pub(crate) async fn withheld_cells(
        &self,
        dataset: &Dataset,
        releases: &[Release],
        protection: Protection,
        awaited: Awaited,
    ) -> Result<Result<Vec<(Observation, WithheldCell)>, Unprotectable>, Error> {
        let wanted = protections::with(self.database.pool(), &dataset.code, protection).await?;
        let bench = self.bench(dataset, releases, wanted).await?;
        aside(move || bench.withheld(protection, &awaited)).await
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
        let (mut tables, mut shields, mut digests) = (Vec::new(), Vec::new(), BTreeMap::new());
        for release in releases {
            digests.clear();
            let table = self.all_cells(release).await?;
            let mut own = BTreeMap::new();
            for (_, protection) in names.iter().filter(|(number, _)| *number == release.id.number) {
                if let Some(kept) = self.read_shield(&release.id, table.len(), *protection).await? {
                    own.insert(*protection, kept.shield);
                    digests.insert(*protection, (kept.digest, kept.salt));
                }
            }
            tables.push(table);
            shields.push(own);
        }
        let indicators = catalogue::indicators_named(pool, &dataset.indicators).await?;
        Ok(Bench {
            areas: catalogue::all_areas(pool).await?,
            declared: Declarations::of(&indicators),
            has_counts: indicators.iter().any(|indicator| indicator.additive),
            seed: self.seed(&dataset.code).await?,
            dataset: dataset.clone(),
            retired: known.filter(|it| !protections.contains(it)).collect(),
            back,
            protections,
            releases: releases.iter().map(|release| release.id.clone()).collect(),
            published: releases.iter().filter(|own| own.state == ReleaseState::Published).count(),
            tables,
            shields,
            digests,
        })
    }
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
    declared: Declarations,
    has_counts: bool,
    seed: Vec<u8>,
    /// The releases, and the table and the shields of each.
    releases: Vec<ReleaseId>,
    /// How many of them are published: all but a draft, which is the last one.
    published: usize,
    tables: Vec<Arc<Table>>,
    shields: Vec<BTreeMap<Protection, Shield>>,
    /// The digests of the masks that the last release has, with their salts.
    digests: BTreeMap<Protection, (String, Option<Salt>)>,
}

impl Bench {
    /// Works on what the releases hold, which is found once.
    fn on<T>(&self, work: impl FnOnce(Course<'_>) -> T) -> T {
        let cells = self.tables.iter().flat_map(|table| table.cells());
        let areas = Areas::new(&self.areas, cells.map(|cell| cell.period.year()));
        let dimensions = &self.dataset.dimensions;
        let contents = Contents::of_all(self.tables.iter().map(Arc::as_ref), &areas);
        let (declared, has_counts) = (&self.declared, self.has_counts);
        let unplaced = masking::unplaced(&contents, &self.shields);
        work(Course {
            layout: Layout { areas, dimensions, declared, has_counts, unplaced, seed: &self.seed },
            contents: contents.iter().collect(),
            published: self.published,
            shields: self.shields.clone(),
            wanted: self.protections.clone(),
            back: self.back.clone(),
            retired: self.retired.clone(),
            aside: BTreeSet::new(),
        })
    }

    fn make(&self, watch: &dyn Watch) -> Result<Vec<Made>, Unprotectable> {
        self.on(|course| self.made(course, watch))
    }

    fn made(&self, course: Course<'_>, watch: &dyn Watch) -> Result<Vec<Made>, Unprotectable> {
        let made = course.clone().make(watch).map_err(|none| {
            let (smaller, instead) = (course.smaller(&none, watch), course.instead(&none, watch));
            let masking::NotMade { place, protection, failures } = none;
            Unprotectable { smaller, instead, ..self.unprotectable(place, protection, failures) }
        })?;
        let of = |own: masking::Made| {
            let masking::Made { place, protection, shielded } = own;
            let release = self.release(place);
            let salt = Salt::of_mask(&self.seed, &release, protection);
            Made { release, protection, shielded, salt }
        };
        Ok(made.into_iter().map(of).collect())
    }

    /// The release at a place; one that there is not has number 0.
    fn release(&self, place: usize) -> ReleaseId {
        let none = || ReleaseId { dataset: self.dataset.code.clone(), number: 0 };
        self.releases.get(place).cloned().unwrap_or_else(none)
    }

    /// Why the release at a place cannot be protected.
    fn unprotectable(&self, place: usize, protection: Protection, failures: Vec<Failure>) -> Unprotectable {
        let (release, published) = (self.release(place), place < self.published);
        Unprotectable { release, protection, failures, published, smaller: None, instead: None }
    }

    fn withheld(
        &self,
        protection: Protection,
        watch: &dyn Watch,
    ) -> Result<Vec<(Observation, WithheldCell)>, Unprotectable> {
        self.on(|course| self.listed(course, protection, watch))
    }

    /// Lists what is withheld of the last release.
    fn listed(
        &self,
        mut course: Course<'_>,
        protection: Protection,
        watch: &dyn Watch,
    ) -> Result<Vec<(Observation, WithheldCell)>, Unprotectable> {
        let place = self.releases.len().saturating_sub(1);
        let refused = |failures| self.unprotectable(place, protection, failures);
        let nothing = || refused(vec![Failure::cancelled()]);
        if course.shields.last().is_none_or(|shields| !shields.contains_key(&protection)) {
            for made in self.made(course.clone(), watch)? {
                let own = self.releases.iter().zip(&mut course.shields).find(|(id, _)| **id == made.release);
                own.into_iter().for_each(|(_, shields)| {
                    shields.insert(made.protection, made.shielded.shield.clone());
                });
            }
        }
        let editions = course.editions();
        let (last, earlier) = editions.split_last().ok_or_else(nothing)?;
        let cells = masking::withheld_cells(&course.layout, earlier, last, protection, watch);
        let table = self.tables.last().ok_or_else(nothing)?;
        let cells = cells.map_err(refused)?.into_iter();
        Ok(cells
            .filter_map(|cell| Some((Observation::of(table, cell.row, |own| Some(Shown::all(own)))?, cell)))
            .collect())
    }

    fn audit(&self, protection: Protection, watch: &dyn Watch) -> Result<Audited, Unprotectable> {
        self.on(|course| self.audited(course, protection, watch))
    }

    /// Audits the last release.
    fn audited(
        &self,
        course: Course<'_>,
        protection: Protection,
        watch: &dyn Watch,
    ) -> Result<Audited, Unprotectable> {
        let place = self.releases.len().saturating_sub(1);
        let release = self.release(place);
        let refused = |failures| self.unprotectable(place, protection, failures);
        let nothing = || refused(vec![Failure::cancelled()]);
        let editions = course.editions();
        let (last, earlier) = editions.split_last().ok_or_else(nothing)?;
        let leaks = plain_filter_leaks(&course.layout, earlier, last, protection, watch);
        let plain_filter_leaks = leaks.map_err(|own| refused(vec![own]))?;
        if let Some((mask_digest, mask_salt)) = self.digests.get(&protection).cloned() {
            let report = masking::check(&course.layout, earlier, last, protection, watch).map_err(refused)?;
            return Ok(Audited { in_use: true, plain_filter_leaks, mask_digest, mask_salt, report });
        }
        drop(editions);
        let made = self.made(course, watch)?;
        let made = made.into_iter().find(|made| made.release == release && made.protection == protection);
        let made = made.ok_or_else(nothing)?;
        let mask_digest = made.mask_digest();
        let (mask_salt, report) = (Some(made.salt), made.shielded.report);
        Ok(Audited { in_use: false, plain_filter_leaks, mask_digest, mask_salt, report })
    }
}
