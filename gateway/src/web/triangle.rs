//! The page `/`: the stabiliteitsdriehoek of an area beside a benchmark.

mod chart;
mod chooser;
mod request;
mod view;

#[cfg(test)]
mod tests;

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use http::{Response, StatusCode, Uri};
use proto::indicators::v1::catalog_service_client::CatalogServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::{
    Area, Dataset, GetDatasetRequest, GetStabilityTriangleRequest, ListAreasRequest, StabilityTriangle,
};
use tonic::{Code, Status};

use self::chooser::Chooser;
use self::request::Choice;
use self::view::Triangle;
use super::layout::Layout;
use super::{Web, page};

/// How long a visitor waits for the service.
const PATIENCE: Duration = Duration::from_secs(5);
/// Areas in one answer.
const PAGE_SIZE: i32 = 1000;
/// Most pages of areas that are asked for; all areas of the country fit in them.
const MOST_PAGES: usize = 20;

#[derive(Debug, Template)]
#[template(path = "triangle.html")]
struct TrianglePage {
    layout: Layout,
    heading: String,
    chooser: Option<Chooser>,
    problem: Option<Problem>,
    triangle: Option<Triangle>,
}

/// Why there is no triangle on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    /// What was asked for is wrong; the form says where.
    Choice(StatusCode),
    /// The service knows no figures for the choice.
    NoFigures,
    /// The service refused the choice.
    Refused,
    /// The service does not answer.
    Unavailable,
    /// A fault of ours.
    Fault,
}

impl Problem {
    fn status(self) -> StatusCode {
        match self {
            Self::Choice(status) => status,
            Self::NoFigures => StatusCode::NOT_FOUND,
            Self::Refused => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What went wrong, as a heading.
    fn title(self) -> &'static str {
        match self {
            Self::Choice(_) | Self::Refused => "Deze keuze klopt niet",
            Self::NoFigures => "Er zijn geen cijfers",
            Self::Unavailable => "De cijfers zijn er nu even niet",
            Self::Fault => "Er ging iets mis",
        }
    }

    /// What the visitor can do.
    fn advice(self) -> &'static str {
        match self {
            Self::Choice(_) => "Verander dit en kies opnieuw:",
            Self::Refused => "Kies een ander gebied, een andere vergelijking of een ander jaar.",
            Self::NoFigures => {
                "Voor deze keuze zijn er geen cijfers. Kies een ander gebied of een ander jaar."
            }
            Self::Unavailable => {
                "We kunnen de cijfers op dit moment niet ophalen. Probeer het over een paar minuten opnieuw."
            }
            Self::Fault => "Dat ligt aan ons, niet aan u. Probeer het later opnieuw.",
        }
    }
}

/// `GET /?gebied=&benchmark=&jaar=`.
pub(super) async fn show(State(web): State<Web>, uri: Uri) -> Response<Body> {
    let choice = Choice::parse(uri.query().unwrap_or_default());
    let shown = show_choice(&web, &choice).await;
    page(shown.problem.map_or(StatusCode::OK, Problem::status), &shown)
}

async fn show_choice(web: &Web, choice: &Choice) -> TrianglePage {
    let areas = match in_time(areas(web)).await {
        Ok(areas) => areas,
        Err(status) => return TrianglePage::without_triangle(None, problem(&status)),
    };
    let chooser = Chooser::new(&areas, choice);
    if !chooser.errors().is_empty() {
        let status =
            if chooser.year_error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND };
        return TrianglePage::without_triangle(Some(chooser), Problem::Choice(status));
    }
    match in_time(triangle(web, choice)).await {
        Ok((answer, dataset)) => TrianglePage::with(chooser, Triangle::of(answer, dataset)),
        Err(status) => TrianglePage::without_triangle(Some(chooser), problem(&status)),
    }
}

impl TrianglePage {
    fn with(chooser: Chooser, triangle: Triangle) -> Self {
        Self {
            layout: Layout::new(format!("Stabiliteitsdriehoek {}, {}", triangle.area, triangle.year)),
            heading: format!("Stabiliteitsdriehoek van {}", triangle.area),
            chooser: Some(chooser),
            problem: None,
            triangle: Some(triangle),
        }
    }

    fn without_triangle(chooser: Option<Chooser>, problem: Problem) -> Self {
        Self {
            layout: Layout::new(format!("{} - Stabiliteitsdriehoek", problem.title())),
            heading: "Stabiliteitsdriehoek".to_owned(),
            chooser,
            problem: Some(problem),
            triangle: None,
        }
    }
}

/// What the visitor is told about the failure of a call. The failure itself goes to the log.
fn problem(status: &Status) -> Problem {
    let problem = match status.code() {
        Code::NotFound => Problem::NoFigures,
        Code::InvalidArgument | Code::OutOfRange | Code::FailedPrecondition => Problem::Refused,
        // A broken connection reaches the client as UNKNOWN.
        Code::Unavailable
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Cancelled
        | Code::Aborted => Problem::Unavailable,
        Code::Ok
        | Code::Internal
        | Code::DataLoss
        | Code::Unimplemented
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::Unauthenticated => Problem::Fault,
    };
    if matches!(problem, Problem::Unavailable | Problem::Fault) {
        tracing::warn!(code = ?status.code(), message = status.message(), "the indicators service failed");
    }
    problem
}

async fn in_time<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    tokio::time::timeout(PATIENCE, call)
        .await
        .unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")))
}

async fn areas(web: &Web) -> Result<Vec<Area>, Status> {
    let mut catalog = CatalogServiceClient::new(web.indicators.clone());
    let mut areas = Vec::new();
    let mut request = ListAreasRequest { page_size: PAGE_SIZE, ..ListAreasRequest::default() };
    for _ in 0..MOST_PAGES {
        let answer = catalog.list_areas(request.clone()).await?.into_inner();
        areas.extend(answer.areas);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    Ok(areas)
}

/// The triangle, and the dataset that its figures are from.
async fn triangle(web: &Web, choice: &Choice) -> Result<(StabilityTriangle, Option<Dataset>), Status> {
    let request = GetStabilityTriangleRequest {
        area: format!("areas/{}", choice.area),
        benchmark: format!("areas/{}", choice.benchmark),
        period: choice.year.clone(),
    };
    let answer = ObservationServiceClient::new(web.indicators.clone())
        .get_stability_triangle(request)
        .await?
        .into_inner();
    let dataset = match answer.release.split_once("/releases/") {
        Some((dataset, _)) => {
            let request = GetDatasetRequest { name: dataset.to_owned() };
            let dataset = CatalogServiceClient::new(web.indicators.clone()).get_dataset(request).await?;
            Some(dataset.into_inner())
        }
        None => None,
    };
    Ok((answer, dataset))
}
