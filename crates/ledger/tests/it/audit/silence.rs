//! What the log keeps silent: agreements, numbers and what came after a statement.

use super::*;

/// The same entry about another agreement, with other facts.
fn about_another(index: u64, sequence: u64, kind: &str, facts: &str) -> Entry {
    let mut entry = entry(index, sequence);
    entry.agreement = "agreements/b".to_owned();
    entry.header_json = entry.header_json.replace(AGREEMENT, "agreements/b");
    entry.kind = format!("LEDGER_ENTRY_KIND_{kind}");
    let body = entry.body_json.replace("PERMITTED", kind);
    entry.body_json = body.replace("\"facts\":{}", &format!("\"facts\":{facts}"));
    commit(&mut entry);
    entry
}

/// What is found when the log has one more entry, about an agreement that the statement leaves out.
fn with_one_more(more: Entry) -> Report {
    let mut log = Log::of(20);
    log.leaves.push(more.leaf_hash.parse().unwrap());
    log.seen.push(more);
    let mut evidence = log.evidence(&[21]);
    let mut statement = log.statement(21);
    statement.agreements.insert(AGREEMENT.to_owned(), 10);
    evidence.statements = vec![note(statement.to_string())];
    log.audit(&evidence)
}

#[test]
fn an_agreement_that_is_kept_silent_is_found_by_what_only_a_party_sees() {
    let asked = format!(r#"{{"request":{{"dataset_owner":"1","recipient":"{OIN}"}}}}"#);
    let of_anothers_dataset = r#"{"request":{"dataset_owner":"1","recipient":"2"}}"#;
    for (kind, facts) in [
        ("PERMITTED", asked.as_str()),
        ("REFUSED", &asked),
        ("PERMITTED", of_anothers_dataset),
        ("DELIVERED", "{}"),
        ("AGREEMENT_CHANGED", r#"{"action":"PROPOSED"}"#),
    ] {
        let Report { faults, unchecked, .. } = with_one_more(about_another(20, 5, kind, facts));
        let agreement = "agreements/b".to_owned();
        let stated = fault("ledger-entries/20", What::NotStated { agreement, stated: 0 });
        let place = "voor ledger-entries/20".to_owned();
        let gap = fault("agreements/b", What::MissingNumber { number: 1, place });
        assert!(faults.contains(&stated) && faults.contains(&gap), "{kind} {facts}: {faults:?}");
        assert_eq!(unchecked, Vec::<String>::new());
    }
}

#[test]
fn agreements_of_others_are_reported_as_not_checked() {
    let facts = format!(r#"{{"request":{{"dataset_owner":"{OIN}","recipient":"2"}}}}"#);
    let report = with_one_more(about_another(20, 7, "PERMITTED", &facts));
    assert_eq!((report.faults, report.unchecked), (Vec::new(), vec!["agreements/b".to_owned()]));
}

#[test]
fn only_a_draft_has_no_number() {
    for (kind, facts, good) in [
        ("AGREEMENT_CHANGED", r#"{"action":"DRAFTED"}"#, true),
        ("AGREEMENT_CHANGED", r#"{"action":"DISCARDED"}"#, true),
        ("AGREEMENT_CHANGED", r#"{"action":"SIGNED"}"#, false),
        ("PERMITTED", r#"{"action":"DRAFTED"}"#, false),
        ("DELIVERED", "{}", false),
    ] {
        let faults = with_one_more(about_another(20, 0, kind, facts)).faults;
        let found = fault("ledger-entries/20", What::Unnumbered("agreements/b".to_owned()));
        assert_eq!(faults, if good { vec![] } else { vec![found] }, "{kind} {facts}");
    }
    let alone = header_alone(about_another(20, 0, "AGREEMENT_CHANGED", r#"{"action":"DRAFTED"}"#));
    let found = fault("ledger-entries/20", What::Unnumbered("agreements/b".to_owned()));
    assert_eq!(with_one_more(alone).faults, [found]);
}

#[test]
fn an_old_statement_beside_a_newer_state_is_found() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.statements = vec![note(log.statement(12).to_string())];
    evidence.entries.retain(|entry| entry.index < 12);
    let report = log.audit(&evidence);
    assert_eq!(report.faults, [fault("verklaring 12", What::OldStatement { newest: 20 })]);
    assert_eq!(report.checked, 12);
    assert_eq!(log.audit(&log.evidence(&[12, 20])).checked, 20);
}

#[test]
fn a_statement_has_one_text() {
    let statement = Log::of(4).statement(4);
    let text = statement.to_string();
    let root = text.lines().nth(3).unwrap();
    assert_eq!(text, format!("{ORIGIN}/statement\n{OIN}\n4\n{root}\nentries 2\nagreements/a 2\n"));
    assert_eq!(text.parse(), Ok(statement));
    for wrong in [
        text.replace("/statement", ""),
        text.replace("entries 2", "entries 02"),
        text.replace("entries 2\n", ""),
        text.replace("agreements/a 2", "agreements/a"),
        format!("{text}agreements/Z 1\n"),
        format!("{text}agreements/a 3\n"),
        format!("{text}\n"),
        text.trim_end().to_owned(),
        String::new(),
    ] {
        assert!(wrong.parse::<Statement>().is_err(), "{wrong:?}");
    }
}

#[test]
fn who_sees_all_entries_misses_none_and_needs_no_statement() {
    let log = Log::of(20);
    let evidence = Evidence { statements: Vec::new(), whole: true, ..log.evidence(&[20]) };
    let report = log.audit(&evidence);
    assert_eq!((report.checked, report.unchecked.len()), (20, 0));
    // Of this log every other entry is shown.
    let gone =
        (0..20).filter(|index| index % 2 == 1).map(|index| fault(&Entry::name_of(index), What::NotShown));
    assert_eq!(report.faults, gone.collect::<Vec<_>>());
}
