//! Which steps an agreement can take from where it stands, and what a party hears that asks for
//! another one.

use platform::identity::Oin;

use super::agreement::State;
use super::name::AgreementId;

/// How often one party can resume an agreement. Each suspension and each resumption is a signature, and an
/// agreement with all its signatures has to stay small enough to be shown; suspending and revoking are
/// always possible.
pub(crate) const MOST_RESUMES: usize = 20;

/// A step in the life of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is put before its parties.
    Propose,
    /// A party agrees.
    Accept,
    /// A party refuses.
    Reject,
    /// A party ends it.
    Revoke,
    /// A party pauses it.
    Suspend,
    /// A party ends its pause.
    Resume,
    /// It is thrown away.
    Delete,
}

impl Step {
    /// The states in which it can be taken.
    #[must_use]
    pub(crate) fn needs(self) -> &'static [State] {
        match self {
            Self::Propose | Self::Delete => &[State::Draft],
            Self::Accept | Self::Reject => &[State::Proposed],
            Self::Revoke | Self::Suspend => &[State::Active, State::Suspended],
            Self::Resume => &[State::Suspended],
        }
    }

    /// The rule, in English and in Dutch.
    fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Propose => ("only a draft can be proposed", "alleen een concept kan worden voorgesteld"),
            Self::Accept => ("only a proposal can be signed", "alleen een voorstel kan worden getekend"),
            Self::Reject => ("only a proposal can be rejected", "alleen een voorstel kan worden afgewezen"),
            Self::Revoke => (
                "only an active or suspended agreement can be revoked",
                "alleen een actieve of opgeschorte afspraak kan worden ingetrokken",
            ),
            Self::Suspend => (
                "only an agreement that all have signed can be suspended",
                "alleen een afspraak die iedereen heeft getekend kan worden opgeschort",
            ),
            Self::Resume => (
                "only a suspended agreement can be resumed",
                "alleen een opgeschorte afspraak kan worden hervat",
            ),
            Self::Delete => ("only a draft can be deleted", "alleen een concept kan worden verwijderd"),
        }
    }
}

/// A step that cannot be taken, and what matters to say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrongState {
    /// Where the agreement stands.
    pub(crate) state: State,
    /// The step that was asked for.
    pub(crate) step: Step,
    /// Whose suspensions stand, when only these can take the step.
    pub(crate) suspended_by: Vec<Oin>,
    /// Whether the party resumed as often as it can.
    pub(crate) resumed_often: bool,
    /// The agreement that took its place.
    pub(crate) replaced_by: Option<AgreementId>,
}

impl WrongState {
    /// The states in which the step can be taken: "ACTIVE, SUSPENDED".
    #[must_use]
    pub(crate) fn needed(&self) -> String {
        self.step.needs().iter().map(|state| state.name()).collect::<Vec<_>>().join(", ")
    }

    /// Which state the agreement is in and what can be done, in English and in Dutch.
    #[must_use]
    pub(crate) fn sentences(&self, agreement: &str) -> (String, String) {
        let (rule_en, rule_nl) = self.rule();
        let (can_en, can_nl) = self.what_can_be_done();
        (
            format!("{agreement} is {}: {rule_en}. What can be done: {can_en}", self.state.name()),
            format!("{agreement} is {}: {rule_nl}. Wat wel kan: {can_nl}", self.state.in_dutch()),
        )
    }

    fn rule(&self) -> (String, String) {
        if self.resumed_often {
            return (
                format!("a party can resume an agreement {MOST_RESUMES} times, and yours did"),
                format!("een partij kan een afspraak {MOST_RESUMES} keer hervatten, en de uwe deed dat al"),
            );
        }
        if self.suspended_by.is_empty() {
            let (en, nl) = self.step.rule();
            return (en.to_owned(), nl.to_owned());
        }
        let by = self.suspended_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        (
            format!("only who suspended it can resume it, which is {by}"),
            format!("alleen wie heeft opgeschort kan hervatten, en dat is {by}"),
        )
    }

    fn what_can_be_done(&self) -> (String, String) {
        if self.resumed_often {
            return (
                "the provider can draft a new agreement that replaces this one, and each party can revoke it"
                    .to_owned(),
                "de aanbieder kan een nieuwe afspraak opstellen die deze vervangt, en elke partij kan haar intrekken"
                    .to_owned(),
            );
        }
        let (en, nl) = match self.state {
            State::Draft => {
                ("the provider can propose or delete it", "de aanbieder kan het voorstellen of verwijderen")
            }
            State::Proposed => {
                ("each party can sign or reject it", "elke partij kan de afspraak tekenen of afwijzen")
            }
            State::Active => {
                ("each party can suspend or revoke it", "elke partij kan de afspraak opschorten of intrekken")
            }
            State::Suspended => (
                "who suspended it can resume it, and each party can revoke it or suspend it too",
                "wie heeft opgeschort kan hervatten, en elke partij kan de afspraak intrekken of ook opschorten",
            ),
            State::Rejected | State::Revoked | State::Expired => (
                "draft a new agreement; this one stays as it is",
                "stel een nieuwe afspraak op; deze blijft zoals die is",
            ),
            State::Replaced => {
                let by = self.replaced_by.map(|by| by.name());
                let (en, nl) = (by.as_deref(), by.as_deref());
                return (
                    format!("go on with {}", en.unwrap_or("the agreement that took its place")),
                    format!("ga verder met {}", nl.unwrap_or("de afspraak die ervoor in de plaats kwam")),
                );
            }
        };
        (en.to_owned(), nl.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{GGD, oin};

    const STEPS: [Step; 7] =
        [Step::Propose, Step::Accept, Step::Reject, Step::Revoke, Step::Suspend, Step::Resume, Step::Delete];

    fn wrong(state: State, step: Step) -> WrongState {
        WrongState { state, step, suspended_by: Vec::new(), resumed_often: false, replaced_by: None }
    }

    #[test]
    fn every_step_is_possible_in_the_states_of_this_table_and_in_no_other() {
        // propose, accept, reject, revoke, suspend, resume, delete
        let table = [
            (State::Draft, "x.....x"),
            (State::Proposed, ".xx...."),
            (State::Active, "...xx.."),
            (State::Suspended, "...xxx."),
            (State::Rejected, "......."),
            (State::Revoked, "......."),
            (State::Expired, "......."),
            (State::Replaced, "......."),
        ];
        assert_eq!(table.len(), State::ALL.len());
        for (state, steps) in table {
            for (step, possible) in STEPS.into_iter().zip(steps.chars()) {
                assert_eq!(step.needs().contains(&state), possible == 'x', "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn every_refused_step_says_the_state_the_rule_and_what_can_be_done() {
        let states = [
            ("DRAFT", "is nog een concept:", "propose or delete", "voorstellen of verwijderen"),
            ("PROPOSED", "is nog niet door iedereen getekend:", "sign or reject", "tekenen of afwijzen"),
            ("ACTIVE", "is actief:", "suspend or revoke", "opschorten of intrekken"),
            ("REJECTED", "is afgewezen:", "draft a new agreement", "stel een nieuwe afspraak op"),
            ("REVOKED", "is ingetrokken:", "draft a new agreement", "stel een nieuwe afspraak op"),
            ("EXPIRED", "is verlopen:", "draft a new agreement", "stel een nieuwe afspraak op"),
            (
                "SUSPENDED",
                "is opgeschort:",
                "who suspended it can resume it, and each party can revoke it or suspend it too",
                "wie heeft opgeschort kan hervatten, en elke partij kan de afspraak intrekken of ook opschorten",
            ),
            ("REPLACED", "is vervangen:", "go on with the agreement", "ga verder met de afspraak"),
        ];
        let steps = [
            ("only a draft can be proposed", "alleen een concept kan worden voorgesteld", "DRAFT"),
            ("only a proposal can be signed", "alleen een voorstel kan worden getekend", "PROPOSED"),
            ("only a proposal can be rejected", "alleen een voorstel kan worden afgewezen", "PROPOSED"),
            ("can be revoked", "kan worden ingetrokken", "ACTIVE, SUSPENDED"),
            ("can be suspended", "kan worden opgeschort", "ACTIVE, SUSPENDED"),
            ("only a suspended agreement can be resumed", "alleen een opgeschorte afspraak", "SUSPENDED"),
            ("only a draft can be deleted", "alleen een concept kan worden verwijderd", "DRAFT"),
        ];
        for (state, (name, is, can_en, can_nl)) in State::ALL.into_iter().zip(states) {
            for (step, (rule_en, rule_nl, needed)) in STEPS.into_iter().zip(steps) {
                let refused = wrong(state, step);
                let (en, nl) = refused.sentences("agreements/x");
                for part in [format!("agreements/x is {name}: "), rule_en.to_owned(), can_en.to_owned()] {
                    assert!(en.contains(&part), "{en} lacks {part}");
                }
                for part in [format!("agreements/x {is} "), rule_nl.to_owned(), can_nl.to_owned()] {
                    assert!(nl.contains(&part), "{nl} lacks {part}");
                }
                assert_eq!(refused.needed(), needed);
            }
        }
    }

    #[test]
    fn a_step_that_another_state_would_not_help_says_what_would() {
        let resume = WrongState { suspended_by: vec![oin(GGD)], ..wrong(State::Suspended, Step::Resume) };
        let (en, nl) = resume.sentences("agreements/x");
        assert!(en.contains(GGD) && nl.contains(GGD), "{en} {nl}");
        let often = WrongState { resumed_often: true, ..wrong(State::Suspended, Step::Resume) };
        let (en, nl) = often.sentences("agreements/x");
        assert!(en.contains("20 times") && en.contains("draft a new agreement that replaces"), "{en}");
        assert!(nl.contains("20 keer") && nl.contains("nieuwe afspraak opstellen die deze vervangt"), "{nl}");
        let by = crate::domain::content::samples::id();
        let revoke = WrongState { replaced_by: Some(by), ..wrong(State::Replaced, Step::Revoke) };
        let (en, nl) = revoke.sentences("agreements/x");
        assert!(en.ends_with(&format!("go on with {}", by.name())), "{en}");
        assert!(nl.ends_with(&format!("ga verder met {}", by.name())), "{nl}");
    }
}
