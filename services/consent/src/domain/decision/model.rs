//! The rules of a decision once more, as plainly as they can be written, to compare with.

use time::OffsetDateTime;

use super::Found;
use crate::domain::agreement::State;
use crate::domain::oversight::Oversight;
use crate::domain::protection::terms_of;
use crate::domain::request::Request;
use crate::domain::use_rule::{OwnRules, UseRule};

/// The reasons of the recipient's own rules to refuse; none when they permit.
pub(crate) fn own_refusals(request: &Request, own_rules: OwnRules<'_>) -> Vec<&'static str> {
    let OwnRules::Known(own_rules) = own_rules else {
        return vec!["OWN_RULES_DAMAGED"];
    };
    let about = |rule: &UseRule| rule.terms.system == "*" || rule.terms.system == request.system;
    let allows = |rule: &UseRule| {
        let purposes = &rule.terms.purposes;
        let every = purposes.is_empty() || purposes.contains(&"purposes/-".to_owned());
        about(rule) && (every || purposes.contains(&request.purpose))
    };
    if own_rules.is_empty() || own_rules.iter().any(allows) {
        vec![]
    } else if own_rules.iter().any(about) {
        vec!["OWN_PURPOSE_NOT_ALLOWED"]
    } else {
        vec!["SYSTEM_NOT_ALLOWED"]
    }
}

/// The reasons of the agreement to refuse; none when it permits.
pub(crate) fn refusals(
    request: &Request,
    agreement: Found<'_>,
    oversight: Oversight,
    now: OffsetDateTime,
) -> Vec<&'static str> {
    if request.agreement.is_empty() {
        return if request.purpose.is_empty() {
            vec!["AGREEMENT_MISSING", "PURPOSE_MISSING"]
        } else {
            vec!["AGREEMENT_MISSING"]
        };
    }
    let agreement = match agreement {
        Found::Standing(agreement) => agreement,
        Found::Damaged(damaged)
            if request.agreement == damaged.id.name() && damaged.parties.contains(&request.recipient) =>
        {
            return vec!["AGREEMENT_DAMAGED"];
        }
        Found::Damaged(_) | Found::Nothing => return vec!["NOT_A_RECIPIENT"],
    };
    let terms = agreement.content.terms();
    if agreement.recorded == State::Draft
        || request.agreement != terms.agreement
        || !terms.recipients.iter().any(|party| party.oin == request.recipient)
    {
        return vec!["NOT_A_RECIPIENT"];
    }
    let level = terms.scope.area_level.name();
    let area_is_agreed =
        |area: &str| terms.scope.areas.is_empty() || terms.scope.areas.iter().any(|agreed| agreed == area);
    let rules = [
        ("AGREEMENT_REVOKED", agreement.recorded == State::Revoked),
        ("AGREEMENT_SUSPENDED", agreement.recorded == State::Suspended),
        (
            "AGREEMENT_NOT_ACTIVE",
            [State::Draft, State::Proposed, State::Rejected, State::Expired].contains(&agreement.recorded),
        ),
        ("AGREEMENT_REPLACED", agreement.recorded == State::Replaced || agreement.replaced_by.is_some()),
        ("NOT_YET_VALID", now < agreement.content.starts()),
        ("AGREEMENT_EXPIRED", now >= agreement.content.ends()),
        ("PURPOSE_MISSING", request.purpose.is_empty()),
        ("OTHER_PURPOSE", !request.purpose.is_empty() && request.purpose != terms.purpose.name),
        ("OTHER_DATASET", request.dataset != terms.scope.dataset),
        ("PROVIDER_NOT_OWNER", request.dataset_owner != terms.provider.oin),
        (
            "INDICATOR_BEYOND_SCOPE",
            !request.indicators.iter().all(|asked| terms.scope.indicators.contains(asked)),
        ),
        (
            "AREA_BEYOND_SCOPE",
            (!request.area_level.is_empty() && request.area_level != level)
                || !request.areas.iter().all(|asked| asked.level == level && area_is_agreed(&asked.area)),
        ),
        ("PERIOD_BEYOND_SCOPE", !request.periods.iter().all(|asked| terms.scope.periods.contains(asked))),
        ("DELIVERY_NOT_AGREED", !terms.deliveries.contains(&request.delivery)),
        (
            "PROTECTION_NOT_ENFORCEABLE",
            !terms_of(&terms.protection).iter().all(|term| request.enforceable.contains(term)),
        ),
        ("WITNESSES_OVERDUE", oversight.fresh < oversight.needed),
    ];
    rules.into_iter().filter(|(_, broken)| *broken).map(|(code, _)| code).collect()
}
