//! Errors of the use cases as the caller gets them.

use platform::fields::violation;
use platform::status::Failure;

use crate::app::error::Error;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(resource) => Self::not_found(&resource),
            Error::AlreadyExists(resource) => Self::already_exists(&resource),
            Error::Changed(resource) => Self::etag_mismatch(&resource),
            Error::Parent(problem) => Self::invalid_field(violation("inspanning.parent", &problem)),
            Error::Request(error) => error.into(),
            Error::Database(cause) => Self::internal(&cause),
        }
    }
}
