//! Whether what came is all that was delivered: of a stream a part may be, and then that is said.

use ledger::Receipt;
use ledger::audit::{Delivered, Entry};
use proto::consent::v1::{LedgerEntry, LedgerEntryKind};

use super::*;
use crate::ledger::served;
use crate::ledger::verify::{Found, observations};

const RELEASE: &str = "datasets/x/releases/1";

/// An entry of transaction t7 with these facts.
pub(super) fn entry(index: usize, kind: LedgerEntryKind, facts: &str) -> Entry {
    let mut entry: LedgerEntry = Shown::of(10).entries[index].clone();
    let named = kind.as_str_name().trim_start_matches("LEDGER_ENTRY_KIND_");
    entry.body_json = entry.body_json.replace("\"facts\":{}", &format!("\"facts\":{facts}"));
    entry.body_json = entry.body_json.replace("PERMITTED", named).replace(&format!("\"t{index}\""), "\"t7\"");
    (entry.kind, entry.transaction_id) = (kind.into(), "t7".to_owned());
    commit(&mut entry);
    served::in_contract(&entry).unwrap().1
}

fn delivered(rows: u64, digest: &str) -> Entry {
    let facts = format!(
        r#"{{"digest":"{digest}","release":"{RELEASE}","rows":{rows},"withheld":0,"complete":true}}"#
    );
    entry(9, LedgerEntryKind::Delivered, &facts)
}

/// What is said of two observations that came, after a permit to ask or to follow.
fn said(way: &str, deliveries: Vec<Entry>) -> Result<Option<String>> {
    let request = format!(r#"{{"request":{{"delivery":"{way}","release":"{RELEASE}"}}}}"#);
    let permit = entry(7, LedgerEntryKind::Permitted, &request);
    let json = format!(r#"{{"ledgerIndex":7,"leafHash":"{}","transactionId":"t7"}}"#, permit.leaf_hash);
    let log: Checkpoint = Shown::of(10).signed_checkpoint().text.parse().unwrap();
    let came = Delivered { release: RELEASE.to_owned(), rows: 2, withheld: 0, digest: "aa".to_owned() };
    let found = Found { log, entry: Some(permit), deliveries, stop: None };
    observations(&Receipt::from_json(&json).unwrap(), Some(&came), &found)
}

#[test]
fn a_part_of_a_stream_is_not_checked_and_that_is_said() {
    let part = said("STREAM", vec![delivered(5, "bb")]).unwrap().unwrap();
    assert!(part.contains("niet nagekeken: dit is een deel van een stroom"), "{part}");
    let pulled = said("PULL", vec![delivered(5, "bb")]).unwrap_err().to_string();
    assert!(pulled.contains("het aantal waarnemingen is anders"), "{pulled}");
    let changed = said("STREAM", vec![delivered(2, "bb")]).unwrap_err().to_string();
    assert!(changed.contains("een waarneming of de volgorde is anders"), "{changed}");
}

#[test]
fn what_came_is_one_of_what_was_delivered() {
    for deliveries in [vec![delivered(2, "aa")], vec![delivered(0, "cc"), delivered(2, "aa")]] {
        let good = said("PULL", deliveries).unwrap().unwrap();
        assert!(good.starts_with("goed: de 2 waarnemingen") && good.ends_with("ledger-entries/9"), "{good}");
    }
    let none = said("PULL", Vec::new()).unwrap().unwrap();
    assert!(none.contains("niet nagekeken: er is (nog) geen regel over deze levering"), "{none}");
}
