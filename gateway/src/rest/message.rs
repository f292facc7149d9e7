//! From the parts of a request (path, query, body) to the message of the call, with an error for
//! every field that is wrong.

use platform::status::{Failure, FieldViolation};
use prost_reflect::{DeserializeOptions, DynamicMessage, FieldDescriptor, MessageDescriptor};
use serde_json::{Map, Value};

use super::expect::expected;
use super::query;
use super::route::{Body, Route, message_of};
use super::spelling;

/// Longest name of a caller that an error gives back, in characters.
const LONGEST_NAME: usize = 100;

/// Makes the message. `body` is the JSON of the body, when there is one.
///
/// # Errors
/// INVALID_ARGUMENT that names every field that is wrong.
pub(crate) fn build(
    route: &Route,
    path_values: Vec<String>,
    query: &str,
    body: Option<Value>,
) -> Result<DynamicMessage, Failure> {
    let input = route.rpc.input();
    let mut tree = match (&route.body, body) {
        (Body::None, _) | (_, None) => Map::new(),
        (Body::Field(field), Some(body)) => Map::from_iter([(field.json_name().to_owned(), body)]),
        (Body::Whole, Some(Value::Object(body))) => body,
        (Body::Whole, Some(_)) => return Err(not_an_object()),
    };
    spelling::unify(&input, &mut tree).map_err(Failure::invalid_field)?;
    query::read(route, query, &mut tree)?;
    for (variable, value) in route.template.variables.iter().zip(path_values) {
        set(&mut tree, &input, &variable.field, value, "")?;
    }
    deserialize(&input, Value::Object(tree))
}

fn not_an_object() -> Failure {
    Failure::invalid_field(FieldViolation::new("body", "must be a JSON object", "moet een JSON-object zijn"))
}

/// Sets a field by its names in the contract to what the path of the URL says. A body may say the
/// same, and nothing else.
fn set(
    tree: &mut Map<String, Value>,
    message: &MessageDescriptor,
    path: &[String],
    value: String,
    around: &str,
) -> Result<(), Failure> {
    let Some((field, rest)) =
        path.split_first().and_then(|(name, rest)| Some((message.get_field_by_name(name)?, rest)))
    else {
        return Ok(());
    };
    let here = format!("{around}{}", field.json_name());
    let entry = tree.entry(field.json_name()).or_insert(Value::Null);
    match message_of(&field) {
        Some(inner) if !rest.is_empty() => {
            if entry.is_null() {
                *entry = Value::Object(Map::new());
            }
            let Value::Object(nested) = entry else {
                return Err(Failure::invalid_field(malformed(&field, &here)));
            };
            set(nested, &inner, rest, value, &format!("{here}."))
        }
        Some(_) | None => {
            if !entry.is_null() && entry.as_str().is_none_or(|own| !own.is_empty() && own != value) {
                return Err(Failure::invalid_field(FieldViolation::new(
                    here,
                    "is not what the path says; leave it out or make it the same",
                    "is iets anders dan het pad zegt; laat het weg of maak het gelijk",
                )));
            }
            *entry = Value::String(value);
            Ok(())
        }
    }
}

/// A name that a caller made up, short enough to be given back.
pub(crate) fn cut(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// The violation of a field whose value cannot be read.
pub(crate) fn malformed(field: &FieldDescriptor, name: &str) -> FieldViolation {
    let (english, dutch) = expected(field);
    FieldViolation::new(name, format!("must be {english}"), format!("moet {dutch} zijn"))
}

fn deserialize(message: &MessageDescriptor, tree: Value) -> Result<DynamicMessage, Failure> {
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(tree, &mut track);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let read = DynamicMessage::deserialize_with_options(message.clone(), tracked, &options);
    read.map_err(|error| {
        let mut violation = violation(message, &track.path().to_string(), &error.to_string());
        violation.field = cut(&violation.field);
        Failure::invalid_field(violation)
    })
}

/// What is wrong at `path`, from the error of the reader.
fn violation(message: &MessageDescriptor, path: &str, error: &str) -> FieldViolation {
    if let Some(name) =
        error.strip_prefix("unrecognized field name '").and_then(|rest| rest.split('\'').next())
    {
        // The reader of a path ends it either at the unknown field or at the message around it.
        let known = path == name || path.ends_with(&format!(".{name}"));
        let field = match path {
            "." | "?" | "" => name.to_owned(),
            path if known => path.to_owned(),
            path => format!("{path}.{name}"),
        };
        return FieldViolation::new(field, "is not a field of this request", "is geen veld van dit verzoek");
    }
    match field_by_json(message, path) {
        Some(field) => malformed(&field, path),
        None => FieldViolation::new(
            if matches!(path, "." | "?" | "") { "body" } else { path },
            "has not the form of protobuf JSON",
            "heeft niet de vorm van protobuf-JSON",
        ),
    }
}

/// The field at a path such as "content.scope.periods[2]", by the names in JSON or in the contract.
fn field_by_json(message: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let name = first.split('[').next()?;
    let field = message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))?;
    if rest.is_empty() {
        return Some(field);
    }
    // The keys of a map are no fields.
    if field.is_map() {
        return Some(field);
    }
    field_by_json(&message_of(&field)?, rest)
}
