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
    /// Not the name of a key.
    #[error("is not the name of a key: expected stakeholders/{{id}}/signing-keys/{{thumbprint}}")]
    NotAKeyName,
    /// Not a proof, or not by the key.
    #[error(
        "is not a compact JWS that the key itself made, with header alg and kid and payload type, oin, thumbprint and signed_at"
    )]
    NotAProof,
    /// A signature that says something else.
    #[error("has another type than \"register\"")]
    ProofOfSomethingElse,
    /// A proof for another organisation.
    #[error("is for another organisation: expected oin {0}")]
    ProofForAnother(String),
    /// A proof of another key.
    #[error("is about another key: expected thumbprint {0}")]
    ProofOfAnotherKey(String),
    /// A proof of before or after.
    #[error("has a signed_at that is more than 5 minutes off; check your clock and make a new proof")]
    ProofNotOfNow,
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
            Self::NotAKeyName => {
                "is geen naam van een sleutel: verwacht wordt stakeholders/{id}/signing-keys/{vingerafdruk}"
                    .to_owned()
            }
            Self::NotAProof => {
                "is geen compacte JWS die met de sleutel zelf is gemaakt, met in de kop alg en kid en als inhoud type, oin, thumbprint en signed_at"
                    .to_owned()
            }
            Self::ProofOfSomethingElse => "heeft een ander type dan \"register\"".to_owned(),
            Self::ProofForAnother(oin) => {
                format!("is voor een andere organisatie: verwacht wordt oin {oin}")
            }
            Self::ProofOfAnotherKey(thumbprint) => {
                format!("gaat over een andere sleutel: verwacht wordt thumbprint {thumbprint}")
            }
            Self::ProofNotOfNow => {
                "heeft een signed_at die meer dan 5 minuten afwijkt; controleer uw klok en maak een nieuw bewijs"
                    .to_owned()
            }
        }
    }
}
