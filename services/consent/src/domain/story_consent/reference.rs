//! Who gave a consent, as a pseudonym. The platform holds no persons, so what looks like one is
//! refused.

/// Most characters.
const LONGEST: usize = 64;
/// A number of so many digits, whatever hyphens are between them, may be a burgerservicenummer (9, the older ones
/// 8), a telephone number or the number of an account.
const DIGITS_OF_A_PERSON: usize = 8;
/// The groups of hexadecimal digits of a UUID (RFC 9562).
const UUID: [usize; 5] = [8, 4, 4, 4, 12];
/// How many characters an IBAN has (ISO 13616).
const IBAN: std::ops::RangeInclusive<usize> = 15..=34;

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
    /// A number that may be somebody's: a burgerservicenummer, a telephone number, or of an account.
    Number,
    /// Too long, or with other characters.
    Form,
}

impl Reference {
    /// Reads a new reference.
    ///
    /// # Errors
    /// When it is none, or looks like a person.
    pub(crate) fn read(text: &str) -> Result<Self, NotAReference> {
        // Hyphens hide nothing.
        let number = text.replace('-', "");
        let in_a_row = number.split(|character: char| !character.is_ascii_digit()).map(str::len);
        if text.is_empty() {
            Err(NotAReference::Missing)
        } else if text.contains('@') {
            Err(NotAReference::Email)
        } else if text.chars().any(char::is_whitespace) {
            Err(NotAReference::Name)
        } else if is_uuid(text) {
            Ok(Self(text.to_owned()))
        } else if in_a_row.into_iter().any(|digits| digits >= DIGITS_OF_A_PERSON) || is_iban(&number) {
            Err(NotAReference::Number)
        } else {
            Self::kept(text).ok_or(NotAReference::Form)
        }
    }

    /// A reference as it is kept: what is refused now may have been entered before, and its consent is withdrawn
    /// by it. None when it has not the form of one.
    #[must_use]
    pub(crate) fn kept(text: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let right = (1..=LONGEST).contains(&text.len()) && text.bytes().all(known);
        right.then(|| Self(text.to_owned()))
    }

    /// The reference.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is a UUID as it is written. One of digits alone may be numbers of somebody.
fn is_uuid(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    text.split('-').map(str::len).eq(UUID)
        && text.bytes().all(known)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether this is the number of an account: a country, two digits that check the rest, and the rest (ISO 13616).
fn is_iban(text: &str) -> bool {
    let right = IBAN.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let Some((head, rest)) = text.split_at_checked(4).filter(|_| right) else { return false };
    let country = head.bytes().take(2).all(|byte| byte.is_ascii_alphabetic());
    let checks = head.bytes().skip(2).all(|byte| byte.is_ascii_digit());
    // Letters count as 10 to 35; all of it has 1 left when it is divided by 97.
    let left = rest.chars().chain(head.chars()).filter_map(|character| character.to_digit(36));
    let left = left.fold(0, |left, digit| (left * if digit < 10 { 10 } else { 100 } + digit) % 97);
    country && checks && left == 1
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
            Self::Number => {
                "has 8 or more digits in a row, hyphens aside, or is the number of an account: so may be a burgerservicenummer or a telephone number; the platform holds no persons, choose another pseudonym"
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
            Self::Number => {
                "bevat 8 of meer cijfers achter elkaar, de streepjes niet meegeteld, of is een rekeningnummer: dat kan een burgerservicenummer of telefoonnummer zijn; het platform bewaart geen personen, kies een ander pseudoniem"
            }
            Self::Form => "is geen pseudoniem van 1 tot 64 letters, cijfers en streepjes",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IBAN_OF_LETTERS: &str = "MT66MALT0110A12345MTLCAST001S";

    #[test]
    fn what_was_entered_before_is_still_read() {
        for kept in ["0612345678", IBAN_OF_LETTERS, "v-17"] {
            assert_eq!(Reference::kept(kept).expect("a reference").as_str(), kept);
        }
        for wrong in ["", "a b", "a@b", "é", &"x".repeat(65)] {
            assert_eq!(Reference::kept(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_uuid_is_a_pseudonym_unless_it_is_of_digits_alone(bits in any::<u128>(), upper in any::<bool>()) {
            let uuid = uuid::Uuid::from_u128(bits).to_string();
            let text = if upper { uuid.to_uppercase() } else { uuid };
            let letters = text.chars().any(char::is_alphabetic);
            let read = Reference::read(&text).map(|read| read.as_str().to_owned());
            prop_assert_eq!(read, if letters { Ok(text) } else { Err(NotAReference::Number) });
        }
    }

    #[test]
    fn a_reference_is_a_pseudonym_and_no_person() {
        for good in ["v-17", "A", "1234567", "verhaal-2026-11", "LC15-ABCDEFGHIJK", &"x".repeat(64)] {
            assert_eq!(Reference::read(good).map(|read| read.as_str().to_owned()), Ok(good.to_owned()));
        }
        for (bad, why) in [
            ("", NotAReference::Missing),
            ("jan@example.nl", NotAReference::Email),
            ("Jan Jansen", NotAReference::Name),
            ("123456782", NotAReference::Number),
            ("bewoner-12345678", NotAReference::Number),
            ("12345678-x", NotAReference::Number),
            ("1234-56-782", NotAReference::Number),
            ("v-123-456-782", NotAReference::Number),
            ("1234567890", NotAReference::Number),
            ("0612345678", NotAReference::Number),
            ("31612345678", NotAReference::Number),
            ("06-1234-5678", NotAReference::Number),
            ("NL91ABNA0417164300", NotAReference::Number),
            ("nl91-abna-0417-1643-00", NotAReference::Number),
            ("12345678-1234-4234-8234-123456789012", NotAReference::Number),
            ("a1234567812344234-8234-12345678901234", NotAReference::Number),
            ("a12345678-1234-4234-8234-12345678901", NotAReference::Number),
            // Without many digits in a row.
            (IBAN_OF_LETTERS, NotAReference::Number),
            ("jan_jansen", NotAReference::Form),
            ("é", NotAReference::Form),
            (&"x".repeat(65), NotAReference::Form),
        ] {
            assert_eq!(Reference::read(bad), Err(why), "{bad}");
        }
    }
}
