//! A field has two names, that of the contract and that in JSON. A body takes either of them, and
//! not both.

use platform::status::FieldViolation;
use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Map, Value};

use super::route::message_of;

/// Puts every field under its name in JSON.
///
/// # Errors
/// When a field is there under both.
pub(crate) fn unify(
    message: &MessageDescriptor,
    tree: &mut Map<String, Value>,
) -> Result<(), FieldViolation> {
    within(message, tree, "")
}

fn within(
    message: &MessageDescriptor,
    tree: &mut Map<String, Value>,
    path: &str,
) -> Result<(), FieldViolation> {
    for field in message.fields() {
        let (name, json_name) = (field.name(), field.json_name());
        if name != json_name
            && let Some(value) = tree.remove(name)
            && tree.insert(json_name.to_owned(), value).is_some()
        {
            return Err(FieldViolation::new(
                format!("{path}{json_name}"),
                format!("is given as {name} too"),
                format!("staat er ook als {name}"),
            ));
        }
        let Some(value) = tree.get_mut(json_name) else {
            continue;
        };
        let here = format!("{path}{json_name}");
        match (message_of(&field), value) {
            (Some(entry), Value::Object(map)) if field.is_map() => {
                if let Kind::Message(inner) = entry.map_entry_value_field().kind() {
                    for (key, value) in map {
                        nested(&inner, value, &format!("{here}[{}]", super::message::cut(key)))?;
                    }
                }
            }
            (Some(inner), Value::Array(list)) if field.is_list() => {
                for (at, value) in list.iter_mut().enumerate() {
                    nested(&inner, value, &format!("{here}[{at}]"))?;
                }
            }
            (Some(inner), value) => nested(&inner, value, &here)?,
            (None, _) => {}
        }
    }
    Ok(())
}

fn nested(message: &MessageDescriptor, value: &mut Value, path: &str) -> Result<(), FieldViolation> {
    // These have a form of their own in JSON.
    if message.full_name().starts_with("google.protobuf.") {
        return Ok(());
    }
    match value {
        Value::Object(tree) => within(message, tree, &format!("{path}.")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Ok(()),
    }
}
