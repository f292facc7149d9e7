//! A receipt says what its entry says, and what came with it is what was delivered.

use ledger::audit::{Delivered, Kind};
use ledger::{NotAReceipt, Sentences, sentence_digest};
use serde_json::{Value, json};

use super::*;

const HASH: &str = "$1$1$x";
const RELEASE: &str = "datasets/x/releases/1";

/// The entry of a decision in a place, on a request for a release.
fn decided(kind: &str, reasons: &[&str]) -> Entry {
    let facts = json!({
        "request": {"agreement": AGREEMENT, "dataset": "datasets/x", "delivery": "PULL", "release": RELEASE},
        "own_reasons": ["WITHIN_OWN_RULES"], "reasons": reasons, "content_hash": HASH,
    });
    of_kind(8, kind, &facts)
}

fn of_kind(index: u64, kind: &str, facts: &Value) -> Entry {
    let mut entry = entry(index, 5);
    let body = entry.body_json.replace("PERMITTED", kind);
    entry.body_json = body.replace(r#""facts":{}"#, &format!(r#""facts":{facts}"#));
    entry.body_json = entry.body_json.replace(&format!("\"t{index}\""), "\"t8\"");
    (entry.kind, entry.transaction_id) = (format!("LEDGER_ENTRY_KIND_{kind}"), "t8".to_owned());
    commit(&mut entry);
    entry
}

/// What is wrong with a receipt, by name of the field.
fn wrong(receipt: &Value, entry: &Entry) -> Option<What> {
    let receipt = Receipt::from_json(&receipt.to_string()).unwrap();
    receipt.verify_entry(entry).err().map(|error| error.what)
}

#[test]
fn an_answer_says_of_its_decision_what_the_entry_says() {
    let entry = decided("PERMITTED", &["WITHIN_AGREEMENT"]);
    let answer = json!({
        "decision": {
            "agreement": AGREEMENT, "contentHash": HASH, "leafHash": entry.leaf_hash,
            "ledgerEntry": "ledger-entries/8", "ledgerIndex": "8", "transactionId": "t8",
        },
        "release": RELEASE,
    });
    assert_eq!(wrong(&answer, &entry), None);
    for (field, said) in [
        ("/decision/agreement", "de afspraak (agreement)"),
        ("/decision/contentHash", "de vingerafdruk van de inhoud (contentHash)"),
        ("/release", "de uitgave (release)"),
    ] {
        let mut changed = answer.clone();
        *changed.pointer_mut(field).unwrap() = json!("x");
        assert_eq!(wrong(&changed, &entry), Some(What::Says(said)), "{field}");
    }
    let refused = decided("REFUSED", &["OTHER_PURPOSE"]);
    let mut of_refusal = answer.clone();
    of_refusal["decision"]["leafHash"] = json!(refused.leaf_hash);
    let outcome = What::Says("de uitkomst: toegestaan of geweigerd");
    assert_eq!(wrong(&of_refusal, &refused), Some(outcome));
}

#[test]
fn a_text_with_a_name_twice_in_an_object_is_no_receipt() {
    let leaf = Log::of(1).leaves[0];
    for (text, twice) in [
        (format!(r#"{{"leafHash":"{leaf}","observations":[{{"value":"99","value":"12"}}]}}"#), Some("value")),
        (format!(r#"{{"leafHash":"{leaf}","leaf\u0048ash":"{leaf}"}}"#), Some("leafHash")),
        (
            format!(
                r#"{{"details":[{{"metadata":{{"ledger_index":"0","leaf_hash":"{leaf}","a":1.5,"a":1}}}}]}}"#
            ),
            Some("a"),
        ),
        (format!(r#"{{"leafHash":"{leaf}","x":[{{"a":null,"b":{{"a":true}}}},{{"a":-1}}]}}"#), None),
    ] {
        let twice = twice.map(|name| NotAReceipt::Twice(name.to_owned()));
        assert_eq!(Receipt::from_json(&text).err(), twice, "{text}");
    }
}

#[test]
fn a_receipt_names_the_entry_of_its_place() {
    let log = Log::of(20);
    let leaf = log.leaves[8];
    let tiles = |tile: TileId| Ok::<_, String>(naive::tile(tile, &log.leaves));
    for (name, right) in [("ledger-entries/8", true), ("ledger-entries/9", false), ("8", false)] {
        let json = json!({"ledgerIndex": "8", "leafHash": leaf.to_string(), "ledgerEntry": name});
        let receipt = Receipt::from_json(&json.to_string()).unwrap();
        assert_eq!(receipt.verify(&log.checkpoint(20), tiles).is_ok(), right, "{name}");
    }
}

#[test]
fn a_refusal_is_a_receipt_in_each_of_its_forms() {
    let entry = decided("REFUSED", &["OTHER_PURPOSE", "NOT_YET_VALID"]);
    let metadata = json!({
        "agreement": AGREEMENT, "dataset": "datasets/x", "leaf_hash": entry.leaf_hash, "ledger_index": "8",
        "ledger_entry": "ledger-entries/8", "reasons": "OTHER_PURPOSE,NOT_YET_VALID", "transaction_id": "t8",
    });
    let problem = json!({"status": 403, "reason": "OTHER_PURPOSE", "metadata": metadata});
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OTHER_PURPOSE", "domain": "d",
        "metadata": metadata,
    });
    let help = json!({"@type": "type.googleapis.com/google.rpc.Help", "links": []});
    let status = json!({"code": 7, "message": "refused", "details": [help, info]});
    for form in [&problem, &info, &status, &metadata] {
        let receipt = Receipt::from_json(&form.to_string()).unwrap();
        assert_eq!((receipt.index, receipt.says.outcome), (8, Some(Kind::Refused)), "{form}");
        assert_eq!(wrong(form, &entry), None, "{form}");
    }
    for (field, said) in [
        ("agreement", "de afspraak (agreement)"),
        ("dataset", "de dataset"),
        ("reasons", "de redenen (reason, reasons)"),
    ] {
        let mut changed = problem.clone();
        changed["metadata"][field] = json!("OTHER_PURPOSE");
        assert_eq!(wrong(&changed, &entry), Some(What::Says(said)), "{field}");
    }
    let mut other = problem;
    other["reason"] = json!("NOT_YET_VALID");
    let reasons = What::Says("de redenen (reason, reasons)");
    assert_eq!(wrong(&other, &entry), Some(reasons), "the reason is the first of the reasons");
}

/// The entry of a refusal for two reasons, with what holds on to their sentences.
fn in_words() -> Entry {
    let told = |reason: &str, en: &str, nl: &str| {
        let [nl, en] = [nl, en].map(|text| sentence_digest(text).to_string());
        json!({"reason": reason, "nl": nl, "en": en})
    };
    let facts = json!({
        "request": {"agreement": AGREEMENT, "dataset": "datasets/x", "delivery": "PULL", "release": RELEASE},
        "own_reasons": ["WITHIN_OWN_RULES"], "reasons": ["OTHER_PURPOSE", "NOT_YET_VALID"], "content_hash": HASH,
        "sentences": [told("OTHER_PURPOSE", "Other.", "Ander."), told("NOT_YET_VALID", "1 / 2.", "Eén / twee.")],
    });
    of_kind(8, "REFUSED", &facts)
}

#[test]
fn a_refusal_is_in_the_words_of_its_entry_in_each_of_its_forms() {
    let entry = in_words();
    let metadata = json!({
        "leaf_hash": entry.leaf_hash, "ledger_index": "8", "transaction_id": "t8",
        "reasons": "OTHER_PURPOSE,NOT_YET_VALID",
    });
    let problem = |first: &str, second: &str| {
        json!({
            "reason": "OTHER_PURPOSE", "metadata": metadata, "detail": first, "title": "Niet toegestaan",
            "errors": [{"field": "", "code": "OTHER_PURPOSE", "detail": first},
                {"field": "agreement", "code": "NOT_YET_VALID", "detail": second}],
        })
    };
    let status = |first: [&str; 2], second: &str| {
        let [en, nl] = first;
        json!({"code": 7, "message": en, "details": [
            {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "nl-NL", "message": nl},
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OTHER_PURPOSE", "metadata": metadata},
            {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [
                {"type": "OTHER_PURPOSE", "subject": "purpose", "description": format!("{en} / {nl}")},
                {"type": "NOT_YET_VALID", "subject": "", "description": second}]},
        ]})
    };
    let of = |form: &Value| Receipt::from_json(&form.to_string()).unwrap().sentences(&entry);
    for form in [
        problem("Ander.", "Eén / twee."),
        problem("Other.", "1 / 2."),
        status(["Other.", "Ander."], "1 / 2. / Eén / twee."),
    ] {
        assert_eq!((wrong(&form, &entry), of(&form)), (None, Sentences::Held), "{form}");
    }
    let changed = Some(What::Says("een zin voor mensen (detail, errors)"));
    for form in [
        problem("Anders.", "Eén / twee."),
        problem("Ander.", "Ander."),
        problem("Ander.", "Eén / drie."),
        status(["Other.", "Anders."], "1 / 2. / Eén / twee."),
        status(["Others.", "Ander."], "1 / 2. / Eén / twee."),
        status(["Other.", "Ander."], "1 / 2. / Eén"),
    ] {
        assert_eq!(wrong(&form, &entry), changed, "{form}");
    }
    let unasked = json!({"reason": "OTHER_PURPOSE", "metadata": metadata,
        "errors": [{"code": "AREA_BEYOND_SCOPE", "detail": "Ander."}]});
    assert_eq!(wrong(&unasked, &entry), changed, "a sentence of a reason that did not refuse");
}

#[test]
fn of_an_entry_without_digests_it_is_told_that_no_sentence_is_held() {
    let of = |entry: &Entry, detail: &str| {
        let metadata = json!({"leaf_hash": entry.leaf_hash, "ledger_index": "8", "transaction_id": "t8",
            "reasons": "OTHER_PURPOSE,NOT_YET_VALID"});
        let problem = json!({"reason": "OTHER_PURPOSE", "metadata": metadata, "detail": detail});
        let receipt = Receipt::from_json(&problem.to_string()).unwrap();
        (receipt.verify_entry(entry).is_ok(), receipt.sentences(entry))
    };
    let earlier = decided("REFUSED", &["OTHER_PURPOSE", "NOT_YET_VALID"]);
    assert_eq!(of(&earlier, "Wat dan ook."), (true, Sentences::Unheld));
    assert_eq!(of(&earlier, ""), (true, Sentences::Absent));
    assert_eq!(of(&in_words(), ""), (true, Sentences::Absent));
}

#[test]
fn what_a_stop_overtook_is_refused_with_the_receipt_of_its_permit() {
    let refusal = |entry: &Entry| {
        let metadata = json!({
            "agreement": AGREEMENT, "leaf_hash": entry.leaf_hash, "ledger_index": "8", "transaction_id": "t8",
            "reasons": "AGREEMENT_REVOKED",
        });
        json!({"reason": "AGREEMENT_REVOKED", "metadata": metadata})
    };
    let overtaken =
        |entry: &Entry| Receipt::from_json(&refusal(entry).to_string()).unwrap().is_overtaken(entry);
    let (permit, refused) =
        (decided("PERMITTED", &["WITHIN_AGREEMENT"]), decided("REFUSED", &["AGREEMENT_REVOKED"]));
    assert_eq!((wrong(&refusal(&permit), &permit), overtaken(&permit)), (None, true));
    assert_eq!((wrong(&refusal(&refused), &refused), overtaken(&refused)), (None, false));
    let mut other = refusal(&permit);
    other["metadata"]["agreement"] = json!("agreements/x");
    assert_eq!(wrong(&other, &permit), Some(What::Says("de afspraak (agreement)")));
    // No stop refuses what was permitted for what was asked, for the rules of who asked, for nothing, or
    // for what nobody knows.
    let outcome = What::Says("de uitkomst: toegestaan of geweigerd");
    for reasons in [
        "OTHER_PURPOSE",
        "OWN_RULES_DAMAGED",
        "NOT_YET_VALID",
        "AGREEMENT_REVOKED,OTHER_PURPOSE",
        "A_LATER_ONE",
        "",
    ] {
        let mut other = refusal(&permit);
        other["metadata"]["reasons"] = json!(reasons);
        other["reason"] = json!(reasons.split(',').next());
        assert_eq!(wrong(&other, &permit), Some(outcome.clone()), "{reasons}");
    }
    let mut damaged = refusal(&permit);
    damaged["metadata"]["reasons"] = json!("AGREEMENT_DAMAGED");
    damaged["reason"] = json!("AGREEMENT_DAMAGED");
    assert_eq!(wrong(&damaged, &permit), None, "streams under it are cut");
}

#[test]
fn what_came_is_what_the_entry_of_the_delivery_says_was_sent() {
    let permit = decided("PERMITTED", &["WITHIN_AGREEMENT"]);
    let json = json!({"ledgerIndex": 8, "leafHash": permit.leaf_hash, "transactionId": "t8"});
    let receipt = Receipt::from_json(&json.to_string()).unwrap();
    let came = Delivered { release: RELEASE.to_owned(), rows: 3, withheld: 1, digest: "ab".to_owned() };
    let facts = json!({"complete": true, "digest": "ab", "recipient": OIN, "release": RELEASE, "rows": 3, "withheld": 1});
    let entry = of_kind(9, "DELIVERED", &facts);
    let found = |entry: &Entry, came: &Delivered| {
        receipt.verify_delivery(entry, came).map_err(|error| (error.index, error.what))
    };
    assert!(entry.is_delivery_of("t8") && !entry.is_delivery_of("t9"));
    assert_eq!(found(&entry, &came), Ok(()));
    for (came, said) in [
        (Delivered { release: "x".to_owned(), ..came.clone() }, "de uitgave (release)"),
        (Delivered { rows: 2, ..came.clone() }, "het aantal waarnemingen"),
        (Delivered { withheld: 2, ..came.clone() }, "het aantal afgeschermde waarnemingen"),
        (Delivered { digest: "ac".to_owned(), ..came.clone() }, "een waarneming of de volgorde"),
    ] {
        assert_eq!(found(&entry, &came), Err((9, What::OtherDelivery(said))));
    }
    let tampered = Entry { body_json: entry.body_json.replace("\"rows\":3", "\"rows\":2"), ..entry.clone() };
    assert_eq!(found(&tampered, &came), Err((9, What::Body)));
    let other = Receipt { transaction_id: "t9".to_owned(), ..receipt.clone() };
    assert!(other.verify_delivery(&entry, &came).is_err());
    assert!(receipt.verify_delivery(&permit, &came).is_err(), "a permit is no delivery");
}
