//! Permits of which it is not known how the delivery ended.

use super::*;

/// Which permits are told of in a log of these entries after the first three: kind, release and transaction of each.
fn undelivered(entries: &[(&str, &str, &str)]) -> Vec<u64> {
    let report = audited(entries);
    assert_eq!(report.unaccounted, [] as [u64; 0]);
    report.undelivered
}

fn audited(entries: &[(&str, &str, &str)]) -> Report {
    let mut log = Log { leaves: Vec::new(), seen: Vec::new() };
    for index in 0..3 {
        let entry = following(log.leaves.last().copied(), index, index + 1);
        log.leaves.push(entry.leaf_hash.parse().unwrap());
        log.seen.push(entry);
    }
    for (index, (kind, release, transaction)) in (3..).zip(entries) {
        let before = log.leaves.last().copied();
        let mut entry = following(before, index, index + 1);
        entry.kind = format!("LEDGER_ENTRY_KIND_{kind}");
        entry.transaction_id = (*transaction).to_owned();
        let facts = format!(r#""facts":{{"request":{{"release":"{release}"}}}}"#);
        entry.body_json = entry.body_json.replace(r#""facts":{}"#, &facts).replace("PERMITTED", kind);
        entry.body_json = entry.body_json.replace(&format!("\"t{index}\""), &format!("\"{transaction}\""));
        commit(&mut entry);
        log.leaves.push(entry.leaf_hash.parse().unwrap());
        log.seen.push(entry);
    }
    let report = log.audit(&log.evidence(&[log.leaves.len()]));
    assert_eq!(report.faults, [], "it is no fault");
    report
}

#[test]
fn a_permit_without_a_delivery_is_told_of() {
    let release = "datasets/d/releases/1";
    let told = undelivered(&[
        ("PERMITTED", release, "a"),
        ("PERMITTED", release, "b"),
        ("DELIVERED", "", "a"),
        ("REFUSED", release, "c"),
        ("PERMITTED", release, "d"),
        ("DELIVERED", "", "a"),
        // There was nothing to deliver.
        ("PERMITTED", "", "e"),
        // Kept back after it was entered.
        ("PERMITTED", release, "f"),
        ("DELIVERED", "", "f"),
        ("DELIVERED", "", "f"),
    ]);
    assert_eq!(told, [4, 7]);
    assert_eq!(undelivered(&[("PERMITTED", release, "a"), ("DELIVERED", "", "a")]), [] as [u64; 0]);
}

#[test]
fn a_permit_of_which_nobody_tells_is_told_of_apart_unless_it_is_told_after_all() {
    let release = "datasets/d/releases/1";
    let report = audited(&[
        ("PERMITTED", release, "a"),
        ("PERMITTED", release, "b"),
        ("PERMITTED", release, "c"),
        ("PERMITTED", release, "d"),
        ("DELIVERY_UNACCOUNTED", "", "a"),
        ("DELIVERY_UNACCOUNTED", "", "b"),
        // In either order, what was delivered counts.
        ("DELIVERED", "", "b"),
        ("DELIVERED", "", "c"),
        ("DELIVERY_UNACCOUNTED", "", "c"),
    ]);
    assert_eq!((report.unaccounted, report.undelivered), (vec![3], vec![6]));
}

#[test]
fn of_an_agreement_of_others_no_deliveries_are_seen_and_none_are_missed() {
    let mut log = Log::of(0);
    let mut entry = entry(0, 5);
    let facts = format!(
        r#""facts":{{"request":{{"dataset_owner":"{OIN}","recipient":"2","release":"datasets/d/releases/1"}}}}"#
    );
    entry.body_json = entry.body_json.replace(r#""facts":{}"#, &facts);
    commit(&mut entry);
    log.leaves.push(entry.leaf_hash.parse().unwrap());
    log.seen.push(entry);
    let mut evidence = log.evidence(&[1]);
    let mut statement = log.statement(1);
    statement.agreements.clear();
    evidence.statements = vec![note(statement.to_string())];
    let report = log.audit(&evidence);
    assert_eq!((report.faults, report.unchecked), (Vec::new(), vec![AGREEMENT.to_owned()]));
    assert_eq!(report.undelivered, [] as [u64; 0]);
}
