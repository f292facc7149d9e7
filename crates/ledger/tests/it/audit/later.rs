//! A platform of a later version enters what is not known here: it is checked as far as any entry is, and named.

use ledger::audit::{Lost, Misstep};

use super::lives::{Step, and, change, log, permit, step};
use super::*;

/// Of a kind that is not known here.
fn later(state: &'static str) -> Step {
    step("LATER", r#"{"more":[1]}"#.to_owned(), state)
}

/// A log of an agreement that is active and these entries after it. What is of a later kind comes with its number.
fn with(more: &[Step]) -> Log {
    let mut log = log(&and(more), &[]);
    for entry in log.seen.iter_mut().filter(|entry| entry.kind.ends_with("LATER")) {
        entry.kind = "99".to_owned();
    }
    log
}

fn audit(log: &Log) -> Report {
    log.audit(&log.evidence(&[log.leaves.len()]))
}

#[test]
fn an_entry_of_a_later_kind_is_named_and_is_no_fault() {
    let report = audit(&with(&[permit("ACTIVE"), later("ACTIVE"), permit("ACTIVE")]));
    assert_eq!((report.faults, report.unknown, report.lost), (vec![], vec![4], vec![]));
}

#[test]
fn what_it_has_as_any_entry_is_checked() {
    let log = with(&[later("ACTIVE"), permit("ACTIVE")]);
    let of = |change: fn(&mut Vec<Entry>)| {
        let mut evidence = log.evidence(&[log.leaves.len()]);
        change(&mut evidence.entries);
        log.audit(&evidence).faults
    };
    let tampered = of(|seen| seen[3].body_json = seen[3].body_json.replace("[1]", "[2]"));
    assert_eq!(tampered, [fault("ledger-entries/3", What::Body)]);
    let named = of(|seen| seen[3].kind = "LEDGER_ENTRY_KIND_REFUSED".to_owned());
    assert_eq!(named, [fault("ledger-entries/3", What::Told("de soort"))]);
    let disguised = of(|seen| seen[4].kind = "99".to_owned());
    assert_eq!(disguised, [fault("ledger-entries/4", What::Told("de soort"))], "of a kind that is known");
    let place = "tussen ledger-entries/2 en ledger-entries/4".to_owned();
    let missing = fault(AGREEMENT, What::MissingNumber { number: 4, place });
    assert!(of(|seen| drop(seen.remove(3))).contains(&missing));
}

#[test]
fn where_it_leaves_the_agreement_elsewhere_it_is_told_that_nothing_after_it_is_followed() {
    for unknown in [later("SUSPENDED"), later("PAUSED"), change("MOVED", OIN, "SUSPENDED"), permit("PAUSED")]
    {
        assert_lost(&[unknown, permit("ACTIVE")]);
    }
}

#[test]
fn what_a_party_did_that_is_not_known_may_count_later_also_where_the_agreement_stays_where_it_was() {
    // For all that is known it suspended as well, or no longer does.
    assert_lost(&[change("MOVED", OIN, "ACTIVE"), permit("REVOKED")]);
}

fn assert_lost(more: &[Step]) {
    let report = audit(&with(more));
    let lost = vec![Lost { agreement: AGREEMENT.to_owned(), index: 3 }];
    assert_eq!((report.faults, report.unknown, report.lost), (vec![], vec![3], lost));
}

#[test]
fn after_an_entry_that_leaves_the_agreement_where_it_was_the_rest_is_followed() {
    let report = audit(&with(&[later("ACTIVE"), permit("REVOKED")]));
    let found: Vec<&What> = report.faults.iter().map(|fault| &fault.what).collect();
    assert!(matches!(found[..], [What::Life(Misstep::State { .. })]), "{found:?}");
    assert_eq!((report.unknown, report.lost), (vec![3], vec![]));
}

#[test]
fn a_kind_that_the_contract_does_not_have_comes_as_a_number() {
    let shown = r#"{"name": "ledger-entries/3", "index": "3", "kind": 99}"#;
    let entry: Entry = serde_json::from_str(shown).unwrap();
    assert_eq!((entry.index, entry.kind.as_str()), (3, "99"));
}
