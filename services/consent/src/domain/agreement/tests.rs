//! The life of an agreement, and what can never happen in it.

use proptest::prelude::*;
use time::macros::datetime;

use super::samples::{NOW, after, agreement_in, by, draft};
use super::*;
use crate::domain::content::MOST_RECIPIENTS;
use crate::domain::content::samples::{self as terms, GGD, WELLER, oin};
use crate::domain::hash;
use crate::domain::signature::SignatureKind;
use crate::domain::transition::MOST_RESUMES;

/// 31 October 2027 is the day on which the clock goes back; it ends at midnight by winter time.
const END: OffsetDateTime = datetime!(2027-10-31 23:00 UTC);

fn wrong(state: State, step: Step) -> WrongState {
    WrongState { state, step, suspended_by: Vec::new(), resumed_often: false, replaced_by: None }
}

#[test]
fn the_signed_content_holds_the_terms_and_the_hash_of_the_text() {
    let document = Document::of(terms::content()).expect("a document");
    assert_eq!(read_content(&document.content_json), Some(terms::content()));
    assert_eq!(read_text_hash(&document.content_json), Some(hash::of_text(&document.text)));
    assert!(canonical::is_canonical(&document.content_json));
    assert_eq!(read_content("{}"), None);
    assert_eq!(read_content("[]"), None);
}

#[test]
fn an_agreement_is_active_when_every_party_has_signed() {
    let proposed = agreement_in(State::Proposed);
    let half = after(&proposed, &[(WELLER, SignatureKind::Accept)]);
    assert_eq!(half.state(NOW), State::Proposed);
    let active = after(&half, &[(GGD, SignatureKind::Accept)]);
    assert_eq!((active.state(NOW), active.signatures.len()), (State::Active, 2));
}

#[test]
fn a_second_signature_of_a_party_changes_nothing() {
    for state in [State::Active, State::Suspended] {
        assert_eq!(agreement_in(state).place(by(GGD, SignatureKind::Accept, 9), NOW), Ok(None));
    }
    let half = after(&agreement_in(State::Proposed), &[(GGD, SignatureKind::Accept)]);
    assert_eq!(half.place(by(GGD, SignatureKind::Accept, 9), NOW), Ok(None));
    let suspended = agreement_in(State::Suspended);
    assert_eq!(suspended.place(by(GGD, SignatureKind::Suspend, 9), NOW), Ok(None));
}

#[test]
fn who_suspends_is_who_resumes() {
    let both = after(&agreement_in(State::Suspended), &[(WELLER, SignatureKind::Suspend)]);
    assert_eq!(both.course().suspended_by(), [oin(GGD), oin(WELLER)]);
    let one = after(&both, &[(GGD, SignatureKind::Resume)]);
    assert_eq!((one.state(NOW), one.course().suspended_by()), (State::Suspended, vec![oin(WELLER)]));
    let refused = one.place(by(GGD, SignatureKind::Resume, 9), NOW);
    let expected = WrongState { suspended_by: vec![oin(WELLER)], ..wrong(State::Suspended, Step::Resume) };
    assert_eq!(refused, Err(NotPlaced::State(expected)));
    let active = after(&one, &[(WELLER, SignatureKind::Resume)]);
    assert_eq!((active.state(NOW), active.course().suspended_by()), (State::Active, vec![]));
}

#[test]
fn any_party_revokes_what_is_suspended() {
    for party in [WELLER, GGD] {
        let revoked = after(&agreement_in(State::Suspended), &[(party, SignatureKind::Revoke)]);
        assert_eq!(revoked.state(NOW), State::Revoked);
    }
}

#[test]
fn resuming_has_a_limit_and_what_stops_has_none() {
    let mut suspended = agreement_in(State::Suspended);
    for time in 0..MOST_RESUMES {
        let resume = by(GGD, SignatureKind::Resume, 100_000 + 2 * time);
        let suspend = by(GGD, SignatureKind::Suspend, 100_001 + 2 * time);
        let resumed = suspended.place(resume, NOW).expect("placed").expect("changed");
        suspended = resumed.place(suspend, NOW).expect("placed").expect("changed");
    }
    let refused = suspended.place(by(GGD, SignatureKind::Resume, 9), NOW);
    let expected = WrongState { resumed_often: true, ..wrong(State::Suspended, Step::Resume) };
    assert_eq!(refused, Err(NotPlaced::State(expected)));
    // The other party has its own.
    let both = after(&suspended, &[(WELLER, SignatureKind::Suspend), (WELLER, SignatureKind::Resume)]);
    assert_eq!(both.state(NOW), State::Suspended);
    for party in [WELLER, GGD] {
        assert_eq!(after(&both, &[(party, SignatureKind::Revoke)]).state(NOW), State::Revoked);
    }
}

#[test]
fn an_agreement_with_all_signatures_that_it_can_have_fits_in_a_message() {
    let parties = MOST_RECIPIENTS + 1;
    // Of each party: to accept, to resume, and to suspend once more; one of all revokes.
    let signatures = parties * (1 + MOST_RESUMES + MOST_RESUMES + 1) + 1;
    // A JWS, and the other fields; content and text beside them.
    assert!(signatures * (1024 + 100) + 8 * MOST_BYTES < 4 * 1024 * 1024, "{signatures}");
}

#[test]
fn a_jws_counts_once() {
    let active = agreement_in(State::Active);
    let suspend = by(GGD, SignatureKind::Suspend, 71);
    let suspended = active.place(suspend.clone(), NOW).expect("placed").expect("changed");
    assert_eq!(suspended.place(suspend.clone(), NOW), Ok(None), "it stands already");
    let resumed = after(&suspended, &[(GGD, SignatureKind::Resume)]);
    assert_eq!(resumed.place(suspend.clone(), NOW), Err(NotPlaced::Before));
    // Another signature over the same header and payload is no other signature.
    let rewritten = Signature { jws: "a.71.d".to_owned(), ..suspend };
    assert_eq!(resumed.place(rewritten, NOW), Err(NotPlaced::Before));
    assert!(resumed.place(by(GGD, SignatureKind::Suspend, 72), NOW).is_ok());
}

#[test]
fn the_moment_of_the_state_is_that_of_its_change() {
    let later = NOW + time::Duration::HOUR;
    let suspended = agreement_in(State::Suspended);
    let both =
        suspended.place(by(WELLER, SignatureKind::Suspend, 9), later).expect("placed").expect("changed");
    assert_eq!((both.recorded, both.update_time), (State::Suspended, NOW));
    let resumed =
        suspended.place(by(GGD, SignatureKind::Resume, 9), later).expect("placed").expect("changed");
    assert_eq!((resumed.recorded, resumed.update_time), (State::Active, later));
}

#[test]
fn an_agreement_expires_with_its_last_day_by_the_dutch_clock() {
    for state in [State::Draft, State::Proposed, State::Active, State::Suspended] {
        let agreement = agreement_in(state);
        assert_eq!(agreement.state(END - time::Duration::MICROSECOND), state);
        assert_eq!(agreement.state(END), State::Expired);
        for kind in SignatureKind::ALL {
            assert!(agreement.place(by(GGD, kind, 9), END).is_err(), "{state:?} {kind:?}");
        }
        // A draft can be thrown away still.
        assert_eq!(agreement.deletable(END).is_ok(), state == State::Draft);
        assert!(agreement.propose(END).is_err());
    }
}

/// What somebody may try.
#[derive(Clone, Debug)]
enum Attempt {
    Propose,
    Delete,
    Place(usize, SignatureKind, usize),
    Replace,
    Wait,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let place = (0..2usize, prop::sample::select(SignatureKind::ALL.to_vec()), 0..40usize)
        .prop_map(|(party, kind, jws)| Attempt::Place(party, kind, jws));
    let accept =
        (0..2usize, 0..40usize).prop_map(|(party, jws)| Attempt::Place(party, SignatureKind::Accept, jws));
    let pause =
        (0..2usize, prop::sample::select(vec![SignatureKind::Suspend, SignatureKind::Resume]), 0..40usize)
            .prop_map(|(party, kind, jws)| Attempt::Place(party, kind, jws));
    let one = prop_oneof![
        2 => Just(Attempt::Propose),
        1 => Just(Attempt::Delete),
        6 => accept,
        6 => pause,
        3 => place,
        1 => Just(Attempt::Replace),
        1 => Just(Attempt::Wait),
    ];
    prop::collection::vec(one, 0..40)
}

/// The states as the contract has them, once more: where a step leads.
fn naive(state: State, step: Step, completes: bool, standing: &[Oin], party: &Oin) -> Option<State> {
    let others = standing.iter().any(|oin| oin != party);
    match (state, step) {
        (State::Draft, Step::Propose) => Some(State::Proposed),
        (State::Draft, Step::Delete) => Some(State::Draft),
        (State::Proposed, Step::Accept) => Some(if completes { State::Active } else { State::Proposed }),
        (State::Active | State::Suspended, Step::Accept) => Some(state),
        (State::Proposed, Step::Reject) => Some(State::Rejected),
        (State::Active | State::Suspended, Step::Revoke) => Some(State::Revoked),
        (State::Active | State::Suspended, Step::Suspend) => Some(State::Suspended),
        (State::Suspended, Step::Resume) if standing.contains(party) => {
            Some(if others { State::Suspended } else { State::Active })
        }
        (State::Draft, Step::Accept | Step::Reject | Step::Revoke | Step::Suspend | Step::Resume)
        | (State::Proposed, Step::Propose | Step::Revoke | Step::Suspend | Step::Resume | Step::Delete)
        | (State::Active | State::Suspended, Step::Propose | Step::Reject | Step::Resume | Step::Delete)
        | (State::Rejected | State::Revoked | State::Expired | State::Replaced, _) => None,
    }
}

fn step_of(kind: SignatureKind) -> Step {
    match kind {
        SignatureKind::Accept => Step::Accept,
        SignatureKind::Reject => Step::Reject,
        SignatureKind::Revoke => Step::Revoke,
        SignatureKind::Suspend => Step::Suspend,
        SignatureKind::Resume => Step::Resume,
    }
}

const FINAL: [State; 4] = [State::Rejected, State::Revoked, State::Expired, State::Replaced];

proptest! {
    #[test]
    fn whatever_is_tried_what_is_final_stays_and_nothing_is_active_without_everybodys_accept(
        attempts in attempts()
    ) {
        // It is a draft until it is proposed, whatever the clock says.
        let (mut agreement, mut now, mut is_draft) = (draft(), NOW, true);
        let parties = [oin(WELLER), oin(GGD)];
        for attempt in attempts {
            let (before, at) = (agreement.clone(), agreement.state(now));
            let standing = before.course().suspended_by();
            match attempt {
                Attempt::Propose => {
                    let proposed = agreement.propose(now);
                    let expected = naive(at, Step::Propose, false, &standing, &parties[0]);
                    prop_assert_eq!(proposed.as_ref().ok().map(|it| it.state(now)), expected);
                    is_draft = is_draft && expected.is_none();
                    agreement = proposed.unwrap_or(agreement);
                }
                Attempt::Delete => prop_assert_eq!(agreement.deletable(now).is_ok(), is_draft),
                Attempt::Place(party, kind, jws) => {
                    let oin = &parties[party];
                    let other_accepted = agreement.course().accepted_by(&parties[1 - party]);
                    let expected = naive(at, step_of(kind), other_accepted, &standing, oin);
                    match agreement.place(by(oin.as_str(), kind, jws), now) {
                        Ok(changed) => {
                            let to = changed.as_ref().unwrap_or(&agreement).state(now);
                            if changed.is_some() {
                                prop_assert_eq!(Some(to), expected);
                            } else {
                                prop_assert_eq!((to, expected.is_some()), (at, true));
                            }
                            agreement = changed.unwrap_or(agreement);
                        }
                        Err(NotPlaced::State(wrong)) => {
                            prop_assert_eq!((wrong.state, wrong.step), (at, step_of(kind)));
                            prop_assert_eq!(expected, None);
                        }
                        Err(NotPlaced::Before) => {
                            let jws = by(oin.as_str(), kind, jws).jws;
                            prop_assert!(before.signatures.iter().any(|placed| placed.jws == jws));
                        }
                    }
                }
                Attempt::Replace if matches!(at, State::Active | State::Suspended) => {
                    agreement = agreement.replaced(terms::id(), now);
                }
                Attempt::Replace => {}
                Attempt::Wait => now += time::Duration::days(60),
            }
            let state = agreement.state(now);
            if FINAL.contains(&at) {
                prop_assert_eq!(state, at);
                prop_assert_eq!(&agreement, &before);
            }
            if matches!(state, State::Active | State::Suspended) {
                prop_assert!(parties.iter().all(|party| agreement.course().accepted_by(party)));
                prop_assert_eq!(state == State::Suspended, !agreement.course().suspended_by().is_empty());
            }
        }
    }
}

#[test]
fn each_step_leads_where_the_table_says_from_every_state() {
    use Step::{Accept, Delete, Propose, Reject, Resume, Revoke, Suspend};
    let placed = [
        (Accept, SignatureKind::Accept),
        (Reject, SignatureKind::Reject),
        (Revoke, SignatureKind::Revoke),
        (Suspend, SignatureKind::Suspend),
        (Resume, SignatureKind::Resume),
    ];
    // Of the party that suspended where that is so, and that has accepted where all have.
    let leads = |state, step| match (state, step) {
        (State::Draft, Propose) => Some(State::Proposed),
        (State::Draft, Delete) => Some(State::Draft),
        (State::Proposed, Accept) => Some(State::Proposed),
        (State::Proposed, Reject) => Some(State::Rejected),
        (State::Active, Revoke) | (State::Suspended, Revoke) => Some(State::Revoked),
        (State::Active, Suspend) | (State::Suspended, Suspend) => Some(State::Suspended),
        (State::Suspended, Resume) => Some(State::Active),
        (State::Active, Accept) => Some(State::Active),
        (State::Suspended, Accept) => Some(State::Suspended),
        _ => None,
    };
    for state in State::ALL {
        let agreement = agreement_in(state);
        let now = if state == State::Expired { END } else { NOW };
        assert_eq!(agreement.state(now), state);
        let mut found = vec![
            (Propose, agreement.propose(now).map(|after| after.state(now))),
            (Delete, agreement.deletable(now).map(|()| state)),
        ];
        for (step, kind) in placed {
            let after = agreement.place(by(GGD, kind, 999), now);
            let after = after.map(|after| after.as_ref().unwrap_or(&agreement).state(now));
            found.push((
                step,
                after.map_err(|why| match why {
                    NotPlaced::State(wrong) => wrong,
                    NotPlaced::Before => panic!("{state:?} {step:?}: placed before"),
                }),
            ));
        }
        for (step, after) in found {
            let replaced_by = (state == State::Replaced).then(terms::id);
            let refused = WrongState { replaced_by, ..wrong(state, step) };
            assert_eq!(after, leads(state, step).ok_or(refused), "{state:?} {step:?}");
        }
    }
}
