//! Releases: publish, get and list.

use platform::etag;
use platform::idempotency::Key;
use platform::identity::Caller;
use platform::page::Page;

use super::access::{owns, shown};
use super::catalogue::Listed;
use super::decision::ReleaseRecord;
use super::error::Error;
use super::protecting::{Plan, TRIES};
use super::{App, Done};
use crate::domain::dataset::Dataset;
use crate::domain::permit::PublicAccess;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::store;
use crate::store::salt::Salt;

/// The etag of a release: it changes with everything that a reader sees change.
pub(crate) fn release_etag(release: &Release) -> String {
    etag::of(&[&release.id.resource_name(), release.state.name(), &release.digest, &release.note])
}

/// The digest by which a release is in the ledger. Others than the owner of a dataset read the ledger too, and of
/// what is shared they must not be able to try out what they do not see.
fn entered_digest(release: &Release) -> String {
    let salt = release.digest_salt.clone().map(Salt::kept);
    salt.map_or_else(|| release.digest.clone(), |salt| salt.digest(release.digest.as_bytes()))
}

impl App {
    /// Publishes a draft, with its shields under every protection that the dataset is shared with. The
    /// ledger is told first: what is not in the ledger is not published.
    pub(crate) async fn publish(
        &self,
        caller: &Caller,
        id: &ReleaseId,
        etag: &str,
        key: Option<Key>,
    ) -> Result<Done<Release>, Error> {
        let dataset = self.own_dataset(&id.dataset, caller).await?;
        let draft = match self.prepare(&dataset, id, etag, key.as_ref()).await? {
            Done::Now(draft) => draft,
            Done::Before(answer) => return Ok(Done::Before(answer)),
        };
        let _turn = self.makings.turn(&dataset.code).await;
        for _ in 0..TRIES {
            let plan = self.plan_publication(&dataset, &draft).await?;
            let plan = plan.map_err(|none| Error::Unprotectable(Box::new(none)))?;
            if let Some(done) = self.make_public(&dataset, id, etag, key.as_ref(), plan).await? {
                return Ok(done);
            }
        }
        Err(Error::Overloaded)
    }

    /// Checks that the draft can be published, and fixes the transaction of its publication and the salt of its
    /// digest, so that the ledger has one entry of it however often it is tried.
    async fn prepare(
        &self,
        dataset: &Dataset,
        id: &ReleaseId,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<Done<Release>, Error> {
        let tx = self.store.database().begin_write().await?;
        if let Some(key) = key
            && let Some(before) = key.recall(&tx).await?
        {
            return Ok(Done::Before(before));
        }
        store::dataset::lock(&tx, &id.dataset).await?;
        let mut draft = draft(store::release::release(&tx, id).await?, id, etag)?;
        if draft.transaction_id.is_none() {
            draft.transaction_id = Some(self.clock.uuid());
            if PublicAccess::of(dataset).is_none() {
                draft.digest_salt = Some(Salt::random()?.bytes().to_vec());
            }
            store::release::save(&tx, &draft).await?;
        }
        tx.commit().await?;
        Ok(Done::Now(draft))
    }

    /// Makes a draft public; nothing when others changed the dataset since the plan was made.
    async fn make_public(
        &self,
        dataset: &Dataset,
        id: &ReleaseId,
        etag: &str,
        key: Option<&Key>,
        plan: Plan,
    ) -> Result<Option<Done<Release>>, Error> {
        let tx = self.store.database().begin_write().await?;
        if let Some(key) = key
            && let Some(before) = key.recall(&tx).await?
        {
            return Ok(Some(Done::Before(before)));
        }
        store::dataset::lock(&tx, &id.dataset).await?;
        let mut release = draft(store::release::release(&tx, id).await?, id, etag)?;
        let record = ReleaseRecord {
            owner: dataset.owner.clone(),
            release: id.clone(),
            digest: entered_digest(&release),
            cell_count: release.cell_count,
            transaction_id: release.transaction_id.unwrap_or_default(),
        };
        if !self.keep(&tx, dataset, plan).await? {
            return Ok(None);
        }
        self.in_time(self.decisions.record_release(record)).await?;
        let (_, order) = store::release::highest(&tx, &id.dataset).await?;
        release.state = ReleaseState::Published;
        release.publish_time = Some(self.clock.now());
        release.publish_order = Some(order + 1);
        store::release::save(&tx, &release).await?;
        store::dataset::set_latest(&tx, &id.dataset, id.number).await?;
        if let Some(key) = key {
            key.remember(&tx, (self.wire.release)(&release), self.clock.now()).await?;
        }
        tx.commit().await?;
        self.published.send_modify(|count| *count += 1);
        Ok(Some(Done::Now(release)))
    }

    pub(crate) async fn release(&self, caller: &Caller, id: &ReleaseId) -> Result<Release, Error> {
        let dataset = self.dataset(&id.dataset).await?;
        let found = store::release::release(self.store.database().pool(), id).await?;
        let found = found.and_then(|release| shown(release, caller, &dataset));
        found.ok_or_else(|| Error::NotFound(id.resource_name()))
    }

    pub(crate) async fn releases(
        &self,
        caller: &Caller,
        dataset: &str,
        page: &Page,
    ) -> Result<Listed<Release>, Error> {
        let dataset = self.dataset(dataset).await?;
        let before = page.after_as::<u32>()?;
        let pool = self.store.database().pool();
        let limit = u64::from(page.size) + 1;
        let drafts_too = owns(caller, &dataset);
        let mut found = store::release::releases(pool, &dataset.code, drafts_too, before, limit).await?;
        let next = page.cut(&mut found, |release| release.id.number.to_string());
        let found = found.into_iter().filter_map(|release| shown(release, caller, &dataset)).collect();
        Ok((found, next))
    }
}

fn draft(found: Option<Release>, id: &ReleaseId, etag: &str) -> Result<Release, Error> {
    let release = found.ok_or_else(|| Error::NotFound(id.resource_name()))?;
    if release.state != ReleaseState::Draft {
        return Err(Error::NoDraft(id.resource_name()));
    }
    etag::check(etag, &release_etag(&release), &id.resource_name())?;
    Ok(release)
}
