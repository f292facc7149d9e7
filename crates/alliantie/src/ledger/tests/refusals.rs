//! A refusal: in which words, and when it has the receipt of a permit, by which stop.

use ledger::{Receipt, sentence_digest};
use proto::consent::v1::LedgerEntryKind::{AgreementChanged, Permitted, Refused};
use serde_json::{Value, json};

use super::parts::entry;
use super::*;
use crate::ledger::verify::{overtaken, sentences};

fn refusal(leaf: &str, reason: &str, detail: &str) -> Value {
    let metadata = json!({"ledger_index": "7", "leaf_hash": leaf, "transaction_id": "t7", "reasons": reason});
    json!({"reason": reason, "detail": detail, "metadata": metadata})
}

/// The facts of a refusal in these words.
fn facts(nl: &str) -> String {
    let [nl, en] = [nl, "No."].map(|text| sentence_digest(text).to_string());
    let told = json!([{"reason": "OTHER_PURPOSE", "nl": nl, "en": en}]);
    json!({"request": {}, "own_reasons": [], "reasons": ["OTHER_PURPOSE"], "sentences": told}).to_string()
}

#[tokio::test]
async fn a_changed_sentence_in_a_refusal_is_found() {
    let mut shown = Shown::of(10);
    let refused = &mut shown.entries[7];
    refused.body_json = refused.body_json.replace("\"facts\":{}", &format!("\"facts\":{}", facts("Nee.")));
    refused.body_json = refused.body_json.replace("PERMITTED", "REFUSED");
    refused.kind = Refused.into();
    commit(refused);
    let leaf = refused.leaf_hash.clone();
    shown.leaves[7] = leaf.parse().unwrap();
    let (_fake, url) = Fake::serve(shown).await;
    let folder = TempDir::new().unwrap();
    drop(audited(&url, folder.path()).await);
    let file = folder.path().join("refusal.json");
    for (detail, right) in [("Nee.", true), ("No.", true), ("Ja.", false)] {
        fs::write(&file, refusal(&leaf, "OTHER_PURPOSE", detail).to_string()).unwrap();
        for (access, folder) in [(access(&url), None), (access(""), Some(folder.path()))] {
            let verified = verify::run(&file, &access, folder, Some(ledger_key())).await;
            assert_eq!(verified.is_ok(), right, "{detail}: {verified:?}");
            let told = verified.map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(told.contains("een zin voor mensen (detail, errors)"), !right, "{told}");
        }
    }
}

#[test]
fn it_is_said_whether_the_sentences_are_held_against_something() {
    let said = |entry: &ledger::audit::Entry, file: &Value| {
        let receipt = Receipt::from_json(&file.to_string()).unwrap();
        receipt.verify_entry(entry).unwrap();
        sentences(&receipt, entry).map(|said| said.split(':').next().unwrap().to_owned())
    };
    let refused = entry(7, Refused, &facts("Nee."));
    let leaf = &refused.leaf_hash;
    assert_eq!(said(&refused, &refusal(leaf, "OTHER_PURPOSE", "Nee.")).as_deref(), Some("goed"));
    assert_eq!(said(&refused, &refusal(leaf, "OTHER_PURPOSE", "")), None);
    let earlier = entry(7, Refused, r#"{"reasons":["OTHER_PURPOSE"]}"#);
    let file = refusal(&earlier.leaf_hash, "OTHER_PURPOSE", "Nee.");
    assert_eq!(said(&earlier, &file).as_deref(), Some("let op"));
    let permit = entry(7, Permitted, "{}");
    let answer = json!({"ledgerIndex": 7, "leafHash": permit.leaf_hash, "transactionId": "t7"});
    assert_eq!(said(&permit, &answer).as_deref(), Some("let op"));
}

#[test]
fn of_a_refusal_with_the_receipt_of_a_permit_the_stop_after_it_is_looked_for() {
    let permit = entry(7, Permitted, "{}");
    let of = |reason: &str| Receipt::from_json(&refusal(&permit.leaf_hash, reason, "").to_string()).unwrap();
    let revoked = |index: usize| entry(index, AgreementChanged, r#"{"action":"REVOKED","by":"x"}"#);
    let receipt = of("AGREEMENT_REVOKED");
    assert!(receipt.is_stopped_by(&permit, &revoked(9)));
    assert!(!receipt.is_stopped_by(&permit, &revoked(6)), "before the permit");
    assert!(!of("AGREEMENT_SUSPENDED").is_stopped_by(&permit, &revoked(9)), "another stop");
    assert!(!of("DECISION_POINT_SILENT").is_stopped_by(&permit, &revoked(9)), "no stop is entered");
    let told =
        |reason: &str, stop: Option<&ledger::audit::Entry>| overtaken(&of(reason), &permit, stop).unwrap();
    assert!(told("AGREEMENT_REVOKED", Some(&revoked(9))).ends_with("de stop zelf staat in ledger-entries/9"));
    assert!(told("AGREEMENT_REVOKED", None).ends_with("een regel over die stop is er (nog) niet"));
    assert!(told("DECISION_POINT_SILENT", None).ends_with("waarom staat niet in deze regel"));
}
