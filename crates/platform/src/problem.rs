//! What can be wrong with a value, said in both languages.

use std::fmt;

/// Why a value is not accepted. It reads on after the name of the field, and displays in English.
pub trait Problem: fmt::Display {
    /// The same in Dutch.
    fn dutch(&self) -> String;
}

/// What can be wrong with a value of any kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Common {
    /// Nothing was given.
    #[error("is required")]
    Missing,
    /// Longer than the contract allows.
    #[error("has {has} characters; at most {most} are allowed")]
    TooLong {
        /// How many characters it has.
        has: usize,
        /// How many it may have.
        most: usize,
    },
    /// A character that does something instead of showing something.
    #[error("has a control character")]
    ControlCharacter,
    /// A character of which nothing is seen.
    #[error("has a character that cannot be seen")]
    Unseen,
    /// White space at the start or at the end.
    #[error("starts or ends with a space")]
    SpaceAtEnd,
}

impl Problem for Common {
    fn dutch(&self) -> String {
        match self {
            Self::Missing => "is verplicht".to_owned(),
            Self::TooLong { has, most } => format!("heeft {has} tekens; er mogen er hoogstens {most} zijn"),
            Self::ControlCharacter => "bevat een stuurteken".to_owned(),
            Self::Unseen => "bevat een teken dat niet te zien is".to_owned(),
            Self::SpaceAtEnd => "begint of eindigt met een spatie".to_owned(),
        }
    }
}
