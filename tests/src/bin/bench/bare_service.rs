//! A service that keeps what the ledger would keep of a decision, and decides nothing: what the call
//! itself costs.

use proto::consent::v1::decision_service_server::{DecisionService, DecisionServiceServer};
use proto::consent::v1::*;
use tokio_stream::Pending;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use crate::group_commit::Queue;
use crate::world::Asker;

#[derive(Debug)]
struct Bare {
    queue: Queue,
    text: String,
    answer: DecideResponse,
}

/// Asks a service that keeps this text each time, and gives this answer.
pub(crate) fn asker(queue: &Queue, text: &str, answer: DecideResponse) -> Asker {
    let bare = Bare { queue: queue.clone(), text: text.to_owned(), answer };
    Asker::new(Routes::new(DecisionServiceServer::new(bare)).prepare())
}

#[tonic::async_trait]
impl DecisionService for Bare {
    type WatchRevocationsStream = Pending<Result<WatchRevocationsResponse, Status>>;

    async fn decide(&self, _: Request<DecideRequest>) -> Result<Response<DecideResponse>, Status> {
        self.queue.keep(self.text.as_bytes().to_vec()).await;
        Ok(Response::new(self.answer.clone()))
    }

    async fn record_release(
        &self,
        _: Request<RecordReleaseRequest>,
    ) -> Result<Response<RecordReleaseResponse>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }

    async fn record_masks(
        &self,
        _: Request<RecordMasksRequest>,
    ) -> Result<Response<RecordMasksResponse>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }

    async fn record_retired_protection(
        &self,
        _: Request<RecordRetiredProtectionRequest>,
    ) -> Result<Response<RecordRetiredProtectionResponse>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }

    async fn record_reinstated_protection(
        &self,
        _: Request<RecordReinstatedProtectionRequest>,
    ) -> Result<Response<RecordReinstatedProtectionResponse>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }

    async fn record_delivery(
        &self,
        _: Request<RecordDeliveryRequest>,
    ) -> Result<Response<RecordDeliveryResponse>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }

    async fn watch_revocations(
        &self,
        _: Request<Streaming<WatchRevocationsRequest>>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        Err(Status::unimplemented("only decisions are compared"))
    }
}
