//! Refusals of the decision point, with every reason.

use platform::status::{Cause, Failure};
use proto::api::v1::ErrorReason;
use tonic::Code;

use crate::domain::permit::{Reason, Receipt, Refusal};

/// Most bytes of a list of what is beyond the agreement, so that it is not cut in a name.
const MOST_LISTED: usize = 200;

/// A refusal: the most telling reason is the reason of the error. Each of them is a cause, with the field
/// of the request that it is about and its own sentences.
pub(super) fn refused(refusal: Refusal) -> Failure {
    let Refusal { agreement, reasons, ledger_entry, place, transaction_id } = refusal;
    let causes = reasons.iter().map(cause).collect();
    let beyond: Vec<_> = reasons.iter().flat_map(beyond).collect();
    let mut failure = match reasons.into_iter().next() {
        Some(first) => {
            let failure =
                Failure::with_reason(Code::PermissionDenied, first.code, first.message_en, first.message_nl);
            first.metadata.into_iter().fold(failure, |failure, (key, value)| failure.with(key, value))
        }
        None => Failure::new(
            Code::PermissionDenied,
            ErrorReason::Unavailable,
            "the request was refused without a reason",
            "het verzoek is zonder reden geweigerd",
        ),
    };
    failure = failure.because(causes).with("transaction_id", transaction_id.to_string());
    if !ledger_entry.is_empty() {
        failure = failure.with("ledger_index", place.index.to_string()).with("leaf_hash", place.leaf_hash);
    }
    for (key, value) in beyond {
        failure = failure.with(key, value);
    }
    for (key, value) in [("agreement", agreement), ("ledger_entry", ledger_entry)] {
        if !value.is_empty() {
            failure = failure.with(key, value);
        }
    }
    failure
}

/// Nothing more leaves under a permit, as it is not known whether its agreement still holds.
pub(super) fn silent(receipt: Receipt) -> Failure {
    let Receipt { agreement, transaction_id, ledger_entry, place, .. } = receipt;
    let reason = Reason {
        code: "DECISION_POINT_SILENT".to_owned(),
        message_en: format!(
            "it is not known whether {agreement} still holds, so nothing more is delivered; try again"
        ),
        message_nl: format!(
            "het is niet bekend of {agreement} nog geldt, dus er wordt niets meer geleverd; probeer het opnieuw"
        ),
        metadata: Vec::new(),
    };
    refused(Refusal { agreement, reasons: vec![reason], ledger_entry, place, transaction_id })
}

fn cause(reason: &Reason) -> Cause {
    Cause {
        reason: reason.code.clone(),
        field: field(&reason.code).to_owned(),
        en: reason.message_en.clone(),
        nl: reason.message_nl.clone(),
    }
}

/// What of a field is beyond the agreement, and how much in all, by names of facts of that field alone.
fn beyond(reason: &Reason) -> Vec<(String, String)> {
    let field = field(&reason.code);
    let fact = |name: &str| reason.metadata.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let (Some(beyond), Some(count)) = (fact("beyond"), fact("beyond_count")) else { return Vec::new() };
    let mut listed = String::new();
    for item in beyond.split(", ") {
        let comma = if listed.is_empty() { "" } else { ", " };
        if listed.len() + comma.len() + item.len() > MOST_LISTED {
            break;
        }
        listed.push_str(comma);
        listed.push_str(item);
    }
    let listed = Some(listed).filter(|listed| !listed.is_empty());
    let listed = listed.map(|listed| (format!("beyond_{field}"), listed));
    listed.into_iter().chain([(format!("beyond_{field}_count"), count.clone())]).collect()
}

/// The field of the request that a reason is about; empty when it is about none.
fn field(reason: &str) -> &'static str {
    match reason {
        "PURPOSE_MISSING" | "OTHER_PURPOSE" | "OWN_PURPOSE_NOT_ALLOWED" => "purpose",
        "OTHER_DATASET" | "PROVIDER_NOT_OWNER" => "parent",
        "INDICATOR_BEYOND_SCOPE" => "indicators",
        "AREA_BEYOND_SCOPE" => "areas",
        "PERIOD_BEYOND_SCOPE" => "periods",
        "AGREEMENT_MISSING"
        | "NOT_A_RECIPIENT"
        | "AGREEMENT_NOT_ACTIVE"
        | "AGREEMENT_REVOKED"
        | "AGREEMENT_SUSPENDED"
        | "AGREEMENT_REPLACED"
        | "AGREEMENT_DAMAGED"
        | "NOT_YET_VALID"
        | "AGREEMENT_EXPIRED"
        | "DELIVERY_NOT_AGREED"
        | "PROTECTION_NOT_ENFORCEABLE" => "agreement",
        // The system that asks, the platform itself, or what a later version says.
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::consent::v1::DecisionReason;

    #[test]
    fn every_reason_that_refuses_is_about_a_field_or_known_to_be_about_none() {
        // Of stories, of no decision, or of what no field of a request can change.
        let about_none = [
            "UNSPECIFIED",
            "WITHIN_AGREEMENT",
            "WITHIN_OWN_RULES",
            "SYSTEM_NOT_ALLOWED",
            "OWN_RULES_DAMAGED",
            "LEDGER_UNAVAILABLE",
            "WITNESSES_OVERDUE",
            "DECISION_POINT_SILENT",
            "CONSENT_MISSING",
            "CONSENT_WITHDRAWN",
        ];
        let all = (0..100).filter_map(|number| DecisionReason::try_from(number).ok());
        for name in all.map(|reason| reason.as_str_name().trim_start_matches("DECISION_REASON_")) {
            assert_eq!(field(name).is_empty(), about_none.contains(&name), "{name}");
        }
    }

    fn of_indicators(list: String) -> Reason {
        let facts = [("beyond", list), ("beyond_count", "5000".to_owned())];
        Reason {
            code: "INDICATOR_BEYOND_SCOPE".to_owned(),
            message_nl: String::new(),
            message_en: String::new(),
            metadata: facts.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        }
    }

    #[test]
    fn of_what_is_beyond_without_a_name_that_fits_there_is_the_number_alone() {
        let expected = ("beyond_indicators_count".to_owned(), "5000".to_owned());
        assert_eq!(beyond(&of_indicators("x".repeat(MOST_LISTED + 1))), [expected]);
    }

    #[test]
    fn a_long_list_of_what_is_beyond_ends_at_a_whole_name() {
        let items: Vec<_> = (0..10).map(|number| format!("indicators/een-lange-naam-{number}")).collect();
        let reason = of_indicators(items.join(", "));
        let listed = items[..6].join(", ");
        let expected = [("beyond_indicators", listed), ("beyond_indicators_count", "5000".to_owned())];
        assert_eq!(beyond(&reason), expected.map(|(key, value)| (key.to_owned(), value)));
    }
}
