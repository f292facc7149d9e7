//! Text that people typed and other people read.

use std::str::FromStr;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use crate::problem::Common;

/// One line of text: not empty, at most `MOST` characters, no control characters and none that are not
/// seen, no space at either end.
pub type Line<const MOST: usize> = Text<MOST, false>;

/// Text that may have line breaks and tabs, but no other control characters: not empty, at most
/// `MOST` characters.
pub type Prose<const MOST: usize> = Text<MOST, true>;

/// Text of at most `MOST` characters; `BREAKS` tells whether it may have more than one line. See
/// [`Line`] and [`Prose`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<const MOST: usize, const BREAKS: bool>(String);

impl<const MOST: usize, const BREAKS: bool> Text<MOST, BREAKS> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize, const BREAKS: bool> FromStr for Text<MOST, BREAKS> {
    type Err = Common;

    fn from_str(text: &str) -> Result<Self, Common> {
        let has = text.chars().count();
        let refused =
            |character| is_control(character) && !(BREAKS && matches!(character, '\n' | '\r' | '\t'));
        if has == 0 {
            Err(Common::Missing)
        } else if has > MOST {
            Err(Common::TooLong { has, most: MOST })
        } else if text.chars().any(refused) {
            Err(Common::ControlCharacter)
        } else if !BREAKS && text.chars().any(is_unseen) {
            Err(Common::Unseen)
        } else if !BREAKS && text.trim() != text {
            Err(Common::SpaceAtEnd)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl<const MOST: usize, const BREAKS: bool> From<Text<MOST, BREAKS>> for String {
    fn from(text: Text<MOST, BREAKS>) -> Self {
        text.0
    }
}

/// Most bytes of a sentence in an error: a caller may have made up a part of it.
const SENTENCE: usize = 500;

/// A sentence as it stands in an error: all of it, or as much as there is room for.
#[must_use]
pub fn shown(sentence: String) -> String {
    cut(sentence, SENTENCE)
}

/// The text, or the beginning of it and an ellipsis.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

/// Reads text that may be left out: none when it is empty.
///
/// # Errors
/// What `read` says of text that is there.
pub fn optional<'a, T, E>(text: &'a str, read: impl FnOnce(&'a str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// Whether a character does something instead of showing something: the control characters, line
/// separators, and those that turn the direction of what follows.
#[must_use]
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// Whether nothing is seen of a character: those that Unicode leaves out of what is shown
/// (`Default_Ignorable_Code_Point`), and the pattern of braille without any dot, which is no space either.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    character == '\u{2800}' || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Line<5>, Common> {
        text.parse()
    }

    #[test]
    fn the_limit_counts_characters_and_not_bytes() {
        assert_eq!(line("éénén").map(String::from), Ok("éénén".to_owned()));
        assert_eq!(line("abcdef"), Err(Common::TooLong { has: 6, most: 5 }));
    }

    #[test]
    fn control_characters_and_spaces_at_the_ends_are_refused() {
        for text in ["a\0b", "a\nb", "a\u{7f}", "a\u{202e}b", "a\u{200f}b", "\u{feff}a"] {
            assert_eq!(line(text), Err(Common::ControlCharacter), "{text:?}");
        }
        for text in [" a", "a ", " ", "a\u{a0}"] {
            assert_eq!(line(text), Err(Common::SpaceAtEnd), "{text:?}");
        }
        assert_eq!(line("a b").map(String::from), Ok("a b".to_owned()));
    }

    #[test]
    fn a_line_has_nothing_that_is_not_seen_and_prose_may() {
        for text in ["\u{3164}", "a\u{2800}", "a\u{200b}b", "a\u{e0041}", "a\u{ad}b"] {
            assert_eq!(line(text), Err(Common::Unseen), "{text:?}");
            assert!(text.parse::<Prose<5>>().is_ok(), "{text:?}");
        }
    }

    #[test]
    fn only_optional_text_may_be_empty() {
        assert_eq!(line(""), Err(Common::Missing));
        assert_eq!(optional("", line), Ok(None));
        assert_eq!(optional("a", line), line("a").map(Some));
    }

    #[test]
    fn lines_and_tabs_are_prose_and_other_control_characters_are_not() {
        let prose = |text: &str| text.parse::<Prose<20>>();
        assert_eq!(prose(""), Err(Common::Missing));
        assert!(prose("een\r\ntwee\tdrie").is_ok());
        assert_eq!(prose("een\0twee"), Err(Common::ControlCharacter));
        assert_eq!(prose(&"é".repeat(21)), Err(Common::TooLong { has: 21, most: 20 }));
    }
}
