//! What an organisation may see of the ledger, counted.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Frontier;
use platform::identity::Oin;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IsolationLevel, JoinType, PaginatorTrait, QueryFilter,
    QuerySelect, RelationTrait, TransactionOptions, TransactionTrait,
};

use super::standing::{self, KeptAgreement, KeptConsent};
use super::stopped::{self, KeptStop};
use super::witnesses::{self, KeptWitness};
use super::{Store, frontier, number};
use crate::domain::name::AgreementId;
use crate::store::Error;
use crate::store::entity::{agreement, agreement_party, ledger_party};
use crate::store::masks::{self, KeptMask};

/// How far the ledger is at one moment, and what is kept beside it.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// How far the ledger is.
    pub(crate) frontier: Frontier,
    /// The agreements, by id.
    pub(crate) agreements: BTreeMap<String, KeptAgreement>,
    /// The organisations' own rules, by id: the OIN of the organisation, and what it allows.
    pub(crate) own_rules: BTreeMap<String, (String, String)>,
    /// The consents for stories, by id.
    pub(crate) story_consents: BTreeMap<String, KeptConsent>,
    /// The purposes, by code: the name, and what it serves.
    pub(crate) purposes: BTreeMap<String, (String, String)>,
    /// The stops, by the index of the entry of each.
    pub(crate) stops: BTreeMap<i64, KeptStop>,
    /// The masks that deliveries are held against.
    pub(crate) masks: BTreeSet<KeptMask>,
    /// Who co-signed, by the origin of the log and OIN.
    pub(crate) witnesses: BTreeMap<(String, String), KeptWitness>,
}

/// What an organisation may see of the ledger at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How far the ledger is.
    pub(crate) frontier: Frontier,
    /// How many entries the organisation may read, whole or the header alone.
    pub(crate) entries: u64,
    /// Its agreements, with the number of the last entry about each.
    pub(crate) agreements: Vec<(AgreementId, u64)>,
}

impl Store {
    /// A transaction that reads all from one moment, while the ledger grows.
    async fn one_moment(&self) -> Result<DatabaseTransaction, Error> {
        // SQLite does so by itself.
        let postgres = self.database.is_postgres();
        let isolation_level = postgres.then_some(IsolationLevel::RepeatableRead);
        let options = TransactionOptions { isolation_level, ..Default::default() };
        Ok(self.database.pool().begin_with_options(options).await?)
    }

    /// How far the ledger is, and what is kept beside it.
    pub(crate) async fn beside(&self) -> Result<Beside, Error> {
        let tx = self.one_moment().await?;
        let frontier = frontier(&tx).await?;
        let agreements = standing::agreements(&tx).await?;
        let own_rules = standing::own_rules(&tx).await?;
        let story_consents = standing::story_consents(&tx).await?;
        let purposes = standing::purposes(&tx).await?;
        let stops = stopped::stops(&tx).await?;
        let masks = masks::kept(&tx).await?;
        let witnesses = witnesses::witnesses(&tx).await?;
        tx.rollback().await?;
        Ok(Beside { frontier, agreements, own_rules, story_consents, purposes, stops, masks, witnesses })
    }

    /// What this organisation may see.
    pub(crate) async fn seen_by(&self, oin: &Oin) -> Result<Seen, Error> {
        let tx = self.one_moment().await?;
        let frontier = frontier(&tx).await?;
        let entries = ledger_party::Entity::find()
            .filter(ledger_party::Column::Oin.eq(oin.as_str()))
            .count(&tx)
            .await?;
        let rows: Vec<(String, i64)> = agreement::Entity::find()
            .join(JoinType::InnerJoin, agreement_party::Relation::Agreement.def().rev())
            .filter(agreement_party::Column::Oin.eq(oin.as_str()))
            .select_only()
            .columns([agreement::Column::Id, agreement::Column::Entries])
            .into_tuple()
            .all(&tx)
            .await?;
        tx.rollback().await?;
        let mut agreements = Vec::with_capacity(rows.len());
        for (id, entries) in rows {
            let id = AgreementId::of_id(&id).ok_or(Error::Corrupt("the id of an agreement"))?;
            agreements.push((id, number(entries)?));
        }
        agreements.sort();
        Ok(Seen { frontier, entries, agreements })
    }
}
