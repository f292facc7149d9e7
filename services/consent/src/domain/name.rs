//! Resource names, periods and texts as they may stand in an agreement or a request.

use std::fmt;
use std::ops::Range;

use platform::text::{is_control, is_unseen};
use uuid::Uuid;

/// Most characters of the code in a resource name.
pub(crate) const LONGEST_CODE: usize = 100;

/// The id of an agreement: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AgreementId(Uuid);

impl AgreementId {
    /// The agreement with this UUID.
    #[must_use]
    pub(crate) fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads "agreements/{uuid}", the UUID in lower case with hyphens. Anything else is the name of
    /// no agreement.
    #[must_use]
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::of_id(name.strip_prefix("agreements/")?)
    }

    /// Reads the UUID alone.
    #[must_use]
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(id).ok()?;
        (uuid.hyphenated().to_string() == id).then_some(Self(uuid))
    }

    /// The UUID.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        self.0.hyphenated().to_string()
    }

    /// The resource name, "agreements/{uuid}".
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("agreements/{self}")
    }
}

impl fmt::Display for AgreementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Whether `text` is the name of a resource of `collection`: "datasets/{code}", the code up to 100
/// letters, digits, points, hyphens and underscores, a letter or digit first.
#[must_use]
pub(crate) fn is_resource(text: &str, collection: &str) -> bool {
    text.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/')).is_some_and(is_code)
}

/// Whether `text` is a code, as in a resource name.
#[must_use]
pub(crate) fn is_code(text: &str) -> bool {
    text.len() <= LONGEST_CODE
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether `text` is a release, "datasets/{code}/releases/{number}".
#[must_use]
pub(crate) fn is_release(text: &str) -> bool {
    let Some((dataset, number)) = text.split_once("/releases/") else {
        return false;
    };
    is_resource(dataset, "datasets") && number.parse::<u32>().is_ok_and(|value| value.to_string() == number)
}

/// Whether `text` is a year "2023", a quarter "2023Q1", a month "2023-06" or a day "2023-12-31",
/// between 1900 and 2199.
#[must_use]
pub(crate) fn is_period(text: &str) -> bool {
    is_period_in(text, 1900..2200)
}

/// The same, in one of these years.
#[must_use]
pub(crate) fn is_period_in(text: &str, years: Range<u16>) -> bool {
    let Some((year, rest)) = text.split_at_checked(4) else {
        return false;
    };
    let two_digits = |part: &str| -> Option<u8> {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let year_is_right = year.bytes().all(|byte| byte.is_ascii_digit())
        && year.parse::<u16>().is_ok_and(|year| years.contains(&year));
    let rest_is_right = match rest.as_bytes().first() {
        None => true,
        Some(b'Q') => matches!(rest, "Q1" | "Q2" | "Q3" | "Q4"),
        Some(b'-') if rest.len() == 3 => {
            rest.get(1..).and_then(two_digits).is_some_and(|month| (1..=12).contains(&month))
        }
        Some(b'-') => super::calendar::parse_date(text).is_some(),
        Some(_) => false,
    };
    year_is_right && rest_is_right
}

/// Whether `text` can stand on one line without misleading its reader: no control characters, no
/// line separators, nothing that turns the direction of writing, and nothing that is not seen.
#[must_use]
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.chars().any(|character| is_control(character) || is_unseen(character))
}

/// The same, when it also has a letter or a digit.
#[must_use]
pub(crate) fn is_line_to_read(text: &str) -> bool {
    is_one_line(text) && text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_has_one_name() {
        let name = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";
        assert_eq!(AgreementId::of_name(name).expect("a name").name(), name);
        for wrong in [
            "",
            "agreements/",
            "agreements/x",
            "0190163d-8694-739b-aea5-966c26f8ad90",
            "agreements/0190163D-8694-739B-AEA5-966C26F8AD90",
            "agreements/0190163d8694739baea5966c26f8ad90",
            "agreements/0190163d-8694-739b-aea5-966c26f8ad90/",
        ] {
            assert_eq!(AgreementId::of_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_resource_name_has_its_collection_and_a_code() {
        assert!(is_resource("areas/BRU-NOORD", "areas"));
        for wrong in
            ["areas/", "areas", "BRU-NOORD", "areas/a/b", "areas/..", "areas/é", "datasets/x", "areas/a b"]
        {
            assert!(!is_resource(wrong, "areas"), "{wrong}");
        }
        assert!(!is_resource(&format!("areas/{}", "a".repeat(101)), "areas"));
        assert!(is_release("datasets/x/releases/12"));
        assert!(!is_release("datasets/x/releases/012") && !is_release("datasets/x"));
    }

    #[test]
    fn a_line_holds_nothing_that_misleads_its_reader() {
        assert!(is_one_line("Team gegevens, Café"));
        for wrong in ["a\nb", "a\u{7f}", "a\u{202e}b", "a\u{2028}b", "\u{feff}a"] {
            assert!(!is_one_line(wrong), "{wrong:?}");
        }
        // Nothing is seen of these.
        for unseen in ["\u{3164}", "\u{2800}", "team\u{200b} Weller", "a\u{e0041}", "a\u{ad}b", "a\u{ffa0}"] {
            assert!(!is_one_line(unseen), "{unseen:?}");
        }
        assert!(is_one_line("") && is_one_line("—"));
        assert!(is_line_to_read("14 045") && is_line_to_read("Ömer") && !is_line_to_read("— !"));
    }

    #[test]
    fn periods_are_years_quarters_months_and_days() {
        for right in ["2023", "2023Q1", "2023-06", "2023-12-31", "2024-02-29"] {
            assert!(is_period(right), "{right}");
        }
        for wrong in [
            "",
            "23",
            "2023Q5",
            "2023Q",
            "2023-6",
            "2023-13",
            "2023-02-29",
            "2023-1-1",
            "1800",
            "2023 ",
            "+023",
            "20é3",
            "2023-+1",
            "éééé",
        ] {
            assert!(!is_period(wrong), "{wrong}");
        }
    }
}
