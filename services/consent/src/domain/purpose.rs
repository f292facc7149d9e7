//! Purposes: the closed list of what data may be asked for.

use time::OffsetDateTime;

use super::name::{is_line_to_read, is_resource};
use super::problem::Problem;

/// Most characters of a name.
const LONGEST_NAME: usize = 200;

/// A purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// Its code; the resource name is "purposes/{code}".
    pub(crate) code: String,
    /// What the data is for, in Dutch.
    pub(crate) display_name: String,
    /// The goal or inspanning that it serves, "goals/{code}" or "inspanningen/{code}".
    pub(crate) serves: String,
    /// When it was added.
    pub(crate) create_time: OffsetDateTime,
    /// When it was last changed.
    pub(crate) update_time: OffsetDateTime,
}

/// What is to change of a purpose; `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PurposeChange {
    /// Another name.
    pub(crate) display_name: Option<String>,
    /// The goal or inspanning; another one only of a purpose that is new.
    pub(crate) serves: Option<String>,
}

impl Purpose {
    /// A new purpose.
    #[must_use]
    pub(crate) fn new(code: String, display_name: String, serves: String, now: OffsetDateTime) -> Self {
        Self { code, display_name, serves, create_time: now, update_time: now }
    }

    /// The resource name, "purposes/{code}".
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("purposes/{}", self.code)
    }

    /// The purpose after a change of its name; the same one when nothing changes by it.
    #[must_use]
    pub(crate) fn changed(&self, change: PurposeChange, now: OffsetDateTime) -> Self {
        let changed = Self {
            display_name: change.display_name.unwrap_or_else(|| self.display_name.clone()),
            ..self.clone()
        };
        if changed == *self { changed } else { Self { update_time: now, ..changed } }
    }
}

impl PurposeChange {
    /// What is wrong with it for this purpose: what it serves is for good, as agreements may be signed on
    /// it.
    #[must_use]
    pub(crate) fn breaks(&self, purpose: &Purpose) -> Option<Problem> {
        let other = self.serves.as_ref().is_some_and(|serves| *serves != purpose.serves);
        other.then(|| {
            let serves = &purpose.serves;
            Problem::new(
                "purpose.serves",
                format!("is {serves} for good: what a purpose serves never changes. Add another purpose"),
                format!("blijft {serves}: waar een doel bij hoort, verandert nooit. Voeg een ander doel toe"),
            )
        })
    }

    /// Everything in it that no purpose can have.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let name = self.display_name.as_deref().and_then(name_problem);
        let serves =
            self.serves.as_deref().filter(|serves| !is_served(serves)).map(|serves| {
                if serves.is_empty() { Problem::required("purpose.serves") } else { not_served() }
            });
        name.into_iter().chain(serves).collect()
    }
}

/// Whether this is the name of something that a purpose can serve.
#[must_use]
pub(crate) fn is_served(name: &str) -> bool {
    is_resource(name, "goals") || is_resource(name, "inspanningen")
}

/// Whether this is the code of a new purpose: 3 to 63 of a-z, 0-9 and hyphen, a letter first.
#[must_use]
pub(crate) fn is_new_code(code: &str) -> bool {
    (3..=63).contains(&code.len())
        && code.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn name_problem(name: &str) -> Option<Problem> {
    const FIELD: &str = "purpose.display_name";
    let length = name.chars().count();
    if name.trim().is_empty() {
        Some(Problem::required(FIELD))
    } else if length > LONGEST_NAME {
        Some(Problem::new(
            FIELD,
            format!("has {length} characters; at most {LONGEST_NAME} are allowed"),
            format!("heeft {length} tekens; hoogstens {LONGEST_NAME} zijn toegestaan"),
        ))
    } else if !is_line_to_read(name) || name.trim() != name {
        Some(Problem::new(
            FIELD,
            "is not one line of plain text without spaces around it",
            "is niet één regel gewone tekst zonder spaties eromheen",
        ))
    } else {
        None
    }
}

fn not_served() -> Problem {
    Problem::new(
        "purpose.serves",
        "is neither goals/{code} nor inspanningen/{code}",
        "is geen goals/{code} en geen inspanningen/{code}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    fn purpose() -> Purpose {
        Purpose::new("wijkplannen".into(), "Wijkplannen maken".into(), "inspanningen/8B".into(), NOW)
    }

    #[test]
    fn only_a_change_that_changes_something_has_a_time() {
        let later = NOW + Duration::HOUR;
        let same = PurposeChange { display_name: Some("Wijkplannen maken".into()), serves: None };
        assert_eq!(purpose().changed(same, later), purpose());
        let other = PurposeChange { display_name: Some("Anders".into()), ..PurposeChange::default() };
        let changed = purpose().changed(other, later);
        assert_eq!((changed.display_name.as_str(), changed.update_time), ("Anders", later));
        assert_eq!((changed.serves, changed.create_time), (purpose().serves, NOW));
    }

    #[test]
    fn what_a_purpose_serves_is_for_good() {
        for (serves, breaks) in [(None, false), (Some("inspanningen/8B"), false), (Some("goals/S1"), true)] {
            let change = PurposeChange { serves: serves.map(str::to_owned), ..PurposeChange::default() };
            assert_eq!(change.breaks(&purpose()).is_some(), breaks, "{serves:?}");
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        for (name, right) in [("Wijkplannen", true), ("", false), (" a", false), ("a\nb", false)] {
            let change = PurposeChange { display_name: Some(name.into()), serves: Some("plannen/1".into()) };
            let fields: Vec<_> = change.problems().into_iter().map(|problem| problem.field).collect();
            let name = (!right).then_some("purpose.display_name");
            let expected: Vec<_> = name.into_iter().chain(["purpose.serves"]).collect();
            assert_eq!(fields, expected, "{change:?}");
        }
        let long = PurposeChange { display_name: Some("a".repeat(201)), serves: Some(String::new()) };
        assert_eq!(long.problems().len(), 2);
        assert!(PurposeChange::default().problems().is_empty());
    }

    #[test]
    fn a_new_code_is_short_and_in_lower_case() {
        assert!(is_new_code("wijkplannen-2") && is_new_code("abc"));
        for wrong in ["", "ab", "1abc", "-abc", "Abc", "a_bc", "a.bc", "abé"] {
            assert!(!is_new_code(wrong), "{wrong}");
        }
        assert!(!is_new_code(&"a".repeat(64)));
    }
}
