//! Errors of the use cases as the caller gets them.

use platform::fields::violation;
use platform::status::Failure;
use proto::api::v1::ErrorReason;
use tonic::Code;

use crate::app::error::Error;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(resource) => Self::not_found(&resource),
            Error::AlreadyExists(resource) => Self::already_exists(&resource),
            Error::Changed(resource) => Self::etag_mismatch(&resource),
            Error::OinTaken { oin, owner } => Self::new(
                Code::AlreadyExists,
                ErrorReason::AlreadyExists,
                format!("stakeholder.oin: {oin} is already the OIN of {owner}"),
                format!("stakeholder.oin: {oin} is al de OIN van {owner}"),
            )
            .with("resource", owner)
            .with("field", "stakeholder.oin"),
            Error::Withdrawn(key) => Self::new(
                Code::FailedPrecondition,
                ErrorReason::WrongState,
                format!("{key} was withdrawn, for good; register a new key"),
                format!("{key} is definitief ingetrokken; registreer een nieuwe sleutel"),
            )
            .with("resource", key)
            .with("state", "WITHDRAWN")
            .with("needed", "REGISTERED"),
            Error::WrongProof(problem) => Self::violations(
                ErrorReason::SignatureInvalid,
                "The proof",
                "Het bewijs",
                vec![violation("signing_key.proof", &problem)],
            ),
            Error::OtherOrganisation(resource) => Self::other_organisation(&resource),
            Error::Request(error) => error.into(),
            Error::Database(cause) => Self::internal(&cause),
        }
    }
}
