//! One route as an OpenAPI operation.

use std::collections::BTreeMap;

use platform::identity::role_name;
use proto::api::v1::Role;
use serde_json::{Map, Value, json};

use super::schema::Schemas;
use crate::contract::Contract;
use crate::dress::API_VERSION;
use crate::rest::{Body, Exchange, Route, Segment, field_at, message_of, parameters};

/// The operation ids given out so far.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, usize>);

impl Names {
    /// The name of the RPC; a further route to it has a number.
    fn next(&mut self, rpc: &str) -> String {
        let count = self.0.entry(rpc.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 { rpc.to_owned() } else { format!("{rpc}{count}") }
    }
}

/// The path with a parameter for each open segment: "/v1/datasets/{datasetsId}/releases".
pub(super) fn path(route: &Route) -> String {
    let names = open_segments(route).into_iter();
    let mut names = names.map(|(name, _)| name);
    let segments = route.template.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::One | Segment::Rest => format!("/{{{}}}", names.next().unwrap_or_default()),
    });
    segments.collect()
}

/// The open segments of a path: the name of the parameter and what it is part of. A parameter is
/// named after the collection before it.
fn open_segments(route: &Route) -> Vec<(String, String)> {
    let mut before = "";
    let mut found = Vec::new();
    for (at, segment) in route.template.segments.iter().enumerate() {
        match segment {
            Segment::Literal(text) => before = text,
            Segment::One | Segment::Rest => {
                let variable =
                    route.template.variables.iter().find(|variable| variable.segments.contains(&at));
                let field = variable.and_then(|variable| field_at(&route.rpc.input(), &variable.field));
                let field = field.map(|field| field.json_name().to_owned()).unwrap_or_default();
                found.push(if *segment == Segment::Rest {
                    (
                        format!("{}Path", camel(before)),
                        format!("Alles na `{before}/` in `{field}`, ook wat na een schuine streep komt."),
                    )
                } else {
                    (
                        format!("{}Id", camel(before)),
                        format!("Het laatste deel van `{before}/…` in `{field}`."),
                    )
                });
            }
        }
    }
    found
}

/// "ledger-entries" as "ledgerEntries".
fn camel(kebab: &str) -> String {
    let mut words = kebab.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut signs = word.chars();
        let initial = signs.next().map(|sign| sign.to_ascii_uppercase()).into_iter();
        text + &initial.chain(signs).collect::<String>()
    })
}

/// The operation.
pub(super) fn describe(
    route: &Route,
    contract: &Contract,
    schemas: &mut Schemas<'_>,
    names: &mut Names,
) -> Value {
    let rpc = &route.rpc;
    let comment = schemas.comment(rpc.parent_service().parent_file().name(), rpc.path()).unwrap_or_default();
    let summary = comment.split_once(". ").map_or(comment, |(first, _)| first).trim_end_matches('.');
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), names.next(rpc.name()).into());
    operation.insert("tags".to_owned(), json!([rpc.parent_service().name()]));
    operation.insert("summary".to_owned(), summary.into());
    operation.insert("description".to_owned(), comment.into());
    let parameters = all_parameters(route, schemas);
    let has_input = !parameters.is_empty() || route.body != Body::None;
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = request_body(route, schemas) {
        operation.insert("requestBody".to_owned(), body);
    }
    let roles = contract.rules.get(route.path.as_str()).map(|rule| rule.roles.clone()).unwrap_or_default();
    let public = roles.contains(&Role::Public);
    operation.insert("responses".to_owned(), responses(route, schemas, has_input));
    operation.insert(
        "security".to_owned(),
        if public { json!([{}, { "bearer": [] }]) } else { json!([{ "bearer": [] }]) },
    );
    operation.insert("x-roles".to_owned(), roles.into_iter().map(role_name).collect());
    Value::Object(operation)
}

fn all_parameters(route: &Route, schemas: &mut Schemas<'_>) -> Vec<Value> {
    let mut all: Vec<Value> = open_segments(route)
        .into_iter()
        .map(|(name, text)| {
            let schema = json!({ "type": "string", "minLength": 1 });
            json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema })
        })
        .collect();
    for (key, field) in parameters(route) {
        let mut schema = schemas.of_field(&field);
        // The comment stands with the parameter.
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("description");
        }
        let mut parameter = json!({ "name": key, "in": "query", "schema": schema });
        if let Some(object) = parameter.as_object_mut() {
            if let Some(comment) = schemas.comment_on(&field) {
                object.insert("description".to_owned(), comment.into());
            }
            if schemas.is_required(&field) {
                object.insert("required".to_owned(), true.into());
            }
            if field.is_list() {
                object.insert("explode".to_owned(), true.into());
            }
        }
        all.push(parameter);
    }
    all
}

fn request_body(route: &Route, schemas: &mut Schemas<'_>) -> Option<Value> {
    if let Exchange::File(field) = &route.exchange {
        let comment = schemas.comment_on(field).unwrap_or_default();
        let content = json!({ "text/csv": { "schema": { "type": "string" } } });
        return Some(json!({ "required": true, "description": comment, "content": content }));
    }
    let schema = match &route.body {
        Body::None => return None,
        Body::Field(field) => message_of(field).map(|message| schemas.of_message(&message))?,
        Body::Whole => {
            let in_path: Vec<String> = route
                .template
                .variables
                .iter()
                .filter_map(|variable| match variable.field.as_slice() {
                    [name] => Some(name.clone()),
                    _ => None,
                })
                .collect();
            schemas.object(&route.rpc.input(), &in_path)
        }
    };
    Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }))
}

fn responses(route: &Route, schemas: &mut Schemas<'_>, has_input: bool) -> Value {
    let mut schema = || schemas.of_message(&route.rpc.output());
    let (text, content) = match route.exchange {
        Exchange::Unary | Exchange::File(_) => {
            ("Gelukt.", json!({ "application/json": { "schema": schema() } }))
        }
        Exchange::Download => (
            "Een bestand, met zijn eigen soort in `Content-Type`.",
            json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } }),
        ),
        Exchange::Answers => (
            "Een stroom van berichten: een per regel, of een per gebeurtenis. Gaat het onderweg mis, dan is het \
             laatste `{\"error\": …}` of een gebeurtenis `error`, met de fout in de vorm van Problem.",
            json!({ "application/x-ndjson": { "schema": schema() }, "text/event-stream": { "schema": { "type": "string" } } }),
        ),
    };
    let mut all = Map::new();
    let headers = json!({ "API-Version": { "$ref": "#/components/headers/API-Version" } });
    all.insert("200".to_owned(), json!({ "description": text, "headers": headers, "content": content }));
    let mut problem =
        |status: &str| all.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    // A parameter that is not known, and credentials that are not good, are refused everywhere.
    problem("400");
    problem("401");
    problem("403");
    if has_input {
        problem("404");
    }
    problem("406");
    if route.body != Body::None {
        problem("408");
        problem("409");
        problem("413");
        problem("415");
    }
    problem("429");
    problem("500");
    problem("503");
    problem("504");
    Value::Object(all)
}

/// The operation that gives the document itself.
pub(super) fn of_this_document() -> Value {
    json!({
        "get": {
            "operationId": "GetOpenapi",
            "tags": [],
            "summary": "This document",
            "description": "This document.",
            "responses": {
                "200": {
                    "description": "Gelukt.",
                    "headers": { "API-Version": { "$ref": "#/components/headers/API-Version" } },
                    "content": { "application/json": { "schema": { "type": "object" } } },
                },
                "400": { "$ref": "#/components/responses/Problem" },
                "429": { "$ref": "#/components/responses/Problem" },
            },
            "security": [{}],
            "x-roles": ["public"],
        },
    })
}

/// The header with the version of the API.
pub(super) fn version_header() -> Value {
    json!({
        "description": "Versie van de API.",
        "schema": { "type": "string", "examples": [API_VERSION] },
    })
}
