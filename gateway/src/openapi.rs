//! The OpenAPI 3.1 document of the REST interface, made from the contract: descriptions are its
//! comments, schemas its messages. It holds to the NL API Design Rules.

mod operation;
mod problem;
mod schema;

use serde_json::{Map, Value, json};

use crate::contract::Contract;
use crate::dress::API_VERSION;
use crate::rest::{Route, Routes};
use operation::Names;
use schema::Schemas;

/// The prefix of every path, which stands in the URL of the server.
const PREFIX: &str = "/v1";

/// The document. `public_url` is where users reach the gateway.
pub(crate) fn document(contract: &Contract, routes: &Routes, public_url: Option<&str>) -> Value {
    let comments = contract.comments();
    let mut schemas = Schemas::new(&contract.pool, &comments);
    let mut names = Names::default();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes.iter() {
        let path = operation::path(route);
        let path = path.strip_prefix(PREFIX).unwrap_or(&path).to_owned();
        let operation = operation::describe(route, contract, &mut schemas, &mut names);
        let item = paths.entry(path).or_insert_with(|| Value::Object(Map::new()));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    paths.insert("/openapi.json".to_owned(), operation::of_this_document());
    let server = public_url.unwrap_or_default().trim_end_matches('/');
    let mut components = schemas.finish();
    components.insert("Problem".to_owned(), problem::schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Alliantie",
            "version": API_VERSION,
            "description": "Cijfers per gebied, inspanningen, belanghebbenden en afspraken van het programma \
                Brunssum Noord en Oost. Velden staan in lowerCamelCase, tijden in UTC, getallen van 64 bits als tekst. \
                Wie in `x-roles` de rol `public` ziet, heeft geen inlogbewijs nodig.",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
            "contact": {
                "name": "Alliantie Brunssum Noord en Oost",
                "url": "https://alliantie.invalid",
                "email": "beheer@alliantie.invalid",
            },
        },
        "servers": [{ "url": format!("{server}{PREFIX}"), "description": "Dit platform" }],
        "tags": tags(routes, contract),
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": { "Problem": problem::response() },
            "headers": { "API-Version": operation::version_header() },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Een token van een uitgever die het platform vertrouwt.",
                },
            },
        },
    })
}

/// One tag for each service of the contract that has routes, in order of name.
fn tags(routes: &Routes, contract: &Contract) -> Vec<Value> {
    let comments = contract.comments();
    let mut services: Vec<_> =
        routes.iter().map(|route: &Route| route.rpc.parent_service().clone()).collect();
    services.sort_by(|one, other| one.full_name().cmp(other.full_name()));
    services.dedup();
    services
        .iter()
        .map(|service| {
            let file = service.parent_file();
            let comment = comments.at(file.name(), service.path()).unwrap_or_default();
            json!({ "name": service.name(), "description": comment })
        })
        .collect()
}
