//! Errors of use cases as the contract has them.

use platform::status::{Failure, FieldViolation};
use proto::api::v1::ErrorReason;
use tonic::{Code, Status};

use super::{receipt, refused, unprotectable};
use crate::app::error::Error;
use crate::domain::delivery::{DeliveryError, Report, TooLarge};
use crate::domain::permit::Place;
use crate::store::shield::Unprotectable;

/// The status of an error; where a decision was entered stands in its metadata, as in that of an answer.
pub(super) fn status(error: Error) -> Status {
    let entered = if let Error::Refused(refusal) = &error {
        Some((refusal.transaction_id, entered(&refusal.ledger_entry, &refusal.place)))
    } else if let Error::Silent(receipt) = &error {
        Some((receipt.transaction_id, entered(&receipt.ledger_entry, &receipt.place)))
    } else {
        None
    };
    let mut status = Status::from(failure(error));
    if let Some((transaction_id, place)) = entered {
        receipt::tell(status.metadata_mut(), transaction_id, place.as_ref());
    }
    status
}

fn entered(ledger_entry: &str, place: &Place) -> Option<Place> {
    (!ledger_entry.is_empty()).then(|| place.clone())
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Failure(failure) => failure,
        Error::Invalid(violations) => Failure::invalid(violations),
        Error::NotFound(resource) => Failure::not_found(&resource),
        Error::AlreadyExists(resource) => Failure::already_exists(&resource),
        Error::OtherOrganisation(resource) => Failure::other_organisation(&resource),
        Error::NoDraft(resource) => no_draft(resource),
        Error::Delivery(report) => delivery(&report),
        Error::Unprotectable(none) => not_possible(&none),
        Error::NotProtected(release) => not_protected(release),
        Error::BeingProtected(release) => being_protected(release),
        Error::TooLarge(too_large) => self::too_large(too_large),
        Error::Overloaded => overloaded(),
        Error::Busy => busy(),
        Error::BrokenOff => broken_off(),
        Error::Refused(refusal) => refused::refused(*refusal),
        Error::Silent(receipt) => refused::silent(*receipt),
        Error::Unreachable(cause) => Failure::unavailable(&cause),
        Error::Stopping => stopping(),
        Error::Broken(cause) => Failure::internal(&cause),
        Error::Store(cause) => match cause.damaged() {
            Some(resource) => Failure::damaged(resource, &cause),
            None => Failure::internal(&cause),
        },
    }
}

fn no_draft(resource: String) -> Failure {
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::WrongState,
        format!("{resource} is published already; only a draft can be published"),
        format!("{resource} is al gepubliceerd; alleen een concept kan gepubliceerd worden"),
    )
    .with("resource", resource)
    .with("state", "PUBLISHED")
    .with("needed", "DRAFT")
}

/// The errors of a delivery by line and column. All of them are counted, also those beyond the
/// ones that are kept.
fn delivery(report: &Report) -> Failure {
    let place =
        |error: &DeliveryError, [file, line, column]: [&str; 3]| match (error.line, error.column.as_str()) {
            (0, _) => file.to_owned(),
            (number, "") => format!("{line} {number}"),
            (number, name) => format!("{line} {number}, {column} {name}"),
        };
    let (in_english, in_dutch) = (["file", "line", "column"], ["het bestand", "regel", "kolom"]);
    let violation = |error: &DeliveryError| {
        let field = place(error, in_english);
        FieldViolation::new(field, error.message_en.clone(), error.message_nl.clone())
    };
    let first = report.errors.first().map(|error| {
        (
            format!(": {} {}", place(error, in_english), error.message_en),
            format!(": {} {}", place(error, in_dutch), error.message_nl),
        )
    });
    let (en, nl) = first.unwrap_or_default();
    Failure::new(
        Code::InvalidArgument,
        ErrorReason::InvalidDelivery,
        format!("The delivery is not valid{en}"),
        format!("De levering klopt niet{nl}"),
    )
    .with("errors", report.error_count.to_string())
    .about(report.errors.iter().map(violation).collect())
}

/// Small groups cannot be protected: the cells are named, so this is for the owner only.
fn not_possible(none: &Unprotectable) -> Failure {
    let (nl, en) = unprotectable::sentences(none);
    Failure::new(Code::FailedPrecondition, ErrorReason::ProtectionFailed, en, nl)
        .with("release", none.release.resource_name())
        .with("cells", none.count().to_string())
        .about(unprotectable::places(none))
}

fn not_protected(release: String) -> Failure {
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::ProtectionFailed,
        format!("small groups in {release} cannot be protected as agreed, so it is not delivered; ask its owner"),
        format!(
            "kleine groepen in {release} zijn niet te beschermen zoals afgesproken, dus deze uitgave wordt niet geleverd; vraag de eigenaar"
        ),
    )
    .with("release", release)
}

fn being_protected(release: String) -> Failure {
    Failure::new(
        Code::Unavailable,
        ErrorReason::Unavailable,
        format!("how small groups in {release} are protected is not known yet: masks of this dataset are being computed; ask again in a minute"),
        format!(
            "hoe kleine groepen in {release} beschermd worden, staat nog niet vast: maskers van deze dataset worden nu berekend; vraag het over een minuut opnieuw"
        ),
    )
    .with("release", release)
}

fn too_large(too_large: TooLarge) -> Failure {
    let TooLarge { limit, unit } = too_large;
    let dutch = if unit == "cells" { "cellen" } else { "bytes" };
    Failure::new(
        Code::InvalidArgument,
        ErrorReason::TooLarge,
        format!("the delivery is larger than {limit} {unit}; split it"),
        format!("de levering is groter dan {limit} {dutch}; verdeel haar"),
    )
    .with("limit", limit.to_string())
    .with("unit", unit)
}

fn overloaded() -> Failure {
    Failure::new(
        Code::ResourceExhausted,
        ErrorReason::Overloaded,
        "too many deliveries are checked at the same time; try again in a moment",
        "er worden te veel leveringen tegelijk gecontroleerd; probeer het zo meteen opnieuw",
    )
}

fn busy() -> Failure {
    Failure::new(
        Code::ResourceExhausted,
        ErrorReason::Overloaded,
        "too many previews are worked out at the same time; try again in a moment",
        "er worden te veel vooruitblikken tegelijk berekend; probeer het zo meteen opnieuw",
    )
}

fn broken_off() -> Failure {
    Failure::new(
        Code::Cancelled,
        ErrorReason::Unavailable,
        "the delivery broke off before its end; nothing was stored",
        "de levering brak af voor het einde; er is niets opgeslagen",
    )
}

fn stopping() -> Failure {
    Failure::new(
        Code::Unavailable,
        ErrorReason::Unavailable,
        "this process stops; ask again, or open the stream again",
        "dit proces stopt; vraag het opnieuw, of open de stroom opnieuw",
    )
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn the_place_of_an_error_in_a_delivery_is_told_in_each_language_and_named_in_one() {
        let told = |line, column: &str| {
            let error = DeliveryError {
                line,
                column: column.to_owned(),
                reason: crate::domain::delivery::ErrorReason::FieldEmpty,
                found: String::new(),
                message_nl: "is leeg".to_owned(),
                message_en: "is empty".to_owned(),
            };
            let report = Report { errors: vec![error], error_count: 3, ..Report::default() };
            let status = Status::from(delivery(&report));
            let details = status.get_error_details();
            let field = details.bad_request().expect("a place").field_violations[0].field.clone();
            let info = details.error_info().expect("facts");
            assert_eq!((info.reason.as_str(), info.metadata["errors"].as_str()), ("INVALID_DELIVERY", "3"));
            let dutch = details.localized_message().expect("a sentence in Dutch").message.clone();
            (field, dutch, status.message().to_owned())
        };
        for (line, column, field, dutch) in [
            (2, "gebied", "line 2, column gebied", "regel 2, kolom gebied"),
            (2, "", "line 2", "regel 2"),
            (0, "", "file", "het bestand"),
        ] {
            let (nl, en) = (
                format!("De levering klopt niet: {dutch} is leeg"),
                format!("The delivery is not valid: {field} is empty"),
            );
            assert_eq!(told(line, column), (field.to_owned(), nl, en));
        }
    }
}
