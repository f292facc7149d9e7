//! What an answer says, for tests that expect a refusal.

use std::fmt::Debug;

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The code of a refusal and its reason.
///
/// # Panics
/// When it is no refusal, or has no reason.
pub fn refusal<T: Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("a refusal");
    let info = status.get_details_error_info().expect("an ErrorInfo");
    (status.code(), info.reason)
}

/// The fields that a refusal names.
///
/// # Panics
/// When it is no refusal, or one that does not name fields.
pub fn wrong_fields<T: Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.expect_err("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_details_bad_request().expect("a BadRequest");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}
