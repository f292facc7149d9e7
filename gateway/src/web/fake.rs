//! An indicators service for tests: it answers what it was given, or fails.

use platform::upstream::Vouched;
use proto::indicators::v1::catalog_service_server::{CatalogService, CatalogServiceServer};
use proto::indicators::v1::observation_service_server::{ObservationService, ObservationServiceServer};
use proto::indicators::v1::{
    Area, AreaKind, CreateDatasetRequest, Dataset, GetAreaRequest, GetDatasetRequest, GetIndicatorRequest,
    GetStabilityTriangleRequest, Indicator, ListAreasRequest, ListAreasResponse, ListDatasetsRequest,
    ListDatasetsResponse, ListIndicatorsRequest, ListIndicatorsResponse, ListObservationsRequest,
    ListObservationsResponse, ListThemesRequest, ListThemesResponse, ObservationStatus, Polarity,
    StabilityElement, StabilityIndicator, StabilityTriangle, Theme, WatchObservationsRequest,
    WatchObservationsResponse,
};
use testkit::{InProcess, Party};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// What the service answers.
#[derive(Clone, Debug)]
pub(super) struct Indicators {
    /// To ListAreas.
    pub(super) areas: Result<Vec<Area>, Status>,
    /// To GetStabilityTriangle.
    pub(super) triangle: Result<StabilityTriangle, Status>,
    /// To GetDataset.
    pub(super) dataset: Dataset,
}

impl Default for Indicators {
    fn default() -> Self {
        Self { areas: Ok(areas()), triangle: Ok(triangle()), dataset: dataset() }
    }
}

impl Indicators {
    /// The service behind its real stack, called as nobody in particular.
    pub(super) fn vouched(self) -> Vouched {
        let routes = Routes::new(CatalogServiceServer::new(self.clone()))
            .add_service(ObservationServiceServer::new(self));
        InProcess::new("indicators", routes, &testkit::clock()).called_as(Party::Anonymous)
    }
}

fn area(code: &str, name: &str, kind: AreaKind) -> Area {
    Area {
        name: format!("areas/{code}"),
        code: code.to_owned(),
        display_name: name.to_owned(),
        kind: kind.into(),
        ..Area::default()
    }
}

/// A few areas of the programme, by code.
pub(super) fn areas() -> Vec<Area> {
    vec![
        area("BM-STED2", "Benchmark (sterk stedelijk)", AreaKind::Benchmark),
        area("BRU-OOST", "Brunssum Oost", AreaKind::ProgrammeArea),
        area("BRU-NOORD", "Brunssum Noord", AreaKind::ProgrammeArea),
        area("GM0899", "Brunssum", AreaKind::Municipality),
        area("NL", "Nederland", AreaKind::Country),
    ]
}

/// The dataset of the triangle.
pub(super) fn dataset() -> Dataset {
    Dataset {
        display_name: "Stabiliteitsdriehoek".to_owned(),
        description: "De indicatoren van de stabiliteitsdriehoek.".to_owned(),
        ..Dataset::default()
    }
}

/// An indicator in percent with its value, benchmark, difference and relative difference.
pub(super) fn indicator(name: &str, polarity: Polarity, figures: [&str; 4]) -> StabilityIndicator {
    let [value, benchmark, difference, relative] = figures.map(str::to_owned);
    StabilityIndicator {
        indicator: Some(Indicator {
            display_name: name.to_owned(),
            unit: "procent".to_owned(),
            polarity: polarity.into(),
            polarity_source: "betekenis".to_owned(),
            ..Indicator::default()
        }),
        value,
        status: ObservationStatus::Final.into(),
        benchmark_value: benchmark,
        benchmark_status: ObservationStatus::Final.into(),
        difference,
        relative_difference: relative,
        period: "2023".to_owned(),
    }
}

/// Two elements with a cut bar, an assumed polarity and a value that is not applicable.
pub(super) fn triangle() -> StabilityTriangle {
    let theme = |name: &str| {
        Some(Theme { name: format!("themes/{name}"), display_name: name.to_owned(), stability_element: true })
    };
    let mut nuisance = indicator("Overlastmeldingen", Polarity::Lower, ["15.1", "27.1", "-12.0", "44.3"]);
    if let Some(indicator) = nuisance.indicator.as_mut() {
        indicator.polarity_source = "aanname".to_owned();
    }
    let mut school = indicator("Stress door school (18-)", Polarity::Lower, ["", "24.7", "", ""]);
    school.set_status(ObservationStatus::NotApplicable);
    let security = vec![
        indicator("Arbeidsongeschikt", Polarity::Lower, ["17.0", "8.4", "8.6", "-102.4"]),
        indicator("Gemiddelde WOZ-waarde", Polarity::Higher, ["192", "347", "-155", "-44.7"]),
        indicator("Volwassenen met WW", Polarity::Lower, ["1.2", "1.3", "-0.1", "7.7"]),
    ];
    StabilityTriangle {
        area: Some(area("BRU-NOORD", "Brunssum Noord", AreaKind::ProgrammeArea)),
        benchmark: Some(area("BM-STED2", "Benchmark (sterk stedelijk)", AreaKind::Benchmark)),
        period: "2023".to_owned(),
        elements: vec![
            StabilityElement { theme: theme("Bestaanszekerheid"), indicators: security },
            StabilityElement { theme: theme("Stress"), indicators: vec![nuisance, school] },
        ],
        release: "datasets/stabiliteitsdriehoek/releases/3".to_owned(),
    }
}

fn unused<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not used by the pages"))
}

#[tonic::async_trait]
impl CatalogService for Indicators {
    async fn list_areas(&self, _: Request<ListAreasRequest>) -> Result<Response<ListAreasResponse>, Status> {
        let areas = self.areas.clone()?;
        Ok(Response::new(ListAreasResponse { areas, next_page_token: String::new() }))
    }

    async fn get_dataset(&self, _: Request<GetDatasetRequest>) -> Result<Response<Dataset>, Status> {
        Ok(Response::new(self.dataset.clone()))
    }

    async fn get_area(&self, _: Request<GetAreaRequest>) -> Result<Response<Area>, Status> {
        unused()
    }

    async fn list_themes(
        &self,
        _: Request<ListThemesRequest>,
    ) -> Result<Response<ListThemesResponse>, Status> {
        unused()
    }

    async fn get_indicator(&self, _: Request<GetIndicatorRequest>) -> Result<Response<Indicator>, Status> {
        unused()
    }

    async fn list_indicators(
        &self,
        _: Request<ListIndicatorsRequest>,
    ) -> Result<Response<ListIndicatorsResponse>, Status> {
        unused()
    }

    async fn list_datasets(
        &self,
        _: Request<ListDatasetsRequest>,
    ) -> Result<Response<ListDatasetsResponse>, Status> {
        unused()
    }

    async fn create_dataset(&self, _: Request<CreateDatasetRequest>) -> Result<Response<Dataset>, Status> {
        unused()
    }
}

#[tonic::async_trait]
impl ObservationService for Indicators {
    type WatchObservationsStream = tokio_stream::Empty<Result<WatchObservationsResponse, Status>>;

    async fn get_stability_triangle(
        &self,
        _: Request<GetStabilityTriangleRequest>,
    ) -> Result<Response<StabilityTriangle>, Status> {
        self.triangle.clone().map(Response::new)
    }

    async fn list_observations(
        &self,
        _: Request<ListObservationsRequest>,
    ) -> Result<Response<ListObservationsResponse>, Status> {
        unused()
    }

    async fn watch_observations(
        &self,
        _: Request<WatchObservationsRequest>,
    ) -> Result<Response<Self::WatchObservationsStream>, Status> {
        unused()
    }
}
