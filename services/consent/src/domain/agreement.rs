//! An agreement and its life. Its content never changes; what changes is where it stands.

use std::sync::Arc;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::canonical::{self, NotCanonical};
use super::content::{Content, Terms};
use super::name::AgreementId;
use super::problem::Problem;
use super::signature::{Signature, SignatureKind};
use super::transition::{MOST_RESUMES, Step, WrongState};
use super::{hash, text};

/// The member of the canonical JSON with the hash of the text.
const TEXT_HASH: &str = "text_hash";

/// Most bytes of the canonical JSON of an agreement.
const MOST_BYTES: usize = 64 * 1024;

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    /// The agreement that took its place.
    pub(crate) replaced_by: Option<AgreementId>,
}

/// Why a signature was not placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotPlaced {
    /// What it says cannot be done from where the agreement stands.
    State(WrongState),
    /// It was placed before: a signature counts once.
    Before,
}

impl From<WrongState> for NotPlaced {
    fn from(wrong: WrongState) -> Self {
        Self::State(wrong)
    }
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
            replaced_by: None,
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

    /// The parties whose suspension stands: who suspended and did not resume since.
    #[must_use]
    pub(crate) fn suspended_by(&self) -> Vec<Oin> {
        let mut standing: Vec<Oin> = Vec::new();
        for placed in &self.signatures {
            match placed.kind {
                SignatureKind::Suspend if !standing.contains(&placed.oin) => {
                    standing.push(placed.oin.clone())
                }
                SignatureKind::Resume => standing.retain(|oin| *oin != placed.oin),
                SignatureKind::Accept
                | SignatureKind::Reject
                | SignatureKind::Revoke
                | SignatureKind::Suspend => {}
            }
        }
        standing
    }

    /// Put before its parties.
    ///
    /// # Errors
    /// When it is not a draft.
    pub(crate) fn propose(&self, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.require(Step::Propose, now)?;
        Ok(self.moved_to(State::Proposed, now))
    }

    /// Whether it can be thrown away.
    ///
    /// # Errors
    /// When it is not a draft.
    pub(crate) fn deletable(&self, now: OffsetDateTime) -> Result<(), WrongState> {
        self.require(Step::Delete, now)
    }

    /// With the signature of a party, after what it says; `None` when the party said so already, and
    /// nothing changes.
    ///
    /// # Errors
    /// When that cannot be done from where it stands, or the signature was placed before.
    pub(crate) fn place(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, NotPlaced> {
        let repeated = self.signatures.iter().any(|placed| placed.says_the_same_as(&signature.jws));
        let changed = match signature.kind {
            SignatureKind::Accept => self.accept(signature, now)?,
            SignatureKind::Reject => {
                self.require(Step::Reject, now)?;
                Some(self.signed(signature).moved_to(State::Rejected, now))
            }
            SignatureKind::Revoke => {
                self.require(Step::Revoke, now)?;
                Some(self.signed(signature).moved_to(State::Revoked, now))
            }
            SignatureKind::Suspend => self.suspend(signature, now)?,
            SignatureKind::Resume => Some(self.resume(signature, now)?),
        };
        if repeated && changed.is_some() { Err(NotPlaced::Before) } else { Ok(changed) }
    }

    /// After another agreement took its place. One that had expired stays so.
    #[must_use]
    pub(crate) fn replaced(&self, by: AgreementId, now: OffsetDateTime) -> Self {
        let replaced = if self.state(now) == State::Expired {
            self.clone()
        } else {
            self.moved_to(State::Replaced, now)
        };
        Self { replaced_by: Some(by), ..replaced }
    }

    /// Active once every party has signed.
    fn accept(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, WrongState> {
        let standing = matches!(self.state(now), State::Proposed | State::Active | State::Suspended);
        if standing && self.accepted_by(&signature.oin) {
            return Ok(None);
        }
        self.require(Step::Accept, now)?;
        let signed = self.signed(signature);
        let complete = signed.document.content.parties().iter().all(|party| signed.accepted_by(party));
        Ok(Some(if complete { signed.moved_to(State::Active, now) } else { signed }))
    }

    /// Each party may suspend beside the others.
    fn suspend(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, WrongState> {
        self.require(Step::Suspend, now)?;
        if self.suspended_by().contains(&signature.oin) {
            return Ok(None);
        }
        let signed = self.signed(signature);
        Ok(Some(if self.recorded == State::Active { signed.moved_to(State::Suspended, now) } else { signed }))
    }

    /// Active again when no suspension stands.
    fn resume(&self, signature: Signature, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.require(Step::Resume, now)?;
        let suspended_by = self.suspended_by();
        if !suspended_by.contains(&signature.oin) {
            return Err(WrongState { suspended_by, ..self.wrong_state(Step::Resume, now) });
        }
        let resumed =
            |placed: &&Signature| placed.kind == SignatureKind::Resume && placed.oin == signature.oin;
        if self.signatures.iter().filter(resumed).count() >= MOST_RESUMES {
            return Err(WrongState { resumed_often: true, ..self.wrong_state(Step::Resume, now) });
        }
        let signed = self.signed(signature);
        Ok(if signed.suspended_by().is_empty() { signed.moved_to(State::Active, now) } else { signed })
    }

    fn require(&self, step: Step, now: OffsetDateTime) -> Result<(), WrongState> {
        if step.needs().contains(&self.state(now)) { Ok(()) } else { Err(self.wrong_state(step, now)) }
    }

    fn wrong_state(&self, step: Step, now: OffsetDateTime) -> WrongState {
        WrongState {
            state: self.state(now),
            step,
            suspended_by: Vec::new(),
            resumed_often: false,
            replaced_by: self.replaced_by,
        }
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
pub(crate) mod samples;
#[cfg(test)]
mod tests;
