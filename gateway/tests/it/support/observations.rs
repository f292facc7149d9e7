//! Observations that answer with what they were asked, and streams that end in every way.

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use platform::status::Failure;
use proto::indicators::v1::observation_service_server::ObservationService;
use proto::indicators::v1::*;
use tonic::{Request, Response, Status};

pub(crate) struct Fake;

type Messages = Pin<Box<dyn Stream<Item = Result<WatchObservationsResponse, Status>> + Send>>;

#[tonic::async_trait]
impl ObservationService for Fake {
    async fn list_observations(
        &self,
        request: Request<ListObservationsRequest>,
    ) -> Result<Response<ListObservationsResponse>, Status> {
        let asked = request.into_inner();
        let observation = |area: &String| Observation {
            area: area.clone(),
            categories: [("leeftijdsgroep".to_owned(), "18-34".to_owned())].into(),
            ..Observation::default()
        };
        Ok(Response::new(ListObservationsResponse {
            observations: asked.areas.iter().map(observation).collect(),
            release: asked.parent,
            notice: asked.periods.join("|"),
            ..ListObservationsResponse::default()
        }))
    }

    type WatchObservationsStream = Messages;

    async fn watch_observations(
        &self,
        request: Request<WatchObservationsRequest>,
    ) -> Result<Response<Messages>, Status> {
        let name = request.into_inner().parent;
        if name == "datasets/refused" {
            return Err(Failure::other_organisation(&name).into());
        }
        let messages = async_stream::stream! {
            if name == "datasets/refused-in-stream" {
                yield Err(Failure::other_organisation(&name).into());
                return;
            }
            for number in 1..=3 {
                let release = format!("{name}/releases/{number}");
                yield Ok(WatchObservationsResponse { release, ..WatchObservationsResponse::default() });
            }
            match name.as_str() {
                "datasets/revoked" => yield Err(Failure::other_organisation(&name).into()),
                "datasets/endless" => tokio::time::sleep(Duration::from_secs(3600)).await,
                _ => {}
            }
        };
        Ok(Response::new(Box::pin(messages)))
    }

    async fn get_stability_triangle(
        &self,
        request: Request<GetStabilityTriangleRequest>,
    ) -> Result<Response<StabilityTriangle>, Status> {
        let asked = request.into_inner();
        let area = |name: String| Some(Area { name, ..Area::default() });
        let benchmark = if asked.benchmark.is_empty() { None } else { area(asked.benchmark) };
        Ok(Response::new(StabilityTriangle {
            area: area(asked.area),
            benchmark,
            period: asked.period,
            ..StabilityTriangle::default()
        }))
    }
}
