//! Agreements as they are shown: to their parties, and to who sees all. Everybody else hears the same whether
//! there is such an agreement or not, and also when it is damaged.

use platform::identity::Oin;

use super::agreements::id_of;
use super::{Error, View};
use crate::domain::agreement::Agreement;
use crate::domain::followed::Followed;
use crate::domain::name::AgreementId;
use crate::store::{self, Store};

/// The agreement with this name as its row has it.
pub(super) async fn agreement(store: &Store, view: &View, name: &str) -> Result<Agreement, Error> {
    let read = async |id| store.agreement(id).await;
    shown(store, view, name, read, Agreement::shown_to).await
}

/// The agreement with this name as its entries leave it, whatever became of its row.
pub(super) async fn followed(store: &Store, view: &View, name: &str) -> Result<Followed, Error> {
    let read = async |id| store.followed(id).await;
    shown(store, view, name, read, Followed::shown_to).await
}

async fn shown<T>(
    store: &Store,
    view: &View,
    name: &str,
    read: impl AsyncFnOnce(AgreementId) -> Result<Option<T>, store::Error>,
    shown_to: impl Fn(&T, &Oin) -> bool,
) -> Result<T, Error> {
    let nothing_there = || view.nothing_there(name);
    let id = id_of(name)?.ok_or_else(nothing_there)?;
    let found = read(id).await;
    // Of one that cannot be read it cannot be read whose it is either.
    if found.is_err() && !is_listed(store, view, id).await? {
        return Err(nothing_there());
    }
    let shown =
        found.map_err(|error| unread(id, error))?.filter(|found| view.shows(|oin| shown_to(found, oin)));
    shown.ok_or_else(nothing_there)
}

/// Why an agreement was not read: what cannot be read, or is not as its entries left it, is damaged.
pub(super) fn unread(id: AgreementId, error: store::Error) -> Error {
    if !matches!(error, store::Error::Corrupt(_)) {
        return Error::Store(error);
    }
    tracing::error!(%error, agreement = id.name(), "an agreement cannot be read");
    Error::Damaged(id)
}

/// Whether an agreement is in the list of what may be seen.
async fn is_listed(store: &Store, view: &View, id: AgreementId) -> Result<bool, store::Error> {
    match view {
        View::All => Ok(true),
        View::Of(oin) => store.lists(id, oin).await,
        View::Nothing => Ok(false),
    }
}
