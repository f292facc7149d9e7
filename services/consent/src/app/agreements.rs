//! Agreements: reading them here, and below drafting them and what their parties do with them.

mod changing;
mod drafting;
mod lists;
mod stopping;

use std::sync::Arc;

use platform::clock::Clock;
use platform::idempotency::Key;
use platform::identity::{Caller, Oin};
use platform::{etag, telemetry};
use time::OffsetDateTime;

use super::figures::Figures;
use super::organisations::Organisations;
use super::revocations::Revocations;
use super::{Error, View, shown};
use crate::domain::agreement::{Agreement, NotPlaced};
use crate::domain::entry::{Action, of_change};
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::signature::Signature;
use crate::domain::transition::WrongState;
use crate::store::{self, Appending, DamagedAgreement, Store};

pub(crate) use lists::Wanted;

/// Use cases of agreements.
#[derive(Clone, Debug)]
pub(crate) struct Agreements {
    store: Store,
    clock: Clock,
    organisations: Arc<dyn Organisations>,
    figures: Arc<dyn Figures>,
    revocations: Revocations,
}

/// A write that is done once: the key under which its answer is kept, and how the answer is written.
pub(crate) struct Once {
    /// None when the caller gave no request id.
    pub(crate) key: Option<Key>,
    /// Writes the answer.
    pub(crate) encode: fn(&Shown, OffsetDateTime) -> Vec<u8>,
}

/// An agreement as it is shown; one that cannot be read is shown as such.
pub(crate) type Shown = Result<Agreement, DamagedAgreement>;

/// The answer to a write.
pub(crate) enum Answer {
    /// It was done now.
    New(Box<Shown>, OffsetDateTime),
    /// It was done before: what was answered then.
    Kept(Vec<u8>),
}

/// The etag of an agreement as it stands.
pub(crate) fn etag_of(agreement: &Agreement, now: OffsetDateTime) -> String {
    let replaced_by = agreement.replaced_by.map(|by| by.id()).unwrap_or_default();
    let signatures = agreement.signatures.len().to_string();
    etag::of(&[&agreement.id.id(), agreement.state(now).name(), &signatures, &replaced_by])
}

impl Agreements {
    /// Over this store; ended agreements are told to `revocations`.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        organisations: Arc<dyn Organisations>,
        figures: Arc<dyn Figures>,
        revocations: Revocations,
    ) -> Self {
        Self { store, clock, organisations, figures, revocations }
    }

    /// Now.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// One agreement, for its parties and for who sees all; one that is damaged as such.
    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<Shown, Error> {
        match self.whole(caller, name).await {
            Ok(agreement) => Ok(Ok(agreement)),
            Err(Error::Damaged(id)) => Ok(Err(DamagedAgreement { id })),
            Err(error) => Err(error),
        }
    }

    /// The same, when it is not damaged.
    pub(crate) async fn whole(&self, caller: &Caller, name: &str) -> Result<Agreement, Error> {
        shown::agreement(&self.store, &View::of(caller), name).await
    }

    /// The agreement, when the caller's organisation is a party to it that may see it.
    async fn as_party(&self, caller: &Caller, name: &str) -> Result<Agreement, Error> {
        let own = own_organisation(caller, name)?;
        shown::agreement(&self.store, &View::Of(own), name).await
    }

    /// The answer that was given to this request before.
    pub(super) async fn done_before(&self, key: Option<&Key>) -> Result<Option<Vec<u8>>, Error> {
        match key {
            Some(key) => Ok(self.store.recall(key).await?),
            None => Ok(None),
        }
    }

    async fn begin_change(&self, id: AgreementId, key: Option<&Key>) -> Result<Begun, Error> {
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, key).await? {
            return Ok(Begun::Kept(kept));
        }
        let agreement = ledger.agreement(id).await.map_err(|error| shown::unread(id, error))?;
        let agreement = agreement.ok_or_else(|| Error::OtherOrganisation(id.name()))?;
        Ok(Begun::Now(Box::new(ledger), Box::new(agreement)))
    }
}

/// What is entered about a change.
struct Entering<'a> {
    action: Action,
    by: &'a Oin,
    signature: Option<&'a Signature>,
    transaction_id: String,
}

impl<'a> Entering<'a> {
    fn new(action: Action, by: &'a Oin, clock: &Clock) -> Self {
        Self { action, by, signature: None, transaction_id: clock.uuid().to_string() }
    }

    fn enter(self, ledger: &mut Appending, agreement: &Agreement, now: OffsetDateTime) -> Result<(), Error> {
        let Self { action, by, signature, transaction_id } = self;
        let entry = of_change(agreement, action, by, signature, transaction_id, telemetry::trace_id(), now);
        ledger.append(entry, now)?;
        Ok(())
    }
}

/// A change that began.
enum Begun {
    /// It was done before.
    Kept(Vec<u8>),
    /// Nobody else changes the agreement now.
    Now(Box<Appending>, Box<Agreement>),
}

async fn recall(ledger: &Appending, key: Option<&Key>) -> Result<Option<Vec<u8>>, Error> {
    match key {
        Some(key) => Ok(key.recall(ledger.transaction()).await.map_err(store::Error::from)?),
        None => Ok(None),
    }
}

async fn finish(ledger: Appending, shown: Shown, once: &Once, now: OffsetDateTime) -> Result<Answer, Error> {
    let answer = once.key.as_ref().map(|_| (once.encode)(&shown, now)).unwrap_or_default();
    commit(ledger, once.key.as_ref(), answer, now).await?;
    Ok(Answer::New(Box::new(shown), now))
}

/// Keeps the answer with what was done.
async fn commit(
    ledger: Appending,
    key: Option<&Key>,
    answer: Vec<u8>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    if let Some(key) = key {
        key.remember(ledger.transaction(), answer, now).await.map_err(store::Error::from)?;
    }
    Ok(ledger.commit().await?)
}

fn own_organisation(caller: &Caller, resource: &str) -> Result<Oin, Error> {
    caller.organisation.clone().ok_or_else(|| Error::OtherOrganisation(resource.to_owned()))
}

/// The id in a name; none for a name that no agreement has.
pub(super) fn id_of(name: &str) -> Result<Option<AgreementId>, Error> {
    if name.starts_with("agreements/") {
        return Ok(AgreementId::of_name(name));
    }
    Err(Error::Invalid(vec![Problem::new("name", "is not agreements/{id}", "is geen agreements/{id}")]))
}

fn wrong_state(agreement: &str, wrong: WrongState) -> Error {
    Error::WrongState { agreement: agreement.to_owned(), wrong }
}

fn not_placed(agreement: &str, why: NotPlaced) -> Error {
    match why {
        NotPlaced::State(wrong) => wrong_state(agreement, wrong),
        NotPlaced::Before => Error::WrongSignature(Problem::new(
            "jws",
            "was placed before, and a signature counts once; sign again, with the present time in signed_at",
            "is al eerder geplaatst, en een handtekening telt één keer; teken opnieuw, met de tijd van nu in signed_at",
        )),
    }
}
