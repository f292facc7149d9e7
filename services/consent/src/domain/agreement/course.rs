//! What the parties did with an agreement so far, and what each of them can do next.

use platform::identity::Oin;
use time::OffsetDateTime;

use super::{NotPlaced, State};
use crate::domain::name::AgreementId;
use crate::domain::signature::{Signature, SignatureKind};
use crate::domain::transition::{MOST_RESUMES, Step, WrongState};

/// What was done with an agreement, and by whom: all that decides which step can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    /// The parties, the provider first.
    pub(crate) parties: Vec<Oin>,
    /// The first moment at which it no longer holds by the clock; none when that is not known.
    pub(crate) ends: Option<OffsetDateTime>,
    /// The state as recorded.
    pub(crate) recorded: State,
    /// The signatures, in order of time.
    pub(crate) signatures: Vec<Signature>,
    /// The agreement that took its place.
    pub(crate) replaced_by: Option<AgreementId>,
}

/// Where an agreement stands now. What nobody ended ends with its last day, and what was replaced stays so.
#[must_use]
pub(super) fn state(
    recorded: State,
    replaced_by: Option<AgreementId>,
    ends: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> State {
    let unended = matches!(recorded, State::Draft | State::Proposed | State::Active | State::Suspended);
    if unended && replaced_by.is_some() {
        return State::Replaced;
    }
    if unended && ends.is_some_and(|ends| now >= ends) { State::Expired } else { recorded }
}

impl Course {
    /// Where the agreement stands now.
    #[must_use]
    pub(crate) fn state(&self, now: OffsetDateTime) -> State {
        state(self.recorded, self.replaced_by, self.ends, now)
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
                Some(self.signed(signature).moved_to(State::Rejected))
            }
            SignatureKind::Revoke => {
                self.require(Step::Revoke, now)?;
                Some(self.signed(signature).moved_to(State::Revoked))
            }
            SignatureKind::Suspend => self.suspend(signature, now)?,
            SignatureKind::Resume => Some(self.resume(signature, now)?),
        };
        if repeated && changed.is_some() { Err(NotPlaced::Before) } else { Ok(changed) }
    }

    /// Active once every party has signed.
    fn accept(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, WrongState> {
        let standing = matches!(self.state(now), State::Proposed | State::Active | State::Suspended);
        if standing && self.accepted_by(&signature.oin) {
            return Ok(None);
        }
        self.require(Step::Accept, now)?;
        let signed = self.signed(signature);
        let complete = signed.parties.iter().all(|party| signed.accepted_by(party));
        Ok(Some(if complete { signed.moved_to(State::Active) } else { signed }))
    }

    /// Each party may suspend beside the others.
    fn suspend(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, WrongState> {
        self.require(Step::Suspend, now)?;
        if self.suspended_by().contains(&signature.oin) {
            return Ok(None);
        }
        Ok(Some(self.signed(signature).moved_to(State::Suspended)))
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
        Ok(if signed.suspended_by().is_empty() { signed.moved_to(State::Active) } else { signed })
    }

    /// Refuses a step that cannot be taken from where it stands.
    pub(super) fn require(&self, step: Step, now: OffsetDateTime) -> Result<(), WrongState> {
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

    fn moved_to(self, recorded: State) -> Self {
        Self { recorded, ..self }
    }
}
