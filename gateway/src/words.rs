//! What a library or the transport says, in words of ours. Its own text is for the log.

use platform::status::{Failure, FieldViolation};
use proto::api::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::edge::too_late;

/// What tonic and prost say about a request that cannot be read.
const UNREADABLE: [&str; 7] = [
    "failed to decode",
    "Missing request message",
    "Unexpected EOF decoding",
    "protocol error: received message",
    "Error decompressing",
    "Content is compressed",
    "tonic-web:",
];

/// The status of a gRPC call as the caller gets it: one of ours (with an ErrorInfo) as it is.
pub(crate) fn ours(status: Status) -> Status {
    if status.code() == Code::Ok || status.get_details_error_info().is_some() {
        return status;
    }
    let text = status.message();
    if UNREADABLE.iter().any(|known| text.starts_with(known)) {
        return unreadable().into();
    }
    if text.starts_with("Error, decoded message length too large") {
        return too_large(text.rsplit("limit is: ").next()).into();
    }
    match status.code() {
        Code::NotFound => Failure::new(
            Code::NotFound,
            ErrorReason::NotFound,
            "what you ask for does not exist",
            "wat u vraagt bestaat niet",
        )
        .into(),
        Code::Unimplemented => Failure::new(
            Code::Unimplemented,
            ErrorReason::UnknownMethod,
            "this is not offered here",
            "dit wordt hier niet aangeboden",
        )
        .into(),
        Code::InvalidArgument => unreadable().into(),
        Code::Ok
        | Code::Unavailable
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => fault(&status).into(),
    }
}

/// What is left when a call failed for no reason that is the caller's.
pub(crate) fn fault(status: &Status) -> Failure {
    match status.code() {
        Code::Unavailable | Code::Unknown => Failure::unavailable(status),
        Code::DeadlineExceeded | Code::Cancelled => too_late(),
        Code::Ok
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => Failure::internal(status),
    }
}

fn unreadable() -> Failure {
    Failure::invalid_field(FieldViolation::new(
        "message",
        "is not a message of this method in an encoding that is read here",
        "is geen bericht van deze methode in een codering die hier gelezen wordt",
    ))
}

/// The limit is as the library writes it: "4194304 bytes".
fn too_large(limit: Option<&str>) -> Failure {
    let limit = limit.and_then(|text| text.split(' ').next()).unwrap_or_default();
    Failure::new(
        Code::ResourceExhausted,
        ErrorReason::TooLarge,
        format!("a message is larger than {limit} bytes"),
        format!("een bericht is groter dan {limit} bytes"),
    )
    .with("limit", limit)
    .with("unit", "bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_library_never_reaches_the_caller() {
        let cases = [
            (
                Status::internal("failed to decode Protobuf message: secret"),
                Code::InvalidArgument,
                "INVALID_FIELD",
            ),
            (Status::internal("Missing request message. secret"), Code::InvalidArgument, "INVALID_FIELD"),
            (Status::internal("secret"), Code::Internal, "INTERNAL"),
            (Status::unknown("secret"), Code::Unavailable, "UNAVAILABLE"),
            (Status::not_found("secret"), Code::NotFound, "NOT_FOUND"),
        ];
        for (status, code, reason) in cases {
            let status = ours(status);
            let info = status.get_details_error_info().expect("an ErrorInfo");
            assert_eq!((status.code(), info.reason.as_str()), (code, reason));
            assert!(!format!("{status:?}").contains("secret"), "{status:?}");
        }
    }

    #[test]
    fn a_status_of_ours_stays_as_it_is() {
        let status = Status::from(Failure::not_found("areas/A"));
        assert_eq!(ours(status.clone()).message(), status.message());
    }
}
