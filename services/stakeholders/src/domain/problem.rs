//! What can be wrong with a value, said in both languages.

use platform::problem::{self, Common};

/// Why a value is not accepted. It reads on after the name of the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// What can be wrong with a value of any kind.
    #[error(transparent)]
    Common(#[from] Common),
    /// Not the id of a stakeholder.
    #[error("is not an id: expected 2 to 63 of a-z, 0-9 and hyphen, a letter first")]
    NotAnId,
    /// Not the name of a stakeholder.
    #[error("is not the name of a stakeholder: expected stakeholders/{{id}}")]
    NotAName,
    /// Not an OIN.
    #[error("is not an OIN: expected 20 digits")]
    NotAnOin,
    /// An OIN that may belong to somebody.
    #[error("is not a fictitious OIN: expected one that starts with 00000099")]
    NotFictitious,
    /// Not one of the ambassador groups.
    #[error("is not a group of ambassadors")]
    NotAGroup,
    /// Not a public key that can be used.
    #[error("is not a public key: expected Ed25519 or P-256 as SPKI in PEM")]
    NotAKey,
}

impl problem::Problem for Problem {
    fn dutch(&self) -> String {
        match self {
            Self::Common(problem) => problem.dutch(),
            Self::NotAnId => {
                "is geen id: verwacht worden 2 tot 63 tekens uit a-z, 0-9 en streepje, met een letter vooraan"
                    .to_owned()
            }
            Self::NotAName => "is geen naam van een stakeholder: verwacht wordt stakeholders/{id}".to_owned(),
            Self::NotAnOin => "is geen OIN: verwacht worden 20 cijfers".to_owned(),
            Self::NotFictitious => {
                "is geen fictieve OIN: verwacht wordt een OIN die met 00000099 begint".to_owned()
            }
            Self::NotAGroup => "is geen groep ambassadeurs".to_owned(),
            Self::NotAKey => {
                "is geen publieke sleutel: verwacht wordt Ed25519 of P-256 als SPKI in PEM".to_owned()
            }
        }
    }
}
