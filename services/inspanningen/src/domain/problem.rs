//! What can be wrong with a value, said in both languages.

use platform::problem::{self, Common};

/// Why a value is not accepted. It reads on after the name of the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// What can be wrong with a value of any kind.
    #[error(transparent)]
    Common(#[from] Common),
    /// Not a code.
    #[error("is not a code: expected 1 to {most} of A-Z, a-z, 0-9 and hyphen")]
    NotACode {
        /// How many characters it may have.
        most: usize,
    },
    /// Not the name of a resource of this collection.
    #[error("is not a resource name: expected {collection}/{{code}}")]
    NotAName {
        /// The collection, for example "goals".
        collection: &'static str,
    },
    /// Not one of the kinds.
    #[error("is not one of the kinds")]
    NotAKind,
    /// The parent does not exist.
    #[error("does not exist")]
    NoSuchParent,
    /// The parent is as deep in the tree as an inspanning can be.
    #[error("is at level {most} of the tree, which is the last one")]
    TooDeep {
        /// How many levels a tree can have.
        most: u8,
    },
    /// The field cannot be changed.
    #[error("cannot be changed")]
    Immutable,
}

impl problem::Problem for Problem {
    fn dutch(&self) -> String {
        match self {
            Self::Common(problem) => problem.dutch(),
            Self::NotACode { most } => {
                format!("is geen code: verwacht worden 1 tot {most} tekens uit A-Z, a-z, 0-9 en streepje")
            }
            Self::NotAName { collection } => {
                format!("is geen naam van een bron: verwacht wordt {collection}/{{code}}")
            }
            Self::NotAKind => "is niet een van de soorten".to_owned(),
            Self::NoSuchParent => "bestaat niet".to_owned(),
            Self::TooDeep { most } => format!("staat op niveau {most} van de boom, en dat is het laatste"),
            Self::Immutable => "kan niet worden gewijzigd".to_owned(),
        }
    }
}
