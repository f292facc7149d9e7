//! What services that hold data ask and tell. Everything here goes into the ledger, through the one
//! writer of this process.

use std::sync::Arc;

use ledger::Hash;
use platform::clock::Clock;
use platform::shutdown::Shutdown;
use platform::task::{keep_running, keep_running_apart};
use platform::telemetry;
use tokio::sync::{mpsc, oneshot};

use super::Error;
use super::writer::{Command, Writer};
use crate::config::Witnesses;
use crate::domain::content::Content;
use crate::domain::decision::{Decision, Permit};
use crate::domain::entry::{NewEntry, of_reinstatement, of_release, of_retirement};
use crate::domain::mask::{self, Masked, OfProtection};
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::reason::{About, Explained, Reason};
use crate::domain::request::{Delivered, Published, Request};
use crate::domain::story_consent::{UseAsked, UseDecision};
use crate::domain::unaccounted::Unaccounted;
use crate::store::Store;

/// Commands that may wait for the writer; more are refused.
const QUEUE: usize = 1024;

/// The exchange that something belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// UUIDv7.
    pub(crate) transaction_id: String,
    /// W3C trace id; may be empty.
    pub(crate) trace_id: String,
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    /// What may be delivered; none for a refusal.
    pub(crate) permit: Option<Permit>,
    /// The reasons of both sides, those that refuse first.
    pub(crate) reasons: Vec<Explained>,
    /// Its place in the ledger; none when it could not be entered, which is always a refusal.
    pub(crate) place: Option<Place>,
    /// The hash of the content that was decided on.
    pub(crate) content_hash: Option<String>,
    /// What is said of a request once the agreement has ended by the clock, for a permit.
    pub(crate) expired: Option<Explained>,
}

/// Where something is in the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The index of the entry.
    pub(crate) index: u64,
    /// The hash of its leaf.
    pub(crate) leaf_hash: Hash,
}

/// A decision that is in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The decision.
    pub(super) decision: Decision,
    /// Its place.
    pub(super) place: Place,
    /// The content that was decided on, and its hash; none for who may not know of it.
    pub(super) on: Option<(Arc<Content>, String)>,
}

/// A decision about the use of a story that is in the ledger.
#[derive(Clone, Debug)]
pub(crate) struct UseMade {
    /// The decision.
    pub(crate) decision: UseDecision,
    /// The index of the entry.
    pub(crate) entry: u64,
}

impl Decided {
    /// A decision that is in the ledger, in words.
    fn entered(made: Made, agreement: &str, dataset: &str) -> Self {
        let Made { decision, place, on } = made;
        let contact = on.as_ref().map(|(content, _)| content.terms().contact.as_str());
        let about = About { agreement, dataset, contact, organisation: None };
        let reasons = decision.explain(about);
        let permit = decision.into_permit();
        let ends = on.as_ref().filter(|_| permit.is_some());
        let expired = ends.map(|(content, _)| {
            Reason::AgreementExpired { valid_until: content.terms().valid_until }.explain(about)
        });
        let content_hash = on.as_ref().map(|(_, hash)| hash.clone());
        Self { permit, reasons, place: Some(place), content_hash, expired }
    }

    /// What could not be entered is refused.
    fn not_entered(agreement: &str, dataset: &str) -> Self {
        let about = About { agreement, dataset, contact: None, organisation: None };
        let reasons = vec![Reason::LedgerUnavailable.explain(about)];
        Self { permit: None, reasons, place: None, content_hash: None, expired: None }
    }
}

/// Decides, and keeps what was decided and delivered.
#[derive(Clone, Debug)]
pub(crate) struct Decisions {
    queue: mpsc::Sender<Command>,
}

impl Decisions {
    /// Starts the writer of this process. It ends when nobody can ask it anything any more, or some
    /// time after the order to stop.
    pub(crate) fn start(store: Store, clock: Clock, witnesses: Witnesses, shutdown: Shutdown) -> Self {
        let (queue, commands) = mpsc::channel(QUEUE);
        let (writer, stop) = (Writer::new(clock, witnesses), shutdown.clone());
        match store.direct() {
            Ok(Some(direct)) => {
                keep_running_apart("writer", stop, move || writer.run(direct, commands, shutdown));
            }
            Ok(None) => keep_running("writer", stop, writer.run(store, commands, shutdown)),
            Err(error) => {
                tracing::error!(%error, "the writer has no connection of its own, and takes longer");
                keep_running("writer", stop, writer.run(store, commands, shutdown));
            }
        }
        Self { queue }
    }

    /// Decides about a request. A refusal is an answer.
    pub(crate) async fn decide(&self, request: Request, exchange: Exchange) -> Result<Decided, Error> {
        let mut problems = request.problems();
        problems.extend(exchange.problems());
        refuse(problems)?;
        let (agreement, dataset) = (request.agreement.clone(), request.dataset.clone());
        let (answer, answered) = oneshot::channel();
        self.send(Command::Decide { request: Box::new(request), exchange, answer })?;
        Ok(match answered.await {
            // The answer is made here: the writer makes no more words than it enters digests of.
            Ok(made) => Decided::entered(made, &agreement, &dataset),
            // A command that is dropped was not entered.
            Err(_) => Decided::not_entered(&agreement, &dataset),
        })
    }

    /// Decides about the use of a story; none when it could not be entered, which is a refusal.
    pub(super) async fn decide_use(
        &self,
        asked: UseAsked,
        exchange: Exchange,
    ) -> Result<Option<UseMade>, Error> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::StoryUse { asked: Box::new(asked), exchange, answer })?;
        Ok(answered.await.ok())
    }

    /// Enters that a release was published; tells its place in the ledger.
    pub(crate) async fn record_release(
        &self,
        published: Published,
        transaction_id: String,
    ) -> Result<u64, Error> {
        let problems = published.problems();
        self.record_fact(problems, of_release(published, transaction_id, telemetry::trace_id())).await
    }

    /// Enters that a protection is retired; tells its place in the ledger.
    pub(crate) async fn record_retirement(
        &self,
        retired: OfProtection,
        transaction_id: String,
    ) -> Result<u64, Error> {
        let problems = retired.problems();
        self.record_fact(problems, of_retirement(retired, transaction_id, telemetry::trace_id())).await
    }

    /// Enters that a protection that was retired is in force again; tells its place in the ledger.
    pub(crate) async fn record_reinstatement(
        &self,
        back: OfProtection,
        transaction_id: String,
    ) -> Result<u64, Error> {
        let problems = back.problems();
        self.record_fact(problems, of_reinstatement(back, transaction_id, telemetry::trace_id())).await
    }

    async fn record_fact(&self, mut problems: Vec<Problem>, fact: NewEntry) -> Result<u64, Error> {
        let (transaction_id, trace_id) = (fact.transaction_id.clone(), fact.trace_id.clone());
        problems.extend(Exchange { transaction_id, trace_id }.problems());
        refuse(problems)?;
        let (answer, answered) = oneshot::channel();
        self.send(Command::Fact { fact: Box::new(fact), answer })?;
        entered(answered).await
    }

    /// Enters which cells of releases are withheld; tells their places in the ledger.
    pub(crate) async fn record_masks(
        &self,
        masks: Vec<Masked>,
        transaction_id: String,
    ) -> Result<Vec<u64>, Error> {
        let exchange = Exchange { transaction_id, trace_id: telemetry::trace_id() };
        let mut problems = mask::problems(&masks);
        problems.extend(exchange.problems());
        refuse(problems)?;
        let (answer, answered) = oneshot::channel();
        self.send(Command::Masks { masks, exchange, answer })?;
        entered(answered).await
    }

    /// Enters what was delivered under a permit; tells its place in the ledger.
    pub(crate) async fn record_delivery(
        &self,
        delivered: Delivered,
        agreement: &str,
        transaction_id: String,
    ) -> Result<u64, Error> {
        let exchange = Exchange { transaction_id, trace_id: telemetry::trace_id() };
        let mut problems = delivered.problems();
        problems.extend(exchange.problems());
        let id = AgreementId::of_name(agreement);
        if id.is_none() {
            problems.push(Problem::new("agreement", "is not agreements/{uuid}", "is geen agreements/{uuid}"));
        }
        refuse(problems)?;
        let Some(agreement) = id else {
            return Err(Error::Invalid(Vec::new()));
        };
        let (answer, answered) = oneshot::channel();
        self.send(Command::Delivery { delivered, agreement, exchange, answer })?;
        entered(answered).await
    }

    /// Enters that nobody told how a delivery ended; tells the place in the ledger of that, or of what was
    /// told meanwhile.
    pub(super) async fn record_unaccounted(
        &self,
        unaccounted: Unaccounted,
        agreement: AgreementId,
        exchange: Exchange,
    ) -> Result<u64, Error> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Unaccounted { unaccounted, agreement, exchange, answer })?;
        entered(answered).await
    }

    fn send(&self, command: Command) -> Result<(), Error> {
        self.queue.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Overloaded,
            mpsc::error::TrySendError::Closed(_) => Error::LedgerUnavailable,
        })
    }
}

async fn entered<T>(answered: oneshot::Receiver<Result<T, Problem>>) -> Result<T, Error> {
    match answered.await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(problem)) => Err(Error::Invalid(vec![problem])),
        Err(_) => Err(Error::LedgerUnavailable),
    }
}

/// Refuses what has problems.
pub(super) fn refuse(problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

impl Exchange {
    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        // One way to write it, so that the same transaction is found again.
        let is_v7 = uuid::Uuid::try_parse(&self.transaction_id).is_ok_and(|uuid| {
            uuid.get_version_num() == 7 && uuid.hyphenated().to_string() == self.transaction_id
        });
        if !is_v7 {
            problems.push(Problem::new(
                "transaction_id",
                "is not a UUIDv7 in lower case with hyphens",
                "is geen UUIDv7 in kleine letters met streepjes",
            ));
        }
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_trace = |text: &str| text.len() == 32 && text.bytes().all(hexadecimal);
        if !self.trace_id.is_empty() && !is_trace(&self.trace_id) {
            problems.push(Problem::new(
                "trace_id",
                "is not 32 lower-case hexadecimal digits",
                "bestaat niet uit 32 hexadecimale cijfers in kleine letters",
            ));
        }
        problems
    }
}
