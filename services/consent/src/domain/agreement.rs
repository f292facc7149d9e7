//! An agreement and its life. Its content never changes; what changes is where it stands.

use std::sync::Arc;

use platform::identity::Oin;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::canonical::{self, NotCanonical};
use super::content::{Content, Terms};
use super::name::AgreementId;
use super::problem::Problem;
use super::signature::{Signature, SignatureKind};
use super::{hash, text};

/// The member of the canonical JSON with the hash of the text.
const TEXT_HASH: &str = "text_hash";

/// Most bytes of the canonical JSON of an agreement.
const MOST_BYTES: usize = 64 * 1024;

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Drafted by the provider.
    Draft,
    /// Waiting for signatures.
    Proposed,
    /// Signed by every party.
    Active,
    /// Refused by a party. Final.
    Rejected,
    /// Ended by a party. Final.
    Revoked,
    /// Past its validity. Final; follows from the clock and is never recorded.
    Expired,
    /// Paused by a party.
    Suspended,
    /// Followed by another agreement. Final.
    Replaced,
}

impl State {
    /// All states.
    pub(crate) const ALL: [Self; 8] = [
        Self::Draft,
        Self::Proposed,
        Self::Active,
        Self::Rejected,
        Self::Revoked,
        Self::Expired,
        Self::Suspended,
        Self::Replaced,
    ];

    /// Its name in the contract, for example "ACTIVE".
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Proposed => "PROPOSED",
            Self::Active => "ACTIVE",
            Self::Rejected => "REJECTED",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::Suspended => "SUSPENDED",
            Self::Replaced => "REPLACED",
        }
    }

    /// The state with that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state in Dutch.
    #[must_use]
    pub(crate) fn in_dutch(self) -> &'static str {
        match self {
            Self::Draft => "nog een concept",
            Self::Proposed => "nog niet door iedereen getekend",
            Self::Active => "actief",
            Self::Rejected => "afgewezen",
            Self::Revoked => "ingetrokken",
            Self::Expired => "verlopen",
            Self::Suspended => "opgeschort",
            Self::Replaced => "vervangen",
        }
    }
}

/// The content in the forms in which it is signed and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The terms.
    pub(crate) content: Content,
    /// The terms and the hash of the text in canonical JSON: what is signed.
    pub(crate) content_json: String,
    /// The hash of `content_json`.
    pub(crate) content_hash: String,
    /// The text as people read it.
    pub(crate) text: String,
}

#[derive(Serialize)]
struct SignedContent<'a> {
    #[serde(flatten)]
    terms: &'a Terms,
    text_hash: String,
}

impl Document {
    /// Writes content down.
    ///
    /// # Errors
    /// When the content has no canonical form.
    pub(crate) fn of(content: Content) -> Result<Self, NotCanonical> {
        let text = text::of(&content);
        let signed = SignedContent { terms: content.terms(), text_hash: hash::of_text(&text) };
        let content_json = canonical::json(&signed)?;
        Ok(Self { content_hash: hash::of_content(&content_json), content, content_json, text })
    }

    /// What is wrong with content that is too large to keep.
    #[must_use]
    pub(crate) fn too_large(&self) -> Option<Problem> {
        let bytes = self.content_json.len();
        (bytes > MOST_BYTES).then(|| {
            Problem::new(
                "content",
                format!("has {bytes} bytes in canonical JSON; at most {MOST_BYTES} are allowed"),
                format!("heeft {bytes} bytes in canonieke JSON; hoogstens {MOST_BYTES} zijn toegestaan"),
            )
        })
    }
}

/// The terms in the canonical JSON that was signed; none when it is not that of an agreement.
#[must_use]
pub(crate) fn read_content(content_json: &str) -> Option<Content> {
    let mut value: Value = serde_json::from_str(content_json).ok()?;
    value.as_object_mut()?.shift_remove(TEXT_HASH)?;
    serde_json::from_value(value).ok()
}

/// The hash of the text in the canonical JSON that was signed.
#[must_use]
pub(crate) fn read_text_hash(content_json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(content_json).ok()?;
    value.get(TEXT_HASH)?.as_str().map(str::to_owned)
}

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Its id.
    pub(crate) id: AgreementId,
    /// What is agreed.
    pub(crate) document: Arc<Document>,
    /// The state as recorded: what the parties did. See [`Agreement::state`].
    pub(crate) recorded: State,
    /// The signatures, in order of time.
    pub(crate) signatures: Vec<Signature>,
    /// When it was drafted.
    pub(crate) create_time: OffsetDateTime,
    /// When the recorded state last changed.
    pub(crate) update_time: OffsetDateTime,
}

/// The agreement is not in the state that this needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongState {
    /// Where it stands.
    pub(crate) state: State,
    /// Where it would have to stand.
    pub(crate) needed: State,
}

impl Agreement {
    /// A new draft.
    #[must_use]
    pub(crate) fn draft(id: AgreementId, document: Document, now: OffsetDateTime) -> Self {
        Self {
            id,
            document: Arc::new(document),
            recorded: State::Draft,
            signatures: Vec::new(),
            create_time: now,
            update_time: now,
        }
    }

    /// Where it stands now. What nobody ended ends with its last day.
    #[must_use]
    pub(crate) fn state(&self, now: OffsetDateTime) -> State {
        let unended =
            matches!(self.recorded, State::Draft | State::Proposed | State::Active | State::Suspended);
        if unended && now >= self.document.content.ends() { State::Expired } else { self.recorded }
    }

    /// Whether this organisation may see it: a party, but a draft only the provider.
    #[must_use]
    pub(crate) fn shown_to(&self, oin: &Oin) -> bool {
        let content = &self.document.content;
        content.terms().provider.oin == *oin || (self.recorded != State::Draft && content.has_recipient(oin))
    }

    /// Whether this party placed its `accept`.
    #[must_use]
    pub(crate) fn accepted_by(&self, oin: &Oin) -> bool {
        self.signatures.iter().any(|placed| placed.oin == *oin && placed.kind == SignatureKind::Accept)
    }

    /// Put before its parties.
    ///
    /// # Errors
    /// When it is not a draft.
    pub(crate) fn propose(&self, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.require(State::Draft, now)?;
        Ok(self.moved_to(State::Proposed, now))
    }

    /// With the signature of a party; active once every party has signed. `None` when the party had
    /// signed already, and nothing changes.
    ///
    /// # Errors
    /// When it is not waiting for signatures.
    pub(crate) fn accept(
        &self,
        signature: Signature,
        now: OffsetDateTime,
    ) -> Result<Option<Self>, WrongState> {
        if self.state(now) == State::Active && self.accepted_by(&signature.oin) {
            return Ok(None);
        }
        self.require(State::Proposed, now)?;
        if self.accepted_by(&signature.oin) {
            return Ok(None);
        }
        let signed = self.signed(signature);
        let complete = signed.document.content.parties().iter().all(|party| signed.accepted_by(party));
        Ok(Some(if complete { signed.moved_to(State::Active, now) } else { signed }))
    }

    /// Refused by a party.
    ///
    /// # Errors
    /// When it is not waiting for signatures.
    pub(crate) fn reject(&self, signature: Signature, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.require(State::Proposed, now)?;
        Ok(self.signed(signature).moved_to(State::Rejected, now))
    }

    /// Ended by a party.
    ///
    /// # Errors
    /// When it is not active.
    pub(crate) fn revoke(&self, signature: Signature, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.require(State::Active, now)?;
        Ok(self.signed(signature).moved_to(State::Revoked, now))
    }

    fn require(&self, needed: State, now: OffsetDateTime) -> Result<(), WrongState> {
        let state = self.state(now);
        if state == needed { Ok(()) } else { Err(WrongState { state, needed }) }
    }

    fn signed(&self, signature: Signature) -> Self {
        let mut signed = self.clone();
        signed.signatures.push(signature);
        signed
    }

    fn moved_to(&self, recorded: State, now: OffsetDateTime) -> Self {
        Self { recorded, update_time: now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{self, GGD, WELLER, oin};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
    /// 31 October 2027 is the day on which the clock goes back; it ends at midnight by winter time.
    const END: OffsetDateTime = datetime!(2027-10-31 23:00 UTC);

    fn draft() -> Agreement {
        Agreement::draft(samples::id(), Document::of(samples::content()).expect("a document"), NOW)
    }

    fn by(party: &str, kind: SignatureKind) -> Signature {
        Signature { oin: oin(party), kind, jws: "a.b.c".to_owned(), create_time: NOW }
    }

    fn active() -> Agreement {
        let proposed = draft().propose(NOW).expect("proposed");
        let half = proposed.accept(by(WELLER, SignatureKind::Accept), NOW).expect("signed").expect("changed");
        assert_eq!(half.state(NOW), State::Proposed);
        half.accept(by(GGD, SignatureKind::Accept), NOW).expect("signed").expect("changed")
    }

    #[test]
    fn the_signed_content_holds_the_terms_and_the_hash_of_the_text() {
        let document = Document::of(samples::content()).expect("a document");
        assert_eq!(read_content(&document.content_json), Some(samples::content()));
        assert_eq!(read_text_hash(&document.content_json), Some(hash::of_text(&document.text)));
        assert!(canonical::is_canonical(&document.content_json));
        assert_eq!(read_content("{}"), None);
        assert_eq!(read_content("[]"), None);
    }

    #[test]
    fn an_agreement_is_active_when_every_party_has_signed() {
        let active = active();
        assert_eq!((active.state(NOW), active.signatures.len()), (State::Active, 2));
    }

    #[test]
    fn a_second_signature_of_a_party_changes_nothing() {
        assert_eq!(active().accept(by(GGD, SignatureKind::Accept), NOW), Ok(None));
        let proposed = draft().propose(NOW).expect("proposed");
        let half = proposed.accept(by(GGD, SignatureKind::Accept), NOW).expect("signed").expect("changed");
        assert_eq!(half.accept(by(GGD, SignatureKind::Accept), NOW), Ok(None));
    }

    #[test]
    fn what_is_final_stays() {
        let rejected = draft()
            .propose(NOW)
            .and_then(|it| it.reject(by(GGD, SignatureKind::Reject), NOW))
            .expect("rejected");
        let revoked = active().revoke(by(GGD, SignatureKind::Revoke), NOW).expect("revoked");
        for (agreement, state) in [(rejected, State::Rejected), (revoked, State::Revoked)] {
            assert_eq!(agreement.state(END), state);
            assert_eq!(agreement.propose(NOW), Err(WrongState { state, needed: State::Draft }));
            let accept = agreement.accept(by(WELLER, SignatureKind::Accept), NOW);
            assert_eq!(accept, Err(WrongState { state, needed: State::Proposed }));
            let revoke = agreement.revoke(by(WELLER, SignatureKind::Revoke), NOW);
            assert_eq!(revoke, Err(WrongState { state, needed: State::Active }));
        }
    }

    #[test]
    fn a_draft_is_not_signed_and_a_proposal_not_revoked() {
        let needed = State::Proposed;
        let wrong = draft().accept(by(WELLER, SignatureKind::Accept), NOW);
        assert_eq!(wrong, Err(WrongState { state: State::Draft, needed }));
        let wrong = active().reject(by(GGD, SignatureKind::Reject), NOW);
        assert_eq!(wrong, Err(WrongState { state: State::Active, needed }));
        let proposed = draft().propose(NOW).expect("proposed");
        let wrong = proposed.revoke(by(GGD, SignatureKind::Revoke), NOW);
        assert_eq!(wrong, Err(WrongState { state: State::Proposed, needed: State::Active }));
    }

    #[test]
    fn an_agreement_expires_with_its_last_day_by_the_dutch_clock() {
        let active = active();
        assert_eq!(active.state(END - time::Duration::MICROSECOND), State::Active);
        assert_eq!(active.state(END), State::Expired);
        assert!(active.revoke(by(GGD, SignatureKind::Revoke), END).is_err());
        let proposed = draft().propose(NOW).expect("proposed");
        assert!(proposed.accept(by(GGD, SignatureKind::Accept), END).is_err());
    }
}
