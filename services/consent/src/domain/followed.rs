//! An agreement as the entries of the ledger about it leave it. A party ends or pauses it by that, so that
//! nothing that became of the rows beside the ledger keeps it from doing so.

use platform::identity::Oin;
use time::OffsetDateTime;

use super::agreement::{Course, NotPlaced, State};
use super::entry::{Change, Entry, Event, Moment, NewEntry};
use super::name::AgreementId;
use super::signature::{Signature, SignatureKind};

/// An agreement as its entries leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    /// Its id.
    pub(crate) id: AgreementId,
    /// The hash of what is agreed.
    pub(crate) content_hash: String,
    /// When it was drafted.
    pub(crate) drafted: OffsetDateTime,
    /// What was done with it; of a draft, the provider alone is there as a party.
    pub(crate) course: Course,
    /// The index of the entry of each change, and the state that it left.
    changes: Vec<(u64, Option<State>)>,
}

impl Followed {
    /// Follows the entries of its changes, in order, as far as they can be read: every one after the draft
    /// has the parties and the hash of the content. `recorded` is the state in the header of the last entry
    /// about it. None when there is no change to follow.
    #[must_use]
    pub(crate) fn of(id: AgreementId, entries: &[Entry], recorded: State) -> Option<Self> {
        let change = |entry: &'_ Entry| {
            let Event::AgreementChanged(change) = &entry.event else { return None };
            Some(change.clone())
        };
        let changes: Vec<(&Entry, Change)> =
            entries.iter().filter_map(|entry| Some((entry, change(entry)?))).collect();
        let ((first, _), (last, newest)) = (changes.first()?, changes.last()?);
        let mut course = Course {
            parties: last.parties.clone(),
            ends: None,
            recorded,
            signatures: Vec::new(),
            replaced_by: None,
        };
        for (entry, change) in &changes {
            course.ends = change.holds.as_ref().map(|holds| holds.ends).or(course.ends);
            course.replaced_by =
                change.replaced_by.as_deref().and_then(AgreementId::of_name).or(course.replaced_by);
            if let (Some(kind), Some(jws)) = (SignatureKind::of(change.action), &change.jws) {
                let (oin, jws) = (change.by.clone(), jws.clone());
                let create_time = change.received.map_or(entry.time, |Moment(received)| received);
                course.signatures.push(Signature { oin, kind, jws, create_time });
            }
        }
        let (content_hash, drafted) = (newest.content_hash.clone(), first.time);
        let changes = changes.iter().map(|(entry, _)| (entry.index, entry.in_agreement.state)).collect();
        Some(Self { id, content_hash, drafted, course, changes })
    }

    /// Whether the entry with this index is of a change that brought it into this state.
    #[must_use]
    pub(crate) fn was_brought_to(&self, state: State, entry: u64) -> bool {
        self.changes.contains(&(entry, Some(state)))
    }

    /// Whether this organisation may see it: a party, but a draft only the provider.
    #[must_use]
    pub(crate) fn shown_to(&self, oin: &Oin) -> bool {
        self.course.parties.contains(oin)
    }

    /// With the signature of a party, after what it says; `None` when the party said so already.
    ///
    /// # Errors
    /// When that cannot be done from where it stands, or the signature was placed before.
    pub(crate) fn place(&self, signature: Signature, now: OffsetDateTime) -> Result<Option<Self>, NotPlaced> {
        let placed = self.course.place(signature, now)?;
        Ok(placed.map(|course| Self { course, ..self.clone() }))
    }

    /// The entry of a change by a signature, after which it stands as it is; it concerns its parties.
    #[must_use]
    pub(crate) fn signed(
        &self,
        signature: &Signature,
        transaction_id: String,
        trace_id: String,
        now: OffsetDateTime,
    ) -> NewEntry {
        let change = Change {
            action: signature.kind.action(),
            by: signature.oin.clone(),
            state: self.course.state(now).name().to_owned(),
            content_hash: self.content_hash.clone(),
            holds: None,
            jws: Some(signature.jws.clone()),
            received: Some(Moment(signature.create_time)),
            replaced_by: None,
        };
        NewEntry {
            agreement: Some(self.id),
            parties: self.course.parties.clone(),
            transaction_id,
            trace_id,
            event: Event::AgreementChanged(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Agreement;
    use crate::domain::agreement::samples::{NOW, after, by, draft};
    use crate::domain::content::samples::{GGD, WELLER, oin};
    use crate::domain::entry::{Action, InAgreement, of_change};
    use time::Duration;

    /// An agreement, the entries about it so far, and where each left it.
    struct Told {
        agreement: Agreement,
        entries: Vec<Entry>,
    }

    impl Told {
        fn new() -> Self {
            let mut told = Self { agreement: draft(), entries: Vec::new() };
            told.enter(Action::Drafted, WELLER, None);
            told.agreement = told.agreement.propose(NOW).expect("proposed");
            told.enter(Action::Proposed, WELLER, None);
            told
        }

        fn enter(&mut self, action: Action, who: &str, placed: Option<&Signature>) {
            let new = of_change(&self.agreement, action, &oin(who), placed, "t".into(), String::new(), NOW);
            let state = (action != Action::Drafted).then_some(self.agreement.recorded);
            let place = InAgreement { sequence: 1, state, previous: None };
            let index = self.entries.len().try_into().expect("a number");
            self.entries.push(new.placed(index, place, NOW));
        }

        fn sign(&mut self, who: &str, kind: SignatureKind) {
            let placed = by(who, kind, self.entries.len());
            let received = placed.create_time - Duration::SECOND;
            let placed = Signature { create_time: received, ..placed };
            self.agreement = self.agreement.place(placed.clone(), NOW).expect("placed").expect("changed");
            self.enter(kind.action(), who, Some(&placed));
        }

        fn followed(&self) -> Followed {
            Followed::of(self.agreement.id, &self.entries, self.agreement.recorded).expect("changes")
        }
    }

    #[test]
    fn the_entries_leave_an_agreement_as_its_parties_did() {
        use SignatureKind::{Accept, Resume, Revoke, Suspend};
        let mut told = Told::new();
        let steps = [
            (WELLER, Accept),
            (GGD, Accept),
            (GGD, Suspend),
            (WELLER, Suspend),
            (GGD, Resume),
            (WELLER, Resume),
            (GGD, Revoke),
        ];
        for (who, kind) in steps {
            told.sign(who, kind);
            assert_eq!(told.followed().course, told.agreement.course(), "{kind:?}");
        }
        let Followed { content_hash, drafted, .. } = told.followed();
        assert_eq!((content_hash, drafted), (told.agreement.document.content_hash.clone(), NOW));
    }

    #[test]
    fn a_draft_is_for_its_provider_and_other_entries_are_no_changes() {
        let told = Told::new();
        let draft = Followed::of(told.agreement.id, &told.entries[..1], State::Draft).expect("a draft");
        assert!(draft.shown_to(&oin(WELLER)) && !draft.shown_to(&oin(GGD)));
        assert!(told.followed().shown_to(&oin(GGD)));
        assert_eq!(Followed::of(told.agreement.id, &[], State::Active), None);
    }

    #[test]
    fn an_entry_that_is_missing_keeps_no_party_from_ending_it() {
        let mut told = Told::new();
        told.sign(WELLER, SignatureKind::Accept);
        told.sign(GGD, SignatureKind::Accept);
        for gone in 0..told.entries.len() {
            let mut entries = told.entries.clone();
            entries.remove(gone);
            let followed = Followed::of(told.agreement.id, &entries, State::Active).expect("followed");
            for party in [WELLER, GGD] {
                assert!(followed.shown_to(&oin(party)), "{gone}");
                let ended = followed.place(by(party, SignatureKind::Revoke, 99), NOW);
                let ended = ended.expect("possible").expect("a change");
                assert_eq!(ended.course.recorded, State::Revoked, "{gone}");
            }
        }
        // What is over by the clock is over.
        let ends = after(&told.agreement, &[]).document.content.ends();
        let late = told.followed().place(by(GGD, SignatureKind::Revoke, 99), ends);
        assert!(late.is_err());
        let before = told.followed().place(by(GGD, SignatureKind::Revoke, 99), ends - Duration::MICROSECOND);
        assert!(before.is_ok());
    }

    #[test]
    fn a_state_is_that_of_the_entry_that_brought_it() {
        let mut told = Told::new();
        told.sign(WELLER, SignatureKind::Accept);
        told.sign(GGD, SignatureKind::Accept);
        told.sign(GGD, SignatureKind::Suspend);
        let followed = told.followed();
        assert!(followed.was_brought_to(State::Suspended, 4));
        assert!(!followed.was_brought_to(State::Revoked, 4) && !followed.was_brought_to(State::Suspended, 3));
    }
}
