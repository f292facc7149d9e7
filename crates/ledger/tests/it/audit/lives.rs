//! An agreement lives as its entries say, and permits only while it is active.

use ledger::audit::{Life, Misstep, Since, Stands};

use super::*;

const WELLER: &str = OIN;
const GGD: &str = "00000099000000004000";
const HASH: &str = "$1$1$x";

/// What happens, and the state in the header after it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    kind: &'static str,
    facts: String,
    state: &'static str,
    time: &'static str,
    transaction: &'static str,
}

pub(super) fn step(kind: &'static str, facts: String, state: &'static str) -> Step {
    Step { kind, facts, state, time: "2026-11-23T12:00:00.000000Z", transaction: "t" }
}

pub(super) fn change(action: &str, by: &str, state: &'static str) -> Step {
    let more = match action {
        "PROPOSED" => {
            r#","holds":{"ends":"2026-12-01T00:00:00.000000Z","starts":"2026-11-01T00:00:00.000000Z"}"#
        }
        "REPLACED" => r#","replaced_by":"agreements/b""#,
        _ => "",
    };
    let facts =
        format!(r#"{{"action":"{action}","by":"{by}","content_hash":"{HASH}","state":"{state}"{more}}}"#);
    step("AGREEMENT_CHANGED", facts, state)
}

pub(super) fn permit(state: &'static str) -> Step {
    let facts = format!(r#"{{"content_hash":"{HASH}","request":{{"recipient":"{GGD}"}}}}"#);
    step("PERMITTED", facts, state)
}

fn other(kind: &'static str, state: &'static str) -> Step {
    step(kind, format!(r#"{{"recipient":"{GGD}"}}"#), state)
}

/// Proposed, and signed by both.
fn active() -> Vec<Step> {
    vec![
        change("PROPOSED", WELLER, "PROPOSED"),
        change("SIGNED", GGD, "PROPOSED"),
        change("SIGNED", WELLER, "ACTIVE"),
    ]
}

pub(super) fn and(more: &[Step]) -> Vec<Step> {
    active().into_iter().chain(more.iter().cloned()).collect()
}

/// What is found in a log of these entries about one agreement.
fn faults(steps: &[Step], alone: &[usize]) -> Vec<Fault> {
    let log = log(steps, alone);
    log.audit(&log.evidence(&[steps.len()])).faults
}

/// A log of these entries about one agreement, some of which show their header alone.
pub(super) fn log(steps: &[Step], alone: &[usize]) -> Log {
    let mut log = Log { leaves: Vec::new(), seen: Vec::new() };
    for (place, step) in steps.iter().enumerate() {
        let index = u64::try_from(place).unwrap();
        let mut entry = following(log.leaves.last().copied(), index, index + 1);
        let Step { kind, facts, state, time, transaction } = step;
        let previous = log.leaves.last().map(|leaf| format!(r#""previous":"{leaf}","#)).unwrap_or_default();
        entry.header_json = format!(
            r#"{{"agreement":"{AGREEMENT}","agreement_sequence":{},"index":{index},{previous}"state":"{state}","time":"{time}"}}"#,
            index + 1
        );
        entry.create_time = (*time).to_owned();
        entry.body_json = format!(
            r#"{{"engine":"test","facts":{facts},"kind":"{kind}","parties":["{WELLER}","{GGD}"],"trace_id":"","transaction_id":"{transaction}"}}"#
        );
        entry.kind = format!("LEDGER_ENTRY_KIND_{kind}");
        entry.parties = vec![WELLER.to_owned(), GGD.to_owned()];
        entry.transaction_id = (*transaction).to_owned();
        commit(&mut entry);
        log.leaves.push(entry.leaf_hash.parse().unwrap());
        log.seen.push(if alone.contains(&place) { header_alone(entry) } else { entry });
    }
    log
}

fn since(stands: Stands, index: u64) -> Since {
    Since { stands: Some(stands), index }
}

#[test]
fn whatever_can_happen_has_no_faults() {
    let [left, late] = ["ACTIVE", "REPLACED"].map(|state| late(change("REPLACED", GGD, state)));
    for more in [
        vec![permit("ACTIVE"), other("REFUSED", "ACTIVE"), other("DELIVERED", "ACTIVE")],
        vec![permit("ACTIVE"), change("REVOKED", GGD, "REVOKED"), other("DELIVERED", "REVOKED")],
        vec![change("REVOKED", WELLER, "REVOKED"), other("STOP_CONFIRMED", "REVOKED")],
        vec![
            change("SUSPENDED", GGD, "SUSPENDED"),
            change("SUSPENDED", WELLER, "SUSPENDED"),
            change("RESUMED", GGD, "SUSPENDED"),
            other("REFUSED", "SUSPENDED"),
            change("RESUMED", WELLER, "ACTIVE"),
            permit("ACTIVE"),
            change("REPLACED", WELLER, "REPLACED"),
        ],
        vec![late],
        vec![left],
    ] {
        assert_eq!(faults(&and(&more), &[]), []);
    }
    assert_eq!(faults(&[active().remove(0), change("REJECTED", GGD, "REJECTED")], &[]), []);
    // Of a decision about another party only the header is shown.
    assert_eq!(faults(&and(&[permit("ACTIVE"), permit("ACTIVE")]), &[3]), []);
}

#[test]
fn a_permit_under_an_agreement_that_is_not_active_is_named() {
    let forged = permit("ACTIVE");
    let [proposed, signed, _] = <[Step; 3]>::try_from(active()).unwrap();
    for (before, stands, index) in [
        (vec![proposed.clone()], Stands::Proposed, 0),
        (vec![proposed.clone(), signed], Stands::Proposed, 0),
        (vec![proposed, change("REJECTED", GGD, "REJECTED")], Stands::Rejected, 1),
        (and(&[change("REVOKED", GGD, "REVOKED")]), Stands::Revoked, 3),
        (and(&[change("SUSPENDED", GGD, "SUSPENDED")]), Stands::Suspended, 3),
        (and(&[change("REPLACED", GGD, "REPLACED")]), Stands::Replaced, 3),
        // After its last day; and then the clock was put back.
        (and(&[late(change("REPLACED", GGD, "REPLACED"))]), Stands::Replaced, 3),
        (and(&[late(change("REPLACED", GGD, "ACTIVE"))]), Stands::Active, 2),
    ] {
        let place = before.len();
        for state in ["ACTIVE", stands.name()] {
            let steps = [before.clone(), vec![Step { state, ..forged.clone() }]].concat();
            let named =
                fault(&format!("ledger-entries/{place}"), What::Life(Misstep::Permit(since(stands, index))));
            assert_eq!(faults(&steps, &[]), [named]);
        }
    }
    let steps = and(&[change("REVOKED", GGD, "REVOKED"), forged]);
    assert_eq!(
        faults(&steps, &[])[0].to_string(),
        "ledger-entries/4: is een toestemming die niet kon: door ledger-entries/3 is de afspraak REVOKED"
    );
}

#[test]
fn a_permit_outside_the_days_of_the_agreement_or_about_other_content_is_named() {
    let at = |time| and(&[Step { time, ..permit("ACTIVE") }]);
    assert_eq!(faults(&at("2026-11-01T00:00:00.000000Z"), &[]), []);
    assert_eq!(faults(&at("2026-11-30T23:59:59.999999Z"), &[]), []);
    for time in ["2026-10-31T23:59:59.999999Z", "2026-12-01T00:00:00.000000Z"] {
        let found = faults(&at(time), &[]);
        assert!(matches!(found[..], [Fault { what: What::Life(Misstep::Outside { .. }), .. }]), "{found:?}");
    }
    let mut other = permit("ACTIVE");
    other.facts = other.facts.replace(HASH, "$1$1$y");
    assert_eq!(faults(&and(&[other]), &[]), [fault("ledger-entries/3", What::Life(Misstep::OtherContent))]);
}

#[test]
fn what_a_party_could_not_do_is_named() {
    let revoked = change("REVOKED", GGD, "REVOKED");
    for more in [
        vec![change("SIGNED", GGD, "ACTIVE")],
        vec![change("PROPOSED", WELLER, "PROPOSED")],
        vec![change("REJECTED", GGD, "REJECTED")],
        vec![change("REVOKED", "1", "REVOKED")],
        vec![change("RESUMED", GGD, "ACTIVE")],
        vec![revoked.clone(), change("REVOKED", WELLER, "REVOKED")],
        vec![revoked.clone(), change("RESUMED", GGD, "ACTIVE")],
        vec![revoked.clone(), change("REPLACED", GGD, "REPLACED")],
        vec![change("SUSPENDED", GGD, "SUSPENDED"), change("RESUMED", WELLER, "ACTIVE")],
        vec![change("SUSPENDED", GGD, "SUSPENDED"), change("SUSPENDED", GGD, "SUSPENDED")],
        vec![late(revoked)],
    ] {
        assert!(refused_last(&and(&more)), "{more:?}");
    }
}

/// After its last day.
fn late(step: Step) -> Step {
    Step { time: "2026-12-01T00:00:00.000000Z", ..step }
}

#[test]
fn a_proposal_is_signed_by_each_party_once_and_in_time_or_refused_by_one() {
    for more in [
        vec![change("SIGNED", "1", "PROPOSED")],
        vec![change("SIGNED", GGD, "PROPOSED"), change("SIGNED", GGD, "PROPOSED")],
        vec![late(change("SIGNED", GGD, "PROPOSED"))],
        vec![change("REJECTED", "1", "REJECTED")],
        vec![late(change("REJECTED", GGD, "REJECTED"))],
        vec![change("REVOKED", GGD, "REVOKED")],
    ] {
        let steps = [&active()[..1], &more].concat();
        assert!(refused_last(&steps), "{more:?}");
    }
}

#[test]
fn an_agreement_in_force_is_paused_and_followed_by_its_parties_once_and_in_time() {
    let suspended = change("SUSPENDED", GGD, "SUSPENDED");
    let mut by_none = change("REPLACED", GGD, "REPLACED");
    by_none.facts = by_none.facts.replace(r#","replaced_by":"agreements/b""#, "");
    let replaced = late(change("REPLACED", GGD, "ACTIVE"));
    for more in [
        vec![change("SUSPENDED", "1", "SUSPENDED")],
        vec![late(suspended.clone())],
        vec![suspended.clone(), late(change("RESUMED", GGD, "ACTIVE"))],
        vec![suspended, change("REVOKED", WELLER, "REVOKED"), change("RESUMED", GGD, "ACTIVE")],
        vec![by_none],
        vec![replaced.clone(), replaced.clone()],
        vec![replaced, change("SUSPENDED", GGD, "SUSPENDED")],
    ] {
        assert!(refused_last(&and(&more)), "{more:?}");
    }
}

#[test]
fn what_a_party_does_is_about_the_content_that_was_proposed() {
    let mut other = change("REVOKED", GGD, "REVOKED");
    other.facts = other.facts.replace(HASH, "$1$1$y");
    assert_eq!(faults(&and(&[other]), &[]), [fault("ledger-entries/3", What::Life(Misstep::OtherContent))]);
}

/// Whether the last of these entries, and no other, is something that could not be done.
fn refused_last(steps: &[Step]) -> bool {
    let at = format!("ledger-entries/{}", steps.len() - 1);
    let found = faults(steps, &[]);
    matches!(&found[..], [Fault { at: named, what: What::Life(Misstep::Change { .. }) }] if *named == at)
}

#[test]
fn a_header_says_where_the_agreement_stands_by_its_entries() {
    let active = since(Stands::Active, 2);
    let revoked = || What::Life(Misstep::State { said: "REVOKED", now: active });
    // A revocation of which a party is shown the header alone, and a change that no party made.
    let steps = and(&[change("REVOKED", GGD, "REVOKED")]);
    assert_eq!(faults(&steps, &[3]), [fault("ledger-entries/3", revoked())]);
    for forged in [other("REFUSED", "REVOKED"), permit("REVOKED")] {
        assert_eq!(faults(&and(&[forged]), &[]), [fault("ledger-entries/3", revoked())]);
    }
    let early = vec![and(&[]).remove(0), change("SIGNED", GGD, "ACTIVE")];
    let proposed = since(Stands::Proposed, 0);
    let said = What::Life(Misstep::State { said: "ACTIVE", now: proposed });
    assert_eq!(faults(&early, &[]), [fault("ledger-entries/1", said)]);
    let mut none = Life::default();
    assert_eq!(none.follow(r#"{"index":0,"time":"x"}"#, None), Err(Misstep::Unreadable));
}

#[test]
fn a_delivery_that_no_permit_came_before_is_named() {
    let delivered = other("DELIVERED", "ACTIVE");
    let named = |at| vec![fault(at, What::DeliveredUnpermitted)];
    let unaccounted = Step { kind: "DELIVERY_UNACCOUNTED", ..delivered.clone() };
    assert_eq!(faults(&and(&[unaccounted.clone(), permit("ACTIVE")]), &[]), named("ledger-entries/3"));
    assert_eq!(faults(&and(&[permit("ACTIVE"), unaccounted]), &[]), []);
    assert_eq!(faults(&and(&[delivered.clone(), permit("ACTIVE")]), &[]), named("ledger-entries/3"));
    let elsewhere = Step { transaction: "u", ..delivered.clone() };
    assert_eq!(faults(&and(&[permit("ACTIVE"), elsewhere]), &[]), named("ledger-entries/4"));
    let to_another = Step { facts: r#"{"recipient":"2"}"#.to_owned(), ..delivered };
    assert_eq!(faults(&and(&[permit("ACTIVE"), to_another]), &[]), named("ledger-entries/4"));
}
