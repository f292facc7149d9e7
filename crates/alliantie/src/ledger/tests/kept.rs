//! What a folder keeps and what it is held to, and how far a platform is followed.

use super::*;

fn entry_file(folder: &Path, index: u64) -> std::path::PathBuf {
    folder.join("entries").join(format!("{index:020}.json"))
}

#[tokio::test]
async fn a_sentence_that_is_made_anew_is_put_aside_and_one_of_a_later_kind_stays() {
    let mut shown = Shown::of(4);
    shown.entries[2].summary_nl = "Er gebeurde niets.".to_owned();
    let later = &mut shown.entries[3];
    later.body_json = later.body_json.replace("PERMITTED", "LATER");
    later.summary_nl = "Iets van later.".to_owned();
    let (_fake, url) = Fake::serve(shown).await;
    let place = TempDir::new().unwrap();
    audited(&url, place.path()).await.unwrap();
    let folder = Folder::existing(place.path()).unwrap();
    let (before, contradictions) =
        (fs::read(entry_file(place.path(), 2)).unwrap(), folder.contradictions().unwrap());
    let renewed = folder.renew_sentences().unwrap();
    assert!(renewed.contains(&2) && !renewed.contains(&3), "{renewed:?}");
    let later = fs::read_to_string(entry_file(place.path(), 3)).unwrap();
    assert!(later.contains("Iets van later."), "{later}");
    let mut aside =
        fs::read_dir(place.path().join("contradictions")).unwrap().map(|file| file.unwrap().path());
    let aside =
        aside.find(|file| file.display().to_string().contains("/00000000000000000002-sentence-")).unwrap();
    assert_eq!(fs::read(aside).unwrap(), before);
    assert_eq!(folder.contradictions().unwrap(), contradictions, "it is no fault of the log");
}

#[tokio::test]
async fn an_entry_of_a_kind_that_the_contract_does_not_have_is_kept_and_does_not_stop_the_audit() {
    let mut shown = Shown::of(4);
    let later = &mut shown.entries[3];
    (later.kind, later.body_json) = (99, later.body_json.replace("PERMITTED", "LATER"));
    commit(later);
    shown.leaves[3] = later.leaf_hash.parse().unwrap();
    let (_fake, url) = Fake::serve(shown).await;
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    }
    let folder = Folder::existing(folder.path()).unwrap();
    assert_eq!(audit::check(&folder, ledger_key()).unwrap().unknown, [3]);
}

#[tokio::test]
async fn a_token_that_may_see_no_entries_marks_no_folder_as_of_all_of_them() {
    let (fake, url) = Fake::serve(Shown::of(10)).await;
    let folder = TempDir::new().unwrap();
    fake.change(|shown| shown.no_role = true);
    audited(&url, folder.path()).await.unwrap_err();
    assert!(!Folder::existing(folder.path()).unwrap().is_whole());
    fake.change(|shown| shown.no_role = false);
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
}

#[tokio::test]
async fn in_a_folder_of_all_entries_a_missing_one_is_not_passed_over() {
    let (fake, url) = Fake::serve(Shown::of(10)).await;
    let folder = TempDir::new().unwrap();
    assert_eq!(audited(&url, folder.path()).await.unwrap(), []);
    let receipt = folder.path().join("receipt.json");
    let leaf = fake.shown().leaves[7];
    fs::write(&receipt, format!(r#"{{"ledgerIndex":7,"leafHash":"{leaf}","transactionId":"t7"}}"#)).unwrap();
    fs::remove_file(entry_file(folder.path(), 7)).unwrap();
    // Who sees all entries gets no statements.
    for statement in fs::read_dir(folder.path().join("statements")).unwrap() {
        fs::remove_file(statement.unwrap().path()).unwrap();
    }
    let (access, path) = (access(""), Some(folder.path()));
    verify::run(&receipt, &access, path, None).await.unwrap();
    Folder::existing(folder.path()).unwrap().keep_whole().unwrap();
    let missing = verify::run(&receipt, &access, path, None).await.unwrap_err().to_string();
    assert!(missing.contains("fout: ledger-entries/7: "), "{missing}");
}

#[tokio::test]
async fn deliveries_are_looked_for_in_order_and_not_for_ever() {
    let (fake, url) = Fake::serve(Shown::of(10)).await;
    let folder = TempDir::new().unwrap();
    let (answer, leaf) = (folder.path().join("answer.json"), fake.shown().leaves[7]);
    let decision = format!(r#"{{"ledgerIndex":7,"leafHash":"{leaf}","transactionId":"t7"}}"#);
    fs::write(&answer, format!(r#"{{"decision":{decision},"observations":[],"release":"r"}}"#)).unwrap();
    fake.change(|shown| shown.endless = true);
    let access = access(&url);
    let looked = verify::run(&answer, &access, None, Some(ledger_key()));
    let looked = tokio::time::timeout(std::time::Duration::from_secs(60), looked).await.expect("it ends");
    let refused = looked.unwrap_err().to_string();
    assert!(refused.contains("niet op volgorde: 0 na 9"), "{refused}");
}
