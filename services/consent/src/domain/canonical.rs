//! Canonical JSON (RFC 8785), for JSON of strings, whole numbers, booleans, lists and objects.
//! There is one way to write a value, so that its hash says what it says.

use std::cell::RefCell;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

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
    let text = Text::default();
    let form = Form { text: &text, objects: Vec::new() };
    value.serialize(&mut Serializer::with_formatter(&text, form)).map_err(|_| NotCanonical)?;
    String::from_utf8(text.0.into_inner()).map_err(|_| NotCanonical)
}

/// Whether `text` is JSON in its canonical form.
#[must_use]
pub(crate) fn is_canonical(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| json(&value).as_deref() == Ok(text))
}

/// What was written.
#[derive(Default)]
struct Text(RefCell<Vec<u8>>);

impl Write for &Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The canonical form. Compact JSON has all of it but the limits of numbers and the order of members,
/// which are put in order once their object is complete.
struct Form<'a> {
    text: &'a Text,
    /// The members so far of each object that is not complete.
    objects: Vec<Vec<Member>>,
}

/// Where a member of an object begins in the text, and where its name ends: it stands there as
/// `"name":value`.
struct Member {
    start: usize,
    end_of_name: usize,
}

impl Formatter for Form<'_> {
    fn write_null<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        Err(no_form())
    }

    fn write_f32<W: ?Sized + Write>(&mut self, _: &mut W, _: f32) -> io::Result<()> {
        Err(no_form())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, _: &mut W, _: f64) -> io::Result<()> {
        Err(no_form())
    }

    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, number: i64) -> io::Result<()> {
        if number.unsigned_abs() > LARGEST_NUMBER.unsigned_abs() {
            return Err(no_form());
        }
        CompactFormatter.write_i64(writer, number)
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        self.write_i64(writer, i64::try_from(number).map_err(|_| no_form())?)
    }

    fn write_i128<W: ?Sized + Write>(&mut self, writer: &mut W, number: i128) -> io::Result<()> {
        self.write_i64(writer, i64::try_from(number).map_err(|_| no_form())?)
    }

    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, number: u128) -> io::Result<()> {
        self.write_i64(writer, i64::try_from(number).map_err(|_| no_form())?)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.objects.push(Vec::new());
        CompactFormatter.begin_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_object_key(writer, first)?;
        let start = self.text.0.borrow().len();
        if let Some(members) = self.objects.last_mut() {
            members.push(Member { start, end_of_name: start });
        }
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        if let Some(member) = self.objects.last_mut().and_then(|members| members.last_mut()) {
            // Without the quote, which is more than some letters.
            member.end_of_name = self.text.0.borrow().len() - 1;
        }
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        put_in_order(&mut self.text.0.borrow_mut(), &self.objects.pop().unwrap_or_default());
        CompactFormatter.end_object(writer)
    }
}

fn no_form() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// Puts the members of an object in order. They go up to the end, with a comma between them.
fn put_in_order(json: &mut Vec<u8>, members: &[Member]) {
    let Some(first) = members.first().map(|member| member.start) else { return };
    let ends = members.iter().skip(1).map(|next| next.start - 1).chain([json.len()]);
    let named = members.iter().zip(ends).filter_map(|(Member { start, end_of_name }, end)| {
        Some((json.get(*start..*end_of_name)?, json.get(*start..end)?))
    });
    let mut named: Vec<_> = named.collect();
    // Most are in order, which bytes tell of names that are ASCII without escapes.
    let plain = named.iter().all(|(name, _)| name.is_ascii() && !name.contains(&b'\\'));
    if plain && named.is_sorted_by_key(|(name, _)| *name) {
        return;
    }
    if plain {
        named.sort_unstable_by_key(|(name, _)| *name);
    } else {
        named.sort_by_cached_key(|(_, member)| code_units(member));
    }
    let ordered = named.iter().map(|(_, member)| *member).collect::<Vec<_>>().join(&b',');
    json.truncate(first);
    json.extend(ordered);
}

/// The UTF-16 code units of the name of a member.
fn code_units(member: &[u8]) -> Vec<u16> {
    let name = String::deserialize(&mut serde_json::Deserializer::from_slice(member));
    name.map(|name| name.encode_utf16().collect()).unwrap_or_default()
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

    /// The names of the members of an object, in the order in which they are written.
    fn names(text: &str) -> Vec<String> {
        let Value::Object(members) = serde_json::from_str(text).expect("JSON") else { return Vec::new() };
        members.into_iter().map(|(name, _)| name).collect()
    }

    proptest! {
        #[test]
        fn members_stand_in_the_order_of_their_code_units(
            members in prop::collection::hash_map("[ !a-c\"\\\\\n\u{e000}\u{ffff}\u{10000}é]{0,3}", value(), 0..9)
        ) {
            let written = json(&members).expect("a canonical form");
            let mut sorted: Vec<String> = members.into_keys().collect();
            sorted.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
            prop_assert_eq!(names(&written), sorted);
        }

        #[test]
        fn the_canonical_form_says_the_same_and_is_its_own_canonical_form(value in value()) {
            let text = json(&value).expect("a canonical form");
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).expect("JSON"), &value);
            prop_assert!(is_canonical(&text));
        }
    }
}
