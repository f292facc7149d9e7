//! What witnesses sign, and what an audit makes of it.

use ledger::{NoteSigner, SignedNote};

use super::*;
use crate::ledger::cosigned;

/// A witness of its own.
fn witness(seed: u8) -> NoteSigner {
    NoteSigner::from_seed("00000099000000004000", &[seed; 32]).unwrap()
}

/// The checkpoint of now with the line of a witness.
fn cosigned_by(signer: &NoteSigner, shown: &Shown) -> SignedNote {
    let mut note = shown.signed_checkpoint();
    note.signatures.push(signer.cosign(&note.text, 1_790_000_000));
    note
}

#[tokio::test]
async fn a_fork_is_not_cosigned_after_an_audit_into_the_same_folder() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    cosign(&url, folder.path()).await.unwrap();
    // The statement is of one history, the checkpoint of another one that is larger.
    fake.change(|shown| {
        shown.grow(30);
        let statement = shown.signed_statement();
        shown.leaves[25] = leaf_hash(b"other");
        let of_statement: ledger::Statement = statement.text.parse().unwrap();
        Folder::make(folder.path()).unwrap().keep_statement(&statement, &of_statement.log).unwrap();
        shown.grow(40);
    });
    let refused = cosign(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("van stand 30 naar stand 40: het logboek is herschreven"), "{refused}");
    assert_eq!(fake.shown().cosigned.len(), 1);
}

#[tokio::test]
async fn an_audit_keeps_who_cosigned_and_verifies_the_witnesses_that_are_named() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| {
        shown.witnessed = Some(cosigned_by(&witness(5), shown));
        shown.grow(30);
    });
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let evidence = Folder::existing(folder.path()).unwrap().evidence(ledger_key()).unwrap();
    let found = |keys: &[NoteVerifier]| cosigned::check(&evidence, keys);
    let named = found(&[]);
    assert_eq!(named.len(), 1);
    assert_eq!((named[0].size, named[0].seconds, named[0].right), (20, Some(1_790_000_000), None));
    assert_eq!(found(&[witness(5).cosignature_verifier()])[0].right, Some(true));
    assert_eq!(found(&[witness(6).cosignature_verifier()])[0].right, None);
    assert!(
        named[0].to_string().contains("door 00000099000000004000, op 21 september 2026 om "),
        "{}",
        named[0]
    );
    assert!(
        named[0].to_string().contains("niet nagerekend; geef daarvoor met --witness-key"),
        "{}",
        named[0]
    );
}

#[tokio::test]
async fn a_cosignature_that_is_wrong_is_told_apart_from_one_that_was_not_checked() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| {
        let mut note = cosigned_by(&witness(5), shown);
        *note.signatures.last_mut().unwrap().bytes.last_mut().unwrap() ^= 1;
        shown.witnessed = Some(note);
    });
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let evidence = Folder::existing(folder.path()).unwrap().evidence(ledger_key()).unwrap();
    let named = cosigned::check(&evidence, &[witness(5).cosignature_verifier()]);
    assert!(named[0].to_string().ends_with("de handtekening klopt niet"), "{}", named[0]);
    assert!(!cosigned::check(&evidence, &[])[0].to_string().contains("klopt"), "{}", named[0]);
}

#[tokio::test]
async fn a_cosigned_checkpoint_of_another_history_is_found() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| {
        let mut other = Shown::of(20);
        other.leaves[5] = leaf_hash(b"other");
        shown.witnessed = Some(cosigned_by(&witness(5), &other));
        shown.grow(30);
    });
    let faults = audited(&url, folder.path()).await.unwrap();
    assert!(faults.contains(&fault("stand 20", What::Rewritten)), "{faults:?}");
}
