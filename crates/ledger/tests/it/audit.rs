//! What an audit finds: every kind of lie, each named with its entry.

mod binding;
mod deliveries;
mod forks;
mod later;
mod lives;
mod receipts;
mod silence;

use std::collections::BTreeMap;

use ledger::audit::{Entry, Evidence, Fault, Report, What};
use ledger::{
    Checkpoint, Frontier, Hash, NoteSigner, Receipt, Salt, SignedNote, Statement, TileId, commitment,
    leaf_data, leaf_hash, tiles_for,
};
use proptest::prelude::*;

use crate::naive;

const ORIGIN: &str = "alliantie.nl/test";
const OIN: &str = "00000099000000002000";
const AGREEMENT: &str = "agreements/a";
const PROPOSED: &str = r#"{"action":"PROPOSED","by":"x","holds":{"ends":"2026-12-01T00:00:00Z","starts":"2026-11-01T00:00:00Z"}}"#;

/// A log in memory, with the entries of which one organisation sees every other one, and every
/// fourth as a header alone.
#[derive(Clone)]
struct Log {
    leaves: Vec<Hash>,
    seen: Vec<Entry>,
}

fn key() -> NoteSigner {
    NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap()
}

impl Log {
    fn of(size: u64) -> Self {
        let mut log = Self { leaves: Vec::new(), seen: Vec::new() };
        (0..size).for_each(|index| log.grow(index));
        log
    }

    fn grow(&mut self, index: u64) {
        let sequence = index / 2 + 1;
        let before = index.checked_sub(2).and_then(|before| self.leaves.get(usize::try_from(before).ok()?));
        let entry = following(before.copied(), index, sequence);
        self.leaves.push(entry.leaf_hash.parse().unwrap());
        if index % 4 == 2 {
            self.seen.push(header_alone(entry));
        } else if index.is_multiple_of(2) {
            self.seen.push(entry);
        }
    }

    fn checkpoint(&self, size: usize) -> Checkpoint {
        let mut frontier = Frontier::empty();
        self.leaves[..size].iter().for_each(|leaf| frontier.append(*leaf));
        Checkpoint { origin: ORIGIN.to_owned(), size: frontier.size(), root: frontier.root() }
    }

    fn statement(&self, size: usize) -> Statement {
        let log = self.checkpoint(size);
        let seen = self.seen.iter().filter(|entry| entry.index < log.size);
        let entries = u64::try_from(seen.count()).unwrap();
        let agreements = BTreeMap::from([(AGREEMENT.to_owned(), entries)]);
        Statement { log, oin: OIN.to_owned(), entries, agreements }
    }

    /// What somebody has who looked at each of these sizes.
    fn evidence(&self, sizes: &[usize]) -> Evidence {
        Evidence {
            log_key: key().verifier(),
            checkpoints: sizes.iter().map(|size| note(self.checkpoint(*size).to_string())).collect(),
            statements: sizes.iter().map(|size| note(self.statement(*size).to_string())).collect(),
            entries: self.seen.clone(),
            whole: false,
        }
    }

    fn audit(&self, evidence: &Evidence) -> Report {
        let needed: Vec<TileId> = evidence.tiles().collect();
        evidence.audit(|tile: TileId| {
            assert!(needed.contains(&tile), "{tile:?} was not announced");
            let size = u64::try_from(self.leaves.len()).unwrap();
            if tile.exists_in(size) { Ok(naive::tile(tile, &self.leaves)) } else { Err("er is niets") }
        })
    }
}

fn note(text: String) -> SignedNote {
    let signature = key().sign(&text);
    SignedNote::new(text, vec![signature]).unwrap()
}

/// An entry that follows one that nobody here has seen.
fn entry(index: u64, sequence: u64) -> Entry {
    following((sequence > 1).then(|| leaf_hash(b"before")), index, sequence)
}

fn following(before: Option<Hash>, index: u64, sequence: u64) -> Entry {
    let previous = before.map(|leaf| format!(r#""previous":"{leaf}","#)).unwrap_or_default();
    // It is proposed by the first entry and signed by the third; then everything is permitted.
    let (state, kind, facts) = match sequence {
        1 => ("PROPOSED", "AGREEMENT_CHANGED", PROPOSED.to_owned()),
        2 => ("PROPOSED", "STOP_CONFIRMED", "{}".to_owned()),
        3 => ("ACTIVE", "AGREEMENT_CHANGED", format!(r#"{{"action":"SIGNED","by":"{OIN}"}}"#)),
        _ => ("ACTIVE", "PERMITTED", "{}".to_owned()),
    };
    let header = format!(
        r#"{{"agreement":"{AGREEMENT}","agreement_sequence":{sequence},"index":{index},{previous}"state":"{state}","time":"2026-11-23T12:00:00.500000Z"}}"#
    );
    let body = format!(
        r#"{{"engine":"test","facts":{facts},"kind":"{kind}","parties":["{OIN}"],"trace_id":"","transaction_id":"t{index}"}}"#
    );
    let mut entry = Entry {
        name: Entry::name_of(index),
        index,
        create_time: "2026-11-23T12:00:00.500Z".to_owned(),
        kind: format!("LEDGER_ENTRY_KIND_{kind}"),
        agreement: AGREEMENT.to_owned(),
        agreement_sequence: sequence,
        parties: vec![OIN.to_owned()],
        transaction_id: format!("t{index}"),
        header_json: header,
        header_salt: Salt::from_bytes([3; 32]).to_string(),
        body_json: body,
        body_salt: Salt::from_bytes([4; 32]).to_string(),
        ..Entry::default()
    };
    commit(&mut entry);
    entry
}

/// Commits anew to what an entry says, as somebody would who changes a row and knows the scheme.
fn commit(entry: &mut Entry) {
    let header = commitment(&entry.header_salt.parse().unwrap(), entry.header_json.as_bytes());
    let body = commitment(&entry.body_salt.parse().unwrap(), entry.body_json.as_bytes());
    entry.header_commitment = header.to_string();
    entry.body_commitment = body.to_string();
    entry.leaf_hash = leaf_hash(&leaf_data(&header, &body)).to_string();
}

fn header_alone(entry: Entry) -> Entry {
    Entry {
        kind: "LEDGER_ENTRY_KIND_UNSPECIFIED".to_owned(),
        parties: Vec::new(),
        transaction_id: String::new(),
        body_json: String::new(),
        body_salt: String::new(),
        ..entry
    }
}

fn fault(at: &str, what: What) -> Fault {
    Fault { at: at.to_owned(), what }
}

#[test]
fn an_honest_log_has_no_faults() {
    let log = Log::of(600);
    let report = log.audit(&log.evidence(&[0, 1, 255, 256, 300, 600]));
    assert_eq!(report.faults, []);
    assert_eq!((report.entries, report.headers, report.states), (300, 150, 12));
    assert_eq!(report.newest, Some(log.checkpoint(600)));
}

#[test]
fn a_tampered_entry_is_named() {
    let log = Log::of(20);
    for (change, found) in [
        (
            (|entry| entry.header_json = entry.header_json.replace("12:00", "13:00")) as fn(&mut Entry),
            What::Header,
        ),
        (|entry| entry.header_salt = Salt::from_bytes([9; 32]).to_string(), What::Header),
        (|entry| entry.header_salt.clear(), What::Header),
        (|entry| entry.body_json = entry.body_json.replace("PERMITTED", "REFUSED"), What::Body),
        (|entry| entry.body_salt.clear(), What::Body),
        (|entry| entry.body_json.clear(), What::Body),
        (|entry| entry.kind = "LEDGER_ENTRY_KIND_REFUSED".to_owned(), What::Told("de soort")),
        (|entry| entry.parties.clear(), What::Told("de partijen")),
        (|entry| entry.transaction_id.clear(), What::Told("het transactienummer")),
        (|entry| entry.trace_id = "x".to_owned(), What::Told("het spoor")),
        (|entry| entry.create_time = "2026-11-23T12:00:01Z".to_owned(), What::Told("de tijd")),
        (|entry| entry.name = "ledger-entries/9".to_owned(), What::Told("de naam")),
        (|entry| entry.leaf_hash.make_ascii_uppercase(), What::NotHex("de vingerafdruk van de regel")),
    ] {
        let mut evidence = log.evidence(&[20]);
        change(&mut evidence.entries[4]);
        let report = log.audit(&evidence);
        assert_eq!(report.faults, [fault("ledger-entries/8", found)]);
    }
}

#[test]
fn an_entry_that_is_tampered_with_and_committed_to_anew_is_not_in_the_log() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    let entry = &mut evidence.entries[4];
    entry.body_json = entry.body_json.replace("PERMITTED", "REFUSED");
    entry.kind = "LEDGER_ENTRY_KIND_REFUSED".to_owned();
    commit(entry);
    let report = log.audit(&evidence);
    let shown = "ledger-entries/8".to_owned();
    let after = What::OtherPrevious { agreement: AGREEMENT.to_owned(), number: 5, shown };
    assert_eq!(
        report.faults,
        [fault("ledger-entries/8", What::OtherLeaf), fault("ledger-entries/10", after)]
    );
    assert_eq!(
        report.faults[0].to_string(),
        "ledger-entries/8: in het logboek staat op deze plaats een andere regel"
    );
}

#[test]
fn a_header_alone_that_tells_of_a_body_is_named() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.entries[3].transaction_id = "t".to_owned();
    assert_eq!(log.audit(&evidence).faults, [fault("ledger-entries/6", What::Told("de inhoud"))]);
}

#[test]
fn an_entry_that_is_tampered_with_in_the_tiles_too_does_not_lead_to_the_root() {
    let mut log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.entries[4].body_json = evidence.entries[4].body_json.replace("PERMITTED", "REFUSED");
    evidence.entries[4].kind = "LEDGER_ENTRY_KIND_REFUSED".to_owned();
    commit(&mut evidence.entries[4]);
    log.leaves[8] = evidence.entries[4].leaf_hash.parse().unwrap();
    let faults = log.audit(&evidence).faults;
    assert!(faults.contains(&fault("stand 20", What::Tiles)), "{faults:?}");
    assert!(faults.contains(&fault("ledger-entries/8", What::Inclusion)), "{faults:?}");
}

#[test]
fn a_missing_number_is_named_with_its_place() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.entries.remove(4);
    let report = log.audit(&evidence);
    let place = "tussen ledger-entries/6 en ledger-entries/10".to_owned();
    assert_eq!(
        report.faults,
        [
            fault(AGREEMENT, What::MissingNumber { number: 5, place }),
            fault("verklaring 20", What::Count { stated: 10, found: 9 }),
        ]
    );
    assert_eq!(
        report.faults[0].to_string(),
        "agreements/a: nummer 5 ontbreekt, tussen ledger-entries/6 en ledger-entries/10"
    );
}

#[test]
fn a_list_that_is_cut_off_is_found_at_both_ends() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.entries.truncate(8);
    let number =
        |number, place: &str| fault(AGREEMENT, What::MissingNumber { number, place: place.to_owned() });
    let count = |found| fault("verklaring 20", What::Count { stated: 10, found });
    assert_eq!(
        log.audit(&evidence).faults,
        [count(8), number(9, "na ledger-entries/14"), number(10, "na ledger-entries/14")]
    );
    evidence = log.evidence(&[20]);
    evidence.entries.remove(0);
    assert_eq!(log.audit(&evidence).faults, [number(1, "voor ledger-entries/2"), count(9)]);
}

#[test]
fn an_entry_that_is_not_stated_is_named() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    let mut statement = log.statement(20);
    statement.agreements.insert(AGREEMENT.to_owned(), 9);
    evidence.statements = vec![note(statement.to_string())];
    let what = What::NotStated { agreement: AGREEMENT.to_owned(), stated: 9 };
    assert_eq!(log.audit(&evidence).faults, [fault("ledger-entries/18", what)]);
}

#[test]
fn an_agreement_that_is_kept_silent_is_found_by_its_headers() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    let statement = Statement { agreements: BTreeMap::new(), ..log.statement(20) };
    evidence.statements = vec![note(statement.to_string())];
    let what = What::NotStated { agreement: AGREEMENT.to_owned(), stated: 0 };
    let faults = log.audit(&evidence).faults;
    assert_eq!(faults.len(), 10);
    assert!(faults.contains(&fault("ledger-entries/18", what)), "{faults:?}");
}

#[test]
fn an_agreement_of_others_has_no_numbers_to_check() {
    let mut log = Log::of(20);
    // Somebody asked for a dataset of this organisation under an agreement that it is no party to.
    let mut asked = entry(20, 7);
    asked.agreement = "agreements/b".to_owned();
    asked.header_json = asked.header_json.replace(AGREEMENT, "agreements/b");
    commit(&mut asked);
    log.leaves.push(asked.leaf_hash.parse().unwrap());
    log.seen.push(asked);
    let mut evidence = log.evidence(&[21]);
    let mut statement = log.statement(21);
    statement.agreements.insert(AGREEMENT.to_owned(), 10);
    evidence.statements = vec![note(statement.to_string())];
    assert_eq!(log.audit(&evidence).faults, []);
}

#[test]
fn an_entry_that_is_there_twice_is_named() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    evidence.entries.push(evidence.entries[4].clone());
    assert_eq!(log.audit(&evidence).faults, [fault("ledger-entries/8", What::Twice)]);
}

#[test]
fn a_number_that_comes_back_is_named() {
    let mut log = Log::of(20);
    let again = entry(20, 5);
    log.leaves.push(again.leaf_hash.parse().unwrap());
    log.seen.push(again);
    let mut evidence = log.evidence(&[21]);
    let mut statement = log.statement(21);
    statement.agreements.insert(AGREEMENT.to_owned(), 10);
    evidence.statements = vec![note(statement.to_string())];
    let what = What::Number { agreement: AGREEMENT.to_owned(), found: 5, expected: 11 };
    assert!(log.audit(&evidence).faults.contains(&fault("ledger-entries/20", what)));
}

#[test]
fn a_rewritten_history_is_found_by_every_older_state() {
    let seen = Log::of(12);
    let mut rewritten = seen.clone();
    rewritten.leaves[5] = leaf_hash(b"other");
    (12..20).for_each(|index| rewritten.grow(index));
    let mut evidence = rewritten.evidence(&[20]);
    evidence.checkpoints.insert(0, note(seen.checkpoint(12).to_string()));
    evidence.checkpoints.insert(0, note(seen.checkpoint(4).to_string()));
    evidence.statements.push(note(seen.statement(8).to_string()));
    let report = rewritten.audit(&evidence);
    assert_eq!(
        report.faults,
        [fault("stand 12", What::Rewritten), fault("verklaring 8", What::Rewritten)],
        "the first four entries are as they were"
    );
}

#[test]
fn tiles_that_are_damaged_do_not_make_the_log_a_liar() {
    let log = Log::of(20);
    let evidence = log.evidence(&[12, 20]);
    let damaged = |tile: TileId| Ok::<_, String>(vec![leaf_hash(b"other"); tile.width.into()]);
    let faults = evidence.audit(damaged).faults;
    assert!(faults.contains(&fault("stand 20", What::Tiles)), "{faults:?}");
    assert!(!faults.iter().any(|fault| fault.what == What::Rewritten), "{faults:?}");
}

#[test]
fn two_logs_of_one_size_are_found() {
    let log = Log::of(12);
    let mut other = log.clone();
    other.leaves[5] = leaf_hash(b"other");
    let mut evidence = log.evidence(&[12]);
    evidence.checkpoints.push(note(other.checkpoint(12).to_string()));
    let faults = log.audit(&evidence).faults;
    assert!(faults.contains(&fault("stand 12", What::Rewritten)), "{faults:?}");
}

#[test]
fn a_forged_checkpoint_or_statement_is_found() {
    let log = Log::of(12);
    let forged = |text: String| {
        let signature = NoteSigner::from_seed(ORIGIN, &[2; 32]).unwrap().sign(&text);
        SignedNote::new(text, vec![signature]).unwrap()
    };
    let mut evidence = log.evidence(&[12]);
    evidence.checkpoints.push(forged(log.checkpoint(7).to_string()));
    evidence.statements.push(forged(log.statement(6).to_string()));
    // A good signature under another text.
    let mut moved = note(log.checkpoint(5).to_string());
    moved.text = log.checkpoint(4).to_string();
    evidence.checkpoints.push(moved);
    evidence.checkpoints.push(note("something else\n".to_owned()));
    let other = Checkpoint { origin: "other.log".to_owned(), ..log.checkpoint(3) };
    evidence.checkpoints.push(note(other.to_string()));
    assert_eq!(
        log.audit(&evidence).faults,
        [
            fault("stand 7", What::Signature),
            fault("stand 4", What::Signature),
            fault("stand zonder grootte", What::Text),
            fault("verklaring 6", What::Signature),
            fault("stand 3", What::OtherLog { found: "other.log".to_owned() }),
        ]
    );
}

#[test]
fn a_statement_is_no_checkpoint() {
    let log = Log::of(12);
    let mut evidence = log.evidence(&[12]);
    evidence.statements.push(note(log.checkpoint(12).to_string()));
    assert_eq!(log.audit(&evidence).faults, [fault("verklaring 12", What::Text)]);
    evidence = log.evidence(&[12]);
    evidence.checkpoints.push(note(log.statement(12).to_string()));
    assert_eq!(log.audit(&evidence).faults, [fault("stand 12", What::Text)]);
}

#[test]
fn a_statement_for_another_organisation_is_found() {
    let log = Log::of(12);
    let mut evidence = log.evidence(&[12]);
    let other = Statement { oin: "1".to_owned(), ..log.statement(12) };
    evidence.statements.push(note(other.to_string()));
    let what = What::OtherParty { found: "1".to_owned() };
    assert_eq!(log.audit(&evidence).faults, [fault("verklaring 12", what)]);
}

#[test]
fn an_entry_past_the_log_and_a_missing_tile_are_named() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[18]);
    let report = log.audit(&evidence);
    assert_eq!(report.faults, [fault("ledger-entries/18", What::BeyondLog { size: 18 })]);
    evidence = log.evidence(&[20]);
    let faults = evidence.audit(|_: TileId| Err("weg")).faults;
    for entry in &evidence.entries {
        assert!(faults.contains(&fault(&entry.name, What::Tile("weg".to_owned()))), "{faults:?}");
    }
}

#[test]
fn nothing_proves_nothing() {
    let evidence = Evidence { checkpoints: Vec::new(), statements: Vec::new(), ..Log::of(4).evidence(&[]) };
    let found: Vec<What> =
        evidence.audit(|_: TileId| Err("weg")).faults.into_iter().map(|fault| fault.what).collect();
    assert_eq!(found, [What::Nothing("ondertekende stand"), What::Nothing("ondertekende verklaring")]);
}

#[test]
fn an_entry_is_read_from_the_json_of_an_answer() {
    let json = r#"{"name":"ledger-entries/7","index":"7","agreementSequence":"3","headerJson":"{}","summaryNl":"x"}"#;
    let read: Entry = serde_json::from_str(json).unwrap();
    assert_eq!((read.index, read.agreement_sequence, read.header_json.as_str()), (7, 3, "{}"));
    assert!(serde_json::from_str::<Entry>(r#"{"index":"-7"}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_announced_tiles_are_enough(
        size in 1..1200_u64, indexes in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        older in any::<prop::sample::Index>(),
    ) {
        let leaves = naive::leaves(usize::try_from(size).unwrap());
        let indexes: Vec<u64> = indexes.iter().map(|at| u64::try_from(at.index(leaves.len())).unwrap()).collect();
        let old = u64::try_from(older.index(leaves.len()) + 1).unwrap();
        let tiles = tiles_for(size, indexes.iter().copied().chain([old - 1]));
        let source = |tile: TileId| if tiles.contains(&tile) { Ok(naive::tile(tile, &leaves)) } else { Err(tile) };
        for index in indexes {
            prop_assert!(ledger::inclusion_proof(index, size, source).is_ok());
        }
        prop_assert!(ledger::consistency_proof(old, size, source).is_ok());
        prop_assert!(ledger::root(size, source).is_ok());
    }

    #[test]
    fn any_text_in_an_entry_is_audited(texts in proptest::collection::vec("\\PC{0,9}|\\{\"index\":1\\}", 9), index in any::<u64>()) {
        let mut evidence = Log::of(4).evidence(&[4]);
        let [header_json, header_salt, body_json, body_salt, header_commitment, body_commitment, leaf_hash, name, kind] =
            <[String; 9]>::try_from(texts).unwrap();
        evidence.entries.push(Entry {
            name, index, kind, header_json, header_salt, body_json, body_salt, header_commitment, body_commitment,
            leaf_hash, agreement_sequence: index, ..Entry::default()
        });
        prop_assert!(!evidence.audit(|_: TileId| Err("weg")).faults.is_empty());
    }
}
