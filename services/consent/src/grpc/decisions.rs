//! DecisionService.

use std::pin::Pin;

use futures_util::Stream;
use platform::shutdown::Shutdown;
use platform::status::Failure;
use proto::api::v1::ErrorReason;
use proto::consent::v1 as wire;
use proto::consent::v1::decision_service_server::DecisionService;
use tokio::sync::broadcast;
use tonic::{Code, Request, Response, Status};

use super::{convert, status};
use crate::app::Error;
use crate::app::decisions::{Decisions, Exchange};
use crate::app::revocations::{Revocations, Signal, explain};
use crate::app::story_withdrawals;
use crate::domain::request::{Delivered, Published};
use crate::store::{Ended, WithdrawnConsent};

/// Serves decisions.
#[derive(Debug)]
pub(crate) struct DecisionsApi {
    decisions: Decisions,
    revocations: Revocations,
    shutdown: Shutdown,
}

impl DecisionsApi {
    /// Over these use cases; open streams end at the order to stop.
    pub(crate) fn new(decisions: Decisions, revocations: Revocations, shutdown: Shutdown) -> Self {
        Self { decisions, revocations, shutdown }
    }
}

fn ended(ended: &Ended) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse {
        agreement: ended.ending.id.name(),
        reason: Some(convert::reason(explain(ended))),
        ..Default::default()
    }
}

fn story_withdrawn(withdrawn: &WithdrawnConsent) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse {
        story_consent: withdrawn.id.name(),
        reason: Some(convert::reason(story_withdrawals::explain(withdrawn))),
        ..Default::default()
    }
}

fn alive() -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse::default()
}

/// The listener has to connect again, and is told again what it may have missed.
fn cut() -> Status {
    Status::from(Failure::new(
        Code::Unavailable,
        ErrorReason::Unavailable,
        "the stream ends here; connect again to hear what was missed",
        "de stroom stopt hier; verbind opnieuw om te horen wat er is gemist",
    ))
}

/// What a listener hears: what ended before it came, and then everything.
fn listen(
    enforcement_point: String,
    recent: Vec<Ended>,
    withdrawn: Vec<WithdrawnConsent>,
    mut signals: broadcast::Receiver<Signal>,
    shutdown: Shutdown,
) -> impl Stream<Item = Result<wire::WatchRevocationsResponse, Status>> + Send {
    async_stream::stream! {
        tracing::info!(enforcement_point, "listens to revocations");
        for agreement in &recent {
            yield Ok(ended(agreement));
        }
        for consent in &withdrawn {
            yield Ok(story_withdrawn(consent));
        }
        yield Ok(alive());
        loop {
            let signal = tokio::select! {
                signal = signals.recv() => signal.ok(),
                () = shutdown.wait() => None,
            };
            match signal {
                Some(Signal::Ended(agreement)) => yield Ok(ended(&agreement)),
                Some(Signal::StoryWithdrawn(withdrawn)) => yield Ok(story_withdrawn(&withdrawn)),
                Some(Signal::Alive) => yield Ok(alive()),
                // Too far behind, or nobody looks any more.
                None => {
                    tracing::info!(enforcement_point, "no longer listens to revocations");
                    yield Err(cut());
                    return;
                }
            }
        }
    }
}

#[tonic::async_trait]
impl DecisionService for DecisionsApi {
    type WatchRevocationsStream =
        Pin<Box<dyn Stream<Item = Result<wire::WatchRevocationsResponse, Status>> + Send>>;

    async fn decide(
        &self,
        request: Request<wire::DecideRequest>,
    ) -> Result<Response<wire::DecideResponse>, Status> {
        let asked = request.into_inner();
        let exchange =
            Exchange { transaction_id: asked.transaction_id.clone(), trace_id: asked.trace_id.clone() };
        let asked = convert::request(asked).map_err(|problems| status::of(Error::Invalid(problems)))?;
        let decided = self.decisions.decide(asked, exchange).await.map_err(status::of)?;
        Ok(Response::new(convert::decided(decided)))
    }

    async fn record_release(
        &self,
        request: Request<wire::RecordReleaseRequest>,
    ) -> Result<Response<wire::RecordReleaseResponse>, Status> {
        let told = request.into_inner();
        let owner = told.owner_oin.parse();
        let owner = owner.map_err(|_| status::of(Error::Invalid(vec![convert::not_an_oin("owner_oin")])))?;
        let published =
            Published { owner, release: told.release, digest: told.digest, cells: told.cell_count };
        let entered = self.decisions.record_release(published, told.transaction_id).await;
        let ledger_entry = convert::entry_name(entered.map_err(status::of)?);
        Ok(Response::new(wire::RecordReleaseResponse { ledger_entry }))
    }

    async fn record_delivery(
        &self,
        request: Request<wire::RecordDeliveryRequest>,
    ) -> Result<Response<wire::RecordDeliveryResponse>, Status> {
        let told = request.into_inner();
        let recipient = told.recipient_oin.parse();
        let recipient =
            recipient.map_err(|_| status::of(Error::Invalid(vec![convert::not_an_oin("recipient_oin")])))?;
        let delivered = Delivered {
            recipient,
            release: told.release,
            rows: told.row_count,
            withheld: told.withheld_count,
            digest: told.digest,
            complete: told.complete,
        };
        let entered = self.decisions.record_delivery(delivered, &told.agreement, told.transaction_id).await;
        let ledger_entry = convert::entry_name(entered.map_err(status::of)?);
        Ok(Response::new(wire::RecordDeliveryResponse { ledger_entry }))
    }

    async fn watch_revocations(
        &self,
        request: Request<wire::WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let enforcement_point = request.into_inner().enforcement_point;
        if enforcement_point.is_empty() || enforcement_point.len() > 100 {
            let (en, nl) = ("has to be 1 to 100 characters", "moet 1 tot 100 tekens zijn");
            return Err(convert::wrong_field("enforcement_point", en, nl).into());
        }
        let (recent, signals) = self.revocations.watch().await.map_err(status::of)?;
        let withdrawn = self.revocations.recently_withdrawn().await.map_err(status::of)?;
        let stream = listen(enforcement_point, recent, withdrawn, signals, self.shutdown.clone());
        Ok(Response::new(Box::pin(stream)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn a_listener_that_is_too_far_behind_is_cut() {
        let (sender, signals) = broadcast::channel(4);
        let mut stream = Box::pin(listen("x".to_owned(), Vec::new(), Vec::new(), signals, Shutdown::new()));
        assert_eq!(stream.next().await.expect("a message").expect("a sign of life"), alive());
        for _ in 0..5 {
            sender.send(Signal::Alive).expect("a listener");
        }
        let status = stream.next().await.expect("a message").expect_err("cut");
        assert_eq!(status.code(), Code::Unavailable);
        assert!(stream.next().await.is_none());
    }
}
