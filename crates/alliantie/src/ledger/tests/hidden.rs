//! What a platform leaves out, holds back or spoils.

use super::*;

#[tokio::test]
async fn a_frozen_statement_beside_a_fresh_checkpoint_is_refused_and_kept() {
    let (fake, url) = Fake::serve(Shown::of(10)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| {
        shown.frozen = Some(shown.signed_statement());
        shown.grow(20);
    });
    let refused = audited(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("verklaring over 10 regels") && refused.contains("stand van 20"), "{refused}");
    let found = fault("verklaring 10", What::OldStatement { newest: 20 });
    assert!(offline(folder.path()).unwrap().contains(&found), "both are kept as evidence");

    fake.change(|shown| shown.frozen = None);
    assert_eq!(audited(&url, folder.path()).await.unwrap(), [], "an honest platform is good again");
}

#[tokio::test]
async fn a_statement_that_is_older_than_what_was_seen_before_is_refused() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    fake.change(|shown| *shown = Shown::of(12));
    let refused = audited(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("stand van 20 regels"), "{refused}");
}

#[tokio::test]
async fn a_false_tile_is_kept_as_evidence_and_a_later_audit_is_good() {
    let (fake, url) = Fake::serve(Shown::of(SIZE)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| shown.false_tiles = true);
    assert_ne!(audited(&url, folder.path()).await.unwrap(), []);
    let evidence = fs::read_dir(folder.path().join("contradictions")).unwrap().count();
    assert_eq!(evidence, 3, "both tiles of leaves, and the last one above, which leads to no root with them");
    fake.change(|shown| shown.false_tiles = false);
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);

    // A tile that went bad in the folder.
    let tile = folder.path().join("tile/0/000");
    let right = fs::read(&tile).unwrap();
    fs::write(&tile, vec![9; right.len()]).unwrap();
    assert_ne!(offline(folder.path()).unwrap(), []);
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    assert_eq!(fs::read(&tile).unwrap(), right);
    assert_eq!(fs::read_dir(folder.path().join("contradictions")).unwrap().count(), 4);
}

#[tokio::test]
async fn a_list_without_end_is_refused() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| shown.endless = true);
    let refused = audited(&url, folder.path()).await.unwrap_err().to_string();
    assert!(refused.contains("niet op volgorde: 0 na 19"), "{refused}");
}

#[tokio::test]
async fn a_receipt_without_its_entry_in_the_folder_is_refused() {
    let (fake, url) = Fake::serve(Shown::of(SIZE)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let receipt = folder.path().join("receipt.json");
    let verified = async |index: usize| {
        let leaf = fake.shown().leaves[index];
        let json = format!(r#"{{"ledgerIndex":{index},"leafHash":"{leaf}","transactionId":"t{index}"}}"#);
        fs::write(&receipt, json).unwrap();
        verify::run(&receipt, &access(""), Some(folder.path()), None).await.map_err(|error| error.to_string())
    };
    assert_eq!(verified(7).await, Ok(()));
    let alone = verified(8).await.unwrap_err();
    assert!(alone.contains("alleen de kop"), "{alone}");
    fs::remove_file(folder.path().join("entries/00000000000000000007.json")).unwrap();
    let absent = verified(7).await.unwrap_err();
    assert!(absent.contains("niet in de map"), "{absent}");
}

#[tokio::test]
async fn what_came_after_the_statement_is_not_asked_for() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    // The log grows after the statement, while the list is read, and the list never ends.
    fake.change(|shown| {
        shown.frozen = Some(shown.signed_statement());
        shown.grow(25);
        shown.leaves.truncate(20);
        shown.endless = true;
    });
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let kept = Folder::existing(folder.path()).unwrap().entries().unwrap();
    assert_eq!(kept.len(), 20);
}

#[tokio::test]
async fn an_entry_that_the_platform_cannot_read_is_named_until_it_is_mended() {
    let (fake, url) = Fake::serve(Shown::of(20)).await;
    let folder = TempDir::new().unwrap();
    let sound = fake.shown().entries[7].clone();
    let damaged = proto::consent::v1::LedgerEntry {
        name: sound.name.clone(),
        index: sound.index,
        leaf_hash: sound.leaf_hash.clone(),
        damaged: true,
        ..Default::default()
    };
    fake.change(|shown| shown.entries[7] = damaged);
    let faults = audited(&url, folder.path()).await.unwrap();
    assert!(faults.contains(&fault("ledger-entries/7", What::Damaged)), "{faults:?}");
    fake.change(|shown| shown.entries[7] = sound);
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
}
