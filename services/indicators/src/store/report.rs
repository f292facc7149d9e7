//! The report of a mask as it is kept: JSON, for the owner of the data and for who checks the ledger.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::entity::shield;
use super::salt::{Salt, digest};
use super::shield::{opened, seed};
use super::{Error, Store, stored};
use crate::domain::masking::{BlockReport, ENGINE, Report};
use crate::domain::protection::Protection;
use crate::domain::release::Release;

/// A mask that is kept, and what was found when it was made. The digests are SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct KeptReport {
    /// The protection.
    pub protection: Protection,
    /// The program that computed and audited the mask, with its version.
    pub engine: String,
    /// When it was kept.
    pub create_time: OffsetDateTime,
    /// How many cells it withholds.
    pub withheld: usize,
    /// How many of these for the sake of others, in the blocks that were protected anew.
    pub secondary: usize,
    /// Digest of the mask.
    pub mask_digest: String,
    /// The salt that this digest and that of the report begin with.
    pub mask_salt: Option<Salt>,
    /// The report, as its digest was taken.
    pub report: String,
    /// Digest of the report.
    pub report_digest: String,
    /// Digest of the seed of the rounding.
    pub seed_digest: String,
}

/// What is read of a report.
#[derive(Deserialize)]
struct Read {
    blocks: Vec<ReadBlock>,
}

#[derive(Deserialize)]
struct ReadBlock {
    secondary: usize,
}

#[derive(Serialize)]
struct Written<'a> {
    engine: &'a str,
    protection: String,
    unknown: usize,
    blocks: Vec<WrittenBlock<'a>>,
}

#[derive(Serialize)]
struct WrittenBlock<'a> {
    indicator: &'a str,
    periods: Vec<String>,
    method: &'a str,
    history: usize,
    cells: usize,
    #[serde(rename = "unsafe")]
    unsafe_cells: usize,
    withheld: usize,
    secondary: usize,
}

/// The report as JSON. Every block in it was audited and found safe.
pub(super) fn json(report: &Report) -> String {
    let written = Written {
        engine: ENGINE,
        protection: report.protection.name(),
        unknown: report.unknown.values().sum(),
        blocks: report.blocks.iter().map(written).collect(),
    };
    serde_json::to_string(&written).unwrap_or_default()
}

fn written(block: &BlockReport) -> WrittenBlock<'_> {
    WrittenBlock {
        indicator: &block.indicator,
        periods: block.periods.iter().map(ToString::to_string).collect(),
        method: block.method.name(),
        history: block.history,
        cells: block.cells,
        unsafe_cells: block.unsafe_cells,
        withheld: block.withheld,
        secondary: block.secondary,
    }
}

impl Store {
    /// The masks that are kept of a release, by the names of their protections.
    ///
    /// # Errors
    /// When one of them is not as it was kept.
    pub(crate) async fn mask_reports(&self, release: &Release) -> Result<Vec<KeptReport>, Error> {
        let id = &release.id;
        let rows = shield::Entity::find()
            .filter(shield::Column::Dataset.eq(&id.dataset))
            .filter(shield::Column::Number.eq(stored(id.number)))
            .order_by_asc(shield::Column::Protection);
        let rows = rows.all(self.database.pool()).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let seed_digest = digest(&seed(self.database.pool(), &id.dataset).await?);
        rows.into_iter().map(|row| kept(row, release, &seed_digest)).collect()
    }
}

fn kept(row: shield::Model, release: &Release, seed_digest: &str) -> Result<KeptReport, Error> {
    let unknown = || Error::Damaged(release.id.resource_name());
    let protection = Protection::named(&row.protection).ok_or_else(unknown)?;
    let damaged = || Error::Damaged(protection.mask_name(&release.id));
    let cells = usize::try_from(release.cell_count).map_err(|_| damaged())?;
    let own = opened(&row, &release.id, cells, protection)?;
    let read: Read = serde_json::from_str(&row.report).map_err(|_| damaged())?;
    let nanos = i128::from(row.create_time) * 1000;
    Ok(KeptReport {
        protection,
        create_time: OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| damaged())?,
        withheld: own.shield.mask.count(),
        secondary: read.blocks.iter().map(|block| block.secondary).sum(),
        mask_digest: own.digest,
        report_digest: Salt::digest_of(own.salt.as_ref(), row.report.as_bytes()),
        mask_salt: own.salt,
        engine: row.engine,
        report: row.report,
        seed_digest: seed_digest.to_owned(),
    })
}
