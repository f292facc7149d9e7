//! Errors as they leave a service: a canonical code, a sentence in English and one in Dutch, and
//! an `ErrorInfo` whose reason is an enum of the contract (AIP-193). What went wrong inside goes
//! to the log, never to the caller.

use std::collections::HashMap;
use std::error::Error;

use proto::api::v1::ErrorReason;
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, FieldViolation as WireViolation, StatusExt};

use crate::text::{cut, shown};

/// The `domain` of every `ErrorInfo`.
pub const DOMAIN: &str = "alliantie.nl";

/// Most field violations in one answer; metadata `errors` counts them all.
const MOST_VIOLATIONS: usize = 20;
/// Most bytes of the message and the details of an error, encoded as they travel: in HTTP headers, of which
/// clients take 8 KiB in all. What is over is for the other headers. Reasons and fields that do not fit are
/// left out.
pub const MOST_ENCODED: usize = 6800;
/// Most bytes of reasons and field violations in one answer.
const VIOLATION_BYTES: usize = 3000;
/// Bytes of tags and lengths around one of them, at most.
const AROUND: usize = 16;
/// Most bytes of a field or a fact that a caller may have made up.
const FACT: usize = 200;

/// An error for the caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    code: Code,
    reason: String,
    message_en: String,
    message_nl: String,
    metadata: Vec<(String, String)>,
    violations: Vec<FieldViolation>,
    causes: Vec<Cause>,
}

/// One of the reasons why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its name in the contract, without prefix.
    pub reason: String,
    /// The field of the request that it is about; empty when it is about none.
    pub field: String,
    /// As a sentence in English.
    pub en: String,
    /// The same in Dutch.
    pub nl: String,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field, for example `agreement.scope.periods[2]`, or line and column of a file.
    pub field: String,
    /// What is wrong and what was expected, in English.
    pub problem_en: String,
    /// The same in Dutch.
    pub problem_nl: String,
}

impl FieldViolation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, en: impl Into<String>, nl: impl Into<String>) -> Self {
        Self { field: field.into(), problem_en: en.into(), problem_nl: nl.into() }
    }

    /// `field` has to be given.
    pub fn required(field: impl Into<String>) -> Self {
        Self::new(field, "is required", "is verplicht")
    }
}

/// A reason of the contract as an `ErrorInfo` has it.
pub(crate) fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

impl Failure {
    /// An error with `code` and one of the reasons of the contract.
    pub fn new(code: Code, reason: ErrorReason, en: impl Into<String>, nl: impl Into<String>) -> Self {
        Self::with_reason(code, reason_name(reason), en, nl)
    }

    /// An error with a reason of a service's own enum, its prefix taken off.
    pub fn with_reason(
        code: Code,
        reason: impl Into<String>,
        en: impl Into<String>,
        nl: impl Into<String>,
    ) -> Self {
        Self {
            code,
            reason: reason.into(),
            message_en: en.into(),
            message_nl: nl.into(),
            metadata: Vec::new(),
            violations: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// Adds a fact that the sentences mention, for machines.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Fields of the request are wrong.
    #[must_use]
    pub fn invalid(violations: Vec<FieldViolation>) -> Self {
        Self::violations(ErrorReason::InvalidField, "The request", "Het verzoek", violations)
    }

    /// One field of the request is wrong.
    #[must_use]
    pub fn invalid_field(violation: FieldViolation) -> Self {
        Self::invalid(vec![violation])
    }

    /// INVALID_ARGUMENT about `what`, with the first violation in the sentence and all that fit in
    /// the details.
    #[must_use]
    pub fn violations(
        reason: ErrorReason,
        what_en: &str,
        what_nl: &str,
        mut violations: Vec<FieldViolation>,
    ) -> Self {
        let count = violations.len();
        let (en, nl) = match violations.first() {
            Some(first) => (
                format!("{what_en} is not valid: {} {}", first.field, first.problem_en),
                format!("{what_nl} klopt niet: {} {}", first.field, first.problem_nl),
            ),
            None => (format!("{what_en} is not valid"), format!("{what_nl} klopt niet")),
        };
        violations.truncate(MOST_VIOLATIONS);
        let mut failure = Self::new(Code::InvalidArgument, reason, en, nl).with("errors", count.to_string());
        failure.violations = violations;
        failure
    }

    /// The same with the places that it is about; all that fit are in the details.
    #[must_use]
    pub fn about(mut self, mut places: Vec<FieldViolation>) -> Self {
        places.truncate(MOST_VIOLATIONS);
        self.violations = places;
        self
    }

    /// The same with every reason for it: metadata `reasons` names them all, with commas between, and all that
    /// fit are in the details, as violations of preconditions (AIP-193: there is one `ErrorInfo`).
    #[must_use]
    pub fn because(mut self, causes: Vec<Cause>) -> Self {
        self.causes = causes;
        self
    }

    /// The resource does not exist.
    #[must_use]
    pub fn not_found(resource: &str) -> Self {
        Self::new(
            Code::NotFound,
            ErrorReason::NotFound,
            format!("{resource} does not exist"),
            format!("{resource} bestaat niet"),
        )
        .with("resource", resource)
    }

    /// A resource with that name exists already.
    #[must_use]
    pub fn already_exists(resource: &str) -> Self {
        Self::new(
            Code::AlreadyExists,
            ErrorReason::AlreadyExists,
            format!("{resource} exists already"),
            format!("{resource} bestaat al"),
        )
        .with("resource", resource)
    }

    /// The resource was changed by somebody else.
    #[must_use]
    pub fn etag_mismatch(resource: &str) -> Self {
        Self::new(
            Code::Aborted,
            ErrorReason::EtagMismatch,
            format!("{resource} was changed in the meantime; read it again and repeat the change"),
            format!("{resource} is intussen gewijzigd; lees het opnieuw en herhaal de wijziging"),
        )
        .with("resource", resource)
    }

    /// The request id stands for another request.
    #[must_use]
    pub fn request_id_reused() -> Self {
        Self::new(
            Code::InvalidArgument,
            ErrorReason::RequestIdReused,
            "request_id was used before for a different request; choose a new one",
            "request_id is al gebruikt voor een ander verzoek; kies een nieuwe",
        )
    }

    /// The resource belongs to another organisation.
    #[must_use]
    pub fn other_organisation(resource: &str) -> Self {
        Self::new(
            Code::PermissionDenied,
            ErrorReason::OtherOrganisation,
            format!("{resource} belongs to another organisation, or does not exist"),
            format!("{resource} is van een andere organisatie, of bestaat niet"),
        )
        .with("resource", resource)
    }

    /// A part of the platform does not answer. The cause goes to the log.
    pub fn unavailable(cause: &(dyn Error + 'static)) -> Self {
        log_cause("unavailable", cause);
        Self::new(
            Code::Unavailable,
            ErrorReason::Unavailable,
            "a part of the platform does not answer; nothing was done, try again later",
            "een deel van het platform antwoordt niet; er is niets gedaan, probeer het later opnieuw",
        )
    }

    /// A part of the platform does not accept the token of another one. The cause goes to the log.
    #[must_use]
    pub fn mistrusted(cause: &(dyn Error + 'static)) -> Self {
        log_cause("mistrusted", cause);
        Self::new(
            Code::Unavailable,
            ErrorReason::Unavailable,
            "parts of the platform do not trust each other, as a clock or a key is wrong; nothing was done, try again later",
            "delen van het platform vertrouwen elkaar niet, omdat een klok of een sleutel niet klopt; er is niets gedaan, probeer het later opnieuw",
        )
    }

    /// What is kept of a resource is damaged. The cause goes to the log.
    pub fn damaged(resource: &str, cause: &(dyn Error + 'static)) -> Self {
        log_cause("damaged", cause);
        Self::new(
            Code::DataLoss,
            ErrorReason::Damaged,
            format!("what is kept of {resource} is damaged, and nothing is done by it; report it to the operator"),
            format!("wat van {resource} is bewaard, is beschadigd, en er wordt niets mee gedaan; meld het de beheerder"),
        )
        .with("resource", resource)
    }

    /// A fault of ours. The cause goes to the log.
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        log_cause("internal", cause);
        Self::new(
            Code::Internal,
            ErrorReason::Internal,
            "something went wrong on our side",
            "er ging iets mis aan onze kant",
        )
    }

    /// The canonical code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The reason, as in `ErrorInfo.reason`.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// The answer to a request.
///
/// # Errors
/// What went wrong, as the caller gets it.
pub fn answer<T>(outcome: Result<T, impl Into<Failure>>) -> Result<Response<T>, Status> {
    outcome.map(Response::new).map_err(|error| Status::from(error.into()))
}

/// The resource that is damaged, where another part of the platform says so ([`Failure::damaged`]).
#[must_use]
pub fn damaged_resource(status: &Status) -> Option<String> {
    let info = status.get_details_error_info().filter(|_| status.code() == Code::DataLoss)?;
    info.metadata.get("resource").cloned()
}

/// Logs an error with everything that caused it, once.
fn log_cause(kind: &str, cause: &(dyn Error + 'static)) {
    let mut chain = cause.to_string();
    let mut next = cause.source();
    while let Some(source) = next {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        next = source.source();
    }
    tracing::error!(kind, cause = chain, "request failed");
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let mut metadata: HashMap<String, String> =
            failure.metadata.into_iter().map(|(key, value)| (key, cut(value, FACT))).collect();
        if !failure.causes.is_empty() {
            // Whole, as codes of the contract: whoever holds them against the ledger needs each of them.
            let codes: Vec<&str> = failure.causes.iter().map(|cause| cause.reason.as_str()).collect();
            metadata.insert("reasons".to_owned(), codes.join(","));
        }
        let message = shown(failure.message_en);
        let mut details = ErrorDetails::new();
        details.set_error_info(failure.reason, DOMAIN, metadata);
        details.set_localized_message("nl-NL", shown(failure.message_nl));
        let room = room(&Status::with_error_details(failure.code, &message, details.clone()));
        let mut bytes = 0;
        for Cause { reason, field, en, nl } in failure.causes {
            let text = format!("{} / {}", shown(en), shown(nl));
            bytes += reason.len() + field.len() + text.len() + AROUND;
            if bytes > room {
                break;
            }
            details.add_precondition_failure_violation(reason, field, text);
        }
        if !failure.violations.is_empty() {
            let violations: Vec<WireViolation> = failure
                .violations
                .into_iter()
                .map(|violation| {
                    let text = format!("{} / {}", violation.problem_en, violation.problem_nl);
                    WireViolation::new(cut(violation.field, FACT), shown(text))
                })
                .take_while(|violation| {
                    bytes += violation.field.len() + violation.description.len() + AROUND;
                    bytes <= room
                })
                .collect();
            details.set_bad_request(violations);
        }
        Status::with_error_details(failure.code, message, details)
    }
}

/// How many bytes an error has as it travels: the message in percent-encoding, of which each byte that is no
/// letter, digit or common sign takes three, and the details in base64.
#[must_use]
pub fn encoded_size(status: &Status) -> usize {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"#%<>`?{}".contains(&byte);
    let message: usize = status.message().bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum();
    message + status.details().len().div_ceil(3) * 4
}

/// How many bytes of reasons and violations go into the details of an error that has none yet.
fn room(status: &Status) -> usize {
    (MOST_ENCODED.saturating_sub(encoded_size(status)) / 4 * 3).min(VIOLATION_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_and_counted() {
        let status = Status::from(Failure::invalid(vec![
            FieldViolation::required("parent"),
            FieldViolation::new("page_size", "must not be negative", "mag niet negatief zijn"),
        ]));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.bad_request().expect("a bad request").field_violations.len(), 2);
        let info = details.error_info().expect("an error info");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INVALID_FIELD", DOMAIN));
        assert_eq!(info.metadata["errors"], "2");
        let dutch = details.localized_message().expect("a sentence in Dutch");
        assert_eq!(dutch.message, "Het verzoek klopt niet: parent is verplicht");
    }

    #[test]
    fn an_answer_with_a_thousand_errors_stays_small() {
        let many = (0..1000).map(|line| FieldViolation::required(format!("line {line}"))).collect();
        let status = Status::from(Failure::invalid(many));
        assert!(status.details().len() < 4096, "{}", status.details().len());
        let details = status.get_error_details();
        assert_eq!(details.error_info().expect("an error info").metadata["errors"], "1000");
    }

    #[test]
    fn what_a_caller_made_up_comes_back_short() {
        let long = "x".repeat(100_000);
        let many = (0..20).map(|_| FieldViolation::new(&long, &long, &long)).collect();
        for failure in [Failure::not_found(&long), Failure::invalid(many)] {
            let status = Status::from(failure);
            assert!(status.message().len() + status.details().len() < 6000, "{}", status.details().len());
        }
    }

    #[test]
    fn every_reason_of_a_refusal_that_fits_is_in_the_details() {
        let cause = |number: usize, length: usize| Cause {
            reason: format!("REASON_{number}"),
            field: "areas".to_owned(),
            en: "x".repeat(length),
            nl: "y".repeat(length),
        };
        for (length, fit) in [(100, 5), (400, 3)] {
            let causes = (0..5).map(|number| cause(number, length)).collect();
            let failure = Failure::with_reason(Code::PermissionDenied, "REASON_0", "no", "nee");
            let status = Status::from(failure.because(causes));
            assert!(status.details().len() < 4096, "{}", status.details().len());
            let details = status.get_error_details();
            let violations = &details.precondition_failure().expect("reasons").violations;
            let last = &violations[fit - 1];
            assert_eq!((violations.len(), last.r#type.clone()), (fit, format!("REASON_{}", fit - 1)));
            assert_eq!(last.description, format!("{} / {}", "x".repeat(length), "y".repeat(length)));
            assert_eq!(last.subject, "areas");
        }
    }

    #[test]
    fn ten_reasons_with_every_fact_are_all_named_and_stay_within_what_clients_take() {
        let cause = |number: usize| Cause {
            reason: format!("A_REASON_OF_SOME_LENGTH_{number}"),
            field: "indicators".to_owned(),
            en: "a word ".repeat(40),
            nl: "een woord ".repeat(40),
        };
        let (code, reason) = (Code::PermissionDenied, "A_REASON_OF_SOME_LENGTH_0");
        let failure = Failure::with_reason(code, reason, "a word ".repeat(100), "een woord ".repeat(100));
        let full =
            (0..6).fold(failure, |failure, place| failure.with(format!("fact_{place}"), "é".repeat(300)));
        let status = Status::from(full.because((0..10).map(cause).collect()));
        assert!(encoded_size(&status) <= MOST_ENCODED, "{}", encoded_size(&status));
        let details = status.get_error_details();
        let named: Vec<_> = (0..10).map(|number| cause(number).reason).collect();
        assert_eq!(details.error_info().expect("an error info").metadata["reasons"], named.join(","));
        let told = details.precondition_failure().expect("reasons").violations.len();
        assert!((1..10).contains(&told), "{told}");
    }

    #[test]
    fn the_cause_of_a_fault_stays_inside() {
        let cause = std::io::Error::other("password=hunter2 at /var/lib/secret");
        let status = Status::from(Failure::internal(&cause));
        let shown = format!("{status:?}{}", String::from_utf8_lossy(status.details()));
        assert!(!shown.contains("hunter2") && !shown.contains("/var/lib"));
    }
}
