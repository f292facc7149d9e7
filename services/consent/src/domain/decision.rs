//! The decision about a request: pure and total, and a refusal unless everything is right.

mod found;

use std::collections::HashSet;
use std::sync::Arc;

use platform::identity::Oin;
use time::OffsetDateTime;

use super::agreement::State;
use super::content::{Content, Protection, Scope};
use super::name::AgreementId;
use super::oversight::Oversight;
use super::protection::terms_of;
use super::reason::{About, Explained, Reason};
use super::request::Request;
use super::use_rule::{OwnRules, OwnVerdict, judge};

pub(crate) use found::{DamagedStanding, Found};

/// An agreement as a decision sees it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The agreement.
    pub(crate) id: AgreementId,
    /// Its terms.
    pub(crate) content: Arc<Content>,
    /// The hash of its content.
    pub(crate) content_hash: String,
    /// Its state as recorded.
    pub(crate) recorded: State,
    /// Since when.
    pub(crate) since: OffsetDateTime,
    /// The agreement that took its place.
    pub(crate) replaced_by: Option<AgreementId>,
}

impl Standing {
    /// Whether this organisation may learn that the agreement exists from a decision under it.
    #[must_use]
    pub(crate) fn has_recipient(&self, oin: &Oin) -> bool {
        self.recorded != State::Draft && self.content.has_recipient(oin)
    }
}

/// What was decided, and why: each side gives at least one reason. Only [`decide`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    own_reasons: Vec<Reason>,
    reasons: Vec<Reason>,
    permit: Option<Permit>,
}

impl Decision {
    /// What may be delivered; none for a refusal.
    #[must_use]
    pub(crate) fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    /// The reasons by the own rules of the organisation that asks.
    #[must_use]
    pub(crate) fn own_reasons(&self) -> &[Reason] {
        &self.own_reasons
    }

    /// The reasons by the agreement, the most telling first.
    #[must_use]
    pub(crate) fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// All reasons in words, those that refuse first: the own rules before the agreement.
    #[must_use]
    pub(crate) fn explain(&self, about: About<'_>) -> Vec<Explained> {
        let (permitting, refusing): (Vec<_>, Vec<_>) =
            self.own_reasons.iter().chain(&self.reasons).partition(|reason| reason.permits());
        refusing.into_iter().chain(permitting).map(|reason| reason.explain(about)).collect()
    }

    /// The reasons that refuse, in the order in which they are told; none for a permit.
    pub(crate) fn refusal(&self) -> impl Iterator<Item = &Reason> {
        self.own_reasons.iter().chain(&self.reasons).filter(|reason| !reason.permits())
    }

    /// What may be delivered, given away.
    #[must_use]
    pub(crate) fn into_permit(self) -> Option<Permit> {
        self.permit
    }
}

/// What may be delivered. Only [`decide`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    scope: Scope,
    protection: Protection,
    expire_time: OffsetDateTime,
}

impl Permit {
    /// What may be delivered: the agreed scope narrowed to what was asked.
    #[must_use]
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How small groups are protected.
    #[must_use]
    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    /// When the agreement ends by the clock.
    #[must_use]
    pub(crate) fn expire_time(&self) -> OffsetDateTime {
        self.expire_time
    }
}

/// Decides about a request: first by the own rules of the organisation that asks, then by the
/// agreement that the request names. It is permitted when both sides permit it.
#[must_use]
pub(crate) fn decide(
    request: &Request,
    own_rules: OwnRules<'_>,
    agreement: Found<'_>,
    oversight: Oversight,
    now: OffsetDateTime,
) -> Decision {
    let own = by_own_rules(request, own_rules);
    let own_permits = own.permits();
    match by_agreement(request, agreement, oversight, now) {
        Ok(permit) => Decision {
            own_reasons: vec![own],
            reasons: vec![Reason::WithinAgreement],
            permit: own_permits.then_some(permit),
        },
        Err(reasons) => Decision { own_reasons: vec![own], reasons, permit: None },
    }
}

fn by_own_rules(request: &Request, own_rules: OwnRules<'_>) -> Reason {
    let system = request.system.clone();
    match judge(own_rules, &request.system, &request.purpose) {
        OwnVerdict::NoRules => Reason::WithinOwnRules { system, rule: None },
        OwnVerdict::Allowed(rule) => Reason::WithinOwnRules { system, rule: Some(rule.name()) },
        OwnVerdict::SystemNotAllowed => Reason::SystemNotAllowed { system },
        OwnVerdict::PurposeNotAllowed => {
            Reason::OwnPurposeNotAllowed { system, asked: request.purpose.clone() }
        }
        OwnVerdict::NotKnown => Reason::OwnRulesDamaged,
    }
}

fn by_agreement(
    request: &Request,
    agreement: Found<'_>,
    oversight: Oversight,
    now: OffsetDateTime,
) -> Result<Permit, Vec<Reason>> {
    if request.agreement.is_empty() {
        let mut reasons = vec![Reason::AgreementMissing];
        if request.purpose.is_empty() {
            reasons.push(Reason::PurposeMissing);
        }
        return Err(reasons);
    }
    let named = |id: AgreementId| id.name() == request.agreement;
    if agreement.damaged_for(&request.recipient).is_some_and(|damaged| named(damaged.id)) {
        return Err(vec![Reason::AgreementDamaged]);
    }
    // Who is no recipient learns nothing more, not even whether there is such an agreement.
    let known = agreement.known_to(&request.recipient);
    let Some(agreement) = known.filter(|agreement| named(agreement.id)) else {
        return Err(vec![Reason::NotARecipient]);
    };
    let terms = agreement.content.terms();
    let mut reasons = Vec::new();
    standing(agreement, now, &mut reasons);
    purpose(request, agreement, &mut reasons);
    dataset(request, agreement, &mut reasons);
    let scope = narrowed(request, &terms.scope, &mut reasons);
    if !terms.deliveries.contains(&request.delivery) {
        reasons.push(Reason::DeliveryNotAgreed { asked: request.delivery });
    }
    let beyond: Vec<_> =
        terms_of(&terms.protection).into_iter().filter(|term| !request.enforceable.contains(term)).collect();
    if !beyond.is_empty() {
        reasons.push(Reason::ProtectionNotEnforceable { terms: beyond });
    }
    if oversight.is_overdue() {
        reasons.push(Reason::WitnessesOverdue { needed: oversight.needed, fresh: oversight.fresh });
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    Ok(Permit { scope, protection: terms.protection, expire_time: agreement.content.ends() })
}

fn standing(agreement: &Standing, now: OffsetDateTime, reasons: &mut Vec<Reason>) {
    match agreement.recorded {
        State::Active | State::Replaced => {}
        State::Revoked => reasons.push(Reason::AgreementRevoked { since: agreement.since }),
        State::Suspended => reasons.push(Reason::AgreementSuspended { since: agreement.since }),
        state @ (State::Draft | State::Proposed | State::Rejected | State::Expired) => {
            reasons.push(Reason::AgreementNotActive { state });
        }
    }
    // Whatever else is said of it, and whatever the clock says.
    if agreement.recorded == State::Replaced || agreement.replaced_by.is_some() {
        let by = agreement.replaced_by.map(|by| by.name());
        reasons.push(Reason::AgreementReplaced { since: agreement.since, by });
    }
    let terms = agreement.content.terms();
    if now < agreement.content.starts() {
        reasons.push(Reason::NotYetValid { valid_from: terms.valid_from });
    }
    if now >= agreement.content.ends() {
        reasons.push(Reason::AgreementExpired { valid_until: terms.valid_until });
    }
}

fn purpose(request: &Request, agreement: &Standing, reasons: &mut Vec<Reason>) {
    let agreed = &agreement.content.terms().purpose.name;
    if request.purpose.is_empty() {
        reasons.push(Reason::PurposeMissing);
    } else if request.purpose != *agreed {
        reasons.push(Reason::OtherPurpose { agreed: agreed.clone(), asked: request.purpose.clone() });
    }
}

fn dataset(request: &Request, agreement: &Standing, reasons: &mut Vec<Reason>) {
    let terms = agreement.content.terms();
    if request.dataset != terms.scope.dataset {
        let (agreed, asked) = (terms.scope.dataset.clone(), request.dataset.clone());
        reasons.push(Reason::OtherDataset { agreed, asked });
    }
    if request.dataset_owner != terms.provider.oin {
        reasons.push(Reason::ProviderNotOwner { dataset: request.dataset.clone() });
    }
}

/// The agreed scope, narrowed to what was asked.
fn narrowed(request: &Request, agreed: &Scope, reasons: &mut Vec<Reason>) -> Scope {
    let (indicators, beyond) = narrow(&agreed.indicators, &request.indicators);
    if !beyond.is_empty() {
        reasons.push(Reason::IndicatorBeyondScope { beyond });
    }
    let (areas, beyond) = narrow_areas(request, agreed);
    if !beyond.is_empty() {
        reasons.push(Reason::AreaBeyondScope { beyond, agreed: agreed.area_level });
    }
    let (periods, beyond) = narrow(&agreed.periods, &request.periods);
    if !beyond.is_empty() {
        reasons.push(Reason::PeriodBeyondScope { beyond });
    }
    let Scope { dataset, area_level, dimensions, .. } = agreed;
    let (dataset, area_level, dimensions) = (dataset.clone(), *area_level, dimensions.clone());
    Scope { dataset, indicators, area_level, areas, periods, dimensions }
}

/// What of the agreed list is asked for, and what is asked for beyond it.
fn narrow(agreed: &[String], asked: &[String]) -> (Vec<String>, Vec<String>) {
    if asked.is_empty() {
        return (agreed.to_vec(), Vec::new());
    }
    let (agreed_set, asked_set): (HashSet<_>, HashSet<_>) = (agreed.iter().collect(), asked.iter().collect());
    let within = agreed.iter().filter(|item| asked_set.contains(item)).cloned().collect();
    let beyond = asked.iter().filter(|item| !agreed_set.contains(item)).cloned().collect();
    (within, without_repeats(beyond))
}

/// The same for areas, of which every one must have the agreed level.
fn narrow_areas(request: &Request, agreed: &Scope) -> (Vec<String>, Vec<String>) {
    let level = agreed.area_level.name();
    let mut beyond = Vec::new();
    if !request.area_level.is_empty() && request.area_level != level {
        beyond.push(request.area_level.clone());
    }
    if request.areas.is_empty() {
        return (agreed.areas.clone(), beyond);
    }
    let agreed_set: HashSet<_> = agreed.areas.iter().collect();
    let mut within = Vec::new();
    for asked in &request.areas {
        let named = agreed_set.is_empty() || agreed_set.contains(&asked.area);
        let list = if named && asked.level == level { &mut within } else { &mut beyond };
        list.push(asked.area.clone());
    }
    (without_repeats(within), without_repeats(beyond))
}

fn without_repeats(items: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

#[cfg(test)]
mod model;
#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
pub(crate) mod tests;
