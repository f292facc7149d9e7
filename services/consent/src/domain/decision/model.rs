//! The rules of a decision once more, as plainly as they can be written, to compare with.

use time::OffsetDateTime;

use super::Standing;
use crate::domain::agreement::State;
use crate::domain::request::Request;

/// The reasons to refuse; none for a permit.
pub(super) fn refusals(
    request: &Request,
    agreement: Option<&Standing>,
    now: OffsetDateTime,
) -> Vec<&'static str> {
    if request.agreement.is_empty() {
        return if request.purpose.is_empty() {
            vec!["AGREEMENT_MISSING", "PURPOSE_MISSING"]
        } else {
            vec!["AGREEMENT_MISSING"]
        };
    }
    let Some(agreement) = agreement else {
        return vec!["NOT_A_RECIPIENT"];
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
        ("AGREEMENT_REPLACED", agreement.recorded == State::Replaced),
        (
            "AGREEMENT_NOT_ACTIVE",
            [State::Draft, State::Proposed, State::Rejected, State::Expired].contains(&agreement.recorded),
        ),
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
    ];
    rules.into_iter().filter(|(_, broken)| *broken).map(|(code, _)| code).collect()
}
