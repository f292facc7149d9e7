//! Query parameters: fields of the request that are not in the path or the body, by their names in
//! JSON (`pageSize`), nested ones with a dot, lists by repetition.

use platform::status::{Failure, FieldViolation};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use super::message::{cut, malformed};
use super::route::{Body, Route, message_of};

/// Messages that are one text in JSON.
const TEXTS: [&str; 3] =
    ["google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"];

/// Puts the parameters of `query` into `tree`.
///
/// # Errors
/// INVALID_ARGUMENT that names every parameter that is unknown, malformed or given too often.
pub(crate) fn read(route: &Route, query: &str, tree: &mut Map<String, Value>) -> Result<(), Failure> {
    let mut violations = Vec::new();
    for (key, text) in form_urlencoded::parse(query.as_bytes()) {
        match parameter(route, &key) {
            None => violations.push(unknown(&key, &known(route))),
            Some(path) => {
                if let Err(violation) = put(tree, &path, &key, &text) {
                    violations.push(violation);
                }
            }
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Failure::invalid(violations)) }
}

/// For a path without query parameters.
///
/// # Errors
/// INVALID_ARGUMENT that names every parameter there is.
pub(crate) fn none(query: &str) -> Result<(), Failure> {
    let given = form_urlencoded::parse(query.as_bytes());
    let violations: Vec<_> = given.map(|(key, _)| unknown(&key, "")).collect();
    if violations.is_empty() { Ok(()) } else { Err(Failure::invalid(violations)) }
}

fn unknown(key: &str, known: &str) -> FieldViolation {
    let (en, nl) = ("is not a query parameter of this path", "is geen parameter van dit pad");
    if known.is_empty() {
        return FieldViolation::new(cut(key), en, nl);
    }
    FieldViolation::new(cut(key), format!("{en}; it takes {known}"), format!("{nl}; dat kent {known}"))
}

/// The parameters of a route, for people.
fn known(route: &Route) -> String {
    parameters(route).into_iter().map(|(key, _)| key).collect::<Vec<_>>().join(", ")
}

/// The fields from the outermost to the one that `key` names.
fn parameter(route: &Route, key: &str) -> Option<Vec<FieldDescriptor>> {
    let mut message = route.rpc.input();
    let mut path: Vec<FieldDescriptor> = Vec::new();
    let mut names = key.split('.').peekable();
    while let Some(name) = names.next() {
        let field = message.get_field_by_json_name(name)?;
        path.push(field.clone());
        if names.peek().is_some() {
            message = nested(&field)?;
        }
    }
    let (first, last) = (path.first()?, path.last()?);
    let in_path = route.template.variables.iter().any(|variable| {
        variable.field.len() == path.len()
            && variable.field.iter().zip(&path).all(|(name, field)| name == field.name())
    });
    let in_body = match &route.body {
        Body::None => false,
        Body::Whole => true,
        Body::Field(field) => field == first,
    };
    (!in_path && !in_body && is_leaf(last)).then_some(path)
}

/// The fields that a route takes as query parameters, with their keys.
pub(crate) fn parameters(route: &Route) -> Vec<(String, FieldDescriptor)> {
    let mut found = Vec::new();
    // A message can contain itself; deeper than this nobody writes a query.
    collect(route, &route.rpc.input(), "", 4, &mut found);
    found
}

fn collect(
    route: &Route,
    message: &MessageDescriptor,
    prefix: &str,
    depth: usize,
    found: &mut Vec<(String, FieldDescriptor)>,
) {
    for field in message.fields() {
        let key = format!("{prefix}{}", field.json_name());
        if is_leaf(&field) {
            if parameter(route, &key).is_some() {
                found.push((key, field));
            }
        } else if depth > 0
            && let Some(inner) = nested(&field)
        {
            collect(route, &inner, &format!("{key}."), depth - 1, found);
        }
    }
}

/// The type of a field whose own fields are parameters.
fn nested(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    if is_leaf(field) || field.is_list() || field.is_map() { None } else { message_of(field) }
}

fn is_leaf(field: &FieldDescriptor) -> bool {
    match message_of(field) {
        None => true,
        Some(message) => !field.is_map() && TEXTS.contains(&message.full_name()),
    }
}

fn put(
    tree: &mut Map<String, Value>,
    path: &[FieldDescriptor],
    key: &str,
    text: &str,
) -> Result<(), FieldViolation> {
    let Some((field, rest)) = path.split_first() else {
        return Ok(());
    };
    if !rest.is_empty() {
        let entry = tree.entry(field.json_name()).or_insert_with(|| Value::Object(Map::new()));
        return match entry {
            Value::Object(inner) => put(inner, rest, key, text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(malformed(field, key))
            }
        };
    }
    let value = value(field, text).ok_or_else(|| malformed(field, key))?;
    if field.is_list() {
        let entry = tree.entry(field.json_name()).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(list) = entry.as_array_mut() {
            list.push(value);
        }
        return Ok(());
    }
    match tree.insert(field.json_name().to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(FieldViolation::new(key, "is given more than once", "staat er meer dan eens")),
    }
}

/// One value as JSON, when the field takes it.
fn value(field: &FieldDescriptor, text: &str) -> Option<Value> {
    let own = || Value::String(text.to_owned());
    match field.kind() {
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => text.parse::<i32>().ok().map(Value::from),
        Kind::Uint32 | Kind::Fixed32 => text.parse::<u32>().ok().map(Value::from),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => text.parse::<i64>().ok().map(Value::from),
        Kind::Uint64 | Kind::Fixed64 => text.parse::<u64>().ok().map(Value::from),
        Kind::Float | Kind::Double => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
        }
        Kind::Enum(kind) => kind.get_value_by_name(text).map(|_| own()),
        Kind::String | Kind::Bytes => Some(own()),
        Kind::Message(message) => DynamicMessage::deserialize(message, own()).ok().map(|_| own()),
    }
}
