//! Why a use case fails.

use platform::status::{Failure, FieldViolation};
use sea_orm::DbErr;
use tokio::task::JoinError;

use crate::app::decision::Unreachable;
use crate::domain::delivery::{Report, TooLarge};
use crate::domain::permit::{Receipt, Refusal};
use crate::store;
use crate::store::shield::Unprotectable;

/// Why a use case fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The platform says so: credentials, page tokens, etags, request ids.
    #[error("{0:?}")]
    Failure(Failure),
    /// Fields of the request are wrong.
    #[error("fields are wrong")]
    Invalid(Vec<FieldViolation>),
    /// The resource does not exist, or not for the caller.
    #[error("{0} does not exist")]
    NotFound(String),
    /// A resource with this name exists already.
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// The resource belongs to another organisation.
    #[error("{0} belongs to another organisation")]
    OtherOrganisation(String),
    /// The release is no draft any more.
    #[error("{0} is published")]
    NoDraft(String),
    /// The delivery has errors.
    #[error("the delivery has {} errors", .0.error_count)]
    Delivery(Box<Report>),
    /// The delivery is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Too many deliveries are being checked.
    #[error("too many deliveries at the same time")]
    Overloaded,
    /// Small groups cannot be protected as asked; for the owner of the dataset only.
    #[error("{} cannot be protected", .0.release.resource_name())]
    Unprotectable(Box<Unprotectable>),
    /// A release has no shield under the protection of the agreement, and cannot have one.
    #[error("{0} cannot be protected as agreed")]
    NotProtected(String),
    /// The shield of a release under the protection of the agreement is still being made.
    #[error("the mask of {0} is being made")]
    BeingProtected(String),
    /// Too many previews are being worked out.
    #[error("too many previews at the same time")]
    Busy,
    /// The stream of the caller broke off.
    #[error("the delivery broke off")]
    BrokenOff,
    /// The decision point refuses.
    #[error("refused")]
    Refused(Box<Refusal>),
    /// The decision point has been silent for too long to go on under the permit of this receipt.
    #[error("the decision point is silent")]
    Silent(Box<Receipt>),
    /// The decision point cannot be asked or told.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// This process was told to stop.
    #[error("stopping")]
    Stopping,
    /// Work of this process broke off by a fault of ours.
    #[error("work broke off")]
    Broken(#[source] JoinError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<JoinError> for Error {
    fn from(error: JoinError) -> Self {
        if error.is_cancelled() { Self::Stopping } else { Self::Broken(error) }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(store::Error::Database(error))
    }
}

impl From<platform::idempotency::Error> for Error {
    fn from(error: platform::idempotency::Error) -> Self {
        Self::Failure(error.into())
    }
}
