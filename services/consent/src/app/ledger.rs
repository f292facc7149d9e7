//! Reading and checking the ledger.

use ledger::{Broken, Head};
use platform::identity::Caller;

use super::{Error, View};
use crate::domain::entry::Kind;
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::store::{self, LedgerFilter, Store, StoredEntry};

/// How many entries are read at once to verify them.
const AT_ONCE: u64 = 1000;

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
    pub(crate) after: i64,
    /// At most this many.
    pub(crate) limit: u64,
}

impl Ledger {
    /// Over this store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// One entry, for those it concerns and for who sees all.
    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<StoredEntry, Error> {
        let Some(sequence) = name.strip_prefix("ledger-entries/") else {
            let problem =
                Problem::new("name", "is not ledger-entries/{sequence}", "is geen ledger-entries/{sequence}");
            return Err(Error::Invalid(vec![problem]));
        };
        let view = View::of(caller);
        let sequence = sequence.parse::<i64>().ok().filter(|number| number.to_string() == sequence);
        let party = match &view {
            View::All => None,
            View::Of(oin) => Some(oin),
            View::Nothing => return Err(view.nothing_there(name)),
        };
        let entry = match sequence {
            Some(sequence) => self.store.ledger_entry(sequence, party).await?,
            None => None,
        };
        entry.ok_or_else(|| view.nothing_there(name))
    }

    /// The entries that the caller may read, in order.
    pub(crate) async fn list(&self, caller: &Caller, query: EntriesQuery) -> Result<Vec<StoredEntry>, Error> {
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

/// Why the ledger is not as it was written.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// An entry is wrong.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Entries at the end are gone, or are others than the ones that were written.
    #[error(
        "the ledger ends after entry {found}, but entry {known} was written; or its last entry is another one"
    )]
    End {
        /// The last entry that is there.
        found: u64,
        /// The last entry that was written.
        known: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Checks the whole ledger, from its first entry to its last one, and tells where it stands.
///
/// # Errors
/// The first entry that is wrong, or when the store fails.
pub async fn verify_ledger(store: &Store) -> Result<Head, VerifyError> {
    // What is entered after this is not checked.
    let known = store.ledger_head().await?;
    let mut head = Head::EMPTY;
    while head.sequence < known.sequence {
        let limit = AT_ONCE.min(known.sequence - head.sequence);
        let links = store.links(head.sequence, limit).await?;
        if links.is_empty() {
            break;
        }
        head = ledger::verify(head, links)?;
    }
    if head == known {
        Ok(head)
    } else {
        Err(VerifyError::End { found: head.sequence, known: known.sequence })
    }
}
