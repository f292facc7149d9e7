//! Why a use case was not carried out.

use platform::idempotency;
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
    /// The parent does not fit.
    #[error("the parent {0}")]
    Parent(Problem),
    /// The request id stands for another request, or its kept answer cannot be had.
    #[error(transparent)]
    Request(#[from] idempotency::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}
