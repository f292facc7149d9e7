//! Whether the terms that a file shows for reading are those that are signed.

use anyhow::{Result, bail};
use serde_json::Value;

/// Checks that the terms beside the content say what the content says; both in the JSON of the contract.
///
/// # Errors
/// When they differ: the first field.
pub(super) fn check(shown: &Value, signed: &Value) -> Result<()> {
    match difference("content", Some(shown), Some(signed)) {
        None => Ok(()),
        Some(Difference { field, shown, signed }) => bail!(
            "bij {field} staat {shown}, en getekend is {signed}: wat er te lezen staat is niet de inhoud die is \
             getekend (contentJson)"
        ),
    }
}

struct Difference {
    field: String,
    shown: String,
    signed: String,
}

/// The first difference, in the order of what is shown. What has its default is left out of the JSON.
fn difference(field: &str, shown: Option<&Value>, signed: Option<&Value>) -> Option<Difference> {
    if shown == signed {
        return None;
    }
    let inside = match (shown, signed) {
        (Some(Value::Object(shown)), Some(Value::Object(signed))) => {
            let names = shown.keys().chain(signed.keys().filter(|name| !shown.contains_key(*name)));
            let mut fields =
                names.map(|name| difference(&format!("{field}.{name}"), shown.get(name), signed.get(name)));
            fields.find_map(|found| found)
        }
        (Some(Value::Array(shown)), Some(Value::Array(signed))) => {
            let places = 0..shown.len().max(signed.len());
            places.into_iter().find_map(|place| {
                difference(&format!("{field}[{place}]"), shown.get(place), signed.get(place))
            })
        }
        _ => None,
    };
    let told = |value: Option<&Value>| value.map_or_else(|| "niets".to_owned(), Value::to_string);
    inside.or_else(|| Some(Difference { field: field.to_owned(), shown: told(shown), signed: told(signed) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_field_that_differs_is_named_with_what_is_shown_and_signed() {
        let signed = json!({"recipients": [{"oin": "1"}, {"oin": "2"}], "protection": {"minimumCount": 10}});
        assert!(check(&signed, &signed).is_ok());
        for (shown, said) in [
            (json!({"recipients": [{"oin": "1"}, {"oin": "3"}]}), r#"content.recipients[1].oin staat "3""#),
            (json!({"recipients": [{"oin": "1"}]}), "content.recipients[1] staat niets"),
            (json!({"recipients": signed["recipients"]}), "content.protection staat niets"),
            (json!({"protection": {"minimumCount": 5}}), "content.protection.minimumCount staat 5"),
            (json!({"contact": "x"}), r#"content.contact staat "x", en getekend is niets"#),
        ] {
            let error = check(&shown, &signed).unwrap_err().to_string();
            assert!(error.contains(said), "{said} is not in {error}");
        }
    }
}
