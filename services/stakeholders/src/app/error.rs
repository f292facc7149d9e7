//! Why a use case was not carried out.

use platform::idempotency;
use platform::identity::Oin;
use sea_orm::DbErr;

use crate::domain::problem::Problem;

/// Why a use case was not carried out. Names are resource names.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The resource does not exist.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The resource exists already.
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// The resource was changed since the caller read it.
    #[error("{0} was changed in the meantime")]
    Changed(String),
    /// Another stakeholder has this OIN.
    #[error("{oin} is the OIN of {owner}")]
    OinTaken {
        /// The OIN.
        oin: Oin,
        /// Who has it.
        owner: String,
    },
    /// The key was withdrawn, for good.
    #[error("{0} was withdrawn")]
    Withdrawn(String),
    /// The proof that comes with a key does not prove it.
    #[error("the proof {0}")]
    WrongProof(Problem),
    /// The resource belongs to another organisation than the caller's.
    #[error("{0} belongs to another organisation")]
    OtherOrganisation(String),
    /// The request id stands for another request, or its kept answer cannot be had.
    #[error(transparent)]
    Request(#[from] idempotency::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}
