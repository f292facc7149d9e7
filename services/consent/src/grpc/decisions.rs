//! DecisionService.

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use platform::identity::Oin;
use platform::shutdown::Shutdown;
use proto::consent::v1 as wire;
use proto::consent::v1::decision_service_server::DecisionService;
use tonic::{Request, Response, Status, Streaming};

use super::listening::{listen, registration};
use super::{convert, status};
use crate::app::Error;
use crate::app::decisions::{Decisions, Exchange};
use crate::app::revocations::Revocations;
use crate::domain::request::{Delivered, Published};

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
            mask_digest: told.mask_digest,
            mask_unknown: false,
        };
        let entered = self.decisions.record_delivery(delivered, &told.agreement, told.transaction_id).await;
        let ledger_entry = convert::entry_name(entered.map_err(status::of)?);
        Ok(Response::new(wire::RecordDeliveryResponse { ledger_entry }))
    }

    async fn record_masks(
        &self,
        request: Request<wire::RecordMasksRequest>,
    ) -> Result<Response<wire::RecordMasksResponse>, Status> {
        let told = request.into_inner();
        let owner: Result<Oin, _> = told.owner_oin.parse();
        let owner = owner.map_err(|_| status::of(Error::Invalid(vec![convert::not_an_oin("owner_oin")])))?;
        let masks = told.masks.into_iter().map(|mask| convert::masked(&owner, mask)).collect();
        let entered = self.decisions.record_masks(masks, told.transaction_id).await.map_err(status::of)?;
        let ledger_entries = entered.into_iter().map(convert::entry_name).collect();
        Ok(Response::new(wire::RecordMasksResponse { ledger_entries }))
    }

    async fn record_retired_protection(
        &self,
        request: Request<wire::RecordRetiredProtectionRequest>,
    ) -> Result<Response<wire::RecordRetiredProtectionResponse>, Status> {
        let told = request.into_inner();
        let retired = convert::of_protection(&told.owner_oin, told.dataset, told.protection);
        let retired = retired.map_err(|problems| status::of(Error::Invalid(problems)))?;
        let entered = self.decisions.record_retirement(retired, told.transaction_id).await;
        let ledger_entry = convert::entry_name(entered.map_err(status::of)?);
        Ok(Response::new(wire::RecordRetiredProtectionResponse { ledger_entry }))
    }

    async fn record_reinstated_protection(
        &self,
        request: Request<wire::RecordReinstatedProtectionRequest>,
    ) -> Result<Response<wire::RecordReinstatedProtectionResponse>, Status> {
        let told = request.into_inner();
        let back = convert::of_protection(&told.owner_oin, told.dataset, told.protection);
        let back = back.map_err(|problems| status::of(Error::Invalid(problems)))?;
        let entered = self.decisions.record_reinstatement(back, told.transaction_id).await;
        let ledger_entry = convert::entry_name(entered.map_err(status::of)?);
        Ok(Response::new(wire::RecordReinstatedProtectionResponse { ledger_entry }))
    }

    async fn watch_revocations(
        &self,
        request: Request<Streaming<wire::WatchRevocationsRequest>>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let mut says = request.into_inner();
        let register = registration(&mut says).await?;
        let limit = Duration::from_millis(u64::try_from(register.silence_limit_ms).unwrap_or_default());
        let listening = self.revocations.listen(register.enforcement_point, register.process, limit).await;
        let stream = listen(listening.map_err(status::of)?, says, self.shutdown.clone());
        Ok(Response::new(Box::pin(stream)))
    }
}
