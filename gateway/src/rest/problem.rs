//! Errors over REST: RFC 9457 problem details, made from the status of the call.

use std::collections::{BTreeMap, HashMap};

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use platform::status::{Failure, FieldViolation};
use proto::api::v1::ErrorReason;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::negotiate::Language;
use super::receipt;
use super::wording::as_in_json;
use crate::edge::too_late;
use crate::words;

/// The media type of problem details.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// An error that goes to a caller over REST.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: Status,
    /// The HTTP status, where it says more than the code does.
    http: Option<StatusCode>,
    headers: HeaderMap,
}

/// The members of the JSON object.
#[derive(Serialize)]
struct Members {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    reason: String,
    metadata: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

/// What is wrong with a field, or one of the reasons of a refusal.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldError {
    field: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    beyond: Vec<String>,
    /// How many more there are than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    beyond_more: Option<usize>,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::of(failure.into())
    }
}

impl From<Status> for Problem {
    /// A status of ours goes out as it is. One without a reason comes from the transport or a
    /// library: its text is for our log, the caller gets a sentence of ours.
    fn from(status: Status) -> Self {
        if status.get_details_error_info().is_some() {
            return Self::of(status);
        }
        words::fault(&status).into()
    }
}

impl Problem {
    fn of(status: Status) -> Self {
        let headers = receipt::of(status.metadata());
        Self { status, http: None, headers }
    }

    fn with_http(mut self, http: StatusCode) -> Self {
        self.http = Some(http);
        self
    }

    /// There is no such path.
    pub(crate) fn no_such_path() -> Self {
        Self::from(Failure::new(
            Code::NotFound,
            ErrorReason::UnknownMethod,
            "there is nothing at this path; /v1/openapi.json lists what there is",
            "op dit pad is niets; in /v1/openapi.json staat wat er is",
        ))
    }

    /// The path exists, the method does not.
    pub(crate) fn method_not_allowed(allowed: &[Method]) -> Self {
        let list = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let mut problem = Self::from(
            Failure::new(
                Code::Unimplemented,
                ErrorReason::UnknownMethod,
                format!("this path takes: {list}"),
                format!("dit pad kent alleen: {list}"),
            )
            .with("allowed", list.clone()),
        );
        if let Ok(value) = HeaderValue::from_str(&list) {
            problem.headers.insert(ALLOW, value);
        }
        problem.with_http(StatusCode::METHOD_NOT_ALLOWED)
    }

    /// The body has a media type that is not read here.
    pub(crate) fn unsupported_media_type(expected: &[&str]) -> Self {
        let list = expected.join(", ");
        let violation =
            FieldViolation::new("Content-Type", format!("must be {list}"), format!("moet zijn: {list}"));
        Self::from(Failure::invalid_field(violation)).with_http(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// The caller takes none of the media types that this gives.
    pub(crate) fn not_acceptable(offers: &[&str]) -> Self {
        let list = offers.join(", ");
        let violation =
            FieldViolation::new("Accept", format!("must admit {list}"), format!("moet toelaten: {list}"));
        Self::from(Failure::invalid_field(violation)).with_http(StatusCode::NOT_ACCEPTABLE)
    }

    /// The body is larger than `limit` bytes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::from(
            Failure::new(
                Code::ResourceExhausted,
                ErrorReason::TooLarge,
                format!("the body is larger than {limit} bytes"),
                format!("het verzoek is groter dan {limit} bytes"),
            )
            .with("limit", limit.to_string())
            .with("unit", "bytes"),
        )
    }

    /// The body stopped coming.
    pub(crate) fn body_incomplete() -> Self {
        let violation = FieldViolation::new(
            "body",
            "broke off or stopped coming; nothing was stored",
            "brak af of bleef uit; er is niets opgeslagen",
        );
        Self::from(Failure::invalid_field(violation)).with_http(StatusCode::REQUEST_TIMEOUT)
    }

    /// The answer took too long.
    pub(crate) fn deadline() -> Self {
        too_late().into()
    }

    fn status_code(&self, reason: &str) -> StatusCode {
        if let Some(http) = self.http {
            return http;
        }
        if reason == "TOO_LARGE" {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        http_status(self.status.code())
    }

    /// The problem as JSON.
    pub(crate) fn json(&self, language: Language) -> Vec<u8> {
        let (members, _) = self.members(language);
        serde_json::to_vec(&members).unwrap_or_default()
    }

    fn members(&self, language: Language) -> (Members, ErrorDetails) {
        let details = self.status.get_error_details();
        let info = details.error_info();
        let reason = info.map(|info| info.reason.clone()).unwrap_or_default();
        let metadata = info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default();
        let dutch = details.localized_message().map(|message| message.message.as_str());
        let english = self.status.message();
        let errors = errors(&details, language);
        let (title_en, title_nl) = titles(self.status.code());
        let members = Members {
            kind: format!("urn:alliantie:error:{}", reason.to_ascii_lowercase().replace('_', "-")),
            title: language.pick(title_en, title_nl),
            status: self.status_code(&reason).as_u16(),
            detail: named_as_in_json(language.pick(english, dutch.unwrap_or(english)), &details),
            code: code_name(self.status.code()),
            metadata,
            errors,
            reason,
        };
        (members, details)
    }

    /// The answer to a request with `headers`.
    pub(crate) fn answer(mut self, headers: &HeaderMap) -> Response {
        let language = Language::of(headers);
        let (members, details) = self.members(language);
        let http = StatusCode::from_u16(members.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if http == StatusCode::UNAUTHORIZED {
            let challenge = if members.reason == "CREDENTIALS_MISSING" {
                "Bearer"
            } else {
                "Bearer error=\"invalid_token\""
            };
            self.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(wait) = details.retry_info().and_then(|info| info.retry_delay) {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            self.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let mut response = Response::new(Body::from(serde_json::to_vec(&members).unwrap_or_default()));
        *response.status_mut() = http;
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
        response
    }
}

/// The sentence, in which fields have their names in JSON, as in the list of those that are wrong.
fn named_as_in_json(sentence: &str, details: &ErrorDetails) -> String {
    match details.bad_request().and_then(|bad| bad.field_violations.first()) {
        // What is wrong with a file is told by its columns, and these are no fields.
        Some(first) if !is_path(&first.field) => sentence.to_owned(),
        Some(first) => as_in_json(&sentence.replacen(&first.field, &json_path(&first.field), 1)),
        None => as_in_json(sentence),
    }
}

/// The fields that are wrong, and the reasons of a refusal with what of their field is beyond it.
fn errors(details: &ErrorDetails, language: Language) -> Vec<FieldError> {
    let text = |field: &str, both: &str| {
        let text = in_language(both, language);
        if is_path(field) { as_in_json(text) } else { text.to_owned() }
    };
    let fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    let fields = fields.iter().map(|violation| FieldError {
        field: json_path(&violation.field),
        code: String::new(),
        detail: text(&violation.field, &violation.description),
        beyond: Vec::new(),
        beyond_more: None,
    });
    let facts = details.error_info().map(|info| &info.metadata);
    let beyond = |field: &str| facts.map(|facts| beyond(facts, field)).unwrap_or_default();
    let causes = details.precondition_failure().map(|failure| failure.violations.as_slice());
    let causes = causes.unwrap_or_default().iter().map(|cause| {
        let (beyond, beyond_more) = beyond(&cause.subject);
        let (code, detail) = (cause.r#type.clone(), text(&cause.subject, &cause.description));
        FieldError { field: json_path(&cause.subject), code, detail, beyond, beyond_more }
    });
    fields.chain(causes).collect()
}

/// What of a field is beyond the agreement, and how many more there are than these.
fn beyond(facts: &HashMap<String, String>, field: &str) -> (Vec<String>, Option<usize>) {
    let list = facts.get(&format!("beyond_{field}")).map(String::as_str).unwrap_or_default();
    let list: Vec<_> = list.split(", ").filter(|item| !item.is_empty()).map(str::to_owned).collect();
    let count: Option<usize> =
        facts.get(&format!("beyond_{field}_count")).and_then(|count| count.parse().ok());
    let more = count.and_then(|count| count.checked_sub(list.len())).filter(|more| *more > 0);
    (list, more)
}

/// The half of "english / dutch" that is in the language; all of it when there are not two halves.
fn in_language(text: &str, language: Language) -> &str {
    match text.split_once(" / ") {
        Some((english, dutch)) if !dutch.contains(" / ") => language.pick(english, dutch),
        Some(_) | None => text,
    }
}

/// Whether this is the path of a field, and not a place in a file, a header or a cell.
fn is_path(field: &str) -> bool {
    field.chars().all(|sign| {
        sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '_' | '.' | '[' | ']')
    })
}

/// The path of a field by its names in JSON. A place in a file stays as it is.
fn json_path(field: &str) -> String {
    if !is_path(field) {
        return field.to_owned();
    }
    let mut name = String::with_capacity(field.len());
    let mut raise = false;
    for sign in field.chars() {
        if sign == '_' {
            raise = true;
        } else {
            name.push(if raise { sign.to_ascii_uppercase() } else { sign });
            raise = false;
        }
    }
    name
}

/// As the comments of google.rpc.Code have it.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The name of a code in google.rpc.Code.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// What kind of problem a code is, in English and in Dutch.
fn titles(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::Ok => ("Done", "Gelukt"),
        Code::Cancelled => ("Cancelled", "Afgebroken"),
        Code::InvalidArgument | Code::OutOfRange => ("The request is not valid", "Het verzoek klopt niet"),
        Code::DeadlineExceeded => ("It took too long", "Het duurde te lang"),
        Code::NotFound => ("Not found", "Niet gevonden"),
        Code::AlreadyExists => ("It exists already", "Het bestaat al"),
        Code::PermissionDenied => ("Not allowed", "Niet toegestaan"),
        Code::Unauthenticated => ("Credentials needed", "Inlogbewijs nodig"),
        Code::ResourceExhausted => ("Too much", "Te veel"),
        Code::FailedPrecondition => ("Not possible now", "Nu niet mogelijk"),
        Code::Aborted => ("Changed by somebody else", "Intussen gewijzigd"),
        Code::Unimplemented => ("Not offered", "Niet aangeboden"),
        Code::Unavailable => ("Not available now", "Nu niet beschikbaar"),
        Code::Unknown | Code::Internal | Code::DataLoss => ("A fault on our side", "Een fout aan onze kant"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::status::Cause;

    #[test]
    fn a_field_has_its_name_in_json_and_a_place_in_a_file_its_own() {
        assert_eq!(json_path("agreement.scope.area_level[2]"), "agreement.scope.areaLevel[2]");
        assert_eq!(json_path("page_size"), "pageSize");
        assert_eq!(json_path("line 3, column niet_goed"), "line 3, column niet_goed");
        assert_eq!(json_path("Content-Type"), "Content-Type");
    }

    #[test]
    fn the_sentence_names_a_field_as_the_list_does() {
        let violation = FieldViolation::required("content.legal_basis");
        let json = Problem::from(Failure::invalid_field(violation)).json(Language::Dutch);
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["detail"], "Het verzoek klopt niet: content.legalBasis is verplicht");
        assert_eq!(json["errors"][0]["field"], "content.legalBasis");
    }

    #[test]
    fn every_field_in_a_sentence_has_its_name_in_json_and_the_columns_of_a_file_have_theirs() {
        let told = |violation| {
            let json = Problem::from(Failure::invalid_field(violation)).json(Language::Dutch);
            let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
            [&json["detail"], &json["errors"][0]["detail"]]
                .map(|text| text.as_str().expect("a text").to_owned())
        };
        let [sentence, listed] = told(FieldViolation::new(
            "content.protection.dominance_k",
            "",
            "is verplicht samen met dominance_n",
        ));
        assert_eq!(listed, "is verplicht samen met dominanceN");
        assert_eq!(sentence, format!("Het verzoek klopt niet: content.protection.dominanceK {listed}"));
        let [sentence, listed] = told(FieldViolation::new("line 2, column area_level", "", "is leeg"));
        assert_eq!(
            (sentence.as_str(), listed.as_str()),
            ("Het verzoek klopt niet: line 2, column area_level is leeg", "is leeg",)
        );
        let json = Problem::from(Failure::request_id_reused()).json(Language::Dutch);
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["detail"], "requestId is al gebruikt voor een ander verzoek; kies een nieuwe");
    }

    #[test]
    fn a_text_of_the_transport_never_reaches_the_caller() {
        for code in [Code::Unknown, Code::Unavailable, Code::Internal, Code::Cancelled] {
            let problem = Problem::from(Status::new(code, "tcp connect error 10.0.0.3:8080"));
            let shown = String::from_utf8(problem.json(Language::English)).expect("text");
            assert!(!shown.contains("10.0.0.3"), "{shown}");
            assert!(!shown.contains("\"reason\":\"\""), "{shown}");
        }
    }

    #[test]
    fn a_service_that_is_full_says_when_to_come_back() {
        let status = Status::from(Failure::new(Code::Unavailable, ErrorReason::Overloaded, "full", "vol"));
        let mut details = status.get_error_details();
        details.set_retry_info(Some(std::time::Duration::from_millis(1500)));
        let status = Status::with_error_details(status.code(), status.message(), details);
        let response = Problem::from(status).answer(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn a_refusal_lists_each_reason_with_its_field_and_what_is_beyond() {
        let cause = |reason: &str, field: &str| Cause {
            reason: reason.to_owned(),
            field: field.to_owned(),
            en: format!("{reason} in English"),
            nl: format!("{reason} in het Nederlands"),
        };
        let failure = Failure::with_reason(Code::PermissionDenied, "AREA_BEYOND_SCOPE", "no", "nee")
            .with("beyond_areas", "areas/GM0899, areas/GM0917")
            .with("beyond_areas_count", "12")
            .with("beyond_indicators_count", "3")
            .with("beyond_periods", "")
            .because(vec![
                cause("AREA_BEYOND_SCOPE", "areas"),
                cause("INDICATOR_BEYOND_SCOPE", "indicators"),
                cause("PERIOD_BEYOND_SCOPE", "periods"),
            ]);
        let json = Problem::from(failure).json(Language::Dutch);
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        let expected = serde_json::json!([
            {
                "field": "areas",
                "code": "AREA_BEYOND_SCOPE",
                "detail": "AREA_BEYOND_SCOPE in het Nederlands",
                "beyond": ["areas/GM0899", "areas/GM0917"],
                "beyondMore": 10,
            },
            {
                "field": "indicators",
                "code": "INDICATOR_BEYOND_SCOPE",
                "detail": "INDICATOR_BEYOND_SCOPE in het Nederlands",
                "beyondMore": 3,
            },
            { "field": "periods", "code": "PERIOD_BEYOND_SCOPE", "detail": "PERIOD_BEYOND_SCOPE in het Nederlands" },
        ]);
        assert_eq!(json["errors"], expected);
    }

    #[test]
    fn a_refusal_has_the_receipt_of_its_decision_in_the_headers() {
        let mut status =
            Status::from(Failure::with_reason(Code::PermissionDenied, "OTHER_PURPOSE", "no", "nee"));
        status.metadata_mut().insert("alliantie-ledger-index", "7".parse().expect("a value"));
        let response = Problem::from(status).answer(&HeaderMap::new());
        assert_eq!(response.headers()["alliantie-ledger-index"], "7");
    }

    #[test]
    fn a_description_in_two_languages_is_shown_in_one() {
        assert_eq!(in_language("is required / is verplicht", Language::Dutch), "is verplicht");
        assert_eq!(in_language("a / b / c", Language::Dutch), "a / b / c");
    }
}
