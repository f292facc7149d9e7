//! The programme, as the inspanningen service knows it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use platform::upstream::Vouched;
use proto::inspanningen::v1 as wire;
use proto::inspanningen::v1::inspanningen_service_client::InspanningenServiceClient;
use tonic::{Code, Request, Status};

use crate::app::programme::Programme;
use crate::app::unanswered::Unanswered;

const SERVICE: &str = "inspanningen";
/// How long the inspanningen service may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the inspanningen service.
#[derive(Clone, Debug)]
pub(crate) struct InspanningenClient {
    client: InspanningenServiceClient<Vouched>,
}

impl InspanningenClient {
    /// Over this upstream.
    pub(crate) fn new(inspanningen: Vouched) -> Self {
        Self { client: InspanningenServiceClient::new(inspanningen) }
    }

    async fn look_up(&self, name: String) -> Result<(), Status> {
        let mut client = self.client.clone();
        if name.starts_with("goals/") {
            let mut request = Request::new(wire::GetGoalRequest { name });
            request.set_timeout(TIMEOUT);
            client.get_goal(request).await.map(drop)
        } else {
            let mut request = Request::new(wire::GetInspanningRequest { name });
            request.set_timeout(TIMEOUT);
            client.get_inspanning(request).await.map(drop)
        }
    }
}

impl Programme for InspanningenClient {
    fn exists<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<bool, Unanswered>> {
        Box::pin(async move {
            match tokio::time::timeout(TIMEOUT, self.look_up(name.to_owned())).await {
                Ok(Ok(())) => Ok(true),
                // A name that the programme cannot have is that of nothing.
                Ok(Err(status)) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => {
                    Ok(false)
                }
                Ok(Err(status)) => Err(Unanswered::new(SERVICE, status)),
                Err(elapsed) => Err(Unanswered::new(SERVICE, elapsed)),
            }
        })
    }
}
