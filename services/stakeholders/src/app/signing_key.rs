//! Registering, withdrawing and reading signing keys.

use platform::idempotency::{Answer, Begun, Key};
use platform::identity::{Caller, Oin};
use platform::jws;
use platform::keys::PublicKey;
use sea_orm::DatabaseTransaction;
use time::OffsetDateTime;

use super::App;
use super::error::Error;
use super::stakeholder::require;
use crate::domain::problem::Problem;
use crate::domain::registration::Proof;
use crate::domain::signing_key::{SigningKey, SigningKeyName};
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
    /// OIN, when `proof` proves that the caller holds it. A key that it registered before is answered
    /// as it is.
    pub(crate) async fn create_signing_key<A: Answer<SigningKey>>(
        &self,
        caller: &Caller,
        id: &StakeholderId,
        public_key: &PublicKey,
        proof: &str,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        let stakeholder = require(write.tx(), id).await?;
        let own = own_oin(caller, &stakeholder)?;
        check_proof(proof, public_key, own, write.now())?;
        let registered = register(write.tx(), &stakeholder, own, public_key, false, write.now()).await?;
        Ok(write.finish(registered).await?)
    }

    /// Withdraws a key of the caller's own organisation, for good.
    pub(crate) async fn withdraw_signing_key<A: Answer<SigningKey>>(
        &self,
        caller: &Caller,
        name: &SigningKeyName,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        let stakeholder = require(write.tx(), &name.stakeholder).await?;
        own_oin(caller, &stakeholder)?;
        let found = store::signing_key::find(write.tx(), &name.thumbprint).await?;
        let found = found.filter(|found| found.stakeholder == stakeholder.id);
        let old = found.ok_or_else(|| Error::NotFound(name.resource_name()))?;
        let withdrawn = old.clone().withdrawn(write.now());
        if withdrawn != old {
            store::signing_key::update(write.tx(), &withdrawn).await?;
        }
        Ok(write.finish(withdrawn).await?)
    }
}

/// The stakeholder's OIN, when the caller acts for it.
fn own_oin<'a>(caller: &Caller, stakeholder: &'a Stakeholder) -> Result<&'a Oin, Error> {
    let own = stakeholder.profile.oin.as_ref().filter(|oin| caller.acts_for(oin.as_str()));
    own.ok_or_else(|| Error::OtherOrganisation(stakeholder.id.resource_name()))
}

fn check_proof(proof: &str, key: &PublicKey, oin: &Oin, now: OffsetDateTime) -> Result<(), Error> {
    let proof: Proof = jws::verify(proof, key).map_err(|_| Error::WrongProof(Problem::NotAProof))?;
    proof.check(oin, &key.thumbprint(), now).map_err(Error::WrongProof)
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
        withdraw_time: None,
    };
    match store::signing_key::find(tx, &new.thumbprint).await? {
        Some(old) if old.belongs_to(&stakeholder.id, oin) => {
            if old.withdraw_time.is_some() {
                Err(Error::Withdrawn(old.resource_name()))
            } else {
                Ok(old)
            }
        }
        Some(old) => Err(Error::AlreadyExists(old.resource_name())),
        None => {
            store::signing_key::insert(tx, &new).await?;
            Ok(new)
        }
    }
}
