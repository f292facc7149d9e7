//! What the ledger holds: one entry for everything that happens under agreements.

mod sentences;
mod texts;

use std::collections::BTreeSet;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::agreement::{Agreement, State};
use super::decision::{Decision, Found, Standing};
use super::mask::{Masked, OfProtection};
use super::name::AgreementId;
use super::purpose::Purpose;
use super::reason::Reason;
use super::request::{Delivered, Published, Request};
use super::signature::Signature;
use super::stop::Confirmed;
use super::story_consent::{ConsentChange, StoryUseDecided, WithdrawalConfirmed};
use super::unaccounted::Unaccounted;
use super::use_rule::{UseRule, UseTerms};

pub(crate) use ledger::audit::{Action, Kind};
pub(crate) use sentences::Sentences;
pub(crate) use texts::{Header, moment};

/// The program that makes entries, so that a decision can be made again by the same one.
const ENGINE: &str = concat!("alliantie-consent ", env!("CARGO_PKG_VERSION"));

/// An entry in its place. It is kept as two texts: a header, for every party to the agreement, and
/// a body, for those that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Place in the ledger: 0 for the first, without gaps.
    pub(crate) index: u64,
    /// When it was entered.
    pub(crate) time: OffsetDateTime,
    /// The agreement that it is about, "agreements/{id}".
    pub(crate) agreement: Option<String>,
    /// Its place among the entries of that agreement.
    pub(crate) in_agreement: InAgreement,
    /// The organisations that it concerns and that may read its body.
    pub(crate) parties: Vec<Oin>,
    /// UUIDv7 of the exchange.
    pub(crate) transaction_id: String,
    /// W3C trace id; may be empty.
    pub(crate) trace_id: String,
    /// The program that made it, with its version.
    pub(crate) engine: String,
    /// What happened.
    pub(crate) event: Event,
}

/// The place of an entry among those of its agreement; none for its draft, which only the provider sees,
/// and without an agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InAgreement {
    /// Its number from the proposal on, without gaps; 0 for none.
    pub(crate) sequence: u64,
    /// Where the agreement stands after it, as recorded; none without a number.
    pub(crate) state: Option<State>,
    /// The hash of the leaf of the entry with the number before, in lower-case hexadecimal.
    pub(crate) previous: Option<String>,
}

/// Declares what can happen, with the name of its kind in an entry. The kinds are those that an audit knows, so
/// that none can be added without it.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident($facts:ty) = $name:literal,)*) => {
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "facts")]
        pub(crate) enum Event {
            $($(#[$doc])* #[serde(rename = $name)] $event($facts),)*
        }

        impl Event {
            /// What kind of event it is.
            #[must_use]
            pub(crate) fn kind(&self) -> Kind {
                match self {
                    $(Self::$event(_) => Kind::$event,)*
                }
            }
        }

        #[cfg(test)]
        const EVENTS: &[(Kind, &str)] = &[$((Kind::$event, $name),)*];
    };
}

events! {
    /// A party did something with an agreement.
    AgreementChanged(Change) = "AGREEMENT_CHANGED",
    /// A request was permitted.
    Permitted(Decided) = "PERMITTED",
    /// A request was refused.
    Refused(Decided) = "REFUSED",
    /// Data was delivered.
    Delivered(Delivered) = "DELIVERED",
    /// Nobody told how a delivery ended.
    DeliveryUnaccounted(Unaccounted) = "DELIVERY_UNACCOUNTED",
    /// A release was published.
    ReleasePublished(Published) = "RELEASE_PUBLISHED",
    /// It was determined which cells of a release are withheld under a protection.
    MaskComputed(Masked) = "MASK_COMPUTED",
    /// A protection of a dataset was retired.
    ProtectionRetired(OfProtection) = "PROTECTION_RETIRED",
    /// A protection that was retired is in force again.
    ProtectionReinstated(OfProtection) = "PROTECTION_REINSTATED",
    /// Consent for a story was given or withdrawn.
    StoryConsentChanged(ConsentChange) = "STORY_CONSENT_CHANGED",
    /// The use of a story was permitted or refused.
    StoryUseDecided(StoryUseDecided) = "STORY_USE_DECIDED",
    /// An organisation no longer uses a story for what a withdrawn consent allowed.
    StoryWithdrawalConfirmed(WithdrawalConfirmed) = "STORY_WITHDRAWAL_CONFIRMED",
    /// An organisation changed its own rules.
    OwnRuleChanged(RuleChange) = "OWN_RULE_CHANGED",
    /// A purpose was added.
    PurposeAdded(Added) = "PURPOSE_ADDED",
    /// A purpose got another name.
    PurposeRenamed(Renamed) = "PURPOSE_RENAMED",
    /// A stop is in force at every enforcement point.
    StopConfirmed(Confirmed) = "STOP_CONFIRMED",
}

impl Event {
    /// Whether it is about a draft, which only the provider sees and which has no place among the entries
    /// of its agreement.
    #[must_use]
    pub(crate) fn is_about_a_draft(&self) -> bool {
        matches!(self, Self::AgreementChanged(change) if change.action.is_about_a_draft())
    }
}

/// A change of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// What was done.
    pub(crate) action: Action,
    /// The organisation that did it.
    pub(crate) by: Oin,
    /// The state after it, for example "ACTIVE".
    pub(crate) state: String,
    /// The hash of the content.
    pub(crate) content_hash: String,
    /// When it holds by the clock, for a proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) holds: Option<Holds>,
    /// The signature, for an action that needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jws: Option<String>,
    /// When it was received, by which it is judged whether its key was valid: no later than the entry, as it waits
    /// for those who enter something before it. Older entries do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<Moment>,
    /// The agreement that took its place, "agreements/{id}", when this is how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaced_by: Option<String>,
}

/// A moment, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(#[serde(with = "moment")] pub(crate) OffsetDateTime);

/// When an agreement holds by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holds {
    /// The first moment at which it holds.
    #[serde(with = "moment")]
    pub(crate) starts: OffsetDateTime,
    /// The first moment at which it no longer holds.
    #[serde(with = "moment")]
    pub(crate) ends: OffsetDateTime,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decided {
    /// The request as it was asked.
    pub(crate) request: Request,
    /// The codes of the reasons by the own rules of the organisation that asked.
    pub(crate) own_reasons: Vec<String>,
    /// The codes of the reasons by the agreement, the most telling first.
    pub(crate) reasons: Vec<String>,
    /// The hash of the content that was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_hash: Option<String>,
    /// Of each reason that refuses, what holds on to its sentences, in the order in which they are told; none for a
    /// permit, and none when it concerns an organisation that is no party to the agreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sentences: Vec<Sentences>,
}

impl Decided {
    /// The codes of the reasons that refuse; none for a permit.
    pub(crate) fn refusing(&self) -> impl Iterator<Item = &str> {
        let permits = |code: &str| Reason::PERMITTING.contains(&code);
        self.own_reasons.iter().chain(&self.reasons).map(String::as_str).filter(move |code| !permits(code))
    }
}

/// A change of an organisation's own rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleChange {
    /// What was done.
    pub(crate) action: RuleAction,
    /// The organisation that did it.
    pub(crate) by: Oin,
    /// The rule, "use-rules/{id}".
    pub(crate) rule: String,
    /// What it allows.
    #[serde(flatten)]
    pub(crate) terms: UseTerms,
}

/// A purpose that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Added {
    /// "purposes/{code}".
    pub(crate) purpose: String,
    /// Its name.
    pub(crate) display_name: String,
    /// The goal or inspanning that it serves, "goals/{code}" or "inspanningen/{code}".
    pub(crate) serves: String,
}

/// Another name of a purpose. What it serves never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Renamed {
    /// "purposes/{code}".
    pub(crate) purpose: String,
    /// The name before.
    pub(crate) before: String,
    /// The name from now on.
    pub(crate) after: String,
}

/// What an organisation does with a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RuleAction {
    /// Makes it.
    Created,
    /// Removes it.
    Deleted,
}

/// An entry that has no place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewEntry {
    /// The agreement that it is about.
    pub(crate) agreement: Option<AgreementId>,
    /// The organisations that it concerns.
    pub(crate) parties: Vec<Oin>,
    /// UUIDv7 of the exchange.
    pub(crate) transaction_id: String,
    /// W3C trace id; may be empty.
    pub(crate) trace_id: String,
    /// What happened.
    pub(crate) event: Event,
}

impl NewEntry {
    /// In its place.
    #[must_use]
    pub(crate) fn placed(self, index: u64, in_agreement: InAgreement, now: OffsetDateTime) -> Entry {
        Entry {
            index,
            time: now,
            agreement: self.agreement.map(|agreement| agreement.name()),
            in_agreement,
            parties: self.parties,
            transaction_id: self.transaction_id,
            trace_id: self.trace_id,
            engine: ENGINE.to_owned(),
            event: self.event,
        }
    }
}

/// The entry of a change of an agreement that stands after it as it is; it concerns its parties, and
/// a draft its provider.
#[must_use]
pub(crate) fn of_change(
    agreement: &Agreement,
    action: Action,
    by: &Oin,
    signature: Option<&Signature>,
    transaction_id: String,
    trace_id: String,
    now: OffsetDateTime,
) -> NewEntry {
    let replaced_by = agreement.replaced_by.filter(|_| action == Action::Replaced);
    let content = &agreement.document.content;
    let holds =
        (action == Action::Proposed).then(|| Holds { starts: content.starts(), ends: content.ends() });
    let change = Change {
        action,
        by: by.clone(),
        state: agreement.state(now).name().to_owned(),
        content_hash: agreement.document.content_hash.clone(),
        holds,
        jws: signature.map(|placed| placed.jws.clone()),
        received: signature.map(|placed| Moment(placed.create_time)),
        replaced_by: replaced_by.map(|by| by.name()),
    };
    let parties = if action.is_about_a_draft() {
        vec![content.terms().provider.oin.clone()]
    } else {
        content.parties()
    };
    NewEntry {
        agreement: Some(agreement.id),
        parties,
        transaction_id,
        trace_id,
        event: Event::AgreementChanged(change),
    }
}

/// The entry of a decision. It concerns the provider, the owner of the dataset, and the one who
/// asked. Of a stranger, who is no recipient of the agreement that it names, it concerns the owner
/// of the dataset, is about no agreement, and is the same whether there is such an agreement or not.
/// Under a damaged agreement it is about no agreement either, and concerns the one who asked alone: who
/// the other parties are is not certain, and nobody else may learn from it that there is such an agreement.
#[must_use]
pub(crate) fn of_decision(
    request: Request,
    decision: &Decision,
    found: Found<'_>,
    transaction_id: String,
    trace_id: String,
) -> NewEntry {
    let agreement = found.known_to(&request.recipient);
    let provider = agreement.map(|agreement| &agreement.content.terms().provider.oin);
    let owner = found.damaged_for(&request.recipient).is_none().then_some(&request.dataset_owner);
    let mut parties = Vec::new();
    for party in provider.into_iter().chain(owner).chain([&request.recipient]) {
        if !parties.contains(party) {
            parties.push(party.clone());
        }
    }
    let content_hash = agreement.map(|agreement| agreement.content_hash.clone());
    let codes = |reasons: &[Reason]| reasons.iter().map(|reason| reason.code().to_owned()).collect();
    let sentences = sentences::of_refusal(&request, decision, agreement);
    let decided = Decided {
        request,
        sentences,
        own_reasons: codes(decision.own_reasons()),
        reasons: codes(decision.reasons()),
        content_hash,
    };
    let event = if decision.permit().is_some() { Event::Permitted(decided) } else { Event::Refused(decided) };
    NewEntry { agreement: agreement.map(|agreement| agreement.id), parties, transaction_id, trace_id, event }
}

/// The entry of a delivery; it concerns the provider and the recipient.
#[must_use]
pub(crate) fn of_delivery(
    delivered: Delivered,
    agreement: &Standing,
    transaction_id: String,
    trace_id: String,
) -> NewEntry {
    NewEntry {
        agreement: Some(agreement.id),
        parties: vec![agreement.content.terms().provider.oin.clone(), delivered.recipient.clone()],
        transaction_id,
        trace_id,
        event: Event::Delivered(delivered),
    }
}

/// The entry of a release; it concerns its owner.
#[must_use]
pub(crate) fn of_release(published: Published, transaction_id: String, trace_id: String) -> NewEntry {
    NewEntry {
        agreement: None,
        parties: vec![published.owner.clone()],
        transaction_id,
        trace_id,
        event: Event::ReleasePublished(published),
    }
}

/// The entry of a mask; it concerns the owner of the dataset.
#[must_use]
pub(crate) fn of_mask(mask: Masked, transaction_id: String, trace_id: String) -> NewEntry {
    NewEntry {
        agreement: None,
        parties: vec![mask.owner.clone()],
        transaction_id,
        trace_id,
        event: Event::MaskComputed(mask),
    }
}

/// The entry of a protection that is retired; it concerns the owner of the dataset.
#[must_use]
pub(crate) fn of_retirement(retired: OfProtection, transaction_id: String, trace_id: String) -> NewEntry {
    let (parties, event) = (vec![retired.owner.clone()], Event::ProtectionRetired(retired));
    NewEntry { agreement: None, parties, transaction_id, trace_id, event }
}

/// The entry of a protection that is in force again; it concerns the owner of the dataset.
#[must_use]
pub(crate) fn of_reinstatement(back: OfProtection, transaction_id: String, trace_id: String) -> NewEntry {
    let (parties, event) = (vec![back.owner.clone()], Event::ProtectionReinstated(back));
    NewEntry { agreement: None, parties, transaction_id, trace_id, event }
}

/// The entry of a change of an organisation's own rules; it concerns that organisation.
#[must_use]
pub(crate) fn of_rule_change(
    rule: &UseRule,
    action: RuleAction,
    transaction_id: String,
    trace_id: String,
) -> NewEntry {
    let by = rule.owner.clone();
    NewEntry {
        agreement: None,
        parties: vec![by.clone()],
        transaction_id,
        trace_id,
        event: Event::OwnRuleChanged(RuleChange {
            action,
            by,
            rule: rule.id.name(),
            terms: rule.terms.clone(),
        }),
    }
}

/// The entry of a purpose that is added; it concerns no organisation.
#[must_use]
pub(crate) fn of_purpose(new: &Purpose, transaction_id: String, trace_id: String) -> NewEntry {
    let (display_name, serves) = (new.display_name.clone(), new.serves.clone());
    let event = Event::PurposeAdded(Added { purpose: new.name(), display_name, serves });
    NewEntry { agreement: None, parties: Vec::new(), transaction_id, trace_id, event }
}

/// The entries of another name of a purpose: one that concerns nobody, and one for each of these organisations,
/// which have it in their agreements. No entry tells one of them who the others are.
#[must_use]
pub(crate) fn of_renaming(
    before: &Purpose,
    after: &Purpose,
    told: BTreeSet<Oin>,
    transaction_id: &str,
    trace_id: &str,
) -> Vec<NewEntry> {
    let renamed = Renamed {
        purpose: after.name(),
        before: before.display_name.clone(),
        after: after.display_name.clone(),
    };
    let entry = |parties| NewEntry {
        agreement: None,
        parties,
        transaction_id: transaction_id.to_owned(),
        trace_id: trace_id.to_owned(),
        event: Event::PurposeRenamed(renamed.clone()),
    };
    std::iter::once(Vec::new()).chain(told.into_iter().map(|oin| vec![oin])).map(entry).collect()
}

impl Change {
    /// Whether the agreement became active by it.
    #[must_use]
    pub(crate) fn made_active(&self) -> bool {
        matches!(self.action, Action::Signed | Action::Resumed) && self.state == State::Active.name()
    }

    /// Whether a party resumed while another one's suspension stands.
    #[must_use]
    pub(crate) fn stays_suspended(&self) -> bool {
        self.action == Action::Resumed && self.state == State::Suspended.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_the_name_by_which_an_audit_knows_its_kind() {
        for (kind, name) in EVENTS {
            assert_eq!(kind.name(), *name);
        }
        assert_eq!(EVENTS.len(), Kind::ALL.len());
    }
}
