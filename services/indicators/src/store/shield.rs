//! The shields over releases: which cells are withheld under a protection, and how that was found.

use std::sync::Arc;

use sdc::Mask;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use time::OffsetDateTime;

use super::entity::{rounding_seed, shield};
use super::salt::{Salt, digest, secret};
use super::table::{Kept, Key};
use super::{Error, Store, report, stored};
use crate::domain::masking::{
    ENGINE, Failure, MOST_CELLS, Report, Shield, Shielded, Smaller, Unprotected, Upwards, Why,
};
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId};

/// A shield that was computed and audited, and is not kept yet.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The release.
    pub release: ReleaseId,
    /// The protection.
    pub protection: Protection,
    /// The shield and its report.
    pub shielded: Shielded,
    /// What the digests of its mask and of its report begin with.
    pub salt: Salt,
}

/// What an audit of a release found.
#[derive(Clone, Debug)]
pub(crate) struct Audited {
    /// Whether it is of the shield that is kept.
    pub in_use: bool,
    /// Cells of the release that withholding small counts alone would give away.
    pub plain_filter_leaks: usize,
    /// The digest of the mask, as in the ledger.
    pub mask_digest: String,
    /// The salt that this digest begins with; none of a mask that was kept before there were salts.
    pub mask_salt: Option<Salt>,
    /// What was found.
    pub report: Report,
}

/// A shield that is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptShield {
    /// The shield.
    pub shield: Shield,
    /// The digest of its mask, as in the ledger.
    pub digest: String,
    /// The salt that this digest begins with; none of a mask that was kept before there were salts.
    pub salt: Option<Salt>,
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
    /// Whether the release is published: then no smaller delivery helps.
    pub published: bool,
    /// Smaller deliveries that can be protected, each by what is left out, which were tried; empty where none was
    /// found, and none where none was looked for.
    pub smaller: Option<Vec<Smaller>>,
    /// A protection that it can have instead, which was tried; none where none was found, or none was looked for.
    pub instead: Option<Protection>,
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

/// Whether the releases with these numbers, in the order of their publication, have all the shields under a
/// protection that they will have: the newest one has. One before it that has none gets none.
pub(crate) fn is_made(kept: &KeptNames, published: &[u32], protection: Protection) -> bool {
    published.last().is_none_or(|newest| kept.contains(&(*newest, protection)))
}

/// SHA-256 over which shield it is, the length of its mask, the salt of its digest, and the masks: of cells, of
/// values that are rounded upwards, and of denominators that are. In lower-case hexadecimal. The three are
/// equally long. A bit that changes in the database could show a small count.
fn seal(
    id: &ReleaseId,
    protection: Protection,
    salt: Option<&Salt>,
    mask: &[u8],
    upwards: [Option<&[u8]>; 2],
) -> String {
    let mut head = format!("{} {} {} ", id.resource_name(), protection.name(), mask.len());
    // Shields from before there were salts have none.
    head.extend(salt.map(|salt| format!("{} ", salt.hex())));
    let [values, denominators] = upwards.map(Option::unwrap_or_default);
    digest(&[head.as_bytes(), mask, values, denominators].concat())
}

impl Made {
    /// The report as it is kept.
    pub(crate) fn report_json(&self) -> String {
        report::json(&self.shielded.report)
    }

    /// The digest of the mask, as the ledger has it.
    pub(crate) fn mask_digest(&self) -> String {
        self.salt.digest(&self.shielded.shield.mask.to_bytes())
    }

    /// The digest of the report, as the ledger has it.
    pub(crate) fn report_digest(&self) -> String {
        self.salt.digest(self.report_json().as_bytes())
    }
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
    names.ok_or_else(|| Error::Damaged(format!("datasets/{dataset}")))
}

/// The seed of the rounding of a dataset that has shields.
pub(crate) async fn seed(db: &impl ConnectionTrait, dataset: &str) -> Result<Vec<u8>, Error> {
    let row = rounding_seed::Entity::find_by_id(dataset).one(db).await?;
    row.map(|row| row.seed).ok_or_else(|| Error::Damaged(format!("datasets/{dataset}")))
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
            seal: Set(seal(&made.release, made.protection, Some(&made.salt), &mask, roundings)),
            mask: Set(mask),
            mask_salt: Set(Some(made.salt.bytes().to_vec())),
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

    pub(super) async fn read_shield(
        &self,
        id: &ReleaseId,
        cells: usize,
        protection: Protection,
    ) -> Result<Option<KeptShield>, Error> {
        let key = (id.dataset.clone(), stored(id.number), protection.name());
        let row = shield::Entity::find_by_id(key).one(self.database.pool()).await?;
        row.map(|row| opened(&row, id, cells, protection)).transpose()
    }

    /// Reads the shields under a protection of these releases, as far as they have one.
    ///
    /// # Errors
    /// When one of them is not as it was kept.
    pub(crate) async fn read_shields(
        &self,
        releases: &[Release],
        protection: Protection,
    ) -> Result<(), Error> {
        for release in releases {
            let cells = usize::try_from(release.cell_count).unwrap_or(usize::MAX);
            self.read_shield(&release.id, cells, protection).await?;
        }
        Ok(())
    }

    /// The seed of the rounding of a dataset; made at the first call.
    pub(super) async fn seed(&self, dataset: &str) -> Result<Vec<u8>, Error> {
        let pool = self.database.pool();
        if let Ok(seed) = seed(pool, dataset).await {
            return Ok(seed);
        }
        let row = rounding_seed::ActiveModel { dataset: Set(dataset.to_owned()), seed: Set(secret()?) };
        // Who made one at the same time was first.
        if let Err(error) = rounding_seed::Entity::insert(row).exec_without_returning(pool).await {
            let error = Error::from(error);
            if !error.is_double() {
                return Err(error);
            }
        }
        self::seed(pool, dataset).await
    }
}

/// A shield as it was kept, when the row is whole.
pub(super) fn opened(
    row: &shield::Model,
    id: &ReleaseId,
    cells: usize,
    protection: Protection,
) -> Result<KeptShield, Error> {
    let damaged = || Error::Damaged(protection.mask_name(id));
    let roundings = [row.upwards.as_deref(), row.denominators_upwards.as_deref()];
    let salt = row.mask_salt.clone().map(Salt::kept);
    if row.seal != seal(id, protection, salt.as_ref(), &row.mask, roundings) {
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
    let digest = Salt::digest_of(salt.as_ref(), &row.mask);
    Ok(KeptShield { shield: Shield { mask, upwards }, digest, salt })
}
