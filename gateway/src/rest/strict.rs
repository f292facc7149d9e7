//! JSON in which every key of an object stands once: which of two would count is anybody's guess
//! (RFC 8259, section 4).

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// It is not JSON; the place counts from 1.
    NotJson { line: usize, column: usize },
    /// This key is in one object twice.
    Twice(String),
}

/// Reads a JSON value.
///
/// # Errors
/// When it is not JSON, or a key is in an object twice.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Error> {
    let twice = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Strict { twice: &twice }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    read.map_err(|error| match twice.take() {
        Some(key) => Error::Twice(key),
        None => Error::NotJson { line: error.line(), column: error.column() },
    })
}

/// Reads one value, and notes a key that is there twice.
#[derive(Clone, Copy)]
struct Strict<'a> {
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                *self.twice.borrow_mut() = Some(key);
                return Err(A::Error::custom("a key is there twice"));
            }
            let value = entries.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_in_an_object_once() {
        let twice = |text: &str| parse(text.as_bytes());
        assert_eq!(twice(r#"{"a": 1, "a": 1}"#), Err(Error::Twice("a".to_owned())));
        assert_eq!(twice(r#"[{"a": {"b": 1, "c": [], "\u0062": 2}}]"#), Err(Error::Twice("b".to_owned())));
        assert!(twice(r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}"#).is_ok());
        assert_eq!(parse(b"{} {}"), Err(Error::NotJson { line: 1, column: 4 }));
    }

    proptest! {
        #[test]
        fn everything_else_is_read_as_always(text in "[\\[\\]{}\",:a0-9.e -]{0,24}") {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("the same"), value);
            }
        }
    }
}
