//! RevocationService.

use platform::clock::timestamp;
use platform::identity::caller;
use proto::consent::v1 as wire;
use proto::consent::v1::revocation_service_server::RevocationService;
use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::app::preview::{Previews, Stopping};
use crate::app::receipts::{Receipt, Receipts};
use crate::domain::stop::{Awaited, How, Outcome};

/// Serves receipts and previews of stops.
#[derive(Debug)]
pub(crate) struct RevocationsApi {
    receipts: Receipts,
    previews: Previews,
}

impl RevocationsApi {
    /// Over these use cases.
    pub(crate) fn new(receipts: Receipts, previews: Previews) -> Self {
        Self { receipts, previews }
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn point((awaited, outcome): (Awaited, Option<Outcome>)) -> wire::PointReceipt {
    let (confirm_time, silent_since) = match outcome.map(|outcome| outcome.how) {
        Some(How::ConfirmedAt(at)) => (Some(timestamp(at)), None),
        Some(How::SilentSince(since)) => (None, Some(timestamp(since))),
        None => (None, None),
    };
    wire::PointReceipt {
        enforcement_point: awaited.point,
        process: awaited.process,
        confirm_time,
        silent_since,
        streams_cut: count(awaited.streams_cut),
    }
}

fn receipt(receipt: Receipt) -> wire::RevocationReceipt {
    let stop = receipt.stop;
    wire::RevocationReceipt {
        agreement: stop.agreement.name(),
        state: convert::state(stop.state).into(),
        stop: convert::entry_name(stop.stop),
        stop_time: Some(timestamp(stop.time)),
        bound: prost_types::Duration::try_from(receipt.bound).ok(),
        points: receipt.points.into_iter().map(point).collect(),
        complete: stop.complete.is_some(),
        complete_time: stop.complete.map(|(at, _)| timestamp(at)),
        ledger_entry: stop.complete.map(|(_, entry)| convert::entry_name(entry)).unwrap_or_default(),
    }
}

fn preview(Stopping { touched, previewed, notice }: Stopping) -> wire::PreviewRevocationResponse {
    let recipients = touched.recipients.into_iter().map(|(recipient_oin, open)| wire::RecipientStreams {
        recipient_oin,
        open_streams: count(open),
        cell_count: previewed.cells,
        withheld_count: previewed.withheld,
    });
    let points = touched.points.into_iter().map(|(heard, open)| wire::PointStreams {
        enforcement_point: heard.name,
        process: heard.process,
        open_streams: count(open),
    });
    wire::PreviewRevocationResponse {
        active: touched.active,
        recipients: recipients.collect(),
        points: points.collect(),
        release: previewed.release,
        fictitious: previewed.fictitious,
        notice_nl: notice,
    }
}

#[tonic::async_trait]
impl RevocationService for RevocationsApi {
    async fn get_revocation_receipt(
        &self,
        request: Request<wire::GetRevocationReceiptRequest>,
    ) -> Result<Response<wire::RevocationReceipt>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let found = self.receipts.get(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(receipt(found)))
    }

    async fn preview_revocation(
        &self,
        request: Request<wire::PreviewRevocationRequest>,
    ) -> Result<Response<wire::PreviewRevocationResponse>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let found = self.previews.stopping(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(preview(found)))
    }
}
