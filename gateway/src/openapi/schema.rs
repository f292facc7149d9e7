//! Messages and enums of the contract as JSON schemas (2020-12), as protobuf JSON writes them.

use std::collections::BTreeMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};
use serde_json::{Map, Value, json};

use crate::contract::Comments;

/// `google.api.FieldBehavior`.
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const INPUT_ONLY: i32 = 4;

/// The schemas that are referred to, and those still to be written.
pub(super) struct Schemas<'a> {
    comments: &'a Comments,
    behavior: Option<ExtensionDescriptor>,
    /// Name of the schema by full name of the message or enum.
    names: BTreeMap<String, String>,
    written: BTreeMap<String, Value>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(pool: &DescriptorPool, comments: &'a Comments) -> Self {
        Self {
            comments,
            behavior: pool.get_extension_by_name("google.api.field_behavior"),
            names: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    /// The schemas, by name.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.written.into_iter().collect()
    }

    /// The comment on a descriptor.
    pub(super) fn comment(&self, file: &str, path: &[i32]) -> Option<&'a str> {
        self.comments.at(file, path)
    }

    /// A reference to the schema of a message, or the schema of a well-known type.
    pub(super) fn of_message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = well_known(message.full_name()) {
            return known;
        }
        let name = self.name(message.full_name(), &message_name(message), message.package_name());
        if !self.written.contains_key(&name) {
            // Written first, so that a message that contains itself ends.
            self.written.insert(name.clone(), Value::Null);
            let schema = self.object(message, &[]);
            self.written.insert(name.clone(), schema);
        }
        reference(&name)
    }

    /// The schema of a message as the body of a request, without the fields that the path has.
    pub(super) fn object(&mut self, message: &MessageDescriptor, without: &[String]) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|field| !without.iter().any(|name| name == field.name())) {
            properties.insert(field.json_name().to_owned(), self.of_field(&field));
            if self.behaves(&field, REQUIRED) {
                required.push(field.json_name().to_owned());
            }
        }
        let mut schema = json!({ "type": "object", "properties": properties });
        if let Some(object) = schema.as_object_mut() {
            if let Some(comment) = self.comment(message.parent_file().name(), message.path()) {
                object.insert("description".to_owned(), comment.into());
            }
            if !required.is_empty() {
                object.insert("required".to_owned(), required.into());
            }
        }
        schema
    }

    /// The schema of a field, with its comment.
    pub(super) fn of_field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = if field.is_map() {
            let value = field.kind().as_message().map(|entry| entry.map_entry_value_field());
            let value = value.map_or(json!({}), |value| self.of_value(&value));
            json!({ "type": "object", "additionalProperties": value })
        } else if field.is_list() {
            let items = self.of_value(field);
            json!({ "type": "array", "items": items })
        } else {
            self.of_value(field)
        };
        let comment = self.comment_on(field);
        let (output_only, input_only) = (self.behaves(field, OUTPUT_ONLY), self.behaves(field, INPUT_ONLY));
        if let Some(object) = schema.as_object_mut() {
            if let Some(comment) = comment {
                object.insert("description".to_owned(), comment.into());
            }
            if output_only {
                object.insert("readOnly".to_owned(), true.into());
            }
            if input_only {
                object.insert("writeOnly".to_owned(), true.into());
            }
        }
        schema
    }

    /// The comment on a field.
    pub(super) fn comment_on(&self, field: &FieldDescriptor) -> Option<&'a str> {
        self.comment(field.parent_message().parent_file().name(), field.path())
    }

    /// Whether a field has to be given.
    pub(super) fn is_required(&self, field: &FieldDescriptor) -> bool {
        self.behaves(field, REQUIRED)
    }

    fn of_value(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Double => json!({ "type": "number", "format": "double" }),
            Kind::Float => json!({ "type": "number", "format": "float" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "format": "int64", "minimum": 0 }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "format": "int64" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Message(message) => self.of_message(&message),
            Kind::Enum(kind) => self.of_enum(&kind),
        }
    }

    fn of_enum(&mut self, kind: &EnumDescriptor) -> Value {
        let name = self.name(kind.full_name(), kind.name(), kind.package_name());
        if !self.written.contains_key(&name) {
            let file = kind.parent_file();
            let values: Vec<String> = kind.values().map(|value| value.name().to_owned()).collect();
            let lines = kind.values().map(|value| {
                let comment = self.comment(file.name(), value.path()).unwrap_or_default();
                format!("- `{}`: {comment}", value.name())
            });
            let comment = self.comment(file.name(), kind.path()).unwrap_or_default();
            let text = format!("{comment}\n\n{}", lines.collect::<Vec<_>>().join("\n"));
            self.written
                .insert(name.clone(), json!({ "type": "string", "enum": values, "description": text }));
        }
        reference(&name)
    }

    /// The name of a schema: that of the message or enum, with its package in front when another
    /// package has the same.
    fn name(&mut self, full_name: &str, name: &str, package: &str) -> String {
        if let Some(known) = self.names.get(full_name) {
            return known.clone();
        }
        let taken = |names: &BTreeMap<String, String>, name: &str| {
            name == "Problem" || names.values().any(|known| known == name)
        };
        let mut chosen = name.to_owned();
        if taken(&self.names, &chosen) {
            chosen = format!("{}{name}", package.split('.').map(capitalised).collect::<String>());
        }
        self.names.insert(full_name.to_owned(), chosen.clone());
        chosen
    }

    fn behaves(&self, field: &FieldDescriptor, behavior: i32) -> bool {
        let Some(extension) = &self.behavior else {
            return false;
        };
        let options = field.options();
        let value = options.get_extension(extension);
        value.as_list().is_some_and(|list| list.iter().any(|one| one.as_enum_number() == Some(behavior)))
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// "Outer.Inner" as "OuterInner".
fn message_name(message: &MessageDescriptor) -> String {
    let package = format!("{}.", message.package_name());
    message.full_name().strip_prefix(&package).unwrap_or(message.name()).split('.').collect()
}

fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map(|first| first.to_ascii_uppercase().to_string() + signs.as_str()).unwrap_or_default()
}

/// Messages with a form of their own in JSON.
fn well_known(name: &str) -> Option<Value> {
    Some(match name {
        "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "google.protobuf.Duration" => json!({ "type": "string", "examples": ["1.5s"] }),
        "google.protobuf.FieldMask" => json!({ "type": "string", "examples": ["displayName,note"] }),
        "google.protobuf.Struct" | "google.protobuf.Empty" | "google.protobuf.Any" => {
            json!({ "type": "object" })
        }
        "google.protobuf.Value" => json!({}),
        "google.protobuf.ListValue" => json!({ "type": "array", "items": {} }),
        "google.protobuf.StringValue" => json!({ "type": "string" }),
        "google.protobuf.BoolValue" => json!({ "type": "boolean" }),
        "google.protobuf.Int32Value" => json!({ "type": "integer", "format": "int32" }),
        "google.protobuf.Int64Value" => json!({ "type": "string", "format": "int64" }),
        "google.protobuf.DoubleValue" => json!({ "type": "number", "format": "double" }),
        _ => return None,
    })
}
