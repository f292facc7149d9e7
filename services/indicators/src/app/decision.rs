//! The seam to the service that decides: what this service asks it and tells it.

#[cfg(test)]
pub(super) mod double;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use platform::status::FieldViolation;
use platform::telemetry;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use uuid::Uuid;

use super::App;
use super::access::Recipient;
use super::error::Error;
use super::read::Asked;
use super::tally::Tally;
use crate::domain::dataset::Dataset;
use crate::domain::permit::{Answer, Delivery, NoPermit, Permit, Question, Reason};
use crate::domain::protection::{Known, Protection};
use crate::domain::release::ReleaseId;
use crate::domain::selection::Filter;

/// The service that decides gives no answer that can be used.
#[derive(Debug, thiserror::Error)]
#[error("the decision point gives no usable answer: {0}")]
pub(crate) struct Unreachable(pub String);

/// That a release is published.
#[derive(Clone, Debug)]
pub(crate) struct ReleaseRecord {
    /// OIN of the owner of the dataset.
    pub owner: String,
    pub release: ReleaseId,
    pub digest: String,
    pub cell_count: u32,
    /// The same one is entered once.
    pub transaction_id: Uuid,
}

/// Which cells of releases of one dataset are withheld.
#[derive(Clone, Debug)]
pub(crate) struct MasksRecord {
    /// OIN of the owner of the dataset.
    pub owner: String,
    /// The same one is entered once.
    pub transaction_id: Uuid,
    pub masks: Vec<MaskRecord>,
}

/// Which cells of a release are withheld under a protection. Digests are SHA-256 in lower-case
/// hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct MaskRecord {
    pub release: ReleaseId,
    pub protection: Protection,
    pub mask_digest: String,
    pub report_digest: String,
    pub seed_digest: String,
    /// The program that computed and audited it, with its version.
    pub engine: &'static str,
    pub cells: usize,
    pub withheld: usize,
}

/// That the owner of a dataset retires a protection, or that one that was retired is in force again.
#[derive(Clone, Debug)]
pub(crate) struct ProtectionRecord {
    /// OIN of the owner of the dataset.
    pub owner: String,
    /// Code of the dataset.
    pub dataset: String,
    /// The protection, and whether it is retired from now on.
    pub known: Known,
    /// The same one is entered once.
    pub transaction_id: Uuid,
}

/// What was delivered under a permit.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryRecord {
    pub transaction_id: Uuid,
    /// Name of the agreement.
    pub agreement: String,
    /// OIN.
    pub recipient: String,
    pub release: ReleaseId,
    /// Observations sent, the withheld ones included.
    pub rows: u64,
    pub withheld: u64,
    /// SHA-256 of what was sent.
    pub digest: String,
    /// Whether everything permitted was sent.
    pub complete: bool,
    /// SHA-256 of the mask by which cells were withheld.
    pub mask_digest: String,
}

/// This process as an enforcement point.
#[derive(Clone, Debug)]
pub(crate) struct EnforcementPoint {
    /// Its name.
    pub name: String,
    /// New at every start.
    pub process: Uuid,
    /// After how much silence it cuts by itself.
    pub limit: Duration,
}

/// What is heard while listening for agreements that stop.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// The decision point looked for stops after it received the sign of life with this number.
    Alive(i64),
    /// An agreement stopped.
    Ended {
        /// Its name.
        agreement: String,
        /// Why.
        reason: Box<Reason>,
        /// The ledger's number of the entry of the stop, to be confirmed; none when it expired.
        stop: Option<i64>,
    },
    /// Nothing may leave under any agreement now, for this reason.
    AllEnded(Box<Reason>),
}

/// What is said while listening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// This process is there; numbered from 1.
    Alive(i64),
    /// Nothing flows any more under what was stopped.
    Confirmed {
        /// Name of the agreement.
        agreement: String,
        /// The stop.
        stop: i64,
        /// How many streams it cut.
        streams_cut: u64,
    },
    /// The open streams, by agreement and OIN of the recipient.
    Open(BTreeMap<(String, String), u64>),
}

/// The service that decides and keeps the ledger.
pub(crate) trait DecisionPoint: Debug + Send + Sync {
    /// Decides; the decision is in the ledger before the answer.
    fn decide<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Unreachable>>;
    /// Enters in the ledger that a release is published.
    fn record_release(&self, record: ReleaseRecord) -> BoxFuture<'_, Result<(), Unreachable>>;
    /// Enters in the ledger which cells of releases are withheld.
    fn record_masks(&self, record: MasksRecord) -> BoxFuture<'_, Result<(), Unreachable>>;
    /// Enters in the ledger that a protection is retired, or in force again.
    fn record_protection(&self, record: ProtectionRecord) -> BoxFuture<'_, Result<(), Unreachable>>;
    /// Enters in the ledger what was delivered.
    fn record_delivery(&self, record: DeliveryRecord) -> BoxFuture<'_, Result<(), Unreachable>>;
    /// Registers an enforcement point and listens for agreements that stop; `says` is what it says
    /// meanwhile.
    fn listen<'a>(
        &'a self,
        point: &'a EnforcementPoint,
        says: Receiver<Said>,
    ) -> BoxFuture<'a, Result<Listening, Unreachable>>;
}

/// What is heard, until the connection is lost.
pub(crate) type Listening = BoxStream<'static, Result<Heard, Unreachable>>;

impl App {
    /// Asks for a permit to read what was asked for; with it comes the tally of what is sent of the
    /// release, where there is one.
    pub(super) async fn permit(
        &self,
        recipient: &Recipient,
        dataset: &Dataset,
        (asked, filter): (&Asked, &Filter),
        delivery: Delivery,
        release: Option<&ReleaseId>,
    ) -> Result<(Permit, Option<Tally>), Error> {
        let question = Question {
            recipient: recipient.oin.clone(),
            system: recipient.system.clone(),
            agreement: asked.agreement.clone(),
            purpose: asked.purpose.clone(),
            dataset: dataset.code.clone(),
            owner: dataset.owner.clone(),
            indicators: filter.indicators.clone(),
            areas: filter.areas.clone(),
            level: filter.kind,
            periods: filter.periods.clone(),
            delivery,
            transaction_id: self.clock.uuid(),
            trace_id: telemetry::trace_id(),
            release: release.cloned(),
        };
        let (size, most) = (question.names_size(), Question::MOST_NAMES);
        if size > most {
            return Err(Error::Invalid(vec![too_many_names(&question, size, most)]));
        }
        let answer = self.in_time(self.decisions.decide(&question)).await?;
        let permit = Permit::of_answer(&question, answer).map_err(|no| match no {
            NoPermit::Refused(refusal) => Error::Refused(Box::new(refusal)),
            NoPermit::Unclear => {
                Error::Unreachable(Unreachable("a permit that does not say what".to_owned()))
            }
        })?;
        let tally = release.map(|release| Tally::new(&self.deliveries, &permit, release.clone()));
        Ok((permit, tally))
    }

    /// Gives the decision point its time and no more.
    pub(super) async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, Unreachable>>,
    ) -> Result<T, Unreachable> {
        in_time(self.config.decision_timeout, call).await
    }
}

/// A question whose names do not fit in an entry of the ledger; told of the list with most of them.
fn too_many_names(question: &Question, size: usize, most: usize) -> FieldViolation {
    let lists = [
        (question.indicators.len(), "indicators"),
        (question.areas.len(), "areas"),
        (question.periods.len(), "periods"),
    ];
    let (_, field) = lists.into_iter().max().unwrap_or_default();
    FieldViolation::new(
        field,
        format!(
            "is too long: all names together take {size} bytes in the ledger, expected at most {most}; ask in parts, or leave a list empty for all that is agreed"
        ),
        format!(
            "is te lang: alle namen samen nemen in het logboek {size} bytes in, hooguit {most} zijn toegestaan; vraag in delen, of laat een lijst leeg voor alles wat is afgesproken"
        ),
    )
}

/// Gives the decision point as much time as this and no more.
pub(super) async fn in_time<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Unreachable>>,
) -> Result<T, Unreachable> {
    let late = |_| Err(Unreachable("no answer in time".to_owned()));
    timeout(limit, call).await.unwrap_or_else(late)
}
