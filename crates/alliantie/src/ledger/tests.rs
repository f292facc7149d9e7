//! The commands, against a platform that lies.

mod fake;
mod hidden;
mod kept;
mod parts;
mod refusals;
mod tls;
mod witnesses;

use std::fs;
use std::path::Path;

use anyhow::Result;
use ledger::audit::{Fault, What};
use ledger::{Checkpoint, KeyKind, NoteVerifier, leaf_hash};
use tempfile::TempDir;

use super::folder::Folder;
use super::{audit, verify, witness};
use crate::cli::{PartnerAccess, PlatformAddress, SigningKey};
use crate::demo_parties::DemoParty;
use fake::{AGREEMENT, Fake, ORIGIN, Shown, commit, header_alone};

/// Past a full tile, and past a page of the list.
const SIZE: i64 = 300;

fn access(url: &str) -> PartnerAccess {
    PartnerAccess { address: PlatformAddress::at(url), token_file: None, demo_as: Some(DemoParty::Weller) }
}

/// Downloads and checks, as `audit` does.
async fn audited(url: &str, folder: &Path) -> Result<Vec<Fault>> {
    audited_by(&access(url), folder).await
}

async fn audited_by(access: &PartnerAccess, folder: &Path) -> Result<Vec<Fault>> {
    let folder = Folder::make(folder)?;
    audit::download(&folder, access, None).await?;
    offline(folder.path())
}

fn offline(folder: &Path) -> Result<Vec<Fault>> {
    let folder = Folder::existing(folder)?;
    Ok(audit::check(&folder, folder.log_key()?.unwrap())?.faults)
}

async fn cosign(url: &str, folder: &Path) -> Result<()> {
    witness::run(folder, &access(url), &SigningKey { key: None }, None, None).await
}

fn fault(at: &str, what: What) -> Fault {
    Fault { at: at.to_owned(), what }
}

#[tokio::test]
async fn an_honest_log_that_grows_is_good_each_time_and_offline() {
    let (fake, url) = Fake::serve(Shown::of(10)).await;
    let folder = TempDir::new().unwrap();
    for size in [10, 10, SIZE, 600] {
        fake.change(|shown| shown.grow(size));
        assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
        assert_eq!(offline(folder.path()).unwrap(), []);
    }
    let kept = Folder::existing(folder.path()).unwrap().evidence(ledger_key()).unwrap();
    assert_eq!((kept.checkpoints.len(), kept.statements.len(), kept.entries.len()), (3, 3, 600));
}

fn ledger_key() -> NoteVerifier {
    ledger::NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap().verifier()
}

#[tokio::test]
async fn a_tampered_row_is_named() {
    let (fake, url) = Fake::serve(Shown::of(SIZE)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| shown.entries[7].body_json = shown.entries[7].body_json.replace("PERM", "XPERM"));
    assert_eq!(audited(&url, folder.path()).await.unwrap(), [fault("ledger-entries/7", What::Body)]);
    assert_eq!(offline(folder.path()).unwrap(), [fault("ledger-entries/7", What::Body)]);
}

#[tokio::test]
async fn a_row_that_changes_after_it_was_seen_is_named_and_both_are_kept() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    fake.change(|shown| {
        shown.entries[7].body_json =
            shown.entries[7].body_json.replace("\"facts\":{}", "\"facts\":{\"x\":1}");
        commit(&mut shown.entries[7]);
    });
    assert_eq!(audited(&url, folder.path()).await.unwrap(), [fault("ledger-entries/7", What::Changed)]);
    let kept = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(!kept("entries/00000000000000000007.json").contains(r#"\"x\":1"#));
    assert!(kept("contradictions/00000000000000000007-changed.json").contains(r#"\"x\":1"#));
}

#[tokio::test]
async fn a_row_that_is_left_out_is_named() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let (early, late) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    assert_eq!(audited(&url, early.path()).await.unwrap(), []);
    fake.change(|shown| drop(shown.entries.remove(7)));
    let faults = audited(&url, early.path()).await.unwrap();
    assert!(faults.contains(&fault("ledger-entries/7", What::Gone)), "{faults:?}");
    let count = What::Count { stated: 19, found: 20 };
    assert!(faults.contains(&fault("verklaring 20", count)), "both statements are kept: {faults:?}");
    let place = "tussen ledger-entries/6 en ledger-entries/8".to_owned();
    let missing = fault(AGREEMENT, What::MissingNumber { number: 8, place });
    assert!(audited(&url, late.path()).await.unwrap().contains(&missing));
}

#[tokio::test]
async fn a_row_that_the_other_parties_do_not_see_is_found_by_the_next_one() {
    let mut shown = Shown::of(SIZE);
    shown.show_another(7);
    let (_fake, url) = Fake::serve(shown).await;
    let folder = TempDir::new().unwrap();
    let (agreement, other) = (AGREEMENT.to_owned(), "ledger-entries/7".to_owned());
    let what = What::OtherPrevious { agreement, number: 8, shown: other };
    assert_eq!(audited(&url, folder.path()).await.unwrap(), [fault("ledger-entries/8", what.clone())]);
    assert_eq!(offline(folder.path()).unwrap(), [fault("ledger-entries/8", what)]);
}

#[tokio::test]
async fn what_was_seen_whole_stays_whole() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    fake.change(|shown| shown.entries[7] = header_alone(shown.entries[7].clone()));
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let kept = Folder::existing(folder.path()).unwrap().entry(7).unwrap().unwrap();
    assert_eq!(kept.transaction_id, "t7");
}

#[tokio::test]
async fn a_rewritten_history_is_found_and_not_cosigned() {
    let (fake, url) = Fake::serve(Shown::of(SIZE)).await;
    let (folder, witnessed) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    cosign(&url, witnessed.path()).await.unwrap();
    fake.change(|shown| {
        shown.leaves[299] = leaf_hash(b"other");
        shown.grow(320);
    });
    let faults = audited(&url, folder.path()).await.unwrap();
    for at in ["stand 300", "verklaring 300"] {
        assert!(faults.contains(&fault(at, What::Rewritten)), "{faults:?}");
    }
    assert!(faults.contains(&fault("ledger-entries/299", What::OtherLeaf)), "{faults:?}");
    let refused = cosign(&url, witnessed.path()).await.unwrap_err().to_string();
    assert!(refused.contains("van stand 300 naar stand 320: het logboek is herschreven"), "{refused}");
    assert_eq!(fake.shown().cosigned.len(), 1);
}

#[tokio::test]
async fn a_log_that_shrinks_is_not_cosigned() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    cosign(&url, folder.path()).await.unwrap();
    fake.change(|shown| *shown = Shown::of(12));
    assert!(cosign(&url, folder.path()).await.is_err());
    assert_eq!(fake.shown().cosigned.len(), 0);
}

#[tokio::test]
async fn a_witness_signs_what_follows_from_what_it_saw() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    for size in [20, 20, SIZE] {
        fake.change(|shown| shown.grow(size));
        cosign(&url, folder.path()).await.unwrap();
        let placed = fake.shown().cosigned.pop().unwrap();
        let log: Checkpoint = placed.text.parse().unwrap();
        assert_eq!(i64::try_from(log.size), Ok(size));
        let platform::keys::PublicKey::Ed25519(key) = DemoParty::Weller.key().unwrap().public().clone()
        else {
            panic!("the demo keys are Ed25519")
        };
        let witness = NoteVerifier::from_public_key(
            DemoParty::Weller.oin(),
            KeyKind::Cosigner,
            key.try_into().unwrap(),
        );
        assert!(witness.unwrap().verify(&placed).unwrap().is_some_and(|seconds| seconds > 0));
        assert_eq!(ledger_key().verify(&placed), Ok(None));
    }
}

#[tokio::test]
async fn another_key_is_refused() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    fake.change(|shown| shown.key = 2);
    let refused = audited(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("andere sleutel"), "{refused}");
    assert!(cosign(&url, folder.path()).await.is_err());

    let fresh = TempDir::new().unwrap();
    let fresh = Folder::make(fresh.path()).unwrap();
    assert!(audit::download(&fresh, &access(&url), Some(ledger_key())).await.is_err());
    assert_eq!(fresh.log_key().unwrap(), None, "a key that is not the one given is not kept");
}

#[tokio::test]
async fn the_folder_of_another_organisation_is_left_alone() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    fake.change(|shown| {
        shown.oin = DemoParty::Ggd.oin();
        shown.entries.remove(7);
    });
    let refused = audited(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("de map van organisatie 00000099000000002000"), "{refused}");
    assert_eq!(offline(folder.path()).unwrap(), []);
}

#[tokio::test]
async fn a_receipt_is_verified_on_the_platform_and_in_the_folder() {
    let (fake, url) = Fake::serve(Shown::of(SIZE)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let leaf = fake.shown().leaves[7];
    let receipt = folder.path().join("receipt.json");
    let anybody = PartnerAccess { demo_as: None, ..access(&url) };
    for (index, transaction, good, good_bound) in [
        ("7", "t7", true, true),
        ("7", "t8", true, false),
        ("8", "t8", false, false),
        ("999", "", false, false),
    ] {
        let json = format!(
            r#"{{"decision":{{"ledgerIndex":"{index}","leafHash":"{leaf}","transactionId":"{transaction}"}}}}"#
        );
        fs::write(&receipt, json).unwrap();
        let online = verify::run(&receipt, &anybody, None, Some(ledger_key())).await;
        assert_eq!(online.is_ok(), good, "{index} {transaction}: {online:?}");
        // Who may read the entry, on the platform or in the folder, sees the transaction too.
        let bound = verify::run(&receipt, &access(&url), None, Some(ledger_key())).await;
        assert_eq!(bound.is_ok(), good_bound, "{index} {transaction}: {bound:?}");
        let here = verify::run(&receipt, &access(""), Some(folder.path()), None).await;
        assert_eq!(here.is_ok(), good_bound, "{index} {transaction}: {here:?}");
    }
    fake.change(|shown| shown.key = 2);
    let forged = verify::run(&receipt, &anybody, None, Some(ledger_key())).await.unwrap_err().to_string();
    assert!(forged.contains("niet ondertekend met de sleutel van het logboek"), "{forged}");
}

#[tokio::test]
async fn a_folder_of_nobody_is_not_audited() {
    let folder = TempDir::new().unwrap();
    assert!(offline(folder.path()).is_err());
}
