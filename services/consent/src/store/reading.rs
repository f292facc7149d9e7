//! Reading what a decision is taken on, all of it as it stands in one moment.

use std::sync::Arc;

use platform::identity::Oin;
use sea_orm::{AccessMode, DatabaseTransaction, IsolationLevel, TransactionTrait};

use time::OffsetDateTime;

use super::{DamagedAgreement, Error, Store, agreements, cosignatures, use_rules};
use crate::domain::decision::Standing;
use crate::domain::name::AgreementId;
use crate::domain::use_rule::UseRule;

/// A transaction that only reads, and waits for no writer.
pub(crate) struct Reading {
    tx: DatabaseTransaction,
}

impl Store {
    /// Starts reading. Everything that is read shows the same moment.
    pub(crate) async fn begin_read(&self) -> Result<Reading, Error> {
        let pool = self.database.pool();
        // SQLite has no other way to read than this.
        let tx = if self.database.is_postgres() {
            pool.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
        } else {
            pool.begin().await?
        };
        Ok(Reading { tx })
    }
}

impl Reading {
    /// An agreement as a decision sees it. What its row says of where it stands is not held against the
    /// ledger here.
    pub(crate) async fn standing(
        &self,
        id: AgreementId,
    ) -> Result<Result<Option<Standing>, DamagedAgreement>, Error> {
        let found = match agreements::load(&self.tx, id).await {
            Ok(found) => found,
            Err(error @ Error::Corrupt(_)) => {
                tracing::error!(%error, agreement = id.name(), "an agreement cannot be read");
                return Ok(Err(DamagedAgreement { id }));
            }
            Err(error) => return Err(error),
        };
        Ok(Ok(found.map(|agreement| Standing {
            id,
            content: Arc::new(agreement.document.content.clone()),
            content_hash: agreement.document.content_hash.clone(),
            recorded: agreement.recorded,
            since: agreement.update_time,
            replaced_by: agreement.replaced_by,
        })))
    }

    /// All own rules of an organisation.
    pub(crate) async fn own_rules(&self, owner: &Oin) -> Result<Vec<UseRule>, Error> {
        let mut rules = use_rules::rules_of(&self.tx, [owner.clone()].into()).await?;
        if rules.damaged.contains(owner) {
            return Err(Error::Corrupt("an own rule"));
        }
        Ok(rules.sound.remove(owner).unwrap_or_default())
    }

    /// How many organisations co-signed a checkpoint of the log of this name since then.
    pub(crate) async fn fresh_witnesses(&self, origin: &str, since: OffsetDateTime) -> Result<u32, Error> {
        cosignatures::fresh_witnesses(&self.tx, origin, since).await
    }

    /// Ends reading.
    pub(crate) async fn end(self) -> Result<(), Error> {
        Ok(self.tx.rollback().await?)
    }
}
