//! REST/JSON: finds the RPC of a request, makes its message, calls it, and gives back protobuf
//! JSON, a stream of it, or problem details.

mod answer;
mod body;
mod call;
mod codec;
mod expect;
mod file;
#[cfg(test)]
mod fuzz;
mod message;
mod negotiate;
mod path;
pub(crate) mod problem;
mod query;
mod receipt;
mod route;
mod spelling;
mod strict;
mod template;
mod wording;

pub(crate) use query::parameters;
pub(crate) use route::{Body, Exchange, Route, Routes, field_at, message_of};
pub(crate) use template::Segment;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};

use crate::contract::{Contract, Error};
use crate::edge::{Edge, Entry};
use crate::openapi;
use problem::Problem;
use route::Found;

/// Where the OpenAPI document is.
const OPENAPI: &str = "/v1/openapi.json";

/// What REST is made of: the routes of the contract and their description.
#[derive(Debug)]
pub(crate) struct Rest {
    routes: Routes,
    openapi: Bytes,
}

impl Rest {
    /// Reads the contract. `public_url` is where users reach the gateway.
    pub(crate) fn of(contract: &Contract, public_url: Option<&str>) -> Result<Self, Error> {
        let routes = Routes::of(&contract.pool)?;
        let document = openapi::document(contract, &routes, public_url);
        let openapi = serde_json::to_vec(&document).map_err(|error| Error(error.to_string()))?;
        Ok(Self { routes, openapi: openapi.into() })
    }
}

/// Answers a request under `/v1`.
pub(crate) async fn serve(edge: &Edge, entry: Entry, request: Request) -> Response {
    let headers = request.headers().clone();
    match handle(edge, entry, request).await {
        Ok(response) => response,
        Err(problem) => problem.answer(&headers),
    }
}

async fn handle(edge: &Edge, entry: Entry, request: Request) -> Result<Response, Problem> {
    entry.anybody()?;
    let segments = path::segments(request.uri().path()).ok_or_else(Problem::no_such_path)?;
    // HTTP sends no body after HEAD; the server sees to that.
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    if request.uri().path() == OPENAPI {
        query::none(request.uri().query().unwrap_or_default())?;
        return if method == Method::GET {
            Ok(edge.rest.document())
        } else {
            not_at(&method, &[Method::GET])
        };
    }
    match edge.rest.routes.find(&method, &segments) {
        Found::Nothing => Err(Problem::no_such_path()),
        Found::Methods(allowed) => not_at(&method, &allowed),
        Found::Route(route, values) => {
            let visitor = entry.visitor()?;
            let vouched = edge.vouched(&route.service, route.path.as_str(), visitor.caller)?;
            call::call(vouched, route, values, visitor.lifetime, request).await
        }
    }
}

/// The answer at a path that has `allowed` methods only.
fn not_at(method: &Method, allowed: &[Method]) -> Result<Response, Problem> {
    if *method == Method::OPTIONS { Ok(options(allowed)) } else { Err(Problem::method_not_allowed(allowed)) }
}

fn options(allowed: &[Method]) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let list = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    if let Ok(list) = HeaderValue::from_str(&list) {
        response.headers_mut().insert(ALLOW, list);
    }
    response
}

impl Rest {
    fn document(&self) -> Response {
        let mut response = self.openapi.clone().into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}
