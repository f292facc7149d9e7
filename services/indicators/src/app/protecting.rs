//! Shields: made before anything is delivered by them, and audited, entered in the ledger and kept
//! before they count.

use std::sync::Arc;

use platform::identity::Caller;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use tracing::Instrument;

use super::App;
use super::decision::{MaskRecord, MasksRecord, ProtectionRecord};
use super::error::Error;
use super::makings::Turn;
use crate::domain::dataset::{Dataset, Dimension};
use crate::domain::declaration::Declarations;
use crate::domain::masking::{ENGINE, WithheldCell};
use crate::domain::observation::Observation;
use crate::domain::protection::{Known, Protection};
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::store;
use crate::store::report::KeptReport;
use crate::store::salt::digest;
use crate::store::shield::{Audited, KeptNames, KeptShield, Made, Unprotectable, is_made};
use crate::store::waiting::Waiting;

/// How often shields are made anew, when others change the dataset meanwhile.
pub(super) const TRIES: usize = 5;
/// Most masks that the ledger is told of at a time.
const MASKS_AT_ONCE: usize = 500;

/// What shields are computed from. They count only while it is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    dimensions: Vec<Dimension>,
    protections: Vec<Protection>,
    kept: KeptNames,
    published: Vec<u32>,
    declared: Declarations,
    /// How many areas there are: they are added, and never changed or taken away.
    areas: u64,
}

/// Shields that were made, and from what.
#[derive(Debug)]
pub(super) struct Plan {
    made: Vec<Made>,
    basis: Basis,
}

impl App {
    /// Makes sure that every published release of a dataset has a shield under this protection, and that
    /// later ones get one, or says why that cannot be. When the protection was retired until now, only the
    /// newest release has to have one, and those after the last one that cannot.
    ///
    /// Once it is begun it goes on when nobody waits for it any more, until the order to stop: who asks again
    /// finds it done, or waits for the same. So whoever asks, and however often, it is computed once.
    pub(crate) async fn protect(
        self: &Arc<Self>,
        dataset: &Dataset,
        protection: Protection,
    ) -> Result<Result<(), Unprotectable>, Error> {
        let basis = basis(self.store.database().pool(), dataset).await?;
        if let Some(known) = self.known(dataset, protection, &basis) {
            return Ok(known);
        }
        let turn = self.makings.turn(&dataset.code).await;
        let (app, dataset) = (Arc::clone(self), dataset.clone());
        let making = async move { app.make(turn, &dataset, protection).await };
        tokio::spawn(making.in_current_span()).await?
    }

    /// Whether there is the protection, where nothing has to be computed to know that.
    fn known(
        &self,
        dataset: &Dataset,
        protection: Protection,
        basis: &Basis,
    ) -> Option<Result<(), Unprotectable>> {
        let in_force = basis.protections.contains(&protection);
        if in_force && is_made(&basis.kept, &basis.published, protection) {
            return Some(Ok(()));
        }
        self.makings.failed(&dataset.code, protection, basis).map(Err)
    }

    async fn make(
        &self,
        _turn: Turn,
        dataset: &Dataset,
        protection: Protection,
    ) -> Result<Result<(), Unprotectable>, Error> {
        for _ in 0..TRIES {
            let basis = basis(self.store.database().pool(), dataset).await?;
            if let Some(known) = self.known(dataset, protection, &basis) {
                return Ok(known);
            }
            let in_force = basis.protections.contains(&protection);
            let planned = tokio::select! {
                biased;
                () = self.shutdown.wait() => return Err(Error::Stopping),
                planned = self.plan(dataset, None, basis.clone(), Some(protection)) => planned?,
            };
            let plan = match planned {
                Ok(plan) => plan,
                Err(none) => {
                    if !none.is_cancelled() {
                        self.makings.fails(&dataset.code, protection, basis, none.clone());
                    }
                    return Ok(Err(none));
                }
            };
            let tx = self.store.database().begin_write().await?;
            store::dataset::lock(&tx, &dataset.code).await?;
            if self.keep(&tx, dataset, plan).await? {
                if !in_force {
                    self.put_in_force(&tx, dataset, protection).await?;
                }
                tx.commit().await?;
                return Ok(Ok(()));
            }
        }
        Err(Error::Overloaded)
    }

    /// Puts a protection in force, once the ledger has that it is so again when it was retired: of a new one
    /// the masks tell.
    async fn put_in_force(
        &self,
        tx: &DatabaseTransaction,
        dataset: &Dataset,
        protection: Protection,
    ) -> Result<(), Error> {
        let known = store::protections::known(tx, &dataset.code).await?;
        store::protections::add(tx, &dataset.code, protection).await?;
        if known.iter().any(|known| known.protection == protection) {
            self.record_protection(dataset, Known { protection, retired: false }).await?;
        }
        Ok(())
    }

    async fn record_protection(&self, dataset: &Dataset, known: Known) -> Result<(), Error> {
        let (owner, dataset, transaction_id) =
            (dataset.owner.clone(), dataset.code.clone(), self.clock.uuid());
        let protection = known.protection.name();
        tracing::info!(dataset, protection, retired = known.retired, "a protection changes");
        let record = ProtectionRecord { owner, dataset, known, transaction_id };
        Ok(self.in_time(self.decisions.record_protection(record)).await?)
    }

    /// The same for the dataset with this code.
    pub(crate) async fn protect_named(
        self: &Arc<Self>,
        dataset: &str,
        protection: Protection,
    ) -> Result<Result<(), Unprotectable>, Error> {
        let dataset = self.dataset(dataset).await?;
        let done = self.protect(&dataset, protection).await?;
        if done.is_ok() {
            // Nothing is agreed by a mask that cannot be delivered by.
            let published = store::release::published(self.store.database().pool(), &dataset.code).await?;
            self.store.read_shields(&published, protection).await?;
        }
        Ok(done)
    }

    /// The shields that the published releases and a draft lack, for a publication.
    pub(super) async fn plan_publication(
        &self,
        dataset: &Dataset,
        draft: &Release,
    ) -> Result<Result<Plan, Unprotectable>, Error> {
        let basis = basis(self.store.database().pool(), dataset).await?;
        self.plan(dataset, Some(draft), basis, None).await
    }

    /// The shields that the published releases and a draft lack, under the protections of the dataset
    /// and one that is wanted.
    async fn plan(
        &self,
        dataset: &Dataset,
        draft: Option<&Release>,
        basis: Basis,
        wanted: Option<Protection>,
    ) -> Result<Result<Plan, Unprotectable>, Error> {
        let mut releases = store::release::published(self.store.database().pool(), &dataset.code).await?;
        releases.extend(draft.cloned());
        let mut protections = basis.protections.clone();
        protections.extend(wanted.filter(|wanted| !basis.protections.contains(wanted)));
        let _room = self.makings.room().await?;
        let waiting = Waiting::default();
        let dataset = &Dataset { dimensions: basis.dimensions.clone(), ..dataset.clone() };
        let made = self.store.make_shields(dataset, &releases, &protections, waiting.awaited()).await?;
        Ok(made.map(|made| Plan { made, basis }))
    }

    /// Enters shields in the ledger and keeps them, when what they were computed from is as it was.
    /// Nobody else changes the dataset in this transaction, nor the catalogue until it ends.
    pub(super) async fn keep(
        &self,
        tx: &DatabaseTransaction,
        dataset: &Dataset,
        plan: Plan,
    ) -> Result<bool, Error> {
        store::catalogue::hold(tx).await?;
        if basis(tx, dataset).await? != plan.basis {
            return Ok(false);
        }
        if plan.made.is_empty() {
            return Ok(true);
        }
        let seed_digest = digest(&store::shield::seed(tx, &dataset.code).await?);
        for made in plan.made.chunks(MASKS_AT_ONCE) {
            let masks = made.iter().map(|made| MaskRecord {
                release: made.release.clone(),
                protection: made.protection,
                mask_digest: made.mask_digest(),
                report_digest: made.report_digest(),
                seed_digest: seed_digest.clone(),
                engine: ENGINE,
                cells: made.shielded.shield.mask.len(),
                withheld: made.shielded.shield.mask.count(),
            });
            let (owner, masks) = (dataset.owner.clone(), masks.collect());
            let record = MasksRecord { owner, transaction_id: self.clock.uuid(), masks };
            self.in_time(self.decisions.record_masks(record)).await?;
        }
        store::shield::keep(tx, &plan.made, self.clock.now()).await?;
        for made in &plan.made {
            let (release, protection) = (made.release.resource_name(), made.protection.name());
            let withheld = made.shielded.shield.mask.count();
            tracing::info!(release, protection, withheld, "a mask was computed, audited and entered");
        }
        Ok(true)
    }

    /// The shield of a published release under a protection. There is one, made when the protection
    /// was agreed or the release was published; one that is lacking all the same is made now. A release that
    /// was published while the protection was retired may have none.
    pub(super) async fn shield(
        self: &Arc<Self>,
        dataset: &Dataset,
        release: &Release,
        cells: usize,
        protection: Protection,
    ) -> Result<Arc<KeptShield>, Error> {
        if let Some(kept) = self.store.shield(release, cells, protection).await? {
            return Ok(kept);
        }
        let kept = match self.protect(dataset, protection).await? {
            Ok(()) => self.store.shield(release, cells, protection).await?,
            Err(_) => None,
        };
        // Which cells cannot be protected is for the owner.
        kept.ok_or_else(|| Error::NotProtected(release.id.resource_name()))
    }

    /// The protections that a dataset of the caller's own has or had, in the order in which they came.
    pub(crate) async fn protections(&self, caller: &Caller, dataset: &str) -> Result<Vec<Known>, Error> {
        let dataset = self.own_dataset(dataset, caller).await?;
        Ok(store::protections::known(self.store.database().pool(), &dataset.code).await?)
    }

    /// Retires a protection of a dataset of the caller's own, once the ledger has that it is.
    pub(crate) async fn retire(
        &self,
        caller: &Caller,
        dataset: &str,
        protection: Protection,
    ) -> Result<Known, Error> {
        let dataset = self.own_dataset(dataset, caller).await?;
        let tx = self.store.database().begin_write().await?;
        store::dataset::lock(&tx, &dataset.code).await?;
        let known = store::protections::known(&tx, &dataset.code).await?;
        let known = known.into_iter().find(|known| known.protection == protection);
        let known = known.ok_or_else(|| Error::NotFound(protection.resource_name(&dataset.code)))?;
        if known.retired {
            return Ok(known);
        }
        store::protections::retire(&tx, &dataset.code, protection).await?;
        let retired = Known { protection, retired: true };
        self.record_protection(&dataset, retired).await?;
        tx.commit().await?;
        Ok(retired)
    }

    /// A release of the caller's own, with the masks that are kept of it.
    pub(crate) async fn mask_reports(
        &self,
        caller: &Caller,
        id: &ReleaseId,
    ) -> Result<(Release, Vec<KeptReport>), Error> {
        self.own_dataset(&id.dataset, caller).await?;
        let found = store::release::release(self.store.database().pool(), id).await?;
        let release = found.ok_or_else(|| Error::NotFound(id.resource_name()))?;
        let reports = self.store.mask_reports(&release).await?;
        Ok((release, reports))
    }

    /// Audits a release or draft of the caller's own under a protection.
    pub(crate) async fn audit(
        &self,
        caller: &Caller,
        id: &ReleaseId,
        protection: Protection,
    ) -> Result<(Release, Result<Audited, Unprotectable>), Error> {
        let (dataset, releases, release) = self.own_releases(caller, id).await?;
        let store = self.store.clone();
        let auditing = |awaited| async move { store.audit(&dataset, &releases, protection, awaited).await };
        Ok((release, self.aside(auditing).await?))
    }

    /// The cells of a release or draft of the caller's own that are withheld under a protection.
    pub(crate) async fn withheld_cells(
        &self,
        caller: &Caller,
        id: &ReleaseId,
        protection: Protection,
    ) -> Result<Vec<(Observation, WithheldCell)>, Error> {
        let (dataset, releases, _) = self.own_releases(caller, id).await?;
        let store = self.store.clone();
        let listing =
            |awaited| async move { store.withheld_cells(&dataset, &releases, protection, awaited).await };
        self.aside(listing).await?.map_err(|none| Error::Unprotectable(Box::new(none)))
    }

    /// A dataset of the caller's own, with this release or draft and those that were published before it.
    async fn own_releases(
        &self,
        caller: &Caller,
        id: &ReleaseId,
    ) -> Result<(Dataset, Vec<Release>, Release), Error> {
        let dataset = self.own_dataset(&id.dataset, caller).await?;
        let pool = self.store.database().pool();
        let found = store::release::release(pool, id).await?;
        let release = found.ok_or_else(|| Error::NotFound(id.resource_name()))?;
        let mut releases = store::release::published(pool, &dataset.code).await?;
        match releases.iter().position(|other| other.id == *id) {
            Some(place) => releases.truncate(place + 1),
            None if release.state == ReleaseState::Draft => releases.push(release.clone()),
            None => return Err(Error::NotFound(id.resource_name())),
        }
        Ok((dataset, releases, release))
    }
}

async fn basis(db: &impl ConnectionTrait, dataset: &Dataset) -> Result<Basis, Error> {
    let published = store::release::published(db, &dataset.code).await?;
    let indicators = store::catalogue::indicators_named(db, &dataset.indicators).await?;
    let now = store::dataset::dataset(db, &dataset.code).await?;
    Ok(Basis {
        dimensions: now.map(|now| now.dimensions).unwrap_or_default(),
        declared: Declarations::of(&indicators),
        areas: store::catalogue::area_count(db).await?,
        protections: store::protections::in_force(db, &dataset.code).await?,
        kept: store::shield::kept_names(db, &dataset.code).await?,
        published: published.iter().map(|release| release.id.number).collect(),
    })
}
