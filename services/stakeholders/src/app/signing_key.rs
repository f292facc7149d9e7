//! Registering and reading signing keys.

use platform::idempotency::{Answer, Begun, Key};
use platform::identity::{Caller, Oin};
use platform::keys::PublicKey;
use sea_orm::DatabaseTransaction;
use time::OffsetDateTime;

use super::App;
use super::error::Error;
use super::stakeholder::require;
use crate::domain::signing_key::SigningKey;
use crate::domain::stakeholder::{Stakeholder, StakeholderId};
use crate::store;

impl App {
    /// The keys of a stakeholder.
    pub(crate) async fn signing_keys(&self, id: &StakeholderId) -> Result<Vec<SigningKey>, Error> {
        let pool = self.store.database().pool();
        require(pool, id).await?;
        Ok(store::signing_key::list(pool, id).await?)
    }

    /// Registers a key for the caller's own organisation, which is the one with the stakeholder's
    /// OIN. A key that it registered before is answered as it is.
    pub(crate) async fn create_signing_key<A: Answer<SigningKey>>(
        &self,
        caller: &Caller,
        id: &StakeholderId,
        public_key: &PublicKey,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        let stakeholder = require(write.tx(), id).await?;
        let own = stakeholder.profile.oin.as_ref().filter(|oin| caller.acts_for(oin.as_str()));
        let own = own.ok_or_else(|| Error::OtherOrganisation(id.resource_name()))?;
        let registered = register(write.tx(), &stakeholder, own, public_key, false, write.now()).await?;
        Ok(write.finish(registered).await?)
    }
}

/// Registers a key of a stakeholder for its OIN, unless it did so before.
pub(super) async fn register(
    tx: &DatabaseTransaction,
    stakeholder: &Stakeholder,
    oin: &Oin,
    public_key: &PublicKey,
    demo: bool,
    now: OffsetDateTime,
) -> Result<SigningKey, Error> {
    let new = SigningKey {
        thumbprint: public_key.thumbprint(),
        stakeholder: stakeholder.id.clone(),
        oin: oin.clone(),
        public_key_pem: public_key.to_pem(),
        algorithm: public_key.algorithm_name().to_owned(),
        create_time: now,
        demo,
    };
    match store::signing_key::find(tx, &new.thumbprint).await? {
        Some(old) if old.belongs_to(&stakeholder.id, oin) => Ok(old),
        Some(old) => Err(Error::AlreadyExists(old.resource_name())),
        None => {
            store::signing_key::insert(tx, &new).await?;
            Ok(new)
        }
    }
}
