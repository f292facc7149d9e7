//! A whole agreement in a file, as `alliantie agreement show --save-all` writes it: whatever is changed in
//! it, `verify` refuses, but for what no signature is over.

use std::collections::BTreeSet;

use e2e::process::{Running, run};
use proto::consent::v1::{AgreementState, Delivery, LegalBasis, OnwardSharing, Preset, SignatureKind};
use proto::stakeholders::v1::AmbassadorGroup;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::keys::{bad, good, path, proposed};

/// What is not signed, and does not follow from what is: as the manual for partners tells. Moments can be
/// told too early, not too late.
const NOT_SIGNED: [&str; 11] = [
    "agreement.createTime (earlier)",
    "agreement.etag",
    "parties.keys.signingKeys.createTime (earlier)",
    "parties.keys.signingKeys.demo",
    "parties.stakeholder.ambassadorGroup",
    "parties.stakeholder.createTime",
    "parties.stakeholder.displayName",
    "parties.stakeholder.etag",
    "parties.stakeholder.fictitious",
    "parties.stakeholder.kind",
    "parties.stakeholder.updateTime",
];

/// The values that a value can be changed into, each with what is said of the change.
fn changes(value: &Value) -> Vec<(&'static str, Value)> {
    match value {
        Value::Bool(yes) => vec![("", json!(!yes))],
        Value::Number(number) => vec![("", json!(number.as_i64().expect("an integer") + 1))],
        Value::String(text) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(moment) => [(" (earlier)", -1), (" (later)", 1)]
                .map(|(way, days)| {
                    let moved = (moment + Duration::days(days)).format(&Rfc3339).expect("a moment");
                    (way, json!(moved))
                })
                .to_vec(),
            Err(_) => texts(text).into_iter().map(|changed| ("", json!(changed))).collect(),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => panic!("{value} is no leaf"),
    }
}

/// The text with another letter or digit in the middle; of a name in the contract, the other names too.
fn texts(text: &str) -> Vec<String> {
    let mut letters: Vec<char> = text.chars().collect();
    let middle = letters.len() / 2;
    let later = letters.iter_mut().skip(middle).find(|letter| letter.is_ascii_alphanumeric());
    if let Some(letter) = later {
        *letter = if *letter == '1' { '2' } else { '1' };
    } else {
        letters.insert(0, '1');
    }
    let mut changed = vec![letters.into_iter().collect()];
    let names = (0..20).flat_map(|number| {
        [
            AgreementState::try_from(number).map(|name| name.as_str_name()),
            Delivery::try_from(number).map(|name| name.as_str_name()),
            LegalBasis::try_from(number).map(|name| name.as_str_name()),
            OnwardSharing::try_from(number).map(|name| name.as_str_name()),
            Preset::try_from(number).map(|name| name.as_str_name()),
            SignatureKind::try_from(number).map(|name| name.as_str_name()),
            AmbassadorGroup::try_from(number).map(|name| name.as_str_name()),
        ]
    });
    let names: Vec<&str> = names.flatten().collect();
    if names.contains(&text) {
        let kind = |name: &str| name.split('_').next().map(str::to_owned);
        let others = names.iter().filter(|name| kind(name) == kind(text) && **name != text);
        changed.extend(others.map(|name| (*name).to_owned()));
    }
    changed
}

/// The places of all leaves, as JSON pointers.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| leaves(item, &format!("{at}/{place}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// "/parties/0/keys" as "parties.keys".
fn named(pointer: &str) -> String {
    let parts = pointer.split('/').filter(|part| !part.is_empty() && part.parse::<usize>().is_err());
    parts.collect::<Vec<_>>().join(".")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_the_file_is_refused_but_for_what_is_not_signed() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Running::start(&["--data-dir", &path(folder.path(), "data")]);
    let (name, url) = (proposed(&platform).await, platform.url());
    for party in ["weller", "ggd"] {
        good(&["agreement", "sign", &name, "--as", party, "--platform", &url]);
    }
    let file = path(folder.path(), "whole.json");
    good(&["agreement", "show", &name, "--as", "ggd", "--platform", &url, "--save-all", &file]);
    good(&["agreement", "verify", &file]);
    let whole: Value = serde_json::from_slice(&std::fs::read(&file).expect("the file")).expect("JSON");
    let verified = |changed: &Value| {
        std::fs::write(&file, changed.to_string()).expect("it is written");
        run(&["agreement", "verify", &file])
    };

    let mut places = Vec::new();
    leaves(&whole, "", &mut places);
    assert!(places.len() > 60, "{places:?}");
    let mut accepted = BTreeSet::new();
    for place in &places {
        for (way, value) in changes(whole.pointer(place).expect("a leaf")) {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).expect("a leaf") = value;
            let ended = verified(&changed);
            assert!([0, 1].contains(&ended.code), "{place}: {}", ended.err);
            if ended.code == 0 {
                accepted.insert((named(place), way));
            }
        }
    }
    let both =
        |name: &str| [" (earlier)", " (later)"].iter().all(|way| accepted.contains(&(name.into(), *way)));
    let accepted: BTreeSet<String> = accepted
        .iter()
        .map(|(name, way)| if both(name) { name.clone() } else { format!("{name}{way}") })
        .collect();
    assert_eq!(accepted.iter().map(String::as_str).collect::<Vec<_>>(), NOT_SIGNED);

    // What is added or left out.
    for (place, value, said) in [
        ("/agreement/damaged", json!(true), "beschadigd"),
        ("/agreement/replacedBy", json!(name), "replacedBy"),
        ("/agreement/state", json!("AGREEMENT_STATE_REPLACED"), "replacedBy"),
        ("/agreement/state", json!("AGREEMENT_STATE_EXPIRED"), "EXPIRED"),
        ("/agreement/content", json!({}), "content.provider"),
        ("/agreement/content/recipients", json!([]), "content.recipients"),
        ("/agreement/content/protection/minimumCount", json!(5), "content.protection.minimumCount"),
        ("/agreement/content/validUntil", json!("2030-12-31"), "content.validUntil"),
        ("/parties/0/stakeholder/oin", json!("00000099000000005000"), "geen partij"),
    ] {
        let mut changed = whole.clone();
        let (parent, field) = place.rsplit_once('/').expect("a field");
        changed.pointer_mut(parent).expect("its parent")[field] = value;
        std::fs::write(&file, changed.to_string()).expect("it is written");
        let refused = bad(&["agreement", "verify", &file]);
        assert!(refused.contains(said), "{place}: {refused}");
    }
    let mut renamed = whole.clone();
    renamed["parties"][0]["stakeholder"]["displayName"] = json!("Een ander");
    assert!(verified(&renamed).out.contains("heet volgens het bestand nu \"Een ander\""));
}
