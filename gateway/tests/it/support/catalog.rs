//! A catalogue that answers with what it was asked.

use platform::identity::caller;
use platform::status::{Failure, FieldViolation};
use proto::indicators::v1::catalog_service_server::CatalogService;
use proto::indicators::v1::*;
use tonic::{Request, Response, Status};

pub(crate) struct Fake;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CatalogService for Fake {
    async fn get_area(&self, request: Request<GetAreaRequest>) -> Answer<Area> {
        let who = caller(&request);
        let id = request.metadata().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
        let timeout = request.metadata().get("grpc-timeout").map(|time| time.to_str().unwrap().to_owned());
        let foreign = request.metadata().contains_key("x-oin");
        let name = request.into_inner().name;
        match name.as_str() {
            "areas/MISSING" => return Err(Failure::not_found(&name).into()),
            "areas/RAW" => return Err(Status::internal("secret at 10.0.0.3")),
            "areas/INVALID" => {
                return Err(Failure::invalid(vec![
                    FieldViolation::required("area.display_name"),
                    FieldViolation::new("name", "is strange", "is vreemd"),
                ])
                .into());
            }
            "areas/ABORTED" => return Err(Failure::etag_mismatch(&name).into()),
            _ => {}
        }
        Ok(Response::new(Area {
            name,
            code: who.organisation.map(|oin| oin.to_string()).unwrap_or_default(),
            display_name: who.subject,
            note: format!(
                "{} {}{}",
                id.unwrap_or_default(),
                timeout.unwrap_or_default(),
                if foreign { " foreign" } else { "" }
            ),
            ..Area::default()
        }))
    }

    async fn list_areas(&self, request: Request<ListAreasRequest>) -> Answer<ListAreasResponse> {
        let ListAreasRequest { kind, page_size, page_token } = request.into_inner();
        let next_page_token = format!("{kind}/{page_size}/{page_token}");
        Ok(Response::new(ListAreasResponse { areas: Vec::new(), next_page_token }))
    }

    async fn list_themes(&self, _: Request<ListThemesRequest>) -> Answer<ListThemesResponse> {
        panic!("secret")
    }

    async fn get_indicator(&self, _: Request<GetIndicatorRequest>) -> Answer<Indicator> {
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        Err(Status::unimplemented("not played"))
    }

    async fn list_indicators(&self, _: Request<ListIndicatorsRequest>) -> Answer<ListIndicatorsResponse> {
        Err(Status::unimplemented("not played"))
    }

    async fn get_dataset(&self, _: Request<GetDatasetRequest>) -> Answer<Dataset> {
        Err(Status::unimplemented("not played"))
    }

    async fn list_datasets(&self, _: Request<ListDatasetsRequest>) -> Answer<ListDatasetsResponse> {
        Err(Status::unimplemented("not played"))
    }

    async fn create_dataset(&self, request: Request<CreateDatasetRequest>) -> Answer<Dataset> {
        let owner = caller(&request).organisation.unwrap().resource_name();
        let CreateDatasetRequest { dataset, dataset_id, request_id } = request.into_inner();
        let name = format!("datasets/{dataset_id}");
        Ok(Response::new(Dataset { name, owner, latest_release: request_id, ..dataset.unwrap_or_default() }))
    }
}
