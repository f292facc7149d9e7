//! `ObservationService`.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use platform::guard::{self, Guard, Leave};
use platform::identity::caller;
use platform::page::Page;
use proto::indicators::v1 as pb;
use proto::indicators::v1::observation_service_server::ObservationService;
use tonic::{Request, Response, Status};

use super::request::{self, Fields};
use super::{convert, receipt, status::status};
use crate::app::passage::Passage;
use crate::app::{App, watch};
use crate::domain::permit::Place;

/// The answer with the receipt of its decision in the metadata, for who logs that. What is under a permit
/// leaves by the way that it has to go.
fn response<T>(
    answer: T,
    receipt: Option<pb::DecisionReceipt>,
    passage: Option<Arc<Passage>>,
) -> Response<T> {
    let mut response = Response::new(answer);
    if let Some(passage) = passage {
        guard::guard(&mut response, Out(passage));
    }
    let Some(receipt) = receipt else {
        return response;
    };
    let place = Place { index: receipt.ledger_index, leaf_hash: receipt.leaf_hash };
    receipt::tell(response.metadata_mut(), receipt.transaction_id, Some(&place));
    response
}

/// The way of an answer, as it is guarded on the wire.
struct Out(Arc<Passage>);

impl Guard for Out {
    fn pass(&self, last: bool) -> Result<Leave, Status> {
        let until = self.0.pass(last).map_err(status)?;
        Ok(Leave { until, holds: Arc::new(self.0.holds()) })
    }

    fn cut(&self) -> BoxFuture<'static, Status> {
        let passage = Arc::clone(&self.0);
        Box::pin(async move { status(passage.cut().await) })
    }
}

#[derive(Debug)]
pub(super) struct Observations(pub(super) Arc<App>);

#[tonic::async_trait]
impl ObservationService for Observations {
    async fn list_observations(
        &self,
        request: Request<pb::ListObservationsRequest>,
    ) -> Result<Response<pb::ListObservationsResponse>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let asked = request::list(&request)?;
        let filters = request::filters(&request);
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let page = Page::parse(request.page_size, &request.page_token, &filters)?;
        let mut answer = self.0.list(&caller, &asked, &page).await.map_err(status)?;
        let passage = answer.passage.take().map(Arc::new);
        let answer = convert::answer(answer);
        let receipt = answer.decision.clone();
        Ok(response(answer, receipt, passage))
    }

    type WatchObservationsStream = BoxStream<'static, Result<pb::WatchObservationsResponse, Status>>;

    async fn watch_observations(
        &self,
        request: Request<pb::WatchObservationsRequest>,
    ) -> Result<Response<Self::WatchObservationsStream>, Status> {
        let caller = caller(&request);
        let asked = request::watch(request.get_ref())?;
        let opened = watch::watch(Arc::clone(&self.0), &caller, asked).await.map_err(status)?;
        let batches = opened.batches.map(|batch| batch.map(convert::batch).map_err(status)).boxed();
        Ok(response(batches, opened.receipt.map(convert::receipt), opened.passage))
    }

    async fn get_stability_triangle(
        &self,
        request: Request<pb::GetStabilityTriangleRequest>,
    ) -> Result<Response<pb::StabilityTriangle>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let mut fields = Fields::default();
        let area = fields.code("area", &request.area, "areas");
        let benchmark = fields.code("benchmark", &request.benchmark, "areas");
        let year = fields.year("period", &request.period);
        fields.done()?;
        let triangle = self.0.triangle(&caller, &area, &benchmark, year).await.map_err(status)?;
        Ok(Response::new(convert::triangle(triangle)))
    }
}
