//! What a field takes, in words: for errors.

use prost_reflect::{FieldDescriptor, Kind};

/// "a whole number" and "een geheel getal", for one value of the field.
pub(crate) fn expected(field: &FieldDescriptor) -> (String, String) {
    if field.is_map() {
        return both("an object", "een object");
    }
    match field.kind() {
        Kind::Double | Kind::Float => both("a number", "een getal"),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            both("a whole number", "een geheel getal")
        }
        Kind::Uint32 | Kind::Fixed32 | Kind::Uint64 | Kind::Fixed64 => {
            both("a whole number of 0 or more", "een geheel getal van 0 of meer")
        }
        Kind::Bool => both("true or false", "true of false"),
        Kind::String => both("a text", "een tekst"),
        Kind::Bytes => both("base64", "base64"),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => {
                both("a time such as \"2026-11-23T12:00:00Z\"", "een tijd zoals \"2026-11-23T12:00:00Z\"")
            }
            "google.protobuf.Duration" => both("a duration such as \"1.5s\"", "een duur zoals \"1.5s\""),
            "google.protobuf.FieldMask" => {
                both("names of fields, separated by commas", "een lijst van veldnamen met komma's ertussen")
            }
            _ => both("an object", "een object"),
        },
        Kind::Enum(kind) => {
            let names: Vec<String> = kind.values().map(|value| value.name().to_owned()).collect();
            let names = names.join(", ");
            (format!("one of {names}"), format!("een van {names}"))
        }
    }
}

fn both(english: &str, dutch: &str) -> (String, String) {
    (english.to_owned(), dutch.to_owned())
}
