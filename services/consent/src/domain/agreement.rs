//! An agreement and its life. Its content never changes; what changes is where it stands.

mod course;

use std::sync::Arc;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::canonical::{self, NotCanonical};
use super::content::{Content, Terms};
use super::name::AgreementId;
use super::problem::Problem;
use super::signature::Signature;
use super::transition::{Step, WrongState};
use super::{hash, text};

pub(crate) use course::Course;

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

    /// Where it stands now. What nobody ended ends with its last day, and what was replaced stays so, whatever
    /// the clock says.
    #[must_use]
    pub(crate) fn state(&self, now: OffsetDateTime) -> State {
        course::state(self.recorded, self.replaced_by, Some(self.document.content.ends()), now)
    }

    /// Whether it permits anything now: an active one does from its first day.
    #[must_use]
    pub(crate) fn holds(&self, now: OffsetDateTime) -> bool {
        self.state(now) == State::Active && now >= self.document.content.starts()
    }

    /// What was done with it so far.
    #[must_use]
    pub(crate) fn course(&self) -> Course {
        let content = &self.document.content;
        Course {
            parties: content.parties(),
            ends: Some(content.ends()),
            recorded: self.recorded,
            signatures: self.signatures.clone(),
            replaced_by: self.replaced_by,
        }
    }

    /// Whether this organisation may see it: a party, but a draft only the provider.
    #[must_use]
    pub(crate) fn shown_to(&self, oin: &Oin) -> bool {
        let content = &self.document.content;
        content.terms().provider.oin == *oin || (self.recorded != State::Draft && content.has_recipient(oin))
    }

    /// Put before its parties.
    ///
    /// # Errors
    /// When it is not a draft.
    pub(crate) fn propose(&self, now: OffsetDateTime) -> Result<Self, WrongState> {
        self.course().require(Step::Propose, now)?;
        Ok(self.moved_to(State::Proposed, now))
    }

    /// Whether it can be thrown away: a draft can, also when its last day went by.
    ///
    /// # Errors
    /// When it is not a draft.
    pub(crate) fn deletable(&self, now: OffsetDateTime) -> Result<(), WrongState> {
        if self.recorded == State::Draft { Ok(()) } else { self.course().require(Step::Delete, now) }
    }

    /// With the signature of a party, after what it says; `None` when the party said so already, and
    /// nothing changes.
    ///
    /// # Errors
    /// When that cannot be done from where it stands, or the signature was placed before.
    pub(crate) fn place(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, NotPlaced> {
        let Some(Course { recorded, signatures, .. }) = self.course().place(signature, now)? else {
            return Ok(None);
        };
        let update_time = if recorded == self.recorded { self.update_time } else { now };
        Ok(Some(Self { recorded, signatures, update_time, ..self.clone() }))
    }

    /// After another agreement took its place. One that had expired is replaced too: a clock that is put back
    /// does not make it hold again.
    #[must_use]
    pub(crate) fn replaced(&self, by: AgreementId, now: OffsetDateTime) -> Self {
        Self { replaced_by: Some(by), ..self.moved_to(State::Replaced, now) }
    }

    fn moved_to(&self, recorded: State, now: OffsetDateTime) -> Self {
        Self { recorded, update_time: now, ..self.clone() }
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
