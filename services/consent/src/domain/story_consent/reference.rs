//! Who gave a consent, as a pseudonym. The platform holds no persons, so what looks like one is
//! refused.

/// Most characters.
const LONGEST: usize = 64;
/// Numbers of so many digits in a row, whatever hyphens are between them, may be a burgerservicenummer (which has 9, the older ones 8).
const BSN_DIGITS: std::ops::RangeInclusive<usize> = 8..=9;

/// A pseudonymous reference, which only the programme can trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference(String);

/// Why a text is no such reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAReference {
    /// Nothing was given.
    Missing,
    /// An e-mail address.
    Email,
    /// Words with a space between them, like a name.
    Name,
    /// A number that may be somebody's burgerservicenummer.
    Bsn,
    /// Too long, or with other characters.
    Form,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// When it is none, or looks like a person.
    pub(crate) fn read(text: &str) -> Result<Self, NotAReference> {
        // Hyphens within a number hide nothing.
        let number = text.replace('-', "");
        let in_a_row = number.split(|character: char| !character.is_ascii_digit()).map(str::len);
        if text.is_empty() {
            Err(NotAReference::Missing)
        } else if text.contains('@') {
            Err(NotAReference::Email)
        } else if text.chars().any(char::is_whitespace) {
            Err(NotAReference::Name)
        } else if in_a_row.into_iter().any(|digits| BSN_DIGITS.contains(&digits)) {
            Err(NotAReference::Bsn)
        } else if text.len() > LONGEST
            || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            Err(NotAReference::Form)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The reference.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl NotAReference {
    /// In English, after the name of the field.
    #[must_use]
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Missing => "is required",
            Self::Email => {
                "looks like an e-mail address; the platform holds no persons, choose a pseudonym that only the programme can trace"
            }
            Self::Name => {
                "has a space, like a name; the platform holds no persons, choose a pseudonym that only the programme can trace"
            }
            Self::Bsn => {
                "has 8 or 9 digits in a row, hyphens aside, like a burgerservicenummer; the platform holds no persons, choose another pseudonym"
            }
            Self::Form => "is not a pseudonym of 1 to 64 letters, digits and hyphens",
        }
    }

    /// In Dutch, after the name of the field.
    #[must_use]
    pub(crate) fn nl(self) -> &'static str {
        match self {
            Self::Missing => "is verplicht",
            Self::Email => {
                "lijkt op een e-mailadres; het platform bewaart geen personen, kies een pseudoniem dat alleen het programma kan herleiden"
            }
            Self::Name => {
                "bevat een spatie, zoals een naam; het platform bewaart geen personen, kies een pseudoniem dat alleen het programma kan herleiden"
            }
            Self::Bsn => {
                "bevat 8 of 9 cijfers achter elkaar, de streepjes niet meegeteld, zoals een burgerservicenummer; het platform bewaart geen personen, kies een ander pseudoniem"
            }
            Self::Form => "is geen pseudoniem van 1 tot 64 letters, cijfers en streepjes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_pseudonym_and_no_person() {
        for good in ["v-17", "A", "1234567", "verhaal-2026-11", "1234567890", &"x".repeat(64)] {
            assert_eq!(Reference::read(good).map(|read| read.as_str().to_owned()), Ok(good.to_owned()));
        }
        for (bad, why) in [
            ("", NotAReference::Missing),
            ("jan@example.nl", NotAReference::Email),
            ("Jan Jansen", NotAReference::Name),
            ("123456782", NotAReference::Bsn),
            ("bewoner-12345678", NotAReference::Bsn),
            ("12345678-x", NotAReference::Bsn),
            ("1234-56-782", NotAReference::Bsn),
            ("v-123-456-782", NotAReference::Bsn),
            ("jan_jansen", NotAReference::Form),
            ("é", NotAReference::Form),
            (&"x".repeat(65), NotAReference::Form),
        ] {
            assert_eq!(Reference::read(bad), Err(why), "{bad}");
        }
    }
}
