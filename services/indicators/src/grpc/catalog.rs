//! `CatalogService`.

use std::sync::Arc;

use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use prost::Message;
use proto::indicators::v1 as pb;
use proto::indicators::v1::catalog_service_server::CatalogService;
use tonic::{Request, Response, Status};

use super::request::{Fields, new_dataset};
use super::{convert, status::status};
use crate::app::{App, Done};

#[derive(Debug)]
pub(super) struct Catalog(pub(super) Arc<App>);

#[tonic::async_trait]
impl CatalogService for Catalog {
    async fn get_area(&self, request: Request<pb::GetAreaRequest>) -> Result<Response<pb::Area>, Status> {
        let mut fields = Fields::default();
        let code = fields.code("name", &request.get_ref().name, "areas");
        fields.done()?;
        let area = self.0.area(&code).await.map_err(status)?;
        Ok(Response::new(convert::area(area)))
    }

    async fn list_areas(
        &self,
        request: Request<pb::ListAreasRequest>,
    ) -> Result<Response<pb::ListAreasResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let kind = fields.kind("kind", request.kind);
        fields.done()?;
        let page =
            Page::parse(request.page_size, &request.page_token, &["areas", &request.kind.to_string()])?;
        let (areas, next_page_token) = self.0.areas(kind, &page).await.map_err(status)?;
        let areas = areas.into_iter().map(convert::area).collect();
        Ok(Response::new(pb::ListAreasResponse { areas, next_page_token }))
    }

    async fn list_themes(
        &self,
        _request: Request<pb::ListThemesRequest>,
    ) -> Result<Response<pb::ListThemesResponse>, Status> {
        let themes = self.0.themes().await.map_err(status)?;
        Ok(Response::new(pb::ListThemesResponse { themes: themes.into_iter().map(convert::theme).collect() }))
    }

    async fn get_indicator(
        &self,
        request: Request<pb::GetIndicatorRequest>,
    ) -> Result<Response<pb::Indicator>, Status> {
        let mut fields = Fields::default();
        let code = fields.code("name", &request.get_ref().name, "indicators");
        fields.done()?;
        let indicator = self.0.indicator(&code).await.map_err(status)?;
        Ok(Response::new(convert::indicator(indicator)))
    }

    async fn list_indicators(
        &self,
        request: Request<pb::ListIndicatorsRequest>,
    ) -> Result<Response<pb::ListIndicatorsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let theme = (!request.theme.is_empty()).then(|| fields.code("theme", &request.theme, "themes"));
        fields.done()?;
        let page = Page::parse(request.page_size, &request.page_token, &["indicators", &request.theme])?;
        let (indicators, next_page_token) =
            self.0.indicators(theme.as_deref(), &page).await.map_err(status)?;
        let indicators = indicators.into_iter().map(convert::indicator).collect();
        Ok(Response::new(pb::ListIndicatorsResponse { indicators, next_page_token }))
    }

    async fn get_dataset(
        &self,
        request: Request<pb::GetDatasetRequest>,
    ) -> Result<Response<pb::Dataset>, Status> {
        let mut fields = Fields::default();
        let code = fields.code("name", &request.get_ref().name, "datasets");
        fields.done()?;
        let dataset = self.0.get_dataset(&code).await.map_err(status)?;
        Ok(Response::new(convert::dataset(&dataset)))
    }

    async fn list_datasets(
        &self,
        request: Request<pb::ListDatasetsRequest>,
    ) -> Result<Response<pb::ListDatasetsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token, &["datasets"])?;
        let (datasets, next_page_token) = self.0.datasets(&page).await.map_err(status)?;
        let datasets = datasets.iter().map(convert::dataset).collect();
        Ok(Response::new(pb::ListDatasetsResponse { datasets, next_page_token }))
    }

    async fn create_dataset(
        &self,
        request: Request<pb::CreateDatasetRequest>,
    ) -> Result<Response<pb::Dataset>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "CreateDataset", &request.request_id, &request)?;
        let dataset = new_dataset(&request)?;
        match self.0.create_dataset(&caller, dataset, key).await.map_err(status)? {
            Done::Now(dataset) => Ok(Response::new(convert::dataset(&dataset))),
            Done::Before(answer) => Ok(Response::new(remembered(&answer)?)),
        }
    }
}

/// An answer that was given before.
pub(super) fn remembered<M: Message + Default>(answer: &[u8]) -> Result<M, Status> {
    M::decode(answer).map_err(|cause| platform::status::Failure::internal(&cause).into())
}
