//! What is kept beside an agreement of the entries about it, held against the ledger: what follows an
//! entry that is not the last one would break the chain of its agreement for good.

use std::collections::{HashMap, HashSet};

use ledger::Hash;
use moka::sync::Cache;
use platform::db::{Writes, one_of};
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::Appending;
use crate::domain::agreement::State;
use crate::domain::name::AgreementId;
use crate::store::Error;
use crate::store::entity::agreement;

/// Of how many agreements the last entry is remembered; those that are used least give way, and are
/// looked up again.
const REMEMBERED: u64 = 100_000;
const WRONG: Error = Error::Corrupt("the last entry of an agreement");

/// Found by the index of entries by agreement and position.
const LAST: &str = "(SELECT leaf_hash FROM ledger_entry WHERE ledger_entry.agreement = agreement.id \
    ORDER BY position DESC LIMIT 1)";

/// What is kept beside an agreement of the entries about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// How many there are.
    pub(super) entries: i64,
    /// The hash of the leaf of the last one, in lower-case hexadecimal.
    pub(super) leaf: Option<String>,
}

impl Last {
    /// What is kept, when it has the form of something that this service keeps.
    pub(super) fn kept(entries: i64, leaf: Option<String>) -> Result<Self, Error> {
        let sound = match &leaf {
            None => entries == 0,
            Some(leaf) => entries > 0 && leaf.parse::<Hash>().is_ok(),
        };
        if sound { Ok(Self { entries, leaf }) } else { Err(WRONG) }
    }

    /// Holds it against the last entry that the ledger has about the agreement. Of what is about a
    /// draft nothing is kept.
    pub(super) fn held_against(self, state: State, last: Option<&String>) -> Result<Self, Error> {
        let draft = self.entries == 0 && state == State::Draft;
        if draft || self.leaf.as_ref() == last { Ok(self) } else { Err(WRONG) }
    }
}

/// The last entries about agreements, as far as this process entered them or looked them up. What is kept
/// beside an agreement and is the same needs no look at the ledger.
#[derive(Debug)]
pub(crate) struct LastEntries(Cache<AgreementId, String>);

impl LastEntries {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    pub(super) fn keep(&self, id: AgreementId, leaf: String) {
        self.0.insert(id, leaf);
    }
}

/// The hash of the leaf of the last entry about each of these agreements, by id.
pub(in crate::store) fn last_rows(ids: &HashSet<AgreementId>, postgres: bool) -> Select<agreement::Entity> {
    agreement::Entity::find()
        .select_only()
        .column(agreement::Column::Id)
        .expr_as(Expr::cust(LAST), "last_entry")
        .filter(one_of(agreement::Column::Id, ids.iter().map(AgreementId::id), postgres))
}

impl<T: Writes> Appending<T> {
    /// The last entries about these agreements in the ledger, given what is kept beside them: what is
    /// remembered as the last one is, and all others are looked up.
    pub(super) async fn last_entries(
        &self,
        kept: impl Iterator<Item = (AgreementId, Option<&String>)>,
        remembered: &LastEntries,
    ) -> Result<HashMap<AgreementId, String>, Error> {
        let (mut last, mut unknown) = (HashMap::new(), HashSet::new());
        for (id, kept) in kept {
            match remembered.0.get(&id) {
                Some(leaf) if Some(&leaf) == kept => drop(last.insert(id, leaf)),
                Some(_) | None => drop(unknown.insert(id)),
            }
        }
        if !unknown.is_empty() {
            let backend = self.tx.backend();
            let rows = last_rows(&unknown, backend == DatabaseBackend::Postgres).build(backend);
            let rows: Vec<(String, Option<String>)> = self.tx.rows(rows).await?;
            for (id, leaf) in rows {
                if let (Some(id), Some(leaf)) = (AgreementId::of_id(&id), leaf) {
                    remembered.keep(id, leaf.clone());
                    last.insert(id, leaf);
                }
            }
        }
        Ok(last)
    }
}
