//! Who contributes how much to a value.

use std::cmp::Ordering;
use std::fmt;
use std::mem::size_of;

use crate::domain::decimal::Decimal;

/// Most organisations that contribute to one value.
pub(crate) const MAX_ORGANISATIONS: usize = 32;
/// Most characters of the code of an organisation.
pub(crate) const MAX_CODE: usize = 63;

/// The contributions of organisations to a value: by code, in order, each once and more than zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Contributions(Vec<(String, Decimal)>);

/// Why a text tells no contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// This is not a code, an equals sign and an amount.
    Form(String),
    /// This is not a code of an organisation.
    Code(String),
    /// An organisation has this amount, which is no number of zero or more.
    Amount(String, String),
    /// This organisation is named twice.
    Twice(String),
    /// More than [`MAX_ORGANISATIONS`] are named.
    TooMany,
}

impl Contributions {
    /// Reads contributions as a delivery has them: "weller=12 wonen-zuid=3", in any order. Who contributes
    /// zero does not contribute.
    ///
    /// # Errors
    /// When the text is anything else.
    pub(crate) fn parse(text: &str) -> Result<Self, Wrong> {
        let mut found: Vec<(String, Decimal)> = Vec::new();
        for part in text.split(' ') {
            let (code, amount) = part.split_once('=').ok_or_else(|| Wrong::Form(part.to_owned()))?;
            if !is_code(code) {
                return Err(Wrong::Code(code.to_owned()));
            }
            let wrong = || Wrong::Amount(code.to_owned(), amount.to_owned());
            let read = Decimal::parse(amount).ok().filter(|_| !amount.starts_with('-')).ok_or_else(wrong)?;
            if found.iter().any(|(other, _)| other == code) {
                return Err(Wrong::Twice(code.to_owned()));
            }
            if found.len() == MAX_ORGANISATIONS {
                return Err(Wrong::TooMany);
            }
            found.push((code.to_owned(), read));
        }
        found.retain(|(_, amount)| amount.unscaled() > 0);
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self(found))
    }

    /// Code and amount of each, by code.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Decimal)> {
        self.0.iter().map(|(code, amount)| (code.as_str(), *amount))
    }

    /// Whether nobody contributes.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes they take in memory.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        let each = |(code, _): &(String, Decimal)| code.len() + size_of::<(String, Decimal)>();
        self.0.iter().map(each).sum::<usize>() + size_of::<Self>()
    }

    /// All together; none when that is beyond 128 bits.
    #[must_use]
    pub(crate) fn total(&self) -> Option<Decimal> {
        self.iter().try_fold(Decimal::ZERO, |sum, (_, amount)| sum.checked_add(amount))
    }
}

/// Lower-case letters, digits and hyphens.
fn is_code(code: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(known)
}

/// As a delivery has them, by code.
impl fmt::Display for Contributions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (code, amount)) in self.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{code}={amount}")?;
        }
        Ok(())
    }
}

/// By how they are written.
impl Ord for Contributions {
    fn cmp(&self, other: &Self) -> Ordering {
        let written = |own: &Self| -> Vec<(String, i128, u8)> {
            own.0.iter().map(|(code, it)| (code.clone(), it.unscaled(), it.scale())).collect()
        };
        written(self).cmp(&written(other))
    }
}

impl PartialOrd for Contributions {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_are_written_by_code_and_without_those_of_zero() {
        let read = Contributions::parse("wonen-zuid=3.50 9-huizen=0 weller=12").expect("contributions");
        assert_eq!(read.to_string(), "weller=12 wonen-zuid=3.50");
        assert_eq!(Contributions::parse(&read.to_string()), Ok(read.clone()));
        assert_eq!(read.total().map(|total| total.to_string()).as_deref(), Some("15.50"));
        assert!(Contributions::parse("weller=0").expect("contributions").is_empty());
    }

    #[test]
    fn what_is_no_list_of_organisations_and_amounts_is_refused() {
        let text = str::to_owned;
        let amount = |code, amount| Wrong::Amount(text(code), text(amount));
        let long = format!("{}=1", "a".repeat(MAX_CODE + 1));
        let many: Vec<String> = (0..=MAX_ORGANISATIONS).map(|number| format!("o{number}=1")).collect();
        for (wrong, why) in [
            ("", Wrong::Form(String::new())),
            ("weller", Wrong::Form(text("weller"))),
            ("weller=1  zuid=2", Wrong::Form(String::new())),
            ("weller=1;zuid=2", amount("weller", "1;zuid=2")),
            ("Weller=1", Wrong::Code(text("Weller"))),
            ("=1", Wrong::Code(String::new())),
            (&long, Wrong::Code("a".repeat(MAX_CODE + 1))),
            ("weller=-1", amount("weller", "-1")),
            ("weller=-0", amount("weller", "-0")),
            ("weller=1,5", amount("weller", "1,5")),
            ("weller=", amount("weller", "")),
            ("weller=1 weller=0", Wrong::Twice(text("weller"))),
            (&many.join(" "), Wrong::TooMany),
        ] {
            assert_eq!(Contributions::parse(wrong), Err(why), "{wrong}");
        }
        assert!(Contributions::parse(&many[1..].join(" ")).is_ok());
    }
}
