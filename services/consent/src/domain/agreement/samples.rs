//! Agreements in every state, for tests.

use time::OffsetDateTime;
use time::macros::datetime;

use super::{Agreement, Document, State};
use crate::domain::content::samples::{self, GGD, WELLER, oin};
use crate::domain::signature::{Signature, SignatureKind};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

/// A signature of a party with a JWS of its own.
pub(crate) fn by(party: &str, kind: SignatureKind, number: usize) -> Signature {
    Signature { oin: oin(party), kind, jws: format!("a.{number}.c"), create_time: NOW }
}

pub(crate) fn draft() -> Agreement {
    Agreement::draft(samples::id(), Document::of(samples::content()).expect("a document"), NOW)
}

/// After these signatures, each of which changes something.
pub(crate) fn after(agreement: &Agreement, placed: &[(&str, SignatureKind)]) -> Agreement {
    placed.iter().enumerate().fold(agreement.clone(), |agreement, (number, (party, kind))| {
        let number = agreement.signatures.len() * 100 + number;
        agreement.place(by(party, *kind, number), NOW).expect("placed").expect("changed")
    })
}

/// An agreement that is recorded in this state; for EXPIRED, an active one, which expires by the clock.
pub(crate) fn agreement_in(state: State) -> Agreement {
    let proposed = draft().propose(NOW).expect("proposed");
    let accepted = [(WELLER, SignatureKind::Accept), (GGD, SignatureKind::Accept)];
    match state {
        State::Draft => draft(),
        State::Proposed => proposed,
        State::Active | State::Expired => after(&proposed, &accepted),
        State::Rejected => after(&proposed, &[(GGD, SignatureKind::Reject)]),
        State::Revoked => after(&after(&proposed, &accepted), &[(GGD, SignatureKind::Revoke)]),
        State::Suspended => after(&after(&proposed, &accepted), &[(GGD, SignatureKind::Suspend)]),
        State::Replaced => after(&proposed, &accepted).replaced(samples::id(), NOW),
    }
}
