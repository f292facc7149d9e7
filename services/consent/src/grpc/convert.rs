//! Between the messages of the contract and the domain.

use platform::clock::timestamp;
use platform::identity::Oin;
use platform::status::{Failure, FieldViolation};
use proto::consent::v1 as wire;
use time::OffsetDateTime;

use super::kinds;
use crate::app::agreements::{Shown, etag_of};
use crate::app::decisions::Decided;
use crate::domain::agreement::{Agreement, State};
use crate::domain::content::{
    Delivery, Draft, DraftParty, DraftPreset, DraftScope, LegalBasis, OnwardSharing, Party, Protection,
    Scope, Terms,
};
use crate::domain::entry::Kind;
use crate::domain::mask::{Masked, OfProtection};
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::protection::ProtectionTerm;
use crate::domain::reason::{About, Explained, Reason, Side};
use crate::domain::request::{Request, RequestedArea};
use crate::domain::signature::{Signature, SignatureKind};
use crate::domain::summary;
use crate::store::{Damaged, DamagedAgreement, StoredEntry, Whole};

/// INVALID_ARGUMENT about one field.
pub(super) fn wrong_field(field: &str, en: &str, nl: &str) -> Failure {
    Failure::invalid_field(FieldViolation::new(field, en, nl))
}

pub(crate) fn draft(content: wire::AgreementContent) -> Draft {
    let party = |party: wire::Party| DraftParty { oin: party.oin, display_name: None };
    Draft {
        provider: content.provider.map(party).unwrap_or_default(),
        recipients: content.recipients.into_iter().map(party).collect(),
        purpose: content.purpose,
        purpose_display_name: None,
        legal_basis: legal_basis(content.legal_basis),
        scope: content.scope.map(|scope| DraftScope {
            dataset: scope.dataset,
            indicators: scope.indicators,
            area_level: scope.area_level,
            areas: scope.areas,
            periods: scope.periods,
            dimensions: scope.dimensions,
        }),
        protection: content.protection.map(agreed_protection),
        preset: content.protection.map_or(DraftPreset::None, |protection| kinds::of(protection.preset)),
        deliveries: content.deliveries.into_iter().map(delivery).collect(),
        valid_from: content.valid_from,
        valid_until: content.valid_until,
        retention_months: content.retention_months,
        onward_sharing: onward_sharing(content.onward_sharing),
        contact: content.contact,
        replaces: content.replaces,
    }
}

fn agreed_protection(protection: wire::Protection) -> Protection {
    Protection {
        minimum_count: protection.minimum_count,
        protect_zeros: protection.protect_zeros,
        interval_width: protection.interval_width,
        p_percent: protection.p_percent,
        dominance_n: protection.dominance_n,
        dominance_k: protection.dominance_k,
        rounding_base: protection.rounding_base,
        minimum_denominator: protection.minimum_denominator,
        group_percent: protection.group_percent,
    }
}

fn legal_basis(number: i32) -> Option<LegalBasis> {
    match wire::LegalBasis::try_from(number).ok()? {
        wire::LegalBasis::Unspecified => None,
        wire::LegalBasis::LegalObligation => Some(LegalBasis::LegalObligation),
        wire::LegalBasis::PublicTask => Some(LegalBasis::PublicTask),
        wire::LegalBasis::LegitimateInterest => Some(LegalBasis::LegitimateInterest),
    }
}

pub(super) fn delivery(number: i32) -> Option<Delivery> {
    match wire::Delivery::try_from(number).ok()? {
        wire::Delivery::Unspecified => None,
        wire::Delivery::Pull => Some(Delivery::Pull),
        wire::Delivery::Stream => Some(Delivery::Stream),
    }
}

fn onward_sharing(number: i32) -> Option<OnwardSharing> {
    match wire::OnwardSharing::try_from(number).ok()? {
        wire::OnwardSharing::Unspecified => None,
        wire::OnwardSharing::None => Some(OnwardSharing::None),
        wire::OnwardSharing::Publications => Some(OnwardSharing::Publications),
    }
}

/// The state to list; none for every state.
pub(super) fn state_filter(number: i32) -> Result<Option<State>, Failure> {
    let state = wire::AgreementState::try_from(number)
        .map_err(|_| wrong_field("state", "is not a state", "is geen status"))?;
    Ok(match state {
        wire::AgreementState::Unspecified => None,
        wire::AgreementState::Draft => Some(State::Draft),
        wire::AgreementState::Proposed => Some(State::Proposed),
        wire::AgreementState::Active => Some(State::Active),
        wire::AgreementState::Rejected => Some(State::Rejected),
        wire::AgreementState::Revoked => Some(State::Revoked),
        wire::AgreementState::Expired => Some(State::Expired),
        wire::AgreementState::Suspended => Some(State::Suspended),
        wire::AgreementState::Replaced => Some(State::Replaced),
    })
}

pub(super) fn state(state: State) -> wire::AgreementState {
    match state {
        State::Draft => wire::AgreementState::Draft,
        State::Proposed => wire::AgreementState::Proposed,
        State::Active => wire::AgreementState::Active,
        State::Rejected => wire::AgreementState::Rejected,
        State::Revoked => wire::AgreementState::Revoked,
        State::Expired => wire::AgreementState::Expired,
        State::Suspended => wire::AgreementState::Suspended,
        State::Replaced => wire::AgreementState::Replaced,
    }
}

pub(super) fn agreement(agreement: &Agreement, now: OffsetDateTime) -> wire::Agreement {
    let document = &agreement.document;
    wire::Agreement {
        name: agreement.id.name(),
        state: state(agreement.state(now)).into(),
        content: Some(content(document.content.terms())),
        content_json: document.content_json.clone(),
        content_hash: document.content_hash.clone(),
        text_nl: document.text.clone(),
        signatures: agreement.signatures.iter().map(signature).collect(),
        create_time: Some(timestamp(agreement.create_time)),
        update_time: Some(timestamp(match agreement.state(now) {
            State::Expired => document.content.ends(),
            State::Draft
            | State::Proposed
            | State::Active
            | State::Suspended
            | State::Rejected
            | State::Revoked
            | State::Replaced => agreement.update_time,
        })),
        etag: etag_of(agreement, now),
        replaced_by: agreement.replaced_by.map(|by| by.name()).unwrap_or_default(),
        damaged: false,
    }
}

/// An agreement as it is shown, by its id.
pub(super) fn listed(listed: &Shown, now: OffsetDateTime) -> (AgreementId, wire::Agreement) {
    match listed {
        Ok(sound) => (sound.id, agreement(sound, now)),
        Err(DamagedAgreement { id }) => {
            let name = id.name();
            let text_nl = Reason::AgreementDamaged.explain(About { agreement: &name, ..About::default() }).nl;
            (*id, wire::Agreement { name, text_nl, damaged: true, ..Default::default() })
        }
    }
}

/// An agreement as it is kept for a repeated request.
pub(super) fn encoded(kept: &Shown, now: OffsetDateTime) -> Vec<u8> {
    prost::Message::encode_to_vec(&listed(kept, now).1)
}

/// The terms as they are shown.
pub(crate) fn content(terms: &Terms) -> wire::AgreementContent {
    wire::AgreementContent {
        provider: Some(party(&terms.provider)),
        recipients: terms.recipients.iter().map(party).collect(),
        purpose: terms.purpose.name.clone(),
        legal_basis: wire_legal_basis(terms.legal_basis).into(),
        scope: Some(scope(&terms.scope)),
        protection: Some(wire::Protection {
            preset: terms.preset.map_or(wire::Preset::Unspecified, kinds::wire).into(),
            ..protection(terms.protection)
        }),
        deliveries: terms.deliveries.iter().map(|delivery| wire_delivery(*delivery).into()).collect(),
        valid_from: terms.valid_from.to_string(),
        valid_until: terms.valid_until.to_string(),
        retention_months: terms.retention_months,
        onward_sharing: wire_onward_sharing(terms.onward_sharing).into(),
        contact: terms.contact.clone(),
        replaces: terms.replaces.clone().unwrap_or_default(),
    }
}

pub(super) fn wire_legal_basis(basis: LegalBasis) -> wire::LegalBasis {
    match basis {
        LegalBasis::LegalObligation => wire::LegalBasis::LegalObligation,
        LegalBasis::PublicTask => wire::LegalBasis::PublicTask,
        LegalBasis::LegitimateInterest => wire::LegalBasis::LegitimateInterest,
    }
}

pub(super) fn wire_delivery(delivery: Delivery) -> wire::Delivery {
    match delivery {
        Delivery::Pull => wire::Delivery::Pull,
        Delivery::Stream => wire::Delivery::Stream,
    }
}

pub(super) fn wire_onward_sharing(sharing: OnwardSharing) -> wire::OnwardSharing {
    match sharing {
        OnwardSharing::None => wire::OnwardSharing::None,
        OnwardSharing::Publications => wire::OnwardSharing::Publications,
    }
}

pub(super) fn party(party: &Party) -> wire::Party {
    wire::Party { oin: party.oin.to_string(), display_name: party.display_name.clone() }
}

pub(super) fn scope(scope: &Scope) -> wire::Scope {
    wire::Scope {
        dataset: scope.dataset.clone(),
        indicators: scope.indicators.clone(),
        area_level: scope.area_level.name().to_owned(),
        areas: scope.areas.clone(),
        periods: scope.periods.clone(),
        dimensions: scope.dimensions.clone(),
    }
}

/// The terms that are enforced.
pub(super) fn protection(protection: Protection) -> wire::Protection {
    wire::Protection {
        minimum_count: protection.minimum_count,
        protect_zeros: protection.protect_zeros,
        interval_width: protection.interval_width,
        p_percent: protection.p_percent,
        dominance_n: protection.dominance_n,
        dominance_k: protection.dominance_k,
        rounding_base: protection.rounding_base,
        minimum_denominator: protection.minimum_denominator,
        group_percent: protection.group_percent,
        preset: wire::Preset::Unspecified.into(),
    }
}

/// A mask that is to be entered in the ledger.
pub(super) fn masked(owner: &Oin, mask: wire::ReleaseMask) -> Masked {
    Masked {
        owner: owner.clone(),
        release: mask.release,
        protection: agreed_protection(mask.protection.unwrap_or_default()),
        mask_digest: mask.mask_digest,
        report_digest: mask.report_digest,
        seed_digest: mask.seed_digest,
        engine: mask.engine,
        cells: mask.cell_count,
        withheld: mask.withheld_count,
    }
}

/// A protection of a dataset that is retired, or in force again.
pub(super) fn of_protection(
    owner_oin: &str,
    dataset: String,
    protection: Option<wire::Protection>,
) -> Result<OfProtection, Vec<Problem>> {
    let owner = owner_oin.parse().map_err(|_| vec![not_an_oin("owner_oin")])?;
    let protection = protection.ok_or_else(|| vec![Problem::required("protection")])?;
    Ok(OfProtection { owner, dataset, protection: agreed_protection(protection) })
}

fn signature(signature: &Signature) -> wire::AgreementSignature {
    wire::AgreementSignature {
        oin: signature.oin.to_string(),
        kind: match signature.kind {
            SignatureKind::Accept => wire::SignatureKind::Accept,
            SignatureKind::Reject => wire::SignatureKind::Reject,
            SignatureKind::Revoke => wire::SignatureKind::Revoke,
            SignatureKind::Suspend => wire::SignatureKind::Suspend,
            SignatureKind::Resume => wire::SignatureKind::Resume,
        }
        .into(),
        jws: signature.jws.clone(),
        create_time: Some(timestamp(signature.create_time)),
    }
}

/// A request to decide about, or everything in it that cannot be read.
pub(crate) fn request(asked: wire::DecideRequest) -> Result<Request, Vec<Problem>> {
    let recipient = asked.recipient_oin.parse();
    let dataset_owner = asked.dataset_owner_oin.parse();
    let enforceable = asked.enforceable.iter().map(|term| protection_term(*term)).collect::<Option<Vec<_>>>();
    match (recipient, dataset_owner, delivery(asked.delivery), enforceable) {
        (Ok(recipient), Ok(dataset_owner), Some(delivery), Some(enforceable)) => Ok(Request {
            recipient,
            agreement: asked.agreement,
            purpose: asked.purpose,
            dataset: asked.dataset,
            dataset_owner,
            indicators: asked.indicators,
            areas: asked
                .areas
                .into_iter()
                .map(|area| RequestedArea { area: area.area, level: area.level })
                .collect(),
            area_level: asked.area_level,
            periods: asked.periods,
            delivery,
            release: asked.release,
            system: asked.system,
            enforceable,
            process: asked.process,
        }),
        (recipient, dataset_owner, delivery, enforceable) => {
            let mut problems = Vec::new();
            problems.extend(recipient.err().map(|_| not_an_oin("recipient_oin")));
            problems.extend(dataset_owner.err().map(|_| not_an_oin("dataset_owner_oin")));
            if delivery.is_none() {
                problems.push(Problem::required("delivery"));
            }
            if enforceable.is_none() {
                problems.push(Problem::new(
                    "enforceable",
                    "holds something that is no term of protection",
                    "bevat iets dat geen vorm van bescherming is",
                ));
            }
            Err(problems)
        }
    }
}

pub(super) fn protection_term(number: i32) -> Option<ProtectionTerm> {
    match wire::ProtectionTerm::try_from(number).ok()? {
        wire::ProtectionTerm::Unspecified => None,
        wire::ProtectionTerm::MinimumCount => Some(ProtectionTerm::MinimumCount),
        wire::ProtectionTerm::Zeros => Some(ProtectionTerm::Zeros),
        wire::ProtectionTerm::IntervalWidth => Some(ProtectionTerm::IntervalWidth),
        wire::ProtectionTerm::PPercent => Some(ProtectionTerm::PPercent),
        wire::ProtectionTerm::Dominance => Some(ProtectionTerm::Dominance),
        wire::ProtectionTerm::Rounding => Some(ProtectionTerm::Rounding),
        wire::ProtectionTerm::MinimumDenominator => Some(ProtectionTerm::MinimumDenominator),
        wire::ProtectionTerm::Group => Some(ProtectionTerm::Group),
    }
}

pub(super) fn not_an_oin(field: &str) -> Problem {
    Problem::new(field, "is not an OIN; expected 20 digits", "is geen OIN; verwacht worden 20 cijfers")
}

pub(super) fn decided(decided: Decided) -> wire::DecideResponse {
    let permit = decided.permit.as_ref();
    wire::DecideResponse {
        permitted: permit.is_some(),
        reasons: decided.reasons.into_iter().map(reason).collect(),
        scope: permit.map(|permit| scope(permit.scope())),
        protection: permit.map(|permit| protection(permit.protection())),
        ledger_entry: decided.place.map(|place| entry_name(place.index)).unwrap_or_default(),
        content_hash: decided.content_hash.unwrap_or_default(),
        expire_time: permit.map(|permit| timestamp(permit.expire_time())),
        ledger_index: decided.place.map_or(0, |place| i64::try_from(place.index).unwrap_or(i64::MAX)),
        leaf_hash: decided.place.map(|place| place.leaf_hash.to_string()).unwrap_or_default(),
        expired: decided.expired.map(reason),
    }
}

pub(crate) fn reason(explained: Explained) -> wire::Reason {
    let code = wire::DecisionReason::from_str_name(&format!("DECISION_REASON_{}", explained.code));
    wire::Reason {
        reason: code.unwrap_or_default().into(),
        message_nl: explained.nl,
        message_en: explained.en,
        metadata: explained.metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        side: match explained.side {
            Side::Recipient => wire::Side::Recipient,
            Side::Provider => wire::Side::Provider,
        }
        .into(),
    }
}

/// "ledger-entries/{index}".
pub(super) fn entry_name(index: u64) -> String {
    format!("ledger-entries/{index}")
}

/// The kind of entry to list; none for every kind.
pub(super) fn kind_filter(number: i32) -> Result<Option<Kind>, Failure> {
    let kind = wire::LedgerEntryKind::try_from(number)
        .map_err(|_| wrong_field("kind", "is not a kind of entry", "is geen soort regel"))?;
    Ok(match kind {
        wire::LedgerEntryKind::Unspecified => None,
        wire::LedgerEntryKind::AgreementChanged => Some(Kind::AgreementChanged),
        wire::LedgerEntryKind::Permitted => Some(Kind::Permitted),
        wire::LedgerEntryKind::Refused => Some(Kind::Refused),
        wire::LedgerEntryKind::Delivered => Some(Kind::Delivered),
        wire::LedgerEntryKind::DeliveryUnaccounted => Some(Kind::DeliveryUnaccounted),
        wire::LedgerEntryKind::ReleasePublished => Some(Kind::ReleasePublished),
        wire::LedgerEntryKind::MaskComputed => Some(Kind::MaskComputed),
        wire::LedgerEntryKind::ProtectionRetired => Some(Kind::ProtectionRetired),
        wire::LedgerEntryKind::ProtectionReinstated => Some(Kind::ProtectionReinstated),
        wire::LedgerEntryKind::StoryConsentChanged => Some(Kind::StoryConsentChanged),
        wire::LedgerEntryKind::StoryUseDecided => Some(Kind::StoryUseDecided),
        wire::LedgerEntryKind::StoryWithdrawalConfirmed => Some(Kind::StoryWithdrawalConfirmed),
        wire::LedgerEntryKind::OwnRuleChanged => Some(Kind::OwnRuleChanged),
        wire::LedgerEntryKind::PurposeAdded => Some(Kind::PurposeAdded),
        wire::LedgerEntryKind::PurposeRenamed => Some(Kind::PurposeRenamed),
        wire::LedgerEntryKind::StopConfirmed => Some(Kind::StopConfirmed),
    })
}

pub(super) fn entry(found: Result<StoredEntry, Damaged>) -> wire::LedgerEntry {
    let stored = match found {
        Ok(stored) => stored,
        Err(Damaged { index, leaf_hash, what: _ }) => {
            return wire::LedgerEntry {
                name: format!("ledger-entries/{index}"),
                index,
                leaf_hash,
                damaged: true,
                summary_nl:
                    "Deze regel is beschadigd en niet te lezen. Meld dit aan de beheerder van het platform."
                        .to_owned(),
                ..wire::LedgerEntry::default()
            };
        }
    };
    let header = stored.header;
    let entry = wire::LedgerEntry {
        name: entry_name(header.index),
        index: i64::try_from(header.index).unwrap_or(i64::MAX),
        create_time: Some(timestamp(header.time)),
        agreement: header.agreement.unwrap_or_default(),
        agreement_sequence: i64::try_from(header.agreement_sequence).unwrap_or(i64::MAX),
        header_json: stored.header_json,
        header_salt: stored.header_salt.to_string(),
        header_commitment: stored.header_commitment.to_string(),
        body_commitment: stored.body_commitment.to_string(),
        leaf_hash: stored.leaf_hash,
        ..wire::LedgerEntry::default()
    };
    let Some(Whole { entry: whole, body_json, body_salt }) = stored.whole else {
        return entry;
    };
    let kind = match whole.event.kind() {
        Kind::AgreementChanged => wire::LedgerEntryKind::AgreementChanged,
        Kind::Permitted => wire::LedgerEntryKind::Permitted,
        Kind::Refused => wire::LedgerEntryKind::Refused,
        Kind::Delivered => wire::LedgerEntryKind::Delivered,
        Kind::DeliveryUnaccounted => wire::LedgerEntryKind::DeliveryUnaccounted,
        Kind::ReleasePublished => wire::LedgerEntryKind::ReleasePublished,
        Kind::MaskComputed => wire::LedgerEntryKind::MaskComputed,
        Kind::ProtectionRetired => wire::LedgerEntryKind::ProtectionRetired,
        Kind::ProtectionReinstated => wire::LedgerEntryKind::ProtectionReinstated,
        Kind::StoryConsentChanged => wire::LedgerEntryKind::StoryConsentChanged,
        Kind::StoryUseDecided => wire::LedgerEntryKind::StoryUseDecided,
        Kind::StoryWithdrawalConfirmed => wire::LedgerEntryKind::StoryWithdrawalConfirmed,
        Kind::OwnRuleChanged => wire::LedgerEntryKind::OwnRuleChanged,
        Kind::PurposeAdded => wire::LedgerEntryKind::PurposeAdded,
        Kind::PurposeRenamed => wire::LedgerEntryKind::PurposeRenamed,
        Kind::StopConfirmed => wire::LedgerEntryKind::StopConfirmed,
    };
    wire::LedgerEntry {
        kind: kind.into(),
        summary_nl: summary::of(&whole),
        parties: whole.parties.iter().map(ToString::to_string).collect(),
        transaction_id: whole.transaction_id,
        trace_id: whole.trace_id,
        body_json,
        body_salt: body_salt.to_string(),
        ..entry
    }
}
