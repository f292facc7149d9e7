//! Reading, adding and changing stakeholders.

use platform::etag;
use platform::idempotency::{Answer, Begun, Key};
use platform::identity::Oin;
use platform::text::Line;
use sea_orm::ConnectionTrait;

use super::App;
use super::error::Error;
use crate::domain::signing_key::SigningKey;
use crate::domain::stakeholder::{Profile, ProfileChange, Stakeholder, StakeholderId};
use crate::store;

/// The etag of a stakeholder: another one after every change.
pub(crate) fn etag_of(stakeholder: &Stakeholder) -> String {
    let profile = &stakeholder.profile;
    etag::of(&[
        stakeholder.id.as_str(),
        profile.display_name.as_str(),
        profile.kind.as_ref().map(Line::as_str).unwrap_or_default(),
        &format!("{:?}", profile.ambassador_group),
        profile.oin.as_ref().map(Oin::as_str).unwrap_or_default(),
        &stakeholder.update_time.to_string(),
    ])
}

impl App {
    /// One stakeholder.
    pub(crate) async fn stakeholder(&self, id: &StakeholderId) -> Result<Stakeholder, Error> {
        require(self.store.database().pool(), id).await
    }

    /// At most `most` stakeholders, those after `after`.
    pub(crate) async fn stakeholders(
        &self,
        after: Option<&StakeholderId>,
        most: u64,
    ) -> Result<Vec<Stakeholder>, Error> {
        Ok(store::stakeholder::list(self.store.database().pool(), after, most).await?)
    }

    /// Adds a stakeholder.
    pub(crate) async fn create_stakeholder<A: Answer<Stakeholder>>(
        &self,
        id: StakeholderId,
        profile: Profile,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        if store::stakeholder::find(write.tx(), &id).await?.is_some() {
            return Err(Error::AlreadyExists(id.resource_name()));
        }
        require_free(write.tx(), profile.oin.as_ref(), &id).await?;
        let new = Stakeholder::new(id, profile, write.now());
        store::stakeholder::insert(write.tx(), &new).await?;
        Ok(write.finish(new).await?)
    }

    /// Changes a stakeholder that has `etag`; an empty one stands for any.
    pub(crate) async fn update_stakeholder<A: Answer<Stakeholder>>(
        &self,
        id: &StakeholderId,
        change: ProfileChange,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        let old = require(write.tx(), id).await?;
        etag::check(etag, &etag_of(&old), &id.resource_name())
            .map_err(|_| Error::Changed(id.resource_name()))?;
        let changed = old.changed(change, write.now());
        require_free(write.tx(), changed.profile.oin.as_ref(), id).await?;
        if changed != old {
            store::stakeholder::update(write.tx(), &changed).await?;
        }
        Ok(write.finish(changed).await?)
    }

    /// The organisation with an OIN, and the keys that it registered for that OIN.
    pub(crate) async fn organisation(&self, oin: &Oin) -> Result<(Stakeholder, Vec<SigningKey>), Error> {
        let pool = self.store.database().pool();
        let found = store::stakeholder::find_by_oin(pool, oin).await?;
        let stakeholder = found.ok_or_else(|| Error::NotFound(oin.resource_name()))?;
        let mut keys = store::signing_key::list(pool, &stakeholder.id).await?;
        keys.retain(|key| key.belongs_to(&stakeholder.id, oin));
        Ok((stakeholder, keys))
    }

    /// The names of the organisations with these OINs; an OIN that nobody has is left out.
    pub(crate) async fn names(&self, oins: &[Oin]) -> Result<Vec<(Oin, String)>, Error> {
        let found = store::stakeholder::find_by_oins(self.store.database().pool(), oins).await?;
        let name = |stakeholder: Stakeholder| {
            let Profile { oin, display_name, .. } = stakeholder.profile;
            Some((oin?, display_name.into()))
        };
        Ok(found.into_iter().filter_map(name).collect())
    }
}

/// The stakeholder with this id, which has to be there.
pub(super) async fn require(
    connection: &impl ConnectionTrait,
    id: &StakeholderId,
) -> Result<Stakeholder, Error> {
    let found = store::stakeholder::find(connection, id).await?;
    found.ok_or_else(|| Error::NotFound(id.resource_name()))
}

/// Refuses an OIN that another stakeholder has.
pub(super) async fn require_free(
    connection: &impl ConnectionTrait,
    oin: Option<&Oin>,
    id: &StakeholderId,
) -> Result<(), Error> {
    let Some(oin) = oin else { return Ok(()) };
    match store::stakeholder::find_by_oin(connection, oin).await? {
        Some(owner) if owner.id != *id => {
            Err(Error::OinTaken { oin: oin.clone(), owner: owner.id.resource_name() })
        }
        Some(_) | None => Ok(()),
    }
}
