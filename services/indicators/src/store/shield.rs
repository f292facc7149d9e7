//! The shields over releases: which cells are withheld under a protection, and how that was found.

use std::collections::BTreeMap;
use std::sync::Arc;

use sdc::{Mask, Watch};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::entity::{protection, rounding_seed, shield};
use super::table::{Kept, Key, aside};
use super::waiting::Awaited;
use super::{Error, Store, catalogue, report, stored};
use crate::domain::area::Area;
use crate::domain::dataset::Dataset;
use crate::domain::masking::{
    self, Contents, ENGINE, Edition, Failure, Layout, MOST_CELLS, Report, Shield, Shielded, Unprotected,
    Upwards, Why, plain_filter_leaks,
};
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::table::Table;

/// Bytes of the seed of a dataset.
const SEED: usize = 32;

/// A shield that was computed and audited, and is not kept yet.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The release.
    pub release: ReleaseId,
    /// The protection.
    pub protection: Protection,
    /// The shield and its report.
    pub shielded: Shielded,
}

/// What an audit of a release found.
#[derive(Clone, Debug)]
pub(crate) struct Audited {
    /// Whether it is of the shield that is kept.
    pub in_use: bool,
    /// Cells of the release that withholding small counts alone would give away.
    pub plain_filter_leaks: usize,
    /// SHA-256 of the mask, lower-case hexadecimal.
    pub mask_digest: String,
    /// What was found.
    pub report: Report,
}

/// A shield that is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptShield {
    /// The shield.
    pub shield: Shield,
    /// SHA-256 of its mask, lower-case hexadecimal.
    pub digest: String,
}

/// A release that cannot be protected.
#[derive(Clone, Debug)]
pub(crate) struct Unprotectable {
    /// The release.
    pub release: ReleaseId,
    /// The protection.
    pub protection: Protection,
    /// Why not: each cause once.
    pub failures: Vec<Failure>,
}

impl Unprotectable {
    /// The cells that it is about, at most [`MOST_CELLS`].
    pub(crate) fn cells(&self) -> impl Iterator<Item = &Unprotected> {
        self.failures.iter().flat_map(|failure| &failure.cells).take(MOST_CELLS)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.failures.iter().map(|failure| failure.count).sum()
    }

    /// Whether the run was ended before there was an answer.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.failures.iter().any(|failure| failure.why == Why::Cancelled)
    }
}

/// Which shields of a dataset are kept, by number of the release.
pub(crate) type KeptNames = Vec<(u32, Protection)>;

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over which shield it is, the length of its mask, and the masks: of cells, of values that are
/// rounded upwards, and of denominators that are. In lower-case hexadecimal. The three are equally long. A
/// bit that changes in the database could show a small count.
fn seal(id: &ReleaseId, protection: Protection, mask: &[u8], upwards: [Option<&[u8]>; 2]) -> String {
    let head = format!("{} {} {} ", id.resource_name(), protection.name(), mask.len());
    let [values, denominators] = upwards.map(Option::unwrap_or_default);
    digest(&[head.as_bytes(), mask, values, denominators].concat())
}

impl Made {
    /// The report as it is kept.
    pub(crate) fn report_json(&self) -> String {
        report::json(&self.shielded.report)
    }

    /// SHA-256 of the mask, lower-case hexadecimal.
    pub(crate) fn mask_digest(&self) -> String {
        digest(&self.shielded.shield.mask.to_bytes())
    }
}

/// Protections with one that is wanted now.
pub(crate) fn with(mut protections: Vec<Protection>, wanted: Protection) -> Vec<Protection> {
    if !protections.contains(&wanted) {
        protections.push(wanted);
    }
    protections
}

/// Which shields of a dataset are kept, in order.
pub(crate) async fn kept_names(db: &impl ConnectionTrait, dataset: &str) -> Result<KeptNames, Error> {
    let select = shield::Entity::find()
        .select_only()
        .column(shield::Column::Number)
        .column(shield::Column::Protection)
        .filter(shield::Column::Dataset.eq(dataset))
        .order_by_asc(shield::Column::Number)
        .order_by_asc(shield::Column::Protection)
        .into_tuple::<(i32, String)>();
    let name = |(number, name): (i32, String)| Some((u32::try_from(number).ok()?, Protection::named(&name)?));
    let names = select.all(db).await?.into_iter().map(name).collect::<Option<_>>();
    names.ok_or_else(|| Error::Damaged(format!("the masks of datasets/{dataset}")))
}

/// The protections that releases of a dataset need a shield under, in the order in which they came.
pub(crate) async fn protections(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<Protection>, Error> {
    let select = protection::Entity::find()
        .select_only()
        .column(protection::Column::Name)
        .filter(protection::Column::Dataset.eq(dataset))
        .order_by_asc(protection::Column::Position)
        .into_tuple::<String>();
    let names = select.all(db).await?;
    let protections = names.iter().map(|name| Protection::named(name)).collect::<Option<_>>();
    protections.ok_or_else(|| Error::Damaged(format!("the protections of datasets/{dataset}")))
}

/// Adds a protection to those that releases of a dataset need a shield under; `position` counts from 1.
pub(crate) async fn add_protection(
    db: &impl ConnectionTrait,
    dataset: &str,
    protection: Protection,
    position: usize,
) -> Result<(), Error> {
    let row = protection::ActiveModel {
        dataset: Set(dataset.to_owned()),
        name: Set(protection.name()),
        position: Set(stored(position)),
    };
    protection::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The seed of the rounding of a dataset that has shields.
pub(crate) async fn seed(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<u8>, Error> {
    let row = rounding_seed::Entity::find_by_id(dataset).one(db).await?;
    row.map(|row| row.seed).ok_or_else(|| Error::Damaged(format!("the seed of datasets/{dataset}")))
}

/// Keeps shields.
pub(crate) async fn keep(db: &impl ConnectionTrait, made: &[Made], now: OffsetDateTime) -> Result<(), Error> {
    for made in made {
        let shield = &made.shielded.shield;
        let mask = shield.mask.to_bytes();
        let upwards = shield.upwards.as_ref().map(|upwards| upwards.values.to_bytes());
        let denominators = shield.upwards.as_ref().map(|upwards| upwards.denominators.to_bytes());
        let roundings = [upwards.as_deref(), denominators.as_deref()];
        let row = shield::ActiveModel {
            dataset: Set(made.release.dataset.clone()),
            number: Set(stored(made.release.number)),
            protection: Set(made.protection.name()),
            seal: Set(seal(&made.release, made.protection, &mask, roundings)),
            mask: Set(mask),
            upwards: Set(upwards),
            denominators_upwards: Set(denominators),
            report: Set(made.report_json()),
            engine: Set(ENGINE.to_owned()),
            create_time: Set(platform::clock::micros(now)),
        };
        shield::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

impl Store {
    /// The shield of a published release under a protection; none when there is none yet.
    pub(crate) async fn shield(
        &self,
        release: &Release,
        cells: usize,
        protection: Protection,
    ) -> Result<Option<Arc<KeptShield>>, Error> {
        let key = Key::Shield(release.id.clone(), protection);
        if let Some(Kept::Shield(kept)) = self.cache.get(&key).await {
            return Ok(Some(kept));
        }
        let Some(kept) = self.read_shield(&release.id, cells, protection).await?.map(Arc::new) else {
            return Ok(None);
        };
        self.cache.insert(key, Kept::Shield(Arc::clone(&kept))).await;
        Ok(Some(kept))
    }

    async fn read_shield(
        &self,
        id: &ReleaseId,
        cells: usize,
        protection: Protection,
    ) -> Result<Option<KeptShield>, Error> {
        let key = (id.dataset.clone(), stored(id.number), protection.name());
        let Some(row) = shield::Entity::find_by_id(key).one(self.database.pool()).await? else {
            return Ok(None);
        };
        let damaged = || Error::Damaged(format!("a mask of {}", id.resource_name()));
        let roundings = [row.upwards.as_deref(), row.denominators_upwards.as_deref()];
        if row.seal != seal(id, protection, &row.mask, roundings) {
            return Err(damaged());
        }
        let read = |bytes: &[u8]| Mask::from_bytes(bytes).ok().filter(|mask| mask.len() == cells);
        let mask = read(&row.mask).ok_or_else(damaged)?;
        let upwards = match roundings {
            [Some(values), denominators] => {
                // Shields from before there were roundings of denominators have none.
                let denominators = denominators.map_or(Some(Mask::none(cells)), read);
                let values = read(values).ok_or_else(damaged)?;
                Some(Upwards { values, denominators: denominators.ok_or_else(damaged)? })
            }
            [None, Some(_)] => return Err(damaged()),
            [None, None] => None,
        };
        if upwards.is_some() != (protection.rounding_base > 0) {
            return Err(damaged());
        }
        Ok(Some(KeptShield { shield: Shield { mask, upwards }, digest: digest(&row.mask) }))
    }

    /// The seed of the rounding of a dataset; made at the first call.
    async fn seed(&self, dataset: &str) -> Result<Vec<u8>, Error> {
        let pool = self.database.pool();
        if let Ok(seed) = seed(pool, dataset).await {
            return Ok(seed);
        }
        let mut made = vec![0; SEED];
        aws_lc_rs::rand::fill(&mut made).map_err(|_| Error::Random)?;
        let row = rounding_seed::ActiveModel { dataset: Set(dataset.to_owned()), seed: Set(made) };
        // Who made one at the same time was first.
        if let Err(error) = rounding_seed::Entity::insert(row).exec_without_returning(pool).await {
            let error = Error::from(error);
            if !error.is_double() {
                return Err(error);
            }
        }
        self::seed(pool, dataset).await
    }

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
        let lacks =
            |release: &Release| protections.iter().any(|it| !kept.contains(&(release.id.number, *it)));
        if !releases.iter().any(lacks) {
            return Ok(Ok(Vec::new()));
        }
        let protections = protections.to_vec();
        let bench = self.bench(dataset, releases).await?;
        aside(move || bench.make(&protections, &awaited)).await
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
        let protections = with(protections(self.database.pool(), &dataset.code).await?, protection);
        let bench = self.bench(dataset, releases).await?;
        aside(move || bench.audit(protection, &protections, &awaited)).await
    }

    async fn bench(&self, dataset: &Dataset, releases: &[Release]) -> Result<Bench, Error> {
        let pool = self.database.pool();
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
            editions.push((release.id.clone(), table, shields));
        }
        let indicators = catalogue::indicators_named(pool, &dataset.indicators).await?;
        Ok(Bench {
            areas: catalogue::all_areas(pool).await?,
            has_counts: indicators.iter().any(|indicator| indicator.additive),
            seed: self.seed(&dataset.code).await?,
            dataset: dataset.clone(),
            editions,
        })
    }
}

/// Everything that the work needs, away from the database.
struct Bench {
    dataset: Dataset,
    areas: Vec<Area>,
    has_counts: bool,
    seed: Vec<u8>,
    editions: Vec<(ReleaseId, Arc<Table>, BTreeMap<Protection, Shield>)>,
}

impl Bench {
    fn layout(&self) -> Layout<'_> {
        Layout {
            areas: &self.areas,
            dimensions: &self.dataset.dimensions,
            has_counts: self.has_counts,
            seed: &self.seed,
        }
    }

    fn tables(&self) -> Vec<Arc<Table>> {
        self.editions.iter().map(|(_, table, _)| Arc::clone(table)).collect()
    }

    /// Works on the release at `place` and those before it; none when there is no such release.
    fn on<T>(
        &self,
        contents: &[Contents<'_>],
        place: usize,
        work: impl FnOnce(&[Edition<'_>], &Edition<'_>) -> T,
    ) -> Option<T> {
        let shields = self.editions.iter().map(|(_, _, shields)| by_protection(shields));
        let editions = contents.iter().zip(shields).map(|(contents, shields)| Edition { contents, shields });
        let editions: Vec<Edition<'_>> = editions.collect();
        let (release, earlier) = editions.get(..=place)?.split_last()?;
        Some(work(earlier, release))
    }

    fn make(mut self, protections: &[Protection], watch: &dyn Watch) -> Result<Vec<Made>, Unprotectable> {
        let (tables, mut made) = (self.tables(), Vec::new());
        let contents = contents(&tables);
        for protection in protections.iter().copied() {
            for place in 0..self.editions.len() {
                let found = self.on(&contents, place, |earlier, release| {
                    let lacks = !release.shields.contains_key(&protection);
                    lacks.then(|| masking::shield(&self.layout(), earlier, release, protection, watch))
                });
                let Some((Some(found), (id, _, shields))) = found.zip(self.editions.get_mut(place)) else {
                    continue;
                };
                let release = id.clone();
                let shielded = found.map_err(|failures| Unprotectable {
                    release: release.clone(),
                    protection,
                    failures,
                })?;
                shields.insert(protection, shielded.shield.clone());
                made.push(Made { release, protection, shielded });
            }
        }
        Ok(made)
    }

    fn audit(
        self,
        protection: Protection,
        protections: &[Protection],
        watch: &dyn Watch,
    ) -> Result<Audited, Unprotectable> {
        let Some((release, _, shields)) = self.editions.last() else {
            let release = ReleaseId { dataset: self.dataset.code, number: 0 };
            return Err(Unprotectable { release, protection, failures: vec![Failure::cancelled()] });
        };
        let (release, tables) = (release.clone(), self.tables());
        let contents = contents(&tables);
        let last = self.editions.len() - 1;
        let refused = |failures| Unprotectable { release: release.clone(), protection, failures };
        let leaks = self.on(&contents, last, |_, release| {
            plain_filter_leaks(&self.layout(), release.contents, protection, watch).map_err(|own| vec![own])
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
        let made = self.make(protections, watch)?;
        let made = made.into_iter().find(|made| made.release == release && made.protection == protection);
        let made = made.ok_or_else(|| refused(vec![Failure::cancelled()]))?;
        let mask_digest = made.mask_digest();
        Ok(Audited { in_use: false, plain_filter_leaks, mask_digest, report: made.shielded.report })
    }
}

/// The counts of every release, found once.
fn contents(tables: &[Arc<Table>]) -> Vec<Contents<'_>> {
    tables.iter().map(|table| Contents::of(table)).collect()
}

fn by_protection(shields: &BTreeMap<Protection, Shield>) -> BTreeMap<Protection, &Shield> {
    shields.iter().map(|(protection, shield)| (*protection, shield)).collect()
}
