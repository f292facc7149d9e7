//! Canonical JSON (RFC 8785), for JSON of strings, whole numbers, booleans, lists and objects.
//! There is one way to write a value, so that its hash says what it says.

use serde::Serialize;
use serde_json::Value;

/// The largest whole number that every reader of JSON takes exactly (RFC 8785, section 3.2.2.3).
pub(crate) const LARGEST_NUMBER: i64 = 9_007_199_254_740_991;

/// The value has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only strings, whole numbers up to 2^53-1, booleans, lists and objects have a canonical form")]
pub struct NotCanonical;

/// `value` in canonical JSON.
///
/// # Errors
/// When it holds a null, a fraction, a number that is too large, or a map whose keys are not text.
pub(crate) fn json(value: &impl Serialize) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(&serde_json::to_value(value).map_err(|_| NotCanonical)?, &mut text)?;
    Ok(text)
}

/// Whether `text` is JSON in its canonical form.
#[must_use]
pub(crate) fn is_canonical(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| json(&value).as_deref() == Ok(text))
}

fn write(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let number = number.as_i64().ok_or(NotCanonical)?;
            if number.unsigned_abs() > LARGEST_NUMBER.unsigned_abs() {
                return Err(NotCanonical);
            }
            text.push_str(&number.to_string());
        }
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // By UTF-16 code units, which is another order than that of UTF-8 bytes.
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (place, (name, member)) in members.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_string(name, text);
                text.push(':');
                write(member, text)?;
            }
            text.push('}');
        }
        Value::Null => return Err(NotCanonical),
    }
    Ok(())
}

fn write_string(string: &str, text: &mut String) {
    let is_special = |c: char| c < ' ' || c == '"' || c == '\\';
    text.push('"');
    for piece in string.split_inclusive(is_special) {
        let special = piece.chars().next_back().filter(|c| is_special(*c));
        text.push_str(special.and_then(|c| piece.strip_suffix(c)).unwrap_or(piece));
        match special {
            None => {}
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\u{8}') => text.push_str("\\b"),
            Some('\t') => text.push_str("\\t"),
            Some('\n') => text.push_str("\\n"),
            Some('\u{c}') => text.push_str("\\f"),
            Some('\r') => text.push_str("\\r"),
            Some(c) => text.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        json(&serde_json::from_str::<Value>(text).expect("JSON")).expect("a canonical form")
    }

    #[test]
    fn strings_and_literals_are_those_of_rfc_8785() {
        // Section 3.2.2, without its fractions and its null.
        let given =
            r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [true, false]}"#;
        assert_eq!(canonical(given), r#"{"literals":[true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
    }

    #[test]
    fn members_are_sorted_as_in_rfc_8785() {
        // Section 3.2.3.
        let given = r#"{
            "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#;
        let order = [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ];
        let written = canonical(given);
        let places: Vec<_> = order.iter().map(|value| written.find(value).expect("the member")).collect();
        assert!(places.is_sorted(), "{written}");
    }

    #[test]
    fn lists_keep_their_order_and_objects_nest() {
        // "arrays.json" and "structures.json" of the RFC's test data, without fractions and nulls.
        assert_eq!(
            canonical(r#"[56, {"d": true, "10": false, "1": []}]"#),
            r#"[56,{"1":[],"10":false,"d":true}]"#
        );
        let given = r#"{"1": {"f": {"f": "hi", "F": 5}, "\n": 56}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes", "E": "no"}], "A": {}}"#;
        let expected = r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#;
        assert_eq!(canonical(given), expected);
    }

    #[test]
    fn what_has_no_exact_form_is_refused() {
        for wrong in ["null", "1.5", "[1e300]", "9007199254740992", "-9007199254740992", r#"{"a":null}"#] {
            let value: Value = serde_json::from_str(wrong).expect("JSON");
            assert_eq!(json(&value), Err(NotCanonical), "{wrong}");
        }
        assert_eq!(canonical("9007199254740991"), "9007199254740991");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (-LARGEST_NUMBER..=LARGEST_NUMBER).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_form_says_the_same_and_is_its_own_canonical_form(value in value()) {
            let text = json(&value).expect("a canonical form");
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).expect("JSON"), &value);
            prop_assert!(is_canonical(&text));
        }
    }
}
