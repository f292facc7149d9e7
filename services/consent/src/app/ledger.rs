//! Reading the ledger.

use platform::identity::Caller;

use super::{Error, View};
use crate::domain::entry::Kind;
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::store::{Damaged, LedgerFilter, Store, StoredEntry};

/// Reads the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    store: Store,
}

/// Which entries to list.
pub(crate) struct EntriesQuery {
    /// Only those about this agreement, by name; empty for all.
    pub(crate) agreement: String,
    /// Only those of this kind.
    pub(crate) kind: Option<Kind>,
    /// Only those after this one.
    pub(crate) after: Option<i64>,
    /// At most this many.
    pub(crate) limit: u64,
}

impl Ledger {
    /// Over this store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// One entry, for those it concerns and for who sees all; its header alone for the other parties
    /// to the agreement that it is about.
    pub(crate) async fn get(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Result<StoredEntry, Damaged>, Error> {
        let Some(index) = name.strip_prefix("ledger-entries/") else {
            let problem =
                Problem::new("name", "is not ledger-entries/{index}", "is geen ledger-entries/{index}");
            return Err(Error::Invalid(vec![problem]));
        };
        let view = View::of(caller);
        let index = index.parse::<i64>().ok().filter(|number| number.to_string() == index);
        let party = match &view {
            View::All => None,
            View::Of(oin) => Some(oin),
            View::Nothing => return Err(view.nothing_there(name)),
        };
        let entry = match index {
            Some(index) => self.store.ledger_entry(index, party).await?,
            None => None,
        };
        entry.ok_or_else(|| view.nothing_there(name))
    }

    /// The entries that the caller may read, in order.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        query: EntriesQuery,
    ) -> Result<Vec<Result<StoredEntry, Damaged>>, Error> {
        let agreement = match query.agreement.as_str() {
            "" => None,
            name => Some(AgreementId::of_name(name).ok_or_else(|| {
                Error::Invalid(vec![Problem::new(
                    "agreement",
                    "is not agreements/{uuid}",
                    "is geen agreements/{uuid}",
                )])
            })?),
        };
        let party = match View::of(caller) {
            View::All => None,
            View::Of(oin) => Some(oin),
            View::Nothing => return Ok(Vec::new()),
        };
        let filter =
            LedgerFilter { party, agreement, kind: query.kind, after: query.after, limit: query.limit };
        Ok(self.store.ledger_entries(&filter).await?)
    }
}
